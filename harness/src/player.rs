//! Plays plans: a fresh session for each, every exchange judged, everything that happened kept.

use crate::coverage::Coverage;
use crate::finding::{Line, fingerprint};
use crate::lacking::Lacks;
use crate::mimic::Wrong;
use crate::names::Names;
use crate::plan::{Act, Plan, Step};
use crate::redact;
use crate::session::{Identity, Session, Taken, Timing};
use crate::settling::OldAnswers;
use crate::template::Scope;
use kms_conformance_model::{Divergence, Reply, Verdict};
use kms_conformance_targets::aws::Description;
use kms_conformance_targets::{Clock, Lost, Target};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// A divergence and where it was seen.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The index of the step in the plan.
    pub step: usize,
    /// What diverged.
    pub divergence: Divergence,
    /// What was wrong in the answer, for shrinking.
    pub wrong: Option<Wrong>,
}

impl Seen {
    /// The fingerprint of the finding it makes.
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.divergence)
    }
}

/// Everything that happened while a plan was played.
#[derive(Clone, Debug, Default)]
pub struct Played {
    /// What was sent and what came back, without secrets.
    pub transcript: Vec<Line>,
    /// The divergences, in order.
    pub seen: Vec<Seen>,
    /// Which rules fired and held.
    pub coverage: Coverage,
    /// How many requests were sent.
    pub calls: usize,
    /// Why answers of an operation could not be judged, and how often.
    pub unknown: BTreeMap<(String, String), u64>,
    /// Operations that were answered.
    pub answered: BTreeSet<String>,
    /// Operations that the target does not seem to have.
    pub lacking: BTreeMap<String, Lacks>,
}

impl Played {
    /// The divergence with this fingerprint, if the plan showed it.
    pub fn showed(&self, fingerprint: &str) -> Option<&Seen> {
        self.seen
            .iter()
            .find(|seen| seen.fingerprint() == fingerprint)
    }

    /// The steps of `plan`, by their ids, that the target did not refuse.
    pub(crate) fn done(&self, plan: &Plan) -> BTreeSet<u32> {
        let lines = self.transcript.iter().filter(|line| line.status < 400);
        let steps = lines.filter_map(|line| plan.steps.get(line.step));
        steps.map(|step| step.id).collect()
    }

    /// Notes what became of a step.
    pub fn note(&mut self, index: usize, step: &Step, taken: &Taken) {
        let is_call = matches!(step.act, Act::Call { .. } | Act::Raw { .. });
        self.calls += usize::from(is_call && taken.not_sent.is_none());
        self.transcript.push(line(index, step, taken));
        if let Some(operation) = step.in_catalogue() {
            let name = operation.label().to_owned();
            if let Some(sign) = &taken.lacking {
                self.coverage.unsupported(operation);
                self.lacking.entry(name).or_default().merge(&sign.into());
            } else if matches!(taken.reply, Some(Reply::Done(_) | Reply::Refused(_))) {
                self.answered.insert(name);
            }
        }
        for judged in &taken.judged {
            match step
                .in_catalogue()
                .filter(|operation| operation.label() == judged.operation)
            {
                Some(operation) => self.coverage.observe(operation, &judged.verdict),
                None => self.coverage.observe_as(&judged.operation, &judged.verdict),
            }
            self.coverage
                .sight(&judged.operation, &judged.sighting, &judged.verdict);
            match &judged.verdict {
                Verdict::Conforms(_) => {}
                Verdict::Diverges(divergences) => {
                    let seen = divergences.iter().map(|divergence| Seen {
                        step: index,
                        divergence: divergence.clone(),
                        wrong: None,
                    });
                    self.seen.extend(seen);
                }
                Verdict::Unknown(why) => {
                    let reason = (judged.operation.clone(), general(why));
                    *self.unknown.entry(reason).or_default() += 1;
                }
            }
        }
    }
}

/// How plans are played.
#[derive(Clone)]
pub struct Playing<'t> {
    /// What they are played on.
    pub target: &'t dyn Target,
    /// Whose account it is.
    pub identity: Identity,
    /// How the target's clock runs.
    pub timing: Timing,
    /// Operations, by label, that the target is known not to implement.
    pub skipped: BTreeSet<String>,
    /// Operations, by label, that the target is known to have: what it answers to them without a type
    /// is a crash.
    pub answered: BTreeSet<String>,
    /// Whether the texts of errors are compared with those that AWS was recorded to send.
    pub texts: bool,
    /// What is known of old answers.
    pub old: OldAnswers,
    /// When a play ends, wherever it is in its plan.
    pub deadline: Option<Instant>,
    /// A connected key store that somebody else made.
    pub attached: Option<Description>,
}

impl<'t> Playing<'t> {
    /// Plays on this target, whose clock runs, and skips nothing.
    pub fn new(target: &'t dyn Target, identity: &Identity) -> Playing<'t> {
        Playing {
            target,
            identity: identity.clone(),
            timing: Timing::Running,
            skipped: BTreeSet::new(),
            answered: BTreeSet::new(),
            texts: false,
            old: OldAnswers::default(),
            deadline: None,
            attached: None,
        }
    }
}

impl Playing<'_> {
    /// Whether the step is left out, since the target does not have its operation.
    pub(crate) fn skips(&self, step: &Step) -> bool {
        let operation = step.in_catalogue();
        operation.is_some_and(|it| self.skipped.contains(it.label()))
    }
}

