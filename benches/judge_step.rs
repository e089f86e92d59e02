//! How long does the judge take for one exchange, CreateKey and DescribeKey?

use criterion::{BatchSize, Criterion};
use kms_conformance_benches::steps::Exchanged;
use kms_conformance_benches::{Failure, account, standing_emulator};
use kms_conformance_model::{Belief, Verdict};
use serde_json::json;
use std::hint::black_box;

fn main() -> Result<(), Failure> {
    let mut criterion = Criterion::default().configure_from_args();
    let mut belief = Belief::certain(account());
    let emulator = standing_emulator();
    let create = Exchanged::with(&emulator, "CreateKey", json!({}))?;
    bench(&mut criterion, "CreateKey", &create, &mut belief);
    let key = create.response()?.pointer("/KeyMetadata/KeyId");
    let describe = Exchanged::with(&emulator, "DescribeKey", json!({ "KeyId": key }))?;
    bench(&mut criterion, "DescribeKey", &describe, &mut belief);
    criterion.final_summary();
    Ok(())
}

/// Benches one judgement from `belief`, which then holds what came of it.
fn bench(criterion: &mut Criterion, name: &str, exchanged: &Exchanged, belief: &mut Belief) {
    criterion.bench_function(&format!("judge_step/{name}"), |bencher| {
        bencher.iter_batched_ref(
            || belief.clone(),
            |belief| black_box(exchanged).judge(belief),
            BatchSize::SmallInput,
        );
    });
    let verdict = exchanged.judge(belief);
    assert!(matches!(verdict, Verdict::Conforms(_)), "{verdict:?}");
}
