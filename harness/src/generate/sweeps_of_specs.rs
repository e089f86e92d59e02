//! Every key spec with each usage: the key is made, described and used with every algorithm, and with
//! those that it does not have.

use super::draft::Draft;
use super::pieces::key_of;
use super::scenes::with;
use kms_conformance_model::kms::algorithms;
use kms_conformance_model::state::{KeySpec, KeyUsage};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// An algorithm of each family, which most keys do not have.
const SIGNING: &[&str] = &[
    "RSASSA_PSS_SHA_256",
    "ECDSA_SHA_384",
    "ED25519_SHA_512",
    "ML_DSA_SHAKE_256",
];

/// The combinations that have an algorithm, so that there are such keys.
fn combinations() -> Vec<(KeySpec, KeyUsage, Vec<String>)> {
    let mut all = Vec::new();
    for spec in each::<KeySpec>(KeySpec::NAMES) {
        for usage in each::<KeyUsage>(KeyUsage::NAMES) {
            // Only the curves of NIST agree on secrets, and SM2 there is in China only.
            let agrees = spec.wire_name().starts_with("ECC_NIST_P");
            if spec == KeySpec::Sm2 || (usage == KeyUsage::KeyAgreement && !agrees) {
                continue;
            }
            let known = algorithms(spec, usage);
            let known = known.as_array().into_iter().flatten();
            let known: Vec<String> = known.filter_map(Value::as_str).map(str::to_owned).collect();
            if !known.is_empty() {
                all.push((spec, usage, known));
            }
        }
    }
    all
}

fn each<T: DeserializeOwned>(names: &[&str]) -> Vec<T> {
    let values = names.iter();
    let values = values.map(|name| serde_json::from_value(json!(name)));
    values.filter_map(Result::ok).collect()
}

/// How many plans there are.
pub(super) fn count() -> usize {
    combinations().len() + 1
}

/// Writes a plan by its number, and gives its title.
pub(super) fn write(number: usize, draft: &mut Draft<'_>) -> Option<String> {
    let all = combinations();
    let Some((spec, usage, algorithms)) = all.get(number) else {
        unfit(draft, &all);
        return Some("key specs with usages that they do not have".to_owned());
    };
    let (spec, usage) = (spec.wire_name(), *usage);
    // RSA keys of 4096 bits take long to make, so the other one is shorter.
    let shorter = match spec {
        "RSA_4096" => "RSA_2048",
        _ => spec,
    };
    let [key, other] = [spec, shorter].map(|spec| key_of(draft, spec, usage.wire_name()));
    draft.kms("DescribeKey", json!({ "KeyId": key }));
    draft.kms("GetPublicKey", json!({ "KeyId": key }));
    match usage {
        KeyUsage::SignVerify => signs(draft, &key, &other, algorithms),
        KeyUsage::GenerateVerifyMac => codes(draft, &key, &other),
        KeyUsage::EncryptDecrypt => encrypts(draft, &key, &other, algorithms),
        KeyUsage::KeyAgreement => agrees(draft, &key, &other),
    }
    Some(format!("{spec} for {}", usage.wire_name()))
}

/// Keys that cannot be.
fn unfit(draft: &mut Draft<'_>, fit: &[(KeySpec, KeyUsage, Vec<String>)]) {
    for spec in KeySpec::NAMES {
        draft.kms("CreateKey", json!({ "KeySpec": spec }));
        for usage in KeyUsage::NAMES {
            let is_fit = fit
                .iter()
                .any(|(known, of, _)| known.wire_name() == *spec && of.wire_name() == *usage);
            if !is_fit && *spec != "SM2" {
                draft.kms("CreateKey", json!({ "KeySpec": spec, "KeyUsage": usage }));
            }
        }
    }
}

fn signs(draft: &mut Draft<'_>, key: &Value, other: &Value, algorithms: &[String]) {
    let of = |algorithm: &str, kind: &str, length: usize| {
        json!({
            "KeyId": key, "SigningAlgorithm": algorithm, "MessageType": kind,
            "Message": {"$bytes": [1, length]},
        })
    };
    for algorithm in algorithms {
        let digest = match algorithm.as_str() {
            name if name.ends_with("SHA_384") => 48,
            name if name.ends_with("SHA_512") => 64,
            "ML_DSA_SHAKE_256" => 64,
            _ => 32,
        };
        let kind = match algorithm.as_str() {
            "ML_DSA_SHAKE_256" => "EXTERNAL_MU",
            _ => "DIGEST",
        };
        let another = algorithms.iter().find(|name| *name != algorithm);
        for body in [of(algorithm, "RAW", 40), of(algorithm, kind, digest)] {
            let signed = draft.kms("Sign", body.clone());
            if !draft.has_made(signed, "Signature") {
                continue;
            }
            let signature = json!({ "Signature": {"$of": [signed, "Signature"]} });
            let right = with(&body, &signature);
            draft.kms("Verify", right.clone());
            for change in [
                json!({ "Message": {"$bytes": [2, digest]} }),
                json!({ "KeyId": other }),
            ] {
                draft.kms("Verify", with(&right, &change));
            }
            if let Some(another) = another.filter(|_| kind == "DIGEST") {
                let raw = json!({ "SigningAlgorithm": another, "MessageType": "RAW" });
                draft.kms("Verify", with(&right, &raw));
            }
        }
        for length in [1, digest - 1, digest + 1] {
            draft.kms("Sign", of(algorithm, kind, length));
        }
    }
    for algorithm in SIGNING {
        if !algorithms.iter().any(|known| known == algorithm) {
            draft.kms("Sign", of(algorithm, "RAW", 40));
        }
    }
}

