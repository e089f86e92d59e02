//! What pairs of rounds say.

use super::interval::{CONFIDENCE, Interval, of_difference, of_mean};
use serde::{Deserialize, Serialize};

/// The share by which a target may be slower.
const TOLERANCE: f64 = 0.05;

/// How many times faster or slower a yardstick may be than it was.
const ALIKE: f64 = 1.5;

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
    /// How fast the yardstick is, with 1 for as fast as in an earlier run that is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) yardstick: Option<f64>,
}

/// Compares a target with what it was paired with.
pub(in crate::load) fn compare(pairs: &[Pair]) -> Gate {
    let logs = logs(pairs);
    judge(of_mean(&logs), logs.len())
}

/// Compares a target with an earlier one that was paired with the same. There must be as many pairs, since
/// an account that fills up may slow both down. Where what they were paired with has another speed than it
/// had, the machine has, and nothing can be said.
pub(in crate::load) fn compare_with(pairs: &[Pair], earlier: &[Pair]) -> Gate {
    let (now, then) = (logs(pairs), logs(earlier));
    let mut gate = judge(of_difference(&now, &then), now.len().min(then.len()));
    let speeds = |pairs: &[Pair]| -> Vec<f64> {
        let speeds = pairs.iter().map(|pair| pair.other.ln());
        speeds.filter(|speed| speed.is_finite()).collect()
    };
    let change = of_difference(&speeds(pairs), &speeds(earlier));
    gate.yardstick = change.map(|interval| interval.centre.exp());
    let is_alike = |change: f64| (1.0 / ALIKE..=ALIKE).contains(&change);
    if !gate.yardstick.is_some_and(is_alike) {
        gate.verdict = Verdict::Inconclusive;
    }
    gate
}

fn logs(pairs: &[Pair]) -> Vec<f64> {
    pairs.iter().filter_map(Pair::log_ratio).collect()
}

fn judge(interval: Option<Interval>, pairs: usize) -> Gate {
    let interval = interval.filter(|_| pairs >= FEWEST).unwrap_or(Interval {
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
        pairs,
        yardstick: None,
    }
}

/// Whether more pairs are to be measured: as many again while nothing can be said, up to three times
/// as many as at first.
pub(in crate::load) fn needs_more(gate: &Gate, measured: usize, asked: usize) -> bool {
    gate.verdict == Verdict::Inconclusive && measured < 3 * asked
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
        fn gate(&mut self, share: f64, noise: f64) -> Verdict {
            let mut pairs = self.pairs(10, share, noise);
            let mut gate = compare(&pairs);
            while needs_more(&gate, pairs.len(), 10) {
                pairs.extend(self.pairs(10, share, noise));
                gate = compare(&pairs);
            }
            gate.verdict
        }

        /// A gate against an earlier run on a machine of its own.
        fn gate_with_earlier(&mut self, share: f64, noise: f64) -> Verdict {
            let earlier = self.pairs(30, 1.0, noise);
            self.speed = 0.0;
            compare_with(&self.pairs(30, share, noise), &earlier).verdict
        }
    }

    fn verdicts(share: f64, noise: f64, with_earlier: bool) -> [usize; 3] {
        let mut counts = [0; 3];
        for seed in 0..1000 {
            let mut machine = Machine::new(seed);
            let verdict = match with_earlier {
                true => machine.gate_with_earlier(share, noise),
                false => machine.gate(share, noise),
            };
            match verdict {
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
        for gate in [compare(&nothing), compare_with(&nothing, &nothing)] {
            assert_eq!((gate.verdict, gate.pairs), (Verdict::Inconclusive, 0));
        }
    }

    #[test]
    fn an_account_that_fills_up_is_no_regression_and_another_machine_is_none_either() {
        let pair = |nth: u32, speed: f64| Pair {
            target: speed * 1000.0 / (100.0 + f64::from(nth)),
            other: speed * 5000.0,
        };
        let run = |speed: f64| -> Vec<Pair> { (1..=10).map(|nth| pair(nth, speed)).collect() };
        let same = compare_with(&run(1.0), &run(1.1));
        assert_eq!(same.verdict, Verdict::NoRegression);
        let other = compare_with(&run(1.0), &run(2.0));
        assert_eq!(other.verdict, Verdict::Inconclusive);
        assert!(other.yardstick.is_some_and(|it| (it - 0.5).abs() < 1e-9));
    }
}
