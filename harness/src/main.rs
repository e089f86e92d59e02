//! The command line.

use mimalloc::MiMalloc;
use std::process::ExitCode;

/// Half of what a request costs is small allocations: benches/limits shows the difference.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    kms_conformance::cli::main().into()
}
