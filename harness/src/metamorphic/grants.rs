//! Grants: every list shows the same of a grant, and what was asked for.

use super::Family;
use super::at::{Names, key_id, unpaged};
use super::names::difference;
use super::reads::{Dying, steady};
use super::said::{Clash, Said};
use super::view::View;
use kms_conformance_model::relations::GRANTS_ARE_LISTED;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Members that a request for a grant and the entry of a list have in common, and that AWS shows as
/// they were given.
const AS_ASKED: &[&str] = &[
    "Constraints",
    "GranteePrincipal",
    "Name",
    "Operations",
    "RetiringPrincipal",
];

/// Whether AWS shows a value of a request as it was given: it names principals by ARN, and what is
/// named twice it may show once.
fn is_kept(name: &str, value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    let entries = value.as_array().into_iter().flatten();
    let names: Vec<&str> = entries.filter_map(Value::as_str).collect();
    if names.iter().collect::<BTreeSet<_>>().len() != names.len() {
        return false;
    }
    !name.ends_with("Principal") || text.contains(":user/") || text.contains(":role/")
}

/// What was asked of each grant, and what the lists showed since something was written.
#[derive(Default)]
pub(super) struct Grants {
    asked: BTreeMap<String, Map<String, Value>>,
    /// The whole lists of keys, by the ids of the keys.
    of_keys: BTreeMap<String, BTreeMap<String, Value>>,
    /// The whole lists of principals.
    retirable: BTreeMap<String, BTreeMap<String, Value>>,
    dying: Dying,
}

impl Family for Grants {
    fn look(&mut self, at: &View<'_>, said: &mut Said) {
        self.dying.look(at);
        match at.kms() {
            Some("CreateGrant") => self.learn(at),
            Some("ListGrants") if at.is_whole() => self.list_of_key(at, said),
            Some("ListRetirableGrants") if at.is_whole() => self.list_of_principal(at, said),
            _ => {}
        }
    }

    fn stirred(&mut self) {
        self.of_keys.clear();
        self.retirable.clear();
    }

    fn forget(&mut self, names: &Names) {
        self.stirred();
        self.asked.retain(|id, _| !names.has(id));
    }
}

impl Grants {
    /// Whether all grants of this key are made here.
    fn is_known(&self, at: &View<'_>, key: &str) -> bool {
        !self.dying.has(key) && at.is_own(key)
    }

    fn learn(&mut self, at: &View<'_>) {
        let Some(id) = at.shown("/GrantId").filter(|id| at.is_own(id)) else {
            return;
        };
        let members = at.body.as_object().into_iter().flatten();
        let asked = members.filter(|(name, value)| {
            let empty = value.as_object().is_some_and(Map::is_empty);
            AS_ASKED.contains(&name.as_str()) && is_kept(name, value) && !value.is_null() && !empty
        });
        let asked = asked.map(|(name, value)| (name.clone(), steady(value)));
        self.asked.insert(id.to_owned(), asked.collect());
    }

    fn list_of_key(&mut self, at: &View<'_>, said: &mut Said) {
        let entries = entries(at);
        for (id, entry) in &entries {
            self.is_as_asked(at, id, entry, said);
        }
        let filters = unpaged(at.body);
        let Some(key) = at.asked_key().filter(|key| self.is_known(at, key)) else {
            return;
        };
        match (filters.len(), at.asked("GrantId")) {
            (1, _) => {
                self.of_keys.insert(key.to_owned(), entries);
                self.agree(at, said);
            }
            (2, Some(id)) => {
                if let Some(all) = self.of_keys.get(key) {
                    let clash = compare(at, all.get(id), entries.get(id));
                    said.relate(GRANTS_ARE_LISTED, at, clash);
                }
            }
            _ => {}
        }
    }

    fn list_of_principal(&mut self, at: &View<'_>, said: &mut Said) {
        if let Some(principal) = at.asked("RetiringPrincipal") {
            self.retirable.insert(principal.to_owned(), entries(at));
            self.agree(at, said);
        }
    }

    /// A grant shows what it was asked to be.
    fn is_as_asked(&self, at: &View<'_>, id: &str, entry: &Value, said: &mut Said) {
        let Some(asked) = self.asked.get(id) else {
            return;
        };
        let differs = asked
            .iter()
            .find(|(name, value)| !at.is_blamed(name) && entry.get(*name) != Some(value));
        let clash = differs.map(|(name, value)| Clash::values(name, Some(value), entry.get(name)));
        said.relate(GRANTS_ARE_LISTED, at, clash);
    }

    /// The grants of a key that a principal may retire are those of the principal that are of the
    /// key.
    fn agree(&self, at: &View<'_>, said: &mut Said) {
        for (principal, retirable) in &self.retirable {
            for (key, all) in self
                .of_keys
                .iter()
                .filter(|(key, _)| self.is_known(at, key))
            {
                let is_mine = |entry: &Value, member: &str, wanted: &str| {
                    let text = entry.get(member).and_then(Value::as_str);
                    text.and_then(key_id) == Some(wanted) || text == Some(wanted)
                };
                let left = all.iter();
                let left = left.filter(|(_, it)| is_mine(it, "RetiringPrincipal", principal));
                let right = retirable.iter();
                let right = right.filter(|(_, it)| is_mine(it, "KeyId", key));
                let ids = left.chain(right).map(|(id, _)| id);
                let clash = ids.filter_map(|id| compare(at, all.get(id), retirable.get(id)));
                said.relate(GRANTS_ARE_LISTED, at, clash.into_iter().next());
            }
        }
    }
}

fn entries(at: &View<'_>) -> BTreeMap<String, Value> {
    let entries = at.entries("Grants").iter();
    let named = entries.filter_map(|entry| {
        let id = entry.get("GrantId")?.as_str()?;
        Some((id.to_owned(), steady(entry)))
    });
    named.collect()
}

fn compare(at: &View<'_>, one: Option<&Value>, other: Option<&Value>) -> Option<Clash> {
    match (one, other) {
        (None, None) => None,
        (Some(one), Some(other)) => difference(at, one, other),
        _ => Some(Clash::words(
            "Grants",
            "a grant that both lists show, or none does",
            "Grants of which one list lacks one",
        )),
    }
}
