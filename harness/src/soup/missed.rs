//! Why a fault of a soup was not found.

use super::Ingredient;
use super::account::{Access, showings};
use crate::generate::{Plans, Wishes, scenario};
use crate::plan::Plan;
use crate::session::Identity;
use kms_conformance_model::{Service, catalog};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How many plans are drawn beside the directed ones.
const DRAWN: usize = 150;

/// How many of the plans that show a fault are looked for.
const ENOUGH: usize = 12;

/// Why a fault was not found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "why")]
pub enum Why {
    /// It can be shown on the soup, so that it was missed.
    Missed {
        /// The title of a plan that shows it there.
        plan: String,
        /// How many requests that sends.
        calls: usize,
    },
    /// It shows only where the clock, the environment or a reset of the account is at hand.
    NeedsAdmin {
        /// What of its shortest plan is not at hand, or what was tried.
        reason: String,
    },
    /// No known plan shows it, with `/_outside` or without.
    NeverShows,
    /// It shows alone, and not beside the other faults of the soup.
    Hidden {
        /// The faults each of which hides it alone; empty where several do together.
        by: Vec<String>,
    },
}

impl Why {
    /// Whether the fault counts as one that could be found.
    pub const fn counts(&self) -> bool {
        matches!(self, Why::Missed { .. })
    }
}

/// The plans that faults are shown with: all directed ones, and some that are drawn as for a target
/// that cannot be reset; the shortest first.
pub struct Repertoire {
    identity: Identity,
    plans: Vec<Plan>,
    /// The plans that show a fault alone in a shared account, by the name of the fault.
    showing: Mutex<BTreeMap<String, Arc<Vec<usize>>>>,
}

impl Repertoire {
    /// Makes the plans.
    pub fn new(identity: &Identity) -> Repertoire {
        let directed = (0..).map_while(|number| scenario(number, identity));
        let drawn = Plans::of(&Wishes::default(), identity);
        let drawn = drawn.from_seed(0).take(DRAWN);
        let mut plans: Vec<Plan> = directed.map(|made| made.plan).collect();
        plans.extend(drawn.map(|made| made.plan));
        plans.sort_by_key(Plan::calls);
        Repertoire {
            identity: identity.clone(),
            plans,
            showing: Mutex::default(),
        }
    }

    /// Why this fault of a soup was not found.
    pub(super) fn why(&self, fault: &Ingredient, soup: &[Ingredient]) -> Why {
        let showing = self.showing(fault);
        if showing.is_empty() {
            return self.unshown(fault);
        }
        let others = soup.iter().filter(|other| other.name() != fault.name());
        let others: Vec<&Ingredient> = others.collect();
        let showing = || showing.iter().filter_map(|place| self.plans.get(*place));
        if let Some(plan) = showing().find(|plan| self.adds(plan, fault, &others)) {
            return Why::Missed {
                plan: plan.title.clone(),
                calls: plan.calls(),
            };
        }
        let hides = |other: &&&Ingredient| showing().all(|plan| !self.adds(plan, fault, &[*other]));
        let by = others.iter().filter(hides).map(|other| other.name());
        Why::Hidden { by: by.collect() }
    }

    /// Whether a plan finds more with this fault than without it, beside these others.
    fn adds(&self, plan: &Plan, fault: &Ingredient, others: &[&Ingredient]) -> bool {
        let with: Vec<&Ingredient> = others.iter().copied().chain([fault]).collect();
        let found = |faults: &[&Ingredient]| showings(plan, faults, Access::Shared, &self.identity);
        !found(&with).is_subset(&found(others))
    }

    /// The plans that show it alone in a shared account.
    fn showing(&self, fault: &Ingredient) -> Arc<Vec<usize>> {
        let known = |showing: &Mutex<BTreeMap<String, Arc<Vec<usize>>>>| {
            let showing = showing.lock().unwrap_or_else(PoisonError::into_inner);
            showing.get(&fault.name()).cloned()
        };
        if let Some(known) = known(&self.showing) {
            return known;
        }
        let shown = self.shown(fault, Access::Shared).take(ENOUGH);
        let shown: Arc<Vec<usize>> = Arc::new(shown.collect());
        let mut showing = self.showing.lock().unwrap_or_else(PoisonError::into_inner);
        showing.insert(fault.name(), Arc::clone(&shown));
        shown
    }

    fn shown(&self, fault: &Ingredient, access: Access) -> impl Iterator<Item = usize> {
        let plans = self.plans.iter().enumerate();
        let plans = plans.filter(|(_, plan)| fault.may_show_in(plan));
        let found =
            move |plan, faults: &[&Ingredient]| showings(plan, faults, access, &self.identity);
        let shown = plans.filter(move |(_, plan)| {
            let with = found(plan, &[fault]);
            !with.is_empty() && !with.is_subset(&found(plan, &[]))
        });
        shown.map(|(place, _)| place)
    }

    /// Why no plan shows it alone in a shared account.
    fn unshown(&self, fault: &Ingredient) -> Why {
        if let Ingredient::Fault(fault) = fault
            && let Some(action) = fault.shortest.iter().find(|step| is_outside(step))
        {
            let reason = format!("its shortest plan has the action {action}");
            return Why::NeedsAdmin { reason };
        }
        match self.shown(fault, Access::Exclusive).next() {
            Some(place) => {
                let title = self.plans.get(place).map(|plan| plan.title.as_str());
                let title = title.unwrap_or_default();
                let reason = format!("the plan {title:?} shows it with /_outside, none without");
                Why::NeedsAdmin { reason }
            }
            None => Why::NeverShows,
        }
    }
}

/// Whether a step of a shortest plan is neither an operation nor a wait.
fn is_outside(step: &str) -> bool {
    let services = [Service::Kms, Service::CloudHsm];
    let mut services = services.into_iter();
    step != "wait" && services.all(|service| catalog::operation(service, step).is_none())
}
