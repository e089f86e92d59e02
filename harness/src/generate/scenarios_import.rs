//! Scenarios about keys whose material somebody brings along.

use super::draft::Draft;
use super::scenes::{use_key, with};
use serde_json::{Value, json};

const DAY: i64 = 86_400;
const OAEP: &str = "RSAES_OAEP_SHA_256";

fn new_key(draft: &mut Draft<'_>, spec: &str, usage: &str) -> Value {
    let body = json!({ "Origin": "EXTERNAL", "KeySpec": spec, "KeyUsage": usage });
    let made = draft.kms("CreateKey", body);
    json!({ "$of": [made, "KeyMetadata.KeyId"] })
}

fn symmetric(draft: &mut Draft<'_>) -> Value {
    new_key(draft, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")
}

/// Asks for the parameters of an import. The result is the step.
fn parameters(draft: &mut Draft<'_>, key: &Value, algorithm: &str, spec: &str) -> u32 {
    let body = json!({
        "KeyId": key, "WrappingAlgorithm": algorithm, "WrappingKeySpec": spec,
    });
    draft.kms("GetParametersForImport", body)
}

fn wrapped(step: u32, algorithm: &str, material: &Value) -> Value {
    json!({ "$wrapped": [{"$of": [step, "PublicKey"]}, algorithm, material] })
}

/// The body of an import of material that does not expire, with these changes.
fn body(key: &Value, step: u32, material: &Value, changes: &Value) -> Value {
    let plain = json!({
        "KeyId": key, "ImportToken": {"$of": [step, "ImportToken"]},
        "EncryptedKeyMaterial": wrapped(step, OAEP, material),
        "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE",
    });
    with(&plain, changes)
}

/// Imports material, and looks at what comes of it. The result is the step.
fn import(draft: &mut Draft<'_>, key: &Value, material: &Value, changes: &Value) -> u32 {
    let step = parameters(draft, key, OAEP, "RSA_2048");
    let step = draft.kms("ImportKeyMaterial", body(key, step, material, changes));
    look(draft, key);
    step
}

fn look(draft: &mut Draft<'_>, key: &Value) {
    draft.kms("DescribeKey", json!({ "KeyId": key }));
    draft.kms("GetKeyRotationStatus", json!({ "KeyId": key }));
    let all = json!({ "KeyId": key, "IncludeKeyMaterial": "ALL_KEY_MATERIAL" });
    draft.kms("ListKeyRotations", all);
}

fn expires_in(days: i64) -> Value {
    json!({ "ExpirationModel": null, "ValidTo": {"$later": days * DAY} })
}

/// Material comes, is deleted, comes again, expires and comes again. Every kind of key takes it.
pub(super) fn life(draft: &mut Draft<'_>) {
    let key = symmetric(draft);
    let this = json!({ "KeyId": key });
    let a = json!({ "name": "a", "bytes": 32 });
    draft.kms("DeleteImportedKeyMaterial", this.clone());
    import(draft, &key, &a, &json!({}));
    let body = json!({ "KeyId": key, "Plaintext": {"$bytes": [7, 16]} });
    let sealed = draft.kms("Encrypt", body);
    use_key(draft, &key, sealed);
    for operation in [
        "EnableKeyRotation",
        "DisableKeyRotation",
        "RotateKeyOnDemand",
    ] {
        draft.kms(operation, this.clone());
    }
    draft.kms("DeleteImportedKeyMaterial", this.clone());
    look(draft, &key);
    use_key(draft, &key, sealed);
    import(
        draft,
        &key,
        &json!({ "name": "b", "bytes": 32 }),
        &json!({}),
    );
    import(draft, &key, &a, &expires_in(7));
    use_key(draft, &key, sealed);
    draft.wait(9 * DAY);
    look(draft, &key);
    use_key(draft, &key, sealed);
    import(draft, &key, &a, &json!({}));
    use_key(draft, &key, sealed);
    draft.kms("ScheduleKeyDeletion", this.clone());
    draft.kms("DeleteImportedKeyMaterial", this);
    look(draft, &key);
    let mac = new_key(draft, "HMAC_256", "GENERATE_VERIFY_MAC");
    import(
        draft,
        &mac,
        &json!({ "name": "mac", "bytes": 32 }),
        &json!({}),
    );
    import(
        draft,
        &mac,
        &json!({ "name": "other", "bytes": 32 }),
        &json!({}),
    );
    let pair = new_key(draft, "ECC_NIST_P256", "SIGN_VERIFY");
    for algorithm in ["RSA_AES_KEY_WRAP_SHA_256", "RSA_AES_KEY_WRAP_SHA_1"] {
        let step = parameters(draft, &pair, algorithm, "RSA_2048");
        let material = json!({ "name": "pair", "private": true });
        let changes = json!({ "EncryptedKeyMaterial": wrapped(step, algorithm, &material) });
        draft.kms(
            "ImportKeyMaterial",
            self::body(&pair, step, &material, &changes),
        );
        look(draft, &pair);
    }
}

/// Everything that an import is refused for.
pub(super) fn refused(draft: &mut Draft<'_>) {
    let key = symmetric(draft);
    let other = symmetric(draft);
    let a = json!({ "name": "a", "bytes": 32 });
    for (algorithm, spec) in [
        ("RSAES_PKCS1_V1_5", "RSA_2048"),
        ("SM2PKE", "SM2"),
        ("RSAES_OAEP_SHA_1", "RSA_3072"),
    ] {
        parameters(draft, &key, algorithm, spec);
    }
    let rsa = new_key(draft, "RSA_2048", "SIGN_VERIFY");
    parameters(draft, &rsa, OAEP, "RSA_2048");
    let long = new_key(draft, "ECC_NIST_P521", "SIGN_VERIFY");
    parameters(draft, &long, OAEP, "RSA_2048");
    let step = parameters(draft, &key, OAEP, "RSA_2048");
    let pair = json!({ "name": "pair", "private": true });
    let id = json!({ "$text": ["a", 64] });
    let new = json!("NEW_KEY_MATERIAL");
    for changes in [
        json!({ "ExpirationModel": null }),
        json!({ "ValidTo": {"$later": DAY} }),
        expires_in(-1),
        expires_in(400),
        json!({ "EncryptedKeyMaterial": {"$bytes": [9, 256]} }),
        json!({ "EncryptedKeyMaterial": wrapped(step, "RSAES_OAEP_SHA_1", &a) }),
        json!({ "EncryptedKeyMaterial": wrapped(step, OAEP, &pair) }),
        json!({ "EncryptedKeyMaterial": wrapped(step, OAEP, &json!({"name": "a", "bytes": 31})) }),
        json!({ "ImportToken": {"$unknown": "ImportToken"} }),
        json!({ "KeyMaterialId": id, "ImportType": new }),
        json!({ "ImportType": "EXISTING_KEY_MATERIAL" }),
    ] {
        draft.kms("ImportKeyMaterial", body(&key, step, &a, &changes));
    }
    draft.kms("ImportKeyMaterial", body(&other, step, &a, &json!({})));
    draft.wait(25 * 3_600);
    draft.kms("ImportKeyMaterial", body(&key, step, &a, &json!({})));
    look(draft, &key);
    let mac = new_key(draft, "HMAC_256", "GENERATE_VERIFY_MAC");
    let step = parameters(draft, &mac, OAEP, "RSA_2048");
    draft.kms(
        "ImportKeyMaterial",
        body(&mac, step, &a, &json!({ "ImportType": new })),
    );
    draft.kms(
        "DeleteImportedKeyMaterial",
        json!({ "KeyId": key, "KeyMaterialId": id }),
    );
    draft.kms("ScheduleKeyDeletion", json!({ "KeyId": key }));
    let step = parameters(draft, &key, OAEP, "RSA_2048");
    draft.kms("ImportKeyMaterial", body(&key, step, &a, &json!({})));
}

/// Imports that do not change the state of a disabled key, and what a key that waits for its replica key
/// refuses.
pub(super) fn while_it_waits(draft: &mut Draft<'_>) {
    let a = json!({ "name": "a", "bytes": 32 });
    let key = symmetric(draft);
    import(draft, &key, &a, &json!({}));
    draft.kms("DisableKey", json!({ "KeyId": key }));
    import(draft, &key, &a, &json!({}));
    let body = json!({ "Origin": "EXTERNAL", "MultiRegion": true });
    let made = draft.kms("CreateKey", body);
    let key = json!({ "$of": [made, "KeyMetadata.KeyId"] });
    let this = json!({ "KeyId": key });
    import(draft, &key, &a, &json!({}));
    let body = json!({ "KeyId": key, "ReplicaRegion": {"$elsewhere": 0} });
    draft.kms("ReplicateKey", body);
    draft.wait(600);
    draft.kms("ScheduleKeyDeletion", this.clone());
    import(draft, &key, &a, &json!({}));
    draft.kms("DeleteImportedKeyMaterial", this.clone());
    look(draft, &key);
    draft.kms("CancelKeyDeletion", this);
    look(draft, &key);
}

/// A key with three materials, of which each is missed.
pub(super) fn several(draft: &mut Draft<'_>) {
    let key = symmetric(draft);
    let this = json!({ "KeyId": key });
    let material = |name: &str| json!({ "name": name, "bytes": 32 });
    let new = json!({ "ImportType": "NEW_KEY_MATERIAL", "KeyMaterialDescription": "the next one" });
    import(draft, &key, &material("a"), &json!({}));
    let body = json!({ "KeyId": key, "Plaintext": {"$bytes": [7, 16]} });
    let first = draft.kms("Encrypt", body.clone());
    import(draft, &key, &material("a"), &new);
    import(draft, &key, &material("b"), &json!({}));
    import(draft, &key, &material("b"), &new);
    import(draft, &key, &material("c"), &new);
    draft.kms("RotateKeyOnDemand", this.clone());
    draft.wait(2 * 3_600);
    look(draft, &key);
    let second = draft.kms("Encrypt", body);
    for step in [first, second] {
        use_key(draft, &key, step);
    }
    let listed = draft.kms(
        "ListKeyRotations",
        json!({ "KeyId": key, "IncludeKeyMaterial": "ALL_KEY_MATERIAL" }),
    );
    let old = json!({ "$of": [listed, "Rotations.0.KeyMaterialId"] });
    draft.kms(
        "DeleteImportedKeyMaterial",
        json!({ "KeyId": key, "KeyMaterialId": old }),
    );
    look(draft, &key);
    use_key(draft, &key, second);
    import(
        draft,
        &key,
        &material("c"),
        &json!({ "KeyMaterialId": old }),
    );
    import(
        draft,
        &key,
        &material("a"),
        &json!({ "KeyMaterialId": old }),
    );
    use_key(draft, &key, first);
    import(draft, &key, &material("d"), &with(&new, &expires_in(7)));
    draft.wait(9 * DAY);
    look(draft, &key);
    draft.kms("RotateKeyOnDemand", this);
}

/// Imported material that others could use elsewhere: a key pair and an HMAC key.
pub(super) fn not_symmetric(draft: &mut Draft<'_>) {
    let bytes = |byte: u8| json!({ "$bytes": [byte, 32] });
    let mac = new_key(draft, "HMAC_256", "GENERATE_VERIFY_MAC");
    let material = json!({ "name": "mac", "bytes": 32 });
    import(draft, &mac, &material, &json!({}));
    let message = json!({ "KeyId": mac, "Message": bytes(1), "MacAlgorithm": "HMAC_SHA_256" });
    draft.kms("VerifyMac", with(&message, &json!({ "Mac": bytes(9) })));
    let made = draft.kms("GenerateMac", message.clone());
    let code = with(&message, &json!({ "Mac": {"$of": [made, "Mac"]} }));
    draft.kms("VerifyMac", code.clone());
    draft.kms("DeleteImportedKeyMaterial", json!({ "KeyId": mac }));
    draft.kms("VerifyMac", code.clone());
    draft.kms("GenerateMac", message.clone());
    import(draft, &mac, &material, &json!({}));
    draft.kms("VerifyMac", code);
    draft.kms("GenerateMac", message);
    let pair = new_key(draft, "ECC_NIST_P256", "SIGN_VERIFY");
    let this = json!({ "KeyId": pair });
    let algorithm = "RSA_AES_KEY_WRAP_SHA_256";
    let bring = |draft: &mut Draft<'_>, name: &str| {
        let step = parameters(draft, &pair, algorithm, "RSA_2048");
        let material = json!({ "name": name, "private": true });
        let changes = json!({ "EncryptedKeyMaterial": wrapped(step, algorithm, &material) });
        let body = body(&pair, step, &material, &changes);
        draft.kms("ImportKeyMaterial", body);
    };
    bring(draft, "pair");
    let message =
        json!({ "KeyId": pair, "Message": bytes(1), "SigningAlgorithm": "ECDSA_SHA_256" });
    draft.kms("Verify", with(&message, &json!({ "Signature": bytes(9) })));
    let made = draft.kms("Sign", message.clone());
    let signed = with(
        &message,
        &json!({ "Signature": {"$of": [made, "Signature"]} }),
    );
    draft.kms("Verify", signed.clone());
    draft.kms("GetPublicKey", this.clone());
    draft.kms("DeleteImportedKeyMaterial", this.clone());
    draft.kms("GetPublicKey", this.clone());
    draft.kms("Verify", signed.clone());
    bring(draft, "other");
    bring(draft, "pair");
    draft.kms("Verify", signed);
    draft.kms("GetPublicKey", this);
    draft.kms("Sign", message);
}

