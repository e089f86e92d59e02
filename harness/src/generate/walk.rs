//! A plan that is drawn step by step: a walk through what an account may become, with an eye on rules that
//! nothing has tried yet.

use super::calls::call;
use super::dice::Dice;
use super::draft::Draft;
use super::{Generated, Wishes, emulator_for, is_wanted, outside, raw_requests, scenes};
use crate::plan::Act;
use crate::player::Played;
use crate::session::Identity;
use kms_conformance_model::{AnyOperation, Service, catalog};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

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

/// A plan that aims at a rule that nothing has tried yet, if one of a few draws does. It has so many
/// `steps` before it looks at what it made.
pub(super) fn plan(
    dice: &mut Dice,
    wishes: &Wishes,
    identity: &Identity,
    steps: &RangeInclusive<usize>,
) -> Option<Generated> {
    let mut best = draw(dice, wishes, identity, steps)?;
    let tries = if wishes.starved.is_empty() { 1 } else { TRIES };
    for _ in 1..tries {
        if hits(&best.played, &wishes.starved) > 0 {
            break;
        }
        let other = draw(dice, wishes, identity, steps)?;
        if hits(&other.played, &wishes.starved) > 0 {
            best = other;
        }
    }
    Some(best)
}

fn draw(
    dice: &mut Dice,
    wishes: &Wishes,
    identity: &Identity,
    steps: &RangeInclusive<usize>,
) -> Option<Generated> {
    let emulator = emulator_for(wishes, identity);
    let mut draft = Draft::begin(&emulator, identity)?;
    begin(dice, &mut draft, wishes);
    let operations = swarm(dice, wishes);
    let (least, most) = (*steps.start(), *steps.end());
    let drawn = least + dice.below(most.saturating_sub(least) + 1);
    // What the plan begins with is no reason to ask for nothing else.
    let length = drawn.max(draft.len() + least);
    while draft.len() < length && !operations.is_empty() {
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
            12 if wishes.is_about_everything() => {
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
