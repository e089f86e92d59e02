//! The command line as scripts see it: what is printed where, and the exit code.

use crate::snapshots::in_folder;
use std::process::Command;

/// What a run of the program left.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

pub(crate) fn run(arguments: &[&str]) -> Ran {
    run_with(arguments, &[])
}

fn run_with(arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_kms-conformance"))
        .args(arguments)
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The one line of a complaint.
fn complaint(arguments: &[&str]) -> String {
    complaint_with(arguments, &[])
}

fn complaint_with(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let ran = run_with(arguments, variables);
    assert_eq!(ran.code, Some(2), "{arguments:?} printed {}", ran.err);
    assert_eq!(ran.out, "", "{arguments:?}");
    assert_eq!(
        ran.err.lines().count(),
        1,
        "{arguments:?} printed {}",
        ran.err
    );
    ran.err
}

#[test]
fn help_shows_the_contract_and_succeeds() {
    for (name, arguments) in [
        ("help", &["--help"] as &[&str]),
        ("help-check", &["check", "--help"]),
        ("help-serve", &["serve", "--help"]),
        ("help-replay", &["replay", "--help"]),
        ("help-judge", &["judge", "--help"]),
        ("help-record", &["record", "--help"]),
        ("help-rules", &["rules", "--help"]),
        ("help-merge", &["merge", "--help"]),
        ("help-cleanup", &["cleanup", "--help"]),
        ("help-load", &["load", "--help"]),
    ] {
        let ran = run(arguments);
        assert_eq!(ran.code, Some(0));
        assert_eq!(ran.err, "");
        in_folder("cli", || insta::assert_snapshot!(name, ran.out));
    }
}

#[test]
fn the_version_is_printed() {
    let ran = run(&["--version"]);
    assert_eq!(ran.code, Some(0));
    assert_eq!(
        ran.out,
        format!("kms-conformance {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn a_command_line_that_makes_no_sense_is_a_usage_error_of_one_line() {
    let complaints: String = [
        &["check", "--sed", "1"] as &[&str],
        &["check", "--shard", "5/4"],
        &["check", "--time", "60"],
        &["check", "--target", "localhost:4566"],
        &["check", "--account", "1234"],
        &["check", "--strictness", "harsh"],
        &["check", "--cases", "0"],
        &["check", "--concurrency", "0"],
        &["check", "--operations", "CreateKye"],
        &["serve", "--disable", "CK-360"],
        &["serve", "--disable", "CreateKye/CK-36"],
        &["serve", "--disable", "DescribeKey/CK-36"],
        &["serve", "--credentials", "file"],
        &[
            "serve",
            "--require-signature",
            "--credentials",
            "no-such-file",
        ],
        &["serve", "--inject", "chaos=1%"],
        &["serve", "--inject", "lost=60%,stale=60%"],
        &["serve", "--inject-seed", "1"],
        &["replay"],
        &["rules", "CK-36", "--markdown"],
        &["merge"],
        &["merge", "no-such-file.json"],
        &["frobnicate"],
        &["check", "--target", "aws"],
        &["check", "--max-dollars", "much"],
        &["cleanup"],
        &["cleanup", "--journal", "no-such-file"],
    ]
    .iter()
    .map(|arguments| {
        format!(
            "$ kms-conformance {}\n{}",
            arguments.join(" "),
            complaint(arguments)
        )
    })
    .collect();
    in_folder("cli", || insta::assert_snapshot!("complaints", complaints));
}

#[test]
fn what_is_not_built_says_so() {
    let said = complaint(&["serve", "--data-dir", "d"]);
    assert!(said.contains("is not available yet"), "{said}");
}

/// A file of credentials is secret, also where it is wrong.
#[test]
fn a_bad_line_of_a_credentials_file_is_named_and_not_shown() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("credentials");
    std::fs::write(&file, "AKIAIOSFODNN7EXAMPLE hunter2 token later\n").unwrap();
    let file = file.to_str().unwrap();
    let said = complaint(&["serve", "--require-signature", "--credentials", file]);
    assert!(said.contains("line 1: give EXPIRES as in"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn a_variable_that_makes_no_sense_is_named() {
    for (name, value) in [
        ("AWS_ENDPOINT_URL", "localhost"),
        ("PROPTEST_CASES", "many"),
    ] {
        let said = complaint_with(&["check"], &[(name, value)]);
        assert!(said.contains(name), "{said}");
    }
}

#[test]
fn an_unknown_rule_suggests_its_neighbours() {
    let said = complaint(&["rules", "CK-3"]);
    assert!(said.contains("did you mean CK-"), "{said}");
}

#[test]
fn a_rule_is_explained() {
    let ran = run(&["rules", "CK-36"]);
    assert_eq!(ran.code, Some(0));
    in_folder("cli", || insta::assert_snapshot!("rules-ck-36", ran.out));
}

#[test]
fn the_rules_are_listed_with_their_number() {
    let ran = run(&["rules"]);
    assert_eq!(ran.code, Some(0));
    assert!(ran.out.lines().any(|line| line == "kms CreateKey"));
    assert!(ran.out.lines().any(|line| line.starts_with("  CK-36 ")));
    assert!(
        ran.out
            .lines()
            .last()
            .is_some_and(|line| line.contains(" rules made of "))
    );
}

/// The gate can fail: a few plans about one operation leave much untried, and the verdict says what.
#[test]
fn a_run_that_must_cover_and_does_not_is_inconclusive() {
    let few = [
        "check",
        "--target",
        "model",
        "--operations",
        "CreateKey",
        "--cases",
        "3",
        "--seed",
        "1",
    ];
    assert_eq!(run(&few).code, Some(0));
    let ran = run(&[&few[..], &["--must-cover"]].concat());
    assert_eq!(ran.code, Some(4), "{}", ran.err);
    let verdict = ran.out.lines().last().unwrap();
    assert!(
        verdict.starts_with("model inconclusive (not covered: ") && verdict.ends_with(" more)"),
        "{verdict}"
    );
}
