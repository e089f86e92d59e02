//! Names of keys: the four forms in which one is named, and names that are near one and lead nowhere.

use super::dice::Dice;
use super::draft::Draft;
use kms_conformance_model::State;
use serde_json::{Value, json};

/// A name of a key that exists, in one of the four forms, and now and then one that leads to none.
pub(super) fn key_name(dice: &mut Dice, draft: &Draft<'_>, state: &State) -> Value {
    let keys = draft.in_order(state.keys.keys());
    let Some(id) = dice.pick(&keys).copied().filter(|_| !dice.chance(3)) else {
        return one_of(dice, &absent_keys());
    };
    let aliases = state
        .aliases
        .values()
        .filter(|alias| alias.target.value == *id);
    let aliases = draft.in_order(aliases.map(|alias| &alias.name));
    let alias = dice.pick(&aliases).map(|alias| draft.name(alias));
    match (dice.below(100), alias) {
        (55..=77, _) => key_arn(&draft.name(id)),
        (78..=85, Some(alias)) => alias,
        (86..=92, Some(alias)) => arn(&alias),
        (93..=95, _) => one_of(dice, &absent_keys()),
        (96..=97, _) => one_of(dice, &names_near_a_key(&draft.name(id))),
        (98..=99, Some(alias)) => one_of(dice, &names_near_an_alias(&alias)),
        _ => draft.name(id),
    }
}

fn one_of(dice: &mut Dice, names: &[Value]) -> Value {
    dice.pick(names).cloned().unwrap_or_default()
}

/// The forms in which a key and an alias of it are named.
pub(super) fn forms(key: &Value, alias: &Value) -> [(&'static str, Value); 4] {
    [
        ("key id", key.clone()),
        ("key ARN", key_arn(key)),
        ("alias name", alias.clone()),
        ("alias ARN", arn(alias)),
    ]
}

/// Every way in which a name that is near none leads to no key.
pub(super) fn absent_keys() -> Vec<Value> {
    let unknown = json!({ "$unknown": "KeyId" });
    let region = json!({ "$region": true });
    vec![
        json!({ "$unknown": "KeyArn" }),
        json!("not-a-key"),
        json!({"$concat": ["arn:aws:kms:eu-west-3:", {"$account": true}, ":key/", unknown]}),
        json!({"$concat": ["arn:aws:kms:", region, ":444455556666:key/", unknown]}),
        arn(&json!("key/not-a-key")),
        arn(&json!("thing/not-a-key")),
        json!("alias/no-such-alias"),
        arn(&json!("alias/no-such-alias")),
        json!("99999999-AAAA-4BBB-8CCC-DDDDDDDDDDDD"),
        json!("mrk-9999999999994999899999999999999a"),
        json!("mrk-not-a-key"),
        json!({"$concat": ["arn:aws:kms:", region, ":444455556666:alias/no-such-alias"]}),
        unknown,
    ]
}

/// Names made from the id of a key that exists, which name another key or none.
pub(super) fn names_near_a_key(key: &Value) -> Vec<Value> {
    let region = json!({ "$region": true });
    let account = json!({ "$account": true });
    let concat = |parts: Value| json!({ "$concat": parts });
    vec![
        concat(json!([" ", key])),
        concat(json!([key, " "])),
        concat(json!([key, "\n"])),
        concat(json!([key, "0"])),
        json!({ "$part": [key, 0, 8] }),
        json!({ "$part": [key, 0, 35] }),
        json!({ "$part": [key, 1, 36] }),
        concat(json!(["key/", key])),
        concat(json!(["alias/", key])),
        arn(&concat(json!(["alias/", key]))),
        key_arn(&json!({ "$part": [key, 0, 8] })),
        concat(json!(["arn:aws:kms:", {"$elsewhere": 0}, ":", account, ":key/", key])),
        concat(json!(["arn:aws:kms:", region, ":444455556666:key/", key])),
        concat(json!(["arn:aws:s3:", region, ":", account, ":key/", key])),
        concat(json!([
            "arn:aws-other:kms:",
            region,
            ":",
            account,
            ":key/",
            key
        ])),
        concat(json!(["arn:aws:kms:", region, ":", account, ":", key])),
    ]
}

/// Names of which an alias that exists is a part, or which are a part of it.
pub(super) fn names_near_an_alias(alias: &Value) -> Vec<Value> {
    let bare = json!({ "$part": [alias, 6, 256] });
    let concat = |parts: Value| json!({ "$concat": parts });
    vec![
        concat(json!([alias, "x"])),
        concat(json!([alias, "/x"])),
        concat(json!(["alias/x", bare])),
        json!({ "$part": [alias, 0, 7] }),
        concat(json!(["alias/", {"$part": [alias, 7, 256]}])),
        bare.clone(),
        concat(json!(["alias/alias/", bare])),
        arn(&concat(json!([alias, "x"]))),
        arn(&json!({ "$part": [alias, 0, 7] })),
    ]
}

pub(super) fn key_arn(key: &Value) -> Value {
    arn(&json!({ "$concat": ["key/", key] }))
}

pub(super) fn arn(resource: &Value) -> Value {
    let (region, account) = (json!({ "$region": true }), json!({ "$account": true }));
    json!({ "$concat": ["arn:aws:kms:", region, ":", account, ":", resource] })
}
