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
        "there is no rule {id}{} `kms-conformance rules` lists all",
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
        "there is no operation {name}{} `kms-conformance rules` lists all",
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
    /// A ledger of accepted deviations that cannot be read or understood.
    #[error("cannot use {place}: {why}")]
    BadLedger {
        /// The file, and the line in it where there is one.
        place: String,
        /// Why, and what to do about it.
        why: String,
    },
    /// A report that cannot be read or understood.
    #[error("cannot use {}: {why}; give a report.json that a check wrote", path.display())]
    BadReport {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A page that cannot be written.
    #[error("cannot write {}: {why}; give another --out", path.display())]
    CannotWritePage {
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
    /// A log of calls that cannot be written.
    #[error("cannot write {}: {why}; give another --cloudtrail FILE", path.display())]
    CannotWriteTrail {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The journal of a run on AWS that cannot be used.
    #[error("cannot use {place}: {why}; give the --journal of a run, or a new FILE for a new one")]
    CannotUseJournal {
        /// The file, and the line in it where there is one.
        place: String,
        /// Why.
        why: String,
    },
    /// A recording that cannot be read or understood.
    #[error("cannot use {place}: {why}")]
    BadRecording {
        /// The file, and the line in it where there is one.
        place: String,
        /// Why, and what to do about it.
        why: String,
    },
    /// A recording, or what was drawn from some, that cannot be written.
    #[error("cannot write {}: {why}; give another {option}", path.display())]
    CannotRecord {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
        /// The option that names it.
        option: &'static str,
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
    /// A target that does not come to what a load needs.
    #[error("cannot load {target}: {why}; check the target first")]
    CannotLoad {
        /// The target.
        target: String,
        /// What it answered.
        why: String,
    },
    /// Something to compare with that cannot be used.
    #[error("cannot use {}: {why}; give another --baseline", path.display())]
    BadBaseline {
        /// The file.
        path: PathBuf,
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
            | Error::BadLedger { .. }
            | Error::BadReport { .. }
            | Error::CannotWritePage { .. }
            | Error::CannotWrite { .. }
            | Error::CannotWriteTrail { .. }
            | Error::CannotUseJournal { .. }
            | Error::BadRecording { .. }
            | Error::CannotRecord { .. }
            | Error::BadBaseline { .. }
            | Error::CannotListen { .. } => ExitCode::Usage,
            Error::Unreachable { .. } => ExitCode::Unreachable,
            Error::CannotLoad { .. } => ExitCode::Inconclusive,
            Error::Internal(_) => ExitCode::Internal,
        }
    }
}

/// A question with the names that may have been meant, as in `; did you mean CK-36 or CK-37?`.
fn maybe(nearest: &[String]) -> String {
    match nearest {
        [] => ";".to_owned(),
        [only] => format!("; did you mean {only}?"),
        [first @ .., last] => format!("; did you mean {} or {last}?", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(nearest: &[&str]) -> String {
        let nearest = nearest.iter().map(|id| (*id).to_owned()).collect();
        Error::UnknownRule {
            id: "CK-0".to_owned(),
            nearest,
        }
        .to_string()
    }

    #[test]
    fn an_unknown_name_is_answered_with_suggestions() {
        let tail = "`kms-conformance rules` lists all";
        assert_eq!(unknown(&[]), format!("there is no rule CK-0; {tail}"));
        assert_eq!(
            unknown(&["CK-01", "CK-02"]),
            format!("there is no rule CK-0; did you mean CK-01 or CK-02? {tail}")
        );
    }

    #[test]
    fn every_error_has_an_exit_code_that_says_more_than_failure() {
        let unreachable = Error::Unreachable {
            url: "http://x".to_owned(),
            why: "refused".to_owned(),
        };
        assert_eq!(unreachable.exit_code(), ExitCode::Unreachable);
        assert_eq!(Error::Usage(String::new()).exit_code(), ExitCode::Usage);
        assert_eq!(
            Error::Internal(String::new()).exit_code(),
            ExitCode::Internal
        );
    }
}
