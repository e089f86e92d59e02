//! Names: nothing gets the name of something that is there, and nothing is deleted twice.

use super::Family;
use super::at::{Names, key_id};
use super::said::{Clash, Said};
use super::view::View;
use kms_conformance_model::relations::NAMED_ONCE;
use std::collections::BTreeMap;

/// What was made and deleted here, by the kind of thing and the name: whether it is there.
#[derive(Default)]
pub(super) struct Once {
    there: BTreeMap<(&'static str, String), bool>,
}

/// What a success did to the thing of a name.
enum Act {
    Made,
    Deleted,
}

impl Family for Once {
    fn look(&mut self, at: &View<'_>, said: &mut Said) {
        let Some((kind, name, act)) = act(at) else {
            return;
        };
        let place = (kind, name.to_owned());
        let before = self.there.get(&place);
        let observed = match (&act, before) {
            (Act::Made, Some(true)) => Some("a second thing of the name of one that is there"),
            (Act::Deleted, Some(false)) => Some("a second deletion of one thing"),
            _ => None,
        };
        if before.is_some() && (at.done().is_some() || at.error().is_some()) {
            let clash = observed
                .filter(|_| at.done().is_some())
                .map(|observed| Clash::words("", "a refusal", observed));
            said.relate(NAMED_ONCE, at, clash);
        }
        if at.done().is_some() {
            match act {
                Act::Made if at.is_own(name) => self.there.insert(place, true),
                Act::Deleted if at.is_own(name) => self.there.insert(place, false),
                Act::Made | Act::Deleted => self.there.remove(&place),
            };
        }
        self.ended(at);
    }

    fn forget(&mut self, names: &Names) {
        self.there.retain(|(_, name), _| !names.has(name));
    }
}

impl Once {
    /// The aliases of a key that is deleted may be used again.
    fn ended(&mut self, at: &View<'_>) {
        let ends = at.kms() == Some("ScheduleKeyDeletion") && at.done().is_some();
        if ends {
            self.there.retain(|(kind, _), _| *kind != ALIAS);
        }
    }
}

const ALIAS: &str = "alias";

fn act<'e>(at: &View<'e>) -> Option<(&'static str, &'e str, Act)> {
    Some(match at.kms()? {
        "CreateAlias" => (ALIAS, at.asked("AliasName")?, Act::Made),
        "DeleteAlias" => (ALIAS, at.asked("AliasName")?, Act::Deleted),
        "DeleteCustomKeyStore" => ("store", at.asked("CustomKeyStoreId")?, Act::Deleted),
        "ScheduleKeyDeletion" => ("key", at.asked("KeyId").and_then(key_id)?, Act::Deleted),
        "CancelKeyDeletion" => ("key", at.asked("KeyId").and_then(key_id)?, Act::Made),
        _ => return None,
    })
}
