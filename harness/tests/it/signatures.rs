//! Signatures of botocore and of the AWS CLI, good and bad, at an emulator that demands them.
//!
//! `KMS_CONFORMANCE_VENV` names a Python environment with botocore and the AWS CLI.

use crate::serve::Served;
use crate::snapshots::top;
use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

/// Whether all is answered as it should be, and what was printed.
fn run(python: &PathBuf, served: &Served) -> (bool, String) {
    let output = Command::new(python)
        .args(["-B", "scripts/clients/signatures.py", &served.url()])
        .current_dir(top())
        .env("REGION", "eu-west-1")
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&output.stdout);
    let err = String::from_utf8_lossy(&output.stderr);
    (output.status.success(), format!("{out}{err}"))
}

#[test]
fn real_clients_are_told_apart_by_their_signatures() {
    let Some(venv) = env::var_os("KMS_CONFORMANCE_VENV").map(PathBuf::from) else {
        println!("skipped: KMS_CONFORMANCE_VENV names no environment with botocore");
        return;
    };
    // The environment may be named from the top, where the script runs.
    let python = fs::canonicalize(venv.join("bin")).unwrap().join("python");
    let credentials = top().join("scripts/clients/credentials.txt");
    let credentials = credentials.to_str().unwrap();
    let strict = Served::start(&["--require-signature", "--credentials", credentials]);
    let (all_good, printed) = run(&python, &strict);
    assert!(all_good, "{printed}");
    let last = printed.lines().last().unwrap();
    let (good, all) = last.split_once(" of ").unwrap();
    assert!(good == all && good.parse::<u32>().unwrap() > 50, "{last}");
    // An emulator that looks at no signature is found out.
    let (all_good, printed) = run(&python, &Served::start(&[]));
    assert!(!all_good, "{printed}");
    assert!(
        printed.contains("FAILED   wrong secret: 200, not Invalid"),
        "{printed}"
    );
}
