//! Scenarios about keys that come to another material, and about what they were last used for.

use super::draft::Draft;
use super::scenes::use_key;
use serde_json::{Value, json};

/// Longer than a rotation takes, and than a use takes to show.
const LATER: i64 = 2 * 3_600;

const DAY: i64 = 86_400;

fn new_key(draft: &mut Draft<'_>, body: Value) -> Value {
    let made = draft.kms("CreateKey", body);
    json!({ "$of": [made, "KeyMetadata.KeyId"] })
}

fn sealed(draft: &mut Draft<'_>, key: &Value) -> u32 {
    let body = json!({ "KeyId": key, "Plaintext": {"$bytes": [7, 16]} });
    draft.kms("Encrypt", body)
}

/// Everything that shows how a key rotates.
fn look(draft: &mut Draft<'_>, key: &Value) {
    let body = json!({ "KeyId": key });
    draft.kms("GetKeyRotationStatus", body.clone());
    draft.kms("ListKeyRotations", body.clone());
    draft.kms(
        "ListKeyRotations",
        json!({ "KeyId": key, "IncludeKeyMaterial": "ALL_KEY_MATERIAL" }),
    );
    draft.kms("DescribeKey", body);
}

/// A key is rotated twice, and what it sealed before, meanwhile and after still opens.
pub(super) fn on_demand(draft: &mut Draft<'_>) {
    let key = new_key(draft, json!({}));
    let body = json!({ "KeyId": key });
    let first = sealed(draft, &key);
    draft.kms("RotateKeyOnDemand", body.clone());
    draft.kms("GetKeyRotationStatus", body.clone());
    let second = sealed(draft, &key);
    draft.kms("RotateKeyOnDemand", body.clone());
    draft.kms("DisableKeyRotation", body.clone());
    draft.wait(LATER);
    look(draft, &key);
    let third = sealed(draft, &key);
    for step in [first, second, third] {
        use_key(draft, &key, step);
    }
    let two_sizes = json!({ "KeyId": key, "NumberOfBytes": 32, "KeySpec": "AES_256" });
    draft.kms("GenerateDataKey", two_sizes.clone());
    draft.kms("GenerateDataKeyWithoutPlaintext", two_sizes);
    draft.kms("DisableKey", body.clone());
    draft.kms("RotateKeyOnDemand", body);
    look(draft, &key);
}

/// Twenty-five rotations on demand, and one more. Their list has pages.
pub(super) fn too_many(draft: &mut Draft<'_>) {
    let key = new_key(draft, json!({}));
    let other = new_key(draft, json!({}));
    let body = json!({ "KeyId": key });
    for _ in 0..26 {
        draft.kms("RotateKeyOnDemand", body.clone());
        draft.wait(LATER);
    }
    look(draft, &key);
    draft.kms("RotateKeyOnDemand", json!({ "KeyId": other }));
    let first = draft.kms("ListKeyRotations", json!({ "KeyId": key, "Limit": 20 }));
    let marker = json!({ "$of": [first, "NextMarker"] });
    for key in [&key, &other] {
        draft.kms(
            "ListKeyRotations",
            json!({ "KeyId": key, "Marker": marker }),
        );
    }
    let unknown = json!({ "$unknown": "NextMarker" });
    draft.kms(
        "ListKeyRotations",
        json!({ "KeyId": key, "Marker": unknown }),
    );
}

/// Keys with a schedule over years: untouched, disabled meanwhile, and pending deletion meanwhile.
pub(super) fn automatic(draft: &mut Draft<'_>) {
    let key = new_key(draft, json!({}));
    let body = json!({ "KeyId": key });
    let first = sealed(draft, &key);
    draft.kms("EnableKeyRotation", body.clone());
    look(draft, &key);
    draft.wait(365 * DAY - 600);
    draft.kms("RotateKeyOnDemand", body.clone());
    draft.wait(2 * DAY);
    look(draft, &key);
    draft.kms("RotateKeyOnDemand", body.clone());
    draft.wait(DAY);
    draft.kms(
        "EnableKeyRotation",
        json!({ "KeyId": key, "RotationPeriodInDays": 90 }),
    );
    look(draft, &key);
    draft.wait(200 * DAY);
    look(draft, &key);
    use_key(draft, &key, first);
    draft.kms("DisableKey", body.clone());
    draft.wait(100 * DAY);
    look(draft, &key);
    draft.kms("EnableKey", body.clone());
    look(draft, &key);
    draft.wait(2 * DAY);
    look(draft, &key);
    draft.kms("DisableKeyRotation", body.clone());
    look(draft, &key);
    draft.kms("EnableKeyRotation", body.clone());
    draft.kms("ScheduleKeyDeletion", body.clone());
    look(draft, &key);
    draft.kms("CancelKeyDeletion", body.clone());
    look(draft, &key);
    draft.wait(400 * DAY);
    draft.kms("EnableKey", body);
    draft.wait(2 * DAY);
    look(draft, &key);
}

