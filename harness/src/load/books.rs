//! The figures of a measurement, written by many at once.

use super::latencies::Latencies;
use super::outcome::Outcome;
use super::window::Window;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use tokio::time::Instant;

/// How many books there are, so that those who write rarely wait for each other.
const BOOKS: usize = 8;

/// One request.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    /// The moment that was planned for it.
    pub(super) planned: Instant,
    /// The moment at which it was sent.
    pub(super) started: Instant,
    /// The moment at which its answer was there.
    pub(super) ended: Instant,
    /// What became of it.
    pub(super) outcome: Outcome,
    /// Whether it asks for a new key.
    pub(super) makes_key: bool,
}

/// What was measured.
#[derive(Clone, Debug, Default)]
pub(super) struct Measured {
    /// The requests whose planned moment counts, by what became of them.
    pub(super) outcomes: BTreeMap<Outcome, Latencies>,
    /// How many these are.
    pub(super) planned: u64,
    /// How many requests succeeded at a moment that counts.
    pub(super) succeeded: u64,
    /// How many of these made a key.
    pub(super) keys: u64,
    /// How long it was measured, in seconds.
    pub(super) seconds: f64,
}

impl Measured {
    fn note(&mut self, window: &Window, sample: &Sample) {
        if sample.outcome == Outcome::Success && window.counts(sample.ended) {
            self.succeeded += 1;
            self.keys += u64::from(sample.makes_key);
        }
        if !window.counts(sample.planned) {
            return;
        }
        self.planned += 1;
        let planned = sample.ended.saturating_duration_since(sample.planned);
        let service = sample.ended.saturating_duration_since(sample.started);
        if let Some(latencies) = self.outcomes.get_mut(&sample.outcome) {
            latencies.note(planned, service);
        } else if let Some(mut latencies) = Latencies::none() {
            latencies.note(planned, service);
            self.outcomes.insert(sample.outcome.clone(), latencies);
        }
    }

    /// Adds what was measured at the same time, or after it.
    pub(super) fn add(&mut self, other: &Measured) {
        for (outcome, latencies) in &other.outcomes {
            match self.outcomes.get_mut(outcome) {
                Some(known) => known.add(latencies),
                None => {
                    self.outcomes.insert(outcome.clone(), latencies.clone());
                }
            }
        }
        self.planned += other.planned;
        self.succeeded += other.succeeded;
        self.keys += other.keys;
        self.seconds += other.seconds;
    }

    /// How many requests succeeded in a second.
    pub(super) fn achieved(&self) -> f64 {
        per_second(self.succeeded, self.seconds)
    }

    /// How many requests were to be answered in a second.
    pub(super) fn offered(&self) -> f64 {
        per_second(self.planned, self.seconds)
    }

    /// How many keys were made in a second.
    pub(super) fn keys_per_second(&self) -> f64 {
        per_second(self.keys, self.seconds)
    }
}

fn per_second(number: u64, seconds: f64) -> f64 {
    match seconds > 0.0 {
        true => number as f64 / seconds,
        false => 0.0,
    }
}

/// The books of a measurement.
#[derive(Debug)]
pub(super) struct Books {
    /// What counts.
    pub(super) window: Window,
    books: Vec<Mutex<Measured>>,
}

impl Books {
    /// Empty ones.
    pub(super) fn new(window: Window) -> Books {
        Books {
            window,
            books: (0..BOOKS).map(|_| Mutex::default()).collect(),
        }
    }

    /// Notes the request of this number.
    pub(super) fn note(&self, nth: u64, sample: &Sample) {
        let book = usize::try_from(nth).unwrap_or_default() % BOOKS;
        if let Some(book) = self.books.get(book) {
            let mut book = book.lock().unwrap_or_else(PoisonError::into_inner);
            book.note(&self.window, sample);
        }
    }

    /// Everything that was noted.
    pub(super) fn total(&self) -> Measured {
        let mut total = Measured::default();
        for book in &self.books {
            total.add(&book.lock().unwrap_or_else(PoisonError::into_inner));
        }
        total.seconds = self.window.seconds();
        total
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_request_counts_by_its_plan_and_a_success_by_its_answer() {
        let second = Duration::from_secs(1);
        let books = Books::new(Window::now(second, 2 * second));
        let start = books.window.start;
        let mut noted = 0;
        let mut note = |planned: f64, ended: f64, outcome: Outcome| {
            let planned = start + Duration::from_secs_f64(planned);
            noted += 1;
            let sample = Sample {
                planned,
                started: planned,
                ended: start + Duration::from_secs_f64(ended),
                outcome,
                makes_key: true,
            };
            books.note(noted, &sample);
        };
        note(0.5, 0.9, Outcome::Success);
        note(0.9, 1.1, Outcome::Success);
        note(1.5, 1.6, Outcome::Success);
        note(1.5, 1.6, Outcome::Throttled);
        note(2.9, 3.5, Outcome::Success);
        let total = books.total();
        assert_eq!(total.planned, 3);
        assert_eq!((total.succeeded, total.keys), (2, 2));
        assert!((total.offered() - 1.5).abs() < 1e-9);
        assert!((total.achieved() - 1.0).abs() < 1e-9);
        assert_eq!(total.outcomes[&Outcome::Success].planned.len(), 2);
        assert_eq!(total.outcomes[&Outcome::Throttled].planned.len(), 1);
    }
}
