//! Faults of what is done with the material of keys.

use super::{Bend, Fault, fault, leave_out, names_a_key};
use serde_json::{Value, json};

pub(super) const FAULTS: &[Fault] = &[
    fault(
        "the encryption context is ignored",
        &["CreateKey", "Encrypt"],
        Bend::Misread(&["Encrypt", "Decrypt"], |body, _| {
            forget(body, "EncryptionContext")
        }),
    ),
    fault(
        "the key named by Decrypt is ignored",
        &["CreateKey", "Decrypt"],
        Bend::Misread(&["Decrypt"], |body, state| {
            if names_a_key(body, state) {
                leave_out(body, "KeyId");
            }
        }),
    ),
    fault(
        "the first key of the account encrypts",
        &["CreateKey", "CreateKey", "Encrypt"],
        Bend::Misread(&["Encrypt"], |body, state| {
            if names_a_key(body, state) {
                body["KeyId"] = json!(state.keys.keys().next());
            }
        }),
    ),
    fault(
        "a plaintext comes back with another byte",
        &["CreateKey", "Encrypt", "Decrypt"],
        Bend::Answer("Decrypt", |told| spoil(&mut told.answer["Plaintext"])),
    ),
    fault(
        "a data key is not the one in its ciphertext",
        &["CreateKey", "GenerateDataKey", "Decrypt"],
        Bend::Answer("GenerateDataKey", |told| {
            spoil(&mut told.answer["Plaintext"])
        }),
    ),
    fault(
        "a data key always has 32 bytes",
        &["CreateKey", "GenerateDataKey"],
        Bend::Misread(&["GenerateDataKey"], |body, _| {
            if body["NumberOfBytes"]
                .as_u64()
                .is_some_and(|count| (1..=1_024).contains(&count))
            {
                body["NumberOfBytes"] = json!(32);
            }
        }),
    ),
    fault(
        "a data key without plaintext comes with it",
        &["CreateKey", "GenerateDataKeyWithoutPlaintext"],
        Bend::Answer("GenerateDataKeyWithoutPlaintext", |told| {
            if *told.status == 200 {
                told.answer["Plaintext"] = json!("AAAAAAAAAAAAAAAAAAAAAA==");
            }
        }),
    ),
    fault(
        "random bytes are one too few",
        &["GenerateRandom"],
        Bend::Misread(&["GenerateRandom"], |body, _| {
            if let Some(count) = body["NumberOfBytes"].as_u64().filter(|count| *count > 1) {
                body["NumberOfBytes"] = json!(count - 1);
            }
        }),
    ),
    fault(
        "Encrypt names the key by its id",
        &["CreateKey", "Encrypt"],
        Bend::Answer("Encrypt", |told| {
            if let Some(arn) = told.answer["KeyId"].as_str() {
                told.answer["KeyId"] = json!(arn.rsplit('/').next());
            }
        }),
    ),
    fault(
        "ReEncrypt says that the destination was the source",
        &["CreateKey", "CreateKey", "Encrypt", "ReEncrypt"],
        Bend::Answer("ReEncrypt", |told| {
            if *told.status == 200 {
                told.answer["SourceKeyId"] = told.answer["KeyId"].clone();
            }
        }),
    ),
    fault(
        "ReEncrypt drops the new context",
        &["CreateKey", "Encrypt", "ReEncrypt", "Decrypt"],
        Bend::Misread(&["ReEncrypt"], |body, _| {
            forget(body, "DestinationEncryptionContext")
        }),
    ),
];

/// Takes a map that may be one out of the request.
fn forget(body: &mut Value, member: &str) {
    let is_map = body[member]
        .as_object()
        .is_some_and(|map| map.values().all(Value::is_string));
    if is_map {
        leave_out(body, member);
    }
}

/// Changes the first letter of base64, and so the first byte.
fn spoil(member: &mut Value) {
    if let Some(text) = member.as_str() {
        let first = if text.starts_with('A') { 'B' } else { 'A' };
        let rest: String = text.chars().skip(1).collect();
        *member = json!(format!("{first}{rest}"));
    }
}
