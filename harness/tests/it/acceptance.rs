//! How many of the random calls of each operation a correct target accepts, where no environment actions
//! are possible.

use kms_conformance::generate::{Plans, Wishes, scenario};
use kms_conformance::session::Identity;
use serde_json::Value;
use std::collections::BTreeMap;

/// Operations that never or seldom succeed without environment actions, and why.
const OUT_OF_REACH: &[(&str, &str)] = &[
    ("CopyBackupToRegion", NO_BACKUP),
    ("CreateHsm", NEW_CLUSTER),
    ("DeleteBackup", NO_BACKUP),
    ("DeleteHsm", NEW_CLUSTER),
    ("DeleteResourcePolicy", NO_BACKUP),
    ("GetResourcePolicy", NO_BACKUP),
    ("InitializeCluster", NEW_CLUSTER),
    ("ModifyBackupAttributes", NO_BACKUP),
    ("PutResourcePolicy", NO_BACKUP),
    ("RestoreBackup", NO_BACKUP),
    ("UpdatePrimaryRegion", NEW_REPLICA),
];

const NO_BACKUP: &str = "a backup comes of an HSM, and an HSM takes time to come";
const NEW_REPLICA: &str = "a new replica key takes time until it can become the primary one";
const NEW_CLUSTER: &str = "a new cluster takes time until it is more than being created";

/// The calls of each operation by its label: how many there were, and how many succeeded.
fn counts(plans: u64) -> BTreeMap<String, (u32, u32)> {
    let wishes = Wishes::default();
    let mut counts: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    for seed in 0..plans {
        let identity = Identity {
            account: "123456789012".to_owned(),
            region: "us-east-1".to_owned(),
            salt: format!("{seed:08x}"),
        };
        let generated = Plans::of(&wishes, &identity)
            .from_seed(seed)
            .next()
            .unwrap();
        assert!(
            generated.played.seen.is_empty(),
            "{:#?}",
            generated.played.seen
        );
        for line in &generated.played.transcript {
            let step = &generated.plan.steps[line.step];
            let Some(operation) = step.in_catalogue() else {
                continue;
            };
            let label = operation.label();
            let (calls, accepted) = counts.entry(label.to_owned()).or_default();
            *calls += 1;
            *accepted += u32::from(!is_refusal(&line.reply));
        }
    }
    counts
}

fn is_refusal(reply: &Value) -> bool {
    reply.get("__type").is_some() || reply.get("lost").is_some()
}

fn share((calls, accepted): (u32, u32)) -> f64 {
    100.0 * f64::from(accepted) / f64::from(calls.max(1))
}

#[test]
fn half_of_the_random_calls_of_every_operation_are_accepted() {
    let counts = counts(300);
    let mut low = Vec::new();
    for (label, count) in &counts {
        let reason = OUT_OF_REACH.iter().find(|(name, _)| name == label);
        let why = reason.map(|(_, why)| *why).unwrap_or_default();
        let (calls, accepted) = *count;
        println!(
            "{label:40} {calls:5} {accepted:5} {:5.1} % {why}",
            share(*count)
        );
        if reason.is_none() && share(*count) < 50.0 {
            low.push(format!("{label}: {:.1} % of {calls}", share(*count)));
        }
    }
    let all = counts
        .values()
        .fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
    println!("all: {} calls, {:.1} % accepted", all.0, share(all));
    assert!(low.is_empty(), "too few are accepted: {low:#?}");
}

#[test]
fn every_directed_plan_conforms() {
    let identity = Identity {
        account: "123456789012".to_owned(),
        region: "us-east-1".to_owned(),
        salt: "0".to_owned(),
    };
    for generated in (0..).map_while(|number| scenario(number, &identity)) {
        let seen = &generated.played.seen;
        assert!(seen.is_empty(), "{}: {seen:#?}", generated.plan.title);
    }
}
