//! Reads recordings. What is wrong with one is said with its line and what to do about it.

use super::{Header, Inside, KIND, Line, Recording, SCHEMA};
use crate::error::Error;
use crate::plan::Act;
use kms_conformance_model::{Service, catalog};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Reads a recording.
pub fn read(path: &Path) -> Result<Recording, Error> {
    let bad = |number: usize, why: String| Error::BadRecording {
        place: match number {
            0 => path.display().to_string(),
            number => format!("{}:{number}", path.display()),
        },
        why,
    };
    let text = std::fs::read_to_string(path)
        .map_err(|why| bad(0, format!("{why}; give a file that `record` wrote")))?;
    let mut documents = text
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
        .filter(|(_, line)| !line.trim().is_empty());
    let Some((number, first)) = documents.next() else {
        return Err(bad(1, "it is empty; record it again".to_owned()));
    };
    let header = header(first).map_err(|why| bad(number, why))?;
    let mut recording = Recording {
        path: path.to_owned(),
        header,
        lines: Vec::new(),
        wrapped: BTreeMap::new(),
    };
    for (number, text) in documents {
        let document: Value = serde_json::from_str(text).map_err(|why| {
            let fix = "restore the line, or remove it if the recording broke off there";
            bad(number, format!("it is not JSON ({why}); {fix}"))
        })?;
        if document.get("wrapped").is_some() {
            let inside: Inside = serde_json::from_value(document)
                .map_err(|why| bad(number, format!("{why}; write it as `record` does")))?;
            let inside = inside.wrapped.into_iter();
            recording
                .wrapped
                .extend(inside.map(|(blob, it)| (blob, it.into())));
            continue;
        }
        let line = line(document).map_err(|why| bad(number, why))?;
        let before = recording.lines.last();
        if before.is_some_and(|(_, before)| is_asked_again(before, &line)) {
            recording.lines.pop();
        }
        recording.lines.push((number, line));
    }
    Ok(recording)
}

/// Whether a step asked again, since the answer before may have been about what had been there before.
fn is_asked_again(before: &Line, line: &Line) -> bool {
    let is_call = matches!(line.act, Act::Call { .. });
    is_call && line.source.is_none() && before.step == line.step && before.act == line.act
}

fn header(text: &str) -> Result<Header, String> {
    let fix = "the first line must be a header as `record` writes it";
    let document: Value =
        serde_json::from_str(text).map_err(|why| format!("it is not JSON ({why}); {fix}"))?;
    if document.get("kind").and_then(Value::as_str) != Some(KIND) {
        return Err(format!("it has no `kind` {KIND:?}; {fix}"));
    }
    match document.get("schema").and_then(Value::as_u64) {
        Some(schema) if schema == u64::from(SCHEMA) => {}
        Some(schema) => {
            return Err(format!(
                "it has schema {schema}, but this version reads schema {SCHEMA}; record it again"
            ));
        }
        None => return Err(format!("it has no member `schema`; {fix}")),
    }
    let header: Header = serde_json::from_value(document).map_err(|why| format!("{why}; {fix}"))?;
    let is_account = header.account.len() == 12;
    match is_account && header.account.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Ok(header),
        false => Err(format!(
            "the account {:?} has not twelve digits; {fix}",
            header.account
        )),
    }
}

fn line(document: Value) -> Result<Line, String> {
    let line: Line = serde_json::from_value(document).map_err(|why| {
        format!("it is no exchange ({why}); give it `at` and one of `call`, `raw`, `outside`, `look_inside` or `advance`")
    })?;
    if let Act::Call {
        service, operation, ..
    } = &line.act
    {
        let known = catalog::operation(Service::of_cli_name(service), operation).is_some();
        if !known || !matches!(service.as_str(), "kms" | "cloudhsmv2") {
            return Err(format!(
                "there is no operation {service} {operation}; `kms-conformance rules` lists all"
            ));
        }
    }
    let answered = matches!(line.act, Act::Advance { .. }) || line.reply.is_some();
    match answered {
        true => Ok(line),
        false => {
            Err("it has no `reply`; give it what came back, or {\"lost\": \"why\"}".to_owned())
        }
    }
}
