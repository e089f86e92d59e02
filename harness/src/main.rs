//! The command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    kms_conformance::cli::main().into()
}
