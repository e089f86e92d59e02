//! CreateAlias: gives a key a name.

use super::alias_names::{OnAlias, new_alias_names};
use super::key_states::pending_deletion;
use super::lookups::{OnKey, id_lookups, other_account};
use super::shapes::{ALIAS_NAME, KEY_ID};
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::{AlreadyExists, LimitExceeded};
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal, Stage, always, must};
use crate::shape::Member;
use crate::state::{Alias, Names};
use std::sync::Arc;

/// The most aliases that a key may have.
pub(crate) const MOST_ALIASES: usize = 50;

input! {
    /// Input of CreateAlias.
    CreateAlias, MEMBERS {
        name: String = "AliasName", ALIAS_NAME;
        key: String = "TargetKeyId", KEY_ID;
    }
}

const fn documented(id: &'static str, says: &'static str) -> Card {
    Card {
        id,
        says,
        cite: "kms/latest/APIReference/API_CreateAlias.html",
        evidence: Evidence::Documented,
    }
}

impl OnAlias for CreateAlias {
    fn alias_name(&self) -> &str {
        &self.name
    }
}

impl OnKey for CreateAlias {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl Operation for CreateAlias {
    const NAME: &'static str = "CreateAlias";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const EMPTY_BODY: bool = true;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &new_alias_names(),
        &id_lookups(),
        &[
            other_account(),
            pending_deletion(),
            THE_NAME_IS_FREE,
            FIFTY_PER_KEY,
        ],
    ];
    const PROMISES: &'static [Promise<Self>] = &[THE_ALIAS_NAMES_THE_KEY];
}

const THE_NAME_IS_FREE: Refusal<CreateAlias> = Refusal {
    card: documented(
        "ALI-03",
        "An alias name is unique in its account and Region.",
    ),
    stage: Stage::Condition,
    error: must(&[AlreadyExists]).saying(|state, input| {
        let arn = state.alias_arn(&input.name);
        format!("An alias with the name {arn} already exists")
    }),
    when: |state, input| input.alias(state).is_some(),
};

const FIFTY_PER_KEY: Refusal<CreateAlias> = Refusal {
    card: Card {
        id: "ALI-07",
        says: "A key has at most 50 aliases.",
        cite: "kms/latest/developerguide/resource-limits.html",
        evidence: Evidence::Documented,
    },
    stage: Stage::Condition,
    error: must(&[LimitExceeded]),
    when: |state, input| {
        input
            .key_id(state)
            .is_some_and(|key| state.aliases_of(&key) >= MOST_ALIASES)
    },
};

const THE_ALIAS_NAMES_THE_KEY: Promise<CreateAlias> = Promise {
    card: documented("ALI-103", "A new alias names the key it was made for."),
    when: always,
    make: |input, success| {
        let Some(key) = input.key_id(success.state) else {
            return;
        };
        let now = success.state.now;
        let alias = Alias {
            name: input.name.clone(),
            target: success.traced(key),
            created: now,
            updated: now,
        };
        success.state.gone.remove(&input.name);
        let aliases = &mut success.state.aliases;
        aliases.insert(input.name.clone(), Arc::new(alias));
    },
};

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use serde_json::json;

    #[test]
    fn an_alias_stands_for_its_key() {
        let mut world = World::new();
        let id = world.key(json!({}));
        let body = json!({"AliasName": "alias/a", "TargetKeyId": id});
        assert_eq!(world.ok("CreateAlias", body), json!({}));
        let shown = world.ok("DescribeKey", json!({"KeyId": "alias/a"}));
        assert_eq!(shown["KeyMetadata"]["KeyId"], json!(id));
    }

    #[test]
    fn each_rule_about_names_refuses_its_names() {
        let mut world = World::new();
        let id = world.key(json!({}));
        for (name, rule) in [
            ("a", "ALI-01"),
            ("alias/aws/a", "ALI-02"),
            ("alias/AWS/a", "ALI-02a"),
            ("alias/a:b", "ALI-05"),
            ("alias/", "ALI-100"),
            ("alias/a b", "VAL-05"),
        ] {
            let body = json!({"AliasName": name, "TargetKeyId": id});
            assert_eq!(world.fired("CreateAlias", body), [rule], "{name}");
        }
    }

    #[test]
    fn a_name_is_given_once() {
        let mut world = World::new();
        let (one, other) = (world.key(json!({})), world.key(json!({})));
        world.ok(
            "CreateAlias",
            json!({"AliasName": "alias/a", "TargetKeyId": one}),
        );
        let again = json!({"AliasName": "alias/a", "TargetKeyId": other});
        assert_eq!(
            world.refused("CreateAlias", again),
            ["AlreadyExistsException"]
        );
    }

    #[test]
    fn a_key_has_fifty_aliases_at_most() {
        let mut world = World::new();
        let id = world.key(json!({}));
        for n in 0..50 {
            let name = format!("alias/{n}");
            world.ok("CreateAlias", json!({"AliasName": name, "TargetKeyId": id}));
        }
        let body = json!({"AliasName": "alias/more", "TargetKeyId": id});
        assert_eq!(
            world.refused("CreateAlias", body),
            ["LimitExceededException"]
        );
    }

    #[test]
    fn an_alias_refers_to_a_key_that_is_not_pending_deletion() {
        let mut world = World::new();
        let id = world.key(json!({}));
        world.ok(
            "CreateAlias",
            json!({"AliasName": "alias/a", "TargetKeyId": id}),
        );
        let to_alias = json!({"AliasName": "alias/b", "TargetKeyId": "alias/a"});
        assert_eq!(world.fired("CreateAlias", to_alias), ["KID-09"]);
        world.ok("ScheduleKeyDeletion", json!({"KeyId": id}));
        let doomed = json!({"AliasName": "alias/b", "TargetKeyId": id});
        assert_eq!(
            world.refused("CreateAlias", doomed),
            ["KMSInvalidStateException"]
        );
    }
}
