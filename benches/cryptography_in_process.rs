//! How long do Encrypt, Decrypt and GenerateDataKey take in the emulator without a socket?

use criterion::Criterion;
use kms_conformance_benches::Failure;
use kms_conformance_benches::calls::{kms, new_key, text};
use kms_conformance_model::Service;
use kms_conformance_targets::{Config, Emulator, Request};
use serde_json::{Value, json};
use std::hint::black_box;

fn main() -> Result<(), Failure> {
    let mut criterion = Criterion::default().configure_from_args();
    let emulator = Emulator::new(Config::default());
    let key = new_key(&emulator)?;
    let encrypt = json!({"KeyId": key, "Plaintext": "c2VjcmV0"});
    let ciphertext = text(&kms(&emulator, "Encrypt", &encrypt)?, "/CiphertextBlob")?;
    let decrypt = json!({"CiphertextBlob": ciphertext});
    let generate = json!({"KeyId": key, "KeySpec": "AES_256"});
    bench(&mut criterion, &emulator, "Encrypt", &encrypt)?;
    bench(&mut criterion, &emulator, "Decrypt", &decrypt)?;
    bench(&mut criterion, &emulator, "GenerateDataKey", &generate)?;
    criterion.final_summary();
    Ok(())
}

fn bench(
    criterion: &mut Criterion,
    emulator: &Emulator,
    name: &str,
    body: &Value,
) -> Result<(), Failure> {
    kms(emulator, name, body)?;
    let request = Request::new(Service::Kms, name, body);
    criterion.bench_function(&format!("cryptography_in_process/{name}"), |bencher| {
        bencher.iter(|| emulator.handle(black_box(&request)));
    });
    Ok(())
}
