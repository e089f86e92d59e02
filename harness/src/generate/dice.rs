//! Random choices, all from one seed. proptest supplies the random numbers and the strategies for
//! texts that match a pattern.

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
        let mut bytes = [0; 32];
        for (place, byte) in bytes.iter_mut().zip(seed.to_le_bytes()) {
            *place = byte;
        }
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        Dice {
            runner: TestRunner::new_with_rng(Config::default(), rng),
        }
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

    /// A text that matches a pattern written as AWS writes it; `None` where proptest's dialect
    /// cannot express it.
    pub(crate) fn matching(&mut self, pattern: &str) -> Option<String> {
        let plain = pattern.trim_start_matches('^').trim_end_matches('$');
        let strategy = proptest::string::string_regex(plain).ok()?;
        Some(strategy.new_tree(&mut self.runner).ok()?.current())
    }
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
