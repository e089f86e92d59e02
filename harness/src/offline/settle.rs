//! The plan that asks a target every open question, with as few requests as sharing allows.

use super::precedence::Question;
use crate::plan::{Act, Plan, Step};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The steps whose answers the last one of a plan uses, itself included.
pub(super) fn used(plan: &Plan) -> Plan {
    let mut needed: BTreeSet<u32> = BTreeSet::new();
    needed.extend(plan.steps.last().map(|step| step.id));
    for step in plan.steps.iter().rev() {
        if needed.contains(&step.id) {
            needed.extend(step.uses());
        }
    }
    plan.retain(|_, step| needed.contains(&step.id))
}

/// The steps that the last one of a plan may depend on: what it uses, and what else was done to that.
pub(super) fn slice(plan: &Plan) -> Plan {
    let mut needed: BTreeSet<u32> = BTreeSet::new();
    needed.extend(plan.steps.last().map(|step| step.id));
    // What was done to something that is needed is needed, with all that it uses itself.
    loop {
        let before = needed.len();
        for step in plan.steps.iter().rev() {
            let uses = step.uses();
            let touches = uses.iter().any(|id| needed.contains(id));
            if needed.contains(&step.id) || touches || is_outside(&step.act) {
                needed.insert(step.id);
                needed.extend(uses);
            }
        }
        if needed.len() == before {
            break;
        }
    }
    plan.retain(|_, step| needed.contains(&step.id))
}

fn is_outside(act: &Act) -> bool {
    matches!(act, Act::Outside(_) | Act::Advance { .. })
}

/// Whether a plan needs what no AWS operation does.
pub(super) fn needs_outside(plan: &Plan) -> bool {
    plan.steps.iter().any(|step| is_outside(&step.act))
}

/// One account's story: the steps that lead on, and the requests that are asked on the way. Those are
/// refused, so that they change nothing for who comes after them.
struct Story {
    steps: Vec<Act>,
    asked: Vec<(usize, Act)>,
}

/// One plan that asks all questions. Where the way to one is the beginning of the way to another, it is
/// gone once.
pub fn settling(questions: &[Question]) -> Plan {
    let mut ways: Vec<Vec<Act>> = questions.iter().map(|it| numbered(&it.plan)).collect();
    ways.sort_by_key(|way| std::cmp::Reverse(way.len()));
    let mut stories: Vec<Story> = Vec::new();
    for mut way in ways {
        let Some(request) = way.pop() else { continue };
        let place = way.len();
        let shared = stories
            .iter_mut()
            .find(|story| story.steps.starts_with(&way));
        match shared {
            Some(story) if story.asked.contains(&(place, request.clone())) => {}
            Some(story) => story.asked.push((place, request)),
            None => stories.push(Story {
                steps: way,
                asked: vec![(place, request)],
            }),
        }
    }
    let mut steps: Vec<Step> = Vec::new();
    for (nth, story) in stories.iter().enumerate() {
        tell(story, nth, &mut steps);
    }
    Plan::new("requests that several rules refuse", steps)
}

/// Adds the steps of a story, with numbers and names of their own.
fn tell(story: &Story, nth: usize, steps: &mut Vec<Step>) {
    let mut ids: BTreeMap<u64, u64> = BTreeMap::new();
    for place in 0..=story.steps.len() {
        let asked = story.asked.iter().filter(|(at, _)| *at == place);
        let next = story.steps.get(place);
        for (act, leads_on) in asked
            .map(|(_, act)| (act, false))
            .chain(next.map(|act| (act, true)))
        {
            let id = u32::try_from(steps.len() + 1).unwrap_or(u32::MAX);
            if leads_on {
                ids.insert(place as u64 + 1, u64::from(id));
            }
            let act = renamed(act, &ids, nth);
            steps.push(Step { id, act });
        }
    }
}

/// The acts of a plan whose steps count from 1.
fn numbered(plan: &Plan) -> Vec<Act> {
    let ids = plan.steps.iter().zip(1..);
    let ids: BTreeMap<u64, u64> = ids.map(|(step, nth)| (u64::from(step.id), nth)).collect();
    let acts = plan.steps.iter().map(|step| &step.act);
    acts.map(|act| renamed(act, &ids, 0)).collect()
}

/// An act with other numbers of steps in its references, and names that only this story uses.
fn renamed(act: &Act, ids: &BTreeMap<u64, u64>, story: usize) -> Act {
    let mut act = act.clone();
    match &mut act {
        Act::Call { body, region, .. } => {
            rename(body, ids, story);
            region.iter_mut().for_each(|it| rename(it, ids, story));
        }
        Act::Outside(body) | Act::LookInside { cluster: body } => rename(body, ids, story),
        Act::Raw { .. } | Act::Advance { .. } => {}
    }
    act
}

fn rename(template: &mut Value, ids: &BTreeMap<u64, u64>, story: usize) {
    match template {
        Value::Object(members) => {
            if let Some(name) = members.get_mut("$name").filter(|_| story > 0) {
                let given = name.as_str().unwrap_or_default();
                *name = json!(format!("{given}-{story}"));
            }
            if let Some(step) = members.get_mut("$of").and_then(|of| of.get_mut(0)) {
                let known = step.as_u64().and_then(|id| ids.get(&id));
                // What the way does not lead past becomes something that never existed.
                *step = known.map_or(json!(0), |id| json!(id));
            }
            members.values_mut().for_each(|it| rename(it, ids, story));
        }
        Value::Array(entries) => entries.iter_mut().for_each(|it| rename(it, ids, story)),
        _ => {}
    }
}