/// Whoever wants to know of each step of a play.
pub(crate) trait Watch: Send {
    /// A step is about to be taken.
    fn before(&mut self, index: usize, step: &Step, session: &mut Session<'_>);

    /// It was taken.
    fn after(&mut self, index: usize, session: &Session<'_>, taken: &Taken);
}

/// Nobody.
struct Nobody;

impl Watch for Nobody {
    fn before(&mut self, _: usize, _: &Step, _: &mut Session<'_>) {}

    fn after(&mut self, _: usize, _: &Session<'_>, _: &Taken) {}
}

/// Plays a plan from its beginning.
pub async fn play(plan: &Plan, playing: &Playing<'_>) -> Result<Played, Lost> {
    play_watched(plan, playing, &mut Nobody).await
}

/// Plays a plan from its beginning and tells of each step.
pub(crate) async fn play_watched(
    plan: &Plan,
    playing: &Playing<'_>,
    watch: &mut dyn Watch,
) -> Result<Played, Lost> {
    let identity = identity_of_a_play(playing);
    let mut session = Session::begin(playing.target, &identity, playing.timing).await?;
    session.settling.old = playing.old.clone();
    session.knows(&playing.answered);
    if let Some(described) = &playing.attached {
        session.belief.attach(&described.store, &described.cluster);
    }
    if playing.texts {
        session.belief.compare_texts();
    }
    let mut played = Played::default();
    let in_time = |_: &(usize, &Step)| playing.deadline.is_none_or(|it| Instant::now() < it);
    for (index, step) in plan.steps.iter().enumerate().take_while(in_time) {
        if !playing.skips(step) {
            watch.before(index, step, &mut session);
            let taken = session.take(step).await?;
            watch.after(index, &session, &taken);
            let known = played.seen.len();
            played.note(index, step, &taken);
            if played.seen.len() > known {
                let names = names(&mut session.scope, plan, index);
                for seen in played.seen.iter_mut().skip(known) {
                    let at = seen.divergence.at.as_ref();
                    seen.wrong = Some(Wrong::of(step, &taken, at, &names));
                }
            }
        }
    }
    Ok(played)
}

/// What things are called in the plan as far as it was played.
fn names(scope: &mut Scope, plan: &Plan, last: usize) -> Names {
    let mut names = Names::default();
    for step in plan.steps.iter().take(last + 1) {
        if let Act::Call { body, .. } = &step.act {
            let resolved = scope.resolve(body);
            names.learn_request(body, &resolved);
        }
        if let Some(response) = scope.responses.get(&step.id) {
            names.learn_response(step.id, response);
        }
    }
    names
}

/// Where nothing is reset, what an earlier play left is still there: names must be new each time.
fn identity_of_a_play(playing: &Playing<'_>) -> Identity {
    static PLAYS: AtomicU64 = AtomicU64::new(0);
    // A run of the same seed may have been there before.
    static BEGUN: LazyLock<i64> = LazyLock::new(|| Clock::Real.now());
    let mut identity = playing.identity.clone();
    if !playing.target.offers_outside() {
        let nth = PLAYS.fetch_add(1, Ordering::Relaxed);
        identity.salt = format!("{}-{:x}-{nth:x}", identity.salt, *BEGUN);
    }
    identity
}

/// What is kept of a step.
pub(crate) fn line(index: usize, step: &Step, taken: &Taken) -> Line {
    let request = match &step.act {
        Act::Call {
            service, operation, ..
        } => match &taken.region {
            Some(region) => format!("{service} {operation} in {region}"),
            None => format!("{service} {operation}"),
        },
        Act::Raw { .. } => "raw request".to_owned(),
        Act::Outside(action) => {
            let name = action
                .get("action")
                .and_then(Value::as_str)
                .unwrap_or("action");
            format!("outside {name}")
        }
        Act::LookInside { .. } => "outside HsmKeys".to_owned(),
        Act::Advance { seconds } => format!("wait {seconds} s"),
    };
    let reply = match &taken.reply {
        Some(Reply::Done(response)) => response.clone(),
        Some(Reply::Refused(refused)) => {
            json!({ "__type": refused.error, "message": refused.message })
        }
        Some(Reply::Lost(why)) => json!({ "lost": why }),
        None => match &taken.not_sent {
            Some(why) => json!({ "not sent": why }),
            None => Value::Null,
        },
    };
    let (body, reply) = redact::exchange(&taken.body, &reply);
    Line {
        step: index,
        request,
        body,
        reply,
        status: taken.status,
    }
}

/// A reason without the ids in it, so that equal reasons are counted together.
pub(crate) fn general(why: &str) -> String {
    match why.split_once(' ') {
        Some((first, rest)) if first.contains('-') => format!("a resource {rest}"),
        _ => why.to_owned(),
    }
}
