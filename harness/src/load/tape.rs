//! A target whose answers came before: the judge hears them from here, in the order of the history.
//! Where there is none, the target itself is asked.

use kms_conformance_targets::{
    Lost, OutsideCall, OutsideError, Request, Response, Sending, Target,
};
use serde_json::Value;
use std::future::ready;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A target, and perhaps the answer that it gave before.
pub(super) struct Tape {
    target: Arc<dyn Target>,
    answer: Mutex<Option<Result<Response, Lost>>>,
}

impl Tape {
    /// One without an answer.
    pub(super) fn new(target: Arc<dyn Target>) -> Tape {
        Tape {
            target,
            answer: Mutex::default(),
        }
    }

    /// Lets the next request have this answer.
    pub(super) fn put(&self, answer: Result<Response, Lost>) {
        *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
    }

    fn take(&self) -> Option<Result<Response, Lost>> {
        let mut answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        answer.take()
    }
}

impl Target for Tape {
    fn name(&self) -> String {
        self.target.name()
    }

    fn send<'a>(&'a self, request: &'a Request) -> Sending<'a, Result<Response, Lost>> {
        match self.take() {
            Some(answer) => Box::pin(ready(answer)),
            None => self.target.send(request),
        }
    }

    fn settles_within(&self) -> Duration {
        self.target.settles_within()
    }

    fn offers_outside(&self) -> bool {
        self.target.offers_outside()
    }

    fn outside<'a>(&'a self, call: &'a OutsideCall) -> Sending<'a, Result<Value, OutsideError>> {
        self.target.outside(call)
    }
}
