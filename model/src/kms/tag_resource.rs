//! TagResource: adds tags to a key or gives them new values.

use super::key_states::{key_of, pending_deletion};
use super::lookups::{OnKey, id_lookups, other_account};
use super::shapes::{KEY_ID, TAGS, Tag};
use super::tags::{BringsTags, MOST_TAGS, tag_rules};
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::{LimitExceeded, Tag as TagException, Validation};
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal, Stage, always, may, must};
use crate::shape::Member;
use crate::state::{Names, State};
use std::collections::BTreeSet;

input! {
    /// Input of TagResource.
    TagResource, MEMBERS {
        key: String = "KeyId", KEY_ID;
        tags: Vec<Tag> = "Tags", TAGS;
    }
}

const API: &str = "kms/latest/APIReference/API_TagResource.html";

impl TagResource {
    /// How many tags the key would have.
    fn tags_after(&self, state: &State) -> usize {
        let before = key_of(state, self).map(|key| key.tags.keys());
        let before = before.into_iter().flatten().map(String::as_str);
        let keys: BTreeSet<&str> = before
            .chain(self.tags.iter().map(|tag| tag.key.as_str()))
            .collect();
        keys.len()
    }
}

impl OnKey for TagResource {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl BringsTags for TagResource {
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}

impl Operation for TagResource {
    const NAME: &'static str = "TagResource";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const EMPTY_BODY: bool = true;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &id_lookups(),
        &[other_account(), pending_deletion()],
        &tag_rules(),
        &[FIFTY_ALL_TOGETHER, NO_TAGS_AT_ALL],
    ];
    const PROMISES: &'static [Promise<Self>] = &[THE_KEY_HAS_THE_TAGS];
}

const FIFTY_ALL_TOGETHER: Refusal<TagResource> = Refusal {
    card: Card {
        id: "TAG-02a",
        says: "A key has at most 50 tags.",
        cite: API,
        evidence: Evidence::Documented,
    },
    stage: Stage::Condition,
    error: must(&[TagException, LimitExceeded]).saying(|_, _| "Too many tags".to_owned()),
    when: |state, input| input.tags.len() <= MOST_TAGS && input.tags_after(state) > MOST_TAGS,
};

const NO_TAGS_AT_ALL: Refusal<TagResource> = Refusal {
    card: Card {
        id: "TAG-101",
        says: "An empty list of tags or tag keys may be refused.",
        cite: API,
        evidence: Evidence::Inferred,
    },
    stage: Stage::Condition,
    error: may(&[TagException, Validation]),
    when: |_, input| input.tags.is_empty(),
};

const THE_KEY_HAS_THE_TAGS: Promise<TagResource> = Promise {
    card: Card {
        id: "TAG-06",
        says: "TagResource adds tags to a key, and one with the same tag key is overwritten.",
        cite: API,
        evidence: Evidence::Documented,
    },
    when: always,
    make: |input, success| {
        let tags: Vec<_> = input
            .tags
            .iter()
            .map(|tag| (tag.key.clone(), success.traced(tag.value.clone())))
            .collect();
        let id = input.key_id(success.state).unwrap_or_default();
        if let Some(key) = success.state.key_mut(&id) {
            key.tags.extend(tags);
        }
    },
};

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use serde_json::{Value, json};

    fn tags(count: usize) -> Value {
        let tag = |n| json!({"TagKey": format!("k{n}"), "TagValue": "v"});
        (0..count).map(tag).collect()
    }

    #[test]
    fn a_tag_with_a_known_key_is_overwritten() {
        let mut world = World::new();
        let id = world.key(json!({"Tags": tags(2)}));
        let new = json!([{"TagKey": "k1", "TagValue": "new"}]);
        assert_eq!(
            world.ok("TagResource", json!({"KeyId": id, "Tags": new})),
            json!({})
        );
        let listed = world.ok("ListResourceTags", json!({"KeyId": id}));
        assert_eq!(
            listed["Tags"],
            json!([{"TagKey": "k0", "TagValue": "v"}, {"TagKey": "k1", "TagValue": "new"}])
        );
    }

    #[test]
    fn a_key_has_fifty_tags_at_most() {
        let mut world = World::new();
        let id = world.key(json!({"Tags": tags(50)}));
        world.ok("TagResource", json!({"KeyId": id, "Tags": tags(3)}));
        let more = json!({"KeyId": id, "Tags": [{"TagKey": "more", "TagValue": ""}]});
        assert_eq!(world.fired("TagResource", more), ["TAG-02a"]);
    }

    #[test]
    fn no_tags_at_all_may_be_refused() {
        let mut world = World::new();
        let id = world.key(json!({}));
        let none = json!({"KeyId": id, "Tags": []});
        world.ok("TagResource", none.clone());
        assert_eq!(world.fired("TagResource", none), ["TAG-101"]);
    }

    #[test]
    fn a_key_pending_deletion_takes_no_tags() {
        let mut world = World::new();
        let id = world.key(json!({}));
        world.ok("ScheduleKeyDeletion", json!({"KeyId": id}));
        let twice = json!({"KeyId": id, "Tags": [
            {"TagKey": "a", "TagValue": ""}, {"TagKey": "a", "TagValue": ""},
        ]});
        assert_eq!(
            world.refused("TagResource", twice),
            ["KMSInvalidStateException", "TagException"]
        );
    }
}
