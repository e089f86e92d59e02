//! The exit codes, which scripts rely on.

use std::process;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExitCode {
    /// Everything that was judged conforms.
    Conforms = 0,
    /// At least one divergence was found that nobody accepted.
    Divergences = 1,
    /// The command line, or a file it names, cannot be used.
    Usage = 2,
    /// The target does not answer.
    Unreachable = 3,
    /// A budget ran out, or some answers could not be judged.
    Inconclusive = 4,
    /// The harness failed.
    Internal = 5,
}

impl From<ExitCode> for process::ExitCode {
    fn from(code: ExitCode) -> process::ExitCode {
        process::ExitCode::from(code as u8)
    }
}
