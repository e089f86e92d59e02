//! UpdatePrimaryRegion: gives the role of the primary key to a replica key.

use super::key_states::{creating, disabled, key_of, pending_deletion_in_use, pending_import};
use super::lookups::{OnKey, id_lookups, other_account};
use super::regions::primary_only;
use super::shapes::*;
use super::store_limits::multi_region_only;
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::{
    Disabled, KmsInvalidState, NotFound, UnsupportedOperation, Validation,
};
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::resource::Resource;
use crate::rule::{Promise, Refusal, Stage, always, may, must};
use crate::shape::Member;
use crate::state::{Key, KeyState, Names, State, Transient};
use crate::success::Success;
use std::sync::Arc;

input! {
    /// Input of UpdatePrimaryRegion.
    UpdatePrimaryRegion, MEMBERS {
        key: String = "KeyId", KEY_ID;
        region: String = "PrimaryRegion", REGION;
    }
}

const fn documented(id: &'static str, says: &'static str) -> Card {
    Card {
        id,
        says,
        cite: "kms/latest/APIReference/API_UpdatePrimaryRegion.html",
        evidence: Evidence::Documented,
    }
}

impl OnKey for UpdatePrimaryRegion {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl UpdatePrimaryRegion {
    /// The replica key that becomes the primary one.
    fn replica<'s>(&self, state: &'s State) -> Option<&'s Arc<Key>> {
        let key = key_of(state, self)?;
        state.elsewhere.get(&self.region)?.keys.get(&key.id)
    }
}

impl Operation for UpdatePrimaryRegion {
    const NAME: &'static str = "UpdatePrimaryRegion";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const EMPTY_BODY: bool = true;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &id_lookups(),
        &[
            other_account(),
            multi_region_only(),
            creating(),
            primary_only(),
            pending_deletion_in_use(),
            disabled(),
            pending_import(),
            REGION_HAS_A_REPLICA,
            REPLICA_IS_ENABLED,
            REPLICA_IS_NOT_UPDATING,
        ],
    ];
    const PROMISES: &'static [Promise<Self>] = &[THE_ROLES_CHANGE];
}

const REGION_HAS_A_REPLICA: Refusal<UpdatePrimaryRegion> = Refusal {
    card: documented(
        "MR-21",
        "The new primary Region must have a replica key already.",
    ),
    stage: Stage::Condition,
    error: must(&[NotFound, UnsupportedOperation, Validation, KmsInvalidState]),
    when: |state, input| key_of(state, input).is_some() && input.replica(state).is_none(),
};

const REPLICA_IS_ENABLED: Refusal<UpdatePrimaryRegion> = Refusal {
    card: Card {
        id: "MR-22",
        says: "The replica key that becomes the primary one must be enabled.",
        cite: "kms/latest/developerguide/multi-region-update.html",
        evidence: Evidence::Documented,
    },
    stage: Stage::Condition,
    error: must(&[KmsInvalidState, Disabled]),
    when: |state, input| {
        let ready =
            |key: &Arc<Key>| matches!(key.state.value, KeyState::Enabled | KeyState::Updating);
        input.replica(state).is_some_and(|key| !ready(key))
    },
};

/// The guide demands an enabled key, while the table of key states lets a key that is Updating be
/// updated again.
const REPLICA_IS_NOT_UPDATING: Refusal<UpdatePrimaryRegion> = Refusal {
    card: Card {
        id: "MR-23",
        says: "The primary Region may have to stay until it has changed.",
        cite: "kms/latest/developerguide/multi-region-update.html",
        evidence: Evidence::Documented,
    },
    stage: Stage::Condition,
    error: may(&[KmsInvalidState]),
    when: |state, input| {
        let updating = |key: &Arc<Key>| key.state.value == KeyState::Updating;
        key_of(state, input).is_some_and(updating) || input.replica(state).is_some_and(updating)
    },
};

const THE_ROLES_CHANGE: Promise<UpdatePrimaryRegion> = Promise {
    card: documented(
        "MR-24",
        "The replica key becomes the primary key, the primary key a replica key, and both are \
         updating meanwhile.",
    ),
    when: always,
    make: |input, success| {
        let Some(id) = input.key_id(success.state) else {
            return;
        };
        let home = success.state.account.region.clone();
        let primary = success.traced(input.region.clone());
        success.state.change_related(&id, |_, key| {
            if let Some(regions) = &mut key.multi_region {
                regions.primary = primary.clone();
            }
        });
        for region in [&home, &input.region] {
            update(success, region, &id);
        }
    },
};

