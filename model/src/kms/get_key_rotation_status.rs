//! GetKeyRotationStatus: which keys have no rotation to tell about. Rotation is not modelled.

use super::lookups::{OnKey, id_lookups, other_account};
use super::shapes::*;
use super::store_limits::{not_in_a_store, not_pending_import};
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal};
use crate::shape::Member;
use crate::state::Names;

input! {
    /// Input of GetKeyRotationStatus.
    GetKeyRotationStatus, MEMBERS {
        key: String = "KeyId", KEY_ID;
    }
}

impl OnKey for GetKeyRotationStatus {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl Operation for GetKeyRotationStatus {
    const NAME: &'static str = "GetKeyRotationStatus";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &id_lookups(),
        &[
            other_account(),
            not_in_a_store("CKX-03"),
            not_pending_import(),
        ],
    ];
    const PROMISES: &'static [Promise<Self>] = &[];
    const MODELS_SUCCESS: bool = false;
}

#[cfg(test)]
mod tests {
    use super::super::store_fixture::*;
    use crate::testing::World;
    use serde_json::json;

    #[test]
    fn a_key_in_a_store_has_no_rotation_status() {
        let mut world = world_with_store();
        for reachable in [true, false] {
            given_key(&mut world, |key| key.reachable = given(reachable));
            let refused = world.refused("GetKeyRotationStatus", json!({"KeyId": KEY}));
            assert_eq!(refused, ["UnsupportedOperationException"]);
            assert_eq!(
                world.fired("GetKeyRotationStatus", json!({"KeyId": KEY})),
                ["CKX-03"]
            );
        }
    }

    #[test]
    fn a_key_pending_import_has_no_rotation_status() {
        let mut world = World::new();
        let made = world.ok("CreateKey", json!({"Origin": "EXTERNAL"}));
        let key = &made["KeyMetadata"]["KeyId"];
        let refused = world.refused("GetKeyRotationStatus", json!({"KeyId": key}));
        assert_eq!(refused, ["UnsupportedOperationException"]);
    }
}
