//! Why the program cannot go on. Every message is one line and names the fix.

use crate::exit_code::ExitCode;
use std::path::PathBuf;

/// Why the program cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line does not make sense.
    #[error("{0}")]
    Usage(String),
    /// A rule that the catalogue does not have.
    #[error(
        "there is no rule {id}{}; `kms-conformance rules` lists all",
        maybe(nearest)
    )]
    UnknownRule {
        /// What was asked for.
        id: String,
        /// The ids that look most like it.
        nearest: Vec<String>,
    },
    /// An operation that the catalogue does not have.
    #[error(
        "there is no operation {name}{}; `kms-conformance rules` lists all",
        maybe(nearest)
    )]
    UnknownOperation {
        /// What was asked for.
        name: String,
        /// The names that look most like it.
        nearest: Vec<String>,
    },
    /// A part of the command line that is promised but not built.
    #[error("{what} is not available yet: {instead}")]
    NotAvailable {
        /// The verb or the option.
        what: String,
        /// What is missing, and what to do meanwhile.
        instead: String,
    },
    /// A file that cannot be read or understood.
    #[error("cannot use {}: {why}; give a plan or finding that a check wrote", path.display())]
    BadFile {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A file that cannot be written.
    #[error("cannot write {}: {why}; give a --report-dir that can be written", path.display())]
    CannotWrite {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// An address that cannot be listened on.
    #[error("cannot listen on {listen}: {why}; give another --listen HOST:PORT")]
    CannotListen {
        /// The address.
        listen: String,
        /// Why.
        why: String,
    },
    /// A target that does not answer.
    #[error("{url} does not answer: {why}; start the target or give another --target")]
    Unreachable {
        /// The target.
        url: String,
        /// Why.
        why: String,
    },
    /// The harness failed.
    #[error("internal error: {0}; please report it with the command line and the seed")]
    Internal(String),
}

impl Error {
    /// How the program ends because of it.
    pub const fn exit_code(&self) -> ExitCode {
        match self {
            Error::Usage(_)
            | Error::UnknownRule { .. }
            | Error::UnknownOperation { .. }
            | Error::NotAvailable { .. }
            | Error::BadFile { .. }
            | Error::CannotWrite { .. }
            | Error::CannotListen { .. } => ExitCode::Usage,
            Error::Unreachable { .. } => ExitCode::Unreachable,
            Error::Internal(_) => ExitCode::Internal,
        }
    }
}

fn maybe(nearest: &[String]) -> String {
    match nearest {
        [] => String::new(),
        names => format!(", but {}", names.join(", ")),
    }
}
