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

    /// Has the emulator answer a request, and writes the event before the answer is given away. A
    /// request that names no operation of AWS has no event.
    pub(crate) fn handle(
        &self,
        emulator: &Emulator,
        request: &Request,
        caller: &Caller,
    ) -> Response {
        let before = emulator.state();
        let response = emulator.handle_as(request, caller.access_key.as_deref());
        if let Some((service, operation)) = request.target.as_deref().and_then(operation) {
            self.write(emulator, |now| {
                let call = Call::new(&Exchange {
                    service,
                    operation,
                    request,
                    response: &response,
                    caller,
                    before: &before,
                    after: now,
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
        let mut events = event::deletions(&written.seen, &now);
        events.extend(called(&now));
        let lines: String = events.iter().map(|event| format!("{event}\n")).collect();
        written.seen = now;
        if let Err(why) = written.file.write_all(lines.as_bytes()) {
            self.failure.send_replace(Some(why.to_string()));
        }
    }
}

/// What `X-Amz-Target` names, if AWS has it.
fn operation(target: &str) -> Option<(Service, &str)> {
    let (prefix, name) = target.split_once('.')?;
    let service = [Service::Kms, Service::CloudHsm]
        .into_iter()
        .find(|service| service.target_prefix() == prefix)?;
    is_aws_operation(service, name).then_some((service, name))
}
