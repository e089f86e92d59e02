//! Running plans against a target: makes them, plays them, shrinks what they find, and tells the
//! reports.

use crate::error::Error;
use crate::event::Event;
use crate::finding::{Finding, Status};
use crate::generate::{Planner, Plans, Wishes, attached, probe, scenario, tagged};
use crate::on_aws::{OnAws, name_of_a_run, playing};
use crate::options::{CheckOptions, ReplayOptions, Strictness, TargetChoice, TargetOptions};
use crate::plan::{Abilities, Plan};
use crate::player::{Played, Playing, Seen, play};
use crate::reach::{Reached, named, reach_for};
use crate::report::Report;
use crate::script::script;
use crate::session::Identity;
use crate::setup::{begin, finding, identity, interrupted, note_aws, runtime, shrunk_finding};
use crate::shrink::{Budget, Shrinker};
use crate::single::play_one;
use crate::summary::{Ended, Summary};
use crate::tally::Tally;
use kms_conformance_model::Level;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What one finding may cost to shrink.
pub(crate) const SHRINK_BUDGET: Budget = Budget {
    calls: 500,
    time: Duration::from_secs(60),
    confirmations: 3,
    patience: 45,
};

/// What a finding may cost to shrink whose cause was shrunk in another variant before.
const VARIANT_BUDGET: Budget = Budget {
    calls: 24,
    time: Duration::from_secs(5),
    confirmations: 1,
    patience: 0,
};

/// Makes plans, runs and judges them, and emits all events, `RunFinished` included.
pub fn check(options: CheckOptions, report: &mut dyn Report) -> Result<Summary, Error> {
    let runtime = runtime()?;
    let mut options = options;
    let run = name_of_a_run();
    if options.target.choice == TargetChoice::Aws && options.concurrency > 1 {
        return Err(Error::NotAvailable {
            what: "--concurrency on AWS".to_owned(),
            instead: "each client would take away what the others made; use 1".to_owned(),
        });
    }
    let aws = runtime.block_on(begin(&mut options.target, &run))?;
    let options = Arc::new(options);
    let tally = Arc::new(Mutex::new(Tally::default()));
    let planner = Arc::new(Mutex::new(Planner::default()));
    let (sender, events) = channel();
    let started = Instant::now();
    let workers: Vec<_> = (0..options.concurrency.max(1))
        .map(|_| {
            let worker = Worker {
                options: Arc::clone(&options),
                tally: Arc::clone(&tally),
                planner: Arc::clone(&planner),
                events: sender.clone(),
                started,
                aws: aws.clone(),
                run: run.clone(),
            };
            runtime.spawn(worker.work())
        })
        .collect();
    drop(sender);
    let mut summary = Summary::new(named(&options.target), options.seed);
    summary.must_cover = options.must_cover;
    report.on(&Event::RunStarted {
        version: summary.version.clone(),
        target: summary.target.clone(),
        seed: options.seed,
    });
    let relayed = catch_unwind(AssertUnwindSafe(|| relay(&events, report)));
    let ended: Vec<_> = workers
        .into_iter()
        .map(|worker| runtime.block_on(worker))
        .collect();
    // Whatever ended the run, what it made on AWS is taken away before anybody hears of it.
    let note = aws.as_ref().map(|aws| runtime.block_on(aws.finish()));
    if let Err(panic) = relayed {
        resume_unwind(panic);
    }
    if let Some(note) = &note {
        report.on(&Event::CleanedUp(Box::new(note.clone())));
    }
    let stopped = |why| Error::Internal(format!("a worker stopped: {why}"));
    let ended = ended.into_iter().map(|ended| ended.map_err(stopped)?);
    let failed = ended.collect::<Result<Vec<()>, Error>>().err();
    let mut tally = locked(&tally);
    tally.fill(&mut summary);
    // One part of a run cannot know what the others saw.
    if options.shard.is_none() {
        let fixed = options.known.fixed(&summary.coverage, &tally.seen);
        summary.findings.extend(fixed);
        summary.sort_findings();
    }
    summary.totals.seconds = started.elapsed().as_secs_f64();
    summary.ended = match &options {
        _ if failed.is_some() => Ended::Failure,
        _ if tally.is_idle() => Ended::Unsupported,
        options if options.time.is_some_and(|most| started.elapsed() >= most) => Ended::Time,
        options
            if options
                .max_calls
                .is_some_and(|most| tally.totals.calls >= most) =>
        {
            Ended::Calls
        }
        _ => Ended::Cases,
    };
    note_aws(&mut summary, aws.as_ref(), note);
    // What was found until a run fails is reported all the same, unless there is nothing to report.
    if failed.is_none() || summary.totals.calls > 0 {
        report.on(&Event::RunFinished(Box::new(summary.clone())));
    }
    failed.map_or(Ok(summary), Err)
}

