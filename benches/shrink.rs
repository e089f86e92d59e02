//! How long does it take to make a finding small? A rule is switched off in the emulator, a generated
//! plan shows it, and the whole way from there to the smallest plan is measured.

use criterion::Criterion;
use kms_conformance::generate::{Plans, Wishes, private_emulator};
use kms_conformance::player::{Playing, play};
use kms_conformance::session::Timing;
use kms_conformance::shrink::{Budget, Shrinker};
use kms_conformance_benches::{Failure, identity};
use kms_conformance_model::{Sabotage, Switches};
use std::time::Duration;
use tokio::runtime::Builder;

/// The rule, and its operation: a key in a key store needs two active HSMs.
const OPERATION: &str = "CreateKey";
const RULE: &str = "CK-36";

/// How many plans are drawn to find one that shows it.
const TRIES: usize = 300;

const BUDGET: Budget = Budget {
    confirmations: 3,
    patience: 60,
    calls: 500,
    time: Duration::from_secs(60),
};

fn main() -> Result<(), Failure> {
    let mut criterion = Criterion::default().configure_from_args().sample_size(10);
    let identity = identity();
    let mut without = Switches::none();
    without.break_rule(Some(OPERATION), RULE, Sabotage::Off);
    let emulator = private_emulator(&identity, &without);
    let playing = Playing {
        timing: Timing::Still,
        ..Playing::new(&emulator, &identity)
    };
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let wishes = Wishes {
        key_stores: true,
        outside: true,
        ..Wishes::default()
    };
    let strategy = Plans::of(&wishes, &identity);
    let mut plans = strategy.from_seed(1).take(TRIES);
    let drawn = plans.find_map(|drawn| {
        let plan = drawn.plan;
        let played = runtime.block_on(play(&plan, &playing)).ok()?;
        let mut seen = played.seen.iter().cloned();
        let seen = seen.find(|seen| seen.divergence.rules.iter().any(|rule| rule.id == RULE))?;
        Some((plan, played, seen))
    });
    let (plan, played, seen) = drawn.ok_or("no plan that was drawn shows the rule")?;
    let shrink = || runtime.block_on(Shrinker::new(&seen, &played, BUDGET, &playing).shrink(&plan));
    let shrunk = shrink().map_err(|_| "the finding does not show again")?;
    let (before, after) = (plan.steps.len(), shrunk.plan.steps.len());
    criterion.bench_function(&format!("shrink/{before}_steps_to_{after}"), |bencher| {
        bencher.iter(shrink);
    });
    criterion.final_summary();
    Ok(())
}
