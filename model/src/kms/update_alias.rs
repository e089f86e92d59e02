//! UpdateAlias: makes a name stand for another key.

use super::alias_names::{OnAlias, alias_lookups};
use super::create_alias::MOST_ALIASES;
use super::key_states::key_of;
use super::lookups::{OnKey, id_lookups, other_account};
use super::shapes::{ALIAS_NAME, KEY_ID};
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::{
    KmsInvalidState, LimitExceeded, UnsupportedOperation, Validation,
};
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal, Stage, must};
use crate::shape::Member;
use crate::state::{Key, KeySpec, KeyUsage, Names, State};
use std::sync::Arc;

input! {
    /// Input of UpdateAlias.
    UpdateAlias, MEMBERS {
        name: String = "AliasName", ALIAS_NAME;
        key: String = "TargetKeyId", KEY_ID;
    }
}

const fn documented(id: &'static str, says: &'static str) -> Card {
    Card {
        id,
        says,
        cite: "kms/latest/APIReference/API_UpdateAlias.html",
        evidence: Evidence::Documented,
    }
}

impl UpdateAlias {
    /// The key the alias stands for, and the one it shall stand for.
    fn old_and_new_key<'s>(&self, state: &'s State) -> Option<(&'s Arc<Key>, &'s Arc<Key>)> {
        let from = state.keys.get(&self.alias(state)?.target.value)?;
        Some((from, key_of(state, self)?))
    }
}

impl OnAlias for UpdateAlias {
    fn alias_name(&self) -> &str {
        &self.name
    }
}

impl OnKey for UpdateAlias {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl Operation for UpdateAlias {
    const NAME: &'static str = "UpdateAlias";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const EMPTY_BODY: bool = true;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &alias_lookups(),
        &id_lookups(),
        &[
            other_account(),
            THE_NEW_KEY_STAYS,
            THE_USAGE_IS_THE_SAME,
            THE_TYPE_IS_THE_SAME,
            FIFTY_PER_KEY,
        ],
    ];
    const PROMISES: &'static [Promise<Self>] = &[THE_ALIAS_NAMES_THE_NEW_KEY];
}

const THE_NEW_KEY_STAYS: Refusal<UpdateAlias> = Refusal {
    card: Card {
        id: "KST-10",
        says: "An alias can move away from a key pending deletion, but not to one.",
        cite: "kms/latest/developerguide/key-state.html",
        evidence: Evidence::Documented,
    },
    stage: Stage::Condition,
    error: must(&[KmsInvalidState]).saying(|state, input| {
        let arn = input.key_id(state).map(|id| state.key_arn(&id));
        format!("{} is pending deletion.", arn.unwrap_or_default())
    }),
    when: |state, input| key_of(state, input).is_some_and(|key| key.is_pending_deletion()),
};

const THE_USAGE_IS_THE_SAME: Refusal<UpdateAlias> = Refusal {
    card: documented(
        "ALI-06a",
        "An alias moves only between keys of the same key usage.",
    ),
    stage: Stage::Condition,
    error: must(&[Validation]).saying(|state, input| {
        let usages = input.old_and_new_key(state);
        let (from, to) = usages.map_or(("", ""), |(from, to)| {
            (from.usage.wire_name(), to.usage.wire_name())
        });
        format!(
            "Alias {} cannot be changed from a CMK with key usage {from} to a CMK with key usage \
             {to}. The key usage of the current CMK and the new CMK must be the same.",
            input.name
        )
    }),
    when: |state, input| {
        input
            .old_and_new_key(state)
            .is_some_and(|(from, to)| from.usage != to.usage)
    },
};

const THE_TYPE_IS_THE_SAME: Refusal<UpdateAlias> = Refusal {
    card: documented(
        "ALI-06b",
        "An alias moves only between keys of the same type: symmetric, asymmetric or HMAC.",
    ),
    stage: Stage::Condition,
    error: must(&[Validation, UnsupportedOperation]),
    // Among keys of one usage only encryption keys come in two types.
    when: |state, input| {
        input.old_and_new_key(state).is_some_and(|(from, to)| {
            let is_symmetric = |key: &Key| key.spec == KeySpec::SymmetricDefault;
            from.usage == to.usage
                && from.usage == KeyUsage::EncryptDecrypt
                && is_symmetric(from) != is_symmetric(to)
        })
    },
};

const FIFTY_PER_KEY: Refusal<UpdateAlias> = Refusal {
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
            .old_and_new_key(state)
            .is_some_and(|(from, to)| from.id != to.id && state.aliases_of(&to.id) >= MOST_ALIASES)
    },
};

