//! Conformance as a test for each rule: `cargo test conformance`, or `cargo nextest run`.

use kms_conformance::{check, conformance_tests};
use std::process::ExitCode;

fn main() -> ExitCode {
    conformance_tests(check(users_crate::target()).seed(7).max_calls(10_000))
}
