//! `junit.xml`: a suite for each operation, a case for each of its rules. A case passes only when
//! its rule fired and held and nothing broke it; whatever is not known is skipped.

use crate::coverage::{OperationCount, OperationStatus, RuleCount};
use crate::error::Error;
use crate::finding::Finding;
use crate::summary::Summary;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The text of `junit.xml`.
pub fn render(summary: &Summary) -> Result<String, Error> {
    let mut report = Report::new(format!("{} {}", summary.tool, summary.target.name));
    if let Ok(time) = Duration::try_from_secs_f64(summary.totals.seconds) {
        report.set_time(time);
    }
    for (label, entry) in summary.coverage.operations() {
        report.add_test_suite(suite(summary, label, entry));
    }
    let known: BTreeSet<&str> = summary
        .coverage
        .operations()
        .map(|(label, _)| label)
        .collect();
    let others: BTreeSet<&str> = summary
        .findings
        .iter()
        .map(|finding| finding.operation.as_str())
        .collect();
    for label in others.difference(&known) {
        report.add_test_suite(suite(summary, label, &OperationCount::default()));
    }
    let xml = report
        .to_string()
        .map_err(|error| Error::Internal(error.to_string()))?;
    Ok(xml)
}

fn suite(summary: &Summary, label: &str, entry: &OperationCount) -> TestSuite {
    let mut found_here: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in summary
        .findings
        .iter()
        .filter(|finding| finding.operation == label)
    {
        found_here.entry(blamed(finding)).or_default().push(finding);
    }
    let mut suite = TestSuite::new(label);
    for (id, count) in &entry.rules {
        let status = match found_here.remove(id.as_str()) {
            Some(findings) => found(&findings),
            None => unfound(entry, count),
        };
        suite.add_test_case(case(label, id, status));
    }
    // An operation may break a promise of another one, or answer where no rule allows anything.
    for (id, findings) in found_here {
        suite.add_test_case(case(label, id, found(&findings)));
    }
    suite
}

fn case(label: &str, name: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname(label);
    case
}

fn blamed(finding: &Finding) -> &str {
    finding.rule().map_or("no rule", |card| card.id.as_str())
}

/// The status of a rule that findings blame: a failure when any of them fails the run.
fn found(findings: &[&Finding]) -> TestCaseStatus {
    let blocks: Vec<String> = findings.iter().map(|finding| finding.to_string()).collect();
    let first = findings
        .iter()
        .find(|finding| finding.fails())
        .or(findings.first());
    let mut status = if findings.iter().any(|finding| finding.fails()) {
        TestCaseStatus::non_success(NonSuccessKind::Failure)
    } else {
        TestCaseStatus::skipped()
    };
    if let Some(finding) = first {
        status
            .set_message(message(finding))
            .set_type(finding.severity.word());
    }
    status.set_description(blocks.join("\n\n"));
    status
}

fn message(finding: &Finding) -> String {
    format!(
        "{} {} [{}]: expected {}, observed {}",
        finding.severity.word(),
        finding.fingerprint,
        finding.status.word(),
        finding.expected.join(" or "),
        finding.observed_with_status()
    )
}

fn unfound(entry: &OperationCount, count: &RuleCount) -> TestCaseStatus {
    match entry.status {
        OperationStatus::Unsupported => skipped("the target does not implement the operation"),
        _ if count.refuted > 0 => skipped("refuted, see the findings of other operations"),
        _ if count.is_starved() => skipped("nothing was learned about the rule"),
        _ => TestCaseStatus::success(),
    }
}

fn skipped(message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(message);
    status
}
