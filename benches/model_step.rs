//! How long does the model take to answer one request, without cryptography, chance or a wire format?

use criterion::{BatchSize, Criterion};
use kms_conformance_benches::steps::answered;
use kms_conformance_benches::{Counting, Failure, account};
use serde_json::{Value, json};
use std::hint::black_box;

/// Keys in the account.
const KEYS: usize = 1_000;

fn main() -> Result<(), Failure> {
    let mut criterion = Criterion::default().configure_from_args();
    let mut state = account();
    let mut source = Counting::default();
    let mut made = Value::Null;
    for _ in 0..KEYS {
        made = answered(&mut state, &mut source, "CreateKey", &json!({}))?;
    }
    let key = made.pointer("/KeyMetadata/KeyId");
    for (name, body) in [
        ("CreateKey", json!({})),
        ("DescribeKey", json!({ "KeyId": key })),
        ("Encrypt", json!({"KeyId": key, "Plaintext": "c2VjcmV0"})),
        ("ListKeys", json!({"Limit": 100})),
    ] {
        answered(&mut state.clone(), &mut source, name, &body)?;
        criterion.bench_function(&format!("model_step/{name}"), |bencher| {
            bencher.iter_batched_ref(
                || state.clone(),
                |state| answered(state, &mut source, name, black_box(&body)),
                BatchSize::SmallInput,
            );
        });
    }
    criterion.final_summary();
    Ok(())
}
