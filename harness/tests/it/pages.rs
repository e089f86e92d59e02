//! The pages: what stands on them, and what must not.

use crate::reports::{conforming, divergence, diverging};
use crate::snapshots::in_folder;
use kms_conformance::finding::Line;
use kms_conformance::merge::{Matrix, read, table};
use kms_conformance::report::{html, json};
use kms_conformance::script::script;
use kms_conformance::summary::{Summary, TargetRef};
use kms_conformance_model::{Reply, Service, catalog};
use serde_json::json;
use std::fs;
use std::process::Command;

/// What changes from page to page, an element a line.
fn body(page: &str) -> String {
    let body = page.split("<body>").nth(1).unwrap();
    let body = body.split("<script>").next().unwrap();
    body.replace("><", ">\n<")
}

#[test]
fn a_run_is_a_page() {
    let mut summary = diverging();
    let finding = &mut summary.findings[0];
    finding.script = Some("#!/bin/sh\necho \"<done>\" & exit\n".to_owned());
    let page = html::render(&summary);
    in_folder("reports", || {
        insta::assert_snapshot!("report.html", body(&page))
    });
}

#[test]
fn a_page_without_findings_says_so() {
    let page = html::render(&conforming());
    assert!(page.contains("sample</span> <span class=\"verdict conforms\">conforms"));
    assert!(page.contains("No answer that was judged differs"));
    assert!(!page.contains("id=\"filter\""));
}

#[test]
fn a_page_holds_what_a_target_says_as_text() {
    let evil = "</code></pre><script>alert(1)</script>\" onload=\"x";
    let mut summary = diverging();
    summary.target = TargetRef {
        name: evil.to_owned(),
        url: evil.to_owned(),
    };
    summary.unsupported[0].answer = evil.to_owned();
    summary.unknown[0].reason = evil.to_owned();
    let finding = &mut summary.findings[0];
    finding.observed = evil.to_owned();
    finding.expected = vec![evil.to_owned()];
    finding.member = evil.to_owned();
    finding.operation = evil.to_owned();
    finding.script = Some(evil.to_owned());
    finding.rules[0].says = evil.to_owned();
    finding.rules[0].cite = evil.to_owned();
    finding.transcript[0].request = evil.to_owned();
    finding.transcript[0].reply = json!({ evil: evil });
    let page = html::render(&summary);
    assert!(!page.contains("<script>alert"));
    assert!(!page.contains("\" onload"));
    assert_eq!(page.matches("<script>").count(), 1);
}

/// A finding whose requests and plan hold secrets of every kind.
fn secretive() -> Summary {
    let store = json!({
        "CustomKeyStoreName": "a", "CloudHsmClusterId": "cluster-2a3b4c5d6e7",
        "TrustAnchorCertificate": "x", "KeyStorePassword": "kmsPswd1",
    });
    let encrypt = json!({ "KeyId": "alias/a", "Plaintext": "VG9wU2VjcmV0UGxhaW4=" });
    let proxy = json!({ "XksProxyAuthenticationCredential": {
        "AccessKeyId": "ABCDE12345670EXAMPLE", "RawSecretAccessKey": "DXjSUawnel2fr6SKC7G25CNx",
    }});
    let wrong = json!({ "Plaintext": "not/base64 secret", "KeyId": 7 });
    let user = json!({ "action": "CreateKmsUser", "cluster": "c", "password": "kmsPswd1" });
    let calls = [
        ("CreateCustomKeyStore", &store),
        ("Encrypt", &encrypt),
        ("UpdateCustomKeyStore", &proxy),
        ("Encrypt", &wrong),
    ];
    let mut summary = diverging();
    let finding = &mut summary.findings[0];
    finding.transcript.clear();
    let mut steps = vec![json!({ "id": 9, "outside": user })];
    for (nth, (name, body)) in calls.into_iter().enumerate() {
        let operation = catalog::operation(Service::Kms, name).unwrap();
        let reply = Reply::Done(json!({ "Plaintext": "VG9wU2VjcmV0UGxhaW4=" }));
        finding
            .transcript
            .push(Line::new(nth + 1, operation, body, &reply));
        steps.push(json!({ "id": nth, "call": {
            "service": "kms", "operation": name, "body": body,
        }}));
    }
    finding.plan = json!({ "schema": 1, "steps": steps });
    finding.script = script(finding, "123456789012", "us-east-1");
    summary
}

#[test]
fn no_secret_is_on_a_page_or_in_a_script() {
    let summary = secretive();
    let script = summary.findings[0].script.clone().unwrap();
    let page = html::render(&summary);
    for secret in [
        "kmsPswd1",
        "VG9wU2VjcmV0UGxhaW4=",
        "TopSecretPlain",
        "ABCDE12345670EXAMPLE",
        "DXjSUawnel2fr6SKC7G25CNx",
        "not/base64 secret",
    ] {
        assert!(!script.contains(secret), "{secret} is in {script}");
        assert!(!page.contains(secret), "{secret} is on the page");
    }
    // A password that was right is still the one of the user.
    assert!(
        script.contains("\"password\":\"$fake_password\""),
        "{script}"
    );
    assert!(
        script.contains("--key-store-password \"$fake_password\""),
        "{script}"
    );
}

/// The reports of two targets in files, and the third the same as the first.
fn three(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut other = conforming();
    other.target.name = "other".to_owned();
    other.coverage.count("CreateKey", "CK-35").held = 4;
    let summaries = [diverging(), other, diverging()];
    let write = |(nth, summary): (usize, &Summary)| {
        let path = dir.join(format!("{nth}.json"));
        fs::write(&path, json::render(summary).unwrap()).unwrap();
        path
    };
    summaries.iter().enumerate().map(write).collect()
}

#[test]
fn several_targets_stand_side_by_side() {
    let dir = tempfile::tempdir().unwrap();
    let paths = three(dir.path());
    let reports: Vec<_> = paths.iter().map(|path| read(path).unwrap()).collect();
    let matrix = Matrix::new(&reports);
    let text = table(&matrix, false);
    in_folder("reports", || insta::assert_snapshot!("merged", text));
    let page = html::merged(&matrix);
    in_folder("reports", || {
        insta::assert_snapshot!("merged.html", body(&page))
    });
    assert!(table(&matrix, true).contains('\u{1b}'));
}

#[test]
fn merging_prints_a_table_and_writes_a_page() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("merged.html");
    let merge = |paths: &[std::path::PathBuf], out: &std::path::Path| {
        let program = env!("CARGO_BIN_EXE_kms-conformance");
        let mut command = Command::new(program);
        command.arg("merge").args(paths).arg("--out").arg(out);
        command.output().unwrap()
    };
    let done = merge(&three(dir.path()), &out);
    assert_eq!(done.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&done.stdout).starts_with("operation    sample"));
    assert!(
        fs::read_to_string(&out)
            .unwrap()
            .starts_with("<!DOCTYPE html>")
    );

    let events = dir.path().join("events.ndjson");
    for (content, why) in [
        ("{\"event\":1}\n{}", "it is not JSON"),
        ("{\"schema\": 7}", "it has schema 7"),
        ("[]", "it has no member `schema`"),
    ] {
        fs::write(&events, content).unwrap();
        let refused = merge(std::slice::from_ref(&events), &out);
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.contains(why), "{said}");
    }
    let refused = merge(&three(dir.path()), dir.path());
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("give another --out"));
}

#[test]
fn the_page_of_a_finding_that_was_not_shrunk_has_no_script() {
    let mut summary = diverging();
    summary.findings = vec![divergence()];
    assert!(!html::render(&summary).contains("class=\"script\""));
}
