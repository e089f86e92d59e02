//! UpdatePrimaryRegion: which keys have no other Region. Replicas are not modelled.

use super::key_states::{disabled, pending_deletion_in_use, pending_import};
use super::lookups::{OnKey, id_lookups, other_account};
use super::shapes::*;
use super::store_limits::multi_region_only;
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal, Stage};
use crate::shape::Member;
use crate::state::Names;

input! {
    /// Input of UpdatePrimaryRegion.
    UpdatePrimaryRegion, MEMBERS {
        key: String = "KeyId", KEY_ID;
        region: String = "PrimaryRegion", REGION;
    }
}

impl OnKey for UpdatePrimaryRegion {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl Operation for UpdatePrimaryRegion {
    const NAME: &'static str = "UpdatePrimaryRegion";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &id_lookups(),
        &[
            other_account(),
            multi_region_only().in_stage(Stage::Condition),
            pending_deletion_in_use(),
            disabled(),
            pending_import(),
        ],
    ];
    const PROMISES: &'static [Promise<Self>] = &[];
    const MODELS_SUCCESS: bool = false;
    const EMPTY_BODY: bool = true;
    const LEAVES_UNKNOWN: bool = true;
}

#[cfg(test)]
mod tests {
    use super::super::store_fixture::*;
    use serde_json::json;

    #[test]
    fn a_key_in_a_store_has_one_region() {
        let mut world = world_with_store();
        for reachable in [true, false] {
            given_key(&mut world, |key| key.reachable = given(reachable));
            let refused = world.refused(
                "UpdatePrimaryRegion",
                json!({"KeyId": KEY, "PrimaryRegion": "eu-west-1"}),
            );
            assert_eq!(refused, ["UnsupportedOperationException"]);
            assert_eq!(
                world.fired(
                    "UpdatePrimaryRegion",
                    json!({"KeyId": KEY, "PrimaryRegion": "eu-west-1"})
                ),
                ["CKX-05"]
            );
        }
    }
}
