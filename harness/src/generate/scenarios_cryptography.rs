//! Scenarios about what only key material can make: every algorithm of every kind of key, and what must
//! not verify, open or agree.

use super::draft::Draft;
use serde_json::{Value, json};

/// A key spec, its usage and an algorithm with the length of its digests; none where it signs no digests.
type Signing = (&'static str, &'static [(&'static str, Option<usize>)]);

const SIGNING: &[Signing] = &[
    (
        "RSA_2048",
        &[
            ("RSASSA_PSS_SHA_256", Some(32)),
            ("RSASSA_PSS_SHA_384", Some(48)),
            ("RSASSA_PSS_SHA_512", Some(64)),
            ("RSASSA_PKCS1_V1_5_SHA_256", Some(32)),
            ("RSASSA_PKCS1_V1_5_SHA_384", Some(48)),
            ("RSASSA_PKCS1_V1_5_SHA_512", Some(64)),
        ],
    ),
    ("RSA_3072", &[("RSASSA_PSS_SHA_256", Some(32))]),
    ("ECC_NIST_P256", &[("ECDSA_SHA_256", Some(32))]),
    ("ECC_NIST_P384", &[("ECDSA_SHA_384", Some(48))]),
    ("ECC_NIST_P521", &[("ECDSA_SHA_512", Some(64))]),
    ("ECC_SECG_P256K1", &[("ECDSA_SHA_256", Some(32))]),
    (
        "ECC_NIST_EDWARDS25519",
        &[("ED25519_SHA_512", None), ("ED25519_PH_SHA_512", Some(64))],
    ),
    ("ML_DSA_44", &[("ML_DSA_SHAKE_256", None)]),
    ("ML_DSA_65", &[("ML_DSA_SHAKE_256", None)]),
    ("ML_DSA_87", &[("ML_DSA_SHAKE_256", None)]),
];

fn key(draft: &mut Draft<'_>, spec: &str, usage: &str) -> Value {
    let made = draft.kms("CreateKey", json!({ "KeySpec": spec, "KeyUsage": usage }));
    json!({ "$of": [made, "KeyMetadata.KeyId"] })
}

fn with(body: &Value, member: &str, value: Value) -> Value {
    super::scenes::with(body, &json!({ member: value }))
}

fn no_token() -> Value {
    json!(["no grant token"])
}

/// Signatures of every algorithm, shown before and after the public key, and all that is none.
pub(super) fn signatures(draft: &mut Draft<'_>) {
    let other = key(draft, "ECC_NIST_P256", "SIGN_VERIFY");
    for (number, (spec, algorithms)) in SIGNING.iter().enumerate() {
        let signer = key(draft, spec, "SIGN_VERIFY");
        if number % 2 == 0 {
            draft.kms("GetPublicKey", json!({ "KeyId": signer }));
        }
        for (algorithm, digest) in *algorithms {
            let raw = json!({
                "KeyId": signer, "SigningAlgorithm": algorithm, "Message": {"$bytes": [1, 40]},
            });
            let of_digest = digest.map(|length| {
                let body = with(&raw, "MessageType", json!("DIGEST"));
                with(&body, "Message", json!({ "$bytes": [2, length] }))
            });
            let is_prehashed = *algorithm == "ED25519_PH_SHA_512";
            let bodies = std::iter::once(raw)
                .filter(|_| !is_prehashed)
                .chain(of_digest);
            for body in bodies {
                signature(draft, &body, &other);
            }
        }
        draft.kms("GetPublicKey", json!({ "KeyId": signer }));
    }
    misfits(draft);
}

/// A signature that verifies, and everything near it that does not.
fn signature(draft: &mut Draft<'_>, body: &Value, other: &Value) {
    let signed = draft.kms("Sign", body.clone());
    let signature = json!({ "$of": [signed, "Signature"] });
    let right = with(body, "Signature", signature.clone());
    draft.kms("Verify", right.clone());
    let tampered = json!({ "$tampered": [signature, 40] });
    draft.kms("Verify", with(&right, "Signature", tampered));
    draft.kms("Verify", with(&right, "KeyId", other.clone()));
    let length = match body.get("MessageType") {
        Some(_) => body.pointer("/Message/$bytes/1").cloned(),
        None => Some(json!(41)),
    };
    draft.kms(
        "Verify",
        with(&right, "Message", json!({ "$bytes": [3, length] })),
    );
}

/// Messages that an algorithm does not sign, and dry runs.
fn misfits(draft: &mut Draft<'_>) {
    let curve = key(draft, "ECC_NIST_P256", "SIGN_VERIFY");
    let lattice = key(draft, "ML_DSA_44", "SIGN_VERIFY");
    let edwards = key(draft, "ECC_NIST_EDWARDS25519", "SIGN_VERIFY");
    for (key, algorithm, kind, length) in [
        (&curve, "ECDSA_SHA_256", "DIGEST", 31),
        (&curve, "ECDSA_SHA_256", "EXTERNAL_MU", 64),
        (&lattice, "ML_DSA_SHAKE_256", "EXTERNAL_MU", 64),
        (&lattice, "ML_DSA_SHAKE_256", "EXTERNAL_MU", 63),
        (&lattice, "ML_DSA_SHAKE_256", "DIGEST", 64),
        (&edwards, "ED25519_SHA_512", "DIGEST", 64),
        (&edwards, "ED25519_PH_SHA_512", "RAW", 64),
    ] {
        let body = json!({
            "KeyId": key, "SigningAlgorithm": algorithm, "MessageType": kind,
            "Message": {"$bytes": [4, length]},
        });
        let signed = draft.kms("Sign", body.clone());
        draft.kms(
            "Verify",
            with(&body, "Signature", json!({ "$of": [signed, "Signature"] })),
        );
        draft.kms(
            "Verify",
            with(&body, "Signature", json!({ "$bytes": [5, 64] })),
        );
    }
    let body = json!({
        "KeyId": curve, "SigningAlgorithm": "ECDSA_SHA_256", "Message": {"$bytes": [6, 8]},
    });
    let signed = draft.kms("Sign", body.clone());
    draft.kms("Sign", with(&body, "DryRun", json!(true)));
    draft.kms(
        "Sign",
        with(&body, "SigningAlgorithm", json!("ECDSA_SHA_384")),
    );
    let signature = json!({ "$of": [signed, "Signature"] });
    for signature in [signature, json!({ "$bytes": [7, 70] })] {
        let body = with(&body, "Signature", signature);
        draft.kms("Verify", with(&body, "DryRun", json!(true)));
        draft.kms("Verify", with(&body, "GrantTokens", no_token()));
        draft.kms(
            "Verify",
            with(&body, "SigningAlgorithm", json!("ECDSA_SHA_384")),
        );
        draft.kms("Verify", body);
    }
}

/// Authentication codes of every algorithm, and all that is none.
pub(super) fn codes(draft: &mut Draft<'_>) {
    for bits in ["224", "256", "384", "512"] {
        let (spec, algorithm) = (format!("HMAC_{bits}"), format!("HMAC_SHA_{bits}"));
        let [one, other] = [0, 1].map(|_| key(draft, &spec, "GENERATE_VERIFY_MAC"));
        let body = json!({
            "KeyId": one, "MacAlgorithm": algorithm, "Message": {"$bytes": [1, 40]},
        });
        let made = draft.kms("GenerateMac", body.clone());
        draft.kms("GenerateMac", body.clone());
        draft.kms("GenerateMac", with(&body, "KeyId", other.clone()));
        draft.kms("GenerateMac", with(&body, "DryRun", json!(true)));
        let mac = json!({ "$of": [made, "Mac"] });
        let right = with(&body, "Mac", mac.clone());
        draft.kms("VerifyMac", right.clone());
        draft.kms("VerifyMac", with(&right, "DryRun", json!(true)));
        draft.kms("VerifyMac", with(&right, "KeyId", other));
        draft.kms(
            "VerifyMac",
            with(&right, "Message", json!({ "$bytes": [2, 40] })),
        );
        let tampered = with(&right, "Mac", json!({ "$tampered": [mac, 3] }));
        draft.kms("VerifyMac", tampered.clone());
        draft.kms("VerifyMac", with(&tampered, "DryRun", json!(true)));
    }
}

/// Secrets that both sides agree on, and peers that are on another curve or none.
pub(super) fn agreements(draft: &mut Draft<'_>) {
    for spec in [
        "ECC_NIST_P256",
        "ECC_NIST_P384",
        "ECC_NIST_P521",
        "ECC_SECG_P256K1",
    ] {
        let sides = [0, 1].map(|_| {
            let side = key(draft, spec, "KEY_AGREEMENT");
            let shown = draft.kms("GetPublicKey", json!({ "KeyId": side }));
            (side, json!({ "$of": [shown, "PublicKey"] }))
        });
        let [(one, one_public), (other, other_public)] = &sides;
        let stranger = key(draft, "RSA_2048", "SIGN_VERIFY");
        let shown = draft.kms("GetPublicKey", json!({ "KeyId": stranger }));
        let stranger = json!({ "$of": [shown, "PublicKey"] });
        for (ours, theirs) in [
            (one, other_public),
            (other, one_public),
            (one, one_public),
            (one, &stranger),
            (one, &json!({ "$bytes": [1, 91] })),
        ] {
            let body = json!({
                "KeyId": ours, "KeyAgreementAlgorithm": "ECDH", "PublicKey": theirs,
            });
            draft.kms("DeriveSharedSecret", with(&body, "DryRun", json!(true)));
            draft.kms("DeriveSharedSecret", with(&body, "GrantTokens", no_token()));
            draft.kms("DeriveSharedSecret", body);
        }
    }
}

/// Data key pairs of every spec, whose sealed halves open under their context only.
pub(super) fn key_pairs(draft: &mut Draft<'_>) {
    let made = draft.kms("CreateKey", json!({}));
    let wrapping = json!({ "$of": [made, "KeyMetadata.KeyId"] });
    for spec in [
        "RSA_2048",
        "ECC_NIST_P256",
        "ECC_NIST_P384",
        "ECC_NIST_P521",
        "ECC_SECG_P256K1",
        "ECC_NIST_EDWARDS25519",
        "SM2",
    ] {
        for operation in ["GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"] {
            let body = json!({
                "KeyId": wrapping, "KeyPairSpec": spec, "EncryptionContext": {"purpose": "pairs"},
            });
            let made = draft.kms(operation, body.clone());
            draft.kms(operation, with(&body, "DryRun", json!(true)));
            let sealed = json!({ "$of": [made, "PrivateKeyCiphertextBlob"] });
            let right = json!({
                "CiphertextBlob": sealed, "EncryptionContext": {"purpose": "pairs"},
            });
            draft.kms("Decrypt", right.clone());
            draft.kms("Decrypt", right.clone());
            draft.kms("Decrypt", json!({ "CiphertextBlob": sealed }));
            let tampered = json!({ "$tampered": [sealed, 60] });
            draft.kms("Decrypt", with(&right, "CiphertextBlob", tampered));
        }
    }
}

/// What a key pair encrypts opens with it, its algorithm and its name only.
pub(super) fn asymmetric_encryption(draft: &mut Draft<'_>) {
    let [one, other] = [0, 1].map(|_| key(draft, "RSA_2048", "ENCRYPT_DECRYPT"));
    let made = draft.kms("CreateKey", json!({}));
    let symmetric = json!({ "$of": [made, "KeyMetadata.KeyId"] });
    draft.kms("GetPublicKey", json!({ "KeyId": one }));
    for (algorithm, most) in [("RSAES_OAEP_SHA_1", 214), ("RSAES_OAEP_SHA_256", 190)] {
        for length in [1, most, most + 1] {
            let body = json!({
                "KeyId": one, "EncryptionAlgorithm": algorithm, "Plaintext": {"$bytes": [1, length]},
            });
            let sealed = draft.kms("Encrypt", body);
            let blob = json!({ "$of": [sealed, "CiphertextBlob"] });
            let right = json!({
                "CiphertextBlob": blob, "KeyId": one, "EncryptionAlgorithm": algorithm,
            });
            draft.kms("Decrypt", right.clone());
            draft.kms("Decrypt", with(&right, "KeyId", other.clone()));
            let tampered = json!({ "$tampered": [blob, 100] });
            draft.kms("Decrypt", with(&right, "CiphertextBlob", tampered));
            let context = json!({ "purpose": "none" });
            draft.kms(
                "Decrypt",
                with(&right, "EncryptionContext", context.clone()),
            );
            draft.kms("Decrypt", json!({ "CiphertextBlob": blob, "KeyId": one }));
            draft.kms(
                "Decrypt",
                json!({ "CiphertextBlob": blob, "EncryptionAlgorithm": algorithm }),
            );
            for other in ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"] {
                draft.kms("Decrypt", with(&right, "EncryptionAlgorithm", json!(other)));
            }
            let moved = json!({
                "CiphertextBlob": blob, "SourceKeyId": one, "SourceEncryptionAlgorithm": algorithm,
                "DestinationKeyId": symmetric,
            });
            draft.kms(
                "ReEncrypt",
                with(&moved, "SourceEncryptionContext", context),
            );
            for named in ["SourceKeyId", "SourceEncryptionAlgorithm"] {
                draft.kms("ReEncrypt", with(&moved, named, Value::Null));
            }
            let moved = draft.kms("ReEncrypt", moved);
            let moved = json!({ "$of": [moved, "CiphertextBlob"] });
            draft.kms("Decrypt", json!({ "CiphertextBlob": moved }));
            draft.kms(
                "ReEncrypt",
                json!({
                    "CiphertextBlob": moved, "DestinationKeyId": other,
                    "DestinationEncryptionAlgorithm": algorithm,
                }),
            );
        }
    }
}
