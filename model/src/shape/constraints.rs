//! The constraints of members, and the texts in which AWS says which were broken.

use super::*;
use std::fmt;

/// Collects every constraint that `body` breaks. The types must have been checked before.
pub fn check_constraints(members: &[Member], body: &Value) -> Vec<Violation> {
    let mut found = Vec::new();
    structure(members, body, Place::Top, &mut found);
    found
}

/// The message AWS makes of several violations.
pub fn aggregated(violations: &[Violation]) -> String {
    let plural = if violations.len() == 1 { "" } else { "s" };
    let texts: Vec<&str> = violations
        .iter()
        .map(|violation| violation.text.as_str())
        .collect();
    format!(
        "{} validation error{plural} detected: {}",
        violations.len(),
        texts.join("; ")
    )
}

/// Where a value stands. It is written out only where something is wrong.
#[derive(Clone, Copy)]
enum Place<'p> {
    Top,
    Member(&'p Place<'p>, &'p str),
    Entry(&'p Place<'p>, usize),
    Key(&'p Place<'p>),
    Value(&'p Place<'p>, &'p str),
}

impl Place<'_> {
    /// The place without indexes and the keys of maps: equal for all entries of a list.
    fn pattern(&self) -> String {
        match self {
            Place::Top => String::new(),
            Place::Member(Place::Top, name) => (*name).to_owned(),
            Place::Member(above, name) => format!("{}.{name}", above.pattern()),
            Place::Entry(list, _) => format!("{}[]", list.pattern()),
            Place::Key(map) => format!("{} key", map.pattern()),
            Place::Value(map, _) => format!("{} value", map.pattern()),
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Array(entries) => entries.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Top => Ok(()),
            Place::Member(Place::Top, name) => f.write_str(&camel_case(name)),
            Place::Member(above, name) => write!(f, "{above}.{}", camel_case(name)),
            Place::Entry(list, index) => write!(f, "{list}.{}.member", index + 1),
            Place::Key(map) => write!(f, "{map}.key"),
            Place::Value(map, name) => write!(f, "{map}.{name}.member"),
        }
    }
}

fn structure(members: &[Member], body: &Value, above: Place<'_>, found: &mut Vec<Violation>) {
    for member in members {
        let at = Place::Member(&above, member.name);
        match body.get(member.name) {
            None | Some(Value::Null) => {
                if member.required {
                    found.push(Violation {
                        card: MISSING,
                        member: at.pattern(),
                        empty: true,
                        text: sentence("Value null", at, "Member must not be null"),
                    });
                }
            }
            Some(value) => {
                constraints(&member.shape, value, at, member.sensitive, found);
            }
        }
    }
}

fn constraints(
    shape: &Shape,
    value: &Value,
    at: Place<'_>,
    sensitive: bool,
    found: &mut Vec<Violation>,
) {
    let mut broken = |card: Card, what: String| {
        let subject = match sensitive || card == BLOB_LENGTH {
            true => "Value".to_owned(),
            false => format!("Value '{}'", plain(value)),
        };
        let text = sentence(&subject, at, &what);
        found.push(Violation {
            card,
            member: at.pattern(),
            empty: is_empty(value),
            text,
        });
    };
    match shape {
        Shape::Text { min, max, pattern } => {
            let text = value.as_str().unwrap_or_default();
            let length = text.chars().count();
            if let Some(max) = max.filter(|max| length > *max) {
                let what = format!("Member must have length less than or equal to {max}");
                broken(TOO_LONG, what);
            }
            if length < *min {
                let what = format!("Member must have length greater than or equal to {min}");
                broken(TOO_SHORT, what);
            }
            if let Some(pattern) = pattern.filter(|pattern| !matches(pattern, text)) {
                let what = format!("Member must satisfy regular expression pattern: {pattern}");
                broken(NO_MATCH, what);
            }
        }
        Shape::Choice(allowed) => {
            let text = value.as_str().unwrap_or_default();
            if !allowed.contains(&text) {
                let what = format!(
                    "Member must satisfy enum value set: [{}]",
                    allowed.join(", ")
                );
                broken(NOT_IN_ENUM, what);
            }
        }
        Shape::Whole { min, max } => {
            let number = value.as_i64().unwrap_or(i64::MAX);
            if number < *min {
                let what = format!("Member must have value greater than or equal to {min}");
                broken(RANGE, what);
            }
            if number > *max {
                let what = format!("Member must have value less than or equal to {max}");
                broken(RANGE, what);
            }
        }
        Shape::Blob { min, max } => {
            let length = value
                .as_str()
                .and_then(|text| STANDARD.decode(text).ok())
                .map_or(0, |bytes| bytes.len());
            if length < *min {
                let what = format!("Member must have length greater than or equal to {min}");
                broken(BLOB_LENGTH, what);
            }
            if length > *max {
                let what = format!("Member must have length less than or equal to {max}");
                broken(BLOB_LENGTH, what);
            }
        }
        Shape::List { of, min, max } => {
            let entries = value.as_array().map(Vec::as_slice).unwrap_or_default();
            if let Some(max) = max.filter(|max| entries.len() > *max) {
                let what = format!("Member must have length less than or equal to {max}");
                broken(TOO_LONG, what);
            }
            if entries.len() < *min {
                let what = format!("Member must have length greater than or equal to {min}");
                broken(TOO_SHORT, what);
            }
            for (index, entry) in entries.iter().enumerate() {
                constraints(of, entry, Place::Entry(&at, index), sensitive, found);
            }
        }
        Shape::Map {
            key,
            value: of,
            max,
        } => {
            let Value::Object(entries) = value else {
                return;
            };
            if let Some(max) = max.filter(|max| entries.len() > *max) {
                let what = format!("Member must have length less than or equal to {max}");
                broken(TOO_LONG, what);
            }
            for (name, entry) in entries {
                let key_value = Value::String(name.clone());
                constraints(key, &key_value, Place::Key(&at), sensitive, found);
                constraints(of, entry, Place::Value(&at, name), sensitive, found);
            }
        }
        Shape::Structure(members) => structure(members, value, at, found),
        Shape::Flag | Shape::Date => {}
    }
}

fn sentence(subject: &str, at: Place<'_>, what: &str) -> String {
    format!("{subject} at '{at}' failed to satisfy constraint: {what}")
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(entries) => {
            let texts: Vec<String> = entries.iter().map(plain).collect();
            format!("[{}]", texts.join(", "))
        }
        other => other.to_string(),
    }
}

fn camel_case(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}
