//! Dates: nothing was made in the future, and what follows is later than what it follows.

use super::Family;
use super::at::{Names, key_id};
use super::said::{Clash, Said};
use super::view::View;
use kms_conformance_model::relations::DATES_AGREE;
use serde_json::Value;
use std::collections::BTreeMap;

/// How far the clocks of two machines may be apart, in seconds: as far as AWS lets the date of a signed
/// request be from its own.
const SKEW: f64 = 300.0;

const DAY: f64 = 86_400.0;

/// The days until a key is deleted where the request does not say.
const DEFAULT_WINDOW: f64 = 30.0;

/// What was dated here, in seconds since the Unix epoch.
#[derive(Default)]
pub(super) struct Dates {
    /// When the last key was made.
    last: Option<f64>,
    /// When each key is to be deleted.
    deletions: BTreeMap<String, f64>,
}

impl Family for Dates {
    fn look(&mut self, at: &View<'_>, said: &mut Said) {
        let Some(response) = at.done() else { return };
        self.made(at, said);
        self.deleted(at, said);
        let dated = ["Aliases", "Grants", "CustomKeyStores"];
        let entries = dated.iter().flat_map(|list| at.entries(list));
        for entry in entries.chain(response.get("KeyMetadata")) {
            let created = date(entry.get("CreationDate"));
            let updated = date(entry.get("LastUpdatedDate"));
            if let (Some(created), Some(now)) = (created, now(at)) {
                let clash = (created > now + SKEW)
                    .then(|| clash("CreationDate", "a moment that has been", "of the future"));
                said.relate(DATES_AGREE, at, clash);
            }
            if let (Some(created), Some(updated)) = (created, updated) {
                let clash = (updated + 1.0 < created).then(|| {
                    let expected = "a moment that is not before CreationDate";
                    clash("LastUpdatedDate", expected, "of before it was made")
                });
                said.relate(DATES_AGREE, at, clash);
            }
        }
    }

    fn forget(&mut self, names: &Names) {
        self.last = None;
        self.deletions.retain(|key, _| !names.has(key));
    }
}

impl Dates {
    /// A new key is made now, and not before the one that was made before it.
    fn made(&mut self, at: &View<'_>, said: &mut Said) {
        let response = at.done().filter(|_| at.kms() == Some("CreateKey"));
        let metadata = response.and_then(|response| response.get("KeyMetadata"));
        let Some(made) = metadata.and_then(|key| date(key.get("CreationDate"))) else {
            return;
        };
        let is_old = self.last.is_some_and(|last| made + 1.0 < last)
            || now(at).is_some_and(|now| made + SKEW < now);
        let clash =
            is_old.then(|| clash("CreationDate", "the moment of the request", "of before it"));
        said.relate(DATES_AGREE, at, clash);
        self.last = Some(made);
    }

    /// The date of a deletion is as far away as was asked, and stays.
    fn deleted(&mut self, at: &View<'_>, said: &mut Said) {
        let Some(response) = at.done() else { return };
        match at.kms() {
            Some("ScheduleKeyDeletion") => {
                let Some(date) = date(response.get("DeletionDate")) else {
                    return;
                };
                let window = at.body.get("PendingWindowInDays").and_then(Value::as_f64);
                let window = window.unwrap_or(DEFAULT_WINDOW) * DAY;
                if let Some(now) = now(at) {
                    // It was seen to be rounded down to a day.
                    let early = if date % DAY == 0.0 { DAY } else { SKEW };
                    let off = date - now - window;
                    let clash = (off > SKEW || off < -early).then(|| {
                        let expected = "the end of the window that was asked for";
                        clash("DeletionDate", expected, "of another moment")
                    });
                    said.relate(DATES_AGREE, at, clash);
                }
                let key = at.shown("/KeyId").and_then(key_id);
                let key = key.filter(|key| at.is_own(key));
                self.deletions.extend(key.map(|key| (key.to_owned(), date)));
            }
            Some("CancelKeyDeletion") => {
                self.deletions.remove(at.asked_key().unwrap_or_default());
            }
            Some("DescribeKey") => {
                let key = at.shown("/KeyMetadata/KeyId").unwrap_or_default();
                let shown = date(response.pointer("/KeyMetadata/DeletionDate"));
                if let (Some(known), Some(shown)) = (self.deletions.get(key), shown) {
                    let clash = ((known - shown).abs() > 1.0).then(|| {
                        let expected = "what ScheduleKeyDeletion showed";
                        clash("DeletionDate", expected, "of another moment")
                    });
                    said.relate(DATES_AGREE, at, clash);
                }
            }
            _ => {}
        }
    }
}

fn clash(member: &str, expected: &str, observed: &str) -> Clash {
    let expected = format!("{member}: {expected}");
    Clash::words(member, &expected, &format!("{member} {observed}"))
}

/// The moment of the answer in seconds.
fn now(at: &View<'_>) -> Option<f64> {
    at.held.now.map(|now| now as f64 / 1_000.0)
}

fn date(value: Option<&Value>) -> Option<f64> {
    value.and_then(Value::as_f64)
}
