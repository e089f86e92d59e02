//! What AWS refuses about tags.

use super::shapes::Tag;
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::Tag as TagException;
use crate::rule::{Refusal, Stage, must};
use crate::state::State;
use std::collections::BTreeSet;

/// The most tags a key may have.
const MOST_TAGS: usize = 50;

/// An operation that brings tags.
pub(crate) trait BringsTags: 'static {
    /// The tags it brings.
    fn tags(&self) -> &[Tag];

    /// How many tags the key has that the request does not overwrite.
    fn tags_before(&self, state: &State) -> usize;
}

/// The ways in which tags are refused.
pub(crate) const fn tag_rules<Op: BringsTags>() -> [Refusal<Op>; 3] {
    [
        Refusal {
            card: Card {
                id: "TAG-01",
                says: "A tag key may stand only once in a request.",
                cite: "recording LocalStack test_kms test_create_key_with_too_many_tags",
                evidence: Evidence::Observed,
            },
            stage: Stage::Condition,
            error: must(&[TagException]).saying(|_, _| "Duplicate tag keys".to_owned()),
            when: |_, input| {
                let keys: BTreeSet<&str> =
                    input.tags().iter().map(|tag| tag.key.as_str()).collect();
                keys.len() < input.tags().len()
            },
        },
        Refusal {
            card: Card {
                id: "TAG-02",
                says: "A key has at most 50 tags.",
                cite: "recording LocalStack test_kms test_create_key_with_too_many_tags",
                evidence: Evidence::Observed,
            },
            stage: Stage::Condition,
            error: must(&[TagException]).saying(|_, _| "Too many tags".to_owned()),
            when: |state, input| input.tags().len() + input.tags_before(state) > MOST_TAGS,
        },
        Refusal {
            card: Card {
                id: "TAG-03",
                says: "Tag keys that begin with aws: are reserved.",
                cite: "recording LocalStack test_kms test_tag_key_with_invalid_tag_key",
                evidence: Evidence::Observed,
            },
            stage: Stage::Condition,
            error: must(&[TagException])
                .saying(|_, _| "Tags beginning with aws: are reserved".to_owned()),
            when: |_, input| {
                input
                    .tags()
                    .iter()
                    .any(|tag| tag.key.to_ascii_lowercase().starts_with("aws:"))
            },
        },
    ]
}
