//! Generating plans: a walk through what an account may become, with an eye on rules that nothing
//! has tried yet.

mod attached;
mod bodies;
mod bodies_made;
mod bodies_of_grants;
mod calls;
mod classes;
mod contexts;
mod dice;
mod draft;
mod extras;
mod faults;
mod footing;
mod key_names;
mod on_aws;
mod outside;
mod pieces;
mod planner;
mod probe;
mod ready;
mod ready_imports;
mod request_classes;
mod scenarios;
mod scenarios_clusters;
mod scenarios_cryptography;
mod scenarios_grants;
mod scenarios_import;
mod scenarios_keys;
mod scenarios_neighbours;
mod scenarios_proxies;
mod scenarios_regions;
mod scenarios_relations;
mod scenarios_results;
mod scenarios_rotation;
mod scenarios_states;
mod scenarios_stores;
mod scenes;
mod subjects;
mod sweeps;
mod sweeps_of_ciphertexts;
mod sweeps_of_lists;
mod sweeps_of_names;
mod sweeps_of_plans;
mod sweeps_of_specs;
mod sweeps_of_states;
mod values;
mod variations_clusters;
mod variations_stores;
mod without_clusters;

pub(crate) use attached::attached;
pub(crate) use dice::Dice;
pub(crate) use draft::at_once;
pub(crate) use footing::{Footing, footing};
pub(crate) use on_aws::tagged;
pub(crate) use planner::Planner;
pub use scenarios::scenario;
pub(crate) use without_clusters::without_clusters;

use crate::plan::{Act, Plan};
use crate::player::Played;
use crate::session::Identity;
use calls::call;
use draft::Draft;
use kms_conformance_model::drift::Latency;
use kms_conformance_model::{AnyOperation, Service, Switches, catalog};
use kms_conformance_targets::{Clock, Config, Emulator, InProcess};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What to generate.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// Only these operations, by name; all where it is empty.
    pub operations: BTreeSet<String>,
    /// Whether to draw only operations around custom key stores.
    pub key_stores: bool,
    /// Operations that the target does not implement, by label.
    pub unsupported: BTreeSet<String>,
    /// Whether the target offers outside actions.
    pub outside: bool,
    /// Rules to aim at, by operation and id.
    pub starved: BTreeSet<(String, String)>,
}

/// A plan, and what happened when it was tried on the private emulator.
#[derive(Clone, Debug)]
pub struct Generated {
    /// The plan.
    pub plan: Plan,
    /// What the reference emulator did.
    pub played: Played,
    /// What its steps try, where it was made for a target of which only the endpoint is known.
    pub(crate) tried: Vec<draft::Tried>,
}

/// Makes plans.
pub struct Generator {
    dice: Dice,
    identity: Identity,
}

/// The most steps that a plan has before it looks around.
const LONGEST: usize = 60;

/// How long plans wait, in seconds, and how often: from less than anything takes to beyond every
/// waiting period.
const SPANS: &[(i64, usize)] = &[
    (20, 3),
    (300, 4),
    (1_800, 6),
    (7_200, 2),
    (8 * 86_400, 1),
    (32 * 86_400, 1),
    (400 * 86_400, 1),
];

/// How many plans are drawn to find one that aims at starved rules.
const TRIES: usize = 6;

impl Generator {
    /// A generator that makes the same plans for the same seed and wishes.
    pub fn new(seed: u64, identity: &Identity) -> Generator {
        Generator {
            dice: Dice::new(seed),
            identity: identity.clone(),
        }
    }

    /// A plan that aims at a rule that nothing has tried yet, if one of a few draws does.
    pub fn plan(&mut self, wishes: &Wishes) -> Option<Generated> {
        let mut best = self.draw(wishes)?;
        let tries = if wishes.starved.is_empty() { 1 } else { TRIES };
        for _ in 1..tries {
            if hits(&best.played, &wishes.starved) > 0 {
                break;
            }
            let other = self.draw(wishes)?;
            if hits(&other.played, &wishes.starved) > 0 {
                best = other;
            }
        }
        Some(best)
    }

