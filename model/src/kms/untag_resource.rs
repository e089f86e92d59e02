//! UntagResource: takes tags away from a key.

use super::key_states::pending_deletion;
use super::lookups::{OnKey, id_lookups, other_account};
use super::shapes::{KEY_ID, TAG_KEYS};
use super::tags::{MOST_TAGS, is_reserved};
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::{Tag as TagException, Validation};
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal, Stage, always, may};
use crate::shape::Member;
use crate::state::Names;
use std::collections::BTreeSet;

input! {
    /// Input of UntagResource.
    UntagResource, MEMBERS {
        key: String = "KeyId", KEY_ID;
        tag_keys: Vec<String> = "TagKeys", TAG_KEYS;
    }
}

const API: &str = "kms/latest/APIReference/API_UntagResource.html";

const fn inferred(id: &'static str, says: &'static str) -> Card {
    Card {
        id,
        says,
        cite: API,
        evidence: Evidence::Inferred,
    }
}

impl OnKey for UntagResource {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl Operation for UntagResource {
    const NAME: &'static str = "UntagResource";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const EMPTY_BODY: bool = true;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &id_lookups(),
        &[
            other_account(),
            pending_deletion(),
            NO_TAG_KEYS_AT_ALL,
            ODD_TAG_KEYS,
        ],
    ];
    const PROMISES: &'static [Promise<Self>] = &[TAKES_TAGS_AWAY];
}

const NO_TAG_KEYS_AT_ALL: Refusal<UntagResource> = Refusal {
    card: inferred(
        "TAG-101",
        "An empty list of tags or tag keys may be refused.",
    ),
    stage: Stage::Condition,
    error: may(&[TagException, Validation]),
    when: |_, input| input.tag_keys.is_empty(),
};

const ODD_TAG_KEYS: Refusal<UntagResource> = Refusal {
    card: inferred(
        "TAG-102",
        "Tag keys that are reserved, too many or twice the same may be refused when they are taken away.",
    ),
    stage: Stage::Condition,
    error: may(&[TagException, Validation]),
    when: |_, input| {
        let different: BTreeSet<&String> = input.tag_keys.iter().collect();
        different.len() < input.tag_keys.len()
            || input.tag_keys.iter().any(|key| is_reserved(key))
            || input.tag_keys.len() > MOST_TAGS
    },
};

pub(crate) const TAGS_ARE_GONE: Card = Card {
    id: "TAG-06a",
    says: "UntagResource takes tags away; a tag that is not there is no error.",
    cite: API,
    evidence: Evidence::Documented,
};

const TAKES_TAGS_AWAY: Promise<UntagResource> = Promise {
    card: TAGS_ARE_GONE,
    when: always,
    make: |input, success| {
        let id = input.key_id(success.state).unwrap_or_default();
        if let Some(key) = success.state.key_mut(&id) {
            for tag_key in &input.tag_keys {
                key.tags.remove(tag_key);
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use serde_json::json;

    #[test]
    fn a_tag_is_taken_away_and_an_absent_one_is_no_error() {
        let mut world = World::new();
        let id = world.key(json!({"Tags": [{"TagKey": "a", "TagValue": "1"}]}));
        for _ in 0..2 {
            let body = json!({"KeyId": id, "TagKeys": ["a"]});
            assert_eq!(world.ok("UntagResource", body), json!({}));
            let listed = world.ok("ListResourceTags", json!({"KeyId": id}));
            assert_eq!(listed["Tags"], json!([]));
        }
    }

    #[test]
    fn odd_tag_keys_may_be_refused() {
        let mut world = World::new();
        let id = world.key(json!({}));
        for (keys, rule) in [
            (json!([]), "TAG-101"),
            (json!(["a", "a"]), "TAG-102"),
            (json!(["aws:a"]), "TAG-102"),
        ] {
            let body = json!({"KeyId": id, "TagKeys": keys});
            world.ok("UntagResource", body.clone());
            assert_eq!(world.fired("UntagResource", body), [rule]);
        }
    }

    #[test]
    fn a_key_pending_deletion_keeps_its_tags() {
        let mut world = World::new();
        let id = world.key(json!({}));
        world.ok("ScheduleKeyDeletion", json!({"KeyId": id}));
        let refused = world.refused("UntagResource", json!({"KeyId": id, "TagKeys": ["a"]}));
        assert_eq!(refused, ["KMSInvalidStateException"]);
    }
}
