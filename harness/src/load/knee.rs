//! The search for the knee: the highest rate that a target still achieves without making anybody wait.

use super::books::Measured;
use super::latencies::Percentiles;
use super::outcome::Outcome;
use serde::{Deserialize, Serialize};

/// The share of the offered rate that must be achieved.
pub(crate) const ACHIEVED: f64 = 0.99;

/// How many times the p99 of one client alone the p99 may be.
pub(crate) const SLOWER: f64 = 10.0;

/// How close the highest rate that was achieved and the lowest that was not must come.
const CLOSE: f64 = 1.05;

/// How many rates are tried at the most.
const MOST_STEPS: usize = 40;

/// One rate that was tried.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Step {
    /// The rate, in requests a second.
    pub(crate) offered: f64,
    /// How many of them succeeded in a second.
    pub(crate) achieved: f64,
    /// From the planned start, in milliseconds.
    pub(crate) p99_ms: f64,
    /// Whether the target kept up.
    pub(crate) kept_up: bool,
}

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Knee {
    /// The p99 of one client alone, in milliseconds.
    pub(crate) unloaded_p99_ms: f64,
    /// The p99 up to which a target keeps up, in milliseconds.
    pub(crate) bound_ms: f64,
    /// Every rate that was tried, in order.
    pub(crate) steps: Vec<Step>,
    /// The highest rate at which the target kept up, in requests a second.
    pub(crate) rate: Option<f64>,
}

impl Knee {
    /// Begins a search, from what one client alone was measured to get.
    pub(super) fn of(unloaded: &Measured) -> Knee {
        let p99 = p99(unloaded);
        Knee {
            unloaded_p99_ms: p99,
            bound_ms: p99 * SLOWER,
            ..Knee::default()
        }
    }

    /// Adds what came of a rate, and says whether the target kept up.
    pub(super) fn note(&mut self, offered: f64, measured: &Measured) -> bool {
        let p99_ms = p99(measured);
        let achieved = measured.achieved();
        // Arrivals do not fall evenly on the time that is measured.
        let planned = measured.offered().min(offered);
        let kept_up = achieved >= planned * ACHIEVED && p99_ms <= self.bound_ms;
        self.steps.push(Step {
            offered,
            achieved,
            p99_ms,
            kept_up,
        });
        kept_up
    }
}

fn p99(measured: &Measured) -> f64 {
    let success = measured.outcomes.get(&Outcome::Success);
    success.map_or(0.0, |latencies| {
        Percentiles::from(&latencies.planned).p99_ms
    })
}

/// Which rate to try next: each twice the one before while the target keeps up, then between those at
/// which it did and did not. A rate counts as too high only when it was so twice, since anything else on
/// the machine may have disturbed it once.
#[derive(Clone, Debug)]
pub(super) struct Search {
    next: f64,
    kept_up: Option<f64>,
    too_high: Option<f64>,
    failed_once: bool,
    tried: usize,
}

impl Search {
    /// Begins at this rate.
    pub(super) fn from(rate: f64) -> Search {
        Search {
            next: rate.max(1.0),
            kept_up: None,
            too_high: None,
            failed_once: false,
            tried: 0,
        }
    }

    /// The rate to try; `None` when the search is over.
    pub(super) fn next(&self) -> Option<f64> {
        let close = self.kept_up.zip(self.too_high);
        let is_close = close.is_some_and(|(low, high)| high <= low * CLOSE);
        let is_over = is_close || self.tried >= MOST_STEPS || self.next < 1.0;
        (!is_over).then_some(self.next)
    }

    /// Learns what came of the rate that was to be tried.
    pub(super) fn learn(&mut self, kept_up: bool) {
        self.tried += 1;
        if !kept_up && !self.failed_once {
            self.failed_once = true;
            return;
        }
        self.failed_once = false;
        match kept_up {
            true => self.kept_up = Some(self.next),
            false => self.too_high = Some(self.next),
        }
        self.next = match (self.kept_up, self.too_high) {
            (Some(low), None) => low * 2.0,
            (None, Some(high)) => high / 2.0,
            (Some(low), Some(high)) => (low * high).sqrt(),
            (None, None) => self.next,
        };
    }

    /// The highest rate at which the target kept up.
    pub(super) fn found(&self) -> Option<f64> {
        self.kept_up
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(from: f64, keeps_up: impl Fn(f64, usize) -> bool) -> Search {
        let mut search = Search::from(from);
        while let Some(rate) = search.next() {
            search.learn(keeps_up(rate, search.tried));
        }
        search
    }

    #[test]
    fn the_knee_is_found_from_below_and_from_above() {
        for from in [10.0, 100_000.0] {
            let found = search(from, |rate, _| rate <= 3_210.0).found().unwrap();
            assert!((3_210.0 / CLOSE..=3_210.0).contains(&found), "{found}");
        }
    }

    #[test]
    fn one_disturbance_does_not_end_the_search() {
        let found = search(10.0, |rate, tried| tried != 4 && rate <= 3_210.0).found();
        assert!(found.is_some_and(|found| found > 3_000.0), "{found:?}");
    }

    #[test]
    fn a_target_that_never_keeps_up_has_no_knee() {
        assert_eq!(search(50.0, |_, _| false).found(), None);
    }

    #[test]
    fn a_target_without_a_limit_ends_the_search() {
        assert!(search(1.0, |_, _| true).tried <= MOST_STEPS);
    }
}
