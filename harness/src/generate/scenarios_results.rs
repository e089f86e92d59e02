//! The scenario that asks for every result twice, and looks at each from two sides: what keys make, and
//! what becomes of keys that are switched off, rotated and deleted.

use super::draft::Draft;
use serde_json::{Value, json};

/// Everything that a key can make, of equal and of other input, with equal and with other keys.
pub(super) fn results(draft: &mut Draft<'_>) {
    signatures(draft);
    codes(draft);
    agreements(draft);
    ciphertexts(draft);
    outside_ciphertexts(draft);
    pairs(draft);
    lives(draft);
    names(draft);
}

fn key(draft: &mut Draft<'_>, spec: &str, usage: &str) -> Value {
    let made = draft.kms("CreateKey", json!({ "KeySpec": spec, "KeyUsage": usage }));
    json!({ "$of": [made, "KeyMetadata.KeyId"] })
}

fn of(step: u32, member: &str) -> Value {
    json!({ "$of": [step, member] })
}

/// Two signatures of each message by each algorithm, and what verifies.
fn signatures(draft: &mut Draft<'_>) {
    let ways: [(&str, &[&str]); 3] = [
        (
            "RSA_2048",
            &["RSASSA_PKCS1_V1_5_SHA_256", "RSASSA_PSS_SHA_256"],
        ),
        ("ECC_NIST_P256", &["ECDSA_SHA_256"]),
        ("ECC_NIST_EDWARDS25519", &["ED25519_SHA_512"]),
    ];
    for (spec, algorithms) in ways {
        let signers = [0, 1].map(|_| key(draft, spec, "SIGN_VERIFY"));
        for algorithm in algorithms {
            let [signer, other] = &signers;
            let body = |key: &Value, byte: u64| {
                let message = json!({ "$bytes": [byte, 24] });
                json!({ "KeyId": key, "Message": message, "SigningAlgorithm": algorithm })
            };
            let signed = draft.kms("Sign", body(signer, 1));
            draft.kms("Sign", body(signer, 1));
            draft.kms("Sign", body(signer, 2));
            draft.kms("Sign", body(other, 1));
            let signature = of(signed, "Signature");
            let altered = json!({ "$tampered": [signature, 20] });
            for (byte, signature) in [(1, &signature), (2, &signature), (1, &altered)] {
                let mut body = body(signer, byte);
                if let Some(members) = body.as_object_mut() {
                    members.insert("Signature".to_owned(), signature.clone());
                }
                draft.kms("Verify", body);
            }
        }
        draft.kms("GetPublicKey", json!({ "KeyId": signers[0] }));
    }
}

/// Codes of equal and of other messages, and what verifies.
fn codes(draft: &mut Draft<'_>) {
    let keys = [0, 1].map(|_| key(draft, "HMAC_256", "GENERATE_VERIFY_MAC"));
    let body = |key: &Value, byte: u64| {
        let message = json!({ "$bytes": [byte, 24] });
        json!({ "KeyId": key, "Message": message, "MacAlgorithm": "HMAC_SHA_256" })
    };
    let made = draft.kms("GenerateMac", body(&keys[0], 1));
    draft.kms("GenerateMac", body(&keys[0], 1));
    draft.kms("GenerateMac", body(&keys[0], 2));
    draft.kms("GenerateMac", body(&keys[1], 1));
    for byte in [1, 2] {
        let mut body = body(&keys[0], byte);
        if let Some(members) = body.as_object_mut() {
            members.insert("Mac".to_owned(), of(made, "Mac"));
        }
        draft.kms("VerifyMac", body);
    }
}

/// Secrets of two keys and of peers whose private keys the harness holds.
fn agreements(draft: &mut Draft<'_>) {
    for spec in ["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521"] {
        let keys = [0, 1].map(|_| key(draft, spec, "KEY_AGREEMENT"));
        let public = keys.each_ref().map(|key| {
            let shown = draft.kms("GetPublicKey", json!({ "KeyId": key }));
            of(shown, "PublicKey")
        });
        let peers = ["one", "other"].map(|name| json!({ "$peer": [spec, name] }));
        let pairs = [
            (&keys[0], &public[1]),
            (&keys[1], &public[0]),
            (&keys[0], &peers[0]),
            (&keys[0], &peers[0]),
            (&keys[0], &peers[1]),
            (&keys[1], &peers[0]),
        ];
        for (key, peer) in pairs {
            let body = json!({ "KeyId": key, "KeyAgreementAlgorithm": "ECDH", "PublicKey": peer });
            draft.kms("DeriveSharedSecret", body);
        }
    }
}

