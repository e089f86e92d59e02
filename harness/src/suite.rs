//! The rules as named tests, for a test target with `harness = false`: `cargo test` shows what became
//! of each.

use crate::check::Check;
use crate::coverage::{OperationStatus, home};
use crate::error::Error;
use crate::finding::{Finding, Severity, Status};
use crate::out_of_reach::reason;
use crate::summary::Summary;
use kms_conformance_model::{AnyOperation, RuleKind, catalog};
use libtest_mimic::{Arguments, Completion, Conclusion, Failed, Trial};
use std::collections::BTreeSet;
use std::io::{Write, stderr};
use std::process::ExitCode;
use std::sync::Arc;

/// What stands before the names, so that `cargo test conformance` selects all of them.
const KIND: &str = "conformance";

/// The most plans of a run for a single test, which draws from one operation only.
const CASES_OF_ONE: u64 = 16;

/// How many plans a run makes for a single test that needs all operations. Those that are written by
/// hand come first.
const CASES_OF_ALL: u64 = 100;

/// How a process ends that could not even begin, as those of Rust's own tests do.
const FAILED: u8 = 101;

/// Runs the check once and shows each rule as a test: `ok` if it fired and held, `FAILED` with the
/// findings that blame it, `ignored` if nothing was learned about it or it is known to be broken.
///
/// This is the `main` of a test target with `harness = false`, and understands the arguments of
/// Rust's own tests. Where these select some tests only, the check draws from their operations only.
///
/// ```no_run
/// fn main() -> std::process::ExitCode {
///     kms_conformance::conformance_tests("http://127.0.0.1:4599")
/// }
/// ```
///
/// Under cargo-nextest each test is a process, and thus a run of its own: one of at most 16 plans
/// about the operation of the rule, or 100 about all operations where these do not reach it. There
/// a test that nothing reached counts as passed, since nextest knows of no tests that are ignored
/// while they run.
pub fn conformance_tests(check: impl Into<Check>) -> ExitCode {
    match conduct(&check.into(), &Arguments::from_args()) {
        Ok(conclusion) => conclusion.exit_code(),
        Err(error) => {
            let _ = writeln!(stderr(), "kms-conformance: {error}");
            ExitCode::from(FAILED)
        }
    }
}

fn conduct(check: &Check, arguments: &Arguments) -> Result<Conclusion, Error> {
    let tests = tests(check);
    let unrun = |test: &Test| test.clone().trial(|| Ok(Completion::Completed));
    let wanted = |test: &&Test| {
        let trial = unrun(test);
        !arguments.is_filtered_out(&trial) && !arguments.is_ignored(&trial)
    };
    let wanted: Vec<&Test> = tests.iter().filter(wanted).collect();
    if arguments.list || wanted.is_empty() {
        let trials = tests.iter().map(unrun).collect();
        return Ok(libtest_mimic::run(arguments, trials));
    }
    let shared = Arc::new((check.clone(), run(check, &wanted, tests.len())?));
    let trials = tests.iter().map(|test| {
        let (shared, test) = (Arc::clone(&shared), test.clone());
        let runner = test.clone();
        test.trial(move || runner.outcome(&shared.0, &shared.1))
    });
    Ok(libtest_mimic::run(arguments, trials.collect()))
}

/// Runs the check for the tests that are wanted. A rule that its operation's own plans do not reach
/// may be reached by those that are written by hand.
fn run(check: &Check, wanted: &[&Test], all: usize) -> Result<Summary, Error> {
    let summary = restricted(check.clone(), wanted, all).run()?;
    match wanted {
        [only] if only.wants_more(&summary) => check.clone().at_most(CASES_OF_ALL).run(),
        _ => Ok(summary),
    }
}

/// Draws only from the operations of the tests that are wanted. What changes by itself, what holds
/// of every answer and what is about the run as a whole needs all of them.
fn restricted(check: Check, wanted: &[&Test], all: usize) -> Check {
    if wanted.len() == all {
        return check;
    }
    let operations: Option<BTreeSet<&str>> = wanted
        .iter()
        .map(|test| Some(test.operation?.name()))
        .collect();
    match (operations, wanted) {
        (Some(operations), [_]) => check.operations(operations).at_most(CASES_OF_ONE),
        (Some(operations), _) => check.operations(operations),
        (None, [only]) if matches!(only.about, About::Rule(..)) => check.at_most(CASES_OF_ALL),
        (None, _) => check,
    }
}

/// One test.
#[derive(Clone)]
struct Test {
    name: String,
    operation: Option<&'static dyn AnyOperation>,
    about: About,
}

/// What a test is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    /// A rule: the label of its operation, and its id.
    Rule(&'static str, &'static str),
    /// The findings that no other test shows.
    Others,
    /// Whether everything could be judged.
    Unknowns,
}

