//! Judging a load: what it stands on as it is made, the history after the measurement, so that the
//! judge takes no time away from it, and what is asked after that.

use super::history::{Kept, Remains};
use super::outcome::is_throttle;
use super::tape::Tape;
use crate::error::Error;
use crate::finding::Finding;
use crate::generate::Footing;
use crate::lacking::Lacks;
use crate::options::Strictness;
use crate::plan::{Act, Step};
use crate::player::{general, line};
use crate::session::{Identity, Session, Taken, Timing};
use kms_conformance_model::relations::OWN_ID;
use kms_conformance_model::{Divergence, Expected, Level, Reply, Verdict};
use kms_conformance_targets::Lost;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The steps of the history come after those of any plan, and nothing refers to them.
const STEP: u32 = u32::MAX;

/// How often a step is taken that may succeed later.
const TRIES: u32 = 10;

/// How much longer each pause between these is than the one before.
const PAUSE: Duration = Duration::from_millis(20);

/// What the judge said of a load.
#[derive(Debug, Default)]
pub(super) struct Judgement {
    /// How many exchanges it was told of.
    pub(super) exchanges: u64,
    /// The findings, each cause once.
    pub(super) findings: Vec<Finding>,
    /// Why answers of an operation could not be judged, and how often.
    pub(super) unknown: BTreeMap<(String, String), u64>,
}

/// The judge of one load.
pub(super) struct Judging<'t> {
    pub(super) session: Session<'t>,
    pub(super) judgement: Judgement,
    tape: &'t Tape,
    claimed: BTreeSet<String>,
}

