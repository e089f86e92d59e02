//! What can be asked of the world outside AWS, where a target lets one.

use crate::target::Lost;
use kms_conformance_model::OutsideAction;
use serde::{Deserialize, Serialize};

/// A call of `/_outside`; its JSON is the HTTP body, for example `{"call":"Clock"}` or
/// `{"call":"Act","action":"DeleteSubnet","subnet":"subnet-…"}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "call")]
pub enum OutsideCall {
    /// Does something. Answers `{}`.
    Act(OutsideAction),
    /// Moves the clock forward. Answers as `Clock` does.
    Advance {
        /// By how much; not negative.
        milliseconds: i64,
    },
    /// Empties the account, destroys all key material and sets the clock right. Answers `{}`.
    Reset,
    /// Lists what is inside the HSMs of a cluster:
    /// `{"keys": [{"label", "class", "length", "persistent", "extractable", "check_value"}]}`.
    HsmKeys {
        /// The id of the cluster.
        cluster: String,
    },
    /// Lists the subnets that exist: `{"subnets": [{"id", "zone", "vpc"}]}`.
    Subnets,
    /// Reads the clock: `{"now": milliseconds since the Unix epoch}`.
    Clock,
    /// Counts what went wrong on purpose since the server was started:
    /// `{"throttle", "error", "error_after", "lost", "lost_after", "stale", "delay"}`, where those
    /// with `after` are the ones of requests that were carried out nevertheless.
    Injected,
}

/// Why a call of `/_outside` did nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutsideError {
    /// What it names does not exist or cannot be done to it.
    #[error("{0}")]
    Impossible(String),
    /// The target does not offer such calls.
    #[error("the target offers no outside calls")]
    NotOffered,
    /// No answer came.
    #[error(transparent)]
    Lost(#[from] Lost),
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn calls_are_tagged_json() {
        let cases: [(OutsideCall, Value); 4] = [
            (OutsideCall::Reset, json!({"call": "Reset"})),
            (
                OutsideCall::Advance { milliseconds: 5 },
                json!({"call": "Advance", "milliseconds": 5}),
            ),
            (
                OutsideCall::HsmKeys {
                    cluster: "c".to_owned(),
                },
                json!({"call": "HsmKeys", "cluster": "c"}),
            ),
            (
                OutsideCall::Act(OutsideAction::ActivateCluster {
                    cluster: "c".to_owned(),
                }),
                json!({"call": "Act", "action": "ActivateCluster", "cluster": "c"}),
            ),
        ];
        for (call, json) in cases {
            assert_eq!(serde_json::to_value(&call).unwrap(), json);
            assert_eq!(serde_json::from_value::<OutsideCall>(json).unwrap(), call);
        }
    }
}