fn tests(check: &Check) -> Vec<Test> {
    let listed = |operation: &&'static dyn AnyOperation| {
        let names = &check.operations;
        names.is_empty() || names.iter().any(|name| name == operation.name())
    };
    let of_operations = catalog::operations().filter(listed).flat_map(|operation| {
        let rules = operation.rules().into_iter();
        rules.map(move |rule| Test {
            name: format!(
                "{}::{}::{}",
                operation.service().cli_name(),
                operation.name(),
                rule.card.id
            ),
            operation: Some(operation),
            about: About::Rule(rule.operation, rule.card.id),
        })
    });
    let above = catalog::rules().filter_map(|rule| {
        let group = match rule.kind {
            RuleKind::Drift => "drift",
            RuleKind::Wire => "wire",
            RuleKind::Relation => "relation",
            _ => return None,
        };
        Some(Test {
            name: format!("{group}::{}", rule.card.id),
            operation: None,
            about: About::Rule(rule.operation, rule.card.id),
        })
    });
    let run = |name: &str, about| Test {
        name: format!("run::{name}"),
        operation: None,
        about,
    };
    let of_run = [
        run("no_other_finding", About::Others),
        run("every_answer_judged", About::Unknowns),
    ];
    of_operations.chain(above).chain(of_run).collect()
}

impl Test {
    fn trial(self, runner: impl FnOnce() -> Result<Completion, Failed> + Send + 'static) -> Trial {
        Trial::ignorable_test(self.name, runner).with_kind(KIND)
    }

    /// Whether nothing was learned about the rule, though other plans might.
    fn wants_more(&self, summary: &Summary) -> bool {
        let About::Rule(label, id) = self.about else {
            return false;
        };
        let supported = summary.coverage.status(label) != OperationStatus::Unsupported;
        let starved = summary.coverage.rule(label, id).is_starved();
        self.operation.is_some() && supported && starved && reason(label, id).is_none()
    }

    fn outcome(&self, check: &Check, summary: &Summary) -> Result<Completion, Failed> {
        let here: Vec<&Finding> = match self.about {
            About::Unknowns => return every_answer_judged(summary),
            About::Rule(label, id) => blaming(summary, |place| place == Some((label, id))),
            About::Others => {
                let tests = tests(check);
                blaming(summary, |place| {
                    !place.is_some_and(|(label, id)| {
                        let shows = |test: &Test| match test.about {
                            About::Rule(operation, rule) => operation == label && rule == id,
                            _ => false,
                        };
                        tests.iter().any(shows)
                    })
                })
            }
        };
        let failing: Vec<String> = here
            .iter()
            .filter(|finding| finding.fails())
            .map(|finding| check.explain(finding))
            .collect();
        if !failing.is_empty() {
            return Err(failing.join("\n\n").into());
        }
        if let Some(finding) = here.first() {
            return Ok(Completion::ignored_with(why_ignored(finding)));
        }
        match self.about {
            About::Rule(label, id) => Ok(learned(summary, label, id)),
            _ => Ok(Completion::Completed),
        }
    }
}

/// The findings that blame a rule in one of these places.
fn blaming(summary: &Summary, mut here: impl FnMut(Option<(&str, &str)>) -> bool) -> Vec<&Finding> {
    let place = |finding: &&Finding| {
        let id = finding.rule().map(|card| card.id.as_str());
        here(id.map(|id| (home(&finding.operation, id), id)))
    };
    summary.findings.iter().filter(place).collect()
}

fn why_ignored(finding: &Finding) -> String {
    match (finding.status, finding.severity) {
        (Status::Known, _) => format!("known {}", finding.acceptance()),
        (_, Severity::Suspicion) => {
            format!(
                "only a suspicion: observed {}",
                finding.observed_with_status()
            )
        }
        (status, _) => status.word().to_owned(),
    }
}

/// What the run says about a rule that no finding blames.
fn learned(summary: &Summary, label: &str, id: &str) -> Completion {
    if summary.coverage.status(label) == OperationStatus::Unsupported {
        return Completion::ignored_with("the target does not implement the operation");
    }
    let count = summary.coverage.rule(label, id);
    match (count.is_starved(), reason(label, id)) {
        (false, _) => Completion::Completed,
        (true, Some(why)) => Completion::ignored_with(format!("not reachable: {why}")),
        (true, None) => Completion::ignored_with("not reached"),
    }
}

