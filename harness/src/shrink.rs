//! Shrinking: from the plan that showed a finding to the smallest one that still does.
//!
//! Requests to a target cost time, and on AWS money. So a plan is made small on the private emulator
//! first, where the wrong answer is mimicked, and the target is asked whether it agrees. Where it
//! does not, the steps that were taken away wrongly are searched for. Only the same finding counts,
//! no candidate is tried twice, and what is kept was seen on the target.

use crate::generate::without_clusters;
use crate::mimic::Mimic;
use crate::plan::Plan;
use crate::player::{Played, Playing, Seen, play};
use crate::smaller::{closed, fewer_steps, related, simpler_steps, size};
use std::collections::{BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, Instant};

/// How much a shrink may cost.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// The most requests to send.
    pub calls: usize,
    /// The most time to take.
    pub time: Duration,
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

/// How often a plan is replayed before anybody believes it.
pub const CONFIRMATIONS: u32 = 3;

/// How many requests may be sent in vain before a plan is left as it is.
const PATIENCE: usize = 60;

/// The most candidates that are tried on the private emulator.
const MOST_IMAGINED: usize = 5_000;

/// Shrinks one finding.
pub struct Shrinker<'f> {
    seen: &'f Seen,
    fingerprint: String,
    playing: &'f Playing<'f>,
    budget: Budget,
    begun: Instant,
    calls: usize,
    refuted: HashSet<u64>,
    /// Whether a plan that shows the finding once did not.
    flaky: bool,
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
    /// A shrinker for what was seen.
    pub fn new(seen: &'f Seen, budget: Budget, playing: &'f Playing<'f>) -> Shrinker<'f> {
        Shrinker {
            seen,
            fingerprint: seen.fingerprint(),
            playing,
            budget,
            begun: Instant::now(),
            calls: 0,
            refuted: HashSet::new(),
            flaky: false,
            best: None,
        }
    }

    /// Shrinks `plan`, which showed the finding. `None` where it does not show it again.
    pub async fn shrink(mut self, plan: &Plan) -> Option<Shrunk> {
        let last = self.seen.step;
        let skipped = &self.playing.skipped;
        let cut = plan.retain(|index, step| {
            let skips = |(_, name): (&str, &str)| skipped.contains(name);
            index <= last && !step.operation().is_some_and(skips)
        });
        let mut imagined = Imagined::new(&cut, self.seen, self.playing);
        let few = imagined.fewest_steps(&cut);
        let mut agreed = false;
        let mut small = imagined.each_smallest(&few, Likeness::Last);
        small.sort_by_key(size);
        for hope in small {
            agreed = agreed || self.often_shows(hope).await;
        }
        if !agreed {
            let alike = imagined.smallest(cut.clone(), Ways::Steps, Likeness::Every);
            let careful = [few.clone(), vec![alike]].concat();
            for hope in imagined.each_smallest(&careful, Likeness::Every) {
                agreed = agreed || self.shows(hope).await;
            }
        }
        let mut worlds = vec![cut.clone(), without_clusters(&cut)];
        worlds.truncate(few.len());
        for (world, few) in worlds.iter().zip(&few).rev() {
            if !agreed {
                agreed = self.find_missing(world, few, &imagined).await;
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
        } = self.best?;
        Some(Shrunk {
            plan,
            played,
            calls: self.calls,
            reproduced: (shown, tried),
        })
    }

    /// `few` lacks steps that the target needs: finds them among those of `cut`, the related ones
    /// first, and the later ones first. Steps that change nothing are thought of last.
    async fn find_missing(&mut self, cut: &Plan, few: &Plan, imagined: &Imagined) -> bool {
        let kept: BTreeSet<u32> = few.steps.iter().map(|step| step.id).collect();
        let near = related(cut, few);
        let far = related(cut, &closed(cut, &near));
        let idle = imagined.mimic.idle(cut);
        let busy = |chosen: &BTreeSet<u32>| &(chosen - &idle) | &kept;
        let all: BTreeSet<u32> = cut.steps.iter().map(|step| step.id).collect();
        let mut found = None;
        for chosen in [busy(&near), busy(&far), busy(&all), near, far] {
            let whole = closed(cut, &chosen);
            if found.is_none() && self.shows(whole.clone()).await {
                found = Some(whole);
            }
        }
        if found.is_none() && self.often_shows(cut.clone()).await {
            found = Some(cut.clone());
        }
        let Some(whole) = found else { return false };
        let mut needed = kept.clone();
        let mut spare: Vec<u32> = whole.steps.iter().map(|step| step.id).collect();
        spare.retain(|id| !kept.contains(id));
        // In each round the latest step is found without which the ones after it are not enough.
        while !spare.is_empty() && !self.is_spent() {
            let with = |from: usize, needed: &BTreeSet<u32>, spare: &[u32]| {
                let mut chosen = needed.clone();
                chosen.extend(spare.iter().skip(from));
                closed(&whole, &chosen)
            };
            if self.shows(with(spare.len(), &needed, &spare)).await {
                return true;
            }
            let (mut enough, mut too_few) = (0, spare.len());
            while too_few - enough > 1 {
                let middle = enough.midpoint(too_few);
                match self.shows(with(middle, &needed, &spare)).await {
                    true => enough = middle,
                    false => too_few = middle,
                }
            }
            let found = spare.get(enough).copied();
            needed.extend(found);
            spare.truncate(enough);
        }
        self.shows(closed(&whole, &needed)).await;
        true
    }

    /// Tries on the target what could still go, as far as it is imaginable that it does, until that
    /// was in vain for too long.
    async fn go_on(&mut self, imagined: &mut Imagined) {
        loop {
            let tries = if self.flaky {
                CONFIRMATIONS as usize
            } else {
                1
            };
            let patience = self.calls + PATIENCE * tries;
            let Some(best) = &self.best else { return };
            let plan = best.plan.clone();
            let mut simplest = |like| imagined.smallest(plan.clone(), Ways::Bodies, like);
            let simplest = [simplest(Likeness::Last), simplest(Likeness::Every)];
            let mut candidates = fewer_steps(&plan)
                .chain(simplest)
                .chain(simpler_steps(&plan))
                .filter(|candidate| size(candidate) < size(&plan));
            let mut better = false;
            while let Some(candidate) = candidates.next() {
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
        while let Some(mut best) = self.best.take_if(|best| best.tried < CONFIRMATIONS) {
            let played = self.play(&best.plan).await;
            let shown = played.is_some_and(|played| played.showed(&self.fingerprint).is_some());
            self.flaky |= !shown;
            best.shown += u32::from(shown);
            best.tried += 1;
            self.best = Some(best);
        }
    }

    /// Plays a candidate that there is much hope for: a target that only sometimes does wrong gets
    /// more chances to.
    async fn often_shows(&mut self, candidate: Plan) -> bool {
        self.tries(candidate, CONFIRMATIONS).await
    }

    /// Plays a candidate.
    async fn shows(&mut self, candidate: Plan) -> bool {
        let times = if self.flaky { CONFIRMATIONS } else { 1 };
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
                self.flaky |= time > 1;
                let smaller = |best: &Best| size(&candidate) < size(&best.plan);
                if self.best.as_ref().is_none_or(smaller) {
                    self.best = Some(Best {
                        plan: candidate,
                        played,
                        shown: 1,
                        tried: time,
                    });
                }
                return true;
            }
        }
        self.refuted.insert(hash);
        false
    }

    async fn play(&mut self, plan: &Plan) -> Option<Played> {
        let played = play(plan, self.playing).await.ok()?;
        self.calls += played.calls;
        Some(played)
    }

    fn is_spent(&self) -> bool {
        self.calls >= self.budget.calls || self.begun.elapsed() >= self.budget.time
    }
}

/// What may be made smaller.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ways {
    Steps,
    Bodies,
    All,
}

