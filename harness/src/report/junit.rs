//! `junit.xml`: a suite for each operation, a case for each of its rules. A case passes only when
//! its rule fired and held and nothing broke it; whatever is not known is skipped.

use crate::coverage::{OperationCount, OperationStatus, RuleCount};
use crate::error::Error;
use crate::finding::Finding;
use crate::summary::Summary;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
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
    let xml = report
        .to_string()
        .map_err(|error| Error::Internal(error.to_string()))?;
    Ok(xml)
}

fn suite(summary: &Summary, label: &str, entry: &OperationCount) -> TestSuite {
    let here: Vec<&Finding> = summary
        .findings
        .iter()
        .filter(|finding| finding.operation == label)
        .collect();
    let mut suite = TestSuite::new(label);
    for (id, count) in &entry.rules {
        let blaming = here.iter().copied().find(|finding| blamed(finding) == id);
        let status = match blaming {
            Some(finding) => found(finding),
            None => unfound(entry, count),
        };
        suite.add_test_case(case(label, id, status));
    }
    // An operation may break a promise of another one, or answer where no rule allows anything.
    for finding in &here {
        if !entry.rules.contains_key(blamed(finding)) {
            suite.add_test_case(case(label, blamed(finding), found(finding)));
        }
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

fn found(finding: &Finding) -> TestCaseStatus {
    let message = format!(
        "{} {}: expected {}, observed {}",
        finding.severity.word(),
        finding.fingerprint,
        finding.expected.join(" or "),
        finding.observed_with_status()
    );
    if finding.fails() {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status
            .set_message(message)
            .set_type(finding.severity.word());
        status.set_description(finding.to_string());
        status
    } else {
        skipped(&format!("{message} [{}]", finding.status.word()))
    }
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
