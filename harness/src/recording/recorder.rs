//! A target that writes down what it passes on, line by line as it happens.

use super::disguise::Disguise;
use super::{Came, Header, Inside, KIND, Line, SCHEMA};
use crate::plan::{Act, Step};
use crate::session::{Identity, Timing};
use kms_conformance_model::state::Wrapped;
use kms_conformance_model::{Service, catalog};
use kms_conformance_targets::{
    Clock, Lost, OutsideCall, OutsideError, Request, Response, Sending, Target,
};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The headers that a judge reads.
const HEADERS: &[&str] = &["content-type", "x-amzn-errortype", "x-amzn-requestid"];

/// The longest part that a body is looked at for repeating.
const LONGEST_PART: usize = 64;

/// A target that writes down what it passes on.
pub(crate) struct Recorder<'t> {
    target: &'t dyn Target,
    name: String,
    identity: Identity,
    timing: Timing,
    book: Mutex<Book>,
}

/// Where it is written, and what the writer knows.
struct Book {
    out: Box<dyn Write + Send>,
    disguise: Disguise,
    step: u32,
    is_raw: bool,
    began: bool,
    /// The target's clock less this machine's, in milliseconds; the clock itself if it stands still.
    offset: i64,
    known: BTreeSet<String>,
    failed: Option<io::Error>,
}

impl<'t> Recorder<'t> {
    /// Records on `out` what is asked of `target`, which recordings call `name`.
    pub(crate) fn new(
        target: &'t dyn Target,
        name: &str,
        identity: &Identity,
        timing: Timing,
        out: Box<dyn Write + Send>,
    ) -> Recorder<'t> {
        let offset = match timing {
            Timing::Running => 0,
            Timing::Still => Clock::Real.now(),
        };
        Recorder {
            target,
            name: name.to_owned(),
            identity: identity.clone(),
            timing,
            book: Mutex::new(Book {
                out,
                disguise: Disguise::of_account(&identity.account),
                step: 0,
                is_raw: false,
                began: false,
                offset,
                known: BTreeSet::new(),
                failed: None,
            }),
        }
    }

    /// From here on, what happens belongs to this step.
    pub(crate) fn turn_to(&self, step: &Step) {
        let mut book = self.book();
        self.begin(&mut book);
        book.step = step.id;
        book.is_raw = matches!(step.act, Act::Raw { .. });
        if let Act::Advance { .. } = step.act {
            let line = self.line(&book, step.act.clone(), None);
            book.write(&line);
        }
    }

    /// Writes down what is inside key material that was wrapped since.
    pub(crate) fn know(&self, wrapped: &BTreeMap<String, Wrapped>) {
        let mut book = self.book();
        let new = wrapped
            .iter()
            .filter(|(blob, _)| !book.known.contains(*blob));
        let new: Vec<(String, Wrapped)> =
            new.map(|(blob, it)| (blob.clone(), it.clone())).collect();
        if new.is_empty() {
            return;
        }
        let shown = new
            .iter()
            .map(|(blob, inside)| (book.disguise.wrapped(blob), inside.into()));
        let inside = Inside {
            wrapped: shown.collect(),
        };
        book.known.extend(new.into_iter().map(|(blob, _)| blob));
        book.write(&inside);
    }

    /// Why not everything was written, if something was not.
    pub(crate) fn failure(&self) -> Option<io::Error> {
        self.book().failed.take()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the header, unless it is written.
    fn begin(&self, book: &mut Book) {
        if book.began {
            return;
        }
        book.began = true;
        let header = Header {
            schema: SCHEMA,
            kind: KIND.to_owned(),
            tool: format!("{} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")),
            target: self.name.clone(),
            region: self.identity.region.clone(),
            account: book.disguise.text(&self.identity.account),
            // A plan names only what it made itself.
            fresh: true,
            exclusive: self.target.offers_outside(),
            at: self.now(book),
            source: None,
        };
        book.write(&header);
    }

    fn now(&self, book: &Book) -> i64 {
        match self.timing {
            Timing::Running => Clock::Real.now() + book.offset,
            Timing::Still => book.offset,
        }
    }

    fn line(&self, book: &Book, act: Act, reply: Option<Came>) -> Line {
        Line {
            step: book.step,
            at: self.now(book),
            act,
            reply,
            source: None,
            level: None,
            partial: false,
            lacks: BTreeSet::new(),
            guessed: false,
            alone: false,
        }
    }

    fn note(&self, request: &Request, result: &Result<Response, Lost>) {
        let mut book = self.book();
        self.begin(&mut book);
        let (body, came) = match result {
            // What was never sent did not happen.
            Err(Lost::Unreachable(_) | Lost::NotSent(_) | Lost::Denied(_)) => return,
            Err(lost) => (Value::Null, Came::Lost(lost.to_string())),
            Ok(response) => came(response),
        };
        let named = request.target.as_deref().and_then(named);
        let act = match (named, serde_json::from_slice::<Value>(&request.body)) {
            (Some((service, operation)), Ok(asked)) if !book.is_raw => {
                let (asked, body) = book.disguise.exchange(&asked, &body);
                let came = book.dressed(came, body);
                let home = Some(&self.identity.region);
                let region = request
                    .region
                    .as_ref()
                    .filter(|region| Some(*region) != home);
                let act = Act::Call {
                    service: service.cli_name().to_owned(),
                    operation: operation.to_owned(),
                    body: asked,
                    region: region.map(|region| Value::from(region.clone())),
                };
                (act, came)
            }
            _ => {
                let text = String::from_utf8_lossy(&request.body).into_owned();
                let (part, times) = folded(&text);
                let part = book.disguise.raw(part);
                let target = request.target.as_deref();
                let act = Act::Raw {
                    target: target.map(|target| book.disguise.text(target)),
                    body: part,
                    times,
                };
                let body = book.disguise.value(&body);
                (act, book.dressed(came, body))
            }
        };
        let line = self.line(&book, act.0, Some(act.1));
        book.write(&line);
    }

    fn note_outside(&self, call: &OutsideCall, result: &Result<Value, OutsideError>) {
        let mut book = self.book();
        if let (OutsideCall::Clock | OutsideCall::Advance { .. }, Ok(clock)) = (call, result)
            && let Some(now) = clock.get("now").and_then(Value::as_i64)
        {
            book.offset = match self.timing {
                Timing::Running => now - Clock::Real.now(),
                Timing::Still => now,
            };
        }
        let act = match call {
            OutsideCall::Act(action) => {
                let action = serde_json::to_value(action).unwrap_or_default();
                Act::Outside(book.disguise.value(&action))
            }
            OutsideCall::HsmKeys { cluster } => Act::LookInside {
                cluster: Value::from(book.disguise.text(cluster)),
            },
            // Waits are written when their step begins, and the rest is what beginning needs.
            _ => return,
        };
        self.begin(&mut book);
        let reply = match result {
            Ok(answer) => Came::Outside(book.disguise.value(answer)),
            Err(why) => Came::Impossible(book.disguise.text(&why.to_string())),
        };
        let line = self.line(&book, act, Some(reply));
        book.write(&line);
    }
}

