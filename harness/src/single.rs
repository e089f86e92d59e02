//! One plan: played in some way, judged, and cleaned up after where it ran on AWS.

use crate::error::Error;
use crate::event::Event;
use crate::generate::tagged;
use crate::on_aws::{name_of_a_run, playing};
use crate::options::{Strictness, TargetOptions};
use crate::plan::Plan;
use crate::player::{Played, Playing, Seen};
use crate::reach::{Reached, named, reach_for};
use crate::report::Report;
use crate::setup::{begin, finding, identity, interrupted, note_aws, runtime};
use crate::summary::Summary;
use crate::tally::Tally;
use kms_conformance_model::catalog;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Instant;

/// Plays one plan as `play` does, judges it, and emits all events, `RunFinished` included.
pub(crate) fn play_one(
    plan: &Plan,
    mut target: TargetOptions,
    strictness: Strictness,
    report: &mut dyn Report,
    play: impl AsyncFnOnce(&Plan, &Playing<'_>, &Reached) -> Result<Played, Error>,
) -> Result<Summary, Error> {
    let runtime = runtime()?;
    let run = name_of_a_run();
    let aws = runtime.block_on(begin(&mut target, &run))?;
    let plan = match &aws {
        Some(_) => tagged(plan, &run),
        None => plan.clone(),
    };
    let mut summary = Summary::new(named(&target), 0);
    report.on(&Event::RunStarted {
        version: summary.version.clone(),
        target: summary.target.clone(),
        seed: 0,
    });
    let started = Instant::now();
    let under_way = async {
        let reached = reach_for(&target, aws.as_ref()).await?;
        let identity = identity(&target, u64::from(std::process::id()));
        // Whoever plays a plan says that the target has its operations.
        let labels = catalog::operations().map(|operation| operation.label().to_owned());
        let playing = Playing {
            answered: labels.collect(),
            ..playing(&reached, &identity, strictness, aws.as_ref())
        };
        tokio::select! {
            played = play(&plan, &playing, &reached) => played,
            () = interrupted(aws.as_ref()) => Ok(Played::default()),
        }
    };
    let played = catch_unwind(AssertUnwindSafe(|| runtime.block_on(under_way)));
    // Whatever ended the play, what it made on AWS is taken away before anybody hears of it.
    let note = aws.as_ref().map(|aws| runtime.block_on(aws.finish()));
    let played = played.unwrap_or_else(|panic| resume_unwind(panic));
    if let Some(note) = &note {
        report.on(&Event::CleanedUp(Box::new(note.clone())));
    }
    let played = played?;
    let mut tally = Tally::default();
    let compared = |seen: &&Seen| seen.divergence.level <= strictness.deepest();
    for seen in played.seen.iter().filter(compared) {
        if tally.claim(&seen.fingerprint()) {
            let finding = finding(&plan, &played, seen.step, &seen.divergence);
            tally.findings.push(finding);
        }
    }
    tally.add(&played);
    tally.fill(&mut summary);
    summary.totals.seconds = started.elapsed().as_secs_f64();
    note_aws(&mut summary, aws.as_ref(), note);
    report.on(&Event::RunFinished(Box::new(summary.clone())));
    Ok(summary)
}