/// Runs and judges the plan in a file, and emits all events, `RunFinished` included.
pub fn replay(options: ReplayOptions, report: &mut dyn Report) -> Result<Summary, Error> {
    let plan = Plan::read(&options.plan)?;
    judge(&plan, options.target, options.strictness, report)
}

/// Runs and judges one plan, and emits all events, `RunFinished` included.
pub fn judge(
    plan: &Plan,
    target: TargetOptions,
    strictness: Strictness,
    report: &mut dyn Report,
) -> Result<Summary, Error> {
    let playing = async |plan: &Plan, playing: &Playing<'_>, reached: &Reached| {
        let played = play(plan, playing).await;
        played.map_err(|lost| reached.lost(&lost))
    };
    play_one(plan, target, strictness, report, playing)
}

/// One client of the target: makes plans and plays them until the run is over.
struct Worker {
    options: Arc<CheckOptions>,
    tally: Arc<Mutex<Tally>>,
    planner: Arc<Mutex<Planner>>,
    events: Sender<Event>,
    started: Instant,
    aws: Option<OnAws>,
    run: String,
}

impl Worker {
    async fn work(self) -> Result<(), Error> {
        let reached = reach_for(&self.options.target, self.aws.as_ref()).await?;
        let shared = matches!(self.options.target.choice, TargetChoice::Url(_));
        if shared && self.options.concurrency > 1 && reached.target().offers_outside() {
            return Err(Error::NotAvailable {
                what: "--concurrency with a target that each case resets".to_owned(),
                instead: "the clients would reset each other; use --concurrency 1".to_owned(),
            });
        }
        while let Some(case) = self.next_case() {
            let case = async {
                self.case(case, &reached).await?;
                if let Some(aws) = &self.aws {
                    // Keys cost money until their deletion is scheduled. What is left now is tried
                    // again at the end.
                    aws.target.clean_up_known().await;
                }
                Ok::<_, Error>(())
            };
            tokio::select! {
                done = case => done?,
                () = interrupted(self.aws.as_ref()) => break,
            }
        }
        Ok(())
    }

    /// The number of the next plan; `None` when the run is over.
    fn next_case(&self) -> Option<u64> {
        let spent = |limit: Option<Duration>| limit.is_some_and(|it| self.started.elapsed() >= it);
        let mut tally = locked(&self.tally);
        let calls = tally.totals.calls;
        let over = spent(self.options.time)
            || tally.is_idle()
            || self.options.max_calls.is_some_and(|most| calls >= most)
            || self.options.cases.is_some_and(|most| tally.begun >= most);
        (!over).then(|| tally.begin_case(self.options.shard))
    }

    async fn case(&self, case: u64, reached: &Reached) -> Result<(), Error> {
        let target = &self.options.target;
        let seed = seed_of(self.options.seed, case);
        let identity = identity(target, seed);
        let wishes = locked(&self.tally).wishes(&self.options, reached.target().offers_outside());
        let plan = self.plan(case, seed, &identity, &wishes)?;
        self.tell(Event::CaseStarted {
            case,
            steps: plan.steps.len(),
        });
        let playing = Playing {
            deadline: self.options.time.map(|most| self.started + most),
            skipped: wishes.unsupported.clone(),
            answered: locked(&self.tally).answered.clone(),
            ..playing(
                reached,
                &identity,
                self.options.strictness,
                self.aws.as_ref(),
            )
        };
        let played = play(&plan, &playing)
            .await
            .map_err(|lost| reached.lost(&lost))?;
        let fresh = self.take_note(&plan, &played);
        for (finding, seen) in fresh {
            // What is accepted was understood before: it need not be made smaller again.
            match finding.status {
                Status::Known => locked(&self.tally).findings.push(finding),
                _ => {
                    self.shrink((&plan, &played), finding, &seen, &playing)
                        .await
                }
            }
        }
        Ok(())
    }

    /// Directed plans come first, then plans that are drawn.
    fn plan(
        &self,
        case: u64,
        seed: u64,
        identity: &Identity,
        wishes: &Wishes,
    ) -> Result<Plan, Error> {
        let failed = || Error::Internal("the private emulator does not answer".to_owned());
        if self.aws.is_some() {
            let plan = self.plan_for_aws(case, seed, identity, wishes);
            return plan.ok_or_else(failed);
        }
        let mut planner = self.planner.lock().unwrap_or_else(PoisonError::into_inner);
        let part = self.options.shard.and_then(|shard| {
            let index = usize::try_from(shard.index).ok()?.checked_sub(1)?;
            Some((index, usize::try_from(shard.of).ok()?))
        });
        let plan = planner.next(case, seed, identity, wishes, part);
        plan.ok_or_else(failed)
    }

