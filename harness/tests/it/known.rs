//! The ledger on the command line: what it makes of a run, and how a run makes one.

use crate::serve::Served;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The exit code, and what was printed where.
fn check(target: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_kms-conformance"))
        .args(["check", "--target", target, "--region", "eu-west-1"])
        .args(["--account", "123456789012", "--seed", "1"])
        .args(arguments)
        .output()
        .unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

const OF_CREATE_KEY: &[&str] = &["--operations", "CreateKey", "--cases", "40"];

#[test]
fn a_ledger_is_made_from_a_run_makes_the_next_one_pass_and_outlives_no_repair() {
    let served = Served::start(&["--disable", "CreateKey/CK-05"]);
    let broken = format!("http://{}", served.address());
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("known.toml");
    let ledger = path.to_str().unwrap();

    let run = [OF_CREATE_KEY, &["--write-known", ledger]].concat();
    let (code, out, err) = check(&broken, &run);
    assert_eq!(code, Some(1), "{out}{err}");
    assert!(err.contains("wrote 1 accepted deviation to"), "{err}");

    let run = [OF_CREATE_KEY, &["--known", ledger]].concat();
    let (code, out, err) = check(&broken, &run);
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(out.contains("conforms, but for 2 known"), "{out}");
    assert!(
        err.contains("warning: ") && err.contains("empty reason"),
        "{err}"
    );

    let (code, _, err) = check(
        &broken,
        &[OF_CREATE_KEY, &["--write-known", ledger]].concat(),
    );
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("give --known"), "{err}");

    let text = fs::read_to_string(&path).unwrap();
    fs::write(
        &path,
        text.replace("reason = \"\"", "reason = \"it is new\""),
    )
    .unwrap();
    let honest = Served::start(&[]);
    let report = dir.path().join("report");
    let arguments = ["--cases", "200", "--known", ledger, "--write-known", ledger];
    let with_report = ["--report-dir", report.to_str().unwrap()];
    let (code, out, err) = check(
        &format!("http://{}", honest.address()),
        &[&arguments[..], &with_report].concat(),
    );
    assert_eq!(code, Some(1), "{out}{err}");
    assert!(!err.contains("warning"), "{err}");
    assert!(
        out.contains("is better than its ledger says (1 fixed)"),
        "{out}"
    );
    assert!(out.contains("it is new"), "{out}");
    shown_as_fixed(&report);
    assert!(!fs::read_to_string(&path).unwrap().contains("[[known]]"));
}

fn shown_as_fixed(report: &Path) {
    let read = |name: &str| fs::read_to_string(report.join(name)).unwrap();
    let document: Value = serde_json::from_str(&read("report.json")).unwrap();
    let finding = &document["findings"][0];
    assert_eq!(finding["status"], "fixed", "{finding}");
    assert_eq!(finding["rule"], "CK-05");
    assert!(read("junit.xml").contains("[fixed]"));
    assert!(read("summary.md").contains(" fixed |"));
}

#[test]
fn a_ledger_with_a_mistake_is_a_usage_error_of_one_line() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("known.toml");
    let ledger = path.to_str().unwrap();
    let entry = "[[known]]\nrule = \"CK-05\"\noperation = \"CreateKey\"\n\
                 since = 2026-11-24\nreason = \"r\"\n";
    for (from, to, fix) in [
        ("CK-05", "CK-O5", "did you mean CK-05"),
        ("CreateKey", "CreateKeys", "did you mean CreateKey"),
        ("since", "sinse", "did you mean since?"),
        ("2026-11-24", "\"soon\"", "write the day as"),
    ] {
        fs::write(&path, entry.replace(from, to)).unwrap();
        let (code, out, err) = check("emulator", &["--known", ledger]);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
        assert_eq!(err.lines().count(), 1, "{err}");
        assert!(err.contains(", line 1: ") && err.contains(fix), "{err}");
    }
    let (code, _, err) = check("emulator", &["--write-known", "/nowhere/at/all/known.toml"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("give another --write-known FILE"), "{err}");
}
