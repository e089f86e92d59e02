//! The plans that are kept: small ones that once showed a fault. Each must conform on the emulator as
//! it is, and show its fault again where that is switched on.
//!
//! [`renew`] writes those that show planted faults, and [`renew_from_report`] those that a report
//! about another emulator holds.

use crate::snapshots::top;
use kms_conformance::finding::Finding;
use kms_conformance::generate::{Generated, Plans, Wishes, private_emulator, scenario};
use kms_conformance::grade::{Fault, faults};
use kms_conformance::plan::Plan;
use kms_conformance::player::{Played, Playing, play};
use kms_conformance::redact;
use kms_conformance::session::{Identity, Timing};
use kms_conformance::shrink::{Budget, Shrinker};
use kms_conformance_model::{RuleKind, Sabotage, Switches};
use kms_conformance_targets::InProcess;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A kept plan, and what it was found with.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    schema: u32,
    /// The rule that was switched off when it was found, as `serve --disable OPERATION/RULE` does.
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<Planted>,
    /// The target that diverged, where it was not this project's emulator.
    #[serde(skip_serializing_if = "Option::is_none")]
    found_on: Option<String>,
    plan: Plan,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Planted {
    operation: String,
    rule: String,
}

fn identity() -> Identity {
    Identity {
        account: "123456789012".to_owned(),
        region: "us-east-1".to_owned(),
        salt: "kept".to_owned(),
    }
}

fn playing<'t>(target: &'t InProcess, identity: &Identity) -> Playing<'t> {
    Playing {
        timing: Timing::Still,
        ..Playing::new(target, identity)
    }
}

async fn played(plan: &Plan, switches: &Switches) -> Played {
    let identity = identity();
    let emulator = private_emulator(&identity, switches);
    play(plan, &playing(&emulator, &identity)).await.unwrap()
}

fn without(operation: &str, rule: &str) -> Switches {
    let mut switches = Switches::none();
    switches.break_rule(Some(operation), rule, Sabotage::Off);
    switches
}

fn folder() -> PathBuf {
    top().join("snapshots/plans")
}

fn kept() -> Vec<(String, Kept)> {
    let files = fs::read_dir(folder()).unwrap();
    let mut kept: Vec<(String, Kept)> = files
        .map(|file| file.unwrap().path())
        .map(|path| {
            // Whatever is kept can also be given to `replay`.
            Plan::read(&path).unwrap();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).unwrap();
            let kept = serde_json::from_str(&text);
            (
                name.clone(),
                kept.unwrap_or_else(|why| panic!("{name}: {why}")),
            )
        })
        .collect();
    kept.sort_by(|(one, _), (other, _)| one.cmp(other));
    kept
}

#[tokio::test]
async fn every_kept_plan_conforms_on_the_emulator_as_it_is() {
    for (name, kept) in kept() {
        let played = played(&kept.plan, &Switches::none()).await;
        assert!(played.seen.is_empty(), "{name}: {:#?}", played.seen);
        let judged = |label: &str| {
            played
                .unknown
                .keys()
                .any(|(operation, _)| operation == label)
        };
        let fault = kept.fault.map(|fault| fault.operation);
        assert!(
            !fault.is_some_and(|label| judged(&label)),
            "{name} judges nothing"
        );
    }
}

#[tokio::test]
async fn every_kept_plan_shows_the_fault_that_it_was_found_with() {
    let mut rules = BTreeSet::new();
    for (name, kept) in kept() {
        let Some(Planted { operation, rule }) = kept.fault else {
            assert!(
                kept.found_on.is_some(),
                "{name} does not say where it is from"
            );
            continue;
        };
        let played = played(&kept.plan, &without(&operation, &rule)).await;
        let named = played
            .seen
            .iter()
            .any(|seen| seen.divergence.rules.iter().any(|card| card.id == rule));
        assert!(
            named,
            "{name} does not show {operation}/{rule}: {:#?}",
            played.seen
        );
        rules.insert(rule);
    }
    assert!(rules.len() >= 40, "only {} rules have a plan", rules.len());
}

/// The passwords and plaintexts in plans were made up by the generator.
#[test]
fn kept_plans_hold_no_secret_that_was_not_made_up() {
    for (name, kept) in kept() {
        let mut found = BTreeSet::new();
        let plan = serde_json::to_value(&kept.plan).unwrap();
        secrets(&plan, &redact::value(&plan), &mut found);
        for secret in found {
            assert!(MADE_UP.contains(&secret.as_str()), "{name} holds {secret}");
        }
    }
}

/// What the generator writes into secret members.
const MADE_UP: &[&str] = &["kmsPswd1", "kmsPswd2", "ABCDEFGHIJKLMNOPQRST", "s"];

/// The texts that redaction would hide.
fn secrets(plan: &Value, redacted: &Value, found: &mut BTreeSet<String>) {
    match (plan, redacted) {
        (Value::Object(members), Value::Object(shown)) => {
            for (name, member) in members {
                secrets(member, &shown[name], found);
            }
        }
        (Value::Array(entries), Value::Array(shown)) => {
            for (entry, shown) in entries.iter().zip(shown) {
                secrets(entry, shown, found);
            }
        }
        _ if plan != redacted => texts(plan, found),
        _ => {}
    }
}