/// A key for imported material that is no longer pending import.
pub(super) fn external(draft: &mut Draft<'_>) {
    let key = new_key(draft, json!({ "Origin": "EXTERNAL" }));
    let body = json!({ "KeyId": key });
    draft.kms("ScheduleKeyDeletion", body.clone());
    for operation in ["EnableKeyRotation", "DisableKeyRotation"] {
        draft.kms(operation, body.clone());
    }
    look(draft, &key);
    draft.kms("CancelKeyDeletion", body.clone());
    draft.kms("EnableKey", body.clone());
    draft.kms("RotateKeyOnDemand", body);
    look(draft, &key);
}

/// Each cryptographic operation, and long enough after it that it must show.
pub(super) fn last_use(draft: &mut Draft<'_>) {
    let key = new_key(draft, json!({}));
    let other = new_key(draft, json!({}));
    let later = |draft: &mut Draft<'_>| {
        for key in [&key, &other] {
            draft.kms("GetKeyLastUsage", json!({ "KeyId": key }));
        }
        draft.wait(LATER);
        for key in [&key, &other] {
            draft.kms("GetKeyLastUsage", json!({ "KeyId": key }));
        }
    };
    later(draft);
    let step = sealed(draft, &key);
    let blob = json!({ "$of": [step, "CiphertextBlob"] });
    let data_key = json!({ "KeyId": key, "NumberOfBytes": 32 });
    let uses = [
        ("Decrypt", json!({ "CiphertextBlob": blob })),
        ("GenerateDataKey", data_key.clone()),
        (
            "ReEncrypt",
            json!({ "CiphertextBlob": blob, "DestinationKeyId": other }),
        ),
        ("GenerateDataKeyWithoutPlaintext", data_key),
    ];
    later(draft);
    for (operation, body) in uses {
        draft.kms(operation, body);
        later(draft);
    }
    last_use_of_pairs(draft, &key);
}

/// The same of operations that other kinds of keys have, and of data key pairs.
fn last_use_of_pairs(draft: &mut Draft<'_>, symmetric: &Value) {
    let message = json!({ "$bytes": [1, 20] });
    let kind = |spec: &str, usage: &str| json!({ "KeySpec": spec, "KeyUsage": usage });
    let signer = new_key(draft, kind("ECC_NIST_P256", "SIGN_VERIFY"));
    let coder = new_key(draft, kind("HMAC_256", "GENERATE_VERIFY_MAC"));
    let agreeing = new_key(draft, kind("ECC_NIST_P256", "KEY_AGREEMENT"));
    let public = draft.kms("GetPublicKey", json!({ "KeyId": agreeing }));
    let sign = json!({
        "KeyId": signer, "Message": message, "SigningAlgorithm": "ECDSA_SHA_256",
    });
    let code = json!({ "KeyId": coder, "Message": message, "MacAlgorithm": "HMAC_SHA_256" });
    let used = |draft: &mut Draft<'_>, operation: &str, body: Value| {
        let key = body.get("KeyId").cloned();
        let step = draft.kms(operation, body);
        draft.wait(LATER);
        draft.kms("GetKeyLastUsage", json!({ "KeyId": key }));
        step
    };
    let signed = used(draft, "Sign", sign.clone());
    let coded = used(draft, "GenerateMac", code.clone());
    let mut verify = sign;
    super::sweeps::set(
        &mut verify,
        "Signature",
        json!({ "$of": [signed, "Signature"] }),
    );
    used(draft, "Verify", verify);
    let mut verify = code;
    super::sweeps::set(&mut verify, "Mac", json!({ "$of": [coded, "Mac"] }));
    used(draft, "VerifyMac", verify);
    let agree = json!({
        "KeyId": agreeing, "KeyAgreementAlgorithm": "ECDH",
        "PublicKey": {"$of": [public, "PublicKey"]},
    });
    used(draft, "DeriveSharedSecret", agree);
    let pair = json!({ "KeyId": symmetric, "KeyPairSpec": "ECC_NIST_P256" });
    for operation in ["GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"] {
        used(draft, operation, pair.clone());
    }
}

/// What is set for one key is not set for another.
pub(super) fn side_by_side(draft: &mut Draft<'_>) {
    let keys = [0, 1].map(|_| {
        let made = draft.kms("CreateKey", json!({}));
        json!({ "KeyId": {"$of": [made, "KeyMetadata.KeyId"]} })
    });
    let [one, other] = &keys;
    for (disabled, left) in [(one, other), (other, one), (one, other), (other, one)] {
        for key in &keys {
            draft.kms("EnableKeyRotation", key.clone());
        }
        draft.kms("DisableKeyRotation", disabled.clone());
        draft.kms("GetKeyRotationStatus", left.clone());
    }
    draft.kms("RotateKeyOnDemand", one.clone());
    for key in &keys {
        draft.kms("GetKeyRotationStatus", key.clone());
        draft.kms("ListKeyRotations", key.clone());
    }
}
