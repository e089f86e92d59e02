//! DisableKeyRotation: which keys have no rotation to switch off. Rotation is not modelled.

use super::key_states::{creating, disabled, pending_deletion};
use super::lookups::{OnKey, id_lookups, other_account};
use super::shapes::*;
use super::store_limits::{not_in_a_store, not_pending_import};
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal};
use crate::shape::Member;
use crate::state::Names;

input! {
    /// Input of DisableKeyRotation.
    DisableKeyRotation, MEMBERS {
        key: String = "KeyId", KEY_ID;
    }
}

impl OnKey for DisableKeyRotation {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl Operation for DisableKeyRotation {
    const NAME: &'static str = "DisableKeyRotation";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &id_lookups(),
        &[
            other_account(),
            not_in_a_store("CKX-02"),
            not_pending_import(),
            pending_deletion(),
            disabled(),
            creating(),
        ],
    ];
    const PROMISES: &'static [Promise<Self>] = &[];
    const MODELS_SUCCESS: bool = false;
    const EMPTY_BODY: bool = true;
}

#[cfg(test)]
mod tests {
    use super::super::store_fixture::*;
    use serde_json::json;

    #[test]
    fn a_key_in_a_store_has_no_rotation() {
        let mut world = world_with_store();
        for reachable in [true, false] {
            given_key(&mut world, |key| key.reachable = given(reachable));
            let refused = world.refused("DisableKeyRotation", json!({"KeyId": KEY}));
            assert_eq!(refused, ["UnsupportedOperationException"]);
            assert_eq!(
                world.fired("DisableKeyRotation", json!({"KeyId": KEY})),
                ["CKX-02"]
            );
        }
    }
}
