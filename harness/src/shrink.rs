//! Shrinking: from the plan that showed a finding to the smallest one that still does.
//!
//! Requests to a target cost time, and on AWS money. So a plan is made small on the private emulator
//! first, where the wrong answer is mimicked, and the target is asked whether it agrees. Where it
//! does not, the steps that were taken away wrongly are searched for. Only the same finding counts,
//! no candidate is tried twice, and what is kept was seen on the target.

use crate::generate::without_clusters;
use crate::imagined::{Imagined, Likeness};
use crate::plan::Plan;
use crate::player::{Played, Playing, Seen, play};
use crate::smaller::{
    Ways, closed, fewer_steps, hash, related, simpler_steps, size, without_waits,
};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How much a shrink may cost.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// The most requests to send.
    pub calls: usize,
    /// The most time to take.
    pub time: Duration,
    /// How often a plan is replayed before it is believed.
    pub confirmations: u32,
    /// How many requests may be sent in vain before a plan that the target agrees with is left as it is.
    pub patience: usize,
}

/// The result of a shrink.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The smallest plan found.
    pub plan: Plan,
    /// What happened when it was played.
    pub played: Played,
    /// How many requests it took to find and to confirm.
    pub calls: usize,
    /// How many of the replays of the smallest plan showed the finding, and how many there were.
    pub reproduced: (u32, u32),
}

/// Shrinks one finding.
pub struct Shrinker<'f> {
    seen: &'f Seen,
    found: &'f Played,
    fingerprint: String,
    playing: &'f Playing<'f>,
    budget: Budget,
    begun: Instant,
    calls: usize,
    refuted: HashSet<u64>,
    /// Whether a plan that shows the finding once did not.
    flaky: bool,
    /// How often the whole plan was played and did not show the finding.
    in_vain: u32,
    best: Option<Best>,
}

/// A plan that showed the finding, and how often it did.
struct Best {
    plan: Plan,
    played: Played,
    shown: u32,
    tried: u32,
}

