//! How long does the judge take for one exchange, CreateKey and DescribeKey?

use criterion::{BatchSize, Criterion};
use kms_conformance_model::state::{Account, Outside};
use kms_conformance_model::{Belief, Exchange, Reply, Service, State, Verdict, catalog};
use kms_conformance_targets::{Answer, Clock, Config, Emulator, Request, reply};
use serde_json::{Value, json};
use std::error::Error;
use std::hint::black_box;

type Failure = Box<dyn Error>;

const NOW: i64 = 1_800_000_000_000;

fn main() -> Result<(), Failure> {
    let mut criterion = Criterion::default().configure_from_args();
    let config = Config {
        clock: Clock::Fixed(NOW),
        ..Config::default()
    };
    let account = Account {
        exclusive: true,
        ..Account::new(&config.account, &config.region)
    };
    let world = Outside::with_default_vpc(&config.region);
    let mut belief = Belief::certain(State::new(account, world));
    let emulator = Emulator::new(config);
    let created = bench(
        &mut criterion,
        &emulator,
        &mut belief,
        "CreateKey",
        &json!({}),
    )?;
    let id = created.pointer("/KeyMetadata/KeyId");
    let describe = json!({ "KeyId": id });
    bench(
        &mut criterion,
        &emulator,
        &mut belief,
        "DescribeKey",
        &describe,
    )?;
    criterion.final_summary();
    Ok(())
}

/// Benches one judgement from `belief`, which then holds what came of it. Gives the response.
fn bench(
    criterion: &mut Criterion,
    emulator: &Emulator,
    belief: &mut Belief,
    name: &str,
    body: &Value,
) -> Result<Value, Failure> {
    let operation = catalog::operation(Service::Kms, name).ok_or("no such operation")?;
    let answer = reply(&emulator.handle(&Request::new(Service::Kms, name, body)));
    let Answer::Reply(reply) = answer else {
        return Err(format!("{name} is not supported").into());
    };
    let exchange = Exchange {
        operation,
        body,
        reply: &reply,
        received: NOW,
        certificate_fault: None,
    };
    criterion.bench_function(&format!("judge_step/{name}"), |bencher| {
        bencher.iter_batched_ref(
            || belief.clone(),
            |belief| belief.observe(black_box(&exchange)),
            BatchSize::SmallInput,
        );
    });
    let verdict = belief.observe(&exchange);
    assert!(matches!(verdict, Verdict::Conforms(_)), "{verdict:?}");
    match reply {
        Reply::Done(response) => Ok(response),
        other => Err(format!("{name} was answered {other:?}").into()),
    }
}
