//! Private emulators to replay plans on.

use super::{Ingredient, Neighbour};
use crate::faults::{Faulty, Planted};
use crate::generate::at_once;
use crate::plan::Plan;
use crate::player::{Playing, play};
use crate::session::Identity;
use kms_conformance_model::drift::Latency;
use kms_conformance_model::{Sabotage, Switches};
use kms_conformance_targets::{Config, Emulator, Shared, Target};
use std::collections::BTreeSet;

/// How a private emulator is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// As that of a soup: another client has used it, and nobody resets it or acts on its environment.
    Shared,
    /// The same, with as many clusters and key stores as an account may have.
    Crowded,
    /// It is emptied first, and its clock and environment are at hand.
    Exclusive,
}

/// The fingerprints of what a plan finds on a private emulator with these faults and no others.
pub(super) fn showings(
    plan: &Plan,
    faults: &[&Ingredient],
    access: Access,
    identity: &Identity,
) -> BTreeSet<String> {
    let emulator = emulator(faults, identity);
    match access {
        Access::Exclusive => played(plan, &emulator, identity),
        Access::Shared | Access::Crowded => {
            let mut neighbour = Neighbour::new(&emulator, "neighbour");
            at_once(neighbour.round());
            if access == Access::Crowded {
                at_once(neighbour.crowd());
            }
            played(plan, &Shared(emulator), identity)
        }
    }
}

fn played(plan: &Plan, target: &dyn Target, identity: &Identity) -> BTreeSet<String> {
    let played = at_once(play(plan, &Playing::new(target, identity)));
    let seen = played.and_then(Result::ok).map(|played| played.seen);
    let seen = seen.iter().flatten();
    seen.map(|seen| seen.fingerprint()).collect()
}

/// The emulator of a soup, in process: things that take AWS minutes happen at once.
fn emulator(faults: &[&Ingredient], identity: &Identity) -> Faulty {
    let mut switches = Switches::none();
    let mut semantic = Vec::new();
    for fault in faults {
        match fault {
            Ingredient::Fault(fault) => semantic.push(*fault),
            Ingredient::Rule(rule) => {
                switches.break_rule(Some(rule.operation), rule.card.id, Sabotage::Off);
            }
        }
    }
    let emulator = Emulator::new(Config {
        account: identity.account.clone(),
        region: identity.region.clone(),
        latency: Latency::Instant,
        switches,
        ..Config::default()
    });
    Faulty::of("a private emulator", emulator, Planted::always(semantic))
}
