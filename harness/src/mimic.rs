//! Mimicry: what a finding looks like on the private emulator. A plan that shows it there probably
//! shows it on the target too, so most of the shrinking costs the target nothing.

use crate::blend::{blended, framed, known_entries};
use crate::finding::fingerprint;
use crate::generate::{at_once, private_emulator};
use crate::judge::{judge_crash, judge_hsm_keys};
use crate::names::Names;
use crate::plan::{Act, Plan, Step};
use crate::player::Seen;
use crate::session::{Identity, Session, Taken, Timing};
use crate::template::Scope;
use kms_conformance_model::{Belief, Expected, Path, Refused, Reply, State, Switches, Verdict};
use kms_conformance_targets::InProcess;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
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
    /// A success in which the members beside the lists are wrong.
    Frame(Value),
    /// A success in which more is wrong than one member.
    Whole(Value),
    /// An internal error without a type, with this status and text.
    Crashed(u16, String),
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
            (Some(Reply::Lost(why)), _) if taken.status >= 500 => {
                Kind::Crashed(taken.status, why.clone())
            }
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
    /// The rules that spoke for what was expected.
    expected: BTreeSet<&'static str>,
    wrong: Kind,
    /// How the private emulator answers the steps of the plan that showed the finding.
    manners: BTreeMap<u32, Manner>,
}

/// A plan that was played on the private emulator.
struct Last<'m> {
    /// It believes what it did before the last step.
    session: Session<'m>,
    /// What the account held then.
    before: State,
    /// What became of the last step.
    taken: Taken,
    /// In which way each step was answered.
    manners: BTreeMap<u32, Manner>,
}

impl Mimic {
    /// The mimic of the finding that the last step of `plan` showed.
    pub(crate) fn new(plan: &Plan, seen: &Seen, identity: &Identity, texts: bool) -> Mimic {
        let wrong = seen.wrong.as_ref();
        let whole = wrong.and_then(|wrong| wrong.whole.clone());
        let kinds = wrong.map(|wrong| wrong.kind.clone()).into_iter();
        let kinds = kinds
            .chain(whole.clone().map(Kind::Frame))
            .chain(whole.map(Kind::Whole));
        let mut mimic = Mimic {
            emulator: private_emulator(identity, &Switches::none()),
            identity: identity.clone(),
            texts,
            fingerprint: seen.fingerprint(),
            expected: rules(&seen.divergence.expected),
            wrong: Kind::Elsewhere,
            manners: BTreeMap::new(),
        };
        mimic.manners = mimic.last(plan).map(|it| it.manners).unwrap_or_default();
        for kind in kinds {
            mimic.wrong = kind;
            if !matches!(mimic.wrong, Kind::Elsewhere) && mimic.foresees(plan) {
                return mimic;
            }
        }
        // A finding that follows from something else the target does is not understood so well.
        mimic.wrong = Kind::Elsewhere;
        mimic
    }

    /// Whether the last step of the plan would show the finding, if the target did wrong in it as
    /// it did before.
    pub(crate) fn foresees(&self, plan: &Plan) -> bool {
        self.foresees_if(plan, |_| true)
    }

    /// The same, where also every step is answered in the way it was in the plan that showed the
    /// finding.
    pub(crate) fn foresees_alike(&self, plan: &Plan) -> bool {
        self.foresees_if(plan, |last| {
            let mut manners = last.manners.iter();
            manners.all(|(step, manner)| self.manners.get(step) == Some(manner))
        })
    }

