//! Faults that no single answer shows, nor any that a state of the account would tell from a right one:
//! only answers beside each other do, or what the harness computes itself.

use super::{Bend, Fault, fault};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

pub(super) const FAULTS: &[Fault] = &[
    fault(
        "equal plaintexts have equal ciphertexts",
        &["CreateKey", "Encrypt", "Encrypt"],
        Bend::Answer("Encrypt", |told| {
            if *told.status != 200 {
                return;
            }
            let asked = ["Plaintext", "EncryptionContext", "EncryptionAlgorithm"];
            let asked = asked.map(|member| told.request.get(member).cloned());
            let place = format!("{} {asked:?}", told.answer["KeyId"]);
            match told.memory.get(&place) {
                Some(before) => told.answer["CiphertextBlob"] = before.clone(),
                None => told.memory[place.as_str()] = told.answer["CiphertextBlob"].clone(),
            }
        }),
    ),
    fault(
        "a signature on a curve is two numbers side by side",
        &["CreateKey", "Sign"],
        Bend::Answer("Sign", |told| {
            let algorithm = told.request["SigningAlgorithm"].as_str();
            if algorithm.is_some_and(|name| name.starts_with("ECDSA")) {
                change(&mut told.answer["Signature"], |der| {
                    der.drain(..der.len().min(4));
                });
            }
        }),
    ),
    fault(
        "a ciphertext of RSA has a byte in front",
        &["CreateKey", "Encrypt"],
        Bend::Answer("Encrypt", |told| {
            let algorithm = told.request["EncryptionAlgorithm"].as_str();
            if algorithm.is_some_and(|name| name.starts_with("RSAES")) {
                change(&mut told.answer["CiphertextBlob"], |bytes| {
                    bytes.insert(0, 0);
                });
            }
        }),
    ),
    fault(
        "every shared secret is written backwards",
        &["CreateKey", "GetPublicKey", "DeriveSharedSecret"],
        Bend::Answer("DeriveSharedSecret", |told| {
            change(&mut told.answer["SharedSecret"], |bytes| bytes.reverse());
        }),
    ),
    fault(
        "a deletion comes half a day too early",
        &["CreateKey", "ScheduleKeyDeletion"],
        Bend::Answer("ScheduleKeyDeletion", |told| {
            if let Some(date) = told.answer["DeletionDate"].as_f64() {
                told.answer["DeletionDate"] = json!(date - 43_200.0);
            }
        }),
    ),
];

/// Changes the bytes of base64, if there are any.
fn change(member: &mut Value, change: impl FnOnce(&mut Vec<u8>)) {
    let bytes = member.as_str().and_then(|text| STANDARD.decode(text).ok());
    if let Some(mut bytes) = bytes {
        change(&mut bytes);
        *member = json!(STANDARD.encode(bytes));
    }
}