/// A multi-Region key and its replica key: each takes the same material for itself.
pub(super) fn regions(draft: &mut Draft<'_>) {
    let body = json!({ "Origin": "EXTERNAL", "MultiRegion": true });
    let made = draft.kms("CreateKey", body);
    let key = json!({ "$of": [made, "KeyMetadata.KeyId"] });
    let this = json!({ "KeyId": key });
    let a = json!({ "name": "a", "bytes": 32 });
    let b = json!({ "name": "b", "bytes": 32 });
    import(draft, &key, &a, &json!({}));
    let sealed = draft.kms(
        "Encrypt",
        json!({ "KeyId": key, "Plaintext": {"$bytes": [7, 16]} }),
    );
    draft.kms(
        "ReplicateKey",
        json!({ "KeyId": key, "ReplicaRegion": {"$elsewhere": 0} }),
    );
    // The replica key is being created first.
    draft.elsewhere(0, |draft| {
        import(draft, &key, &a, &json!({}));
        draft.kms("DeleteImportedKeyMaterial", this.clone());
    });
    draft.wait(600);
    draft.elsewhere(0, |draft| {
        look(draft, &key);
        use_key(draft, &key, sealed);
        import(draft, &key, &b, &json!({}));
        import(draft, &key, &a, &json!({}));
        use_key(draft, &key, sealed);
    });
    draft.kms("DeleteImportedKeyMaterial", this.clone());
    use_key(draft, &key, sealed);
    draft.elsewhere(0, |draft| use_key(draft, &key, sealed));
    import(draft, &key, &a, &json!({}));
    use_key(draft, &key, sealed);
    draft.kms(
        "UpdatePrimaryRegion",
        json!({ "KeyId": key, "PrimaryRegion": {"$elsewhere": 0} }),
    );
    import(draft, &key, &a, &json!({}));
    draft.kms("DeleteImportedKeyMaterial", this);
    draft.wait(600);
    look(draft, &key);
}
