//! Small plans about what does not open: ciphertexts under contexts that are near their own, and altered
//! ciphertexts.

use super::contexts::others;
use super::draft::Draft;
use super::pieces::new_key;
use super::scenes::with;
use serde_json::json;
use std::collections::BTreeMap;

/// Ciphertexts of several contexts, opened under the same and under each one near it.
pub(super) fn contexts(draft: &mut Draft<'_>) {
    let key = new_key(draft, json!({}));
    let sealing: [&[(&str, &str)]; 4] = [
        &[],
        &[("purpose", "test")],
        &[("b", "2"), ("a", "1"), ("c", "")],
        &[
            ("\u{43a}\u{43b}\u{44e}\u{447}", "\u{1f511}"),
            ("snow\u{2603}", "line\nend"),
        ],
    ];
    for entries in sealing {
        let entries = entries.iter();
        let context: BTreeMap<String, String> = entries
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        let body = json!({
            "KeyId": key, "Plaintext": {"$bytes": [3, 16]}, "EncryptionContext": context,
        });
        let sealed = draft.kms("Encrypt", body);
        let blob = json!({ "CiphertextBlob": {"$of": [sealed, "CiphertextBlob"]} });
        for context in std::iter::once(json!(context)).chain(others(&context)) {
            draft.kms(
                "Decrypt",
                with(&blob, &json!({ "EncryptionContext": context })),
            );
        }
    }
}

/// Ciphertexts that were altered at each part, or cut.
pub(super) fn altered(draft: &mut Draft<'_>) {
    let key = new_key(draft, json!({}));
    let context = json!({ "EncryptionContext": {"purpose": "test"} });
    let data = json!({ "KeyId": key, "KeySpec": "AES_256" });
    let plain = json!({ "KeyId": key, "Plaintext": {"$bytes": [3, 16]} });
    for (operation, body) in [("Encrypt", plain), ("GenerateDataKey", data)] {
        let sealed = draft.kms(operation, with(&body, &context));
        let blob = json!({ "$of": [sealed, "CiphertextBlob"] });
        let right = with(&json!({ "CiphertextBlob": blob, "KeyId": key }), &context);
        draft.kms("Decrypt", right.clone());
        let bytes = [0, 1, 2, 8, 16, 33, 40, 52, 64, 80, 100, 120];
        let tampered = bytes.map(|byte| json!({ "$tampered": [blob, byte] }));
        let cut = [1, 15, 16, 40, 64].map(|length| json!({ "$cut": [blob, length] }));
        for altered in tampered.into_iter().chain(cut) {
            draft.kms(
                "Decrypt",
                with(&right, &json!({ "CiphertextBlob": altered })),
            );
        }
        draft.kms("Decrypt", right);
    }
}