impl<'f> Shrinker<'f> {
    /// A shrinker for what was seen when a plan was played.
    pub fn new(
        seen: &'f Seen,
        found: &'f Played,
        budget: Budget,
        playing: &'f Playing<'f>,
    ) -> Shrinker<'f> {
        Shrinker {
            seen,
            found,
            fingerprint: seen.fingerprint(),
            playing,
            budget,
            begun: Instant::now(),
            calls: 0,
            refuted: HashSet::new(),
            flaky: false,
            in_vain: 0,
            best: None,
        }
    }

    /// Shrinks `plan`, which showed the finding.
    ///
    /// # Errors
    /// Where it does not show it again: how often it was played in vain. That is 0 where there was no
    /// time to play it.
    pub async fn shrink(mut self, plan: &Plan) -> Result<Shrunk, u32> {
        let last = self.seen.step;
        let done = self.found.done(plan);
        let cut = plan.retain(|index, step| index <= last && !self.playing.skips(step));
        let until = self.begun + self.budget.time;
        let mut imagined = Imagined::new(&cut, self.seen, self.playing, until);
        let few = imagined.fewest_steps(&cut);
        if !self.is_imagined_well(&cut, &few, &mut imagined).await {
            let worlds = [cut.clone(), without_clusters(&cut)];
            for (world, few) in worlds.iter().zip(&few).rev() {
                if self.best.is_none() {
                    let idle = imagined.mimic.idle(world, &done);
                    self.find_missing(world, few, &idle).await;
                }
            }
        }
        self.confirm().await;
        self.go_on(&mut imagined).await;
        self.confirm().await;
        let Best {
            plan,
            played,
            shown,
            tried,
        } = self.best.ok_or(self.in_vain)?;
        Ok(Shrunk {
            plan,
            played,
            calls: self.calls,
            reproduced: (shown, tried),
        })
    }

    /// Whether the target shows the finding in what the private emulator makes of it.
    async fn is_imagined_well(
        &mut self,
        cut: &Plan,
        few: &[Plan],
        imagined: &mut Imagined,
    ) -> bool {
        let mut small = imagined.each_smallest(few, Likeness::Last);
        small.sort_by_key(size);
        for plan in small {
            if self.often_shows(plan).await {
                return true;
            }
        }
        let alike = imagined.smallest(cut.clone(), Ways::Steps, Likeness::Every);
        let careful = [few, &[alike]].concat();
        for plan in imagined.each_smallest(&careful, Likeness::Every) {
            if self.shows(plan).await {
                return true;
            }
        }
        false
    }

    /// `few` lacks steps that the target needs: finds them among those of `cut`, the later ones
    /// first. `idle` are steps that change nothing.
    async fn find_missing(&mut self, cut: &Plan, few: &Plan, idle: &BTreeSet<u32>) {
        let mut needed = ids(few);
        let Some(enough) = self.enough(cut, few, idle).await else {
            return;
        };
        let mut spare: Vec<u32> = (&ids(&enough) - &needed).into_iter().collect();
        // In each round the latest step is found without which the ones after it are not enough.
        while !spare.is_empty() && !self.is_spent() {
            let with = |from: usize| {
                let mut chosen = needed.clone();
                chosen.extend(spare.iter().skip(from));
                closed(&enough, &chosen)
            };
            if self.shows(with(spare.len())).await {
                return;
            }
            let (mut suffices, mut lacks) = (0, spare.len());
            while lacks - suffices > 1 {
                let middle = suffices.midpoint(lacks);
                match self.shows(with(middle)).await {
                    true => suffices = middle,
                    false => lacks = middle,
                }
            }
            needed.extend(spare.get(suffices));
            spare.truncate(suffices);
        }
        self.shows(closed(&enough, &needed)).await;
    }

    /// Steps of `cut` with which the target shows the finding: those that are related to `few`, and
    /// those that change something, before the others.
    async fn enough(&mut self, cut: &Plan, few: &Plan, idle: &BTreeSet<u32>) -> Option<Plan> {
        let near = related(cut, few);
        let far = related(cut, &closed(cut, &near));
        let busy = |chosen: &BTreeSet<u32>| &(chosen - idle) | &ids(few);
        for chosen in [busy(&near), busy(&far), busy(&ids(cut)), near, far] {
            let plan = closed(cut, &chosen);
            if self.shows(plan.clone()).await {
                return Some(plan);
            }
        }
        self.shows_whole(cut).await.then(|| cut.clone())
    }

    /// Plays the whole plan as often as it takes to tell whether it comes back, whatever that costs.
    async fn shows_whole(&mut self, cut: &Plan) -> bool {
        for time in 1..=self.budget.confirmations {
            let Some(played) = self.play(cut).await else {
                return false;
            };
            if played.showed(&self.fingerprint).is_some() {
                self.keep(cut.clone(), played, time);
                return true;
            }
            self.in_vain += 1;
        }
        false
    }

    /// Tries on the target what could still go, as far as it is imaginable that it does, until that
    /// was in vain for too long.
    async fn go_on(&mut self, imagined: &mut Imagined) {
        if self.budget.patience == 0 {
            return;
        }
        // Things may take less time on the target than the private emulator thinks.
        let hasty = self.best.as_ref().map(|best| without_waits(&best.plan));
        if let Some(hasty) = hasty {
            self.shows(hasty).await;
        }
        loop {
            let tries = if self.flaky {
                self.budget.confirmations as usize
            } else {
                1
            };
            let patience = self.calls + self.budget.patience * tries;
            let Some(best) = &self.best else { return };
            let plan = best.plan.clone();
            let mut simplest = |like| imagined.smallest(plan.clone(), Ways::Bodies, like);
            let simplest = [simplest(Likeness::Last), simplest(Likeness::Every)];
            let plan = Arc::new(plan);
            let candidates = fewer_steps(&plan)
                .chain(simplest)
                .chain(simpler_steps(&plan))
                .filter(|candidate| size(candidate) < size(&plan));
            let mut better = false;
            for candidate in candidates {
                if self.is_spent() || self.calls > patience {
                    return;
                }
                if imagined.shows(&candidate, Likeness::Last) && self.shows(candidate).await {
                    better = true;
                    break;
                }
            }
            if !better {
                return;
            }
        }
    }

    /// Replays the best plan until it was played often enough to tell how often it shows the finding.
    async fn confirm(&mut self) {
        let enough = self.budget.confirmations;
        while let Some(mut best) = self.best.take_if(|best| best.tried < enough) {
            let Some(played) = self.play(&best.plan).await else {
                self.best = Some(best);
                return;
            };
            let shown = played.showed(&self.fingerprint).is_some();
            self.flaky |= !shown;
            best.shown += u32::from(shown);
            best.tried += 1;
            self.best = Some(best);
        }
    }

    /// Plays a candidate that there is much hope for: a target that only sometimes does wrong gets
    /// more chances to.
    async fn often_shows(&mut self, candidate: Plan) -> bool {
        self.tries(candidate, self.budget.confirmations).await
    }

    /// Plays a candidate.
    async fn shows(&mut self, candidate: Plan) -> bool {
        let times = if self.flaky {
            self.budget.confirmations
        } else {
            1
        };
        self.tries(candidate, times).await
    }

    /// Plays a candidate that was not refuted before up to so many times, and keeps it if it shows
    /// the finding and is the smallest so far.
    async fn tries(&mut self, candidate: Plan, times: u32) -> bool {
        let hash = hash(&candidate);
        if let Some(best) = &self.best
            && best.plan == candidate
        {
            return true;
        }
        if self.refuted.contains(&hash) {
            return false;
        }
        for time in 1..=times {
            if self.is_spent() {
                return false;
            }
            let Some(played) = self.play(&candidate).await else {
                return false;
            };
            if played.showed(&self.fingerprint).is_some() {
                self.keep(candidate, played, time);
                return true;
            }
        }
        self.refuted.insert(hash);
        false
    }

    /// Keeps a plan that showed the finding when it was played for the `tried`th time, if it is the
    /// smallest so far.
    fn keep(&mut self, plan: Plan, played: Played, tried: u32) {
        self.flaky |= tried > 1;
        let smaller = |best: &Best| size(&plan) < size(&best.plan);
        if self.best.as_ref().is_none_or(smaller) {
            self.best = Some(Best {
                plan,
                played,
                shown: 1,
                tried,
            });
        }
    }

    async fn play(&mut self, plan: &Plan) -> Option<Played> {
        let played = play(plan, self.playing).await.ok()?;
        self.calls += played.calls;
        let is_whole = |until: Instant| Instant::now() < until;
        self.playing.deadline.is_none_or(is_whole).then_some(played)
    }

    fn is_spent(&self) -> bool {
        self.calls >= self.budget.calls || self.begun.elapsed() >= self.budget.time
    }
}

fn ids(plan: &Plan) -> BTreeSet<u32> {
    plan.steps.iter().map(|step| step.id).collect()
}
