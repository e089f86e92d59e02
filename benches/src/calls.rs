//! Calls of the emulator in process.

use crate::Failure;
use kms_conformance_model::Service;
use kms_conformance_targets::{Config, Emulator, Request};
use serde_json::{Value, json};

/// A request for a symmetric key in the standard key store.
pub fn create_key() -> Request {
    Request::new(Service::Kms, "CreateKey", &json!({}))
}

/// What an operation of KMS answers.
///
/// # Errors
/// When it refuses.
pub fn kms(emulator: &Emulator, operation: &str, body: &Value) -> Result<Value, Failure> {
    call(emulator, Service::Kms, operation, body)
}

/// What an operation answers.
///
/// # Errors
/// When it refuses.
pub fn call(
    emulator: &Emulator,
    service: Service,
    operation: &str,
    body: &Value,
) -> Result<Value, Failure> {
    let response = emulator.handle(&Request::new(service, operation, body));
    match response.status {
        200 if response.body.is_empty() => Ok(Value::Null),
        200 => Ok(serde_json::from_slice(&response.body)?),
        status => Err(format!("{operation} is answered with {status}").into()),
    }
}

/// The text at this place of a response.
///
/// # Errors
/// When there is none.
pub fn text(response: &Value, at: &str) -> Result<String, Failure> {
    let found = response.pointer(at).and_then(Value::as_str);
    Ok(found
        .ok_or_else(|| format!("no {at} in a response"))?
        .to_owned())
}

/// Makes a symmetric key in the standard key store, and gives its id.
///
/// # Errors
/// When that is refused.
pub fn new_key(emulator: &Emulator) -> Result<String, Failure> {
    text(
        &kms(emulator, "CreateKey", &json!({}))?,
        "/KeyMetadata/KeyId",
    )
}

/// An emulator whose account holds this many keys.
///
/// # Errors
/// When one of them is refused.
pub fn filled(keys: usize) -> Result<Emulator, Failure> {
    let emulator = Emulator::new(Config::default());
    fill(&emulator, keys)?;
    Ok(emulator)
}

/// Makes this many keys.
///
/// # Errors
/// When one of them is refused.
pub fn fill(emulator: &Emulator, keys: usize) -> Result<(), Failure> {
    let request = create_key();
    for _ in 0..keys {
        match emulator.handle(&request).status {
            200 => {}
            status => return Err(format!("CreateKey is answered with {status}").into()),
        }
    }
    Ok(())
}
