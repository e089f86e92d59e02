//! The log of calls that CloudTrail would keep: one event a line, in the shape of its records.
//!
//! The shapes are those of the samples in the developer guide of KMS ("Logging AWS KMS API calls
//! with AWS CloudTrail" and its pages for the operations). What the guide shows no sample of, such
//! as most operations of CloudHSM, is written alike. Plaintexts, ciphertexts, passwords, tokens and
//! key material are in no event.

mod additional;
mod elements;
mod event;
mod moment;
mod resources;

use crate::emulator::Emulator;
use crate::target::{Request, Response};
use crate::wire::is_aws_operation;
use event::{Call, Exchange};
use kms_conformance_model::{Service, State};
use serde_json::Value;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::iter;
use std::net::IpAddr;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use tokio::sync::watch;

/// Who sent a request, as far as HTTP tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Where the request came from.
    pub address: IpAddr,
    /// What `User-Agent` holds.
    pub agent: Option<String>,
    /// The id of the access key that the request is signed with.
    pub access_key: Option<String>,
}

/// A file that events are added to.
#[derive(Debug)]
pub struct Trail {
    written: Mutex<Written>,
    failure: watch::Sender<Option<String>>,
}

#[derive(Debug)]
struct Written {
    file: File,
    /// What the account held when the file was last written to.
    seen: State,
}

impl Trail {
    /// Opens the file, which keeps what it holds. Events are about this emulator from now on.
    ///
    /// # Errors
    /// When the file cannot be made or written.
    pub fn open(path: &Path, emulator: &Emulator) -> io::Result<Trail> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Trail {
            written: Mutex::new(Written {
                file,
                seen: emulator.state(),
            }),
            failure: watch::Sender::new(None),
        })
    }

    /// Why an event could not be written; pending as long as all could.
    pub async fn failed(&self) -> String {
        let mut failure = self.failure.subscribe();
        let why = failure.wait_for(Option::is_some).await;
        why.ok().and_then(|why| why.clone()).unwrap_or_default()
    }

    /// Has `answer` answer a request, and writes the event before the answer is given away. A request
    /// that names no operation of AWS has no event.
    pub(crate) fn handle(
        &self,
        emulator: &Emulator,
        request: &Request,
        caller: &Caller,
        answer: impl FnOnce() -> Response,
    ) -> Response {
        let region = emulator.region_of(request);
        let before = in_region(&emulator.state(), region);
        let response = answer();
        if let Some((service, operation)) = request.target.as_deref().and_then(operation) {
            self.write(emulator, |now| {
                let after = in_region(now, region);
                let call = Call::new(&Exchange {
                    service,
                    operation,
                    request,
                    response: &response,
                    caller,
                    before: &before,
                    after: &after,
                });
                vec![call.event()]
            });
        }
        response
    }

    /// Writes the events of what happened by itself.
    pub(crate) fn catch_up(&self, emulator: &Emulator) {
        self.write(emulator, |_| Vec::new());
    }

    fn write(&self, emulator: &Emulator, called: impl FnOnce(&State) -> Vec<Value>) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        // Taken under the lock, so that what was seen never goes back.
        let now = emulator.state();
        let mut events = deletions(&written.seen, &now);
        events.extend(called(&now));
        let lines: String = events.iter().map(|event| format!("{event}\n")).collect();
        written.seen = now;
        if let Err(why) = written.file.write_all(lines.as_bytes()) {
            self.failure.send_replace(Some(why.to_string()));
        }
    }
}

/// What the account holds in this Region.
fn in_region(state: &State, region: &str) -> State {
    let mut state = state.clone();
    state.turn_to(region);
    state
}

/// The events of the keys that went by themselves, in any Region.
fn deletions(before: &State, after: &State) -> Vec<Value> {
    let others = before.elsewhere.keys();
    iter::once(&before.account.region)
        .chain(others)
        .flat_map(|region| event::deletions(&in_region(before, region), &in_region(after, region)))
        .collect()
}

/// What `X-Amz-Target` names, if AWS has it.
fn operation(target: &str) -> Option<(Service, &str)> {
    let (prefix, name) = target.split_once('.')?;
    let service = [Service::Kms, Service::CloudHsm]
        .into_iter()
        .find(|service| service.target_prefix() == prefix)?;
    is_aws_operation(service, name).then_some((service, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::Config;
    use crate::outside::OutsideCall;
    use serde_json::json;
    use std::fs;
    use std::net::Ipv4Addr;

    #[test]
    fn an_event_is_about_the_region_of_the_request() {
        let emulator = Emulator::new(Config::default());
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("trail");
        let trail = Trail::open(&path, &emulator).unwrap();
        let caller = Caller {
            address: Ipv4Addr::LOCALHOST.into(),
            agent: None,
            access_key: None,
        };
        let ask = |operation: &str, body: Value| -> Value {
            let request = Request::new(Service::Kms, operation, &body).to_region("us-west-2");
            let response = trail.handle(&emulator, &request, &caller, || emulator.handle(&request));
            serde_json::from_slice(&response.body).unwrap()
        };
        let made = ask("CreateKey", json!({}));
        let key = &made["KeyMetadata"];
        let body = json!({"KeyId": key["KeyId"], "PendingWindowInDays": 7});
        ask("ScheduleKeyDeletion", body);
        let milliseconds = 8 * 24 * 3_600_000;
        emulator
            .outside(&OutsideCall::Advance { milliseconds })
            .unwrap();
        trail.catch_up(&emulator);
        trail.catch_up(&emulator);
        let text = fs::read_to_string(&path).unwrap();
        let events: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let names: Vec<&Value> = events.iter().map(|event| &event["eventName"]).collect();
        assert_eq!(names, ["CreateKey", "ScheduleKeyDeletion", "DeleteKey"]);
        for event in &events {
            assert_eq!(event["awsRegion"], "us-west-2");
            assert_eq!(event["resources"][0]["ARN"], key["Arn"]);
        }
    }
}
