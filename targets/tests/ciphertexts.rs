//! Ciphertexts through the wire: what the vault seals, Decrypt and ReEncrypt open.

#![cfg(test)]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kms_conformance_model::{Reply, Service};
use kms_conformance_targets::{Answer, Config, Emulator, OutsideCall, Request, reply};
use serde_json::{Value, json};

fn ask(emulator: &Emulator, operation: &str, body: &Value) -> Reply {
    match reply(&emulator.handle(&Request::new(Service::Kms, operation, body))) {
        Answer::Reply(reply) => reply,
        Answer::Unsupported(why) | Answer::Untyped(why) => panic!("{operation}: {why}"),
    }
}

fn done(emulator: &Emulator, operation: &str, body: Value) -> Value {
    match ask(emulator, operation, &body) {
        Reply::Done(response) => response,
        other => panic!("{operation} {body} was answered {other:?}"),
    }
}

fn error(emulator: &Emulator, operation: &str, body: Value) -> String {
    match ask(emulator, operation, &body) {
        Reply::Refused(refused) => refused.error,
        other => panic!("{operation} {body} was answered {other:?}"),
    }
}

fn key(emulator: &Emulator) -> Value {
    done(emulator, "CreateKey", json!({}))["KeyMetadata"]["KeyId"].clone()
}

fn encrypted(emulator: &Emulator, key: &Value, context: &Value) -> Value {
    let body =
        json!({"KeyId": key, "Plaintext": STANDARD.encode("secret"), "EncryptionContext": context});
    done(emulator, "Encrypt", body)["CiphertextBlob"].clone()
}

#[test]
fn what_was_encrypted_is_decrypted_under_the_same_context_only() {
    let emulator = Emulator::new(Config::default());
    let context = json!({"a": "1", "b": "2"});
    let blob = encrypted(&emulator, &key(&emulator), &context);
    let opened = done(
        &emulator,
        "Decrypt",
        json!({"CiphertextBlob": blob, "EncryptionContext": {"b": "2", "a": "1"}}),
    );
    assert_eq!(opened["Plaintext"], STANDARD.encode("secret"));
    for other in [json!({}), json!({"a": "1"}), json!({"a": "1", "b": "3"})] {
        let body = json!({"CiphertextBlob": blob, "EncryptionContext": other});
        assert_eq!(
            error(&emulator, "Decrypt", body),
            "InvalidCiphertextException"
        );
    }
}

#[test]
fn a_tampered_ciphertext_is_invalid() {
    let emulator = Emulator::new(Config::default());
    let blob = encrypted(&emulator, &key(&emulator), &json!({}));
    let bytes = STANDARD.decode(blob.as_str().unwrap()).unwrap();
    for index in 0..bytes.len() {
        let mut forged = bytes.clone();
        forged[index] ^= 0x80;
        let body = json!({"CiphertextBlob": STANDARD.encode(forged)});
        assert_eq!(
            error(&emulator, "Decrypt", body),
            "InvalidCiphertextException",
            "byte {index}"
        );
    }
}

#[test]
fn data_keys_open_to_what_was_shown() {
    let emulator = Emulator::new(Config::default());
    let key = key(&emulator);
    let made = done(
        &emulator,
        "GenerateDataKey",
        json!({"KeyId": key, "KeySpec": "AES_256"}),
    );
    let opened = done(
        &emulator,
        "Decrypt",
        json!({"CiphertextBlob": made["CiphertextBlob"]}),
    );
    assert_eq!(opened["Plaintext"], made["Plaintext"]);
    let body = json!({"KeyId": key, "NumberOfBytes": 17});
    let hidden = done(&emulator, "GenerateDataKeyWithoutPlaintext", body);
    let opened = done(
        &emulator,
        "Decrypt",
        json!({"CiphertextBlob": hidden["CiphertextBlob"]}),
    );
    let plaintext = STANDARD
        .decode(opened["Plaintext"].as_str().unwrap())
        .unwrap();
    assert_eq!(plaintext.len(), 17);
}

#[test]
fn reencryption_moves_a_secret_to_another_key_and_context() {
    let emulator = Emulator::new(Config::default());
    let (from, to) = (key(&emulator), key(&emulator));
    let blob = encrypted(&emulator, &from, &json!({"a": "1"}));
    let moved = done(
        &emulator,
        "ReEncrypt",
        json!({
            "CiphertextBlob": blob,
            "SourceEncryptionContext": {"a": "1"},
            "DestinationKeyId": to,
            "DestinationEncryptionContext": {"b": "2"},
        }),
    );
    let body = json!({"CiphertextBlob": moved["CiphertextBlob"], "EncryptionContext": {"b": "2"}});
    let opened = done(&emulator, "Decrypt", body);
    assert_eq!(opened["Plaintext"], STANDARD.encode("secret"));
    assert!(
        opened["KeyId"]
            .as_str()
            .unwrap()
            .ends_with(to.as_str().unwrap())
    );
}

#[test]
fn a_ciphertext_of_a_deleted_key_tells_its_key_and_nothing_else() {
    let emulator = Emulator::new(Config::default());
    let key = key(&emulator);
    let blob = encrypted(&emulator, &key, &json!({}));
    let body = json!({"KeyId": key, "PendingWindowInDays": 7});
    done(&emulator, "ScheduleKeyDeletion", body);
    let week = OutsideCall::Advance {
        milliseconds: 8 * 24 * 60 * 60 * 1000,
    };
    emulator.outside(&week).unwrap();
    let describe = error(&emulator, "DescribeKey", json!({"KeyId": key}));
    assert_eq!(describe, "NotFoundException");
    let decrypt = error(&emulator, "Decrypt", json!({"CiphertextBlob": blob}));
    assert_eq!(decrypt, "AccessDeniedException");
}
