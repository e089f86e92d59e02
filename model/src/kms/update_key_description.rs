//! UpdateKeyDescription: replaces the description of a key.

use super::key_states::pending_deletion;
use super::lookups::{OnKey, id_lookups, other_account};
use super::shapes::{DESCRIPTION, KEY_ID};
use crate::card::{Card, Evidence};
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal, always};
use crate::shape::Member;
use crate::state::Names;

input! {
    /// Input of UpdateKeyDescription.
    UpdateKeyDescription, MEMBERS {
        key: String = "KeyId", KEY_ID;
        description: String = "Description", DESCRIPTION;
    }
}

impl OnKey for UpdateKeyDescription {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl Operation for UpdateKeyDescription {
    const NAME: &'static str = "UpdateKeyDescription";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const EMPTY_BODY: bool = true;
    const REFUSALS: &'static [&'static [Refusal<Self>]] =
        &[&id_lookups(), &[other_account(), pending_deletion()]];
    const PROMISES: &'static [Promise<Self>] = &[THE_DESCRIPTION_IS_REPLACED];
}

const THE_DESCRIPTION_IS_REPLACED: Promise<UpdateKeyDescription> = Promise {
    card: Card {
        id: "KST-101",
        says: "UpdateKeyDescription replaces the description of a key.",
        cite: "kms/latest/APIReference/API_UpdateKeyDescription.html",
        evidence: Evidence::Documented,
    },
    when: always,
    make: |input, success| {
        let description = success.traced(input.description.clone());
        let id = input.key_id(success.state).unwrap_or_default();
        if let Some(key) = success.state.key_mut(&id) {
            key.description = description;
        }
    },
};

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use serde_json::json;

    #[test]
    fn the_description_is_replaced_and_may_be_empty() {
        let mut world = World::new();
        let id = world.key(json!({"Description": "old"}));
        for description in ["new", ""] {
            let body = json!({"KeyId": id, "Description": description});
            assert_eq!(world.ok("UpdateKeyDescription", body), json!({}));
            let shown = world.ok("DescribeKey", json!({"KeyId": id}));
            assert_eq!(shown["KeyMetadata"]["Description"], description);
        }
    }

    #[test]
    fn a_key_pending_deletion_keeps_its_description() {
        let mut world = World::new();
        let id = world.key(json!({}));
        world.ok("ScheduleKeyDeletion", json!({"KeyId": id}));
        let body = json!({"KeyId": id, "Description": "d"});
        assert_eq!(
            world.refused("UpdateKeyDescription", body),
            ["KMSInvalidStateException"]
        );
    }

    #[test]
    fn a_description_is_required() {
        let mut world = World::new();
        let id = world.key(json!({}));
        let fired = world.fired("UpdateKeyDescription", json!({"KeyId": id}));
        assert_eq!(fired, ["VAL-06"]);
    }
}
