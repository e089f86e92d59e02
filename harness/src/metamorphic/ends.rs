//! Deletions: what is gone works no more and is not shown as usable.

use super::Family;
use super::at::{Names, key_id};
use super::said::{Clash, Said};
use super::view::View;
use kms_conformance_model::relations::GONE;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The operations that need the material of the key that they name.
const NEED_MATERIAL: &[&str] = &[
    "DeriveSharedSecret",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "Sign",
];

/// What successful deletions took away.
#[derive(Default)]
pub(super) struct Ends {
    aliases: BTreeSet<String>,
    keys: BTreeSet<String>,
    stores: BTreeSet<String>,
    grants: BTreeSet<String>,
    /// The ids of grants by their tokens.
    tokens: BTreeMap<String, String>,
    clusters: BTreeSet<String>,
    hsms: BTreeSet<String>,
    backups: BTreeSet<String>,
}

impl Family for Ends {
    fn look(&mut self, at: &View<'_>, said: &mut Said) {
        if at.done().is_some() {
            self.note_kms(at);
            self.note_hsm(at);
        }
        if let Some(is_shown) = self.kms(at).or_else(|| self.hsm(at)) {
            let clash = is_shown.map(|member| {
                Clash::words(
                    member,
                    "what is deleted is not usable",
                    "what was deleted before",
                )
            });
            said.relate(GONE, at, clash);
        }
    }

    fn forget(&mut self, names: &Names) {
        for gone in [
            &mut self.aliases,
            &mut self.keys,
            &mut self.stores,
            &mut self.grants,
            &mut self.clusters,
            &mut self.hsms,
            &mut self.backups,
        ] {
            gone.retain(|name| !names.has(name));
        }
    }
}

/// The member that shows something deleted as usable, if any does.
type Shows = Option<&'static str>;

impl Ends {
    fn note_kms(&mut self, at: &View<'_>) {
        let own = |member: &str| {
            let name = at.asked(member).filter(|name| at.is_own(name));
            name.map(str::to_owned)
        };
        let key = || at.asked_key().map(str::to_owned);
        match at.kms() {
            Some("DeleteAlias") => self.aliases.extend(own("AliasName")),
            Some("CreateAlias" | "UpdateAlias") => drop_one(&mut self.aliases, at, "AliasName"),
            Some("ScheduleKeyDeletion") => self.keys.extend(key().filter(|id| at.is_own(id))),
            Some("CancelKeyDeletion") => {
                if let Some(id) = key() {
                    self.keys.remove(&id);
                }
            }
            Some("DeleteCustomKeyStore") => self.stores.extend(own("CustomKeyStoreId")),
            Some("CreateCustomKeyStore") => {
                let made = at.shown("/CustomKeyStoreId").unwrap_or_default();
                self.stores.remove(made);
            }
            Some("RevokeGrant") => self.grants.extend(own("GrantId")),
            Some("RetireGrant") => {
                let by_token = at.asked("GrantToken").map(|token| self.tokens.get(token));
                let id = by_token.unwrap_or_default().cloned();
                self.grants.extend(match at.asked("GrantToken") {
                    Some(_) => id,
                    None => own("GrantId"),
                });
            }
            Some("CreateGrant") => {
                let made = at.shown("/GrantId").unwrap_or_default();
                self.grants.remove(made);
                let token = at.shown("/GrantToken").map(str::to_owned);
                self.tokens
                    .extend(token.map(|token| (token, made.to_owned())));
            }
            _ => {}
        }
    }

    fn note_hsm(&mut self, at: &View<'_>) {
        let own = |name: Option<&str>| name.filter(|name| at.is_own(name)).map(str::to_owned);
        match at.hsm() {
            Some("DeleteCluster") => self.clusters.extend(own(at.asked("ClusterId"))),
            Some("DeleteHsm") => self.hsms.extend(own(at.shown("/HsmId"))),
            Some("DeleteBackup") => self.backups.extend(own(at.asked("BackupId"))),
            Some("RestoreBackup") => drop_one(&mut self.backups, at, "BackupId"),
            _ => {}
        }
    }

