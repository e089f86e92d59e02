//! Shapes of request members, and the framework's checks against them.
//!
//! AWS checks a request in two passes before any operation looks at it. First the JSON must have
//! the right types, else `SerializationException`. Then every member must meet its constraints; all
//! violations are collected into one `ValidationException`.

mod constraints;

pub use constraints::{aggregated, check_constraints};

use crate::card::{Card, Evidence};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use regex::Regex;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

/// What a member may hold.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A string; lengths in characters.
    Text {
        /// Shortest allowed length.
        min: usize,
        /// Longest allowed length, if there is a limit.
        max: Option<usize>,
        /// The pattern the whole string must match, as AWS writes it.
        pattern: Option<&'static str>,
    },
    /// One of a set of strings.
    Choice(&'static [&'static str]),
    /// An integer.
    Whole {
        /// Smallest allowed value.
        min: i64,
        /// Largest allowed value.
        max: i64,
    },
    /// A boolean.
    Flag,
    /// Bytes, base64 on the wire; lengths in bytes.
    Blob {
        /// Shortest allowed length.
        min: usize,
        /// Longest allowed length.
        max: usize,
    },
    /// A date, a number of epoch seconds on the wire.
    Date,
    /// A list.
    List {
        /// The shape of each entry.
        of: &'static Shape,
        /// Fewest entries.
        min: usize,
        /// Most entries, if there is a limit.
        max: Option<usize>,
    },
    /// A map with string keys.
    Map {
        /// The shape of each key.
        key: &'static Shape,
        /// The shape of each value.
        value: &'static Shape,
        /// Most entries, if there is a limit.
        max: Option<usize>,
    },
    /// A structure.
    Structure(&'static [Member]),
}

impl Shape {
    /// A string of `min` to `max` characters.
    pub const fn text(min: usize, max: usize) -> Shape {
        Shape::Text {
            min,
            max: Some(max),
            pattern: None,
        }
    }

    /// A string of `min` to `max` characters that matches `pattern`.
    pub const fn pattern(min: usize, max: usize, pattern: &'static str) -> Shape {
        Shape::Text {
            min,
            max: Some(max),
            pattern: Some(pattern),
        }
    }

    /// A string of any length that matches `pattern`.
    pub const fn matching(pattern: &'static str) -> Shape {
        Shape::Text {
            min: 0,
            max: None,
            pattern: Some(pattern),
        }
    }

    /// Any string.
    pub const ANY_TEXT: Shape = Shape::Text {
        min: 0,
        max: None,
        pattern: None,
    };
}

/// One member of a request or of a structure in it.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// The name on the wire.
    pub name: &'static str,
    /// What it may hold.
    pub shape: Shape,
    /// Whether it must be given.
    pub required: bool,
    /// Whether its value is a secret, which no message may echo.
    pub sensitive: bool,
}

/// A member that breaks one of its constraints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which kind of constraint, as a card.
    pub card: Card,
    /// The member that breaks it, as a path without indexes.
    pub member: String,
    /// Whether the value is empty: a value shorter than its minimum is often so, and then it is a
    /// class of its own.
    pub empty: bool,
    /// The sentence that AWS's aggregated message holds for it.
    pub text: String,
}

macro_rules! constraint_cards {
    ($($name:ident = $id:literal, $says:literal;)+) => {
        $(#[doc = $says] pub const $name: Card = Card {
            id: $id, says: $says,
            cite: "kms/latest/APIReference/CommonErrors.html", evidence: Evidence::Observed,
        };)+
        /// The cards of all constraint checks.
        pub const CONSTRAINT_CARDS: &[Card] = &[$($name),+];
    };
}

constraint_cards! {
    RANGE = "VAL-01", "A number outside its range is a ValidationException.";
    TOO_LONG = "VAL-02", "A value longer than its maximum length is a ValidationException.";
    TOO_SHORT = "VAL-03", "A value shorter than its minimum length is a ValidationException.";
    NOT_IN_ENUM = "VAL-04", "A value outside its enumeration is a ValidationException.";
    NO_MATCH = "VAL-05", "A value that does not match its pattern is a ValidationException.";
    MISSING = "VAL-06", "A required member that is absent is a ValidationException.";
    BLOB_LENGTH = "VAL-07", "A blob of a wrong length is a ValidationException that does not echo it.";
}

