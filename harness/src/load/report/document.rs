//! `load.json`. Scripts rely on the names of its members.

use super::super::aftermath::{MOST_DESCRIBED, MOST_OPENED};
use super::super::gate::{Gate, Pair};
use super::super::knee::Knee;
use super::super::latencies::Percentiles;
use super::super::options::{Drive, LoadOptions, Operation};
use super::super::outcome::Outcome;
use super::Loaded;
use crate::error::Error;
use crate::report::json::{Entry, entry, pretty};
use crate::summary::{TargetRef, UnknownNote};
use serde::{Deserialize, Serialize};

/// The version of the format.
pub(super) const SCHEMA: u32 = 1;

/// What decided when requests were sent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "loop")]
pub(super) enum How {
    /// A plan made ahead.
    Open {
        /// Requests a second.
        rate: f64,
    },
    /// Clients that wait for their answers.
    Closed {
        /// How many.
        clients: usize,
    },
    /// A search for the knee.
    Knee,
    /// Rounds of a closed loop, in pairs.
    Paired {
        /// How many clients.
        clients: usize,
        /// How long a round is.
        round_seconds: f64,
    },
}

impl From<&LoadOptions> for How {
    fn from(options: &LoadOptions) -> How {
        match &options.drive {
            Drive::Open { rate } => How::Open { rate: *rate },
            Drive::Closed { clients } => How::Closed { clients: *clients },
            Drive::Knee => How::Knee,
            Drive::Paired { clients, .. } => How::Paired {
                clients: *clients,
                round_seconds: options.duration.as_secs_f64(),
            },
        }
    }
}

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    tool: String,
    target: &'a TargetRef,
    operation: Operation,
    key_store: bool,
    drive: How,
    seconds: f64,
    warm_up_seconds: f64,
    planned: u64,
    offered_per_second: Option<f64>,
    achieved_per_second: f64,
    keys_per_second: f64,
    outcomes: Vec<OfOutcome>,
    #[serde(skip_serializing_if = "Option::is_none")]
    knee: Option<&'a Knee>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pairs: Vec<Pair>,
    #[serde(skip_serializing_if = "str::is_empty")]
    paired_with: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    gate: Option<Gate>,
    judged: Judged<'a>,
}

#[derive(Serialize)]
struct OfOutcome {
    outcome: Outcome,
    count: u64,
    from_planned_start: Percentiles,
    from_actual_start: Percentiles,
}

#[derive(Serialize)]
struct Judged<'a> {
    verdict: String,
    exchanges: usize,
    of: u64,
    new_keys: usize,
    described: usize,
    most_described: usize,
    opened: usize,
    most_opened: usize,
    findings: Vec<Entry<'a>>,
    unknown: &'a [UnknownNote],
}

/// The text of `load.json`.
pub(super) fn render(loaded: &Loaded) -> Result<String, Error> {
    let Loaded {
        options,
        measured,
        told,
        ..
    } = loaded;
    let is_planned = matches!(options.drive, Drive::Open { .. } | Drive::Knee);
    let outcomes = measured
        .outcomes
        .iter()
        .map(|(outcome, latencies)| OfOutcome {
            outcome: outcome.clone(),
            count: latencies.planned.len(),
            from_planned_start: (&latencies.planned).into(),
            from_actual_start: (&latencies.service).into(),
        });
    pretty(&Document {
        schema: SCHEMA,
        tool: format!("{} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")),
        target: &loaded.target,
        operation: options.operation,
        key_store: options.key_store,
        drive: options.into(),
        seconds: measured.seconds,
        warm_up_seconds: options.warm_up.as_secs_f64(),
        planned: measured.planned,
        offered_per_second: is_planned.then(|| measured.offered()),
        achieved_per_second: measured.achieved(),
        keys_per_second: measured.keys_per_second(),
        outcomes: outcomes.collect(),
        knee: loaded.knee.as_ref(),
        pairs: loaded.pairs.clone(),
        paired_with: &loaded.other,
        gate: loaded.gate,
        judged: Judged {
            verdict: loaded.verdict(),
            exchanges: told.kept,
            of: told.of,
            new_keys: told.new_keys,
            described: told.described,
            most_described: MOST_DESCRIBED,
            opened: told.opened,
            most_opened: MOST_OPENED,
            findings: loaded.findings.iter().map(entry).collect(),
            unknown: &loaded.unknown,
        },
    })
}
