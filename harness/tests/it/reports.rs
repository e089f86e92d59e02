//! The reports of a run that was made up here, so that they change only when a report does.

use crate::snapshots::in_folder;
use kms_conformance::coverage::{Coverage, OperationStatus};
use kms_conformance::event::Event;
use kms_conformance::finding::{CardRef, Finding, Line, Severity, Status};
use kms_conformance::impact::Impact;
use kms_conformance::report::{Directory, Report, Terminal, json, junit, summary_md};
use kms_conformance::summary::{Ended, Summary, TargetRef, Totals, UnknownNote, UnsupportedNote};
use serde_json::{Value, json};

fn card(id: &str, says: &str, evidence: &str) -> CardRef {
    CardRef {
        id: id.to_owned(),
        says: says.to_owned(),
        cite: "kms/latest/APIReference/API_CreateKey.html".to_owned(),
        evidence: evidence.to_owned(),
    }
}

pub fn divergence() -> Finding {
    let step = |step, request: &str, body: Value, reply: Value| Line {
        step,
        request: request.to_owned(),
        body,
        reply,
        status: 200,
    };
    Finding {
        cause: "c0ffee0000000000".to_owned(),
        class: String::new(),
        impact: Impact::State,
        fingerprint: "00c0ffee00c0ffee".to_owned(),
        severity: Severity::Divergence,
        status: Status::New,
        operation: "CreateKey".to_owned(),
        rules: vec![card(
            "CK-35",
            "The custom key store must exist.",
            "documented",
        )],
        expected: vec!["CustomKeyStoreNotFoundException".to_owned()],
        observed: "success".to_owned(),
        http_status: 200,
        member: String::new(),
        steps: 2,
        found_after: 1_204,
        calls_to_shrink: 41,
        reproduced: (5, 5),
        plan: json!({"schema": 1, "steps": []}),
        script: None,
        transcript: vec![
            step(
                0,
                "kms CreateKey",
                json!({}),
                json!({"KeyMetadata": {"Enabled": true}}),
            ),
            step(
                1,
                "kms CreateKey",
                json!({"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": "cks-1"}),
                json!({"KeyMetadata": {"Description": "long ".repeat(60)}}),
            ),
        ],
        known: None,
    }
}

pub fn suspicion() -> Finding {
    Finding {
        fingerprint: "0badcafe0badcafe".to_owned(),
        severity: Severity::Suspicion,
        status: Status::Flaky,
        operation: "DescribeKey".to_owned(),
        rules: vec![card("KEY-07", "A <new> key | shows its state.", "inferred")],
        expected: vec![
            r#"success with KeyMetadata.KeyState: "Enabled""#.to_owned(),
            "NotFoundException".to_owned(),
        ],
        observed: "success with KeyMetadata.KeyState: absent".to_owned(),
        member: "KeyMetadata.KeyState".to_owned(),
        steps: 1,
        found_after: 3,
        calls_to_shrink: 1,
        reproduced: (2, 5),
        transcript: Vec::new(),
        ..divergence()
    }
}

fn coverage() -> Coverage {
    let mut coverage = Coverage::default();
    for (operation, id, fired, held, refuted) in [
        ("CreateKey", "CK-01", 90, 90, 0),
        ("CreateKey", "CK-35", 3, 0, 3),
        ("CreateKey", "VAL-02", 7, 7, 0),
        ("CreateKey", "VAL-03", 0, 0, 0),
        ("DescribeKey", "KEY-07", 5, 4, 1),
        ("DescribeKey", "VAL-02", 2, 2, 0),
        ("ListGrants", "VAL-02", 0, 0, 0),
        ("ListKeys", "VAL-02", 0, 0, 0),
        (kms_conformance_model::catalog::DRIFT, "CKS-CO-01", 2, 2, 0),
    ] {
        let count = coverage.count(operation, id);
        (count.fired, count.held, count.refuted) = (fired, held, refuted);
    }
    coverage.count("CreateKey", "CK-01").spared = 30;
    coverage.count("DescribeKey", "VAL-02").spared = 12;
    let classes = &mut coverage.operation("DescribeKey").classes;
    let enabled = classes.entry("key Enabled".to_owned()).or_default();
    enabled.calls = 12;
    let directions = enabled.rules.entry("VAL-02".to_owned()).or_default();
    (directions.fired, directions.spared) = (2, 10);
    for (operation, status, calls) in [
        ("CreateKey", OperationStatus::Judged, 120),
        ("DescribeKey", OperationStatus::Judged, 14),
        ("ListGrants", OperationStatus::Unsupported, 1),
    ] {
        let count = coverage.operation(operation);
        (count.status, count.calls) = (status, calls);
    }
    coverage
}

