//! DisableKeyRotation: a key does not rotate by itself any more.

use super::key_states::{creating, disabled, pending_deletion};
use super::lookups::{OnKey, id_lookups, other_account};
use super::regions::rotates_by_itself;
use super::rotations::no_imported_material;
use super::shapes::*;
use super::store_limits::{not_in_a_store, not_pending_import};
use crate::card::{Card, Evidence};
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal, always};
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
            no_imported_material(),
            pending_deletion(),
            disabled(),
            creating(),
            rotates_by_itself(),
        ],
    ];
    const PROMISES: &'static [Promise<Self>] = &[ROTATES_NO_MORE];
    const EMPTY_BODY: bool = true;
}

const ROTATES_NO_MORE: Promise<DisableKeyRotation> = Promise {
    card: Card {
        id: "ROT-02",
        says: "Automatic rotation is disabled; a rotation on demand that is in progress goes on.",
        cite: "kms/latest/developerguide/rotating-keys-on-demand.html",
        evidence: Evidence::Documented,
    },
    when: always,
    make: |input, success| {
        let id = input.key_id(success.state).unwrap_or_default();
        let disabled = success.traced(None);
        if let Some(key) = success.state.key_mut(&id) {
            key.rotation.automatic = disabled;
            success.state.watch_key(&id);
        }
    },
};

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
