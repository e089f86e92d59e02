//! ListKeyPolicies: the names of the policies of a key, of which there is one.

use super::lookups::{OnKey, id_lookups, other_account};
use super::policy::POLICY_NAME;
use super::shapes::{KEY_ID, LIMIT, MARKER};
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::{InvalidMarker, Validation};
use crate::input::input;
use crate::lists::{Listed, Paging};
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal, Stage, always, may};
use crate::shape::Member;
use crate::state::Names;

input! {
    /// Input of ListKeyPolicies.
    ListKeyPolicies, MEMBERS {
        key: String = "KeyId", KEY_ID;
        limit: Option<i64> = "Limit", LIMIT;
        marker: Option<String> = "Marker", MARKER;
    }
}

const API: &str = "kms/latest/APIReference/API_ListKeyPolicies.html";

impl OnKey for ListKeyPolicies {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl Operation for ListKeyPolicies {
    const NAME: &'static str = "ListKeyPolicies";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] =
        &[&id_lookups(), &[other_account(), NO_MARKER_IS_GOOD]];
    const PROMISES: &'static [Promise<Self>] = &[LISTS_ONE_NAME];
}

const NO_MARKER_IS_GOOD: Refusal<ListKeyPolicies> = Refusal {
    card: Card {
        id: "PG-101",
        says: "One name needs no second page, so a marker may be refused or lead to anything.",
        cite: API,
        evidence: Evidence::Inferred,
    },
    stage: Stage::Condition,
    error: may(&[InvalidMarker, Validation]),
    when: |_, input| input.marker.is_some(),
};

const LISTS_ONE_NAME: Promise<ListKeyPolicies> = Promise {
    card: Card {
        id: "POL-06",
        says: "A key has one policy, named default.",
        cite: "recording LocalStack test_kms test_list_key_policies",
        evidence: Evidence::Observed,
    },
    when: always,
    make: |input, success| {
        let names = vec![POLICY_NAME.to_owned()];
        let listed = match input.marker {
            None => Listed {
                present: names,
                ..Listed::default()
            },
            Some(_) => Listed {
                optional: names,
                ..Listed::default()
            },
        };
        let limit = input.limit.unwrap_or(100);
        let paging = Paging {
            list: "PolicyNames",
            key: "",
            name: ListKeyPolicies::NAME,
            marker: None,
            limit: usize::try_from(limit).unwrap_or(1),
            next: "NextMarker",
            truncated: "Truncated",
        };
        success.list(&paging, &listed);
    },
};

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use serde_json::json;

    #[test]
    fn a_key_has_one_policy_named_default() {
        let mut world = World::new();
        let id = world.key(json!({}));
        let listed = world.ok("ListKeyPolicies", json!({"KeyId": id, "Limit": 1}));
        assert_eq!(listed["PolicyNames"], json!(["default"]));
        assert_eq!(listed["Truncated"], false);
    }

    #[test]
    fn a_marker_may_be_refused() {
        let mut world = World::new();
        let id = world.key(json!({}));
        let body = json!({"KeyId": id, "Marker": "m"});
        world.ok("ListKeyPolicies", body.clone());
        assert_eq!(world.fired("ListKeyPolicies", body), ["PG-101"]);
    }
}