    /// On AWS, the first plan finds out what the caller may ask for. Where there is a key store, every
    /// other plan is about it, and the first of these is the console's procedure.
    fn plan_for_aws(
        &self,
        case: u64,
        seed: u64,
        identity: &Identity,
        wishes: &Wishes,
    ) -> Option<Plan> {
        if case == 0 {
            return probe(seed, identity, wishes);
        }
        let draw = |wishes: &Wishes| Plans::of(wishes, identity).from_seed(seed).next();
        let store = self.options.target.aws.key_store.as_ref();
        let plan = match store.filter(|_| case % 2 == 1) {
            Some(store) if case == 1 => {
                let procedure = attached(&scenario(0, identity)?.plan, store);
                let abilities = Abilities {
                    environment: true,
                    unsupported: &wishes.unsupported,
                };
                procedure.retain(|_, step| abilities.allow(step))
            }
            Some(store) => {
                let mut with_stores = Wishes {
                    key_stores: true,
                    outside: true,
                    ..wishes.clone()
                };
                // The private emulator makes the cluster that the plan then does without.
                let never = OnAws::not_asked_for(&self.options.target.aws);
                let unsupported = &mut with_stores.unsupported;
                unsupported.retain(|name| !never.contains(&name.as_str()));
                attached(&draw(&with_stores)?.plan, store)
            }
            None => draw(wishes)?.plan,
        };
        Some(tagged(&plan, &self.run))
    }

    /// Adds up what a plan did, and gives the findings that are new, with what was seen of each.
    fn take_note(&self, plan: &Plan, played: &Played) -> Vec<(Finding, Seen)> {
        let mut tally = locked(&self.tally);
        for (operation, answer) in tally.add(played) {
            self.tell(Event::Unsupported { operation, answer });
        }
        let mut fresh = Vec::new();
        for seen in played
            .seen
            .iter()
            .filter(|seen| self.compares(seen.divergence.level))
        {
            if tally.claim(&seen.fingerprint()) {
                let mut finding = Finding {
                    found_after: tally.totals.calls,
                    ..finding(plan, played, seen.step, &seen.divergence)
                };
                self.options.known.accept(&mut finding);
                self.tell(Event::FindingFound(Box::new(finding.clone())));
                fresh.push((finding, seen.clone()));
            }
        }
        fresh
    }

    fn compares(&self, level: Level) -> bool {
        level <= self.options.strictness.deepest()
    }

    async fn shrink(
        &self,
        (plan, played): (&Plan, &Played),
        found: Finding,
        seen: &Seen,
        playing: &Playing<'_>,
    ) {
        let is_variant = locked(&self.tally)
            .findings
            .iter()
            .any(|known| known.cause == found.cause && known.status == Status::New);
        let budget = if is_variant {
            VARIANT_BUDGET
        } else {
            SHRINK_BUDGET
        };
        let left = self
            .options
            .time
            .map(|most| most.saturating_sub(self.started.elapsed()));
        let budget = Budget {
            time: left.map_or(budget.time, |left| left.min(budget.time)),
            ..budget
        };
        let shrunk = Shrinker::new(seen, played, budget, playing)
            .shrink(plan)
            .await;
        let mut finding = match shrunk {
            Ok(shrunk) => shrunk_finding(&shrunk, &found).unwrap_or(found),
            Err(0) => found,
            // Of a variant not enough is tried to tell that it does not come back.
            Err(_) if is_variant => found,
            Err(in_vain) => Finding {
                status: Status::Flaky,
                reproduced: (0, in_vain),
                ..found
            },
        };
        let Identity {
            account, region, ..
        } = &playing.identity;
        finding.script = script(&finding, account, region);
        self.tell(Event::FindingShrunk(Box::new(finding.clone())));
        locked(&self.tally).findings.push(finding);
    }

    fn tell(&self, event: Event) {
        // Nobody listens any more only when the run is being torn down.
        let _ = self.events.send(event);
    }
}

/// A seed of its own for each plan of a run.
fn seed_of(run: u64, case: u64) -> u64 {
    run.wrapping_add(case.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

fn relay(events: &Receiver<Event>, report: &mut dyn Report) {
    for event in events {
        report.on(&event);
    }
}

fn locked(tally: &Mutex<Tally>) -> MutexGuard<'_, Tally> {
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}
