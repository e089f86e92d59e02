//! Scenarios about the proxies of external key stores: each way in which they fail, in each operation.

use super::draft::Draft;
use super::outside::KEY_FAILURES;
use super::scenes::{LONG, connect, external_store, proxy, use_key, with};
use serde_json::{Value, json};

/// How a proxy may fail as a whole.
const PROXY_FAILURES: &[&str] = &[
    "ValidationException",
    "AuthenticationFailedException",
    "InvalidUriPathException",
    "DependencyTimeoutException",
    "ThrottlingException",
    "InternalException",
    "NoConnection",
    "NoTls",
    "SocketTimeout",
    "MalformedResponse",
    "XKS_PROXY_ACCESS_DENIED",
    "XKS_PROXY_NOT_REACHABLE",
];

fn key_of(store: &Value, id: &str) -> Value {
    json!({"Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": store, "XksKeyId": id})
}

/// A proxy that fails in each way while key stores and keys are made and used.
pub(super) fn failing_proxies(draft: &mut Draft<'_>) {
    let made = draft.kms("CreateCustomKeyStore", external_store("proxied", 1));
    let store = json!({ "$of": [made, "CustomKeyStoreId"] });
    let second = draft.kms("CreateCustomKeyStore", external_store("second", 2));
    let second = json!({ "CustomKeyStoreId": {"$of": [second, "CustomKeyStoreId"]} });
    connect(draft, &store);
    let made = draft.kms("CreateKey", key_of(&store, "xks-key-1"));
    let key = json!({ "$of": [made, "KeyMetadata.KeyId"] });
    let encrypt = json!({ "KeyId": key, "Plaintext": {"$bytes": [6, 16]} });
    draft.kms("Encrypt", encrypt.clone());
    for failure in PROXY_FAILURES {
        draft.outside(json!({"action": "FailProxy", "endpoint": proxy(1), "error": failure}));
        let path = json!({ "XksProxyUriPath": "/third/kms/xks/v1" });
        draft.kms(
            "CreateCustomKeyStore",
            with(&external_store("third", 1), &path),
        );
        let moved = json!({ "XksProxyUriEndpoint": proxy(1), "XksProxyUriPath": "/2/kms/xks/v1" });
        draft.kms("UpdateCustomKeyStore", with(&second, &moved));
        draft.kms("CreateKey", key_of(&store, "xks-key-2"));
        draft.kms("Encrypt", encrypt.clone());
    }
    draft.outside(json!({"action": "FailProxy", "endpoint": proxy(1), "error": null}));
    draft.kms("Encrypt", encrypt);
}

/// External keys that are gone, disabled or unfit while keys are made of them and used.
pub(super) fn failing_keys(draft: &mut Draft<'_>) {
    let made = draft.kms("CreateCustomKeyStore", external_store("proxied", 1));
    let store = json!({ "$of": [made, "CustomKeyStoreId"] });
    connect(draft, &store);
    let made = draft.kms("CreateKey", key_of(&store, "xks-key-1"));
    let key = json!({ "$of": [made, "KeyMetadata.KeyId"] });
    let encrypt = json!({ "KeyId": key, "Plaintext": {"$bytes": [6, 16]} });
    let sealed = draft.kms("Encrypt", encrypt.clone());
    let blob = json!({ "$of": [sealed, "CiphertextBlob"] });
    let another = json!({"CiphertextBlob": blob, "EncryptionContext": {"purpose": "another"}});
    draft.kms("Decrypt", another);
    let another = json!({
        "CiphertextBlob": blob, "SourceEncryptionContext": {"purpose": "another"},
        "DestinationKeyId": key,
    });
    draft.kms("ReEncrypt", another);
    let change = |key: &str, error: Value| json!({"action": "ChangeExternalKey", "endpoint": proxy(1), "key": key, "error": error});
    for failure in KEY_FAILURES {
        draft.outside(change("xks-key-1", json!(failure)));
        draft.outside(change("xks-key-2", json!(failure)));
        draft.kms("CreateKey", key_of(&store, "xks-key-2"));
        use_key(draft, &key, sealed);
    }
    for id in ["xks-key-1", "xks-key-2"] {
        draft.outside(change(id, json!(null)));
    }
    draft.kms("CreateKey", key_of(&store, "xks-key-2"));
    use_key(draft, &key, sealed);
}

/// Connections that fail in each way.
pub(super) fn failing_connections(draft: &mut Draft<'_>) {
    let made = draft.kms("CreateCustomKeyStore", external_store("proxied", 1));
    let store = json!({ "$of": [made, "CustomKeyStoreId"] });
    let named = json!({ "CustomKeyStoreId": store });
    for failure in PROXY_FAILURES {
        draft.outside(json!({"action": "FailProxy", "endpoint": proxy(1), "error": failure}));
        connect(draft, &store);
        draft.kms("DisconnectCustomKeyStore", named.clone());
        draft.wait(LONG);
    }
}
