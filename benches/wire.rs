//! How long does it take to write and to read requests and answers of AWS JSON 1.1?

use criterion::Criterion;
use kms_conformance_benches::Failure;
use kms_conformance_benches::calls::kms;
use kms_conformance_model::{Service, Switches};
use kms_conformance_targets::{Config, Emulator, Request, reply, wire};
use serde_json::json;
use std::hint::black_box;

fn main() -> Result<(), Failure> {
    let mut criterion = Criterion::default().configure_from_args();
    let body = json!({
        "Description": "a key with a description and tags",
        "Tags": [{"TagKey": "project", "TagValue": "benches"}],
    });
    let write = || Request::new(Service::Kms, "CreateKey", black_box(&body));
    criterion.bench_function("wire/write_request", |bencher| bencher.iter(write));
    let request = write();
    let switches = Switches::none();
    criterion.bench_function("wire/read_request", |bencher| {
        bencher.iter(|| wire::decode(black_box(&request), &switches));
    });
    let emulator = Emulator::new(Config::default());
    let answer = kms(&emulator, "CreateKey", &body)?;
    criterion.bench_function("wire/write_answer", |bencher| {
        bencher.iter(|| wire::done(black_box(&answer), false));
    });
    let response = wire::done(&answer, false);
    criterion.bench_function("wire/read_answer", |bencher| {
        bencher.iter(|| reply(black_box(&response)));
    });
    criterion.final_summary();
    Ok(())
}