impl<'t> Judging<'t> {
    /// Begins, with an account that is emptied where it can be.
    pub(super) async fn begin(tape: &'t Tape, identity: &Identity) -> Result<Judging<'t>, Lost> {
        Ok(Judging {
            session: Session::begin(tape, identity, Timing::Running).await?,
            judgement: Judgement::default(),
            tape,
            claimed: BTreeSet::new(),
        })
    }

    /// Makes what the load stands on. The error says which step did not come to what it should.
    pub(super) async fn stand_on(&mut self, footing: &Footing) -> Result<(), Stumbled> {
        for step in &footing.plan.steps {
            let taken = self.take(step).await?;
            let asked = match &step.act {
                Act::Call { operation, .. } => operation.as_str(),
                Act::Outside(_) if taken.body.is_null() => "what happens outside AWS",
                _ => continue,
            };
            match (&taken.reply, &step.act) {
                (Some(Reply::Done(response)), Act::Call { .. }) => is_connected(response)?,
                (_, Act::Outside(_)) if !taken.body.is_null() => {}
                _ => {
                    let answer = line(0, step, &taken).reply.to_string();
                    let lacking = taken.lacking.as_ref().map(|sign| Lacks::from(sign).answer);
                    let answer = lacking.unwrap_or(answer);
                    return Err(Stumbled::Answered(format!("{asked} came to {answer}")));
                }
            }
        }
        Ok(())
    }

    /// Judges everything that is left of a history.
    pub(super) async fn hear(&mut self, remains: &Remains) -> Result<(), Lost> {
        let clock = self.session.clock();
        for kept in &remains.kept {
            self.session.set_clock((Timing::Still, kept.at));
            self.tape.put(kept.answer());
            let step = step_of(kept);
            let taken = self.session.take(&step).await?;
            self.note(&step, &taken);
        }
        self.session.set_clock(clock);
        self.same_ids(&remains.ids);
        Ok(())
    }

    /// Sends a request of KMS and judges the answer.
    pub(super) async fn ask(&mut self, operation: &str, body: Value) -> Result<Taken, Lost> {
        self.take(&call(operation, body)).await
    }

    /// Takes a step on the target itself, again where what stands in its way may pass.
    async fn take(&mut self, step: &Step) -> Result<Taken, Lost> {
        let mut taken = self.session.take(step).await?;
        for again in 1..TRIES {
            if !may_pass(&taken) {
                break;
            }
            tokio::time::sleep(again * PAUSE).await;
            taken = self.session.take(step).await?;
        }
        self.note(step, &taken);
        Ok(taken)
    }

    fn note(&mut self, step: &Step, taken: &Taken) {
        self.judgement.exchanges += u64::from(taken.reply.is_some());
        if is_throttled(taken) {
            return;
        }
        let deepest = Strictness::default().deepest();
        for judged in &taken.judged {
            match &judged.verdict {
                Verdict::Conforms(_) => {}
                Verdict::Diverges(divergences) => {
                    for divergence in divergences.iter().filter(|it| it.level <= deepest) {
                        self.find(divergence, Some((step, taken)));
                    }
                }
                Verdict::Unknown(why) => {
                    let reason = (judged.operation.clone(), general(why));
                    *self.judgement.unknown.entry(reason).or_default() += 1;
                }
            }
        }
        if let (Some(lacking), Act::Call { operation, .. }) = (&taken.lacking, &step.act) {
            let why = format!("unsupported: {}", Lacks::from(lacking).answer);
            let reason = (operation.clone(), why);
            *self.judgement.unknown.entry(reason).or_default() += 1;
        }
    }

    fn find(&mut self, divergence: &Divergence, shown: Option<(&Step, &Taken)>) {
        if self.claimed.insert(crate::finding::fingerprint(divergence)) {
            let lines = shown.map(|(step, taken)| line(0, step, taken));
            let lines = lines.into_iter().collect();
            let finding = Finding::new(divergence, Value::Null, lines);
            self.judgement.findings.push(finding);
        }
    }

    /// All ids are looked at, also of those keys of which nothing else was kept.
    fn same_ids(&mut self, ids: &[u128]) {
        let same = ids.windows(2).filter(|two| two.first() == two.last());
        let number = same.count();
        if number == 0 {
            return;
        }
        let expected = "success with KeyId: an id of its own".to_owned();
        let divergence = Divergence {
            operation: "CreateKey",
            level: Level::Effect,
            rules: vec![OWN_ID],
            expected: vec![Expected {
                rule: Some(OWN_ID),
                outcome: expected,
            }],
            observed: "success with KeyId: KeyId of something that was made before".to_owned(),
            status: 200,
            member: "KeyId".to_owned(),
            at: None,
            class: String::new(),
        };
        self.find(&divergence, None);
    }
}

/// Why a load cannot begin.
#[derive(Debug)]
pub(super) enum Stumbled {
    /// The target cannot be reached.
    Lost(Lost),
    /// It answered something that is of no use.
    Answered(String),
}

impl From<Lost> for Stumbled {
    fn from(lost: Lost) -> Stumbled {
        Stumbled::Lost(lost)
    }
}

impl Stumbled {
    /// The error of a run on this target.
    pub(super) fn error(self, target: &str) -> Error {
        match self {
            Stumbled::Lost(lost) => Error::Unreachable {
                url: target.to_owned(),
                why: lost.to_string(),
            },
            Stumbled::Answered(why) => Error::CannotLoad {
                target: target.to_owned(),
                why,
            },
        }
    }
}

/// A key store that is shown must be connected, since it is only looked at when it should be.
fn is_connected(response: &Value) -> Result<(), Stumbled> {
    let shown = |member: &str| response.pointer(&format!("/CustomKeyStores/0/{member}"));
    match shown("ConnectionState").and_then(Value::as_str) {
        None | Some("CONNECTED") => Ok(()),
        Some(state) => {
            let why = shown("ConnectionErrorCode").and_then(Value::as_str);
            let why = why.map_or_else(String::new, |why| format!(", {why}"));
            Err(Stumbled::Answered(format!(
                "its key store is {state} and not CONNECTED{why}"
            )))
        }
    }
}

/// Whether what stood in the way of a step is not there for long.
fn may_pass(taken: &Taken) -> bool {
    let internal = match &taken.reply {
        Some(Reply::Lost(_)) => true,
        Some(Reply::Refused(refused)) => refused.error.contains("Internal"),
        _ => false,
    };
    internal || is_throttled(taken)
}

/// Whether a step was refused for a reason that has nothing to do with it.
fn is_throttled(taken: &Taken) -> bool {
    matches!(&taken.reply, Some(Reply::Refused(refused)) if is_throttle(&refused.error))
}

fn step_of(kept: &Kept) -> Step {
    call(kept.call.operation.name(), kept.call.body.clone())
}

fn call(operation: &str, body: Value) -> Step {
    Step {
        id: STEP,
        act: Act::Call {
            service: "kms".to_owned(),
            operation: operation.to_owned(),
            body: json!({ "$literal": body }),
            region: None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::aftermath::look_after;
    use super::super::closed::closed;
    use super::super::history::History;
    use super::super::measuring::Subject;
    use super::super::options::Operation;
    use super::super::work::Work;
    use super::*;
    use crate::generate::{footing, private_emulator};
    use kms_conformance_model::Switches;
    use kms_conformance_targets::{
        InProcess, OutsideCall, OutsideError, Request, Response, Sending, Target,
    };
    use std::future::ready;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::{Arc, Mutex};

    /// An emulator that gives every twentieth new key the answer of the one before, if it has to.
    struct Repeating {
        emulator: InProcess,
        repeats: bool,
        number: AtomicU64,
        last: Mutex<Option<Response>>,
    }

    impl Target for Repeating {
        fn name(&self) -> String {
            "repeating".to_owned()
        }

        fn send<'a>(&'a self, request: &'a Request) -> Sending<'a, Result<Response, Lost>> {
            let response = self.emulator.emulator().handle(request);
            let made = request.target.as_deref() == Some("TrentService.CreateKey");
            let nth = self.number.fetch_add(u64::from(made), Ordering::Relaxed);
            let mut last = self.last.lock().unwrap();
            let again = self.repeats && made && nth % 20 == 19;
            let response = last.clone().filter(|_| again).unwrap_or(response);
            if made {
                *last = Some(response.clone());
            }
            Box::pin(ready(Ok(response)))
        }

        fn offers_outside(&self) -> bool {
            true
        }

        fn outside<'a>(
            &'a self,
            call: &'a OutsideCall,
        ) -> Sending<'a, Result<Value, OutsideError>> {
            self.emulator.outside(call)
        }
    }

    /// What is found after a short load with so much kept.
    async fn judged(repeats: bool, history: usize) -> Judgement {
        let identity = Identity {
            account: "123456789012".to_owned(),
            region: "us-east-1".to_owned(),
            salt: "0".to_owned(),
        };
        let target = Arc::new(Repeating {
            emulator: private_emulator(&identity, &Switches::none()),
            repeats,
            number: AtomicU64::new(0),
            last: Mutex::default(),
        });
        let tape = Tape::new(target.clone());
        let mut judging = Judging::begin(&tape, &identity).await.unwrap();
        let footing = footing(&identity, false, 2, true).unwrap();
        judging.stand_on(&footing).await.unwrap();
        let scope = &mut judging.session.scope;
        let subject = Subject {
            target,
            work: Arc::new(Work::new(Operation::Mixed, &footing, scope)),
            history: Some(Arc::new(History::new(history))),
            offset: judging.session.clock().1,
        };
        let moment = Duration::from_millis(100);
        closed(&subject, 2, Duration::ZERO, moment).await;
        let remains = subject.history.unwrap().take();
        judging.hear(&remains).await.unwrap();
        let asked = look_after(&mut judging, &remains).await.unwrap();
        assert!(asked.described > 0 && asked.opened > 0, "{asked:?}");
        judging.judgement
    }

    #[tokio::test]
    async fn an_honest_target_conforms() {
        let judgement = judged(false, 100_000).await;
        assert!(judgement.findings.is_empty(), "{judgement:?}");
        assert!(judgement.unknown.is_empty(), "{judgement:?}");
        assert!(judgement.exchanges > 10);
    }

    #[tokio::test]
    async fn an_id_that_comes_twice_is_found_whether_it_was_kept_or_not() {
        for history in [100_000, 80] {
            let judgement = judged(true, history).await;
            let rules = judgement.findings.iter().filter_map(Finding::rule);
            let rules: Vec<&str> = rules.map(|rule| rule.id.as_str()).collect();
            assert!(rules.contains(&"META-09"), "{rules:?}");
        }
    }
}
