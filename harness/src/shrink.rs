//! Shrinking: from the plan that showed a finding to the smallest one that still does.
//!
//! Since any subsequence of a plan is a plan, nothing has to be repaired after a cut. Every
//! candidate is played at most once, and only the same finding counts as success.

use crate::plan::{Act, Plan};
use crate::player::{Played, Playing, play};
use serde_json::Value;
use std::collections::{BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// How much a shrink may cost.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// The most plans to play.
    pub plays: usize,
    /// The most requests to send.
    pub calls: usize,
}

/// The result of a shrink.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The smallest plan found.
    pub plan: Plan,
    /// What happened when it was played.
    pub played: Played,
    /// How many requests it took to find.
    pub calls: usize,
    /// How many of the confirming replays showed the finding, and how many there were.
    pub reproduced: (u32, u32),
}

/// Shrinks one finding.
pub struct Shrinker<'f> {
    fingerprint: &'f str,
    playing: &'f Playing<'f>,
    budget: Budget,
    plays: usize,
    calls: usize,
    known: HashSet<u64>,
    best: Option<(Plan, Played)>,
}

/// How often a finding is replayed before anybody believes it.
pub const CONFIRMATIONS: u32 = 3;

impl<'f> Shrinker<'f> {
    /// A shrinker for the finding with this fingerprint.
    pub fn new(fingerprint: &'f str, budget: Budget, playing: &'f Playing<'f>) -> Shrinker<'f> {
        Shrinker {
            fingerprint,
            playing,
            budget,
            plays: 0,
            calls: 0,
            known: HashSet::new(),
            best: None,
        }
    }

    /// Shrinks `plan`, which showed the finding at step `at`.
    pub async fn shrink(mut self, plan: &Plan, at: usize) -> Option<Shrunk> {
        let cut = plan.retain(|index, _| index <= at);
        let slice = sliced(&cut);
        if !self.shows(slice).await && !self.shows(cut).await && !self.shows(plan.clone()).await {
            return None;
        }
        // What is removed can make room for what could not be removed before, so this goes on until
        // a round changes nothing.
        loop {
            let before = self.size();
            self.remove_steps().await;
            self.simplify_bodies().await;
            if self.size() == before || self.is_spent() {
                break;
            }
        }
        self.confirmed().await
    }

    async fn confirmed(mut self) -> Option<Shrunk> {
        let (plan, played) = self.best.take()?;
        let mut shown = 0;
        for _ in 0..CONFIRMATIONS {
            let replayed = play(&plan, self.playing).await;
            shown += u32::from(replayed.is_ok_and(|it| it.showed(self.fingerprint).is_some()));
        }
        let reproduced = (shown, CONFIRMATIONS);
        Some(Shrunk {
            plan,
            played,
            calls: self.calls,
            reproduced,
        })
    }

    /// Removes steps in ever smaller chunks, the last ones first.
    async fn remove_steps(&mut self) {
        let mut chunk = self.steps().div_ceil(2).max(1);
        loop {
            let mut end = self.steps();
            while end > 0 {
                let start = end.saturating_sub(chunk);
                let Some((plan, _)) = &self.best else { return };
                let candidate = plan.retain(|index, _| index < start || index >= end);
                let shorter = candidate.steps.len() < plan.steps.len();
                if shorter && !self.shows(candidate).await && self.is_spent() {
                    return;
                }
                end = start;
            }
            if chunk == 1 {
                return;
            }
            chunk = chunk.div_ceil(2);
        }
    }

    /// Drops members of request bodies that the finding does not need.
    async fn simplify_bodies(&mut self) {
        let mut index = 0;
        while let Some(members) = self.members_of(index) {
            for name in members {
                let Some((plan, _)) = &self.best else { return };
                let mut candidate = plan.clone();
                if let Some(Act::Call {
                    body: Value::Object(body),
                    ..
                }) = candidate.steps.get_mut(index).map(|step| &mut step.act)
                {
                    body.remove(&name);
                }
                if candidate != *plan && !self.shows(candidate).await && self.is_spent() {
                    return;
                }
            }
            index += 1;
        }
    }

    fn members_of(&self, index: usize) -> Option<Vec<String>> {
        let (plan, _) = self.best.as_ref()?;
        match &plan.steps.get(index)?.act {
            Act::Call {
                body: Value::Object(body),
                ..
            } => Some(body.keys().cloned().collect()),
            _ => Some(Vec::new()),
        }
    }

    /// Plays a candidate that was not played before, and keeps it if it shows the finding.
    async fn shows(&mut self, candidate: Plan) -> bool {
        if self.is_spent() || !self.known.insert(hash(&candidate)) {
            return false;
        }
        self.plays += 1;
        let Ok(played) = play(&candidate, self.playing).await else {
            return false;
        };
        self.calls += played.calls;
        let shown = played.showed(self.fingerprint).is_some();
        if shown {
            self.best = Some((candidate, played));
        }
        shown
    }

    fn steps(&self) -> usize {
        self.best.as_ref().map_or(0, |(plan, _)| plan.steps.len())
    }

    fn size(&self) -> usize {
        self.best.as_ref().map_or(0, |(plan, _)| {
            plan.steps.len() + serde_json::to_string(plan).map_or(0, |text| text.len())
        })
    }

    fn is_spent(&self) -> bool {
        self.plays >= self.budget.plays || self.calls >= self.budget.calls
    }
}

/// The last step and everything it depends on.
fn sliced(plan: &Plan) -> Plan {
    let Some(last) = plan.steps.last() else {
        return plan.clone();
    };
    let mut wanted: BTreeSet<u32> = BTreeSet::from([last.id]);
    for step in plan.steps.iter().rev() {
        if wanted.contains(&step.id) {
            wanted.extend(step.uses());
        }
    }
    plan.retain(|_, step| wanted.contains(&step.id))
}

fn hash(plan: &Plan) -> u64 {
    let mut hasher = DefaultHasher::new();
    serde_json::to_string(&plan.steps)
        .unwrap_or_default()
        .hash(&mut hasher);
    hasher.finish()
}
