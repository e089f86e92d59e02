//! How long does the emulator take for CreateKey without a socket, plain and in a key store?

use criterion::Criterion;
use kms_conformance_benches::{Failure, key_store};
use kms_conformance_model::Service;
use kms_conformance_targets::{Config, Emulator, Request};
use serde_json::{Value, json};
use std::hint::black_box;

fn main() -> Result<(), Failure> {
    let mut criterion = Criterion::default().configure_from_args();
    let plain = Emulator::new(Config::default());
    bench(&mut criterion, "plain", &plain, &json!({}));
    let with_store = Emulator::new(Config::default());
    let store = key_store(&with_store)?;
    let body = json!({"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": store});
    bench(&mut criterion, "in_a_key_store", &with_store, &body);
    criterion.final_summary();
    Ok(())
}

/// The account fills up meanwhile, as it does in a long check.
fn bench(criterion: &mut Criterion, name: &str, emulator: &Emulator, body: &Value) {
    let request = Request::new(Service::Kms, "CreateKey", body);
    assert_eq!(emulator.handle(&request).status, 200, "{body} is refused");
    criterion.bench_function(&format!("create_key_in_process/{name}"), |bencher| {
        bencher.iter(|| emulator.handle(black_box(&request)));
    });
}