    fn draw(&mut self, wishes: &Wishes) -> Option<Generated> {
        let emulator = emulator_for(wishes, &self.identity);
        let mut draft = Draft::begin(&emulator, &self.identity)?;
        let dice = &mut self.dice;
        begin(dice, &mut draft, wishes);
        let operations = swarm(dice, wishes);
        let length = draft.len() + 5 + dice.below(LONGEST.saturating_sub(draft.len()).max(6));
        while draft.len() < length {
            match dice.below(100) {
                0..=5 if wishes.outside => {
                    if let Some(action) = outside::action(dice, &draft) {
                        draft.outside(action);
                    }
                }
                6..=11 if wishes.outside => {
                    let span = dice.weighted(SPANS);
                    draft.wait(span.copied().unwrap_or(300));
                }
                12 => {
                    draft.push(raw(dice));
                }
                13..=18 => {
                    let number = dice.below(2);
                    draft.elsewhere(number, |draft| call(dice, draft, &operations, wishes));
                }
                _ => call(dice, &mut draft, &operations, wishes),
            }
        }
        if !wishes.outside {
            scenes::look_at_clusters(&mut draft);
        }
        scenes::look_around(&mut draft);
        Some(draft.generated(""))
    }
}

/// An emulator for plans to be tried on, whose clock moves only when a plan says so.
pub fn private_emulator(identity: &Identity, switches: &Switches) -> InProcess {
    InProcess::new(Arc::new(emulator(identity, switches, Some(0))))
}

/// The same as a target of which only the endpoint is known.
pub(crate) fn private_emulator_without_environment(
    identity: &Identity,
    switches: &Switches,
) -> InProcess {
    InProcess::without_environment(Arc::new(emulator(identity, switches, Some(0))))
}

/// The private emulator that can do what the target of these plans can.
fn emulator_for(wishes: &Wishes, identity: &Identity) -> InProcess {
    match wishes.outside {
        true => private_emulator(identity, &Switches::none()),
        false => private_emulator_without_environment(identity, &Switches::none()),
    }
}

/// The same, for those who do more with it than send requests, with ids drawn from this number or
/// by chance.
pub(crate) fn emulator(identity: &Identity, switches: &Switches, ids: Option<u64>) -> Emulator {
    Emulator::new(Config {
        account: identity.account.clone(),
        region: identity.region.clone(),
        latency: Latency::Aws,
        switches: switches.clone(),
        clock: Clock::Fixed(1_800_000_000_000),
        ids,
        ..Config::default()
    })
}

fn begin(dice: &mut Dice, draft: &mut Draft<'_>, wishes: &Wishes) {
    let supported = |name: &str| !wishes.unsupported.contains(name);
    if !wishes.outside || !supported("CreateHsm") {
        return;
    }
    match dice.below(100) {
        0..=34 if supported("CreateCustomKeyStore") => {
            let (store, _) = scenes::connected_store(draft, "store-0");
            scenes::key_in_store(draft, &store);
        }
        35..=49 if supported("CreateCustomKeyStore") => {
            scenes::key_store(draft, "store-0");
        }
        50..=57 => {
            scenes::ready_cluster(draft);
        }
        58..=62 => {
            scenes::uninitialised_cluster(draft);
        }
        _ => {}
    }
}

/// A random part of the operations, so that plans differ in kind and not only in detail.
fn swarm(dice: &mut Dice, wishes: &Wishes) -> Vec<(&'static dyn AnyOperation, usize)> {
    let all = catalog::operations().filter(|operation| is_wanted(*operation, wishes));
    let all: Vec<_> = all.collect();
    let mut chosen: Vec<_> = all
        .iter()
        .filter(|_| dice.chance(65))
        .map(|operation| (*operation, weight(*operation)))
        .collect();
    if chosen.is_empty() {
        chosen = all
            .iter()
            .map(|operation| (*operation, weight(*operation)))
            .collect();
    }
    chosen
}

