//! Mimicry: what a finding looks like on the private emulator. A plan that shows it there probably
//! shows it on the target too, so most of the shrinking costs the target nothing.

use crate::finding::fingerprint;
use crate::generate::{at_once, private_emulator};
use crate::judge::{Judged, judge_hsm_keys};
use crate::names::Names;
use crate::plan::{Act, Plan, Step};
use crate::player::Seen;
use crate::session::{Identity, Session, Taken, Timing};
use kms_conformance_model::{Path, Refused, Reply, Service, Switches, Verdict, catalog};
use kms_conformance_targets::InProcess;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// A wrong answer in the words of the plan: what the target made up is written as references. It
/// may hold secrets and stays in memory.
#[derive(Clone)]
pub struct Wrong(Kind);

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
    /// The member is not in the body of the response.
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
        Wrong(match (&taken.reply, at) {
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
        })
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
        let mut mimic = Mimic {
            emulator: private_emulator(identity, &Switches::none()),
            identity: identity.clone(),
            texts,
            fingerprint: seen.fingerprint(),
            wrong: seen
                .wrong
                .as_ref()
                .map_or(Kind::Elsewhere, |wrong| wrong.0.clone()),
            usual: None,
        };
        // A finding that follows from something else the target does is not understood so well.
        if matches!(mimic.wrong, Kind::Elsewhere) || !mimic.foresees(plan) {
            mimic.wrong = Kind::Elsewhere;
            mimic.usual = mimic.last(plan).map(|(_, taken)| manner(&taken));
        }
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
        let Some(reply) = self.spoilt(&mut session, taken.reply.as_ref()) else {
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
    fn spoilt(&self, session: &mut Session<'_>, honest: Option<&Reply>) -> Option<Reply> {
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

fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}
