//! The catalogue: every operation and every rule, for whoever loops over them.

use crate::drifts;
use crate::operation::{AnyOperation, Rule, RuleKind, Service};
use crate::relations::RELATIONS;
use crate::rule::Drift;
use crate::shape::WRONG_TYPE;
use crate::wire::{RAW_RULES, WIRE_RULES};
use crate::{cloudhsm, kms};

/// What stands for an operation in the catalogue's rows of what changes by itself.
pub const DRIFT: &str = "(by itself)";

/// What stands for an operation in the catalogue's rows about every answer.
pub const WIRE: &str = "(wire)";

/// What stands for an operation in the catalogue's rows about answers beside other answers.
pub const RELATION: &str = "(answers together)";

/// Every operation that is modelled, at least in its refusals.
pub fn operations() -> impl Iterator<Item = &'static dyn AnyOperation> {
    kms::OPERATIONS.iter().chain(cloudhsm::OPERATIONS).copied()
}

/// The operation with this name.
pub fn operation(service: Service, name: &str) -> Option<&'static dyn AnyOperation> {
    operations().find(|operation| operation.service() == service && operation.name() == name)
}

/// Everything that changes by itself.
pub fn drifts() -> impl Iterator<Item = &'static Drift> {
    drifts::CLUSTER
        .iter()
        .chain(drifts::KEY_STORE)
        .chain(drifts::KEY)
        .chain(drifts::ROTATION)
}

/// Every rule of every operation, every drift, and what holds above all operations.
pub fn rules() -> impl Iterator<Item = Rule> {
    let drifts = drifts().flat_map(|drift| {
        std::iter::once(drift.card)
            .chain(drift.also.iter().copied())
            .map(|card| Rule {
                operation: DRIFT,
                card,
                kind: RuleKind::Drift,
                codes: &[],
            })
    });
    operations()
        .flat_map(|operation| operation.rules())
        .chain(drifts)
        .chain(wire_rules())
        .chain(RELATIONS.iter().map(|card| Rule {
            operation: RELATION,
            card: *card,
            kind: RuleKind::Relation,
            codes: &[],
        }))
}

/// The rules about envelopes and raw requests, which stand above all operations.
fn wire_rules() -> impl Iterator<Item = Rule> {
    let envelopes = WIRE_RULES.iter().map(|rule| (rule.card, &[] as &[_]));
    // A body that is not JSON breaks the same rule as a member of the wrong type, which every
    // operation lists already.
    let raw = RAW_RULES
        .iter()
        .filter(|rule| rule.card != WRONG_TYPE)
        .map(|rule| (rule.card, rule.error));
    envelopes.chain(raw).map(|(card, codes)| Rule {
        operation: WIRE,
        card,
        kind: RuleKind::Wire,
        codes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_rule_stands_once_in_an_operation() {
        for operation in operations() {
            let mut seen = BTreeSet::new();
            for rule in operation.rules() {
                let id = rule.card.id;
                assert!(seen.insert(id), "{} lists {id} twice", operation.name());
            }
        }
    }

    #[test]
    fn every_rule_says_something_and_cites_somebody() {
        for rule in rules() {
            assert!(
                rule.card.says.ends_with('.'),
                "{}: {}",
                rule.card.id,
                rule.card.says
            );
            assert!(!rule.card.cite.is_empty(), "{} cites nobody", rule.card.id);
        }
    }

    #[test]
    fn a_card_says_the_same_wherever_it_stands() {
        let mut known = std::collections::BTreeMap::new();
        for rule in rules() {
            let evidence = known.entry(rule.card.id).or_insert(rule.card.evidence);
            assert_eq!(
                *evidence, rule.card.evidence,
                "{} in {}",
                rule.card.id, rule.operation
            );
        }
    }
}