fn every_answer_judged(summary: &Summary) -> Result<Completion, Failed> {
    match summary.totals.unknown {
        0 => Ok(Completion::Completed),
        _ => {
            let lines = summary
                .unknown
                .iter()
                .map(|note| format!("{} ({}): {}", note.place(), note.count, note.reason));
            Err(lines.collect::<Vec<_>>().join("\n").into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::check_emulator;
    use crate::summary::TargetRef;
    use kms_conformance_model::{Card, Divergence, Evidence, Level};

    fn test(name: &str) -> Test {
        let all = tests(&check_emulator());
        all.into_iter().find(|test| test.name == name).unwrap()
    }

    /// A run in which this rule was broken, and another one held.
    fn summary() -> Summary {
        let divergence = Divergence {
            class: String::new(),
            operation: "CreateKey",
            level: Level::ErrorType,
            rules: vec![Card {
                id: "CK-36",
                says: "It says so.",
                cite: "kms/latest/x.html",
                evidence: Evidence::Documented,
            }],
            expected: Vec::new(),
            observed: "success".to_owned(),
            status: 200,
            member: String::new(),
            at: None,
        };
        let mut summary = Summary::new(TargetRef::default(), 1);
        summary.coverage.operation("CreateKey").status = OperationStatus::Judged;
        let count = summary.coverage.count("CreateKey", "CK-35");
        (count.fired, count.held) = (2, 2);
        let plan = serde_json::Value::Null;
        summary.findings = vec![Finding::new(&divergence, plan, Vec::new())];
        summary
    }

    /// `ok`, why it is ignored, or why it failed.
    fn outcome(name: &str, summary: &Summary) -> String {
        match test(name).outcome(&check_emulator(), summary) {
            Ok(Completion::Completed) => "ok".to_owned(),
            Ok(Completion::Ignored { reason }) => reason.unwrap(),
            Err(failed) => failed.message().unwrap().to_owned(),
        }
    }

    fn arguments(name: &str) -> Arguments {
        Arguments {
            exact: true,
            filter: Some(name.to_owned()),
            quiet: true,
            ..Arguments::default()
        }
    }

    #[test]
    fn every_rule_is_a_test_with_a_name_of_its_own() {
        let all = tests(&check_emulator());
        let names: BTreeSet<&str> = all.iter().map(|test| test.name.as_str()).collect();
        assert_eq!(names.len(), all.len());
        for name in [
            "kms::CreateKey::CK-36",
            "kms::TagResource::TAG-03",
            "cloudhsmv2::TagResource::HSM-ER-104",
            "wire::WIRE-03",
            "relation::META-01",
        ] {
            assert!(names.contains(name), "{name}");
        }
    }

    #[test]
    fn a_test_says_what_became_of_its_rule() {
        let mut summary = summary();
        let blamed = outcome("kms::CreateKey::CK-36", &summary);
        assert!(blamed.contains("observed  success"), "{blamed}");
        assert_eq!(outcome("kms::CreateKey::CK-35", &summary), "ok");
        assert_eq!(outcome("kms::CreateKey::CK-34", &summary), "not reached");
        assert_eq!(outcome("run::no_other_finding", &summary), "ok");
        summary.findings[0].status = Status::Known;
        let known = outcome("kms::CreateKey::CK-36", &summary);
        assert!(known.starts_with("known"), "{known}");
        summary.coverage.operation("CreateKey").status = OperationStatus::Unsupported;
        let lacking = outcome("kms::CreateKey::CK-35", &summary);
        assert!(lacking.contains("does not implement"), "{lacking}");
    }

    #[test]
    fn a_finding_that_no_rule_of_the_list_is_blamed_for_fails_a_test_too() {
        let mut summary = summary();
        summary.findings[0].rules.clear();
        assert_ne!(outcome("run::no_other_finding", &summary), "ok");
        summary.totals.unknown = 1;
        assert_ne!(outcome("run::every_answer_judged", &summary), "ok");
    }

    /// The two ways in which nextest calls: for the list, and for each test.
    #[test]
    fn one_test_is_one_run_about_its_operation() {
        for name in [
            "[conformance] kms::CreateKey::CK-35",
            "kms::CreateKey::CK-35",
        ] {
            let conclusion = conduct(&check_emulator(), &arguments(name)).unwrap();
            assert_eq!((conclusion.num_passed, conclusion.num_failed), (1, 0));
            assert!(conclusion.num_filtered_out > 1_000);
        }
        let check = restricted(check_emulator(), &[&test("kms::CreateKey::CK-35")], 1_000);
        assert_eq!(check.operations, ["CreateKey"]);
    }

    #[test]
    fn a_rule_that_only_written_plans_reach_is_reached_alone() {
        let name = "kms::ConnectCustomKeyStore::KS-CONN-03a";
        let conclusion = conduct(&check_emulator(), &arguments(name)).unwrap();
        assert_eq!((conclusion.num_passed, conclusion.num_ignored), (1, 0));
    }

    #[test]
    fn a_target_that_does_not_answer_is_an_error() {
        let silent = crate::check::check("http://127.0.0.1:9");
        assert!(conduct(&silent, &arguments("wire::WIRE-03")).is_err());
    }
}
