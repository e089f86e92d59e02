//! The architecture as absences: which crate may use which, and what no source file may hold.

use crate::snapshots::top;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// How long a source file may be without its tests.
const MOST_LINES: usize = 400;

/// Files that are longer, each for a reason. One that no longer is must leave this list.
const LONGER: &[&str] = &[
    // The operation with the most rules of CloudHSM.
    "model/src/cloudhsm/create_cluster.rs",
];

const CRATES: &[&str] = &["model", "targets", "harness", "benches"];

#[test]
fn only_the_arrows_of_the_design_are_drawn() {
    let ours = |folder: &str| -> BTreeSet<String> {
        let all = dependencies(folder).into_iter();
        all.filter(|name| name.starts_with("kms-conformance"))
            .collect()
    };
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let (model, targets) = ("kms-conformance-model", "kms-conformance-targets");
    assert_eq!(ours("model"), set(&[]));
    assert_eq!(ours("targets"), set(&[model]));
    assert_eq!(ours("harness"), set(&[model, targets]));
    assert_eq!(ours("benches"), set(&[model, targets, "kms-conformance"]));
}

#[test]
fn the_model_knows_no_network_clock_or_chance() {
    for name in dependencies("model") {
        for banned in [
            "reqwest",
            "hyper",
            "tokio",
            "rand",
            "getrandom",
            "ring",
            "chrono",
        ] {
            assert!(!name.starts_with(banned), "model depends on {name}");
        }
    }
    for (path, code) in sources()
        .into_iter()
        .filter(|(path, _)| path.starts_with("model/"))
    {
        for banned in ["SystemTime", "Instant::now", "std::net", "async fn"] {
            assert!(!code.contains(banned), "{path} uses {banned}");
        }
    }
}

#[test]
fn the_harness_leaves_http_to_the_targets() {
    for name in dependencies("harness") {
        for banned in ["reqwest", "hyper"] {
            assert!(!name.starts_with(banned), "harness depends on {name}");
        }
    }
}

#[test]
fn every_file_says_first_what_it_is_for() {
    for (path, code) in sources() {
        assert!(
            code.starts_with("//! "),
            "{path} does not start with its purpose"
        );
    }
}

#[test]
fn no_file_is_too_long() {
    let mut longer = BTreeSet::new();
    for (path, code) in sources() {
        if without_tests(&code).lines().count() > MOST_LINES {
            longer.insert(path);
        }
    }
    let accepted: BTreeSet<String> = LONGER.iter().map(|path| (*path).to_owned()).collect();
    assert_eq!(
        longer, accepted,
        "files over {MOST_LINES} lines, and the ones accepted"
    );
}

#[test]
fn nothing_is_left_for_later() {
    for (path, code) in sources() {
        // Tests may panic.
        for (number, line) in without_tests(&code).lines().enumerate() {
            let banned = [
                "TODO",
                "FIXME",
                "XXX",
                "todo!(",
                ".unwrap()",
                "#[allow",
                "#![allow",
            ];
            for word in banned {
                assert!(!line.contains(word), "{path}:{} holds {word}", number + 1);
            }
        }
    }
}

/// The file up to its tests, which stand at its end.
fn without_tests(code: &str) -> &str {
    code.split("#[cfg(test)]\nmod tests")
        .next()
        .unwrap_or_default()
}

/// The names under `[dependencies]` and its variants in the manifest of a crate.
fn dependencies(folder: &str) -> BTreeSet<String> {
    let manifest = fs::read_to_string(top().join(folder).join("Cargo.toml")).unwrap();
    let mut inside = false;
    let mut names = BTreeSet::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            // What only tests depend on does not count.
            inside = line.contains("dependencies") && !line.contains("dev-");
        } else if inside {
            let name = line.split(['.', '=', ' ']).next().unwrap_or_default();
            names.insert(name.to_owned());
        }
    }
    names.remove("");
    names
}

/// All source files: their paths below the top, and what they hold.
fn sources() -> Vec<(String, String)> {
    let mut files = Vec::new();
    for folder in CRATES {
        collect(&top().join(folder), &mut files);
    }
    let top = top();
    let named = |path: PathBuf| {
        let code = fs::read_to_string(&path).unwrap();
        (path.strip_prefix(&top).unwrap().display().to_string(), code)
    };
    let sources: Vec<_> = files.into_iter().map(named).collect();
    assert!(
        sources.len() > 40,
        "only {} source files were found",
        sources.len()
    );
    // The tests of the harness panic on purpose, and this file holds the banned words.
    sources
        .into_iter()
        .filter(|(path, _)| !path.contains("/tests/"))
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}
