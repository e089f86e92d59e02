//! A recording as a plan of resolved bodies, and as the target that answers it.

use super::{Came, Line, Recording};
use crate::plan::{Act, Plan, Step};
use kms_conformance_targets::{
    Lost, OutsideCall, OutsideError, Request, Response, Sending, Target,
};
use serde_json::{Value, json};
use std::future::ready;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A target that answers as it was recorded to.
pub(crate) struct Replayed<'r> {
    recording: &'r Recording,
    at: AtomicUsize,
}

impl<'r> Replayed<'r> {
    /// Answers out of this recording.
    pub(crate) fn new(recording: &'r Recording) -> Replayed<'r> {
        Replayed {
            recording,
            at: AtomicUsize::new(0),
        }
    }

    /// From here on, it answers with what this line holds; the first is 0.
    pub(crate) fn turn_to(&self, line: usize) {
        self.at.store(line, Ordering::Relaxed);
    }

    fn came(&self) -> Option<&'r Came> {
        let lines = &self.recording.lines;
        let (_, line) = lines.get(self.at.load(Ordering::Relaxed))?;
        line.reply.as_ref()
    }
}

impl Target for Replayed<'_> {
    fn name(&self) -> String {
        self.recording.header.target.clone()
    }

    fn send<'a>(&'a self, _: &'a Request) -> Sending<'a, Result<Response, Lost>> {
        let response = match self.came() {
            Some(Came::Http {
                status,
                headers,
                body,
                text,
            }) => Ok(Response {
                status: *status,
                headers: headers.clone().into_iter().collect(),
                body: match (body, text) {
                    (Some(body), _) => body.to_string().into_bytes(),
                    (None, text) => text.clone().unwrap_or_default().into_bytes(),
                },
            }),
            Some(Came::Lost(why)) => Err(Lost::Broken(why.clone())),
            _ => Err(Lost::Broken("the recording holds no reply".to_owned())),
        };
        Box::pin(ready(response))
    }

    fn offers_outside(&self) -> bool {
        self.recording.header.exclusive
    }

    fn outside<'a>(&'a self, call: &'a OutsideCall) -> Sending<'a, Result<Value, OutsideError>> {
        let answer = match (call, self.came()) {
            (OutsideCall::Clock | OutsideCall::Advance { .. }, _) => {
                Ok(json!({ "now": self.recording.header.at }))
            }
            (OutsideCall::Reset, _) => Ok(json!({})),
            (_, Some(Came::Outside(answer))) => Ok(answer.clone()),
            (_, Some(Came::Impossible(why))) => Err(OutsideError::Impossible(why.clone())),
            _ => Err(OutsideError::NotOffered),
        };
        Box::pin(ready(answer))
    }
}

impl Recording {
    /// The parts of the recording that are about one account each.
    pub(crate) fn parts(&self) -> Vec<Recording> {
        let mut parts: Vec<Recording> = Vec::new();
        for (number, line) in &self.lines {
            match parts.last_mut().filter(|_| !line.alone) {
                Some(part) => part.lines.push((*number, line.clone())),
                None => {
                    let mut part = Recording {
                        path: self.path.clone(),
                        header: self.header.clone(),
                        lines: vec![(*number, line.clone())],
                        wrapped: self.wrapped.clone(),
                    };
                    if line.alone {
                        part.header.at = line.at;
                    }
                    parts.push(part);
                }
            }
        }
        parts
    }

    /// The plan whose steps are the lines of the recording, each named by its number in the file.
    pub(crate) fn plan(&self) -> Plan {
        let steps = self.lines.iter().map(|(number, line)| Step {
            id: u32::try_from(*number).unwrap_or(u32::MAX),
            act: resolved(line),
        });
        let title = self.path.display().to_string();
        Plan::new(&title, steps.collect())
    }
}

/// What was done. A body that looks like a reference is none: everything is resolved already.
fn resolved(line: &Line) -> Act {
    let mut act = line.act.clone();
    match &mut act {
        Act::Call { body, .. } | Act::Outside(body) if holds_reference(body) => {
            *body = json!({ "$literal": body.take() });
        }
        _ => {}
    }
    act
}

fn holds_reference(body: &Value) -> bool {
    match body {
        Value::Object(members) => {
            let mut names = members.keys();
            let only = names.next().filter(|_| members.len() == 1);
            only.is_some_and(|name| name.starts_with('$')) || members.values().any(holds_reference)
        }
        Value::Array(entries) => entries.iter().any(holds_reference),
        _ => false,
    }
}
