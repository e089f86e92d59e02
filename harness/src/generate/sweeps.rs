//! Sweeps: directed plans made by loops over the catalogue. Each operation is tried with each of its
//! members broken, with each name that leads to no key, and on a key of each kind and state.

use super::bodies::body;
use super::dice::Dice;
use super::draft::Draft;
use super::faults::broken_in_each_way;
use super::scenes::{LONG, connected_store, external_store, key_in_store};
use super::values::{absent_keys, meaningful};
use kms_conformance_model::{AnyOperation, Service, catalog};
use serde_json::{Map, Value, json};

/// The members that name a key.
const KEY_NAMES: &[&str] = &["KeyId", "TargetKeyId", "SourceKeyId", "DestinationKeyId"];

/// Operations that change what the others would meet, so that they come last.
const CHANGES_THE_KEY: &[&str] = &[
    "CancelKeyDeletion",
    "EnableKey",
    "DisableKey",
    "ScheduleKeyDeletion",
];

type Making = fn(&mut Draft<'_>) -> Option<Value>;

/// Keys of every kind and state.
const KEYS: &[(&str, Making)] = &[
    ("a disabled key", |draft| {
        let key = made(draft, json!({}));
        draft.kms("DisableKey", json!({ "KeyId": key }));
        Some(key)
    }),
    ("a key pending deletion", |draft| {
        let key = made(draft, json!({}));
        draft.kms("ScheduleKeyDeletion", json!({ "KeyId": key }));
        Some(key)
    }),
    ("a key pending import", |draft| {
        Some(made(draft, json!({ "Origin": "EXTERNAL" })))
    }),
    ("a key in a CloudHSM key store", |draft| {
        let (store, _) = connected_store(draft, "swept");
        Some(key_in_store(draft, &store))
    }),
    ("a key in a disconnected key store", |draft| {
        let (store, _) = connected_store(draft, "swept");
        let key = key_in_store(draft, &store);
        furnish(draft, &key);
        draft.kms(
            "DisconnectCustomKeyStore",
            json!({ "CustomKeyStoreId": store }),
        );
        draft.wait(LONG);
        Some(key)
    }),
    ("a disabled key in a disconnected key store", |draft| {
        let (store, _) = connected_store(draft, "swept");
        let key = key_in_store(draft, &store);
        furnish(draft, &key);
        draft.kms("DisableKey", json!({ "KeyId": key }));
        draft.kms(
            "DisconnectCustomKeyStore",
            json!({ "CustomKeyStoreId": store }),
        );
        Some(key)
    }),
    ("a key in a key store whose HSMs failed", |draft| {
        let (store, cluster) = connected_store(draft, "swept");
        let key = key_in_store(draft, &store);
        furnish(draft, &key);
        for zone in 0..2 {
            let listed = draft.hsm(
                "DescribeClusters",
                json!({"Filters": {"clusterIds": [cluster]}}),
            );
            let hsm = json!({ "$of": [listed, format!("Clusters.0.Hsms.{zone}.HsmId")] });
            draft.outside(json!({"action": "FailHsm", "cluster": cluster, "hsm": hsm}));
        }
        Some(key)
    }),
    ("a key whose material was deleted", |draft| {
        let (store, cluster) = connected_store(draft, "swept");
        let key = key_in_store(draft, &store);
        furnish(draft, &key);
        let arn = json!({ "$concat": ["arn:aws:kms:", {"$region": true}, ":", {"$account": true},
            ":key/", key] });
        draft.outside(json!({"action": "DeleteHsmKey", "cluster": cluster, "label": arn}));
        Some(key)
    }),
    ("a key in an external key store", |draft| {
        let store = external(draft);
        Some(store)
    }),
    ("a key in an external key store that fails", |draft| {
        let key = external(draft);
        draft.outside(json!({
            "action": "FailProxy", "endpoint": "https://xks1.example.com",
            "error": "XKS_PROXY_TIMED_OUT",
        }));
        Some(key)
    }),
    ("an RSA key for encryption", |draft| {
        let body = json!({ "KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT" });
        Some(made(draft, body))
    }),
    ("an elliptic key for signatures", |draft| {
        let body = json!({ "KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY" });
        Some(made(draft, body))
    }),
    ("an HMAC key", |draft| {
        let body = json!({ "KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC" });
        Some(made(draft, body))
    }),
    ("an elliptic key for key agreement", |draft| {
        let body = json!({ "KeySpec": "ECC_NIST_P384", "KeyUsage": "KEY_AGREEMENT" });
        Some(made(draft, body))
    }),
    ("a multi-Region key", |draft| {
        Some(made(draft, json!({ "MultiRegion": true })))
    }),
    ("an ordinary key", |draft| Some(made(draft, json!({})))),
];

/// Writes a sweep by its number, and gives its title.
pub(super) fn write(number: usize, draft: &mut Draft<'_>) -> Option<String> {
    let operations = catalog::operations().count();
    let mut dice = Dice::new(number as u64);
    if number < operations {
        let operation = catalog::operations().nth(number)?;
        members(&mut dice, draft, operation);
        return Some(format!("{}: broken members", operation.label()));
    }
    if number < 2 * operations {
        let operation = catalog::operations().nth(number - operations)?;
        names(&mut dice, draft, operation);
        return Some(format!("{}: names that lead nowhere", operation.label()));
    }
    let (title, make) = KEYS.get(number - 2 * operations)?;
    let key = make(draft)?;
    on_key(&mut dice, draft, &key);
    Some(format!("every operation on {title}"))
}

/// Each member broken in each way, with the others as they should be.
fn members(dice: &mut Dice, draft: &mut Draft<'_>, operation: &'static dyn AnyOperation) {
    let base = required(dice, draft, operation);
    for body in broken_in_each_way(operation.members(), &base) {
        call(draft, operation, body);
    }
}

/// Each name that leads to no key.
fn names(dice: &mut Dice, draft: &mut Draft<'_>, operation: &'static dyn AnyOperation) {
    let named = operation
        .members()
        .iter()
        .filter(|member| KEY_NAMES.contains(&member.name));
    let key = made(draft, json!({}));
    for member in named {
        for absent in absent_keys() {
            let mut body = on(dice, draft, operation, &key);
            if let Some(members) = body.as_object_mut() {
                members.insert(member.name.to_owned(), absent);
            }
            call(draft, operation, body);
        }
    }
}

/// Gives a key an alias, and seals something with it.
fn furnish(draft: &mut Draft<'_>, key: &Value) {
    let alias = json!({ "$concat": ["alias/", {"$name": "swept"}] });
    draft.kms(
        "CreateAlias",
        json!({ "AliasName": alias, "TargetKeyId": key }),
    );
    draft.kms(
        "Encrypt",
        json!({ "KeyId": key, "Plaintext": {"$bytes": [5, 16]} }),
    );
}

fn on_key(dice: &mut Dice, draft: &mut Draft<'_>, key: &Value) {
    let mut operations: Vec<_> = catalog::operations()
        .filter(|operation| operation.service() == Service::Kms)
        .collect();
    operations.sort_by_key(|operation| {
        let name = operation.name();
        let place = CHANGES_THE_KEY.iter().position(|known| *known == name);
        (operation.leaves_unknown(), place)
    });
    for operation in operations {
        let members = operation.members();
        if members.iter().any(|it| KEY_NAMES.contains(&it.name)) {
            for _ in 0..2 {
                let body = on(dice, draft, operation, key);
                call(draft, operation, body);
            }
        }
    }
}

/// A good request whose key is `key`.
fn on(
    dice: &mut Dice,
    draft: &Draft<'_>,
    operation: &'static dyn AnyOperation,
    key: &Value,
) -> Value {
    let mut body = required(dice, draft, operation);
    if let Some(members) = body.as_object_mut() {
        for member in operation.members() {
            if KEY_NAMES.contains(&member.name) {
                members.insert(member.name.to_owned(), key.clone());
            }
        }
    }
    body
}

/// The members without which there is no request.
fn required(dice: &mut Dice, draft: &Draft<'_>, operation: &'static dyn AnyOperation) -> Value {
    let whole = body(dice, draft, operation);
    let mut members = Map::new();
    for member in operation.members() {
        let usual = whole.get(member.name).cloned();
        let needed = member.required || matches!(member.name, "KeySpec" | "NumberOfBytes");
        if needed && operation.name() != "CreateKey" {
            let value = usual.or_else(|| {
                let wanted = member.required;
                wanted.then(|| meaningful(dice, draft, operation.name(), member))?
            });
            members.extend(value.map(|value| (member.name.to_owned(), value)));
        }
    }
    Value::Object(members)
}

fn call(draft: &mut Draft<'_>, operation: &dyn AnyOperation, body: Value) {
    draft.call(operation.service().cli_name(), operation.name(), body);
}

fn made(draft: &mut Draft<'_>, body: Value) -> Value {
    let made = draft.kms("CreateKey", body);
    let key = json!({ "$of": [made, "KeyMetadata.KeyId"] });
    furnish(draft, &key);
    key
}

fn external(draft: &mut Draft<'_>) -> Value {
    let made = draft.kms("CreateCustomKeyStore", external_store("swept", 1));
    let store = json!({ "$of": [made, "CustomKeyStoreId"] });
    super::scenes::connect(draft, &store);
    let body = json!({
        "Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": store, "XksKeyId": "xks-key-1",
    });
    let made = draft.kms("CreateKey", body);
    json!({ "$of": [made, "KeyMetadata.KeyId"] })
}
