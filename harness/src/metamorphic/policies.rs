//! Policies: they are shown as they were set.

use super::Family;
use super::at::Names;
use super::said::{Clash, Said};
use super::view::View;
use kms_conformance_model::relations::POLICY_STAYS;
use serde_json::Value;
use std::collections::BTreeMap;

/// The policy that each key was given last, as JSON.
#[derive(Default)]
pub(super) struct Policies {
    given: BTreeMap<String, Value>,
}

impl Family for Policies {
    fn look(&mut self, at: &View<'_>, said: &mut Said) {
        if at.done().is_none() {
            return;
        }
        match at.kms() {
            Some("CreateKey") => self.give(at, at.shown("/KeyMetadata/KeyId")),
            Some("PutKeyPolicy") => self.give(at, at.asked_key()),
            Some("GetKeyPolicy") => {
                let known = at.asked_key().and_then(|id| self.given.get(id));
                let shown = at.shown("/Policy").map(parsed);
                if let (Some(known), Some(shown)) = (known, shown) {
                    let clash = (*known != shown).then(|| {
                        let observed = "Policy that is not the one that was set";
                        Clash::words("Policy", "the policy that was set last", observed)
                    });
                    said.relate(POLICY_STAYS, at, clash);
                }
            }
            _ => {}
        }
    }

    fn forget(&mut self, names: &Names) {
        self.given.retain(|id, _| !names.has(id));
    }
}

impl Policies {
    /// A policy that AWS chose is not known.
    fn give(&mut self, at: &View<'_>, id: Option<&str>) {
        let Some(id) = id.filter(|id| at.is_own(id)) else {
            return;
        };
        match at.asked("Policy") {
            Some(policy) => {
                self.given.insert(id.to_owned(), parsed(policy));
            }
            None => {
                self.given.remove(id);
            }
        }
    }
}

/// White space and the order of members mean nothing.
fn parsed(policy: &str) -> Value {
    serde_json::from_str(policy).unwrap_or_else(|_| policy.into())
}