/// The card of the type check.
pub const WRONG_TYPE: Card = Card {
    id: "WIRE-47",
    says: "A body that is not a JSON object, a member of the wrong JSON type or a blob that is not \
           base64 is a SerializationException.",
    cite: "recording local-kms/postman-expectations, Ciphertext not base64",
    evidence: Evidence::Observed,
};

/// Whether `body` has the JSON types of `members`. Unknown members are ignored.
pub fn has_types(members: &[Member], body: &Value) -> bool {
    let given = body.as_object();
    given.is_some_and(|given| {
        members.iter().all(|member| {
            let value = given.get(member.name);
            value.is_none_or(|value| is_of_type(&member.shape, value))
        })
    })
}

/// The member of `body` that has not the JSON type it should have; empty where the body itself is no
/// object, `None` where all types are right.
pub fn mistyped(members: &[Member], body: &Value) -> Option<String> {
    let Some(given) = body.as_object() else {
        return Some(String::new());
    };
    let wrong = members.iter().find(|member| {
        let value = given.get(member.name);
        value.is_some_and(|value| !is_of_type(&member.shape, value))
    });
    wrong.map(|member| member.name.to_owned())
}

/// Whether some request could break the constraint of `card`, so that the catalogue of an operation
/// lists only constraints it has.
pub fn can_break(members: &[Member], card: &Card) -> bool {
    members
        .iter()
        .any(|member| (member.required && *card == MISSING) || shape_can_break(&member.shape, card))
}

fn shape_can_break(shape: &Shape, card: &Card) -> bool {
    match shape {
        Shape::Text { min, max, pattern } => {
            (*min > 0 && *card == TOO_SHORT)
                || (max.is_some() && *card == TOO_LONG)
                || (pattern.is_some() && *card == NO_MATCH)
        }
        Shape::Choice(_) => *card == NOT_IN_ENUM,
        Shape::Whole { .. } => *card == RANGE,
        Shape::Blob { .. } => *card == BLOB_LENGTH,
        Shape::List { of, min, max } => {
            (*min > 0 && *card == TOO_SHORT)
                || (max.is_some() && *card == TOO_LONG)
                || shape_can_break(of, card)
        }
        Shape::Map { key, value, max } => {
            (max.is_some() && *card == TOO_LONG)
                || shape_can_break(key, card)
                || shape_can_break(value, card)
        }
        Shape::Structure(members) => can_break(members, card),
        Shape::Flag | Shape::Date => false,
    }
}

/// `body` with every required member there and without members of a wrong type. It is `body` itself
/// unless the saboteur switched the checks off.
pub fn fitted(members: &[Member], body: &Value) -> Value {
    let mut fitted = serde_json::Map::new();
    for member in members {
        match body.get(member.name) {
            Some(value) if !value.is_null() && is_of_type(&member.shape, value) => {
                fitted.insert(member.name.to_owned(), fitted_value(&member.shape, value));
            }
            _ if member.required => {
                fitted.insert(member.name.to_owned(), blank(&member.shape));
            }
            _ => {}
        }
    }
    Value::Object(fitted)
}

fn fitted_value(shape: &Shape, value: &Value) -> Value {
    match (shape, value) {
        (Shape::Choice(allowed), Value::String(text)) if !allowed.contains(&text.as_str()) => {
            blank(shape)
        }
        (Shape::List { of, .. }, Value::Array(entries)) => entries
            .iter()
            .map(|entry| fitted_value(of, entry))
            .collect(),
        (Shape::Structure(members), _) => fitted(members, value),
        _ => value.clone(),
    }
}

fn blank(shape: &Shape) -> Value {
    match shape {
        Shape::Text { .. } | Shape::Blob { .. } => Value::from(""),
        Shape::Choice(allowed) => Value::from(allowed.first().copied().unwrap_or_default()),
        Shape::Whole { min, .. } => Value::from(*min),
        Shape::Flag => Value::from(false),
        Shape::Date => Value::from(0),
        Shape::List { .. } => Value::Array(Vec::new()),
        Shape::Map { .. } => Value::Object(serde_json::Map::new()),
        Shape::Structure(members) => fitted(members, &Value::Null),
    }
}

