//! ListResourceTags: the tags of a key, page by page.

use super::key_states::key_of;
use super::lookups::{OnKey, id_lookups, other_account};
use super::pages::{OnPages, marker_of_another_list, undocumented_limit, unknown_marker};
use super::shapes::{KEY_ID, LIMIT, MARKER};
use super::untag_resource::TAGS_ARE_GONE;
use crate::card::{Card, Evidence};
use crate::input::input;
use crate::lists::{Listed, Paging};
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::rule::{Promise, Refusal, always};
use crate::shape::Member;
use crate::state::{Names, State};

input! {
    /// Input of ListResourceTags.
    ListResourceTags, MEMBERS {
        key: String = "KeyId", KEY_ID;
        limit: Option<i64> = "Limit", LIMIT;
        marker: Option<String> = "Marker", MARKER;
    }
}

impl OnKey for ListResourceTags {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl OnPages for ListResourceTags {
    const DOCUMENTED_LIMIT: i64 = 50;
    const USUAL_LIMIT: i64 = 50;

    fn marker(&self) -> Option<&str> {
        self.marker.as_deref()
    }

    fn given_limit(&self) -> Option<i64> {
        self.limit
    }

    fn list_name(&self, state: &State) -> String {
        let key = self.key_id(state).unwrap_or_default();
        format!("{} {key}", Self::NAME)
    }
}

impl Operation for ListResourceTags {
    const NAME: &'static str = "ListResourceTags";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &id_lookups(),
        &[
            other_account(),
            unknown_marker(),
            marker_of_another_list(),
            undocumented_limit(),
        ],
    ];
    const PROMISES: &'static [Promise<Self>] = &[LISTS_EVERY_TAG, SHOWS_VALUES];
}

const fn documented(id: &'static str, says: &'static str) -> Card {
    Card {
        id,
        says,
        cite: "kms/latest/APIReference/API_ListResourceTags.html",
        evidence: Evidence::Documented,
    }
}

const LISTS_EVERY_TAG: Promise<ListResourceTags> = Promise {
    card: documented(
        "PG-11",
        "The pages of a list together show everything once, each no more than the limit, and all \
         but the last have a marker.",
    ),
    when: always,
    make: |input, success| {
        let Some(key) = key_of(success.state, input).cloned() else {
            return;
        };
        let listed = Listed {
            present: key.tags.keys().cloned().collect(),
            ..Listed::default()
        };
        let name = input.list_name(success.state);
        let paging = Paging {
            list: "Tags",
            key: "TagKey",
            name: &name,
            marker: input.marker(),
            limit: input.limit(),
            next: "NextMarker",
            truncated: "Truncated",
        };
        // What is superfluous was either taken away or never there; only the former has a rule.
        let due_to = |tag_key: &str| match key.tags.get(tag_key) {
            Some(value) => Some(*value.by),
            None => Some(TAGS_ARE_GONE),
        };
        success.list_with(&paging, &listed, |_| false, &due_to);
    },
};

const SHOWS_VALUES: Promise<ListResourceTags> = Promise {
    card: documented(
        "TAG-103",
        "An entry of ListResourceTags has the value of the tag.",
    ),
    when: always,
    make: |input, success| {
        let Some(key) = key_of(success.state, input).cloned() else {
            return;
        };
        for tag_key in success.listed.clone() {
            if let Some(value) = key.tags.get(&tag_key) {
                let at = Path::of("Tags").entry("TagKey", tag_key);
                success.show_traced(&at.then("TagValue"), value, value.value.as_str());
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use serde_json::{Value, json};

    fn world_with_tags(count: usize) -> (World, String) {
        let mut world = World::new();
        let tag = |n| json!({"TagKey": format!("k{n}"), "TagValue": "v"});
        let tags: Value = (0..count).map(tag).collect();
        let id = world.key(json!({"Tags": tags}));
        (world, id)
    }

    #[test]
    fn pages_together_show_every_tag_once() {
        let (mut world, id) = world_with_tags(3);
        let first = world.ok("ListResourceTags", json!({"KeyId": id, "Limit": 2}));
        assert_eq!(first["Tags"].as_array().map(Vec::len), Some(2));
        let rest = json!({"KeyId": id, "Marker": first["NextMarker"]});
        let second = world.ok("ListResourceTags", rest);
        assert_eq!(second["Tags"], json!([{"TagKey": "k2", "TagValue": "v"}]));
    }

    #[test]
    fn a_marker_serves_one_key() {
        let (mut world, id) = world_with_tags(2);
        let other = world.key(json!({}));
        let first = world.ok("ListResourceTags", json!({"KeyId": id, "Limit": 1}));
        let body = json!({"KeyId": other, "Marker": first["NextMarker"]});
        assert_eq!(world.fired("ListResourceTags", body), ["PG-100"]);
    }

    #[test]
    fn a_key_pending_deletion_still_shows_its_tags() {
        let (mut world, id) = world_with_tags(1);
        world.ok("ScheduleKeyDeletion", json!({"KeyId": id}));
        world.ok("ListResourceTags", json!({"KeyId": id}));
    }

    #[test]
    fn a_limit_above_fifty_may_be_refused() {
        let (mut world, id) = world_with_tags(1);
        let body = json!({"KeyId": id, "Limit": 51});
        assert_eq!(world.fired("ListResourceTags", body), ["PG-10"]);
    }
}
