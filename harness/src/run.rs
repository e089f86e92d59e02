//! Running plans against a target: makes them, plays them, shrinks what they find, and tells the
//! reports.

use crate::error::Error;
use crate::event::Event;
use crate::finding::{Finding, Status};
use crate::generate::{Generator, Wishes, scenario};
use crate::options::{CheckOptions, ReplayOptions, TargetChoice, TargetOptions};
use crate::plan::Plan;
use crate::player::{Played, Playing, Seen, play};
use crate::reach::{Reached, named, reach};
use crate::report::Report;
use crate::script::script;
use crate::session::Identity;
use crate::shrink::{Budget, CONFIRMATIONS, Shrinker, Shrunk};
use crate::summary::Summary;
use crate::tally::Tally;
use kms_conformance_model::{Divergence, Level};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// The account that emulators which know of only one usually have.
pub(crate) const USUAL_ACCOUNT: &str = "123456789012";

/// What one finding may cost to shrink.
pub(crate) const SHRINK_BUDGET: Budget = Budget {
    calls: 500,
    time: Duration::from_secs(60),
};

/// Makes plans, runs and judges them, and emits all events, `RunFinished` included.
pub fn check(options: CheckOptions, report: &mut dyn Report) -> Result<Summary, Error> {
    let runtime = runtime()?;
    let options = Arc::new(options);
    let tally = Arc::new(Mutex::new(Tally::default()));
    let (sender, events) = channel();
    let started = Instant::now();
    let workers: Vec<_> = (0..options.concurrency.max(1))
        .map(|_| {
            let worker = Worker {
                options: Arc::clone(&options),
                tally: Arc::clone(&tally),
                events: sender.clone(),
                started,
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
    relay(&events, report);
    for worker in workers {
        let ended = runtime.block_on(worker);
        ended.map_err(|why| Error::Internal(format!("a worker stopped: {why}")))??;
    }
    let mut tally = locked(&tally);
    tally.fill(&mut summary);
    // One part of a run cannot know what the others saw.
    if options.shard.is_none() {
        let fixed = options.known.fixed(&summary.coverage, &tally.seen);
        summary.findings.extend(fixed);
        summary.sort_findings();
    }
    summary.totals.seconds = started.elapsed().as_secs_f64();
    report.on(&Event::RunFinished(Box::new(summary.clone())));
    Ok(summary)
}

/// Runs and judges one plan, and emits all events, `RunFinished` included.
pub fn replay(options: ReplayOptions, report: &mut dyn Report) -> Result<Summary, Error> {
    let runtime = runtime()?;
    let plan = Plan::read(&options.plan)?;
    let mut summary = Summary::new(named(&options.target), 0);
    report.on(&Event::RunStarted {
        version: summary.version.clone(),
        target: summary.target.clone(),
        seed: 0,
    });
    let started = Instant::now();
    let played = runtime.block_on(async {
        let reached = reach(&options.target).await?;
        let identity = identity(&options.target, u64::from(std::process::id()));
        let playing = Playing {
            texts: options.strictness.deepest() >= Level::MessageText,
            ..Playing::new(reached.target(), &identity)
        };
        play(&plan, &playing)
            .await
            .map_err(|lost| reached.lost(&lost))
    })?;
    let mut tally = Tally::default();
    for seen in &played.seen {
        if tally.claim(&seen.fingerprint()) {
            tally
                .findings
                .push(finding(&plan, &played, seen.step, &seen.divergence));
        }
    }
    tally.add(&played);
    tally.fill(&mut summary);
    summary.totals.seconds = started.elapsed().as_secs_f64();
    report.on(&Event::RunFinished(Box::new(summary.clone())));
    Ok(summary)
}

/// One client of the target: makes plans and plays them until the run is over.
struct Worker {
    options: Arc<CheckOptions>,
    tally: Arc<Mutex<Tally>>,
    events: Sender<Event>,
    started: Instant,
}

impl Worker {
    async fn work(self) -> Result<(), Error> {
        let reached = reach(&self.options.target).await?;
        let shared = matches!(self.options.target.choice, TargetChoice::Url(_));
        if shared && self.options.concurrency > 1 && reached.target().offers_outside() {
            return Err(Error::NotAvailable {
                what: "--concurrency with a target that each case resets".to_owned(),
                instead: "the clients would reset each other; use --concurrency 1".to_owned(),
            });
        }
        while let Some(case) = self.next_case() {
            self.case(case, &reached).await?;
        }
        Ok(())
    }

    /// The number of the next plan; `None` when the run is over.
    fn next_case(&self) -> Option<u64> {
        let spent = |limit: Option<Duration>| limit.is_some_and(|it| self.started.elapsed() >= it);
        let mut tally = locked(&self.tally);
        let calls = tally.totals.calls;
        let over = spent(self.options.time)
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
            skipped: wishes.unsupported.clone(),
            texts: self.compares(Level::MessageText),
            ..Playing::new(reached.target(), &identity)
        };
        let played = play(&plan, &playing)
            .await
            .map_err(|lost| reached.lost(&lost))?;
        let fresh = self.take_note(&plan, &played);
        for (finding, seen) in fresh {
            // What is accepted was understood before: it need not be made smaller again.
            match finding.status {
                Status::Known => locked(&self.tally).findings.push(finding),
                _ => self.shrink(&plan, finding, &seen, &playing).await,
            }
        }
        Ok(())
    }

    /// The scenarios come first, then plans that are drawn.
    fn plan(
        &self,
        case: u64,
        seed: u64,
        identity: &Identity,
        wishes: &Wishes,
    ) -> Result<Plan, Error> {
        let number = usize::try_from(case).unwrap_or(usize::MAX);
        let directed = match wishes.operations.is_empty() && wishes.outside {
            true => scenario(number, identity),
            false => None,
        };
        let generated = directed.or_else(|| Generator::new(seed, identity).plan(wishes));
        generated
            .map(|generated| generated.plan)
            .ok_or_else(|| Error::Internal("the private emulator does not answer".to_owned()))
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
                let mut finding = finding(plan, played, seen.step, &seen.divergence);
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

    async fn shrink(&self, plan: &Plan, found: Finding, seen: &Seen, playing: &Playing<'_>) {
        let fingerprint = found.fingerprint.clone();
        let shrunk = Shrinker::new(seen, SHRINK_BUDGET, playing)
            .shrink(plan)
            .await;
        let mut finding = match shrunk {
            Some(shrunk) => shrunk_finding(&shrunk, &fingerprint).unwrap_or(found),
            None => Finding {
                status: Status::Flaky,
                reproduced: (0, CONFIRMATIONS),
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

fn shrunk_finding(shrunk: &Shrunk, fingerprint: &str) -> Option<Finding> {
    let seen = shrunk.played.showed(fingerprint)?;
    let (shown, tried) = shrunk.reproduced;
    Some(Finding {
        calls_to_shrink: shrunk.calls,
        reproduced: shrunk.reproduced,
        status: if shown == tried {
            Status::New
        } else {
            Status::Flaky
        },
        ..finding(&shrunk.plan, &shrunk.played, seen.step, &seen.divergence)
    })
}

/// The finding that a divergence makes, with the plan as far as the step that showed it.
pub(crate) fn finding(plan: &Plan, played: &Played, at: usize, divergence: &Divergence) -> Finding {
    let cut = plan.retain(|index, _| index <= at);
    let document = serde_json::to_value(&cut).unwrap_or_default();
    let lines = played
        .transcript
        .iter()
        .filter(|line| line.step <= at)
        .cloned()
        .collect();
    Finding {
        steps: cut.steps.len(),
        ..Finding::new(divergence, document, lines)
    }
}

pub(crate) fn identity(options: &TargetOptions, salt: u64) -> Identity {
    Identity {
        account: options
            .account
            .clone()
            .unwrap_or_else(|| USUAL_ACCOUNT.to_owned()),
        region: options.region.clone(),
        salt: format!("{:08x}", salt as u32),
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

pub(crate) fn runtime() -> Result<Runtime, Error> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|why| Error::Internal(format!("cannot start the runtime: {why}")))
}

fn locked(tally: &Mutex<Tally>) -> MutexGuard<'_, Tally> {
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}
