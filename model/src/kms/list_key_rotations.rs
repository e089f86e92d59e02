//! ListKeyRotations: which keys have no rotations to list. Rotation is not modelled.

use super::lookups::{OnKey, id_lookups, other_account};
use super::shapes::*;
use super::store_limits::not_in_a_store;
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal};
use crate::shape::Member;
use crate::state::Names;

input! {
    /// Input of ListKeyRotations.
    ListKeyRotations, MEMBERS {
        key: String = "KeyId", KEY_ID;
        include: Option<String> = "IncludeKeyMaterial", INCLUDE_KEY_MATERIAL;
        limit: Option<i64> = "Limit", LIMIT;
        marker: Option<String> = "Marker", MARKER;
    }
}

impl OnKey for ListKeyRotations {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl Operation for ListKeyRotations {
    const NAME: &'static str = "ListKeyRotations";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] =
        &[&id_lookups(), &[other_account(), not_in_a_store("CKX-02")]];
    const PROMISES: &'static [Promise<Self>] = &[];
    const MODELS_SUCCESS: bool = false;
}

#[cfg(test)]
mod tests {
    use super::super::store_fixture::*;
    use serde_json::json;

    #[test]
    fn a_key_in_a_store_has_no_rotations() {
        let mut world = world_with_store();
        for reachable in [true, false] {
            given_key(&mut world, |key| key.reachable = given(reachable));
            let refused = world.refused("ListKeyRotations", json!({"KeyId": KEY}));
            assert_eq!(refused, ["UnsupportedOperationException"]);
            assert_eq!(
                world.fired("ListKeyRotations", json!({"KeyId": KEY})),
                ["CKX-02"]
            );
        }
    }
}
