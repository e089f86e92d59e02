//! States: a key is in the state that the last successful request put it into.

use super::Family;
use super::at::Names;
use super::said::{Clash, Said};
use super::view::View;
use kms_conformance_model::relations::{ROTATION_STAYS, STATE_FOLLOWS};
use serde_json::Value;
use std::collections::BTreeMap;

/// The states of keys whose states nothing else changes: their material is KMS's own, and they are in
/// one Region only.
#[derive(Default)]
pub(super) struct States {
    states: BTreeMap<String, &'static str>,
}

impl Family for States {
    fn look(&mut self, at: &View<'_>, said: &mut Said) {
        if at.done().is_none() {
            return;
        }
        let next = match at.kms() {
            Some("CreateKey") => {
                let own = at.shown("/KeyMetadata/Origin") == Some("AWS_KMS");
                let key = at.shown("/KeyMetadata/KeyId");
                let key = key.filter(|key| own && !key.starts_with("mrk-"));
                self.states
                    .extend(key.map(|key| (key.to_owned(), "Enabled")));
                return;
            }
            Some("DescribeKey") => return self.compare(at, said),
            Some("EnableKey") => "Enabled",
            Some("CancelKeyDeletion" | "DisableKey") => "Disabled",
            Some("ScheduleKeyDeletion") => "PendingDeletion",
            _ => return,
        };
        if let Some(state) = at.asked_key().and_then(|key| self.states.get_mut(key)) {
            *state = next;
        }
    }

    fn forget(&mut self, names: &Names) {
        self.states.retain(|key, _| !names.has(key));
    }
}

impl States {
    fn compare(&self, at: &View<'_>, said: &mut Said) {
        let key = at.shown("/KeyMetadata/KeyId").unwrap_or_default();
        let shown = at.shown("/KeyMetadata/KeyState");
        let known = self.states.get(key).filter(|_| at.is_own(key));
        if let (Some(known), Some(shown)) = (known, shown) {
            let clash = (*known != shown).then(|| {
                let (before, now) = (Value::from(*known), Value::from(shown));
                Clash::values("KeyState", Some(&before), Some(&now))
            });
            said.relate(STATE_FOLLOWS, at, clash);
        }
    }
}

/// How each key was told to rotate last.
#[derive(Default)]
pub(super) struct Rotations {
    /// Whether it rotates, and after how many days where the request said so.
    told: BTreeMap<String, (bool, Option<u64>)>,
}

impl Family for Rotations {
    fn look(&mut self, at: &View<'_>, said: &mut Said) {
        if at.done().is_none() {
            return;
        }
        let key = at
            .asked_key()
            .filter(|key| at.is_own(key) && !key.starts_with("mrk-"));
        let Some(key) = key else { return };
        match at.kms() {
            Some("EnableKeyRotation") => {
                let days = at.body.get("RotationPeriodInDays").and_then(Value::as_u64);
                self.told.insert(key.to_owned(), (true, days));
            }
            Some("DisableKeyRotation") => {
                self.told.insert(key.to_owned(), (false, None));
            }
            // A key that is to be deleted does not rotate.
            Some("ScheduleKeyDeletion" | "CancelKeyDeletion") => {
                self.told.remove(key);
            }
            Some("GetKeyRotationStatus") => {
                if let Some(told) = self.told.get(key) {
                    said.relate(ROTATION_STAYS, at, differs(at, *told));
                }
            }
            _ => {}
        }
    }

    fn forget(&mut self, names: &Names) {
        self.told.retain(|key, _| !names.has(key));
    }
}

fn differs(at: &View<'_>, (rotates, days): (bool, Option<u64>)) -> Option<Clash> {
    let response = at.done()?;
    let told = [
        ("KeyRotationEnabled", Some(Value::from(rotates))),
        ("RotationPeriodInDays", days.map(Value::from)),
    ];
    let differs = told.into_iter().find_map(|(member, told)| {
        let (told, shown) = (told?, response.get(member));
        (shown.is_some() && shown != Some(&told) && !at.is_blamed(member))
            .then_some((member, told, shown))
    });
    differs.map(|(member, told, shown)| Clash::values(member, Some(&told), shown))
}
