//! Facts: what a creation was asked for and showed, later answers show too.

use super::Family;
use super::at::Names;
use super::reads::steady;
use super::said::{Clash, Said};
use super::view::View;
use kms_conformance_model::relations::FACTS_STAY;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Members of a key that nothing changes.
const OF_A_KEY: &[&str] = &[
    "AWSAccountId",
    "Arn",
    "CreationDate",
    "CustomKeyStoreId",
    "CustomerMasterKeySpec",
    "EncryptionAlgorithms",
    "KeyManager",
    "KeySpec",
    "KeyUsage",
    "MacAlgorithms",
    "MultiRegion",
    "Origin",
    "SigningAlgorithms",
];

/// Members of a cluster that nothing changes.
const OF_A_CLUSTER: &[&str] = &["CreateTimestamp", "Mode", "SourceBackupId", "VpcId"];

/// Members that a request for a key and its answer have in common.
const ASKED_OF_A_KEY: &[&str] = &[
    "CustomKeyStoreId",
    "CustomerMasterKeySpec",
    "Description",
    "KeySpec",
    "KeyUsage",
    "MultiRegion",
    "Origin",
];

const ASKED_OF_A_CLUSTER: &[&str] = &["HsmType", "Mode", "SourceBackupId"];

/// What was shown of each key and cluster first.
#[derive(Default)]
pub(super) struct Facts {
    known: BTreeMap<String, Map<String, Value>>,
}

impl Family for Facts {
    fn look(&mut self, at: &View<'_>, said: &mut Said) {
        let Some(response) = at.done() else { return };
        match (at.kms(), at.hsm()) {
            (Some("CreateKey"), _) => {
                let made = response.get("KeyMetadata");
                echoes(at, made, ASKED_OF_A_KEY, said);
                self.learn(made, "KeyId", OF_A_KEY);
            }
            (Some("DescribeKey"), _) => {
                self.agree(at, response.get("KeyMetadata"), "KeyId", OF_A_KEY, said);
            }
            (_, Some("CreateCluster")) => {
                let made = response.get("Cluster");
                echoes(at, made, ASKED_OF_A_CLUSTER, said);
                self.learn(made, "ClusterId", OF_A_CLUSTER);
            }
            (_, Some("DescribeClusters")) => {
                for entry in at.entries("Clusters") {
                    self.agree(at, Some(entry), "ClusterId", OF_A_CLUSTER, said);
                }
            }
            _ => {}
        }
    }

    fn forget(&mut self, names: &Names) {
        self.known.retain(|id, _| !names.has(id));
    }
}

impl Facts {
    fn learn(&mut self, shown: Option<&Value>, id: &str, members: &[&str]) {
        if let Some((id, facts)) = facts(shown, id, members) {
            self.known.insert(id, facts);
        }
    }

    fn agree(
        &mut self,
        at: &View<'_>,
        shown: Option<&Value>,
        id: &str,
        members: &[&str],
        said: &mut Said,
    ) {
        let Some((id, now)) = facts(shown, id, members) else {
            return;
        };
        let Some(before) = self.known.get(&id) else {
            self.known.insert(id, now);
            return;
        };
        let differs = members
            .iter()
            .find(|name| !at.is_blamed(name) && before.get(**name) != now.get(**name));
        let clash = differs.map(|name| Clash::values(name, before.get(*name), now.get(*name)));
        said.relate(FACTS_STAY, at, clash);
    }
}

fn facts(
    shown: Option<&Value>,
    id: &str,
    members: &[&str],
) -> Option<(String, Map<String, Value>)> {
    let shown = shown?.as_object()?;
    let id = shown.get(id)?.as_str()?.to_owned();
    let facts = shown
        .iter()
        .filter(|(name, value)| members.contains(&name.as_str()) && !value.is_null())
        .map(|(name, value)| (name.clone(), steady(value)));
    Some((id, facts.collect()))
}

/// Whether a new thing is what its request asked for.
fn echoes(at: &View<'_>, made: Option<&Value>, members: &[&str], said: &mut Said) {
    let Some(made) = made else { return };
    let asked = |name: &&&str| at.body.get(**name).filter(|value| !value.is_null());
    let differs = members
        .iter()
        .filter(|name| made.get(**name).is_some() && !at.is_blamed(name))
        .find(|name| asked(name).is_some_and(|asked| Some(asked) != made.get(**name)));
    let clash = differs.map(|name| Clash::values(name, asked(&name), made.get(*name)));
    said.relate(FACTS_STAY, at, clash);
}

/// The description that each key was given last.
#[derive(Default)]
pub(super) struct Descriptions {
    given: BTreeMap<String, String>,
}

impl Family for Descriptions {
    fn look(&mut self, at: &View<'_>, said: &mut Said) {
        if at.done().is_none() {
            return;
        }
        let asked = || at.asked("Description").unwrap_or_default().to_owned();
        match at.kms() {
            Some("CreateKey") => {
                let id = at.shown("/KeyMetadata/KeyId");
                self.given.extend(id.map(|id| (id.to_owned(), asked())));
            }
            Some("UpdateKeyDescription") => {
                match at.asked_key().filter(|id| at.is_own(id)) {
                    Some(id) => {
                        self.given.insert(id.to_owned(), asked());
                    }
                    // It may have been any key.
                    None => self.given.clear(),
                }
            }
            Some("DescribeKey") => {
                let id = at.shown("/KeyMetadata/KeyId").unwrap_or_default();
                let Some(given) = self.given.get(id) else {
                    return;
                };
                let shown = at.shown("/KeyMetadata/Description").unwrap_or_default();
                let (before, now) = (Value::from(given.as_str()), Value::from(shown));
                let clash = (before != now)
                    .then(|| Clash::values("Description", Some(&before), Some(&now)));
                said.relate(FACTS_STAY, at, clash);
            }
            _ => {}
        }
    }

    fn forget(&mut self, names: &Names) {
        self.given.retain(|id, _| !names.has(id));
    }
}
