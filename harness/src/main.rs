//! The command line.

use mimalloc::MiMalloc;
use std::process::ExitCode;

/// What a request costs is largely the allocation of small things.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    kms_conformance::cli::main().into()
}