pub fn diverging() -> Summary {
    Summary {
        ended: Ended::Calls,
        tool: "kms-conformance".to_owned(),
        aws: None,
        version: "0.0.0".to_owned(),
        target: TargetRef {
            name: "sample".to_owned(),
            url: "http://127.0.0.1:4566".to_owned(),
        },
        seed: 42,
        totals: Totals {
            unjudged: 2,
            cases: 12,
            calls: 135,
            seconds: 1.25,
            unknown: 2,
        },
        coverage: coverage(),
        findings: vec![divergence(), suspicion()],
        unknown: vec![UnknownNote {
            operation: "DescribeKey".to_owned(),
            reason: "the reply was lost: time-out".to_owned(),
            count: 2,
        }],
        unsupported: vec![UnsupportedNote {
            operation: "ListGrants".to_owned(),
            answer: "501 Not Implemented".to_owned(),
        }],
        must_cover: false,
    }
}

pub fn conforming() -> Summary {
    let mut summary = diverging();
    summary.findings.clear();
    summary.unknown.clear();
    summary.unsupported.clear();
    summary.totals.unknown = 0;
    summary.totals.unjudged = 0;
    summary.ended = Ended::Cases;
    summary.coverage = Coverage::default();
    let count = summary.coverage.count("CreateKey", "CK-01");
    (count.fired, count.held) = (90, 90);
    let operation = summary.coverage.operation("CreateKey");
    (operation.status, operation.calls) = (OperationStatus::Judged, 90);
    summary
}

fn events(summary: Summary) -> Vec<Event> {
    let started = Event::RunStarted {
        version: summary.version.clone(),
        target: summary.target.clone(),
        seed: summary.seed,
    };
    let found = summary
        .findings
        .clone()
        .into_iter()
        .map(Box::new)
        .map(Event::FindingFound);
    let mut events = vec![started];
    events.extend(found);
    events.push(Event::RunFinished(Box::new(summary)));
    events
}

fn terminal(summary: Summary, colours: bool) -> String {
    let mut out = Vec::new();
    let mut report = Terminal::new(&mut out, colours, Some("reports".into()));
    for event in events(summary) {
        report.on(&event);
    }
    report.finish().unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_terminal_shows_findings_and_coverage() {
    let text = terminal(diverging(), false);
    in_folder("reports", || insta::assert_snapshot!("terminal", text));
}

#[test]
fn the_terminal_says_that_a_run_conforms() {
    let text = terminal(conforming(), false);
    in_folder("reports", || {
        insta::assert_snapshot!("terminal-conforming", text)
    });
}

#[test]
fn colours_change_nothing_but_colours() {
    let coloured = terminal(diverging(), true);
    assert!(coloured.contains('\u{1b}'));
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    plain.push_str(rest);
    assert_eq!(plain, terminal(diverging(), false));
}

#[test]
fn the_report_for_scripts_keeps_its_members() {
    let text = json::render(&diverging()).unwrap();
    in_folder("reports", || insta::assert_snapshot!("report.json", text));
}

#[test]
fn a_finding_is_kept_with_its_plan() {
    let text = json::finding_file(&divergence()).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["schema"], 1);
    assert_eq!(document["plan"], divergence().plan);
    assert_eq!(
        serde_json::from_value::<Finding>(document).unwrap(),
        divergence()
    );
    in_folder("reports", || insta::assert_snapshot!("finding.json", text));
}

#[test]
fn the_report_for_ci_passes_only_what_is_known() {
    let text = junit::render(&diverging()).unwrap();
    in_folder("reports", || insta::assert_snapshot!("junit.xml", text));
}

#[test]
fn the_summary_is_a_page() {
    let text = summary_md::render(&diverging());
    in_folder("reports", || insta::assert_snapshot!("summary.md", text));
}

#[test]
fn a_report_directory_holds_every_file() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("new").join("reports");
    let mut report = Directory::create(&target).unwrap();
    for event in events(diverging()) {
        report.on(&event);
    }
    report.finish().unwrap();
    for name in [
        "report.json",
        "report.html",
        "junit.xml",
        "summary.md",
        "events.ndjson",
        "findings/00c0ffee00c0ffee.json",
        "findings/0badcafe0badcafe.json",
    ] {
        assert!(target.join(name).is_file(), "{name} is missing");
    }
    let log = std::fs::read_to_string(target.join("events.ndjson")).unwrap();
    assert_eq!(log.lines().count(), 4);
    assert!(
        log.lines()
            .all(|line| serde_json::from_str::<Value>(line).is_ok())
    );
}

#[test]
fn a_report_directory_that_cannot_be_made_is_found_before_the_run() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = Directory::create(&file).err().unwrap().to_string();
    assert!(
        error.contains("give a --report-dir that can be written"),
        "{error}"
    );
}
