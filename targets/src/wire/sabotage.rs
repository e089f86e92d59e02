//! Envelopes that are wrong on purpose.

use crate::target::Response;
use kms_conformance_model::Switches;
use kms_conformance_model::catalog::WIRE;
use kms_conformance_model::wire::WIRE_RULES;
use serde_json::Value;

/// Makes an answer break the wire rules that are switched off.
pub(crate) fn spoil(response: &mut Response, switches: &Switches) {
    let off = WIRE_RULES
        .iter()
        .filter(|rule| !switches.is_on(WIRE, &rule.card));
    for rule in off {
        match rule.card.id {
            "WIRE-03" => set_header(response, "Content-Type", "text/plain"),
            "WIRE-03a" => set_header(response, "x-amzn-RequestId", "none"),
            "WIRE-04" => change_error(response, |error| {
                let kind = error.get("__type").and_then(Value::as_str);
                let qualified = format!("com.amazonaws.kms#{}", kind.unwrap_or_default());
                error.insert("__type".to_owned(), qualified.into());
            }),
            "HSM-ER-01" => change_error(response, |error| {
                if let Some(message) = error.remove("Message") {
                    error.insert("message".to_owned(), message);
                }
            }),
            "WIRE-40" if response.status >= 400 => response.status = 409,
            "WIRE-08" if response.body.is_empty() => response.body = b"{}".to_vec(),
            _ => {}
        }
    }
}

fn set_header(response: &mut Response, name: &str, value: &str) {
    let headers = response.headers.iter_mut();
    for (_, old) in headers.filter(|(known, _)| known.eq_ignore_ascii_case(name)) {
        value.clone_into(old);
    }
}

fn change_error(response: &mut Response, change: fn(&mut serde_json::Map<String, Value>)) {
    if response.status < 400 {
        return;
    }
    if let Ok(Value::Object(mut error)) = serde_json::from_slice(&response.body) {
        change(&mut error);
        response.body = Value::Object(error).to_string().into_bytes();
    }
}