fn update(success: &mut Success<'_>, region: &str, id: &str) {
    let updating = success.traced(KeyState::Updating);
    let since = success.state.now;
    success.state.in_region(region, |state| {
        let Some(key) = state.key_mut(id) else { return };
        let before = key.transient_in(KeyState::Updating);
        let next = before.map_or(key.state.value, |before| before.next);
        key.state = updating;
        if let Some(regions) = &mut key.multi_region {
            regions.transient = Some(Transient { since, next });
        }
        state.unsettled.insert(Resource::Key(id.to_owned()));
    });
}

#[cfg(test)]
mod tests {
    use super::super::store_fixture::*;
    use crate::drift::Latency;
    use crate::testing::World;
    use crate::time::MINUTE;
    use serde_json::{Value, json};

    fn update(key: &str, region: &str) -> Value {
        json!({ "KeyId": key, "PrimaryRegion": region })
    }

    /// A world with a key in us-east-1 and a replica in eu-west-1.
    fn world_with_replica() -> (World, String) {
        let mut world = World::new();
        let key = world.key(json!({ "MultiRegion": true }));
        let body = json!({ "KeyId": key, "ReplicaRegion": "eu-west-1" });
        world.ok("ReplicateKey", body);
        (world, key)
    }

    #[test]
    fn a_key_in_a_store_has_one_region() {
        let mut world = world_with_store();
        for reachable in [true, false] {
            given_key(&mut world, |key| key.reachable = given(reachable));
            let body = update(KEY, "eu-west-1");
            let refused = world.refused("UpdatePrimaryRegion", body.clone());
            assert!(refused.contains(&"UnsupportedOperationException"));
            let fired = world.fired("UpdatePrimaryRegion", body);
            assert_eq!(fired, ["CKX-05", "MR-21"]);
        }
    }

    #[test]
    fn the_roles_change_and_change_back() {
        let (mut world, key) = world_with_replica();
        let named = json!({ "KeyId": key });
        let role = |world: &mut World| {
            let shown = world.ok("DescribeKey", named.clone());
            shown["KeyMetadata"]["MultiRegionConfiguration"]["MultiRegionKeyType"].clone()
        };
        assert_eq!(
            world.ok("UpdatePrimaryRegion", update(&key, "eu-west-1")),
            json!({})
        );
        world.advance(10 * MINUTE);
        assert_eq!(role(&mut world), "REPLICA");
        world.turn_to("eu-west-1");
        assert_eq!(role(&mut world), "PRIMARY");
        world.ok("UpdatePrimaryRegion", update(&key, "us-east-1"));
        world.advance(10 * MINUTE);
        assert_eq!(role(&mut world), "REPLICA");
    }

    #[test]
    fn only_an_enabled_replica_becomes_the_primary_key() {
        let (mut world, key) = world_with_replica();
        let there = update(&key, "eu-west-1");
        for region in ["us-east-1", "eu-west-2"] {
            let fired = world.fired("UpdatePrimaryRegion", update(&key, region));
            assert_eq!(fired, ["MR-21"]);
        }
        world.turn_to("eu-west-1");
        world.ok("DisableKey", json!({ "KeyId": key }));
        world.turn_to("us-east-1");
        assert_eq!(world.fired("UpdatePrimaryRegion", there), ["MR-22"]);
    }

    #[test]
    fn keys_that_are_updating_are_used_and_not_disabled() {
        let (mut world, key) = world_with_replica();
        world.ok("DescribeKey", json!({ "KeyId": key }));
        world.latency = Latency::Aws;
        world.ok("UpdatePrimaryRegion", update(&key, "eu-west-1"));
        let named = json!({ "KeyId": key });
        for region in ["us-east-1", "eu-west-1"] {
            world.turn_to(region);
            let shown = world.ok("DescribeKey", named.clone());
            assert_eq!(shown["KeyMetadata"]["KeyState"], "Updating");
            world.ok("Encrypt", json!({ "KeyId": key, "Plaintext": "YQ==" }));
            for operation in ["DisableKey", "EnableKey", "ScheduleKeyDeletion"] {
                assert_eq!(world.fired(operation, named.clone()), ["KST-15"]);
                world.refuses(operation, named.clone());
            }
        }
    }
}
