//! ReplicateKey: which keys cannot be replicated. Replicas are not modelled.

use super::key_states::{disabled, pending_deletion_in_use, pending_import};
use super::lookups::{OnKey, id_lookups, other_account};
use super::shapes::*;
use super::store_limits::multi_region_only;
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal};
use crate::shape::{Member, Shape};
use crate::state::Names;

input! {
    /// Input of ReplicateKey.
    ReplicateKey, MEMBERS {
        key: String = "KeyId", KEY_ID;
        region: String = "ReplicaRegion", REGION;
        policy: Option<String> = "Policy", POLICY;
        bypass: Option<bool> = "BypassPolicyLockoutSafetyCheck", Shape::Flag;
        description: Option<String> = "Description", DESCRIPTION;
        tags: Option<Vec<Tag>> = "Tags", TAGS;
    }
}

impl OnKey for ReplicateKey {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl Operation for ReplicateKey {
    const NAME: &'static str = "ReplicateKey";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &id_lookups(),
        &[
            other_account(),
            multi_region_only(),
            pending_deletion_in_use(),
            disabled(),
            pending_import(),
        ],
    ];
    const PROMISES: &'static [Promise<Self>] = &[];
    const MODELS_SUCCESS: bool = false;
    const LEAVES_UNKNOWN: bool = true;
}

#[cfg(test)]
mod tests {
    use super::super::store_fixture::*;
    use serde_json::json;

    #[test]
    fn a_key_in_a_store_has_no_replicas() {
        let mut world = world_with_store();
        for reachable in [true, false] {
            given_key(&mut world, |key| key.reachable = given(reachable));
            let refused = world.refused(
                "ReplicateKey",
                json!({"KeyId": KEY, "ReplicaRegion": "eu-west-1"}),
            );
            assert_eq!(refused, ["UnsupportedOperationException"]);
            assert_eq!(
                world.fired(
                    "ReplicateKey",
                    json!({"KeyId": KEY, "ReplicaRegion": "eu-west-1"})
                ),
                ["CKX-05"]
            );
        }
    }
}