fn texts(document: &Value, found: &mut BTreeSet<String>) {
    match document {
        Value::Object(members) => members.values().for_each(|member| texts(member, found)),
        Value::Array(entries) => entries.iter().for_each(|entry| texts(entry, found)),
        Value::String(text) => {
            found.insert(text.clone());
        }
        _ => {}
    }
}

/// How many faults of each kind of rule are shown for an operation: more where keys and key stores
/// come into being.
fn of_a_kind(operation: &str) -> usize {
    match operation {
        "CreateKey" | "DescribeKey" | "CreateCustomKeyStore" | "ConnectCustomKeyStore" => 12,
        _ => 1,
    }
}

/// How many plans are tried for one fault.
const TRIES: usize = 8;

/// Writes a plan for some faults of each operation. A file that is there already stays as it is.
#[tokio::test]
#[ignore = "writes snapshots/plans"]
async fn renew() {
    fs::create_dir_all(folder()).unwrap();
    let pool = pool();
    let mut shown: BTreeMap<(&str, bool), usize> = BTreeMap::new();
    for fault in faults().iter().filter(|fault| is_of_its_own(fault)) {
        let kind = (fault.operation, fault.kind == RuleKind::Promise);
        if shown
            .get(&kind)
            .is_some_and(|count| *count >= of_a_kind(fault.operation))
        {
            continue;
        }
        let path = folder().join(file_name(fault.operation, fault.card.id));
        if !path.exists() {
            let Some(plan) = smallest(fault, &pool).await else {
                continue;
            };
            let planted = Planted {
                operation: fault.operation.to_owned(),
                rule: fault.card.id.to_owned(),
            };
            write(&path, Some(planted), None, plan);
        }
        *shown.entry(kind).or_default() += 1;
    }
}

/// What every operation checks in the same way needs a plan in one of them only.
fn is_of_its_own(fault: &Fault) -> bool {
    let common = ["VAL-", "WIRE-", "KID-"];
    let id = fault.card.id;
    fault.operation == "DescribeKey" || !common.iter().any(|family| id.starts_with(family))
}

/// Plans with what happened when nothing was broken, the shortest first.
fn pool() -> Vec<Generated> {
    let identity = identity();
    let mut pool: Vec<Generated> = (0..)
        .map_while(|number| scenario(number, &identity))
        .collect();
    let wishes = Wishes {
        outside: true,
        ..Wishes::default()
    };
    pool.extend(Plans::of(&wishes, &identity).from_seed(1).take(150));
    pool.sort_by_key(|generated| generated.plan.steps.len());
    pool
}

/// The smallest plan that shows a fault and blames it first.
async fn smallest(fault: &Fault, pool: &[Generated]) -> Option<Plan> {
    let identity = identity();
    let emulator = private_emulator(&identity, &without(fault.operation, fault.card.id));
    let playing = playing(&emulator, &identity);
    let fires = |generated: &&Generated| {
        let mut operations = generated.played.coverage.operations();
        operations.any(|(label, entry)| {
            let count = entry.rules.get(fault.card.id);
            label == fault.operation && count.is_some_and(|count| count.fired > 0)
        })
    };
    for generated in pool.iter().filter(fires).take(TRIES) {
        let played = play(&generated.plan, &playing).await.ok()?;
        let mut seen = played.seen.iter();
        let seen = seen.find(|seen| seen.divergence.rules.first() == Some(&fault.card));
        let Some(seen) = seen else { continue };
        let budget = Budget {
            confirmations: 3,
            patience: 60,
            calls: 2_000,
            time: Duration::from_secs(60),
        };
        let shrinker = Shrinker::new(seen, &played, budget, &playing);
        let shrunk = shrinker.shrink(&generated.plan).await;
        if let Ok(shrunk) = shrunk {
            return Some(shrunk.plan);
        }
    }
    None
}

/// Writes a plan for each rule that the report in the directory `KMS_CONFORMANCE_REPORT` says to be
/// broken; `KMS_CONFORMANCE_FOUND_ON` names the target.
#[tokio::test]
#[ignore = "writes snapshots/plans"]
async fn renew_from_report() {
    let dir = PathBuf::from(std::env::var_os("KMS_CONFORMANCE_REPORT").unwrap());
    let target = std::env::var("KMS_CONFORMANCE_FOUND_ON").unwrap();
    let short = target.split(' ').next().unwrap().to_owned();
    let mut files: Vec<PathBuf> = fs::read_dir(dir.join("findings"))
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "json"))
        .collect();
    files.sort();
    let mut rules = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let finding: Finding = serde_json::from_str(&text).unwrap();
        let id = finding
            .rule()
            .map(|card| card.id.clone())
            .unwrap_or_default();
        let plan = Plan::read(&file).unwrap();
        let conforms = played(&plan, &Switches::none()).await.seen.is_empty();
        if conforms && plan.steps.len() <= 12 && rules.insert(id.clone()) {
            let name = format!("{short}-{}", file_name(&finding.operation, &id));
            write(&folder().join(name), None, Some(target.clone()), plan);
        }
    }
}

fn file_name(operation: &str, rule: &str) -> String {
    let operation = operation.replace(['(', ')'], "").replace(['/', ' '], "-");
    format!("{operation}-{rule}.json")
}

fn write(path: &Path, fault: Option<Planted>, found_on: Option<String>, plan: Plan) {
    let kept = Kept {
        schema: 1,
        fault,
        found_on,
        plan,
    };
    let text = serde_json::to_string_pretty(&kept).unwrap();
    fs::write(path, text + "\n").unwrap();
}
