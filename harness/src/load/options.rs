//! What is asked of a load.

use crate::options::TargetOptions;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

/// What is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
pub enum Operation {
    /// New keys only.
    #[default]
    #[value(name = "CreateKey")]
    CreateKey,
    /// A plaintext of 32 bytes, with each of a few keys in turn.
    #[value(name = "Encrypt")]
    Encrypt,
    /// What each of a few keys encrypted before.
    #[value(name = "Decrypt")]
    Decrypt,
    /// AES-256 data keys, of each of a few keys in turn.
    #[value(name = "GenerateDataKey")]
    GenerateDataKey,
    /// Of ten requests one CreateKey and three of each of the others.
    #[value(name = "mixed")]
    #[serde(rename = "mixed")]
    Mixed,
}

impl Operation {
    /// The word on the command line and in reports.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Operation::CreateKey => "CreateKey",
            Operation::Encrypt => "Encrypt",
            Operation::Decrypt => "Decrypt",
            Operation::GenerateDataKey => "GenerateDataKey",
            Operation::Mixed => "mixed",
        }
    }
}

/// What decides when the next request is sent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Drive {
    /// A plan made ahead: so many requests a second, whatever becomes of them.
    Open {
        /// Requests a second.
        rate: f64,
    },
    /// So many clients, each of which sends when it has its answer.
    Closed {
        /// The clients.
        clients: usize,
    },
    /// A search for the highest rate that is still achieved.
    Knee,
    /// Rounds of a closed loop, in turns with rounds of something to compare with.
    Paired {
        /// The clients.
        clients: usize,
        /// How many pairs of rounds at first; against an earlier run as many as that had.
        pairs: usize,
        /// What to compare with.
        against: Against,
    },
}

/// What a target is compared with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Against {
    /// A server that does nothing, so that a later run can be compared with this one.
    Yardstick,
    /// The same, and an earlier run that did so too.
    Earlier(PathBuf),
    /// Another build of this program.
    Program(PathBuf),
}

/// The options of a load, with everything filled in.
#[derive(Clone, Debug)]
pub(crate) struct LoadOptions {
    /// Which target.
    pub(crate) target: TargetOptions,
    /// What is sent.
    pub(crate) operation: Operation,
    /// Whether the keys are in a CloudHSM key store that is made for it.
    pub(crate) key_store: bool,
    /// When it is sent.
    pub(crate) drive: Drive,
    /// How long is measured: all in all, or in each step of a search, or in each round.
    pub(crate) duration: Duration,
    /// How long is cut away before.
    pub(crate) warm_up: Duration,
    /// How many exchanges are kept for the judge at the most.
    pub(crate) history: usize,
}

/// A rate, in requests a second.
pub(crate) fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse::<f64>().ok();
    rate.filter(|rate| (0.001..=10_000_000.0).contains(rate))
        .ok_or_else(|| "give requests a second, as in 500".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_above_nothing() {
        assert_eq!(rate("500"), Ok(500.0));
        assert_eq!(rate("0.5"), Ok(0.5));
        for bad in ["0", "-1", "NaN", "inf", "1/s", "1e9"] {
            assert!(rate(bad).is_err(), "{bad}");
        }
    }
}
