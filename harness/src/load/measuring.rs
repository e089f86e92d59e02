//! Sending a request and writing down what became of it.

use super::books::{Books, Sample};
use super::history::History;
use super::outcome::Outcome;
use super::work::Work;
use kms_conformance_targets::{Clock, Target};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::time::Instant;

/// Whom requests are sent to, and where what becomes of them is kept.
#[derive(Clone)]
pub(super) struct Subject {
    /// The target.
    pub(super) target: Arc<dyn Target>,
    /// What is sent.
    pub(super) work: Arc<Work>,
    /// Where exchanges are kept for the judge; nowhere for what is only compared with.
    pub(super) history: Option<Arc<History>>,
    /// The target's clock less this machine's, in milliseconds.
    pub(super) offset: i64,
}

/// A measurement under way.
pub(super) struct Measuring {
    /// Whom it is about.
    pub(super) subject: Subject,
    /// Its figures.
    pub(super) books: Books,
    next: AtomicU64,
}

impl Measuring {
    /// Begins, with nothing sent.
    pub(super) fn new(subject: &Subject, books: Books) -> Arc<Measuring> {
        Arc::new(Measuring {
            subject: subject.clone(),
            books,
            next: AtomicU64::new(0),
        })
    }

    /// The number of the next request.
    pub(super) fn next(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Sends the request of this number, which was planned for a moment, or for now.
    pub(super) async fn send(&self, nth: u64, planned: Option<Instant>) {
        let Some(call) = self.subject.work.call(nth) else {
            return;
        };
        let started = Instant::now();
        let answer = self.subject.target.send(&call.request).await;
        let ended = Instant::now();
        let outcome = Outcome::of(&answer);
        // It is always allowed and changes nothing, so that there is nothing to judge.
        let throttled = outcome == Outcome::Throttled;
        self.books.note(
            nth,
            &Sample {
                planned: planned.unwrap_or(started),
                started,
                ended,
                outcome,
                makes_key: call.makes_key(),
            },
        );
        if let Some(history) = self.subject.history.as_ref().filter(|_| !throttled) {
            history.note(nth, call, Clock::Real.now() + self.subject.offset, answer);
        }
    }

    /// Gives up a request that was planned and not sent: it took at least until now.
    pub(super) fn give_up(&self, nth: u64, planned: Instant) {
        let now = Instant::now();
        self.books.note(
            nth,
            &Sample {
                planned,
                started: now,
                ended: now,
                outcome: Outcome::NotStarted,
                makes_key: false,
            },
        );
    }
}
