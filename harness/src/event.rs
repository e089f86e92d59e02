//! What happens during a run. The runner emits events; reports only listen.

use crate::finding::Finding;
use crate::summary::{AwsNote, Summary, TargetRef};
use serde::Serialize;

/// What the judge said about one exchange, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum Judged {
    /// It conforms, and these rules held.
    Conforms {
        /// The ids of the rules.
        rules: Vec<String>,
    },
    /// It diverges.
    Diverges {
        /// The fingerprint of the finding.
        fingerprint: String,
    },
    /// It cannot be said.
    Unknown {
        /// Why.
        reason: String,
    },
    /// The target does not implement the operation.
    Unsupported,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    /// The run begins.
    RunStarted {
        /// The version of this program.
        version: String,
        /// The target.
        target: TargetRef,
        /// The seed.
        seed: u64,
    },
    /// A plan begins.
    CaseStarted {
        /// Its number, from 0.
        case: u64,
        /// How many steps it has.
        steps: usize,
    },
    /// A request was answered and judged.
    Exchange {
        /// The number of the plan.
        case: u64,
        /// The number of the step in it.
        step: usize,
        /// The operation.
        operation: String,
        /// `success`, the error type, or `lost`.
        outcome: String,
        /// The HTTP status; 0 where there was none.
        status: u16,
        /// How long the answer took, in milliseconds.
        millis: u64,
        /// The verdict.
        judged: Judged,
    },
    /// An operation turned out not to be implemented.
    Unsupported {
        /// The operation.
        operation: String,
        /// How the target said so, in short.
        answer: String,
    },
    /// A finding that was not seen before in this run; it is not shrunk yet.
    FindingFound(Box<Finding>),
    /// Shrinking goes on.
    Shrinking {
        /// The fingerprint of the finding.
        fingerprint: String,
        /// How many steps the smallest plan has so far.
        steps: usize,
        /// How many calls were spent so far.
        calls: usize,
    },
    /// A finding as it stands after shrinking.
    FindingShrunk(Box<Finding>),
    /// What a run made on AWS was taken away again, as far as AWS allows it.
    CleanedUp(Box<AwsNote>),
    /// The run is over.
    RunFinished(Box<Summary>),
}
