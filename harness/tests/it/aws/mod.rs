//! Runs on AWS, with the reference emulator in its place: nothing is left behind, whatever ends them,
//! and nothing that was there before is touched.

mod killed;
mod signing;
mod trouble;

use kms_conformance_model::state::{BackupState, ClusterState, State};
use kms_conformance_model::{Service, Switches};
use kms_conformance_targets::sigv4::Credentials;
use kms_conformance_targets::{Config, Emulator, Injection, Request, RsaKeys, Running, Serving};
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use tempfile::TempDir;

/// The pair of the documentation's examples, which the emulator knows.
const ACCESS_KEY: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// Serves an account to whoever signs, with what goes wrong on purpose.
async fn served(emulator: &Arc<Emulator>, injection: Option<Injection>) -> Running {
    let serving = Serving {
        signatures: Some(Arc::new(Credentials::default())),
        injection,
        ..Serving::default()
    };
    Running::start_with(Arc::clone(emulator), serving)
        .await
        .unwrap()
}

/// An account in which somebody else has a key, an alias and a grant.
fn account_of_others() -> Arc<Emulator> {
    account_with(Switches::none())
}

/// The same, of an emulator that breaks rules on purpose.
fn account_with(switches: Switches) -> Arc<Emulator> {
    let emulator = Emulator::new(Config {
        rsa: RsaKeys::Shared,
        switches,
        ..Config::default()
    });
    let key = done(
        &emulator,
        "CreateKey",
        json!({ "Description": "of others" }),
    );
    let id = key["KeyMetadata"]["KeyId"].clone();
    done(
        &emulator,
        "CreateAlias",
        json!({ "AliasName": "alias/others", "TargetKeyId": id }),
    );
    let grant = json!({
        "KeyId": id, "Operations": ["Encrypt"],
        "GranteePrincipal": "arn:aws:iam::123456789012:role/others",
    });
    done(&emulator, "CreateGrant", grant);
    Arc::new(emulator)
}

fn done(emulator: &Emulator, operation: &str, body: Value) -> Value {
    done_by(Service::Kms, emulator, operation, body)
}

fn done_by(service: Service, emulator: &Emulator, operation: &str, body: Value) -> Value {
    let response = emulator.handle(&Request::new(service, operation, &body));
    assert_eq!(
        response.status,
        200,
        "{}",
        String::from_utf8_lossy(&response.body)
    );
    serde_json::from_slice(&response.body).unwrap_or_default()
}

/// What of an account a run could have left: everything but keys that AWS deletes by itself.
fn left(state: &State) -> Vec<String> {
    let mut left = Vec::new();
    let elsewhere = state.elsewhere.values().map(AsRef::as_ref);
    for region in std::iter::once(state).chain(elsewhere) {
        let keys = region.keys.values();
        let alive = keys.filter(|key| !key.is_pending_deletion());
        left.extend(alive.map(|key| format!("key {} {:?}", key.id, key.state.value)));
        left.extend(region.aliases.keys().map(|name| format!("alias {name}")));
        left.extend(region.key_stores.keys().map(|id| format!("store {id}")));
        let clusters = region.clusters.values();
        let going = [ClusterState::DeleteInProgress, ClusterState::Deleted];
        let alive = clusters.filter(|cluster| !going.contains(&cluster.state.value));
        left.extend(alive.map(|cluster| format!("cluster {}", cluster.id)));
        let backups = region.backups.values();
        let alive = backups.filter(|backup| backup.state.value == BackupState::Ready);
        left.extend(alive.map(|backup| format!("backup {}", backup.id)));
    }
    left.sort();
    left
}

/// The program, as it runs on AWS, with these endpoints in the place of those of AWS.
fn program(url: &str, dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kms-conformance"));
    command
        .current_dir(dir)
        .env_clear()
        .env("AWS_ENDPOINT_URL", url)
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", dir.join("no-config"))
        .env("AWS_SHARED_CREDENTIALS_FILE", dir.join("no-credentials"))
        .stdin(Stdio::null());
    command
}

fn check(url: &str, dir: &Path, seed: usize, more: &[&str]) -> Command {
    let mut command = program(url, dir);
    let seed = seed.to_string();
    command
        .args(["check", "--target", "aws", "--yes", "--seed", &seed])
        .args(["--journal", "journal", "--quota-share", "100000"])
        .args(more);
    if !more.contains(&"--consistency") {
        command.args(["--consistency", "60ms"]);
    }
    command
}

fn cleanup(url: &str, dir: &Path) -> Output {
    let mut command = program(url, dir);
    command.args(["cleanup", "--journal", "journal", "--quota-share", "100000"]);
    command.args(["--consistency", "60ms"]).output().unwrap()
}

fn said(output: &Output) -> String {
    let text = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    text.join("\n")
}

/// A run off the tokio threads that serve the account meanwhile.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_leaves_nothing_and_touches_nothing_of_others() {
    let emulator = account_of_others();
    let before = left(&emulator.state());
    let served = served(&emulator, None).await;
    let url = served.url();
    let dir = TempDir::new().unwrap();
    let path = dir.path().to_owned();
    let output = apart(move || {
        let limits = ["--max-calls", "400", "--report-dir", "report"];
        check(&url, &path, 5, &limits).output().unwrap()
    });
    let output = output.await;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(left(&emulator.state()), before);
    let report = std::fs::read_to_string(dir.path().join("report/report.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["findings"], json!([]));
    assert!(
        report["aws"]["made"].as_u64().unwrap() > 5,
        "{}",
        report["aws"]
    );
    assert_eq!(report["aws"]["left"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_before_somebody_agrees() {
    let emulator = account_of_others();
    let served = served(&emulator, None).await;
    let (url, dir) = (served.url(), TempDir::new().unwrap());
    let before = emulator.state();
    let path = dir.path().to_owned();
    let output = apart(move || {
        let mut command = program(&url, &path);
        command.args(["check", "--target", "aws"]).output().unwrap()
    });
    let output = output.await;
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("give --yes"), "{}", said(&output));
    assert_eq!(emulator.state().keys, before.keys);
    assert!(!dir.path().join("journal").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_interrupted_cleans_up() {
    let emulator = account_of_others();
    let before = left(&emulator.state());
    let served = served(&emulator, None).await;
    let (url, dir) = (served.url(), TempDir::new().unwrap());
    let mut command = check(&url, dir.path(), 7, &["--max-calls", "100000"]);
    let run = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while emulator.state().keys.len() < 3 {
        tokio::task::yield_now().await;
    }
    let id = run.id().to_string();
    let output = apart(move || {
        let interrupted = Command::new("kill").args(["-INT", &id]).status().unwrap();
        assert!(interrupted.success());
        run.wait_with_output().unwrap()
    });
    let output = output.await;
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    assert!(said(&output).contains("interrupted"), "{}", said(&output));
    assert_eq!(left(&emulator.state()), before);
}
