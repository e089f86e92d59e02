//! The summary of a run: what every report is made of.

use crate::coverage::{Coverage, OperationStatus};
use crate::exit_code::ExitCode;
use crate::finding::{Finding, Severity, Status};
use crate::gate::{Missing, some_of};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The target that was judged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetRef {
    /// What it is called: `emulator`, `model`, `aws`, or the host of its URL.
    pub name: String,
    /// Its URL; empty where there is none.
    pub url: String,
}

/// What a run cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    /// How many plans ran.
    pub cases: u64,
    /// How many requests were sent.
    pub calls: u64,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// How many answers should have been judged and could not be. Any makes the run inconclusive;
    /// answers that follow from a finding are noted, but not counted here.
    pub unknown: u64,
    /// How many answers were not judged, for whatever reason.
    #[serde(default)]
    pub unjudged: u64,
}

/// Why some answers of an operation could not be judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownNote {
    /// The operation; empty for the run as a whole.
    pub operation: String,
    /// Why.
    pub reason: String,
    /// How often.
    pub count: u64,
}

impl UnknownNote {
    /// The operation, or words for the whole run.
    pub fn place(&self) -> &str {
        if self.operation.is_empty() {
            "the run"
        } else {
            &self.operation
        }
    }
}

/// An operation that the target does not implement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnsupportedNote {
    /// The operation.
    pub operation: String,
    /// How the target said so, in short.
    pub answer: String,
}

/// What ended a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// All plans were played.
    #[default]
    Cases,
    /// The limit of requests was reached.
    Calls,
    /// The limit of time was reached.
    Time,
    /// The target has none of the operations that were left to ask for.
    Unsupported,
    /// The run failed: the target could not be reached any more, say.
    Failure,
}

impl Ended {
    /// The words used in reports.
    pub const fn words(self) -> &'static str {
        match self {
            Ended::Cases => "all plans were played",
            Ended::Calls => "the limit of calls ended it",
            Ended::Time => "the limit of time ended it",
            Ended::Unsupported => "no operation was left that the target has",
            Ended::Failure => "a failure ended it",
        }
    }
}

/// What a run on AWS sent, cost and left.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwsNote {
    /// The file that tells everything that was made.
    pub journal: String,
    /// How many requests were sent, with those that were throttled and those of the clean-up.
    pub requests: u64,
    /// How many of them AWS throttled.
    pub throttled: u64,
    /// How many were not sent, by the reason.
    pub held_back: BTreeMap<String, u64>,
    /// How many answers were about what had been there before.
    pub old: u64,
    /// How many things were made.
    pub made: usize,
    /// What it may have cost at the most, if nothing had been cleaned up.
    pub most: String,
    /// What the clean-up left, and why.
    pub left: Vec<String>,
}

/// Everything that is known after a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The name of this program.
    pub tool: String,
    /// Its version.
    pub version: String,
    /// The target that was judged.
    pub target: TargetRef,
    /// The seed that makes the same plans again.
    pub seed: u64,
    /// What the run cost.
    pub totals: Totals,
    /// Which rules and operations were judged.
    pub coverage: Coverage,
    /// The findings, each cause once.
    pub findings: Vec<Finding>,
    /// What could not be judged.
    pub unknown: Vec<UnknownNote>,
    /// What the target does not implement.
    pub unsupported: Vec<UnsupportedNote>,
    /// What ended the run.
    #[serde(default)]
    pub ended: Ended,
    /// Whether what an operation that was judged has left untried makes the run inconclusive: a rule in
    /// either direction, or a class of state.
    #[serde(default)]
    pub must_cover: bool,
    /// What a run on AWS sent, cost and left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aws: Option<AwsNote>,
}

impl Summary {
    /// The summary of a run that has not done anything yet.
    pub fn new(target: TargetRef, seed: u64) -> Summary {
        Summary {
            tool: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            target,
            seed,
            totals: Totals::default(),
            coverage: Coverage::of_catalogue(),
            findings: Vec::new(),
            unknown: Vec::new(),
            unsupported: Vec::new(),
            ended: Ended::default(),
            must_cover: false,
            aws: None,
        }
    }

    /// Notes what leaves the verdict on the whole run open.
    pub(crate) fn leave_open(&mut self, reason: &str) {
        self.unknown.push(UnknownNote {
            operation: String::new(),
            reason: reason.to_owned(),
            count: 1,
        });
        self.totals.unknown += 1;
    }

    /// What had to be covered and was not.
    fn uncovered(&self) -> Vec<Missing> {
        match self.must_cover {
            true => self.coverage.missing(),
            false => Vec::new(),
        }
    }

    /// How the program ends. A run that judged nothing is inconclusive, never a pass.
    pub fn exit_code(&self) -> ExitCode {
        let judged = self
            .coverage
            .operations()
            .any(|(_, entry)| entry.status == OperationStatus::Judged);
        if self.findings.iter().any(Finding::fails) {
            ExitCode::Divergences
        } else if self.totals.unknown > 0 || !judged || !self.uncovered().is_empty() {
            ExitCode::Inconclusive
        } else {
            ExitCode::Conforms
        }
    }

