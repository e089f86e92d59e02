//! Coverage by class of state: what the requests of an operation were about when they were sent, and
//! in which direction each of its rules went there.

use crate::coverage::{Coverage, home};
use kms_conformance_model::{Sighting, Verdict};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Both directions of a rule, for one operation and one class of state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directions {
    /// How often it applied.
    pub fired: u64,
    /// How often it did not apply where the answer would have been another if it had.
    pub spared: u64,
}

/// What happened to one operation in one class of state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassCount {
    /// How many answers were judged.
    pub calls: u64,
    /// The rules that were seen there in either direction, by id.
    pub rules: BTreeMap<String, Directions>,
}

impl ClassCount {
    pub(crate) fn add(&mut self, other: &ClassCount) {
        self.calls += other.calls;
        for (id, theirs) in &other.rules {
            let ours = self.rules.entry(id.clone()).or_default();
            ours.fired += theirs.fired;
            ours.spared += theirs.spared;
        }
    }
}

impl Coverage {
    /// Counts what an exchange shows beside its verdict. The rules that fired count among the others
    /// of the operation by [`Coverage::observe_as`]; here they count by the class of state.
    pub fn sight(&mut self, label: &str, sighting: &Sighting, verdict: &Verdict) {
        if matches!(verdict, Verdict::Unknown(_)) {
            return;
        }
        let fired = verdict.rules();
        let Some(class) = sighting.class else {
            return;
        };
        let entry = self.operation(label);
        let here = entry.classes.entry(class.to_string()).or_default();
        here.calls += 1;
        for card in fired.iter().filter(|card| home(label, card.id) == label) {
            here.rules.entry(card.id.to_owned()).or_default().fired += 1;
        }
        for card in &sighting.spared {
            here.rules.entry(card.id.to_owned()).or_default().spared += 1;
            entry.rules.entry(card.id.to_owned()).or_default().spared += 1;
        }
    }

    /// How many cells of operation and class of state were seen.
    pub fn cells(&self) -> usize {
        self.operations()
            .map(|(_, entry)| entry.classes.len())
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kms_conformance_model::state::KeyState;
    use kms_conformance_model::{Card, Material, Service, StateClass, catalog};

    fn sighting() -> (Sighting, Card, Card) {
        let operation = catalog::operation(Service::Kms, "EnableKey").unwrap();
        let rules = operation.rules();
        let sighting = Sighting {
            class: Some(StateClass::Key(KeyState::Enabled, Material::Kms)),
            spared: vec![rules[1].card],
            ..Sighting::default()
        };
        (sighting, rules[0].card, rules[1].card)
    }

    #[test]
    fn both_directions_count_in_their_class() {
        let (sighting, fired, spared) = sighting();
        let mut coverage = Coverage::default();
        coverage.sight("EnableKey", &sighting, &Verdict::Conforms(vec![fired]));
        let mut more = coverage.clone();
        more.merge(&coverage);
        let here = &more.operation("EnableKey").classes["key Enabled"];
        assert_eq!((here.calls, more.cells()), (2, 1));
        let here = &more.operation("EnableKey").classes["key Enabled"];
        assert_eq!(
            (here.rules[fired.id].fired, here.rules[fired.id].spared),
            (2, 0)
        );
        assert_eq!(
            (here.rules[spared.id].fired, here.rules[spared.id].spared),
            (0, 2)
        );
        assert_eq!(more.count("EnableKey", spared.id).spared, 2);
    }

    #[test]
    fn what_was_not_judged_counts_nowhere() {
        let (sighting, ..) = sighting();
        let mut coverage = Coverage::default();
        coverage.sight("EnableKey", &sighting, &Verdict::Unknown("lost".to_owned()));
        assert_eq!(coverage.cells(), 0);
    }

    #[test]
    fn counts_of_earlier_versions_still_read() {
        let text = r#"{"operations": {"EnableKey": {"status": "judged", "calls": 2,
            "rules": {"KST-03": {"fired": 1, "held": 1, "refuted": 0}}}}}"#;
        let coverage: Coverage = serde_json::from_str(text).unwrap();
        assert_eq!(coverage.rule("EnableKey", "KST-03").spared, 0);
        assert_eq!(coverage.cells(), 0);
    }
}
