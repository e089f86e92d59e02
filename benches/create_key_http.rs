//! How long does one CreateKey take over HTTP on the loopback interface, there and back?

use criterion::Criterion;
use kms_conformance_model::Service;
use kms_conformance_targets::{Config, Emulator, HttpTarget, Request, Running, Target};
use serde_json::json;
use std::error::Error;
use std::sync::Arc;
use tokio::runtime::Builder;

fn main() -> Result<(), Box<dyn Error>> {
    let mut criterion = Criterion::default().configure_from_args();
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    let emulator = Arc::new(Emulator::new(Config::default()));
    let running = runtime.block_on(Running::start(emulator))?;
    let target = runtime.block_on(HttpTarget::new(&running.url(), "us-east-1"))?;
    let request = Request::new(Service::Kms, "CreateKey", &json!({}));
    let response = runtime.block_on(target.send(&request))?;
    assert_eq!(response.status, 200, "CreateKey is refused");
    criterion.bench_function("create_key_http", |bencher| {
        bencher.iter(|| runtime.block_on(target.send(&request)));
    });
    criterion.final_summary();
    Ok(())
}
