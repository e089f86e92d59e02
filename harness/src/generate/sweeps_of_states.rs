//! The life of a key of each kind, used at every turn, and every operation that changes a key in each of
//! its states, with a look at what it changed or must not have changed.

use super::draft::Draft;
use super::pieces::{KINDS, Kind, alias, grant, new_alias, new_key, root};
use super::scenes::with;
use serde_json::{Value, json};

/// How a key comes into a state.
type Making = fn(&mut Draft<'_>) -> Value;

/// The states that last, and that need nothing but KMS.
const STATES: &[(&str, Making)] = &[
    ("enabled", |draft| new_key(draft, json!({}))),
    ("disabled", |draft| {
        let key = new_key(draft, json!({}));
        draft.kms("DisableKey", json!({ "KeyId": key }));
        key
    }),
    ("pending deletion", |draft| {
        let key = new_key(draft, json!({}));
        draft.kms("ScheduleKeyDeletion", json!({ "KeyId": key }));
        key
    }),
    ("pending import", |draft| {
        new_key(draft, json!({ "Origin": "EXTERNAL" }))
    }),
    ("saved from deletion", |draft| {
        let key = new_key(draft, json!({}));
        draft.kms("ScheduleKeyDeletion", json!({ "KeyId": key }));
        draft.kms("CancelKeyDeletion", json!({ "KeyId": key }));
        key
    }),
];

/// How many plans there are.
pub(super) const fn count() -> usize {
    KINDS.len() + STATES.len()
}

/// Writes a plan by its number, and gives its title.
pub(super) fn write(number: usize, draft: &mut Draft<'_>) -> Option<String> {
    if let Some(kind) = KINDS.get(number) {
        life(draft, kind);
        return Some(format!("the life of {}", kind.title));
    }
    let (title, make) = STATES.get(number - KINDS.len())?;
    changes(draft, *make);
    Some(format!("every change of a key that is {title}"))
}

/// A key is disabled and enabled, scheduled for deletion and saved, and used at every turn. What it made
/// before must not be forgotten.
fn life(draft: &mut Draft<'_>, kind: &Kind) {
    let key = kind.make(draft);
    let this = json!({ "KeyId": key });
    let before = kind.use_by(draft, &key, &[]);
    for turn in [
        "DisableKey",
        "EnableKey",
        "ScheduleKeyDeletion",
        "CancelKeyDeletion",
        "EnableKey",
    ] {
        draft.kms(turn, this.clone());
        draft.kms("DescribeKey", this.clone());
        match turn {
            "EnableKey" => {
                kind.use_by(draft, &key, &before);
            }
            _ => {
                for (operation, body) in &before {
                    draft.kms(operation, body.clone());
                }
            }
        }
    }
}

/// Every operation that changes a key, and a look at all that it may have touched.
fn changes(draft: &mut Draft<'_>, make: Making) {
    let other = new_key(draft, json!({}));
    let elsewhere = new_alias(draft, "of-the-other", &other);
    let key = make(draft);
    let this = json!({ "KeyId": key });
    let policy = json!({ "$json": {"Version": "2012-10-17", "Id": "changed", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": root()}, "Action": "kms:*", "Resource": "*"},
    ]}});
    let calls = [
        (
            "UpdateKeyDescription",
            json!({ "Description": "changed" }),
            "DescribeKey",
        ),
        (
            "TagResource",
            json!({ "Tags": [{"TagKey": "a", "TagValue": "1"}, {"TagKey": "b", "TagValue": ""}] }),
            "ListResourceTags",
        ),
        (
            "UntagResource",
            json!({ "TagKeys": ["b", "c"] }),
            "ListResourceTags",
        ),
        ("PutKeyPolicy", json!({ "Policy": policy }), "GetKeyPolicy"),
        (
            "EnableKeyRotation",
            json!({ "RotationPeriodInDays": 90 }),
            "GetKeyRotationStatus",
        ),
        ("DisableKeyRotation", json!({}), "GetKeyRotationStatus"),
        ("RotateKeyOnDemand", json!({}), "ListKeyRotations"),
        ("CreateGrant", grant(&key, &json!({})), "ListGrants"),
    ];
    for (operation, more, look) in calls {
        draft.kms(operation, with(&this, &more));
        draft.kms(look, this.clone());
    }
    let name = alias("of-the-key");
    for (operation, alias) in [
        ("CreateAlias", &name),
        ("UpdateAlias", &elsewhere),
        ("UpdateAlias", &name),
    ] {
        draft.kms(operation, json!({ "AliasName": alias, "TargetKeyId": key }));
        draft.kms("ListAliases", this.clone());
        draft.kms("DescribeKey", json!({ "KeyId": alias }));
    }
    draft.kms("DeleteAlias", json!({ "AliasName": name }));
    draft.kms("ListAliases", this.clone());
    let turns = [
        ("EnableKey", json!({})),
        ("DisableKey", json!({})),
        ("DisableKey", json!({})),
        ("EnableKey", json!({})),
        ("EnableKey", json!({})),
        ("CancelKeyDeletion", json!({})),
        ("ScheduleKeyDeletion", json!({ "PendingWindowInDays": 30 })),
        ("ScheduleKeyDeletion", json!({ "PendingWindowInDays": 7 })),
        ("CancelKeyDeletion", json!({})),
        ("CancelKeyDeletion", json!({})),
    ];
    for (operation, more) in turns {
        draft.kms(operation, with(&this, &more));
        draft.kms("DescribeKey", this.clone());
    }
}