    fn foresees_if(&self, plan: &Plan, holds: impl Fn(&Last<'_>) -> bool) -> bool {
        let (Some(mut last), Some(step)) = (self.last(plan), plan.steps.last()) else {
            return false;
        };
        if !holds(&last) {
            return false;
        }
        if matches!(self.wrong, Kind::Elsewhere) {
            // The way in which the last step is answered is all there is to go by.
            let word = |manners: &BTreeMap<u32, Manner>| {
                manners.get(&step.id).map(|manner| manner.word.clone())
            };
            return word(&self.manners) == word(&last.manners);
        }
        let verdict = match &self.wrong {
            Kind::Crashed(status, why) => crash(&last, step, *status, why),
            _ => self
                .spoilt(plan, &mut last)
                .and_then(|reply| self.verdict(&mut last, step, &reply)),
        };
        match verdict {
            Some(Verdict::Diverges(divergences)) => {
                let mut all = divergences.iter();
                all.any(|divergence| fingerprint(divergence) == self.fingerprint)
                    && self.goes_unopposed(&last, step)
            }
            _ => false,
        }
    }

    /// Whether no other rule speaks against the last step than before: the target would heed that.
    fn goes_unopposed(&self, last: &Last<'_>, step: &Step) -> bool {
        let (Act::Call { .. }, Kind::Refused(_) | Kind::Done(_)) = (&step.act, &self.wrong) else {
            return true;
        };
        let Some(operation) = step.in_catalogue() else {
            return true;
        };
        let known = last.session.belief.states().first();
        let state = State {
            ciphertexts: known.map(|it| it.ciphertexts.clone()).unwrap_or_default(),
            markers: known.map(|it| it.markers.clone()).unwrap_or_default(),
            ..last.before.clone()
        };
        let reply = Reply::Lost(String::new());
        let exchange = last.session.exchange(operation, &last.taken.body, &reply);
        let foresight = Belief::certain(state).foresee(&exchange);
        rules(&foresight.expected).is_subset(&self.expected)
    }

    /// The steps of the plan that probably changed nothing: the target refused them, or the private
    /// emulator takes them and its state stays the same. `done` are the steps that the target did not
    /// refuse. A step of these that the private emulator refuses may have changed something.
    pub(crate) fn idle(&self, plan: &Plan, done: &BTreeSet<u32>) -> BTreeSet<u32> {
        let begun = Session::begin(&self.emulator, &self.identity, Timing::Still);
        let Some(Ok(mut session)) = at_once(begun) else {
            return BTreeSet::new();
        };
        let mut idle = BTreeSet::new();
        for step in &plan.steps {
            let before = self.emulator.emulator().state();
            let taken = at_once(session.take(step));
            let reply = taken.and_then(|taken| taken.ok()?.reply);
            let is_refused_here = matches!(reply, Some(Reply::Refused(_)));
            let changes = !self.emulator.emulator().state().holds_what(&before);
            if !done.contains(&step.id) || !(is_refused_here || changes) {
                idle.insert(step.id);
            }
        }
        idle
    }

    /// Plays the plan.
    fn last(&self, plan: &Plan) -> Option<Last<'_>> {
        let (last, before) = plan.steps.split_last()?;
        let begun = Session::begin(&self.emulator, &self.identity, Timing::Still);
        let mut session = at_once(begun)?.ok()?;
        if self.texts {
            session.belief.compare_texts();
        }
        let mut manners: BTreeMap<u32, Manner> = BTreeMap::new();
        for step in before {
            let taken = at_once(session.take(step))?.ok()?;
            manners.insert(step.id, Manner::of(&session.scope, step, &taken));
        }
        // The answer to the last step is judged once more, in its Region.
        session.face(last);
        let belief = session.belief.clone();
        let mut before = self.emulator.emulator().state();
        before.turn_to(session.region());
        let taken = at_once(session.take(last))?.ok()?;
        session.belief = belief;
        manners.insert(last.id, Manner::of(&session.scope, last, &taken));
        Some(Last {
            session,
            before,
            taken,
            manners,
        })
    }

    /// The answer of the private emulator with what was wrong in that of the target.
    fn spoilt(&self, plan: &Plan, last: &mut Last<'_>) -> Option<Reply> {
        let session = &mut last.session;
        match (&self.wrong, last.taken.reply.as_ref()?) {
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
            (Kind::Frame(observed), Reply::Done(honest)) => {
                let observed = session.scope.resolve(&known_entries(observed, plan));
                Some(Reply::Done(framed(honest, &observed)))
            }
            (Kind::Whole(observed), Reply::Done(honest)) => {
                let observed = session.scope.resolve(&known_entries(observed, plan));
                Some(Reply::Done(blended(honest, &observed)))
            }
            _ => None,
        }
    }

    /// What the judge says of this answer to the last step.
    fn verdict(&self, last: &mut Last<'_>, step: &Step, reply: &Reply) -> Option<Verdict> {
        let Last { session, taken, .. } = last;
        match (&step.act, reply) {
            (Act::Call { .. }, _) => {
                Some(session.observe(step.in_catalogue()?, &taken.body, reply))
            }
            (Act::LookInside { .. }, Reply::Done(found)) => {
                let cluster = taken.body.get("cluster")?.as_str()?;
                let judged = judge_hsm_keys(&session.belief, cluster, found)?;
                Some(judged.verdict)
            }
            _ => None,
        }
    }
}

/// What the judge says of a crash in the last step.
fn crash(last: &Last<'_>, step: &Step, status: u16, why: &str) -> Option<Verdict> {
    let operation = step.in_catalogue()?;
    let reply = Reply::Lost(why.to_owned());
    let exchange = last.session.exchange(operation, &last.taken.body, &reply);
    let foresight = last.session.belief.foresee(&exchange);
    Some(judge_crash(operation, foresight, why, status))
}

fn rules(expected: &[Expected]) -> BTreeSet<&'static str> {
    let rules = expected.iter().filter_map(|it| it.rule);
    rules.map(|card| card.id).collect()
}

/// In which way a step was answered.
#[derive(PartialEq)]
struct Manner {
    /// `success` or the error.
    word: String,
    /// How much of what the step refers to is not there.
    unmade: usize,
}

impl Manner {
    fn of(scope: &Scope, step: &Step, taken: &Taken) -> Manner {
        let word = match &taken.reply {
            None => "nothing",
            Some(Reply::Done(_)) => "success",
            Some(Reply::Refused(refused)) => &refused.error,
            Some(Reply::Lost(_)) => "lost",
        };
        let unmade = match &step.act {
            Act::Call { body, .. } => scope.unmade(body),
            _ => 0,
        };
        let word = word.to_owned();
        Manner { word, unmade }
    }
}

fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}