fn codes(draft: &mut Draft<'_>, key: &Value, other: &Value) {
    let body = json!({ "KeyId": key, "Message": {"$bytes": [1, 40]} });
    for bits in ["224", "256", "384", "512"] {
        let algorithm = json!({ "MacAlgorithm": format!("HMAC_SHA_{bits}") });
        let body = with(&body, &algorithm);
        let made = draft.kms("GenerateMac", body.clone());
        if !draft.has_made(made, "Mac") {
            continue;
        }
        let mac = json!({ "$of": [made, "Mac"] });
        let right = with(&body, &json!({ "Mac": mac }));
        for change in [
            json!({}),
            json!({ "Message": {"$bytes": [2, 40]} }),
            json!({ "Message": {"$bytes": [1, 41]} }),
            json!({ "KeyId": other }),
            json!({ "Mac": {"$tampered": [mac, 0]} }),
            json!({ "Mac": {"$tampered": [mac, 27]} }),
            json!({ "Mac": {"$cut": [mac, 16]} }),
        ] {
            draft.kms("VerifyMac", with(&right, &change));
        }
        for length in [1, 4096, 4097] {
            let message = json!({ "Message": {"$bytes": [3, length]} });
            draft.kms("GenerateMac", with(&body, &message));
        }
    }
}

fn encrypts(draft: &mut Draft<'_>, key: &Value, other: &Value, algorithms: &[String]) {
    for algorithm in algorithms {
        let most = match algorithm.as_str() {
            "SYMMETRIC_DEFAULT" => 4096,
            "RSAES_OAEP_SHA_1" => 214,
            _ => 190,
        };
        // Longer keys take more: 128 bytes for each 1,024 bits.
        for length in [
            1,
            most,
            most + 1,
            most + 128,
            most + 129,
            most + 256,
            most + 257,
        ] {
            let this = json!({ "KeyId": key, "EncryptionAlgorithm": algorithm });
            let body = with(&this, &json!({ "Plaintext": {"$bytes": [1, length]} }));
            let sealed = draft.kms("Encrypt", body);
            if !draft.has_made(sealed, "CiphertextBlob") {
                continue;
            }
            let blob = json!({ "$of": [sealed, "CiphertextBlob"] });
            let right = with(&this, &json!({ "CiphertextBlob": blob }));
            draft.kms("Decrypt", right.clone());
            if length > 1 {
                continue;
            }
            let mut changes = vec![
                json!({ "KeyId": other }),
                json!({ "KeyId": null }),
                json!({ "EncryptionAlgorithm": null }),
            ];
            let all = [
                "SYMMETRIC_DEFAULT",
                "RSAES_OAEP_SHA_1",
                "RSAES_OAEP_SHA_256",
            ];
            changes.extend(all.map(|name| json!({ "EncryptionAlgorithm": name })));
            for byte in [0, 1, 60, 255] {
                changes.push(json!({ "CiphertextBlob": {"$tampered": [blob, byte]} }));
            }
            for length in [1, 16, 100] {
                changes.push(json!({ "CiphertextBlob": {"$cut": [blob, length]} }));
            }
            for change in changes {
                draft.kms("Decrypt", with(&right, &change));
            }
        }
    }
}

fn agrees(draft: &mut Draft<'_>, key: &Value, other: &Value) {
    let mut made = Vec::new();
    for (ours, theirs) in [(key, other), (other, key)] {
        let shown = draft.kms("GetPublicKey", json!({ "KeyId": theirs }));
        let public_key = json!({ "$of": [shown, "PublicKey"] });
        made.push(json!({
            "KeyId": ours, "KeyAgreementAlgorithm": "ECDH", "PublicKey": public_key,
        }));
    }
    for curve in ["ECC_NIST_P256", "ECC_NIST_P384"] {
        let stranger = key_of(draft, curve, "KEY_AGREEMENT");
        let shown = draft.kms("GetPublicKey", json!({ "KeyId": stranger }));
        let public_key = json!({ "$of": [shown, "PublicKey"] });
        made.push(json!({
            "KeyId": key, "KeyAgreementAlgorithm": "ECDH", "PublicKey": public_key,
        }));
    }
    for body in made {
        draft.kms("DeriveSharedSecret", body.clone());
        draft.kms("DeriveSharedSecret", body);
    }
}
