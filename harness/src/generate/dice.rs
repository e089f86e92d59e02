//! Random choices, all from one seed: numbers, and values of proptest's strategies.

use proptest::prelude::RngExt;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// A source of random choices.
pub(crate) struct Dice {
    runner: TestRunner,
}

impl Dice {
    /// Choices that are the same for the same seed.
    pub(crate) fn new(seed: u64) -> Dice {
        Dice {
            runner: runner(seed),
        }
    }

    /// The choices that these random numbers make.
    pub(super) fn of(rng: TestRng) -> Dice {
        Dice {
            runner: TestRunner::new_with_rng(Config::default(), rng),
        }
    }

    /// A value of this strategy; nothing where it rejects all that it draws.
    pub(super) fn draw<S: Strategy<Value: Default>>(&mut self, strategy: &S) -> S::Value {
        let tree = strategy.new_tree(&mut self.runner);
        tree.map(|tree| tree.current()).unwrap_or_default()
    }

    /// A number from 0 to `n` - 1; 0 where there is none.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        if n < 2 {
            0
        } else {
            self.runner.rng().random_range(0..n)
        }
    }

    /// True in `percent` of 100 cases.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of `all`.
    pub(crate) fn pick<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.below(all.len()))
    }

    /// One of `all`, each as often as its weight says.
    pub(crate) fn weighted<'a, T>(&mut self, all: &'a [(T, usize)]) -> Option<&'a T> {
        let mut left = self.below(all.iter().map(|(_, weight)| weight).sum());
        all.iter()
            .find(|(_, weight)| {
                let found = left < *weight;
                left = left.saturating_sub(*weight);
                found
            })
            .map(|(value, _)| value)
    }
}

/// Texts that match a pattern written as AWS writes it; `None` where proptest's dialect cannot express
/// it.
pub(super) fn matching(pattern: &str) -> Option<impl Strategy<Value = String> + use<>> {
    let plain = pattern.trim_start_matches('^').trim_end_matches('$');
    proptest::string::string_regex(plain).ok()
}

/// The test runner of this seed.
pub(super) fn runner(seed: u64) -> TestRunner {
    let mut bytes = [0; 32];
    for (place, byte) in bytes.iter_mut().zip(seed.to_le_bytes()) {
        *place = byte;
    }
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    TestRunner::new_with_rng(Config::default(), rng)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_choices() {
        let draw = |seed| {
            let mut dice = Dice::new(seed);
            (0..20).map(|_| dice.below(1000)).collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn weights_of_nothing_are_never_drawn() {
        let mut dice = Dice::new(1);
        for _ in 0..50 {
            assert_eq!(dice.weighted(&[('a', 0), ('b', 2)]), Some(&'b'));
        }
    }
}
