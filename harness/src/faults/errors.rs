//! Faults that answer a wrong error, or none where one is due.

use super::{Bend, Fault, Told, fault, leave_out};
use serde_json::json;

pub(super) const FAULTS: &[Fault] = &[
    fault(
        "an unknown key is a ValidationException",
        &["DescribeKey"],
        Bend::Error("DescribeKey", "NotFoundException", "ValidationException"),
    ),
    fault(
        "a disabled key is in an invalid state",
        &["CreateKey", "DisableKey", "Encrypt"],
        Bend::Error("Encrypt", "DisabledException", "KMSInvalidStateException"),
    ),
    fault(
        "a key pending deletion is a conflict",
        &["CreateKey", "ScheduleKeyDeletion", "UpdateKeyDescription"],
        Bend::Error(
            "UpdateKeyDescription",
            "KMSInvalidStateException",
            "ConflictException",
        ),
    ),
    fault(
        "an alias that exists is over a limit",
        &["CreateKey", "CreateAlias", "CreateAlias"],
        Bend::Error(
            "CreateAlias",
            "AlreadyExistsException",
            "LimitExceededException",
        ),
    ),
    fault(
        "a missing key store is a missing cluster",
        &["CreateKey"],
        Bend::Error(
            "CreateKey",
            "CustomKeyStoreNotFoundException",
            "CloudHsmClusterNotFoundException",
        ),
    ),
    fault(
        "a disconnected key store is a cluster that is not active",
        &["CreateCustomKeyStore", "CreateKey"],
        Bend::Error(
            "CreateKey",
            "CustomKeyStoreInvalidStateException",
            "CloudHsmClusterNotActiveException",
        ),
    ),
    fault(
        "a missing cluster is one that is not active",
        &["CreateCustomKeyStore"],
        Bend::Error(
            "CreateCustomKeyStore",
            "CloudHsmClusterNotFoundException",
            "CloudHsmClusterNotActiveException",
        ),
    ),
    fault(
        "the name of a key store in use already exists",
        &["CreateCustomKeyStore", "CreateCustomKeyStore"],
        Bend::Error(
            "CreateCustomKeyStore",
            "CustomKeyStoreNameInUseException",
            "AlreadyExistsException",
        ),
    ),
    fault(
        "a connected key store that is to be deleted is a conflict",
        &[
            "CreateCustomKeyStore",
            "ConnectCustomKeyStore",
            "DeleteCustomKeyStore",
        ],
        Bend::Error(
            "DeleteCustomKeyStore",
            "CustomKeyStoreInvalidStateException",
            "ConflictException",
        ),
    ),
    fault(
        "a missing HSM cluster is a validation error",
        &["CreateHsm"],
        Bend::Error(
            "CreateHsm",
            "CloudHsmResourceNotFoundException",
            "CloudHsmTagException",
        ),
    ),
    fault(
        "a spoilt ciphertext is a wrong key",
        &["Decrypt"],
        Bend::Error(
            "Decrypt",
            "InvalidCiphertextException",
            "IncorrectKeyException",
        ),
    ),
    fault(
        "the wrong key is not found",
        &["CreateKey", "CreateKey", "Encrypt", "Decrypt"],
        Bend::Error("Decrypt", "IncorrectKeyException", "NotFoundException"),
    ),
    fault(
        "a repeated tag is a ValidationException",
        &["CreateKey"],
        Bend::Error("CreateKey", "TagException", "ValidationException"),
    ),
    fault(
        "a malformed policy is a ValidationException",
        &["CreateKey", "PutKeyPolicy"],
        Bend::Error(
            "PutKeyPolicy",
            "MalformedPolicyDocumentException",
            "ValidationException",
        ),
    ),
    fault(
        "a missing alias is deleted",
        &["DeleteAlias"],
        Bend::Answer("DeleteAlias", succeed_empty),
    ),
    fault(
        "a missing key store is an empty list",
        &["DescribeCustomKeyStores"],
        Bend::Answer("DescribeCustomKeyStores", |told| {
            if *told.status == 400 {
                *told.status = 200;
                *told.answer = json!({"CustomKeyStores": [], "Truncated": false});
            }
        }),
    ),
    fault(
        "a spoilt marker begins the list again",
        &["ListKeys"],
        Bend::Misread(&["ListKeys"], |body, state| {
            let known = body["Marker"]
                .as_str()
                .is_some_and(|marker| state.markers.contains_key(marker));
            if !known {
                leave_out(body, "Marker");
            }
        }),
    ),
    fault(
        "a missing key is answered with status 500",
        &["DescribeKey"],
        Bend::Answer("DescribeKey", |told| {
            if *told.status == 400 {
                *told.status = 500;
            }
        }),
    ),
    fault(
        "an alias of no key is made all the same",
        &["CreateAlias"],
        Bend::Answer("CreateAlias", |told| {
            if told.answer["__type"] == json!("NotFoundException") {
                succeed_empty(told);
            }
        }),
    ),
];

/// Says that all is well.
fn succeed_empty(told: &mut Told<'_>) {
    *told.status = 200;
    *told.answer = serde_json::Value::Null;
}
