//! What every way to run a plan begins and ends with.

use crate::error::Error;
use crate::finding::{Finding, Status};
use crate::identity::{Identity, USUAL_ACCOUNT};
use crate::on_aws::OnAws;
use crate::options::{TargetChoice, TargetOptions};
use crate::plan::Plan;
use crate::player::Played;
use crate::shrink::Shrunk;
use crate::summary::{AwsNote, Summary};
use kms_conformance_model::Divergence;
use tokio::runtime::Runtime;

/// Begins a run on AWS, if the target is that.
pub(crate) async fn begin(target: &mut TargetOptions, run: &str) -> Result<Option<OnAws>, Error> {
    match target.choice {
        TargetChoice::Aws => OnAws::begin(target, run).await.map(Some),
        _ => Ok(None),
    }
}

/// Writes down what a run on AWS came to. What it left or was not let do leaves the verdict open.
pub(crate) fn note_aws(summary: &mut Summary, aws: Option<&OnAws>, note: Option<AwsNote>) {
    if aws.is_some_and(OnAws::was_interrupted) {
        summary.leave_open("it was interrupted");
    }
    for left in note.iter().flat_map(|note| &note.left) {
        summary.leave_open(&format!("it left something: {left}"));
    }
    summary.aws = note;
}

/// Ends when somebody interrupts a run on AWS.
pub(crate) async fn interrupted(aws: Option<&OnAws>) {
    match aws {
        Some(aws) => aws.interrupted().await,
        None => std::future::pending().await,
    }
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

/// Whose account a run is about; `salt` makes the names of its plans its own.
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

/// The runtime of a run.
pub(crate) fn runtime() -> Result<Runtime, Error> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|why| Error::Internal(format!("cannot start the runtime: {why}")))
}

/// What was found, with the plan that it was shrunk to.
pub(crate) fn shrunk_finding(shrunk: &Shrunk, found: &Finding) -> Option<Finding> {
    let seen = shrunk.played.showed(&found.fingerprint)?;
    let (shown, tried) = shrunk.reproduced;
    Some(Finding {
        found_after: found.found_after,
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
