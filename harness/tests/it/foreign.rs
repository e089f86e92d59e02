//! A foreign emulator, moto, as a target: what is found there, and that it comes back.
//!
//! `KMS_CONFORMANCE_VENV` names a Python environment with `moto[server]`.

use crate::snapshots::top;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A served moto, stopped when this is dropped.
struct Moto {
    process: Child,
    url: String,
}

impl Moto {
    /// The one that KMS_CONFORMANCE_VENV names, on a free port.
    fn installed() -> Option<Moto> {
        let venv = std::env::var_os("KMS_CONFORMANCE_VENV").map(PathBuf::from);
        if venv.is_none() {
            println!("skipped: KMS_CONFORMANCE_VENV names no environment with moto");
        }
        venv.map(|venv| Moto::start(&venv))
    }

    fn start(venv: &Path) -> Moto {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let process = Command::new(venv.join("bin/moto_server"))
            .args(["-H", "127.0.0.1", "-p", &address.port().to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let moto = Moto {
            process,
            url: format!("http://{address}"),
        };
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(
                started.elapsed() < Duration::from_secs(30),
                "moto is silent"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        moto
    }

    /// The exit code and what was printed.
    fn ask(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_kms-conformance"))
            .args(arguments)
            .args(["--target", &self.url, "--region", "us-east-1"])
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
        )
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn moto_diverges_and_every_finding_can_be_replayed() {
    let Some(moto) = Moto::installed() else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let report_dir = dir.path().join("report");
    let (code, printed) = moto.ask(&[
        "check",
        "--seed",
        "1",
        "--max-calls",
        "60",
        "--report-dir",
        report_dir.to_str().unwrap(),
    ]);
    assert_eq!(code, Some(1), "{printed}");
    let report = json(&report_dir.join("report.json"));
    let findings = report["findings"].as_array().unwrap();
    let divergences = findings
        .iter()
        .filter(|finding| finding["severity"] == "divergence");
    assert!(divergences.count() >= 10, "{printed}");
    for finding in findings {
        assert_ne!(finding["rule"], Value::Null, "{finding}");
        assert!(!finding["cite"].as_str().unwrap().is_empty(), "{finding}");
        assert!(
            !finding["expected"].as_array().unwrap().is_empty(),
            "{finding}"
        );
        comes_back(&moto, &report_dir, finding);
    }
    lists_what_is_unsupported(&report);
    keeps_secrets(&report_dir);
}

/// The ledger need not list everything: moto keeps what earlier plans made, and its answers to a few
/// requests depend on it.
#[test]
fn the_ledger_of_moto_lists_nearly_everything_that_is_found() {
    let Some(moto) = Moto::installed() else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let report_dir = dir.path().join("report");
    let ledger = top().join("snapshots/known/moto.toml");
    let (_, printed) = moto.ask(&[
        "check",
        "--seed",
        "1",
        "--cases",
        "60",
        "--known",
        ledger.to_str().unwrap(),
        "--report-dir",
        report_dir.to_str().unwrap(),
    ]);
    let report = json(&report_dir.join("report.json"));
    let findings = report["findings"].as_array().unwrap();
    let of = |status: &str| {
        let divergences = findings
            .iter()
            .filter(|finding| finding["severity"] == "divergence");
        divergences
            .filter(|finding| finding["status"] == status)
            .count()
    };
    assert!(of("known") >= 120, "{printed}");
    let stray = of("new") + of("flaky") + of("fixed");
    assert!(
        stray <= 8,
        "{stray} do not agree with the ledger: {printed}"
    );
}

fn comes_back(moto: &Moto, report_dir: &Path, finding: &Value) {
    let fingerprint = finding["fingerprint"].as_str().unwrap();
    assert_eq!(finding["status"], "new", "{finding}");
    let plan = report_dir.join(format!("findings/{fingerprint}.json"));
    let (code, printed) = moto.ask(&["replay", plan.to_str().unwrap()]);
    assert!(printed.contains(fingerprint), "{fingerprint}: {printed}");
    // A suspicion alone fails no run.
    if finding["severity"] == "divergence" {
        assert_eq!(code, Some(1), "{fingerprint}: {printed}");
    }
}

fn lists_what_is_unsupported(report: &Value) {
    let operations = report["operations"].as_object().unwrap();
    let unsupported: BTreeSet<&str> = operations
        .iter()
        .filter(|(_, entry)| entry["status"] == "unsupported")
        .map(|(name, _)| name.as_str())
        .collect();
    assert!(!unsupported.is_empty(), "moto has no custom key stores");
    for name in ["CreateKey", "DescribeKey"] {
        assert!(!unsupported.contains(name), "moto has {name}");
    }
}

/// Plaintexts are what the requests of a run hide. Scripts have variables in their place.
fn keeps_secrets(report_dir: &Path) {
    for file in files(report_dir) {
        let text = fs::read_to_string(&file).unwrap();
        let text = text.replace("&quot;", "\"").replace("\\\"", "\"");
        for after in text.split("\"Plaintext\"").skip(1) {
            let value = after.trim_start_matches([':', ' ']);
            let hidden = ["\"<redacted>\"", "\"&lt;redacted", "\"$"];
            let shown = value.starts_with('"') && !hidden.iter().any(|it| value.starts_with(it));
            let line = value.lines().next().unwrap_or_default();
            assert!(!shown, "{}: {line}", file.display());
        }
    }
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let (dirs, mut files): (Vec<PathBuf>, Vec<PathBuf>) = entries.partition(|path| path.is_dir());
    files.extend(dirs.iter().flat_map(|dir| self::files(dir)));
    files
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}
