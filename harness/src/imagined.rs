//! What the private emulator makes of a finding: the smallest plans that would show it, if the target
//! did wrong in the way it did before.

use crate::generate::without_clusters;
use crate::mimic::Mimic;
use crate::plan::Plan;
use crate::player::{Playing, Seen};
use crate::smaller::{Candidates, Ways, hash};
use std::collections::HashSet;
use std::time::Instant;

/// The most candidates that are tried on the private emulator.
const MOST_IMAGINED: usize = 5_000;

/// In what a candidate must be like the plan that showed the finding.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Likeness {
    /// In its last step.
    Last,
    /// In every step, so that a target is likely to take each in the same way.
    Every,
}

/// What the private emulator makes of candidates, and which ones it was asked about.
pub(crate) struct Imagined {
    pub(crate) mimic: Mimic,
    refuted: HashSet<(u64, Likeness)>,
    left: usize,
    until: Instant,
}

impl Imagined {
    /// What is asked after `until` may show nothing.
    pub(crate) fn new(cut: &Plan, seen: &Seen, playing: &Playing<'_>, until: Instant) -> Imagined {
        Imagined {
            mimic: Mimic::new(cut, seen, &playing.identity, playing.texts),
            refuted: HashSet::new(),
            left: MOST_IMAGINED,
            until,
        }
    }

    /// Whether the candidate may show the finding.
    pub(crate) fn shows(&mut self, candidate: &Plan, like: Likeness) -> bool {
        let key = (hash(candidate), like);
        if self.left == 0 || self.refuted.contains(&key) || Instant::now() >= self.until {
            return false;
        }
        self.left -= 1;
        let shows = match like {
            Likeness::Last => self.mimic.foresees(candidate),
            Likeness::Every => self.mimic.foresees_alike(candidate),
        };
        if !shows {
            self.refuted.insert(key);
        }
        shows
    }

    /// The plans with the fewest steps that can be made of this one and may show the finding: in its
    /// own world, and in a simpler one where that is enough.
    pub(crate) fn fewest_steps(&mut self, cut: &Plan) -> Vec<Plan> {
        let few = self.smallest(cut.clone(), Ways::Steps, Likeness::Last);
        let simpler = without_clusters(&few);
        let mut all = vec![few];
        if all.first() != Some(&simpler) && self.shows(&simpler, Likeness::Last) {
            all.push(self.smallest(simpler, Ways::Steps, Likeness::Last));
        }
        all
    }

    /// The smallest plan that can be made of each.
    pub(crate) fn each_smallest(&mut self, plans: &[Plan], like: Likeness) -> Vec<Plan> {
        let smallest = plans
            .iter()
            .map(|plan| self.smallest(plan.clone(), Ways::All, like));
        smallest.collect()
    }

    /// The smallest plan that can be made of this one and may show the finding.
    pub(crate) fn smallest(&mut self, plan: Plan, ways: Ways, like: Likeness) -> Plan {
        let mut candidates = Candidates::new(plan, ways);
        while let Some(candidate) = candidates.next() {
            if self.shows(&candidate, like) {
                candidates.accept(candidate);
            }
        }
        candidates.smallest().clone()
    }
}
