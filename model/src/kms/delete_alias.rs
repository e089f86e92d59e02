//! DeleteAlias: takes a name away from its key.

use super::alias_names::{OnAlias, alias_lookups};
use super::shapes::ALIAS_NAME;
use crate::card::{Card, Evidence};
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal, always};
use crate::shape::Member;

input! {
    /// Input of DeleteAlias.
    DeleteAlias, MEMBERS {
        name: String = "AliasName", ALIAS_NAME;
    }
}

impl OnAlias for DeleteAlias {
    fn alias_name(&self) -> &str {
        &self.name
    }
}

impl Operation for DeleteAlias {
    const NAME: &'static str = "DeleteAlias";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const EMPTY_BODY: bool = true;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[&alias_lookups()];
    const PROMISES: &'static [Promise<Self>] = &[DELETES_THE_ALIAS];
}

const ALIAS_IS_GONE: Card = Card {
    id: "ALI-105",
    says: "A deleted alias names no key, whatever the state of its key is, and the key stays.",
    cite: "kms/latest/APIReference/API_DeleteAlias.html",
    evidence: Evidence::Documented,
};

const DELETES_THE_ALIAS: Promise<DeleteAlias> = Promise {
    card: ALIAS_IS_GONE,
    when: always,
    make: |input, success| {
        if success.state.aliases.remove(&input.name).is_some() {
            success.state.gone.insert(input.name.clone(), ALIAS_IS_GONE);
        }
    },
};

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use serde_json::json;

    #[test]
    fn a_deleted_alias_leads_nowhere_and_can_be_made_again() {
        let mut world = World::new();
        let id = world.key(json!({}));
        let body = json!({"AliasName": "alias/a", "TargetKeyId": id});
        world.ok("CreateAlias", body.clone());
        world.ok("ScheduleKeyDeletion", json!({"KeyId": id}));
        assert_eq!(
            world.ok("DeleteAlias", json!({"AliasName": "alias/a"})),
            json!({})
        );
        let refused = world.refused("DescribeKey", json!({"KeyId": "alias/a"}));
        assert_eq!(refused, ["NotFoundException"]);
        world.ok("CancelKeyDeletion", json!({"KeyId": id}));
        world.ok("CreateAlias", body);
        world.ok("ListAliases", json!({}));
    }

    #[test]
    fn an_unknown_alias_is_not_found() {
        let refused = World::new().refused("DeleteAlias", json!({"AliasName": "alias/a"}));
        assert_eq!(refused, ["NotFoundException"]);
    }
}
