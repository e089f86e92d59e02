//! EnableKey: lets a disabled key be used again.

use super::disable_key::SHOWS_LATER;
use super::key_states::{creating, key_of, pending_deletion, pending_import, updating};
use super::lookups::{OnKey, id_lookups, other_account};
use super::shapes::KEY_ID;
use crate::card::{Card, Evidence};
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal};
use crate::shape::Member;
use crate::state::{KeyState, Names, State};
use crate::success::Success;

input! {
    /// Input of EnableKey.
    EnableKey, MEMBERS {
        key: String = "KeyId", KEY_ID;
    }
}

impl OnKey for EnableKey {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl Operation for EnableKey {
    const NAME: &'static str = "EnableKey";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const EMPTY_BODY: bool = true;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &id_lookups(),
        &[
            other_account(),
            pending_deletion(),
            pending_import(),
            creating(),
            updating(),
        ],
    ];
    const PROMISES: &'static [Promise<Self>] = &[THE_KEY_IS_ENABLED, LATER_IF_UNAVAILABLE];
}

const THE_KEY_IS_ENABLED: Promise<EnableKey> = Promise {
    card: Card {
        id: "KST-26",
        says: "EnableKey enables a key; one that is enabled already stays so.",
        cite: "kms/latest/APIReference/API_EnableKey.html",
        evidence: Evidence::Documented,
    },
    when: reaches_its_key,
    make: enable,
};

const LATER_IF_UNAVAILABLE: Promise<EnableKey> = Promise {
    card: SHOWS_LATER,
    when: |state, input| !reaches_its_key(state, input),
    make: enable,
};

fn reaches_its_key(state: &State, input: &EnableKey) -> bool {
    key_of(state, input).is_none_or(|key| key.reachable.value)
}

fn enable(input: &EnableKey, success: &mut Success<'_>) {
    let enabled = success.traced(KeyState::Enabled);
    let id = input.key_id(success.state).unwrap_or_default();
    let now = success.state.now;
    if let Some(key) = success.state.key_mut(&id) {
        key.state = enabled;
        if let Some(schedule) = &mut key.rotation.automatic.value {
            schedule.resumed = now;
        }
        success.state.watch_key(&id);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use serde_json::json;

    #[test]
    fn a_disabled_key_is_enabled_again() {
        let mut world = World::new();
        let id = world.key(json!({}));
        world.ok("DisableKey", json!({"KeyId": id}));
        assert_eq!(world.ok("EnableKey", json!({"KeyId": id})), json!({}));
        let shown = world.ok("DescribeKey", json!({"KeyId": id}));
        assert_eq!(shown["KeyMetadata"]["KeyState"], "Enabled");
    }

    #[test]
    fn an_enabled_key_stays_enabled() {
        let mut world = World::new();
        let id = world.key(json!({}));
        world.ok("EnableKey", json!({"KeyId": id}));
    }

    #[test]
    fn a_key_pending_deletion_or_import_cannot_be_enabled() {
        let mut world = World::new();
        let doomed = world.key(json!({}));
        world.ok("ScheduleKeyDeletion", json!({"KeyId": doomed}));
        let empty = world.key(json!({"Origin": "EXTERNAL"}));
        for id in [doomed, empty] {
            let refused = world.refused("EnableKey", json!({"KeyId": id}));
            assert_eq!(refused, ["KMSInvalidStateException"]);
        }
    }

    #[test]
    fn enabling_an_unavailable_key_shows_when_it_is_available_again() {
        let mut world = World::new();
        let id = world.key(json!({}));
        world.ok("DisableKey", json!({"KeyId": id}));
        world.reach(&id, false);
        world.ok("EnableKey", json!({"KeyId": id}));
        let shown = world.ok("DescribeKey", json!({"KeyId": id}));
        assert_eq!(shown["KeyMetadata"]["KeyState"], "Unavailable");
        world.reach(&id, true);
        let shown = world.ok("DescribeKey", json!({"KeyId": id}));
        assert_eq!(shown["KeyMetadata"]["KeyState"], "Enabled");
    }
}
