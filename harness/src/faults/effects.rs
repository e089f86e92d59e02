//! Faults that do something else than they should, or more of it.

use super::{Bend, Fault, fault};
use imbl::OrdMap;
use kms_conformance_model::state::{Connection, KeyState};
use serde_json::Value;
use std::sync::Arc;

pub(super) const FAULTS: &[Fault] = &[
    fault(
        "a key whose deletion was cancelled is enabled",
        &[
            "CreateKey",
            "ScheduleKeyDeletion",
            "CancelKeyDeletion",
            "DescribeKey",
        ],
        Bend::Effect("CancelKeyDeletion", |state, before, _| {
            each_new(&mut state.keys, &before.keys, |key| {
                key.state.value = KeyState::Enabled;
            });
        }),
    ),
    fault(
        "a key is deleted a day early",
        &["CreateKey", "ScheduleKeyDeletion", "DescribeKey"],
        Bend::Effect("ScheduleKeyDeletion", |state, before, _| {
            const DAY: i64 = 86_400_000;
            each_new(&mut state.keys, &before.keys, |key| {
                if let Some(deletion) = &mut key.deletion {
                    deletion.value -= DAY;
                }
            });
        }),
    ),
    fault(
        "a new key is disabled",
        &["CreateKey", "DescribeKey"],
        Bend::Effect("CreateKey", |state, before, _| {
            each_new(&mut state.keys, &before.keys, |key| {
                key.state.value = KeyState::Disabled;
            });
        }),
    ),
    fault(
        "a new key forgets its description",
        &["CreateKey", "DescribeKey"],
        Bend::Effect("CreateKey", |state, before, _| {
            each_new(&mut state.keys, &before.keys, |key| {
                key.description.value.clear();
            });
        }),
    ),
    fault(
        "a new key forgets its tags",
        &["CreateKey", "ListResourceTags"],
        Bend::Effect("CreateKey", |state, before, _| {
            each_new(&mut state.keys, &before.keys, |key| {
                key.tags.clear();
            });
        }),
    ),
    fault(
        "a new key forgets its policy",
        &["CreateKey", "GetKeyPolicy"],
        Bend::Effect("CreateKey", |state, before, _| {
            each_new(&mut state.keys, &before.keys, |key| {
                key.policy.value = None;
            });
        }),
    ),
    fault(
        "disabling a key disables all",
        &["CreateKey", "CreateKey", "DisableKey", "DescribeKey"],
        Bend::Effect("DisableKey", |state, _, _| {
            each(&mut state.keys, |key| {
                if key.state.value == KeyState::Enabled {
                    key.state.value = KeyState::Disabled;
                }
            });
        }),
    ),
    fault(
        "the tags of a key are those of all keys",
        &["CreateKey", "CreateKey", "TagResource", "ListResourceTags"],
        Bend::Effect("TagResource", |state, before, _| {
            let mut tags = Default::default();
            each_new(&mut state.keys, &before.keys, |key| {
                tags = key.tags.clone();
            });
            each(&mut state.keys, |key| key.tags = tags.clone());
        }),
    ),
    fault(
        "untagging takes away all tags",
        &["CreateKey", "UntagResource", "ListResourceTags"],
        Bend::Effect("UntagResource", |state, before, _| {
            each_new(&mut state.keys, &before.keys, |key| {
                key.tags.clear();
            });
        }),
    ),
    fault(
        "moving an alias moves all aliases of the key",
        &[
            "CreateKey",
            "CreateKey",
            "CreateAlias",
            "CreateAlias",
            "UpdateAlias",
            "ListAliases",
        ],
        Bend::Effect("UpdateAlias", |state, before, request| {
            let name = text(request, "AliasName");
            let old = before.aliases.get(name).map(|alias| &alias.target.value);
            let new = state.aliases.get(name).cloned();
            let (Some(old), Some(new)) = (old, new) else {
                return;
            };
            each(&mut state.aliases, |alias| {
                if alias.target.value == *old {
                    alias.target = new.target.clone();
                }
            });
        }),
    ),
    fault(
        "deleting an alias deletes all aliases of the key",
        &[
            "CreateKey",
            "CreateAlias",
            "CreateAlias",
            "DeleteAlias",
            "ListAliases",
        ],
        Bend::Effect("DeleteAlias", |state, before, request| {
            let deleted = before.aliases.get(text(request, "AliasName"));
            let target = deleted.map(|alias| &alias.target.value);
            for (name, alias) in &before.aliases {
                if Some(&alias.target.value) == target {
                    state.aliases.remove(name);
                }
            }
        }),
    ),
    fault(
        "a description goes to another key too",
        &[
            "CreateKey",
            "CreateKey",
            "UpdateKeyDescription",
            "DescribeKey",
        ],
        Bend::Effect("UpdateKeyDescription", |state, _, request| {
            each(&mut state.keys, |key| {
                key.description.value = text(request, "Description").to_owned();
            });
        }),
    ),
    fault(
        "a new key store is connected from the start",
        &["CreateCustomKeyStore", "DescribeCustomKeyStores"],
        Bend::Effect("CreateCustomKeyStore", |state, before, _| {
            each_new(&mut state.key_stores, &before.key_stores, |store| {
                store.connection.value = Connection::Connected;
            });
        }),
    ),
    fault(
        "connecting a key store connects all",
        &[
            "CreateCustomKeyStore",
            "CreateCustomKeyStore",
            "ConnectCustomKeyStore",
            "DescribeCustomKeyStores",
        ],
        Bend::Effect("ConnectCustomKeyStore", |state, _, _| {
            each(&mut state.key_stores, |store| {
                if store.is_disconnected() {
                    store.connection.value = Connection::Connected;
                }
            });
        }),
    ),
    fault(
        "renaming a key store renames all",
        &[
            "CreateCustomKeyStore",
            "CreateCustomKeyStore",
            "UpdateCustomKeyStore",
            "DescribeCustomKeyStores",
        ],
        Bend::Effect("UpdateCustomKeyStore", |state, before, _| {
            let mut name = None;
            each_new(&mut state.key_stores, &before.key_stores, |store| {
                name = Some(store.name.value.clone());
            });
            each(&mut state.key_stores, |store| {
                if let Some(name) = &name {
                    store.name.value.clone_from(name);
                }
            });
        }),
    ),
    fault(
        "deleting a key store deletes the others",
        &[
            "CreateCustomKeyStore",
            "CreateCustomKeyStore",
            "DeleteCustomKeyStore",
            "DescribeCustomKeyStores",
        ],
        Bend::Effect("DeleteCustomKeyStore", |state, _, _| {
            state.key_stores.clear();
        }),
    ),
    fault(
        "the retention of backups is off by one",
        &["CreateCluster", "DescribeClusters"],
        Bend::Effect("CreateCluster", |state, before, _| {
            each_new(&mut state.clusters, &before.clusters, |cluster| {
                let days: u32 = cluster.retention.value.parse().unwrap_or_default();
                cluster.retention.value = (days + 1).to_string();
            });
        }),
    ),
    fault(
        "a new HSM is in another zone",
        &["CreateCluster", "wait", "CreateHsm", "DescribeClusters"],
        Bend::Effect("CreateHsm", |state, before, _| {
            each_new(&mut state.clusters, &before.clusters, |cluster| {
                let zones: Vec<String> = cluster.subnets.keys().cloned().collect();
                for id in cluster.hsms.keys().cloned().collect::<Vec<_>>() {
                    if let Some(hsm) = cluster.hsms.get_mut(&id) {
                        let other = zones.iter().find(|zone| **zone != hsm.zone);
                        hsm.zone = other.cloned().unwrap_or_default();
                    }
                }
            });
        }),
    ),
];

/// Changes every entry.
pub(super) fn each<T: Clone>(all: &mut OrdMap<String, Arc<T>>, mut change: impl FnMut(&mut T)) {
    for id in all.keys().cloned().collect::<Vec<_>>() {
        if let Some(entry) = all.get_mut(&id) {
            change(Arc::make_mut(entry));
        }
    }
}

/// Changes every entry that is new or otherwise than `before`.
pub(super) fn each_new<T: Clone + PartialEq>(
    all: &mut OrdMap<String, Arc<T>>,
    before: &OrdMap<String, Arc<T>>,
    mut change: impl FnMut(&mut T),
) {
    for id in all.keys().cloned().collect::<Vec<_>>() {
        if all.get(&id) != before.get(&id)
            && let Some(entry) = all.get_mut(&id)
        {
            change(Arc::make_mut(entry));
        }
    }
}

fn text<'v>(request: &'v Value, member: &str) -> &'v str {
    request
        .get(member)
        .and_then(Value::as_str)
        .unwrap_or_default()
}