impl Book {
    /// Writes a line, and sees to it that it is there whatever happens next.
    fn write(&mut self, line: &impl Serialize) {
        if self.failed.is_some() {
            return;
        }
        let written = serde_json::to_string(line)
            .map_err(io::Error::other)
            .and_then(|line| writeln!(self.out, "{line}"))
            .and_then(|()| self.out.flush());
        self.failed = written.err();
    }

    /// What came, with this body and without ids in the rest.
    fn dressed(&mut self, came: Came, shown: Value) -> Came {
        match came {
            Came::Http {
                status,
                headers,
                body,
                text,
            } => Came::Http {
                status,
                headers: headers
                    .into_iter()
                    .map(|(name, value)| (name, self.disguise.text(&value)))
                    .collect(),
                body: body.map(|_| shown),
                text: text.map(|text| self.disguise.text(&text)),
            },
            other => other,
        }
    }
}

impl Target for Recorder<'_> {
    fn name(&self) -> String {
        self.target.name()
    }

    fn send<'a>(&'a self, request: &'a Request) -> Sending<'a, Result<Response, Lost>> {
        Box::pin(async move {
            let result = self.target.send(request).await;
            self.note(request, &result);
            result
        })
    }

    fn settles_within(&self) -> Duration {
        self.target.settles_within()
    }

    fn offers_outside(&self) -> bool {
        self.target.offers_outside()
    }

    fn outside<'a>(&'a self, call: &'a OutsideCall) -> Sending<'a, Result<Value, OutsideError>> {
        Box::pin(async move {
            let result = self.target.outside(call).await;
            self.note_outside(call, &result);
            result
        })
    }
}

/// The service and the operation that the header `X-Amz-Target` names.
fn named(target: &str) -> Option<(Service, &'static str)> {
    let found = catalog::operations().find(|operation| {
        let prefix = operation.service().target_prefix();
        target == format!("{prefix}.{}", operation.name())
    })?;
    Some((found.service(), found.name()))
}

/// A response as it is written down, and its body if that is JSON.
fn came(response: &Response) -> (Value, Came) {
    let json = serde_json::from_slice::<Value>(&response.body).ok();
    let text = String::from_utf8_lossy(&response.body).into_owned();
    let headers = HEADERS
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), response.header(name)?.to_owned())));
    let came = Came::Http {
        status: response.status,
        headers: headers.collect(),
        body: json.clone(),
        text: Some(text).filter(|text| json.is_none() && !text.is_empty()),
    };
    (json.unwrap_or_default(), came)
}

/// The shortest part of which a text is a repetition, and how often it is repeated.
fn folded(text: &str) -> (&str, usize) {
    let longest = LONGEST_PART.min(text.len() / 2);
    let part = (1..=longest).find_map(|length| {
        let part = text.get(..length)?;
        let times = text.len() / length;
        (text.len().is_multiple_of(length) && part.repeat(times) == text).then_some((part, times))
    });
    part.unwrap_or((text, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_repeats_itself_is_folded() {
        assert_eq!(folded("          "), (" ", 10));
        assert_eq!(folded("{}"), ("{}", 1));
        assert_eq!(folded("abab"), ("ab", 2));
        assert_eq!(folded(""), ("", 1));
    }
}
