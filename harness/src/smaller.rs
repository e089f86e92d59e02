//! Ways to make a plan smaller. Any subsequence of a plan is a plan, so nothing has to be repaired
//! after a cut. The last step, which showed a finding, always stays.

use crate::plan::{Act, Plan, Step};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// What may be made smaller.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ways {
    /// The number of steps.
    Steps,
    /// What the steps ask for.
    Bodies,
    /// Both.
    All,
}

impl Ways {
    fn candidates(self, plan: &Arc<Plan>) -> impl Iterator<Item = Plan> + use<> {
        let steps = fewer_steps(plan).filter(move |_| self != Ways::Bodies);
        let bodies = simpler_steps(plan).filter(move |_| self != Ways::Steps);
        steps.chain(bodies)
    }
}

/// The smaller plans that can be made of a plan, one after the other, and of those of them that are
/// accepted in its place.
pub(crate) struct Candidates {
    plan: Arc<Plan>,
    ways: Ways,
    /// Those that are left, each with its place among all.
    left: Box<dyn Iterator<Item = (usize, Plan)> + Send>,
    /// The place of the candidate that was given last.
    place: usize,
}

impl Candidates {
    pub(crate) fn new(plan: Plan, ways: Ways) -> Candidates {
        Candidates::from_place(Arc::new(plan), ways, 0)
    }

    /// After a success the candidates before it come last, as they were tried just now.
    fn from_place(plan: Arc<Plan>, ways: Ways, place: usize) -> Candidates {
        let largest = size(&plan);
        let ahead = ways.candidates(&plan).enumerate().skip(place);
        let behind = ways.candidates(&plan).enumerate().take(place);
        let smaller = ahead
            .chain(behind)
            .filter(move |(_, candidate)| size(candidate) < largest);
        Candidates {
            plan,
            ways,
            left: Box::new(smaller),
            place,
        }
    }

    /// The smallest plan so far.
    pub(crate) fn smallest(&self) -> &Plan {
        &self.plan
    }

    /// The next candidate.
    pub(crate) fn next(&mut self) -> Option<Plan> {
        let (place, plan) = self.left.next()?;
        self.place = place;
        Some(plan)
    }

    /// Goes on from the candidate that was given last.
    pub(crate) fn accept(&mut self, candidate: Plan) {
        *self = Candidates::from_place(Arc::new(candidate), self.ways, self.place);
    }
}

/// Plans like this one with fewer steps, those with the fewest first.
pub(crate) fn fewer_steps(plan: &Arc<Plan>) -> impl Iterator<Item = Plan> + use<> {
    let whole = Arc::clone(plan);
    std::iter::once_with(move || sliced(&whole)).chain(shorter(Arc::clone(plan)))
}

/// Plans like this one with the same steps that ask for less.
pub(crate) fn simpler_steps(plan: &Arc<Plan>) -> impl Iterator<Item = Plan> + use<> {
    let known = references(plan);
    let plan = Arc::clone(plan);
    (0..plan.steps.len()).rev().flat_map(move |index| {
        let plan = Arc::clone(&plan);
        let step = plan.steps.get(index);
        let body = step.and_then(|step| match &step.act {
            Act::Call { body, .. } => Some(body),
            _ => None,
        });
        let earlier: Vec<Reference> = known
            .iter()
            .filter(|known| step.is_some_and(|step| known.step < step.id))
            .cloned()
            .collect();
        let bodies = body.map(|body| bodies(body, &earlier)).unwrap_or_default();
        let simpler = bodies.into_iter();
        simpler.filter_map(move |body| with_body(&plan, index, body))
    })
}

/// The plan without its waits.
pub(crate) fn without_waits(plan: &Plan) -> Plan {
    plan.retain(|_, step| !matches!(step.act, Act::Advance { .. }))
}

/// How large a plan is: its steps count first, then what they say, then how late what they refer to
/// was made. It never grows where a plan is made smaller, so that comes to an end.
pub(crate) fn size(plan: &Plan) -> (usize, usize, String) {
    let text = serde_json::to_string(&plan.steps).unwrap_or_default();
    (plan.steps.len(), text.len(), text)
}

/// Equal for equal steps.
pub(crate) fn hash(plan: &Plan) -> u64 {
    let mut hasher = DefaultHasher::new();
    size(plan).2.hash(&mut hasher);
    hasher.finish()
}

/// The steps of `plan` among those of `chosen`, everything that they depend on, and the last one.
pub(crate) fn closed(plan: &Plan, chosen: &BTreeSet<u32>) -> Plan {
    let mut wanted = chosen.clone();
    wanted.extend(plan.steps.last().map(|last| last.id));
    for step in plan.steps.iter().rev() {
        if wanted.contains(&step.id) {
            wanted.extend(step.uses());
        }
    }
    plan.retain(|_, step| wanted.contains(&step.id))
}

