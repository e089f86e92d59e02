//! TagResource: puts tags to a cluster or a backup.

use super::cards::{documented, inferred};
use super::shapes::*;
use super::tagged::{OnTagged, tagged_lookups, tags_of};
use super::tags::{self, BringsTags, MOST_TAGS, tag_rules};
use crate::error_code::ErrorCode::*;
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal, Stage, always, must};
use crate::shape::Member;

input! {
    /// Input of TagResource.
    TagResource, MEMBERS {
        resource: String = "ResourceId", RESOURCE_ID;
        tags: Vec<HsmTag> = "TagList", TAG_LIST;
    }
}

const API: &str = "cloudhsm/latest/APIReference/API_TagResource.html";

impl OnTagged for TagResource {
    fn resource_id(&self) -> &str {
        &self.resource
    }
}

impl BringsTags for TagResource {
    fn tags(&self) -> &[HsmTag] {
        &self.tags
    }
}

impl Operation for TagResource {
    const NAME: &'static str = "TagResource";
    const SERVICE: Service = Service::CloudHsm;
    const LABEL: &'static str = "CloudHsm/TagResource";
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] =
        &[&tagged_lookups(), &tag_rules(), &[FIFTY_TAGS]];
    const PROMISES: &'static [Promise<Self>] = &[TAGS_ARE_PUT];
}

/// What is documented is that one request brings no more.
const FIFTY_TAGS: Refusal<TagResource> = Refusal {
    card: inferred(
        "HSM-TG-01a",
        "A cluster or backup has at most 50 tags.",
        API,
    ),
    stage: Stage::Condition,
    error: must(&[
        CloudHsmResourceLimitExceeded,
        CloudHsmTag,
        CloudHsmInvalidRequest,
    ]),
    when: |state, input| {
        input.tags_there(state).is_some_and(|there| {
            let mut keys: std::collections::BTreeSet<&str> =
                there.keys().map(String::as_str).collect();
            keys.extend(input.tags.iter().map(|tag| tag.key.as_str()));
            keys.len() > MOST_TAGS
        })
    },
};

const TAGS_ARE_PUT: Promise<TagResource> = Promise {
    card: documented(
        "HSM-TG-01",
        "TagResource adds tags and overwrites those with the same keys.",
        API,
    ),
    when: always,
    make: |input, success| {
        let Some(mut tags) = input.tags_there(success.state).cloned() else {
            return;
        };
        tags::put(success, &mut tags, &input.tags);
        if let Some(there) = tags_of(success.state, &input.resource) {
            *there = tags;
        }
    },
};

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use serde_json::{Value, json};

    #[test]
    fn tags_are_added_and_overwritten() {
        let mut world = World::new();
        let id = world.new_cluster();
        for tags in [
            json!([{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "1"}]),
            json!([{"Key": "b", "Value": "2"}]),
        ] {
            let body = json!({"ResourceId": id, "TagList": tags});
            assert_eq!(world.ok("CloudHsm/TagResource", body), json!({}));
        }
        let after = json!([{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]);
        let listed = world.ok("ListTags", json!({"ResourceId": id}));
        assert_eq!(listed["TagList"], after);
        let shown = world.ok("DescribeClusters", json!({}));
        assert_eq!(shown["Clusters"][0]["TagList"], after);
    }

    #[test]
    fn backups_have_tags_too() {
        let mut world = World::new();
        let id = world.backup();
        let tags = json!([{"Key": "a", "Value": ""}]);
        let body = json!({"ResourceId": id, "TagList": tags});
        world.ok("CloudHsm/TagResource", body);
        let shown = world.ok("DescribeBackups", json!({}));
        assert_eq!(shown["Backups"][0]["TagList"], tags);
    }

    #[test]
    fn a_resource_has_fifty_tags() {
        let mut world = World::new();
        let id = world.new_cluster();
        let tags = |from: usize| -> Value {
            (from..from + 30)
                .map(|n| json!({"Key": format!("k{n}"), "Value": ""}))
                .collect()
        };
        let body = json!({"ResourceId": id, "TagList": tags(0)});
        world.ok("CloudHsm/TagResource", body);
        let body = json!({"ResourceId": id, "TagList": tags(30)});
        assert_eq!(world.fired("CloudHsm/TagResource", body), ["HSM-TG-01a"]);
    }

    #[test]
    fn bad_tags_are_refused() {
        let mut world = World::new();
        let id = world.new_cluster();
        let twice = json!([{"Key": "a", "Value": ""}, {"Key": "a", "Value": ""}]);
        for (tags, rule) in [
            (twice, "HSM-TG-100"),
            (json!([{"Key": "aws:a", "Value": ""}]), "HSM-TG-101"),
        ] {
            let body = json!({"ResourceId": id, "TagList": tags});
            assert_eq!(world.fired("CloudHsm/TagResource", body), [rule]);
        }
    }
}