const THE_ALIAS_NAMES_THE_NEW_KEY: Promise<UpdateAlias> = Promise {
    card: documented("ALI-104", "An updated alias names the new key."),
    // To the same key, nothing changes, and nothing says whether the date does.
    when: |state, input| {
        input
            .old_and_new_key(state)
            .is_some_and(|(from, to)| from.id != to.id)
    },
    make: |input, success| {
        let Some(key) = input.key_id(success.state) else {
            return;
        };
        let (key, now) = (success.traced(key), success.state.now);
        if let Some(alias) = success.state.aliases.get_mut(&input.name) {
            let alias = Arc::make_mut(alias);
            alias.target = key;
            alias.updated = now;
        }
    },
};

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use crate::time::HOUR;
    use serde_json::{Value, json};

    const SIGNING: [&str; 2] = ["RSA_2048", "SIGN_VERIFY"];
    const ENCRYPTING: [&str; 2] = ["RSA_2048", "ENCRYPT_DECRYPT"];

    fn spec([spec, usage]: [&str; 2]) -> Value {
        json!({"KeySpec": spec, "KeyUsage": usage})
    }

    fn world_with_alias(of: Value) -> World {
        let mut world = World::new();
        let id = world.key(of);
        world.ok(
            "CreateAlias",
            json!({"AliasName": "alias/a", "TargetKeyId": id}),
        );
        world
    }

    #[test]
    fn an_alias_moves_to_another_key() {
        let mut world = world_with_alias(json!({}));
        let id = world.key(json!({}));
        world.advance(HOUR);
        let body = json!({"AliasName": "alias/a", "TargetKeyId": id});
        assert_eq!(world.ok("UpdateAlias", body), json!({}));
        let listed = world.ok("ListAliases", json!({}));
        assert_eq!(listed["Aliases"][0]["TargetKeyId"], json!(id));
        assert_ne!(
            listed["Aliases"][0]["LastUpdatedDate"],
            listed["Aliases"][0]["CreationDate"]
        );
    }

    #[test]
    fn an_alias_that_does_not_exist_is_not_found() {
        let mut world = World::new();
        let id = world.key(json!({}));
        for (name, rule) in [
            ("alias/b", "ALI-06"),
            ("b", "ALI-101"),
            ("alias/aws/s3", "ALI-102"),
        ] {
            let body = json!({"AliasName": name, "TargetKeyId": id});
            assert_eq!(world.fired("UpdateAlias", body.clone()), [rule]);
            world.refused("UpdateAlias", body);
        }
    }

    #[test]
    fn a_name_with_a_colon_is_not_found_or_refused_as_such() {
        let mut world = World::new();
        let id = world.key(json!({}));
        let body = json!({"AliasName": "alias/a:b", "TargetKeyId": id});
        assert_eq!(
            world.fired("UpdateAlias", body.clone()),
            ["ALI-05a", "ALI-06"]
        );
        world.refused("UpdateAlias", body);
    }

    #[test]
    fn usage_and_type_of_the_key_stay_the_same() {
        for (from, to, rule) in [
            (spec(SIGNING), spec(ENCRYPTING), "ALI-06a"),
            (json!({}), spec(SIGNING), "ALI-06a"),
            (json!({}), spec(ENCRYPTING), "ALI-06b"),
        ] {
            let mut world = world_with_alias(from);
            let id = world.key(to);
            let body = json!({"AliasName": "alias/a", "TargetKeyId": id});
            assert_eq!(world.fired("UpdateAlias", body.clone()), [rule]);
            world.refused("UpdateAlias", body);
        }
    }

    #[test]
    fn an_alias_leaves_a_key_pending_deletion_but_never_moves_to_one() {
        let mut world = World::new();
        let (old, new) = (world.key(json!({})), world.key(json!({})));
        world.ok(
            "CreateAlias",
            json!({"AliasName": "alias/a", "TargetKeyId": old}),
        );
        world.ok("ScheduleKeyDeletion", json!({"KeyId": old}));
        world.ok(
            "UpdateAlias",
            json!({"AliasName": "alias/a", "TargetKeyId": new}),
        );
        let back = json!({"AliasName": "alias/a", "TargetKeyId": old});
        assert_eq!(world.fired("UpdateAlias", back), ["KST-10"]);
    }

    #[test]
    fn the_new_key_has_fifty_aliases_at_most() {
        let mut world = world_with_alias(json!({}));
        let full = world.key(json!({}));
        for n in 0..50 {
            let name = format!("alias/{n}");
            world.ok(
                "CreateAlias",
                json!({"AliasName": name, "TargetKeyId": full}),
            );
        }
        let body = json!({"AliasName": "alias/a", "TargetKeyId": full});
        assert_eq!(
            world.refused("UpdateAlias", body),
            ["LimitExceededException"]
        );
        let same = json!({"AliasName": "alias/0", "TargetKeyId": full});
        world.ok("UpdateAlias", same);
    }
}
