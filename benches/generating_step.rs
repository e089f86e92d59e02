//! How long does it take to generate a plan, and to play it in process and judge it? Divided by the
//! steps of the plan, as the throughput tells it.

use criterion::{Criterion, Throughput};
use kms_conformance::generate::{Plans, Wishes, private_emulator};
use kms_conformance::player::{Playing, play};
use kms_conformance::session::Timing;
use kms_conformance_benches::{Failure, identity};
use kms_conformance_model::Switches;
use std::hint::black_box;
use tokio::runtime::Builder;

/// A seed whose plan has about as many steps as most have.
const SEED: u64 = 1;

fn main() -> Result<(), Failure> {
    let mut criterion = Criterion::default().configure_from_args();
    let identity = identity();
    let wishes = Wishes {
        outside: true,
        ..Wishes::default()
    };
    let generate = || {
        Plans::of(black_box(&wishes), &identity)
            .from_seed(SEED)
            .next()
    };
    let plan = generate().ok_or("no plan was generated")?.plan;
    let emulator = private_emulator(&identity, &Switches::none());
    let playing = Playing {
        timing: Timing::Still,
        ..Playing::new(&emulator, &identity)
    };
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let mut group = criterion.benchmark_group("generating_step");
    group.throughput(Throughput::Elements(u64::try_from(plan.steps.len())?));
    group.bench_function("generate", |bencher| bencher.iter(generate));
    group.bench_function("play_and_judge", |bencher| {
        bencher.iter(|| runtime.block_on(play(&plan, &playing)));
    });
    group.finish();
    criterion.final_summary();
    Ok(())
}