    /// What an answer of KMS shows; nothing where it is not about anything deleted.
    fn kms(&self, at: &View<'_>) -> Option<Shows> {
        let name = at.kms()?;
        let works = || at.done().map(|_| "");
        let by_alias = at
            .asked_alias()
            .is_some_and(|alias| self.aliases.contains(alias));
        let by_key = at.asked_key().is_some_and(|key| self.keys.contains(key));
        match name {
            "DescribeKey" if by_alias => Some(works()),
            name if by_alias && NEED_MATERIAL.contains(&name) => Some(works()),
            name if by_key && NEED_MATERIAL.contains(&name) => Some(works()),
            "DescribeKey" => self.describes(at),
            "ListAliases" => shown(&self.aliases, at, "Aliases", "AliasName", |_| true),
            "ListGrants" | "ListRetirableGrants" => {
                shown(&self.grants, at, "Grants", "GrantId", |_| true)
            }
            "DescribeCustomKeyStores" => {
                let id = "CustomKeyStoreId";
                shown(&self.stores, at, "CustomKeyStores", id, |_| true)
            }
            "ConnectCustomKeyStore" => {
                let store = at.asked("CustomKeyStoreId")?;
                self.stores.contains(store).then(works)
            }
            _ => None,
        }
    }

    fn describes(&self, at: &View<'_>) -> Option<Shows> {
        let key = at.shown("/KeyMetadata/KeyId").and_then(key_id)?;
        let state = at.shown("/KeyMetadata/KeyState");
        let usable = state == Some("Enabled");
        let told = self.keys.contains(key);
        told.then(|| usable.then_some("KeyMetadata.KeyState"))
    }

    /// The same of an answer of CloudHSM.
    fn hsm(&self, at: &View<'_>) -> Option<Shows> {
        let state = |entry: &Value, member: &str, usable: &dyn Fn(&str) -> bool| {
            let state = entry.get(member).and_then(Value::as_str);
            state.is_some_and(usable)
        };
        match at.hsm()? {
            "DescribeClusters" => {
                let stands = |it: &str| !matches!(it, "DELETE_IN_PROGRESS" | "DELETED");
                let clusters = shown(&self.clusters, at, "Clusters", "ClusterId", |entry| {
                    state(entry, "State", &stands)
                });
                let hsms = at.entries("Clusters").iter();
                let mut hsms = hsms.filter_map(|it| it.get("Hsms")?.as_array()).flatten();
                let alive = hsms.any(|hsm| {
                    let id = hsm.get("HsmId").and_then(Value::as_str);
                    id.is_some_and(|id| self.hsms.contains(id))
                        && state(hsm, "State", &|it| it == "ACTIVE")
                });
                match clusters {
                    Some(Some(member)) => Some(Some(member)),
                    _ if alive => Some(Some("Clusters.Hsms")),
                    None if self.hsms.is_empty() || at.done().is_none() => None,
                    _ => Some(None),
                }
            }
            "DescribeBackups" => shown(&self.backups, at, "Backups", "BackupId", |entry| {
                state(entry, "BackupState", &|it| it == "READY")
            }),
            _ => None,
        }
    }
}

/// Whether a list shows something deleted as usable; nothing where nothing was deleted.
fn shown(
    gone: &BTreeSet<String>,
    at: &View<'_>,
    list: &'static str,
    id: &str,
    usable: impl Fn(&Value) -> bool,
) -> Option<Shows> {
    if gone.is_empty() || at.done().is_none() {
        return None;
    }
    let is_gone = |entry: &Value| {
        let name = entry.get(id).and_then(Value::as_str);
        name.is_some_and(|name| gone.contains(name))
    };
    let mut entries = at.entries(list).iter();
    Some(
        entries
            .any(|entry| is_gone(entry) && usable(entry))
            .then_some(list),
    )
}

fn drop_one(gone: &mut BTreeSet<String>, at: &View<'_>, member: &str) {
    gone.remove(at.asked(member).unwrap_or_default());
}