fn is_of_type(shape: &Shape, value: &Value) -> bool {
    if value.is_null() {
        return true;
    }
    match shape {
        Shape::Text { .. } | Shape::Choice(_) => value.is_string(),
        Shape::Whole { .. } => value.is_i64() || value.is_u64(),
        Shape::Flag => value.is_boolean(),
        Shape::Date => value.is_number(),
        Shape::Blob { .. } => value
            .as_str()
            .is_some_and(|text| STANDARD.decode(text).is_ok()),
        Shape::List { of, .. } => value
            .as_array()
            .is_some_and(|entries| entries.iter().all(|entry| is_of_type(of, entry))),
        Shape::Map { value: of, .. } => value
            .as_object()
            .is_some_and(|entries| entries.values().all(|entry| is_of_type(of, entry))),
        Shape::Structure(members) => has_types(members, value),
    }
}

/// Patterns as AWS writes them, and what they are here; `None` where they cannot be expressed.
type Compiled = HashMap<&'static str, Option<Arc<Regex>>>;

/// Whether the whole of `text` matches `pattern`, written as AWS writes it.
pub fn matches(pattern: &'static str, text: &str) -> bool {
    static COMPILED: LazyLock<Mutex<Compiled>> = LazyLock::new(Mutex::default);
    let compiled = {
        let mut known = COMPILED
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        known
            .entry(pattern)
            .or_insert_with(|| whole_match(pattern).map(Arc::new))
            .clone()
    };
    // A pattern that this crate's regex dialect cannot express never refuses anything; the test
    // below makes sure that there is none.
    compiled.is_none_or(|regex| regex.is_match(text))
}

fn whole_match(pattern: &str) -> Option<Regex> {
    // The service model writes characters as \u0020, which the dialect here writes as \x{0020}, and
    // `.` never meant to exclude a line end in a pattern of limits.
    let unicode = Regex::new(r"\\u([0-9A-Fa-f]{4})").ok()?;
    let translated = unicode.replace_all(pattern, r"\x{$1}");
    Regex::new(&format!(r"\A(?:{translated})\z")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const MEMBERS: &[Member] = &[
        Member {
            name: "KeyId",
            shape: Shape::text(1, 4),
            required: true,
            sensitive: false,
        },
        Member {
            name: "Password",
            shape: Shape::pattern(7, 32, "[a-z]+"),
            required: false,
            sensitive: true,
        },
        Member {
            name: "Limit",
            shape: Shape::Whole { min: 1, max: 9 },
            required: false,
            sensitive: false,
        },
    ];

    fn texts(body: Value) -> Vec<String> {
        check_constraints(MEMBERS, &body)
            .into_iter()
            .map(|found| found.text)
            .collect()
    }

    #[test]
    fn an_absent_required_member_is_null() {
        assert_eq!(
            texts(json!({})),
            ["Value null at 'keyId' failed to satisfy constraint: Member must not be null"]
        );
    }

    #[test]
    fn a_secret_is_never_echoed() {
        let found = texts(json!({"KeyId": "k", "Password": "ABC"}));
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|text| !text.contains("ABC")), "{found:?}");
    }

    #[test]
    fn several_violations_make_one_message() {
        let found = check_constraints(MEMBERS, &json!({"KeyId": "12345", "Limit": 0}));
        assert_eq!(
            aggregated(&found),
            "2 validation errors detected: Value '12345' at 'keyId' failed to satisfy constraint: \
             Member must have length less than or equal to 4; Value '0' at 'limit' failed to \
             satisfy constraint: Member must have value greater than or equal to 1"
        );
    }

    #[test]
    fn types_come_before_constraints() {
        assert!(!has_types(MEMBERS, &json!({"KeyId": 5})));
        assert!(!has_types(MEMBERS, &json!([])));
        assert!(has_types(
            MEMBERS,
            &json!({"KeyId": "far too long", "Other": 1})
        ));
    }

    #[test]
    fn patterns_match_the_whole_text() {
        assert!(matches("cluster-[2-7a-zA-Z]{11,16}", "cluster-abcdefghijk"));
        assert!(!matches(
            "cluster-[2-7a-zA-Z]{11,16}",
            "xcluster-abcdefghijk"
        ));
        assert!(matches(r"[\u0020-\u00FF]*", "a b"));
        assert!(!matches(r"[\u0020-\u00FF]*", "a\u{100}"));
    }
}
