//! Generating plans: [`Plans`] is the strategy that draws them.

mod attached;
mod bodies;
mod bodies_made;
mod bodies_of_grants;
mod calls;
mod classes;
mod contexts;
mod cuts;
mod dice;
mod draft;
mod extras;
mod faults;
mod footing;
mod key_names;
mod on_aws;
mod outside;
mod pieces;
mod plan_tree;
mod planner;
mod plans;
mod probe;
mod ready;
mod ready_imports;
mod request_classes;
mod scalars;
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
mod walk;
mod without_clusters;

pub(crate) use attached::attached;
pub(crate) use dice::Dice;
pub(crate) use draft::at_once;
pub(crate) use footing::{Footing, footing};
pub(crate) use on_aws::tagged;
pub use plan_tree::PlanTree;
pub(crate) use planner::Planner;
pub use plans::{Plans, plans};
pub(crate) use probe::probe;
pub use scenarios::scenario;
pub(crate) use without_clusters::without_clusters;

use crate::plan::{Abilities, Act, Plan};
use crate::player::Played;
use crate::session::Identity;
use kms_conformance_model::drift::Latency;
use kms_conformance_model::{AnyOperation, Service, Switches};
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

impl Wishes {
    /// Whether every operation is wanted that the target has.
    fn is_about_everything(&self) -> bool {
        self.operations.is_empty() && !self.key_stores
    }

    /// What the target can do.
    pub(crate) const fn abilities(&self) -> Abilities<'_> {
        Abilities {
            environment: self.outside,
            unsupported: &self.unsupported,
        }
    }
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