/// Ciphertexts of equal plaintexts, of other ones and of longer ones.
fn ciphertexts(draft: &mut Draft<'_>) {
    let made = draft.kms("CreateKey", json!({}));
    let key = of(made, "KeyMetadata.KeyId");
    for (byte, length) in [(1, 24), (1, 24), (2, 24), (3, 40), (4, 1), (5, 4_096)] {
        let plaintext = json!({ "$bytes": [byte, length] });
        let sealed = draft.kms("Encrypt", json!({ "KeyId": key, "Plaintext": plaintext }));
        let blob = of(sealed, "CiphertextBlob");
        draft.kms("Decrypt", json!({ "CiphertextBlob": blob }));
        let body = json!({ "CiphertextBlob": blob, "DestinationKeyId": key });
        draft.kms("ReEncrypt", body);
    }
    for body in [
        json!({ "KeySpec": "AES_128" }),
        json!({ "NumberOfBytes": 5 }),
    ] {
        let mut body = body;
        if let Some(members) = body.as_object_mut() {
            members.insert("KeyId".to_owned(), key.clone());
        }
        draft.kms("GenerateDataKey", body);
    }
}

/// What was encrypted outside with the public key, and what KMS encrypts with it.
fn outside_ciphertexts(draft: &mut Draft<'_>) {
    let key = key(draft, "RSA_2048", "ENCRYPT_DECRYPT");
    let shown = draft.kms("GetPublicKey", json!({ "KeyId": key }));
    for algorithm in ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"] {
        let material = json!({ "name": "sealed outside", "bytes": 24 });
        let blob = json!({ "$wrapped": [of(shown, "PublicKey"), algorithm, material] });
        let body =
            json!({ "KeyId": key, "CiphertextBlob": blob, "EncryptionAlgorithm": algorithm });
        draft.kms("Decrypt", body);
        let plaintext = json!({ "$bytes": [7, 24] });
        let body =
            json!({ "KeyId": key, "Plaintext": plaintext, "EncryptionAlgorithm": algorithm });
        draft.kms("Encrypt", body);
    }
}

/// Data key pairs, whose private halves are decrypted later.
fn pairs(draft: &mut Draft<'_>) {
    let made = draft.kms("CreateKey", json!({}));
    let key = of(made, "KeyMetadata.KeyId");
    for spec in ["ECC_NIST_P256", "RSA_2048"] {
        for operation in ["GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"] {
            let made = draft.kms(operation, json!({ "KeyId": key, "KeyPairSpec": spec }));
            let blob = of(made, "PrivateKeyCiphertextBlob");
            draft.kms("Decrypt", json!({ "CiphertextBlob": blob }));
        }
    }
}

/// A key that is switched off and on, rotates, and is to be deleted and is not.
fn lives(draft: &mut Draft<'_>) {
    let made = draft.kms("CreateKey", json!({}));
    let key = of(made, "KeyMetadata.KeyId");
    let named = json!({ "KeyId": key });
    for operation in ["DisableKey", "EnableKey"] {
        draft.kms(operation, named.clone());
        draft.kms("DescribeKey", named.clone());
    }
    let body = json!({ "KeyId": key, "RotationPeriodInDays": 100 });
    draft.kms("EnableKeyRotation", body);
    draft.kms("GetKeyRotationStatus", named.clone());
    draft.kms("DisableKeyRotation", named.clone());
    draft.kms("GetKeyRotationStatus", named.clone());
    for operation in [
        "ScheduleKeyDeletion",
        "ScheduleKeyDeletion",
        "CancelKeyDeletion",
    ] {
        draft.kms(operation, named.clone());
        draft.kms("DescribeKey", named.clone());
    }
    draft.kms("EnableKey", named.clone());
    let grantee = json!({ "$concat": ["arn:aws:iam::", {"$account": true}, ":root"] });
    for _ in 0..2 {
        let body = json!({
            "KeyId": key, "GranteePrincipal": grantee, "Name": "twice",
            "Operations": ["Encrypt", "Decrypt"],
        });
        draft.kms("CreateGrant", body);
    }
    draft.kms("ListGrants", named);
}

/// Names that are taken, and things that are gone.
fn names(draft: &mut Draft<'_>) {
    let made = draft.kms("CreateKey", json!({}));
    let key = of(made, "KeyMetadata.KeyId");
    let alias = json!({ "$concat": ["alias/", {"$name": "once"}] });
    let body = json!({ "AliasName": alias, "TargetKeyId": key });
    for _ in 0..2 {
        draft.kms("CreateAlias", body.clone());
    }
    draft.kms("ListAliases", json!({}));
    draft.kms("ListKeys", json!({}));
    for _ in 0..2 {
        draft.kms("DeleteAlias", json!({ "AliasName": alias }));
    }
    draft.kms("CreateAlias", body);
}
