//! What became of a rule, in one word, for every report.

use crate::coverage::{OperationStatus, RuleCount};
use crate::out_of_reach::reason;

/// What became of a rule in an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RuleState {
    /// An answer broke it.
    Refuted,
    /// It applied, and the answers agreed.
    Held,
    /// It applied, but nothing followed from the answer.
    Fired,
    /// No plan came to it.
    Starved,
    /// No plan can come to it here.
    NotReachable,
    /// The target does not have the operation.
    Unsupported,
}

/// All of them, the worst first.
pub(crate) const STATES: [RuleState; 6] = [
    RuleState::Refuted,
    RuleState::Held,
    RuleState::Fired,
    RuleState::Starved,
    RuleState::NotReachable,
    RuleState::Unsupported,
];

impl RuleState {
    /// The word used in reports.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            RuleState::Refuted => "refuted",
            RuleState::Held => "held",
            RuleState::Fired => "fired",
            RuleState::Starved => "starved",
            RuleState::NotReachable => "not reachable",
            RuleState::Unsupported => "unsupported",
        }
    }

    /// The name of its style.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            RuleState::NotReachable => "not-reachable",
            other => other.word(),
        }
    }

    /// What it means, in a few words.
    pub(crate) const fn meaning(self) -> &'static str {
        match self {
            RuleState::Refuted => "an answer broke the rule",
            RuleState::Held => "the rule applied and the answers agreed",
            RuleState::Fired => "the rule applied, but nothing follows from the answers",
            RuleState::Starved => "no request came to the rule",
            RuleState::NotReachable => "no request can come to the rule on this kind of target",
            RuleState::Unsupported => "the target does not have the operation",
        }
    }
}

/// What became of a rule, given what was counted.
pub(crate) fn rule_state(
    operation: &str,
    status: OperationStatus,
    id: &str,
    count: &RuleCount,
) -> RuleState {
    if count.refuted > 0 {
        RuleState::Refuted
    } else if !count.is_starved() {
        RuleState::Held
    } else if status == OperationStatus::Unsupported {
        RuleState::Unsupported
    } else if count.fired > 0 {
        RuleState::Fired
    } else if reason(operation, id).is_some() {
        RuleState::NotReachable
    } else {
        RuleState::Starved
    }
}
