//! What stands in the way of operations that put a multi-Region key into another Region, or make
//! another Region its primary one.

use super::key_states::{key_arn, key_of};
use super::lookups::OnKey;
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::UnsupportedOperation;
use crate::rule::{Refusal, Stage, must};
use crate::state::State;

/// The Regions that every account can use, of every partition.
const OPEN_REGIONS: &[&str] = &[
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];

/// Whether every account can use this Region.
pub(crate) fn is_open(region: &str) -> bool {
    OPEN_REGIONS.contains(&region)
}

/// The key is a replica key. Whether AWS looks at that before it looks at the state of the key is not
/// known.
pub(crate) const fn primary_only<Op: OnKey>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "MR-01",
            says: "Only the primary key can be replicated and can give its role away.",
            cite: "recording LocalStack test_kms test_replicate_replica_key_should_fail",
            evidence: Evidence::Observed,
        },
        stage: Stage::Condition,
        error: must(&[UnsupportedOperation]).saying(|state, input| {
            format!(
                "{} is not a multi-region primary key.",
                key_arn(state, input)
            )
        }),
        when: is_replica,
    }
}

/// The key is a replica key, which has the rotations of its primary key.
pub(crate) const fn rotates_by_itself<Op: OnKey>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "MR-40",
            says: "A replica key rotates with its primary key, and only there can rotation be set.",
            cite: "kms/latest/developerguide/rotate-keys.html",
            evidence: Evidence::Documented,
        },
        stage: Stage::Condition,
        error: must(&[UnsupportedOperation]),
        when: is_replica,
    }
}

fn is_replica<Op: OnKey>(state: &State, input: &Op) -> bool {
    key_of(state, input).is_some_and(|key| key.multi_region.is_some() && !state.is_primary(key))
}
