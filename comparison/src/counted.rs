//! A target with a fault that counts its requests.

use kms_conformance::faults::{Fault, Faulty};
use kms_conformance::session::Identity;
use kms_conformance_targets::{
    Lost, OutsideCall, OutsideError, Request, Response, Sending, Target,
};
use serde_json::Value;
use std::pin::pin;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

/// What an engine is asked to do.
pub struct Search {
    pub fault: &'static Fault,
    /// In how many of 100 cases the fault shows.
    pub percent: usize,
    pub seed: u64,
    /// The most requests before the first failure; what has begun is ended.
    pub budget: usize,
}

/// What came of it. All counts are of requests.
#[derive(Debug)]
pub struct Run {
    /// Up to the first failure, and with it.
    pub found: Option<usize>,
    /// All that were sent after that.
    pub shrink: Option<usize>,
    /// How many the final program sends.
    pub length: Option<usize>,
    /// The final program, for those who wonder about it.
    pub shown: Option<String>,
    /// All that were sent.
    pub sent: usize,
}

pub struct Counted {
    target: Faulty,
    sent: AtomicUsize,
    found: OnceLock<usize>,
}

impl Counted {
    pub fn new(search: &Search) -> Counted {
        Counted {
            target: Faulty::new(search.fault, &identity(), search.percent, search.seed),
            sent: AtomicUsize::new(0),
            found: OnceLock::new(),
        }
    }

    /// How many requests were sent so far.
    pub fn sent(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }

    /// Notes a failure that the request of this number showed; only the first counts.
    pub fn fails_at(&self, request: usize) {
        self.found.get_or_init(|| request);
    }

    /// What came of a run whose final program is this long; `None` where nothing failed.
    pub fn run(&self, last: Option<(usize, String)>) -> Run {
        let found = self.found.get().copied();
        let (length, shown) = last.unzip();
        Run {
            found,
            shrink: found.map(|found| self.sent() - found),
            length,
            shown,
            sent: self.sent(),
        }
    }
}

impl Target for Counted {
    fn name(&self) -> String {
        self.target.name()
    }

    fn send<'a>(&'a self, request: &'a Request) -> Sending<'a, Result<Response, Lost>> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        self.target.send(request)
    }

    fn offers_outside(&self) -> bool {
        self.target.offers_outside()
    }

    fn outside<'a>(&'a self, call: &'a OutsideCall) -> Sending<'a, Result<Value, OutsideError>> {
        self.target.outside(call)
    }
}

pub fn identity() -> Identity {
    Identity {
        account: "123456789012".to_owned(),
        region: "us-east-1".to_owned(),
        salt: "fault".to_owned(),
    }
}

/// Runs a future that never waits, as those of a target in this process.
pub fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
