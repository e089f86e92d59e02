//! UntagResource: takes tags from a cluster or a backup.

use super::cards::documented;
use super::shapes::*;
use super::tagged::{OnTagged, tagged_lookups, tags_of};
use crate::card::Card;
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal, always};
use crate::shape::Member;

input! {
    /// Input of UntagResource.
    UntagResource, MEMBERS {
        resource: String = "ResourceId", RESOURCE_ID;
        keys: Vec<String> = "TagKeyList", TAG_KEYS;
    }
}

impl OnTagged for UntagResource {
    fn resource_id(&self) -> &str {
        &self.resource
    }
}

impl Operation for UntagResource {
    const NAME: &'static str = "UntagResource";
    const SERVICE: Service = Service::CloudHsm;
    const LABEL: &'static str = "CloudHsm/UntagResource";
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[&tagged_lookups()];
    const PROMISES: &'static [Promise<Self>] = &[TAGS_ARE_TAKEN];
}

pub(crate) const TAGS_ARE_GONE: Card = documented(
    "HSM-TG-01b",
    "UntagResource removes the tags with the given keys; keys that are not there do not matter.",
    "cloudhsm/latest/APIReference/API_UntagResource.html",
);

const TAGS_ARE_TAKEN: Promise<UntagResource> = Promise {
    card: TAGS_ARE_GONE,
    when: always,
    make: |input, success| {
        if let Some(tags) = tags_of(success.state, &input.resource) {
            for key in &input.keys {
                tags.remove(key);
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use serde_json::json;

    #[test]
    fn tags_are_removed_by_key() {
        let mut world = World::new();
        let id = world.new_cluster();
        let tags = json!([{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "1"}]);
        let body = json!({"ResourceId": id, "TagList": tags});
        world.ok("CloudHsm/TagResource", body);
        let body = json!({"ResourceId": id, "TagKeyList": ["a", "c"]});
        world.ok("CloudHsm/UntagResource", body);
        let listed = world.ok("ListTags", json!({"ResourceId": id}));
        assert_eq!(listed["TagList"], json!([{"Key": "b", "Value": "1"}]));
    }

    #[test]
    fn an_unknown_resource_is_not_found() {
        let body = json!({"ResourceId": "backup-zzzzzzzzzzz", "TagKeyList": ["a"]});
        let refused = World::new().refused("CloudHsm/UntagResource", body);
        assert_eq!(refused, ["CloudHsmResourceNotFoundException"]);
    }
}