/// The steps that name anything the last step of `small` or the steps before it name too.
pub(crate) fn related(plan: &Plan, small: &Plan) -> BTreeSet<u32> {
    let mut names = BTreeSet::new();
    for step in &small.steps {
        names_in(step, &mut names);
        names.insert(step.id.to_string());
    }
    let shares = |step: &&Step| {
        let mut own = BTreeSet::new();
        names_in(step, &mut own);
        !own.is_disjoint(&names)
    };
    plan.steps
        .iter()
        .filter(shares)
        .map(|step| step.id)
        .collect()
}

/// What a step names: the steps that made it, and the names that a run makes up.
fn names_in(step: &Step, found: &mut BTreeSet<String>) {
    found.extend(step.uses().iter().map(u32::to_string));
    match &step.act {
        Act::Call { body, .. } => made_up_names(body, found),
        Act::Outside(action) => made_up_names(action, found),
        Act::LookInside { .. } | Act::Raw { .. } | Act::Advance { .. } => {}
    }
}

fn made_up_names(template: &Value, found: &mut BTreeSet<String>) {
    match template {
        Value::Object(members) => {
            let salted = members.get("$name").or(members.get("$serial"));
            let name = salted.and_then(Value::as_str);
            found.extend(name.map(|name| format!("name {name}")));
            members
                .values()
                .for_each(|value| made_up_names(value, found));
        }
        Value::Array(entries) => entries.iter().for_each(|entry| made_up_names(entry, found)),
        _ => {}
    }
}

/// The last step and everything that it depends on.
fn sliced(plan: &Plan) -> Plan {
    closed(plan, &BTreeSet::new())
}

/// The plan without a chunk of its steps: large chunks first, and the last steps first.
fn shorter(plan: Arc<Plan>) -> impl Iterator<Item = Plan> {
    let removable = plan.steps.len().saturating_sub(1);
    let halves = std::iter::successors(Some(removable.div_ceil(2)), |chunk| {
        (*chunk > 1).then(|| chunk.div_ceil(2))
    });
    halves
        .filter(|chunk| *chunk > 0)
        .flat_map(move |chunk| {
            let starts = (0..removable).step_by(chunk).collect::<Vec<_>>();
            starts
                .into_iter()
                .rev()
                .map(move |start| (start, (start + chunk).min(removable)))
        })
        .map(move |(start, end)| plan.retain(|index, _| index < start || index >= end))
}

/// A reference that a plan uses, and the step that made what it refers to.
#[derive(Clone)]
struct Reference {
    step: u32,
    path: String,
    value: Value,
}

impl Reference {
    fn of(value: &Value) -> Option<Reference> {
        let of = value.get("$of")?;
        Some(Reference {
            step: of.get(0)?.as_u64()?.try_into().ok()?,
            path: of.get(1)?.as_str()?.to_owned(),
            value: value.clone(),
        })
    }

    /// Whether a member of this name may hold what it refers to: a `TargetKeyId` a `KeyId`, a
    /// `Marker` a `NextMarker`.
    fn fits(&self, member: &str) -> bool {
        let last = self.path.rsplit('.').next().unwrap_or_default();
        let named = !last.is_empty() && !member.is_empty();
        named && (member.ends_with(last) || last.ends_with(member))
    }
}

fn references(plan: &Plan) -> Vec<Reference> {
    let mut found: Vec<Reference> = Vec::new();
    for step in &plan.steps {
        if let Act::Call { body, .. } = &step.act {
            collect(body, &mut found);
        }
    }
    found
}

fn collect(template: &Value, found: &mut Vec<Reference>) {
    if let Some(reference) = Reference::of(template) {
        if found.iter().all(|known| known.value != reference.value) {
            found.push(reference);
        }
        return;
    }
    match template {
        Value::Object(members) => members.values().for_each(|value| collect(value, found)),
        Value::Array(entries) => entries.iter().for_each(|entry| collect(entry, found)),
        _ => {}
    }
}

/// Bodies that ask for less: without all members, without two of them, without one, and with one of
/// them simpler.
fn bodies(body: &Value, known: &[Reference]) -> Vec<Value> {
    let Value::Object(members) = body else {
        return simpler("", body, known);
    };
    let without = |names: &[&String]| {
        let kept = members.iter().filter(|(name, _)| !names.contains(name));
        let kept = kept.map(|(name, value)| (name.clone(), value.clone()));
        Value::Object(kept.collect::<Map<_, _>>())
    };
    let names: Vec<&String> = members.keys().collect();
    let mut smaller = vec![json!({})];
    for (index, one) in names.iter().enumerate() {
        let others = names.iter().skip(index + 1);
        smaller.extend(others.map(|other| without(&[one, other])));
    }
    smaller.extend(names.iter().map(|one| without(&[one])));
    for (name, value) in members {
        smaller.extend(simpler(name, value, known).into_iter().map(|simpler| {
            let mut body = members.clone();
            body.insert(name.clone(), simpler);
            Value::Object(body)
        }));
    }
    smaller
}

