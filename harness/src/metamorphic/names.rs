//! Names of keys: id, ARN and alias lead to the same key.

use super::Family;
use super::at::{Names, alias_name, key_id};
use super::reads::steady;
use super::said::{Clash, Said};
use super::view::View;
use kms_conformance_model::relations::ONE_KEY;
use serde_json::Value;
use std::collections::BTreeMap;

/// The key that an answer says it is about, where the request names one.
fn answering_key<'e>(at: &View<'e>) -> Option<&'e str> {
    at.kms()?;
    at.asked("KeyId")?;
    let shown = at
        .shown("/KeyMetadata/KeyId")
        .or_else(|| at.shown("/KeyId"));
    shown.and_then(key_id)
}

/// An answer is about the key that its request names by id or ARN.
pub(super) struct OwnNames;

impl Family for OwnNames {
    fn look(&mut self, at: &View<'_>, said: &mut Said) {
        if let (Some(asked), Some(shown)) = (at.asked_key(), answering_key(at)) {
            let clash = (asked != shown).then(another_key);
            said.relate(ONE_KEY, at, clash);
        }
    }

    fn forget(&mut self, _: &Names) {}
}

fn another_key() -> Clash {
    Clash::words(
        "KeyId",
        "the key of that name",
        "KeyId of another key than the one of that name",
    )
}

/// The keys that aliases were said to name, until they are written again.
#[derive(Default)]
pub(super) struct Aliases {
    keys: BTreeMap<String, String>,
}

impl Family for Aliases {
    fn look(&mut self, at: &View<'_>, said: &mut Said) {
        if at.done().is_none() {
            return;
        }
        let written = at.asked("AliasName").map(str::to_owned);
        match (at.kms(), written) {
            (Some("CreateAlias" | "UpdateAlias"), Some(alias)) => {
                self.keys.remove(&alias);
                let key = at.asked("TargetKeyId").and_then(key_id);
                let key = key.filter(|_| at.is_own(&alias));
                self.keys.extend(key.map(|key| (alias, key.to_owned())));
            }
            (Some("DeleteAlias"), Some(alias)) => {
                self.keys.remove(&alias);
            }
            _ => self.follow(at, said),
        }
    }

    fn forget(&mut self, names: &Names) {
        self.keys
            .retain(|alias, key| !names.has(alias) && !names.has(key));
    }
}

impl Aliases {
    fn follow(&mut self, at: &View<'_>, said: &mut Said) {
        let (Some(alias), Some(shown)) = (at.asked_alias(), answering_key(at)) else {
            return;
        };
        if !at.is_own(alias) {
            return;
        }
        match self.keys.get(alias) {
            Some(known) => said.relate(ONE_KEY, at, (known != shown).then(another_key)),
            None => {
                self.keys.insert(alias.to_owned(), shown.to_owned());
            }
        }
    }
}

/// A key is described alike by each of its names.
#[derive(Default)]
pub(super) struct Forms {
    /// The form in which each key was asked for, and how it was described.
    described: BTreeMap<String, (Form, Value)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Id,
    Arn,
    Alias,
    AliasArn,
}

fn form(name: &str) -> Form {
    match (name.starts_with("arn:"), alias_name(name).is_some()) {
        (false, false) => Form::Id,
        (true, false) => Form::Arn,
        (false, true) => Form::Alias,
        (true, true) => Form::AliasArn,
    }
}

impl Family for Forms {
    fn look(&mut self, at: &View<'_>, said: &mut Said) {
        let (Some("DescribeKey"), Some(key)) = (at.kms(), answering_key(at)) else {
            return;
        };
        let metadata = at.done().and_then(|response| response.get("KeyMetadata"));
        let (Some(name), Some(metadata)) = (at.asked("KeyId"), metadata) else {
            return;
        };
        if !at.is_own(key) {
            return;
        }
        let now = (form(name), steady(metadata));
        if let Some(before) = self.described.get(key).filter(|before| before.0 != now.0) {
            let clash = difference(at, &before.1, &now.1);
            said.relate(ONE_KEY, at, clash);
        }
        self.described.insert(key.to_owned(), now);
    }

    fn stirred(&mut self) {
        self.described.clear();
    }

    fn forget(&mut self, names: &Names) {
        self.described.retain(|key, _| !names.has(key));
    }
}

/// The first member in which two objects differ, apart from those that the judge blamed.
pub(super) fn difference(at: &View<'_>, before: &Value, now: &Value) -> Option<Clash> {
    let (before, now) = (at.scrubbed(before), at.scrubbed(now));
    let (Some(old), Some(new)) = (before.as_object(), now.as_object()) else {
        return (before != now).then(|| Clash::values("entry", Some(&before), Some(&now)));
    };
    let mut names = old.keys().chain(new.keys());
    let name = names.find(|name| old.get(*name) != new.get(*name))?;
    Some(Clash::values(name, old.get(name), new.get(name)))
}