/// In what a candidate must be like the plan that showed the finding.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Likeness {
    /// In its last step.
    Last,
    /// In every step, so that a target is likely to take each in the same way.
    Every,
}

impl Ways {
    fn candidates(self, plan: &Plan) -> impl Iterator<Item = Plan> + '_ {
        let steps = fewer_steps(plan).filter(move |_| self != Ways::Bodies);
        let bodies = simpler_steps(plan).filter(move |_| self != Ways::Steps);
        steps.chain(bodies)
    }
}

/// What the private emulator makes of candidates, and which ones it was asked about.
struct Imagined {
    mimic: Mimic,
    refuted: HashSet<(u64, Likeness)>,
    left: usize,
}

impl Imagined {
    fn new(cut: &Plan, seen: &Seen, playing: &Playing<'_>) -> Imagined {
        Imagined {
            mimic: Mimic::new(cut, seen, &playing.identity, playing.texts),
            refuted: HashSet::new(),
            left: MOST_IMAGINED,
        }
    }

    /// Whether the candidate may show the finding.
    fn shows(&mut self, candidate: &Plan, like: Likeness) -> bool {
        let key = (hash(candidate), like);
        if self.left == 0 || self.refuted.contains(&key) {
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
    fn fewest_steps(&mut self, cut: &Plan) -> Vec<Plan> {
        let few = self.smallest(cut.clone(), Ways::Steps, Likeness::Last);
        let simpler = without_clusters(&few);
        let mut all = vec![few];
        if all.first() != Some(&simpler) && self.shows(&simpler, Likeness::Last) {
            all.push(self.smallest(simpler, Ways::Steps, Likeness::Last));
        }
        all
    }

    /// The smallest plan that can be made of each.
    fn each_smallest(&mut self, plans: &[Plan], like: Likeness) -> Vec<Plan> {
        let smallest = plans
            .iter()
            .map(|plan| self.smallest(plan.clone(), Ways::All, like));
        smallest.collect()
    }

    /// The smallest plan that can be made of this one and may show the finding.
    fn smallest(&mut self, mut plan: Plan, ways: Ways, like: Likeness) -> Plan {
        // After a success the ways before it are tried last, as they were tried just now.
        let mut from = 0;
        loop {
            let measure = size(&plan);
            let ahead = ways.candidates(&plan).enumerate().skip(from);
            let behind = ways.candidates(&plan).enumerate().take(from);
            let smaller = ahead
                .chain(behind)
                .filter(|(_, candidate)| size(candidate) < measure)
                .find(|(_, candidate)| self.shows(candidate, like));
            match smaller {
                Some((at, smaller)) => (plan, from) = (smaller, at),
                None => return plan,
            }
        }
    }
}

fn hash(plan: &Plan) -> u64 {
    let mut hasher = DefaultHasher::new();
    size(plan).2.hash(&mut hasher);
    hasher.finish()
}
