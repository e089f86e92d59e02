//! Faults about keys that live in several Regions.

use super::{Bend, Fault, fault};
use kms_conformance_model::State;
use kms_conformance_model::state::{Key, KeyState, Traced};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) const FAULTS: &[Fault] = &[
    fault(
        "a replica key takes the description of its primary key",
        &["CreateKey", "ReplicateKey", "DescribeKey"],
        Bend::Effect("ReplicateKey", |state, _, request| {
            others(state, request, |primary, replica| {
                replica.description = primary.description.clone();
            });
        }),
    ),
    fault(
        "a replica key takes the tags of its primary key",
        &["CreateKey", "ReplicateKey", "ListResourceTags"],
        Bend::Effect("ReplicateKey", |state, _, request| {
            others(state, request, |primary, replica| {
                replica.tags = primary.tags.clone();
            });
        }),
    ),
    fault(
        "a replica key can be replicated",
        &["CreateKey", "ReplicateKey", "wait", "ReplicateKey"],
        Bend::Unchecked("ReplicateKey", "MR-01"),
    ),
    fault(
        "a key does not list its replica keys",
        &["CreateKey", "ReplicateKey", "wait", "DescribeKey"],
        Bend::Answer("DescribeKey", |told| {
            let at = "/KeyMetadata/MultiRegionConfiguration/ReplicaKeys";
            if let Some(listed) = told.answer.pointer_mut(at) {
                *listed = json!([]);
            }
        }),
    ),
    fault(
        "only the old primary key learns of the new one",
        &[
            "CreateKey",
            "ReplicateKey",
            "wait",
            "UpdatePrimaryRegion",
            "ReplicateKey",
        ],
        Bend::Effect("UpdatePrimaryRegion", |state, _, request| {
            let home = state.account.region.clone();
            others(state, request, |_, replica| {
                if let Some(regions) = &mut replica.multi_region {
                    regions.primary.value.clone_from(&home);
                }
            });
        }),
    ),
    fault(
        "disabling a key disables its replica keys",
        &["CreateKey", "ReplicateKey", "DisableKey", "DescribeKey"],
        Bend::Effect("DisableKey", |state, _, request| {
            others(state, request, |_, replica| {
                replica.state.value = KeyState::Disabled;
            });
        }),
    ),
    fault(
        "a primary key does not wait for its replica keys",
        &[
            "CreateKey",
            "ReplicateKey",
            "ScheduleKeyDeletion",
            "DescribeKey",
        ],
        Bend::Effect("ScheduleKeyDeletion", |state, _, request| {
            const WEEK: i64 = 7 * 86_400_000;
            let date = state.now + WEEK;
            let key = state.key_mut(id(request));
            let waits = |key: &&mut Key| key.state.value == KeyState::PendingReplicaDeletion;
            if let Some(key) = key.filter(waits) {
                key.state.value = KeyState::PendingDeletion;
                key.deletion = Some(Traced {
                    value: date,
                    by: key.state.by,
                });
            }
        }),
    ),
];

fn id(request: &Value) -> &str {
    let name = request.get("KeyId").and_then(Value::as_str);
    name.and_then(|name| name.rsplit('/').next())
        .unwrap_or_default()
}

/// Changes the keys that are related to the one that a request names, with a view to that one.
fn others(state: &mut State, request: &Value, change: impl Fn(&Key, &mut Key)) {
    let Some(named) = state.keys.get(id(request)).cloned() else {
        return;
    };
    let regions = state
        .related(&named.id)
        .map(|(region, _)| region.to_owned());
    for region in regions.collect::<Vec<_>>() {
        let state = state.elsewhere.get_mut(&region).map(Arc::make_mut);
        if let Some(key) = state.and_then(|state| state.key_mut(&named.id)) {
            change(&named, key);
        }
    }
}
