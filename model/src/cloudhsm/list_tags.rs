//! ListTags: lists the tags of a cluster or a backup.

use super::cards::documented;
use super::filters::{Paged, is_foreign, page_limit, token_rules};
use super::shapes::*;
use super::tagged::{OnTagged, tagged_lookups};
use super::untag_resource::TAGS_ARE_GONE;
use crate::input::input;
use crate::lists::{Listed, Paging};
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::rule::{Promise, Refusal, always};
use crate::shape::{Member, Shape};

input! {
    /// Input of ListTags.
    ListTags, MEMBERS {
        resource: String = "ResourceId", RESOURCE_ID;
        next_token: Option<String> = "NextToken", NEXT_TOKEN;
        max_results: Option<i64> = "MaxResults", Shape::Whole { min: 1, max: 100 };
    }
}

/// The most tags on a page, and the number where none is asked for.
const LONGEST_PAGE: i64 = 100;

impl OnTagged for ListTags {
    fn resource_id(&self) -> &str {
        &self.resource
    }
}

impl Paged for ListTags {
    fn next_token(&self) -> Option<&str> {
        self.next_token.as_deref()
    }

    fn list_name(&self) -> String {
        format!("ListTags {}", self.resource)
    }
}

impl Operation for ListTags {
    const NAME: &'static str = "ListTags";
    const SERVICE: Service = Service::CloudHsm;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[&tagged_lookups(), &token_rules()];
    const PROMISES: &'static [Promise<Self>] = &[LISTS_THE_TAGS];
}

const LISTS_THE_TAGS: Promise<ListTags> = Promise {
    card: documented(
        "HSM-TG-01c",
        "ListTags lists exactly the tags of a cluster or backup, page by page.",
        "cloudhsm/latest/APIReference/API_ListTags.html",
    ),
    when: always,
    make: |input, success| {
        let tags = input.tags_there(success.state).cloned().unwrap_or_default();
        let mut listed = Listed::default();
        let keys = tags.keys().cloned().collect();
        match is_foreign(success.state, input) && !success.is_settled() {
            true => listed.optional = keys,
            false => listed.present = keys,
        }
        let name = input.list_name();
        let limit = page_limit(input.max_results, LONGEST_PAGE, success);
        let paging = Paging {
            list: "TagList",
            key: "Key",
            name: &name,
            marker: input.marker(),
            limit: usize::try_from(limit).unwrap_or_default(),
            next: "NextToken",
            truncated: "",
        };
        // What is superfluous was either taken away or never there; only the former has a rule.
        let due_to = |key: &str| {
            let there = tags.get(key).map(|value| *value.by);
            there.or(Some(TAGS_ARE_GONE))
        };
        let page = success.list_with(&paging, &listed, |_| false, &due_to);
        for key in page.shown {
            if let Some(value) = tags.get(&key) {
                let at = Path::of("TagList").entry("Key", key).then("Value");
                success.show_traced(&at, value, value.value.as_str());
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use serde_json::{Value, json};

    #[test]
    fn tags_are_paged() {
        let mut world = World::new();
        let id = world.new_cluster();
        let tags: Value = ["a", "b", "c"].map(|key| json!({"Key": key, "Value": "v"}))[..].into();
        let body = json!({"ResourceId": id, "TagList": tags});
        world.ok("CloudHsm/TagResource", body);
        let page = world.ok("ListTags", json!({"ResourceId": id, "MaxResults": 2}));
        assert_eq!(page["TagList"].as_array().unwrap().len(), 2);
        let next = page["NextToken"].clone();
        let page = world.ok("ListTags", json!({"ResourceId": id, "NextToken": next}));
        assert_eq!(page["TagList"], json!([{"Key": "c", "Value": "v"}]));
    }

    #[test]
    fn an_unknown_resource_is_not_found() {
        let body = json!({"ResourceId": "cluster-zzzzzzzzzzz"});
        let refused = World::new().refused("ListTags", body);
        assert_eq!(refused, ["CloudHsmResourceNotFoundException"]);
    }
}
