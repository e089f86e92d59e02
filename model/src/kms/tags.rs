//! What AWS refuses about tags.

use super::shapes::Tag;
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::{Tag as TagException, Validation};
use crate::rule::{Refusal, Stage, may, must};
use crate::shape::matches;
use std::collections::BTreeSet;

/// The most tags a key may have.
pub(crate) const MOST_TAGS: usize = 50;

/// What AWS documents tag keys and values to be made of.
const DOCUMENTED_CHARACTERS: &str = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*";

/// An operation that brings tags.
pub(crate) trait BringsTags: 'static {
    /// The tags it brings.
    fn tags(&self) -> &[Tag];
}

/// Whether AWS keeps tag keys of this form for itself.
pub(crate) fn is_reserved(key: &str) -> bool {
    key.to_ascii_lowercase().starts_with("aws:")
}

/// The ways in which tags are refused.
pub(crate) const fn tag_rules<Op: BringsTags>() -> [Refusal<Op>; 4] {
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
                says: "A request may bring at most 50 tags.",
                cite: "recording LocalStack test_kms test_create_key_with_too_many_tags",
                evidence: Evidence::Observed,
            },
            stage: Stage::Condition,
            error: must(&[TagException]).saying(|_, _| "Too many tags".to_owned()),
            when: |_, input| input.tags().len() > MOST_TAGS,
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
            when: |_, input| input.tags().iter().any(|tag| is_reserved(&tag.key)),
        },
        Refusal {
            card: Card {
                id: "TAG-100",
                says: "Tags with characters beyond letters, digits, spaces and _.:/=+-@ may be \
                       refused.",
                cite: "awsaccountbilling/latest/aboutv2/allocation-tag-restrictions.html",
                evidence: Evidence::Inferred,
            },
            stage: Stage::Condition,
            error: may(&[TagException, Validation]),
            when: |_, input| {
                let usual = |text: &str| matches(DOCUMENTED_CHARACTERS, text);
                input
                    .tags()
                    .iter()
                    .any(|tag| !usual(&tag.key) || !usual(&tag.value))
            },
        },
    ]
}

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use serde_json::{Value, json};

    fn fired(tags: &[(&str, &str)]) -> Vec<&'static str> {
        let tags: Vec<Value> = tags
            .iter()
            .map(|(key, value)| json!({"TagKey": key, "TagValue": value}))
            .collect();
        World::new().fired("CreateKey", json!({"Tags": tags}))
    }

    #[test]
    fn a_tag_key_stands_once() {
        assert_eq!(fired(&[("a", "1"), ("a", "2")]), ["TAG-01"]);
        assert!(fired(&[("a", "1"), ("A", "1")]).is_empty());
    }

    #[test]
    fn fifty_tags_are_the_most() {
        let keys: Vec<String> = (0..51).map(|n| format!("k{n}")).collect();
        let tags: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), "")).collect();
        assert_eq!(fired(&tags), ["TAG-02"]);
        assert!(fired(tags.get(..50).unwrap_or_default()).is_empty());
    }

    #[test]
    fn aws_is_reserved_in_any_case() {
        assert_eq!(fired(&[("aws:a", "")]), ["TAG-03"]);
        assert_eq!(fired(&[("AWS:a", "")]), ["TAG-03"]);
        assert!(fired(&[("awsa", "aws:")]).is_empty());
    }

    #[test]
    fn unusual_characters_may_be_refused() {
        assert_eq!(fired(&[("a*", "")]), ["TAG-100"]);
        assert_eq!(fired(&[("a", "{}")]), ["TAG-100"]);
        assert!(fired(&[("ä 1_.:/=+-@", "é")]).is_empty());
    }

    #[test]
    fn lengths_are_the_framework_s() {
        assert_eq!(fired(&[("", "")]), ["VAL-03"]);
        assert_eq!(fired(&[("a", &"v".repeat(257))]), ["VAL-02"]);
    }
}
