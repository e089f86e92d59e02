//! `load` from end to end, for moments only: what is measured is nobody's concern here, but whether it
//! is written down and judged.

use crate::cli::{Ran, run};
use crate::serve::Served;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// A load that takes but a moment.
fn load(arguments: &[&str]) -> Ran {
    let short = ["load", "--duration", "200ms", "--warm-up", "50ms"];
    let mut all = short.to_vec();
    all.extend(arguments);
    run(&all)
}

fn document(dir: &Path) -> Value {
    let text = fs::read_to_string(dir.join("load.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn loaded(arguments: &[&str]) -> (Ran, Value) {
    let dir = tempfile::tempdir().unwrap();
    let mut all = vec!["--report-dir", dir.path().to_str().unwrap()];
    all.extend(arguments);
    let ran = load(&all);
    assert!(ran.err.is_empty(), "{}", ran.err);
    let document = document(dir.path());
    (ran, document)
}

fn count(document: &Value, member: &str) -> u64 {
    let found = document.pointer(member).and_then(Value::as_u64);
    found.unwrap_or_else(|| panic!("no {member} in {document}"))
}

#[test]
fn a_closed_loop_is_measured_and_judged() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_str().unwrap();
    let ran = load(&["--concurrency", "2", "--report-dir", path]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("\nemulator conforms\n"), "{}", ran.out);
    assert!(ran.out.contains("\nsuccess "), "{}", ran.out);
    let document = document(dir.path());
    assert_eq!(document["schema"], 1);
    assert_eq!(document["operation"], "CreateKey");
    assert_eq!(document["drive"]["clients"], 2);
    assert_eq!(document["outcomes"][0]["outcome"], "success");
    assert!(document["keys_per_second"].as_f64().unwrap() > 0.0);
    let exchanges = count(&document, "/judged/exchanges");
    assert_eq!(exchanges, count(&document, "/judged/of"));
    assert_eq!(exchanges, count(&document, "/judged/new_keys"));
    assert!(count(&document, "/judged/described") > 0);
    let plot = fs::read_to_string(dir.path().join("latency.svg")).unwrap();
    assert!(plot.starts_with("<svg ") && plot.ends_with("</svg>\n"));
    let page = fs::read_to_string(dir.path().join("load.html")).unwrap();
    assert!(page.contains("<svg ") && page.contains("conforms"));
    for loads in ["src=", "<link", "@import", "url(", "fetch("] {
        assert!(!page.contains(loads), "{loads}");
    }
}

#[test]
fn an_open_loop_counts_from_the_plan_and_from_the_start() {
    let (ran, document) = loaded(&["--target", "model", "--rate", "500"]);
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    assert!(ran.out.contains("offered "), "{}", ran.out);
    assert!(ran.out.contains("  from its actual start"), "{}", ran.out);
    assert_eq!(document["drive"]["rate"], 500.0);
    assert_eq!(count(&document, "/planned"), 100);
}

#[test]
fn each_operation_is_loaded_and_what_was_sealed_opens() {
    for (operation, opens) in [
        ("Encrypt", true),
        ("Decrypt", false),
        ("GenerateDataKey", true),
        ("mixed", true),
    ] {
        let (ran, document) = loaded(&["--target", "model", "--operation", operation]);
        assert_eq!(ran.code, Some(0), "{operation}: {}", ran.out);
        let opened = count(&document, "/judged/opened");
        assert_eq!(opened > 0, opens, "{operation} opened {opened}");
        let new_keys = count(&document, "/judged/new_keys");
        assert_eq!(new_keys > 0, operation == "mixed");
    }
}

#[test]
fn keys_are_made_in_a_key_store_where_that_is_asked_for() {
    for operation in ["CreateKey", "mixed"] {
        let (ran, document) = loaded(&["--key-store", "--operation", operation]);
        assert_eq!(ran.code, Some(0), "{}", ran.out);
        assert_eq!(document["key_store"], true);
        assert!(count(&document, "/judged/new_keys") > 0);
    }
}

#[test]
fn of_a_long_history_a_sample_is_judged_and_all_ids_are_looked_at() {
    let (ran, document) = loaded(&["--target", "model", "--history", "80"]);
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    assert!(count(&document, "/judged/exchanges") <= 80);
    let of = count(&document, "/judged/of");
    assert!(of > 80, "{of}");
    assert_eq!(count(&document, "/judged/new_keys"), of);
}

#[test]
fn a_wrong_member_is_found_in_the_history() {
    let served = Served::start(&["--disable", "CreateKey/CK-40"]);
    let (ran, document) = loaded(&["--target", &served.url(), "--region", "eu-west-1"]);
    assert_eq!(ran.code, Some(1), "{}", ran.out);
    let finding = &document["judged"]["findings"][0];
    assert_eq!(finding["operation"], "CreateKey");
    assert!(finding["cite"].is_string(), "{finding}");
    assert!(ran.out.contains("divergence "), "{}", ran.out);
}

#[test]
fn throttles_stand_apart_from_errors_and_from_what_was_lost() {
    let injected = |list: &str| {
        let served = Served::start(&["--inject", list, "--inject-seed", "7"]);
        let url = served.url();
        let arguments = ["--target", &url, "--operation", "Encrypt"];
        let (ran, document) = loaded(&[&arguments[..], &["--region", "eu-west-1"]].concat());
        let outcomes = document["outcomes"].as_array().unwrap();
        let outcomes = outcomes.iter().map(|it| it["outcome"].clone());
        (ran, outcomes.collect::<Vec<Value>>())
    };
    let (ran, outcomes) = injected("throttle=30%");
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    assert_eq!(outcomes, ["success", "throttled"]);
    // What was lost may have been carried out or not, and so it cannot be judged.
    let (ran, outcomes) = injected("throttle=10%,lost=10%");
    assert_eq!(ran.code, Some(4), "{}", ran.out);
    assert!(
        outcomes.iter().any(|it| it["lost"].is_string()),
        "{outcomes:?}"
    );
    assert!(ran.out.contains("not judged: Encrypt"), "{}", ran.out);
}

#[test]
fn a_target_that_is_not_there_is_unreachable() {
    let ran = load(&["--target", "http://127.0.0.1:9"]);
    assert_eq!(ran.code, Some(3), "{}{}", ran.out, ran.err);
}

#[test]
fn a_search_prints_its_steps() {
    let arguments = ["--find-knee", "--target", "model", "--duration", "20ms"];
    let ran = run(&[&["load", "--warm-up", "5ms"], &arguments[..]].concat());
    assert!(matches!(ran.code, Some(0)), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("kept up") || ran.out.contains("too much"));
}

#[test]
fn a_run_is_compared_with_an_earlier_one_and_with_another_build() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_str().unwrap();
    let common = ["load", "--duration", "20ms", "--warm-up", "5ms"];
    let first = run(&[&common[..], &["--pairs", "5", "--report-dir", path]].concat());
    assert_eq!(first.code, Some(0), "{}{}", first.out, first.err);
    assert_eq!(document(dir.path())["pairs"].as_array().unwrap().len(), 5);
    let earlier = dir.path().join("load.json");
    for baseline in [
        earlier.to_str().unwrap(),
        env!("CARGO_BIN_EXE_kms-conformance"),
    ] {
        let arguments = ["--pairs", "5", "--baseline", baseline];
        let ran = run(&[&common[..], &arguments].concat());
        // Rounds this short decide nothing: what counts is that there is a verdict.
        assert!(ran.code.is_some_and(|code| code != 2), "{}", ran.err);
        assert!(ran.out.contains("\nagainst "), "{}{}", ran.out, ran.err);
    }
}

#[test]
fn what_makes_no_sense_is_a_usage_error() {
    for arguments in [
        &["--rate", "5", "--concurrency", "2"] as &[&str],
        &["--rate", "0"],
        &["--find-knee", "--rate", "5"],
        &["--rate", "5", "--baseline", "x"],
        &["--pairs", "2"],
        &["--operation", "DeleteKey"],
        &["--target", "aws"],
        &["--baseline", "/no/such/file"],
        &["--baseline", "Cargo.toml"],
    ] {
        let ran = load(arguments);
        assert_eq!(ran.code, Some(2), "{arguments:?}: {}{}", ran.out, ran.err);
        assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    }
}
