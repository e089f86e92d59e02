//! Walks: whoever reads a list to its end sees everything that was made here, whoever else writes.

use super::Family;
use super::at::{At, Names, unpaged};
use super::said::{Clash, Said};
use super::view::View;
use kms_conformance_model::Service;
use kms_conformance_model::relations::{OWN_ARE_LISTED, PAGE_MEMBERS, PAGES_PARTITION};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A list: the operation, the member that holds the entries, the one that tells them apart.
type List = (Service, &'static str, &'static str, &'static str);

const LISTS: &[List] = &[
    (
        Service::Kms,
        "DescribeCustomKeyStores",
        "CustomKeyStores",
        "CustomKeyStoreId",
    ),
    (Service::Kms, "ListAliases", "Aliases", "AliasName"),
    (Service::Kms, "ListGrants", "Grants", "GrantId"),
    (Service::Kms, "ListKeys", "Keys", "KeyId"),
    (
        Service::CloudHsm,
        "DescribeClusters",
        "Clusters",
        "ClusterId",
    ),
];

/// What is there as long as it is not deleted here.
#[derive(Default)]
struct Alive {
    /// Names by the list that shows them. Grants are listed by key: the operation and the key.
    names: BTreeMap<String, BTreeSet<String>>,
    /// The keys of aliases, which vanish with them.
    targets: BTreeMap<String, String>,
    /// The grants by their tokens.
    tokens: BTreeMap<String, String>,
}

/// A list that is being read page by page.
struct Walk {
    due: BTreeSet<String>,
    next: String,
}

/// What was made here, and the lists that are being read.
#[derive(Default)]
pub(super) struct Walks {
    alive: Alive,
    walks: BTreeMap<String, Walk>,
}

impl Family for Walks {
    fn look(&mut self, at: &View<'_>, said: &mut Said) {
        if at.done().is_none() {
            return;
        }
        for gone in self.alive.learn(at) {
            for walk in self.walks.values_mut() {
                walk.due.remove(&gone);
            }
        }
        let name = (at.operation.service(), at.operation.name());
        if let Some(list) = LISTS.iter().find(|list| (list.0, list.1) == name) {
            self.page(at, list, said);
        }
        page_members(at, said);
    }

    fn forget(&mut self, names: &Names) {
        self.walks.clear();
        self.alive.forget(names);
    }
}

impl Walks {
    fn page(&mut self, at: &View<'_>, list: &List, said: &mut Said) {
        let entries = at.entries(list.2).iter();
        let ids: Vec<&str> = entries
            .filter_map(|entry| entry.get(list.3)?.as_str())
            .collect();
        let once: BTreeSet<&str> = ids.iter().copied().collect();
        let clash = (once.len() != ids.len()).then(|| {
            let observed = format!("{} that hold an entry twice", list.2);
            Clash::words(list.2, "each entry once", &observed)
        });
        said.relate(PAGES_PARTITION, at, clash);
        let Some(subject) = subject(at) else { return };
        let mut due = match at.asked_page() {
            None => self.alive.names.get(&subject).cloned().unwrap_or_default(),
            Some(page) => match self.walks.remove(&subject) {
                Some(walk) if walk.next == page => walk.due,
                _ => return,
            },
        };
        due.retain(|name| !once.contains(name.as_str()) && at.is_own(name));
        match at.next_page() {
            Some(next) => {
                let next = next.to_owned();
                self.walks.insert(subject, Walk { due, next });
            }
            None => {
                let clash = (!due.is_empty()).then(|| {
                    let observed = format!("{} without something that was made here", list.2);
                    Clash::words(list.2, "everything that was made here", &observed)
                });
                said.relate(OWN_ARE_LISTED, at, clash);
            }
        }
    }
}

/// What a list is of, if it is a list of all or of all grants of a key.
fn subject(at: &At<'_>) -> Option<String> {
    let asked = unpaged(at.body);
    let name = at.operation.name();
    match (name, asked.len()) {
        ("ListGrants", 1) => Some(format!("{name} {}", at.asked_key()?)),
        (_, 0) => Some(name.to_owned()),
        _ => None,
    }
}

impl Alive {
    /// Learns what was made and what was deleted. The result is what was deleted.
    fn learn(&mut self, at: &View<'_>) -> Vec<String> {
        let asked = |member: &str| at.asked(member).map(str::to_owned);
        match (at.kms(), at.hsm()) {
            (Some("CreateKey"), _) => self.made("ListKeys", at.shown("/KeyMetadata/KeyId")),
            (Some("CreateCustomKeyStore"), _) => {
                self.made("DescribeCustomKeyStores", at.shown("/CustomKeyStoreId"));
            }
            (_, Some("CreateCluster")) => {
                self.made("DescribeClusters", at.shown("/Cluster/ClusterId"));
            }
            (Some("CreateAlias"), _) => {
                let key = at.asked("TargetKeyId").and_then(super::at::key_id);
                let alias = asked("AliasName").zip(key.filter(|key| at.is_own(key)));
                self.made(
                    "ListAliases",
                    alias.as_ref().map(|(alias, _)| alias.as_str()),
                );
                let target = alias.map(|(alias, key)| (alias, key.to_owned()));
                self.targets.extend(target);
            }
            (Some("CreateGrant"), _) => {
                let key = at.asked_key().unwrap_or_default();
                let grant = at.shown("/GrantId").filter(|grant| at.is_own(grant));
                self.made(&format!("ListGrants {key}"), grant);
                let token = at.shown("/GrantToken").zip(grant);
                let token = token.map(|(token, grant)| (token.to_owned(), grant.to_owned()));
                self.tokens.extend(token);
            }
            (Some("UpdateAlias"), _) => {
                let key = at.asked("TargetKeyId").and_then(super::at::key_id);
                if let Some((alias, key)) = asked("AliasName").zip(key)
                    && let Some(target) = self.targets.get_mut(&alias)
                {
                    key.clone_into(target);
                }
            }
            _ => return self.ended(at),
        }
        Vec::new()
    }

    /// What a deletion takes away, at once or later.
    fn ended(&mut self, at: &View<'_>) -> Vec<String> {
        let asked = |member: &str| at.asked(member).map(str::to_owned);
        let mut gone: Vec<String> = Vec::new();
        match (at.kms(), at.hsm()) {
            (Some("DeleteAlias"), _) => gone.extend(asked("AliasName")),
            (Some("ScheduleKeyDeletion"), _) => {
                let key = at.asked_key().unwrap_or_default();
                let aliases = self.targets.iter().filter(|(_, target)| *target == key);
                gone.extend(aliases.map(|(alias, _)| alias.clone()));
                gone.push(key.to_owned());
                self.names.remove(&format!("ListGrants {key}"));
            }
            (Some("DeleteCustomKeyStore"), _) => gone.extend(asked("CustomKeyStoreId")),
            (_, Some("DeleteCluster")) => gone.extend(asked("ClusterId")),
            (Some("RevokeGrant"), _) => gone.extend(asked("GrantId")),
            (Some("RetireGrant"), _) => {
                let by_token = at.asked("GrantToken").and_then(|it| self.tokens.get(it));
                let grant = by_token.cloned().or_else(|| asked("GrantId"));
                if grant.is_none() {
                    // It may be any.
                    self.names.retain(|list, _| !list.starts_with("ListGrants"));
                }
                gone.extend(grant);
            }
            _ => {}
        }
        for names in self.names.values_mut() {
            names.retain(|name| !gone.contains(name));
        }
        gone
    }

    fn made(&mut self, list: &str, name: Option<&str>) {
        if let Some(name) = name {
            let names = self.names.entry(list.to_owned()).or_default();
            names.insert(name.to_owned());
        }
    }

    fn forget(&mut self, forgotten: &Names) {
        for names in self.names.values_mut() {
            names.retain(|name| !forgotten.has(name));
        }
        // An alias may go with its key.
        let targets = &self.targets;
        if let Some(aliases) = self.names.get_mut("ListAliases") {
            aliases.retain(|alias| targets.get(alias).is_none_or(|key| !forgotten.has(key)));
        }
    }
}

/// A page says that there are more where it names the next one, and is no longer than was asked.
fn page_members(at: &View<'_>, said: &mut Said) {
    let Some(response) = at
        .done()
        .filter(|_| at.operation.name().starts_with("List"))
    else {
        return;
    };
    let truncated = response.get("Truncated").and_then(Value::as_bool);
    if let Some(truncated) = truncated.filter(|_| !at.is_blamed("NextMarker")) {
        let clash = (truncated != at.next_page().is_some()).then(|| {
            let observed = "Truncated that does not say whether there is a NextMarker";
            Clash::words("Truncated", "true where there is a NextMarker", observed)
        });
        said.relate(PAGE_MEMBERS, at, clash);
    }
    let limit = ["Limit", "MaxResults"];
    let limit = limit.iter().find_map(|name| at.body.get(*name)?.as_u64());
    let mut lists = response.as_object().into_iter().flatten();
    let list = lists.find_map(|(name, value)| Some((name, value.as_array()?)));
    if let (Some(limit), Some((name, entries))) = (limit, list) {
        let clash = (entries.len() as u64 > limit).then(|| {
            let observed = format!("{name} with more entries");
            Clash::words(name, "as many entries as were asked for at most", &observed)
        });
        said.relate(PAGE_MEMBERS, at, clash);
    }
}
