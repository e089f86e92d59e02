//! Rounds in pairs: one of the target and one of what it is compared with, in the order A B B A, so
//! that a machine whose speed drifts treats both alike.

use super::books::Measured;
use super::closed::closed;
use super::gate::{Gate, Pair, compare, compare_with, needs_more};
use super::measuring::Subject;
use super::progress::Progress;
use std::time::Duration;

/// How rounds are measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rounds {
    /// The clients.
    pub(super) clients: usize,
    /// How many pairs at first.
    pub(super) pairs: usize,
    /// How long each round is measured.
    pub(super) duration: Duration,
    /// How long each side is warmed up before the first round.
    pub(super) warm_up: Duration,
}

/// What is said of the pairs.
#[derive(Clone, Copy, Debug)]
pub(super) enum Said<'e> {
    /// Nothing: they are for a later run to be compared with.
    Nothing,
    /// Whether the target is as fast as the other.
    Directly,
    /// Whether it is as fast, measured by the other, as it was in an earlier run.
    Since(&'e [Pair]),
}

/// What came of them.
#[derive(Debug, Default)]
pub(super) struct Paired {
    /// The rates of each pair.
    pub(super) pairs: Vec<Pair>,
    /// All rounds of the target together.
    pub(super) measured: Measured,
}

impl Rounds {
    /// Measures all pairs, and more where the gate asks for them. An earlier run has no more to be
    /// compared with.
    pub(super) async fn measure(
        &self,
        target: &Subject,
        other: &Subject,
        said: Said<'_>,
        progress: &Progress,
    ) -> (Paired, Option<Gate>) {
        let mut paired = Paired::default();
        for side in [target, other] {
            let _part = progress.takes("warming up", self.warm_up);
            closed(side, self.clients, Duration::ZERO, self.warm_up).await;
        }
        loop {
            for _ in 0..self.pairs {
                self.pair(target, other, &mut paired, progress).await;
            }
            match said {
                Said::Nothing => return (paired, None),
                Said::Since(earlier) => {
                    let gate = compare_with(&paired.pairs, earlier);
                    return (paired, Some(gate));
                }
                Said::Directly => {
                    let gate = compare(&paired.pairs);
                    let measured = paired.pairs.len();
                    if !needs_more(&gate, measured, self.pairs) {
                        return (paired, Some(gate));
                    }
                }
            }
        }
    }

    async fn pair(
        &self,
        target: &Subject,
        other: &Subject,
        paired: &mut Paired,
        progress: &Progress,
    ) {
        let nth = paired.pairs.len();
        let what = format!("pair {}", nth + 1);
        let _part = progress.takes(&what, 2 * (self.duration + self.cut()));
        let (mine, others) = match nth.is_multiple_of(2) {
            true => {
                let mine = self.round(target).await;
                (mine, self.round(other).await)
            }
            false => {
                let others = self.round(other).await;
                (self.round(target).await, others)
            }
        };
        paired.pairs.push(Pair {
            target: mine.achieved(),
            other: others.achieved(),
        });
        paired.measured.add(&mine);
    }

    async fn round(&self, side: &Subject) -> Measured {
        closed(side, self.clients, self.cut(), self.duration).await
    }

    /// What is cut away at the beginning of each round, while the caches are still those of the other.
    fn cut(&self) -> Duration {
        self.duration / 10
    }
}
