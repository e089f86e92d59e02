//! Mimicry: what a finding looks like on the private emulator. A plan that shows it there probably
//! shows it on the target too, so most of the shrinking costs the target nothing.

use crate::finding::fingerprint;
use crate::generate::{at_once, private_emulator};
use crate::judge::{Judged, judge_hsm_keys};
use crate::names::Names;
use crate::plan::{Act, Plan, Step};
use crate::player::Seen;
use crate::session::{Identity, Session, Taken, Timing};
use crate::template::steps_in;
use kms_conformance_model::{Path, Refused, Reply, Service, Switches, Verdict, catalog};
use kms_conformance_targets::InProcess;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// A wrong answer in the words of the plan: what the target made up is written as references. It
/// may hold secrets and stays in memory.
#[derive(Clone)]
pub struct Wrong {
    kind: Kind,
    /// The whole response of a success.
    whole: Option<Value>,
}

#[derive(Clone)]
enum Kind {
    /// An error, whether another one or a success was due.
    Refused(Refused),
    /// A success where an error was due, or all that is inside the HSMs.
    Done(Value),
    /// A success in which this member is wrong; without a value it is missing.
    Member {
        at: Path,
        ids: BTreeMap<String, Value>,
        value: Option<Value>,
    },
    /// A success in which more than one member is wrong.
    Whole(Value),
    /// What is wrong is not in the body of the response.
    Elsewhere,
}

impl fmt::Debug for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wrong")
    }
}

impl Wrong {
    /// What `taken` shows that the judge objects to with a divergence about `at`; `names` are those
    /// of the play so far.
    pub(crate) fn of(step: &Step, taken: &Taken, at: Option<&Path>, names: &Names) -> Wrong {
        let whole = match &taken.reply {
            Some(Reply::Done(response)) => Some(names.in_plan(response)),
            _ => None,
        };
        let kind = match (&taken.reply, at) {
            (Some(Reply::Refused(refused)), _) => Kind::Refused(refused.clone()),
            (Some(Reply::Done(response)), Some(at)) => Kind::Member {
                at: at.clone(),
                ids: at
                    .ids()
                    .filter_map(|id| Some((id.to_owned(), names.of(id)?.clone())))
                    .collect(),
                value: at.get(response).map(|value| names.in_plan(value)),
            },
            (Some(Reply::Done(response)), None) if is_judged_whole(step) => {
                Kind::Done(names.in_plan(response))
            }
            _ => Kind::Elsewhere,
        };
        Wrong { kind, whole }
    }
}

/// Whether the judge looks at the answer as a whole where it names no member.
fn is_judged_whole(step: &Step) -> bool {
    matches!(step.act, Act::Call { .. } | Act::LookInside { .. })
}

/// Tells on the private emulator whether plans may show a finding.
pub(crate) struct Mimic {
    emulator: InProcess,
    identity: Identity,
    texts: bool,
    fingerprint: String,
    wrong: Kind,
    /// How the private emulator answers the last step of the plan that showed the finding, where
    /// that is all there is to go by.
    usual: Option<String>,
}

impl Mimic {
    /// The mimic of the finding that the last step of `plan` showed.
    pub(crate) fn new(plan: &Plan, seen: &Seen, identity: &Identity, texts: bool) -> Mimic {
        let wrong = seen.wrong.as_ref();
        let kinds = wrong.map(|wrong| wrong.kind.clone()).into_iter();
        let whole = wrong.and_then(|wrong| wrong.whole.clone());
        let mut mimic = Mimic {
            emulator: private_emulator(identity, &Switches::none()),
            identity: identity.clone(),
            texts,
            fingerprint: seen.fingerprint(),
            wrong: Kind::Elsewhere,
            usual: None,
        };
        for kind in kinds.chain(whole.map(Kind::Whole)) {
            mimic.wrong = kind;
            if !matches!(mimic.wrong, Kind::Elsewhere) && mimic.foresees(plan) {
                return mimic;
            }
        }
        // A finding that follows from something else the target does is not understood so well.
        mimic.wrong = Kind::Elsewhere;
        mimic.usual = mimic.last(plan).map(|(_, taken)| manner(&taken));
        mimic
    }

    /// Whether the last step of the plan would show the finding, if the target did wrong in it as
    /// it did before.
    pub(crate) fn foresees(&self, plan: &Plan) -> bool {
        let Some((mut session, taken)) = self.last(plan) else {
            return false;
        };
        let Some(step) = plan.steps.last() else {
            return false;
        };
        if matches!(self.wrong, Kind::Elsewhere) {
            return self.usual.as_deref() == Some(&*manner(&taken));
        }
        let Some(reply) = self.spoilt(plan, &mut session, taken.reply.as_ref()) else {
            return false;
        };
        self.verdicts(&mut session, step, &taken, &reply)
            .is_some_and(|verdict| match verdict {
                Verdict::Diverges(divergence) => fingerprint(&divergence) == self.fingerprint,
                _ => false,
            })
    }

