//! Does a step so many times, for valgrind to count its instructions: `instructions STEP TIMES`.
//! Without arguments it names the steps. `scripts/instructions.sh` runs it.

use kms_conformance_benches::steps::{Exchanged, answered};
use kms_conformance_benches::{Counting, Failure, account, calls, standing_emulator};
use kms_conformance_model::Belief;
use serde_json::json;
use std::hint::black_box;

/// Does it so many times.
type Step = fn(usize) -> Result<(), Failure>;

const STEPS: [(&str, Step); 5] = [
    ("model_create_key", model_create_key),
    ("model_describe_key", model_describe_key),
    ("judge_create_key", judge_create_key),
    ("judge_describe_key", judge_describe_key),
    ("create_key_in_process", create_key_in_process),
];

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, times] = arguments.as_slice() else {
        for (name, _) in STEPS {
            println!("{name}");
        }
        return Ok(());
    };
    let step = STEPS.iter().find(|(known, _)| known == name);
    let (_, step) = step.ok_or_else(|| format!("there is no step {name}"))?;
    step(times.parse()?)
}

fn model_create_key(times: usize) -> Result<(), Failure> {
    let (mut state, mut source) = (account(), Counting::default());
    for _ in 0..times {
        black_box(answered(&mut state, &mut source, "CreateKey", &json!({}))?);
    }
    Ok(())
}

fn model_describe_key(times: usize) -> Result<(), Failure> {
    let (mut state, mut source) = (account(), Counting::default());
    let made = answered(&mut state, &mut source, "CreateKey", &json!({}))?;
    let body = json!({"KeyId": made.pointer("/KeyMetadata/KeyId")});
    for _ in 0..times {
        black_box(answered(&mut state, &mut source, "DescribeKey", &body)?);
    }
    Ok(())
}

fn judge_create_key(times: usize) -> Result<(), Failure> {
    let created = Exchanged::with(&standing_emulator(), "CreateKey", json!({}))?;
    let belief = Belief::certain(account());
    for _ in 0..times {
        black_box(created.judge(&mut belief.clone()));
    }
    Ok(())
}

fn judge_describe_key(times: usize) -> Result<(), Failure> {
    let emulator = standing_emulator();
    let created = Exchanged::with(&emulator, "CreateKey", json!({}))?;
    let key = created.response()?.pointer("/KeyMetadata/KeyId");
    let described = Exchanged::with(&emulator, "DescribeKey", json!({ "KeyId": key }))?;
    let mut belief = Belief::certain(account());
    created.judge(&mut belief);
    for _ in 0..times {
        black_box(described.judge(&mut belief.clone()));
    }
    Ok(())
}

fn create_key_in_process(times: usize) -> Result<(), Failure> {
    calls::fill(&standing_emulator(), times)
}
