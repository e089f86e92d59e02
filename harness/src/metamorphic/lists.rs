//! Lists: they show what single lookups show, and nothing else.

use super::Family;
use super::at::{Names, key_id};
use super::reads::Dying;
use super::said::{Clash, Said};
use super::view::View;
use kms_conformance_model::Card;
use kms_conformance_model::relations::{ALIASES_ARE_LISTED, KEYS_ARE_LISTED};
use std::collections::BTreeMap;

/// What is known of a name: the key that it leads to, or that there is nothing of that name.
type Lookup = Option<String>;

/// What was listed and looked up since something was written.
#[derive(Default)]
pub(super) struct Lists {
    keys: Sides,
    aliases: Sides,
    /// The aliases that a list showed of one key.
    of_key: BTreeMap<String, BTreeMap<String, String>>,
    dying: Dying,
}

/// A list, and what was looked up one by one.
#[derive(Default)]
struct Sides {
    listed: Option<BTreeMap<String, String>>,
    looked_up: BTreeMap<String, Lookup>,
}

impl Family for Lists {
    fn look(&mut self, at: &View<'_>, said: &mut Said) {
        self.dying.look(at);
        match at.kms() {
            Some("DescribeKey") => self.lookup(at, said),
            Some("ListKeys") if at.is_whole() => {
                let ids = at.entries("Keys").iter();
                let ids = ids.filter_map(|entry| entry.get("KeyId")?.as_str());
                self.keys.listed = Some(ids.map(|id| (id.to_owned(), id.to_owned())).collect());
                let names: Vec<String> = self.keys.looked_up.keys().cloned().collect();
                for name in names {
                    self.compare_key(at, &name, said);
                }
            }
            Some("ListAliases") if at.is_whole() => self.list_aliases(at, said),
            _ => {}
        }
    }

    fn stirred(&mut self) {
        self.keys = Sides::default();
        self.aliases = Sides::default();
        self.of_key.clear();
    }

    fn forget(&mut self, _: &Names) {
        self.stirred();
    }
}

impl Lists {
    fn lookup(&mut self, at: &View<'_>, said: &mut Said) {
        let found = at.shown("/KeyMetadata/KeyId").map(str::to_owned);
        if found.is_none() && !at.finds_nothing() {
            return;
        }
        // AWS makes keys of its own when they are first used.
        let manager = at.shown("/KeyMetadata/KeyManager").unwrap_or("CUSTOMER");
        if manager != "CUSTOMER" {
            return;
        }
        if let Some(alias) = at.asked_alias() {
            self.aliases.looked_up.insert(alias.to_owned(), found);
            self.compare_alias(at, alias, said);
        } else if let Some(id) = at.asked("KeyId").filter(|id| !id.starts_with("arn:")) {
            self.keys.looked_up.insert(id.to_owned(), found);
            self.compare_key(at, id, said);
        } else if let Some(id) = found {
            self.keys.looked_up.insert(id.clone(), Some(id.clone()));
            self.compare_key(at, &id, said);
        }
    }

    fn list_aliases(&mut self, at: &View<'_>, said: &mut Said) {
        let targets: BTreeMap<String, String> = at
            .entries("Aliases")
            .iter()
            .filter_map(|entry| {
                let name = entry.get("AliasName")?.as_str()?;
                let key = entry.get("TargetKeyId")?.as_str()?;
                Some((name.to_owned(), key_id(key)?.to_owned()))
            })
            .collect();
        if at.asks_for_all() {
            self.aliases.listed = Some(targets);
            let names: Vec<String> = self.aliases.looked_up.keys().cloned().collect();
            for name in names {
                self.compare_alias(at, &name, said);
            }
            let keys: Vec<String> = self.of_key.keys().cloned().collect();
            for key in keys {
                self.compare_part(at, &key, said);
            }
        } else if let Some(key) = at.asked_key() {
            self.of_key.insert(key.to_owned(), targets);
            self.compare_part(at, key, said);
        }
    }

    fn compare_key(&self, at: &View<'_>, id: &str, said: &mut Said) {
        compare(&self.keys, at, id, &self.dying, KEYS_ARE_LISTED, said);
    }

    fn compare_alias(&self, at: &View<'_>, alias: &str, said: &mut Said) {
        compare(
            &self.aliases,
            at,
            alias,
            &self.dying,
            ALIASES_ARE_LISTED,
            said,
        );
    }

    /// The list of one key's aliases is the part of the list of all that leads to it.
    fn compare_part(&self, at: &View<'_>, key: &str, said: &mut Said) {
        let (Some(all), Some(part)) = (&self.aliases.listed, self.of_key.get(key)) else {
            return;
        };
        if self.dying.has(key) || !at.is_own(key) {
            return;
        }
        let expected: BTreeMap<String, String> = all
            .iter()
            .filter(|(_, target)| *target == key)
            .map(|(name, target)| (name.clone(), target.clone()))
            .collect();
        let clash = (expected != *part).then(|| {
            Clash::words(
                "Aliases",
                "the aliases that the other list shows of the key",
                "Aliases that differ from those of the other list",
            )
        });
        said.relate(ALIASES_ARE_LISTED, at, clash);
    }
}

/// Compares one lookup with the list, if both are known.
fn compare(sides: &Sides, at: &View<'_>, name: &str, dying: &Dying, card: Card, said: &mut Said) {
    let (Some(listed), Some(found)) = (&sides.listed, sides.looked_up.get(name)) else {
        return;
    };
    let listed = listed.get(name);
    if !at.is_own(name) {
        return;
    }
    if [listed, found.as_ref()]
        .into_iter()
        .flatten()
        .any(|key| dying.has(key))
    {
        return;
    }
    let clash = match (listed, found) {
        (Some(one), Some(other)) if one == other => None,
        (None, None) => None,
        (Some(_), Some(_)) => Some(Clash::words(
            "TargetKeyId",
            "the key that the other answer shows",
            "TargetKeyId of another key than the other answer shows",
        )),
        (None, Some(_)) => Some(Clash::words(
            "",
            "a list with everything that is found by name",
            "a list that lacks what is found by name",
        )),
        (Some(_), None) => Some(Clash::words(
            "",
            "what the list shows is found by name",
            "nothing of a name that the list shows",
        )),
    };
    said.relate(card, at, clash);
}
