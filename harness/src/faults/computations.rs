//! Faults of what only key material can make: signatures, authentication codes, public keys, key pairs
//! and shared secrets.

use super::{Bend, Fault, Told, fault, leave_out};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

pub(super) const FAULTS: &[Fault] = &[
    fault(
        "every signature is right",
        &["CreateKey", "Verify"],
        Bend::Unchecked("Verify", "CKX-121"),
    ),
    fault(
        "every authentication code is right",
        &["CreateKey", "VerifyMac"],
        Bend::Unchecked("VerifyMac", "CKX-128"),
    ),
    fault(
        "a digest is hashed again before it is signed",
        &["CreateKey", "Sign", "Verify"],
        Bend::Misread(&["Sign"], |body, _| {
            // Only a digest that would have been signed as it is.
            if body["MessageType"] == "DIGEST" && digest_fits(body) {
                leave_out(body, "MessageType");
            }
        }),
    ),
    fault(
        "the first public key is that of all keys of its kind",
        &["CreateKey", "GetPublicKey", "CreateKey", "GetPublicKey"],
        Bend::Answer("GetPublicKey", |told| {
            let kind = told.answer["KeySpec"].as_str().map(str::to_owned);
            if let Some(kind) = kind {
                repeat_first(told, &kind);
            }
        }),
    ),
    fault(
        "each derivation gives another secret",
        &[
            "CreateKey",
            "GetPublicKey",
            "DeriveSharedSecret",
            "DeriveSharedSecret",
        ],
        Bend::Answer("DeriveSharedSecret", |told| {
            let count = told.memory["count"].as_u64().unwrap_or_default();
            if let Some(secret) = told.answer["SharedSecret"].as_str() {
                let letter = char::from(b'A' + u8::try_from(count % 26).unwrap_or_default());
                let rest: String = secret.chars().skip(1).collect();
                told.answer["SharedSecret"] = json!(format!("{letter}{rest}"));
                told.memory["count"] = json!(count + 1);
            }
        }),
    ),
    fault(
        "the public half of a data key pair is that of the one before",
        &["CreateKey", "GenerateDataKeyPair", "GenerateDataKeyPair"],
        Bend::Answer("GenerateDataKeyPair", |told| {
            let kind = told.answer["KeyPairSpec"].as_str().map(str::to_owned);
            if let Some(kind) = kind {
                let own = told.answer["PublicKey"].clone();
                if let Some(before) = told.memory.get(&kind) {
                    told.answer["PublicKey"] = before.clone();
                }
                told.memory[kind.as_str()] = own;
            }
        }),
    ),
    fault(
        "the last byte of a message is not authenticated",
        &["CreateKey", "GenerateMac", "VerifyMac"],
        Bend::Misread(&["GenerateMac"], |body, _| {
            let message = body["Message"]
                .as_str()
                .and_then(|it| STANDARD.decode(it).ok());
            if let Some((_, front)) = message.as_deref().and_then(<[u8]>::split_last)
                && !front.is_empty()
            {
                body["Message"] = json!(STANDARD.encode(front));
            }
        }),
    ),
];

fn digest_fits(body: &Value) -> bool {
    let message = body["Message"]
        .as_str()
        .and_then(|it| STANDARD.decode(it).ok());
    let algorithm = body["SigningAlgorithm"].as_str().unwrap_or_default();
    let length = match algorithm.rsplit('_').next() {
        Some("256") => 32,
        Some("384") => 48,
        _ => 64,
    };
    !algorithm.starts_with("ED25519")
        && !algorithm.starts_with("ML_DSA")
        && message.is_some_and(|message| message.len() == length)
}

/// Answers with the first public key of this kind that was ever shown.
fn repeat_first(told: &mut Told<'_>, kind: &str) {
    match told.memory.get(kind) {
        Some(first) => told.answer["PublicKey"] = first.clone(),
        None => told.memory[kind] = told.answer["PublicKey"].clone(),
    }
}