    /// Plays the plan; the session believes what it did before the last step.
    fn last(&self, plan: &Plan) -> Option<(Session<'_>, Taken)> {
        let (last, before) = plan.steps.split_last()?;
        let begun = Session::begin(&self.emulator, &self.identity, Timing::Still);
        let mut session = at_once(begun)?.ok()?;
        if self.texts {
            session.belief.compare_texts();
        }
        for step in before {
            at_once(session.take(step))?.ok()?;
        }
        let belief = session.belief.clone();
        let taken = at_once(session.take(last))?.ok()?;
        session.belief = belief;
        Some((session, taken))
    }

    /// The answer of the private emulator with what was wrong in that of the target.
    fn spoilt(
        &self,
        plan: &Plan,
        session: &mut Session<'_>,
        honest: Option<&Reply>,
    ) -> Option<Reply> {
        match (&self.wrong, honest?) {
            (Kind::Refused(refused), _) => Some(Reply::Refused(refused.clone())),
            (Kind::Done(response), _) => Some(Reply::Done(session.scope.resolve(response))),
            (Kind::Member { at, ids, value }, Reply::Done(honest)) => {
                let at = at.with_ids(|id| match ids.get(id) {
                    Some(reference) => text(session.scope.resolve(reference)),
                    None => id.to_owned(),
                });
                let mut response = honest.clone();
                match value {
                    Some(value) => at.set(&mut response, session.scope.resolve(value)),
                    None => at.remove(&mut response),
                }
                Some(Reply::Done(response))
            }
            (Kind::Whole(observed), Reply::Done(honest)) => {
                let known = known_entries(observed, plan);
                let observed = session.scope.resolve(&known);
                Some(Reply::Done(blended(honest, &observed)))
            }
            _ => None,
        }
    }

    fn verdicts(
        &self,
        session: &mut Session<'_>,
        step: &Step,
        taken: &Taken,
        reply: &Reply,
    ) -> Option<Verdict> {
        match (&step.act, reply) {
            (
                Act::Call {
                    service, operation, ..
                },
                _,
            ) => {
                let service = Service::of_cli_name(service);
                let operation = catalog::operation(service, operation)?;
                Some(session.observe(operation, &taken.body, reply))
            }
            (Act::LookInside { .. }, Reply::Done(found)) => {
                let cluster = taken.body.get("cluster")?.as_str()?;
                let judged: Option<Judged> = judge_hsm_keys(&session.belief, cluster, found);
                judged.map(|judged| judged.verdict)
            }
            _ => None,
        }
    }
}

/// In which way a step was answered.
fn manner(taken: &Taken) -> String {
    match &taken.reply {
        None => "nothing".to_owned(),
        Some(Reply::Done(_)) => "success".to_owned(),
        Some(Reply::Refused(refused)) => refused.error.clone(),
        Some(Reply::Lost(_)) => "lost".to_owned(),
    }
}

/// The observed response without list entries about what the plan does not make any more.
fn known_entries(observed: &Value, plan: &Plan) -> Value {
    let is_known = |entry: &Value| {
        let mut used = Vec::new();
        steps_in(entry, &mut used);
        used.iter()
            .all(|id| plan.steps.iter().any(|step| step.id == *id))
    };
    match observed {
        Value::Array(entries) => {
            let known = entries.iter().filter(|entry| is_known(entry));
            known.map(|entry| known_entries(entry, plan)).collect()
        }
        Value::Object(members) if !members.keys().any(|name| name.starts_with('$')) => members
            .iter()
            .map(|(name, value)| (name.clone(), known_entries(value, plan)))
            .collect(),
        other => other.clone(),
    }
}

/// The observed response with the moments of the honest one, which differ from play to play.
fn blended(honest: &Value, observed: &Value) -> Value {
    match (honest, observed) {
        (Value::Object(ours), Value::Object(theirs)) => {
            let blend = |(name, value): (&String, &Value)| {
                let own = ours.get(name);
                let value = match (own, value) {
                    (Some(own), Value::Number(_)) if name.contains("Date") => own.clone(),
                    (Some(own), value) => blended(own, value),
                    (None, value) => value.clone(),
                };
                (name.clone(), value)
            };
            theirs.iter().map(blend).collect()
        }
        (Value::Array(ours), Value::Array(theirs)) => theirs
            .iter()
            .map(|entry| {
                let twin = ours.iter().find(|own| are_of_the_same(own, entry));
                twin.map_or_else(|| entry.clone(), |own| blended(own, entry))
            })
            .collect(),
        _ => observed.clone(),
    }
}

/// Whether two list entries are about the same thing, by the first member that names one.
fn are_of_the_same(one: &Value, other: &Value) -> bool {
    let (Some(one), Some(other)) = (one.as_object(), other.as_object()) else {
        return one == other;
    };
    let named =
        |name: &str| name.ends_with("Id") || name.ends_with("Name") || name.ends_with("Key");
    one.iter()
        .find(|(name, value)| named(name) && value.is_string())
        .is_some_and(|(name, value)| other.get(name) == Some(value))
}

fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}
