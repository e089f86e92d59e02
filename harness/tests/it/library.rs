//! The harness as a library: what a test of a user's crate sees.

use crate::snapshots::top;
use kms_conformance::exit_code::ExitCode;
use kms_conformance::finding::Status;
use kms_conformance::{Check, Error, check, check_emulator};
use kms_conformance_model::{Sabotage, Switches};
use kms_conformance_targets::{Config, Emulator, Running};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use tokio::runtime::Runtime;

/// An emulator in which the an HMAC key needs no usage, and the runtime that serves it.
struct Broken {
    running: Running,
    _runtime: Runtime,
}

impl Broken {
    fn serve() -> Broken {
        let mut switches = Switches::none();
        switches.break_rule(Some("CreateKey"), "CK-05", Sabotage::Off);
        let emulator = Arc::new(Emulator::new(Config {
            account: "123456789012".to_owned(),
            switches,
            ..Config::default()
        }));
        let runtime = Runtime::new().unwrap();
        let running = runtime.block_on(Running::start(emulator)).unwrap();
        Broken {
            running,
            _runtime: runtime,
        }
    }

    fn check(&self) -> Check {
        check(self.running.url())
            .operations(["CreateKey"])
            .cases(40)
    }
}

/// What a failing check says.
fn complaint(check: &Check) -> String {
    let panic = catch_unwind(AssertUnwindSafe(|| check.assert_conforms())).unwrap_err();
    panic.downcast_ref::<String>().unwrap().clone()
}

#[test]
fn the_embedded_emulator_conforms() {
    check_emulator().cases(20).assert_conforms();
    check("model").cases(5).assert_conforms();
}

#[tokio::test]
async fn a_check_runs_inside_a_tokio_test() {
    check_emulator().cases(3).assert_conforms();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_may_be_served_by_the_runtime_of_the_test() {
    let emulator = Arc::new(Emulator::new(Config::default()));
    let running = Running::start(emulator).await.unwrap();
    check(running.url())
        .account("123456789012")
        .cases(3)
        .assert_conforms();
}

#[test]
fn a_failing_check_lists_what_was_found_and_how_to_replay_it() {
    let broken = Broken::serve();
    let said = complaint(&broken.check());
    assert!(said.contains("diverges (2 new)"), "{said}");
    assert!(said.contains("CreateKey CK-05"), "{said}");
    assert!(said.contains(", seed 1"), "{said}");
    let replay = said
        .lines()
        .find(|line| line.contains("kms-conformance replay"));
    let mut words = replay.unwrap().split_whitespace();
    let file = words.find(|word| word.ends_with(".json")).unwrap();
    let again = broken.check().replay(file).unwrap();
    assert_eq!(again.exit_code(), ExitCode::Divergences);
    let honest = check_emulator().replay(file).unwrap();
    assert_eq!(honest.exit_code(), ExitCode::Conforms);
}

#[test]
fn a_report_directory_keeps_the_plans() {
    let broken = Broken::serve();
    let dir = tempfile::tempdir().unwrap();
    let said = complaint(&broken.check().report_dir(dir.path()));
    assert!(dir.path().join("junit.xml").is_file());
    let shown = dir.path().join("findings");
    assert!(said.contains(&shown.display().to_string()), "{said}");
}

#[test]
fn a_ledger_makes_a_check_pass() {
    let broken = Broken::serve();
    let dir = tempfile::tempdir().unwrap();
    let ledger = dir.path().join("known.toml");
    let entry = "[[known]]\nrule = \"CK-05\"\noperation = \"CreateKey\"\n\
                 since = 2026-11-24\nreason = \"usages are guessed\"\n";
    std::fs::write(&ledger, entry).unwrap();
    let summary = broken.check().known(&ledger).run().unwrap();
    assert_eq!(summary.exit_code(), ExitCode::Conforms);
    assert_eq!(summary.findings[0].status, Status::Known);
    let kept = dir.path().join("plan.json");
    std::fs::write(&kept, summary.findings[0].plan.to_string()).unwrap();
    let replayed = broken.check().known(&ledger).replay(&kept).unwrap();
    assert_eq!(replayed.exit_code(), ExitCode::Divergences);
    let said = complaint(&check_emulator().cases(200).known(&ledger));
    assert!(said.contains("1 fixed"), "{said}");
    assert!(said.contains("usages are guessed"), "{said}");
}

#[test]
fn what_makes_no_sense_is_an_error_and_no_panic() {
    let bad = |check: Check| check.cases(1).run().unwrap_err();
    assert!(matches!(bad(check("localhost:1")), Error::Usage(_)));
    let unknown = bad(check_emulator().operations(["CreateKye"]));
    assert!(
        unknown.to_string().contains("did you mean CreateKey"),
        "{unknown}"
    );
    let ledger = bad(check_emulator().known("no-such-ledger.toml"));
    assert!(ledger.to_string().contains("--write-known"), "{ledger}");
    let silent = bad(check("http://127.0.0.1:9"));
    assert_eq!(silent.exit_code(), ExitCode::Unreachable);
}

#[test]
fn the_ledgers_that_are_kept_can_be_read_and_give_reasons() {
    let files = std::fs::read_dir(top().join("snapshots/known")).unwrap();
    let paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    assert!(!paths.is_empty());
    for path in paths {
        let ledger = read(&path);
        assert!(!ledger.is_empty(), "{}", path.display());
        assert_eq!(ledger.warning(), None, "{}", path.display());
    }
}

fn read(path: &Path) -> kms_conformance::known::Ledger {
    kms_conformance::known::Ledger::read(path).unwrap()
}
