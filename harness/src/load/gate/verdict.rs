//! What pairs of rounds say.

use super::interval::{CONFIDENCE, Interval, of_difference, of_mean};
use serde::{Deserialize, Serialize};

/// The share by which a target may be slower.
const TOLERANCE: f64 = 0.05;

/// The fewest pairs that say anything.
const FEWEST: usize = 5;

/// The rates of two rounds that were measured one right after the other, in successes a second.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pair {
    /// The target's.
    pub(crate) target: f64,
    /// That of what it is compared with.
    pub(crate) other: f64,
}

impl Pair {
    /// The logarithm of the ratio; `None` where a round came to nothing.
    fn log_ratio(&self) -> Option<f64> {
        (self.target > 0.0 && self.other > 0.0).then(|| (self.target / self.other).ln())
    }
}

/// What the gate says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// The target is slower by more than the tolerance.
    Regression,
    /// It is not.
    NoRegression,
    /// The pairs do not say.
    Inconclusive,
}

impl Verdict {
    /// The words used in reports.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Verdict::Regression => "regression",
            Verdict::NoRegression => "no regression",
            Verdict::Inconclusive => "inconclusive",
        }
    }
}

/// A verdict and what it rests on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Gate {
    /// The verdict.
    pub(crate) verdict: Verdict,
    /// How fast the target is, with 1 for as fast as the baseline.
    pub(crate) ratio: f64,
    /// The lower end of the confidence interval of that.
    pub(crate) low: f64,
    /// Its upper end.
    pub(crate) high: f64,
    /// How sure that interval is.
    pub(crate) confidence: f64,
    /// The share by which a target may be slower.
    pub(crate) tolerance: f64,
    /// How many pairs of this run it rests on.
    pub(crate) pairs: usize,
}

/// Compares a target with what it was paired with, or both with an earlier run that did the same.
pub(in crate::load) fn compare(pairs: &[Pair], earlier: Option<&[Pair]>) -> Gate {
    let logs = |pairs: &[Pair]| -> Vec<f64> { pairs.iter().filter_map(Pair::log_ratio).collect() };
    let now = logs(pairs);
    let interval = match earlier {
        _ if now.len() < FEWEST => None,
        None => of_mean(&now),
        Some(earlier) => {
            let before = logs(earlier);
            let enough = before.len() >= FEWEST;
            enough.then(|| of_difference(&now, &before)).flatten()
        }
    };
    let interval = interval.unwrap_or(Interval {
        low: f64::MIN,
        centre: 0.0,
        high: f64::MAX.ln(),
    });
    let slowest = (1.0 - TOLERANCE).ln();
    Gate {
        verdict: match interval {
            Interval { high, .. } if high < slowest => Verdict::Regression,
            Interval { low, .. } if low > slowest => Verdict::NoRegression,
            _ => Verdict::Inconclusive,
        },
        ratio: interval.centre.exp(),
        low: interval.low.exp(),
        high: interval.high.exp(),
        confidence: CONFIDENCE,
        tolerance: TOLERANCE,
        pairs: now.len(),
    }
}

/// Whether more pairs are to be measured: as many again while nothing can be said, up to three times
/// as many as at first.
pub(in crate::load) fn needs_more(gate: &Gate, asked: usize) -> bool {
    gate.verdict == Verdict::Inconclusive && gate.pairs < 3 * asked
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Chance with a seed, after Vigna's SplitMix64.
    struct Chance(u64);

    impl Chance {
        fn uniform(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
        }

        /// Nearly normal, with mean 0 and deviation 1.
        fn normal(&mut self) -> f64 {
            (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
        }

        fn happens(&mut self, share: f64) -> bool {
            self.uniform() < share
        }
    }

    /// A machine whose speed drifts, with noise of its own in each round, and every tenth round
    /// disturbed by something else that takes up to half of the time.
    struct Machine {
        chance: Chance,
        speed: f64,
    }

    impl Machine {
        fn new(seed: u64) -> Machine {
            Machine {
                chance: Chance(seed),
                speed: 0.0,
            }
        }

        fn round(&mut self, log_speed: f64, noise: f64) -> f64 {
            self.speed += 0.02 * self.chance.normal();
            let disturbed = match self.chance.happens(0.1) {
                true => 0.7 * self.chance.uniform(),
                false => 0.0,
            };
            let log = log_speed + self.speed + noise * self.chance.normal() - disturbed;
            10_000.0 * log.exp()
        }

        fn pairs(&mut self, number: usize, share: f64, noise: f64) -> Vec<Pair> {
            let pair = |nth: usize| {
                let other_first = !nth.is_multiple_of(2);
                let before = other_first.then(|| self.round(0.0, noise));
                let target = self.round(share.ln(), noise);
                let other = before.unwrap_or_else(|| self.round(0.0, noise));
                Pair { target, other }
            };
            (0..number).map(pair).collect()
        }

        /// A gate as it is run, with more pairs where they are needed.
        fn gate(&mut self, share: f64, noise: f64, earlier: Option<&[Pair]>) -> Verdict {
            let mut pairs = self.pairs(10, share, noise);
            let mut gate = compare(&pairs, earlier);
            while needs_more(&gate, 10) {
                pairs.extend(self.pairs(10, share, noise));
                gate = compare(&pairs, earlier);
            }
            gate.verdict
        }
    }

    fn verdicts(share: f64, noise: f64, with_earlier: bool) -> [usize; 3] {
        let mut counts = [0; 3];
        for seed in 0..1000 {
            let mut machine = Machine::new(seed);
            let earlier = with_earlier.then(|| machine.pairs(30, 1.0, noise));
            match machine.gate(share, noise, earlier.as_deref()) {
                Verdict::Regression => counts[0] += 1,
                Verdict::NoRegression => counts[1] += 1,
                Verdict::Inconclusive => counts[2] += 1,
            }
        }
        counts
    }

    #[test]
    fn two_of_the_same_do_not_trip_it() {
        for with_earlier in [false, true] {
            for noise in [0.01, 0.03, 0.08] {
                let [trips, _, _] = verdicts(1.0, noise, with_earlier);
                assert!(trips <= 5, "{trips} of 1000 with noise {noise}");
            }
        }
    }

    #[test]
    fn on_a_quiet_machine_two_of_the_same_are_told_to_be_so() {
        for with_earlier in [false, true] {
            let [_, passes, _] = verdicts(1.0, 0.02, with_earlier);
            assert!(passes >= 850, "{passes} of 1000");
        }
    }

    #[test]
    fn a_fifth_slower_trips_it() {
        for with_earlier in [false, true] {
            for noise in [0.01, 0.03] {
                let [trips, passes, _] = verdicts(0.8, noise, with_earlier);
                assert!(trips >= 990, "{trips} of 1000 with noise {noise}");
                assert_eq!(passes, 0);
            }
        }
    }

    #[test]
    fn with_a_slowdown_as_large_as_the_tolerance_nothing_is_claimed_often() {
        let [trips, passes, _] = verdicts(0.95, 0.03, false);
        assert!(trips <= 30 && passes <= 30, "{trips} and {passes} of 1000");
    }

    #[test]
    fn rounds_that_came_to_nothing_say_nothing() {
        let nothing = [Pair {
            target: 0.0,
            other: 0.0,
        }; 30];
        let gate = compare(&nothing, None);
        assert_eq!((gate.verdict, gate.pairs), (Verdict::Inconclusive, 0));
    }
}
