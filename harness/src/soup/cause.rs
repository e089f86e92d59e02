//! Which faults of a soup a finding is about.

use super::Ingredient;
use super::account::{Access, showings};
use crate::plan::Plan;
use crate::session::Identity;

/// What is behind a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// Each of these faults, by its place in the soup, shows it without the others.
    Faults(Vec<usize>),
    /// All faults of the soup together show it, and none does alone.
    Together,
    /// No plan shows it on a private emulator with the faults of the soup, or it shows without them.
    Nothing,
}

/// Finds out what is behind a finding by playing its plans, the first that shows it.
pub(super) fn cause(
    fingerprint: &str,
    plans: &[Plan],
    soup: &[Ingredient],
    identity: &Identity,
) -> Cause {
    let ways = [Access::Shared, Access::Crowded, Access::Exclusive];
    let tries = plans.iter().flat_map(|plan| ways.map(|way| (plan, way)));
    let shows = |plan: &Plan, faults: &[&Ingredient], way| {
        showings(plan, faults, way, identity).contains(fingerprint)
    };
    // What shows on an emulator without faults is no fault's.
    let tries: Vec<_> = tries
        .filter(|(plan, way)| !shows(plan, &[], *way))
        .collect();
    for (plan, way) in &tries {
        let likely = soup.iter().enumerate();
        let likely = likely.filter(|(_, fault)| fault.may_show_in(plan));
        let faults = likely.filter(|(_, fault)| shows(plan, &[*fault], *way));
        let faults: Vec<usize> = faults.map(|(place, _)| place).collect();
        if !faults.is_empty() {
            return Cause::Faults(faults);
        }
    }
    let all: Vec<&Ingredient> = soup.iter().collect();
    match tries.iter().any(|(plan, way)| shows(plan, &all, *way)) {
        true => Cause::Together,
        false => Cause::Nothing,
    }
}