fn is_wanted(operation: &dyn AnyOperation, wishes: &Wishes) -> bool {
    let name = operation.name();
    !wishes.unsupported.contains(operation.label())
        && (wishes.operations.is_empty() || wishes.operations.contains(name))
        && (!wishes.key_stores || is_about_key_stores(operation))
}

pub(crate) fn is_about_key_stores(operation: &dyn AnyOperation) -> bool {
    let name = operation.name();
    operation.service() == Service::CloudHsm
        || name.contains("CustomKeyStore")
        || matches!(
            name,
            "CreateKey" | "DescribeKey" | "Encrypt" | "Decrypt" | "GenerateRandom"
        )
        || matches!(
            name,
            "ScheduleKeyDeletion" | "CancelKeyDeletion" | "ListKeys"
        )
}

fn weight(operation: &dyn AnyOperation) -> usize {
    match (operation.service(), operation.name()) {
        (Service::Kms, "CreateKey") => 12,
        (Service::Kms, "Encrypt" | "Decrypt" | "DescribeKey" | "CreateCustomKeyStore") => 6,
        (
            Service::Kms,
            "GenerateDataKey"
            | "ReEncrypt"
            | "CreateAlias"
            | "CreateGrant"
            | "UpdateCustomKeyStore",
        ) => 4,
        (Service::Kms, name) if name.ends_with("CustomKeyStore") => 4,
        (Service::Kms, name) if name.starts_with("List") || name.ends_with("KeyStores") => 3,
        (Service::CloudHsm, "CreateCluster" | "DeleteCluster") => 1,
        (Service::CloudHsm, _) => 2,
        _ => 3,
    }
}

/// A request that no operation ever sees.
fn raw(dice: &mut Dice) -> Act {
    let mut acts = raw_requests();
    // The long one costs more than it teaches.
    if !dice.chance(5) {
        acts.pop();
    }
    let place = dice.below(acts.len());
    acts.swap_remove(place)
}

/// Every kind of request that no operation ever sees, the longest last.
fn raw_requests() -> Vec<Act> {
    let act = |target: Option<&str>, body: &str, times| Act::Raw {
        target: target.map(str::to_owned),
        body: body.to_owned(),
        times,
    };
    vec![
        act(None, "{}", 1),
        act(Some("TrentService.NoSuchOperation"), "{}", 1),
        act(Some("TrentService.ListKeys"), "{\"Limit\": ", 1),
        act(Some("BaldrApiService.DescribeClusters"), "[1, 2]", 1),
        act(Some("NoSuchService.ListKeys"), "{}", 1),
        act(Some("TrentService.ListKeys"), "          ", 200_000),
    ]
}

/// How many of the rules a plan tried.
fn hits(played: &Played, rules: &BTreeSet<(String, String)>) -> usize {
    played
        .coverage
        .operations()
        .flat_map(|(label, entry)| {
            let tried = entry.rules.iter().filter(|(_, count)| count.fired > 0);
            tried.map(move |(id, _)| (label.to_owned(), id.clone()))
        })
        .filter(|rule| rules.contains(rule))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_plans() {
        let identity = Identity {
            account: "123456789012".to_owned(),
            region: "us-east-1".to_owned(),
            salt: "0".to_owned(),
        };
        for (seed, outside) in (0..40).zip([true, false].into_iter().cycle()) {
            let wishes = Wishes {
                outside,
                ..Wishes::default()
            };
            let plan = || {
                let generated = Generator::new(seed, &identity).plan(&wishes);
                generated.unwrap().plan
            };
            assert_eq!(plan(), plan(), "seed {seed}");
        }
    }
}
