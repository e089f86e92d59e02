//! What AWS refuses about tags of clusters and backups, and how tags are shown.

use super::cards::inferred;
use super::shapes::HsmTag;
use crate::error_code::ErrorCode::{CloudHsmInvalidRequest, CloudHsmTag, Validation};
use crate::path::Path;
use crate::rule::{Refusal, Stage, must};
use crate::state::Traced;
use crate::success::Success;
use imbl::OrdMap;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Tags by key.
pub(crate) type Tags = OrdMap<String, Traced<String>>;

/// The most tags a cluster or backup may have.
pub(crate) const MOST_TAGS: usize = 50;

const PAGE: &str = "cloudhsm/latest/userguide/tag-resources.html";

/// An operation that brings tags.
pub(crate) trait BringsTags: 'static {
    /// The tags it brings.
    fn tags(&self) -> &[HsmTag];
}

/// The ways in which tags are refused.
pub(crate) const fn tag_rules<Op: BringsTags>() -> [Refusal<Op>; 2] {
    [
        Refusal {
            card: inferred(
                "HSM-TG-100",
                "A tag key may stand only once in a request.",
                PAGE,
            ),
            stage: Stage::Condition,
            error: must(&[CloudHsmTag, CloudHsmInvalidRequest, Validation]),
            when: |_, input| {
                let keys: BTreeSet<&str> =
                    input.tags().iter().map(|tag| tag.key.as_str()).collect();
                keys.len() < input.tags().len()
            },
        },
        Refusal {
            card: inferred(
                "HSM-TG-101",
                "Tag keys that begin with aws: are reserved.",
                PAGE,
            ),
            stage: Stage::Condition,
            error: must(&[CloudHsmTag, CloudHsmInvalidRequest, Validation]),
            when: |_, input| {
                input
                    .tags()
                    .iter()
                    .any(|tag| tag.key.to_ascii_lowercase().starts_with("aws:"))
            },
        },
    ]
}

/// Puts the tags of a request to those that are there.
pub(crate) fn put(success: &Success<'_>, tags: &mut Tags, more: &[HsmTag]) {
    for tag in more {
        tags.insert(tag.key.clone(), success.traced(tag.value.clone()));
    }
}

/// Shows exactly these tags.
pub(crate) fn show(success: &mut Success<'_>, at: &Path, tags: &Tags) {
    let keys: Vec<Value> = tags.keys().map(|key| json!({ "Key": key })).collect();
    success.show(at, keys);
    for (key, value) in tags {
        let at = at.entry("Key", key.as_str()).then("Value");
        success.show_traced(&at, value, value.value.as_str());
    }
}

/// These tags as a response holds them.
pub(crate) fn shown(tags: &Tags) -> Value {
    tags.iter()
        .map(|(key, value)| json!({"Key": key, "Value": value.value}))
        .collect()
}
