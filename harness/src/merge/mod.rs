//! Several reports side by side: which operations and rules each target keeps.

mod read;
mod table;

pub use read::read;
pub use table::table;

use crate::coverage::{OperationStatus, is_operation};
use crate::finding::{Severity, Status, counted};
use crate::rule_state::RuleState;
use crate::summary::TargetRef;
use kms_conformance_model::catalog;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// A `report.json`, as far as it is compared.
#[derive(Clone, Debug, Deserialize)]
pub struct ReportFile {
    /// The target that was judged.
    pub target: TargetRef,
    /// The seed.
    pub seed: u64,
    /// What the run cost.
    pub totals: Costs,
    /// The operations by their label.
    pub operations: BTreeMap<String, Judgement>,
    /// The rules by their id, added up over operations.
    pub rules: BTreeMap<String, Counts>,
    /// The findings.
    pub findings: Vec<Found>,
}

/// What a run cost.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Costs {
    /// How many requests were sent.
    pub calls: u64,
}

/// What became of an operation.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Judgement {
    /// Whether it could be judged.
    pub status: OperationStatus,
}

/// What became of a rule.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Counts {
    /// How often it applied.
    pub fired: u64,
    /// How often it applied and the answer agreed.
    pub held: u64,
    /// How often the answer broke it.
    pub refuted: u64,
}

/// A finding.
#[derive(Clone, Debug, Deserialize)]
pub struct Found {
    /// How it relates to what was accepted before.
    pub status: Status,
    /// How bad it is.
    pub severity: Severity,
    /// The operation that diverged.
    pub operation: String,
}

/// Targets by operations and rules.
pub struct Matrix {
    /// The targets.
    pub columns: Vec<Column>,
    /// The operations, all that any report has.
    pub operations: Vec<Row>,
    /// The rules that some targets break and others do not.
    pub rules: Vec<Row>,
}

/// A target.
pub struct Column {
    /// What it is called here; different for each.
    pub name: String,
    /// Its address.
    pub url: String,
    /// The seed of the run.
    pub seed: u64,
    /// How many requests were sent.
    pub calls: u64,
    /// How many divergences were found.
    pub divergences: usize,
    /// How many suspicions were found.
    pub suspicions: usize,
}

/// An operation or a rule, with a cell for each target.
pub struct Row {
    /// The label of the operation or the id of the rule.
    pub name: String,
    /// The rule in one sentence; empty for operations.
    pub says: String,
    /// What became of it on each target.
    pub cells: Vec<Cell>,
}

/// What became of an operation or a rule on a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// In which way.
    pub kind: Kind,
    /// In words.
    pub text: String,
}

/// Ways in which an operation or a rule may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Judged, and nothing was found.
    Held,
    /// Divergences were found.
    Refuted,
    /// Suspicions were found, and nothing worse.
    Suspected,
    /// The target does not have it.
    Unsupported,
    /// Nothing is known.
    Starved,
}

impl Matrix {
    /// The matrix of these reports.
    pub fn new(reports: &[ReportFile]) -> Matrix {
        let labels: BTreeSet<&String> = reports
            .iter()
            .flat_map(|report| {
                let found = report.findings.iter().map(|found| &found.operation);
                report.operations.keys().chain(found)
            })
            .collect();
        let operations = labels.into_iter().map(|label| Row {
            name: label.clone(),
            says: String::new(),
            cells: reports.iter().map(|it| operation(it, label)).collect(),
        });
        let ids: BTreeSet<&String> = reports.iter().flat_map(|it| it.rules.keys()).collect();
        let rules = ids.into_iter().map(|id| Row {
            name: id.clone(),
            says: says(id),
            cells: reports.iter().map(|it| rule(it.rules.get(id))).collect(),
        });
        Matrix {
            columns: columns(reports),
            operations: operations.collect(),
            rules: rules.filter(Row::differs).collect(),
        }
    }
}

impl Row {
    fn differs(&self) -> bool {
        let broken = |cell: &Cell| cell.kind == Kind::Refuted;
        self.cells.iter().any(broken) && !self.cells.iter().all(broken)
    }
}

fn columns(reports: &[ReportFile]) -> Vec<Column> {
    let mut taken = BTreeSet::new();
    let column = |report: &ReportFile| {
        let mut name = report.target.name.clone();
        let mut nth = 1;
        while !taken.insert(name.clone()) {
            nth += 1;
            name = format!("{} ({nth})", report.target.name);
        }
        Column {
            name,
            url: report.target.url.clone(),
            seed: report.seed,
            calls: report.totals.calls,
            divergences: count(report, None, Severity::Divergence),
            suspicions: count(report, None, Severity::Suspicion),
        }
    };
    reports.iter().map(column).collect()
}

/// The findings of an operation, or of all, without those that happen no more.
fn count(report: &ReportFile, label: Option<&str>, severity: Severity) -> usize {
    let counts = |found: &&Found| {
        found.severity == severity
            && found.status != Status::Fixed
            && label.is_none_or(|label| found.operation == label)
    };
    report.findings.iter().filter(counts).count()
}

fn operation(report: &ReportFile, label: &str) -> Cell {
    let divergences = count(report, Some(label), Severity::Divergence);
    let suspicions = count(report, Some(label), Severity::Suspicion);
    let status = report.operations.get(label).map(|entry| entry.status);
    let cell = |kind, text: String| Cell { kind, text };
    match (divergences, suspicions, status) {
        (0, 0, Some(OperationStatus::Judged)) => cell(Kind::Held, "conforms".to_owned()),
        (0, 0, Some(OperationStatus::Unsupported)) => {
            cell(Kind::Unsupported, "unsupported".to_owned())
        }
        (0, 0, Some(OperationStatus::NotRun)) => cell(Kind::Starved, "not run".to_owned()),
        (0, 0, None) if !is_operation(label) => cell(Kind::Held, "no finding".to_owned()),
        (0, 0, None) => cell(Kind::Starved, "-".to_owned()),
        (0, some, _) => cell(Kind::Suspected, counted(some, "suspicion")),
        (some, _, _) => cell(Kind::Refuted, counted(some, "divergence")),
    }
}

/// What became of a rule, added up over the operations.
fn rule(counts: Option<&Counts>) -> Cell {
    let state = counts.map(|counts| match (counts.refuted, counts.held, counts.fired) {
        (1.., _, _) => RuleState::Refuted,
        (_, 1.., _) => RuleState::Held,
        (_, _, 1..) => RuleState::Fired,
        _ => RuleState::Starved,
    });
    Cell {
        kind: match state {
            Some(RuleState::Refuted) => Kind::Refuted,
            Some(RuleState::Held) => Kind::Held,
            _ => Kind::Starved,
        },
        text: state.map_or("-", RuleState::word).to_owned(),
    }
}

fn says(id: &str) -> String {
    let rule = catalog::rules().find(|rule| rule.card.id == id);
    rule.map_or(String::new(), |rule| rule.card.says.to_owned())
}
