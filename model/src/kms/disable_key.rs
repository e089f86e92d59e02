//! DisableKey: keeps a key from being used.

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
    /// Input of DisableKey.
    DisableKey, MEMBERS {
        key: String = "KeyId", KEY_ID;
    }
}

impl OnKey for DisableKey {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl Operation for DisableKey {
    const NAME: &'static str = "DisableKey";
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
    const PROMISES: &'static [Promise<Self>] = &[THE_KEY_IS_DISABLED, LATER_IF_UNAVAILABLE];
}

const THE_KEY_IS_DISABLED: Promise<DisableKey> = Promise {
    card: Card {
        id: "KST-26",
        says: "DisableKey disables a key; one that is disabled already stays so.",
        cite: "kms/latest/APIReference/API_DisableKey.html",
        evidence: Evidence::Documented,
    },
    when: reaches_its_key,
    make: disable,
};

/// What happened to the state of a key while it was unavailable.
pub(crate) const SHOWS_LATER: Card = Card {
    id: "KST-12",
    says: "What EnableKey or DisableKey does to an unavailable key shows when it is available \
           again.",
    cite: "kms/latest/developerguide/key-state.html",
    evidence: Evidence::Documented,
};

const LATER_IF_UNAVAILABLE: Promise<DisableKey> = Promise {
    card: SHOWS_LATER,
    when: |state, input| !reaches_its_key(state, input),
    make: disable,
};

fn reaches_its_key(state: &State, input: &DisableKey) -> bool {
    key_of(state, input).is_none_or(|key| key.reachable.value)
}

fn disable(input: &DisableKey, success: &mut Success<'_>) {
    let disabled = success.traced(KeyState::Disabled);
    let id = input.key_id(success.state).unwrap_or_default();
    if let Some(key) = success.state.key_mut(&id) {
        key.state = disabled;
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use serde_json::json;

    #[test]
    fn a_disabled_key_shows_it_and_stays_so() {
        let mut world = World::new();
        let id = world.key(json!({}));
        for _ in 0..2 {
            assert_eq!(world.ok("DisableKey", json!({"KeyId": id})), json!({}));
            let shown = world.ok("DescribeKey", json!({"KeyId": id}));
            assert_eq!(shown["KeyMetadata"]["KeyState"], "Disabled");
            assert_eq!(shown["KeyMetadata"]["Enabled"], false);
        }
    }

    #[test]
    fn disabling_an_unavailable_key_shows_when_it_is_available_again() {
        let mut world = World::new();
        let id = world.key(json!({}));
        world.reach(&id, false);
        world.ok("DisableKey", json!({"KeyId": id}));
        world.reach(&id, true);
        let shown = world.ok("DescribeKey", json!({"KeyId": id}));
        assert_eq!(shown["KeyMetadata"]["KeyState"], "Disabled");
    }

    #[test]
    fn an_alias_or_an_unknown_id_leads_to_no_key() {
        let mut world = World::new();
        let alias = world.refused("DisableKey", json!({"KeyId": "alias/x"}));
        assert!(alias.contains(&"NotFoundException"));
        let unknown = json!({"KeyId": "1234abcd-12ab-34cd-56ef-1234567890ab"});
        assert_eq!(world.refused("DisableKey", unknown), ["NotFoundException"]);
    }
}