    /// The verdict on the whole run, in words.
    pub fn verdict(&self) -> String {
        match self.exit_code() {
            ExitCode::Conforms => match self.counted(Status::Known) {
                0 => "conforms".to_owned(),
                known => format!("conforms, but for {known} known"),
            },
            ExitCode::Divergences => {
                let new = self.counted(Status::New) + self.counted(Status::Flaky);
                match (new, self.counted(Status::Fixed)) {
                    (new, 0) => format!("diverges ({new} new)"),
                    (0, fixed) => format!("is better than its ledger says ({fixed} fixed)"),
                    (new, fixed) => format!("diverges ({new} new, {fixed} fixed)"),
                }
            }
            _ if self.totals.unknown > 0 => {
                format!("inconclusive ({} answers not judged)", self.totals.unknown)
            }
            _ => match self.uncovered().as_slice() {
                [] => "inconclusive (no operation was judged)".to_owned(),
                missing => format!("inconclusive (not covered: {})", some_of(missing)),
            },
        }
    }

    /// Puts the findings into the order in which they are reported.
    pub fn sort_findings(&mut self) {
        self.findings.sort_by(|one, other| {
            let key = |it: &Finding| (it.severity, it.impact, it.cause.clone());
            let place = |it: &Finding| (it.steps, it.operation.clone(), it.fingerprint.clone());
            key(one)
                .cmp(&key(other))
                .then_with(|| place(one).cmp(&place(other)))
        });
    }

    /// How many findings have this status; of those that are new or flaky, only divergences count.
    fn counted(&self, status: Status) -> usize {
        let counts = |finding: &&Finding| {
            finding.status == status && (finding.fails() || status == Status::Known)
        };
        self.findings.iter().filter(counts).count()
    }

    /// Why answers were not judged, each reason with how often and the operations, the commonest first.
    pub fn unjudged_reasons(&self) -> Vec<(String, u64, Vec<&str>)> {
        let mut reasons: BTreeMap<&str, (u64, Vec<&str>)> = BTreeMap::new();
        for note in &self.unknown {
            let (count, places) = reasons.entry(&note.reason).or_default();
            *count += note.count;
            places.push(note.place());
        }
        let reasons = reasons.into_iter();
        let mut sorted: Vec<_> = reasons
            .map(|(reason, (count, places))| (reason.to_owned(), count, places))
            .collect();
        sorted.sort_by_key(|(_, count, _)| std::cmp::Reverse(*count));
        sorted
    }

    /// The findings of a severity.
    pub fn of_severity(&self, severity: Severity) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(move |finding| finding.severity == severity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kms_conformance_model::{Divergence, Level};

    fn judged() -> Summary {
        let mut summary = Summary::new(TargetRef::default(), 1);
        summary.coverage.operation("CreateKey").status = OperationStatus::Judged;
        summary
    }

    fn finding() -> Finding {
        let divergence = Divergence {
            operation: "CreateKey",
            level: Level::ErrorType,
            rules: Vec::new(),
            expected: Vec::new(),
            observed: "success".to_owned(),
            status: 200,
            member: String::new(),
            at: None,
            class: String::new(),
        };
        Finding::new(&divergence, serde_json::Value::Null, Vec::new())
    }

    #[test]
    fn a_run_that_judged_nothing_is_no_pass() {
        let summary = Summary::new(TargetRef::default(), 1);
        assert_eq!(summary.exit_code(), ExitCode::Inconclusive);
    }

    #[test]
    fn an_unknown_answer_is_no_pass() {
        let mut summary = judged();
        assert_eq!(summary.exit_code(), ExitCode::Conforms);
        summary.totals.unknown = 1;
        assert_eq!(summary.exit_code(), ExitCode::Inconclusive);
    }

    #[test]
    fn only_divergences_that_nobody_accepted_fail_a_run() {
        let mut summary = judged();
        summary.findings.push(finding());
        assert_eq!(summary.exit_code(), ExitCode::Divergences);
        summary.findings[0].status = Status::Flaky;
        assert_eq!(summary.exit_code(), ExitCode::Divergences);
        summary.findings[0].status = Status::Known;
        assert_eq!(summary.exit_code(), ExitCode::Conforms);
        assert_eq!(summary.verdict(), "conforms, but for 1 known");
        summary.findings[0].status = Status::Fixed;
        assert_eq!(summary.exit_code(), ExitCode::Divergences);
        assert_eq!(
            summary.verdict(),
            "is better than its ledger says (1 fixed)"
        );
        summary.findings[0].status = Status::New;
        summary.findings[0].severity = Severity::Suspicion;
        assert_eq!(summary.exit_code(), ExitCode::Conforms);
    }
}