/// Values that say less in the member of this name.
fn simpler(member: &str, value: &Value, known: &[Reference]) -> Vec<Value> {
    let mut values: Vec<Value> = known
        .iter()
        .filter(|reference| reference.fits(member))
        .map(|reference| reference.value.clone())
        .collect();
    match value {
        Value::Object(members) if members.keys().all(|name| name.starts_with('$')) => {
            for (name, of) in members {
                values.extend(shorter_texts(name, of).map(|of| json!({ name.as_str(): of })));
            }
        }
        Value::Object(_) => values.extend(bodies(value, known)),
        Value::Array(entries) => {
            for index in 0..entries.len() {
                let mut fewer = entries.clone();
                fewer.remove(index);
                values.push(Value::Array(fewer));
            }
            for (index, entry) in entries.iter().enumerate() {
                for simpler in simpler(member, entry, known) {
                    let mut other = entries.clone();
                    if let Some(slot) = other.get_mut(index) {
                        *slot = simpler;
                    }
                    values.push(Value::Array(other));
                }
            }
        }
        Value::Number(number) => {
            values.extend(number.as_u64().into_iter().flat_map(lower).map(Value::from));
        }
        _ => {}
    }
    values
}

/// The parts of a reference that makes up a long text, for a shorter one.
fn shorter_texts<'v>(name: &str, of: &'v Value) -> impl Iterator<Item = Value> + use<'v> {
    let repeats = matches!(name, "$text" | "$bytes");
    let length = of.get(1).and_then(Value::as_u64).filter(|_| repeats);
    let unit = of.get(0).cloned().unwrap_or_default();
    length
        .into_iter()
        .flat_map(lower)
        .map(move |length| json!([unit, length]))
}

/// Numbers to try in the place of a larger one: those that find a boundary in a few steps.
fn lower(number: u64) -> impl Iterator<Item = u64> {
    let mut lower = vec![1, number / 2, number - number / 4, number.saturating_sub(1)];
    lower.retain(|other| *other < number);
    lower.into_iter()
}

fn with_body(plan: &Plan, index: usize, simpler: Value) -> Option<Plan> {
    let mut other = plan.clone();
    match &mut other.steps.get_mut(index)?.act {
        Act::Call { body, .. } => *body = simpler,
        _ => return None,
    }
    Some(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(id: u32, operation: &str, body: Value) -> Step {
        Step {
            id,
            act: Act::Call {
                service: "kms".to_owned(),
                operation: operation.to_owned(),
                body,
                region: None,
            },
        }
    }

    fn plan() -> Plan {
        let key = |id: u32| json!({ "$of": [id, "KeyMetadata.KeyId"] });
        Plan::new(
            "t",
            vec![
                call(1, "CreateKey", json!({"Description": {"$text": ["x", 9]}})),
                call(2, "CreateKey", json!({})),
                call(3, "ListKeys", json!({})),
                call(
                    4,
                    "CreateAlias",
                    json!({"AliasName": {"$name": "a"}, "TargetKeyId": key(2)}),
                ),
                call(5, "DisableKey", json!({"KeyId": key(1)})),
                call(6, "DescribeKey", json!({"KeyId": {"$name": "a"}})),
            ],
        )
    }

    fn ids(plan: &Plan) -> Vec<u32> {
        plan.steps.iter().map(|step| step.id).collect()
    }

    #[test]
    fn the_last_step_stays_and_every_other_one_goes_alone_too() {
        let plan = plan();
        let all: Vec<Vec<u32>> = fewer_steps(&Arc::new(plan))
            .map(|plan| ids(&plan))
            .collect();
        assert!(all.iter().all(|ids| ids.last() == Some(&6)), "{all:?}");
        for gone in 1..6 {
            let left: Vec<u32> = (1..=6).filter(|id| *id != gone).collect();
            assert!(all.contains(&left), "{gone} always stays in {all:?}");
        }
    }

    #[test]
    fn steps_that_share_a_name_are_related() {
        let plan = plan();
        let last = plan.retain(|_, step| step.id == 6);
        assert_eq!(related(&plan, &last), BTreeSet::from([4, 6]));
        assert_eq!(ids(&closed(&plan, &BTreeSet::from([4]))), [2, 4, 6]);
    }

    #[test]
    fn an_alias_may_be_replaced_by_a_key_and_a_text_by_a_shorter_one() {
        let plan = plan();
        let all: Vec<Plan> = simpler_steps(&Arc::new(plan)).collect();
        let some_plan_asks = |id: u32, wanted: Value| {
            let mut steps = all.iter().flat_map(|plan| &plan.steps);
            let asks = |act: &Act| matches!(act, Act::Call { body, .. } if *body == wanted);
            steps.any(|step| step.id == id && asks(&step.act))
        };
        let key = |id: u32| json!({ "$of": [id, "KeyMetadata.KeyId"] });
        assert!(some_plan_asks(6, json!({ "KeyId": key(1) })));
        assert!(some_plan_asks(
            1,
            json!({"Description": {"$text": ["x", 4]}})
        ));
        assert!(some_plan_asks(4, json!({ "TargetKeyId": key(2) })));
    }
}
