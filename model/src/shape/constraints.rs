//! The constraints of members, and the texts in which AWS says which were broken.

use super::*;

/// Collects every constraint that `body` breaks. The types must have been checked before.
pub fn check_constraints(members: &[Member], body: &Value) -> Vec<Violation> {
    let mut found = Vec::new();
    structure(members, body, "", &mut found);
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

fn structure(members: &[Member], body: &Value, above: &str, found: &mut Vec<Violation>) {
    for member in members {
        let at = format!("{above}{}", camel_case(member.name));
        match body.get(member.name) {
            None | Some(Value::Null) => {
                if member.required {
                    found.push(Violation {
                        card: MISSING,
                        text: sentence("Value null", &at, "Member must not be null"),
                    });
                }
            }
            Some(value) => {
                constraints(&member.shape, value, &at, member.sensitive, found);
            }
        }
    }
}

fn constraints(
    shape: &Shape,
    value: &Value,
    at: &str,
    sensitive: bool,
    found: &mut Vec<Violation>,
) {
    let shown = if sensitive {
        "Value".to_owned()
    } else {
        format!("Value '{}'", plain(value))
    };
    let mut broken = |card: Card, subject: &str, what: String| {
        found.push(Violation {
            card,
            text: sentence(subject, at, &what),
        });
    };
    match shape {
        Shape::Text { min, max, pattern } => {
            let text = value.as_str().unwrap_or_default();
            let length = text.chars().count();
            if let Some(max) = max.filter(|max| length > *max) {
                let what = format!("Member must have length less than or equal to {max}");
                broken(TOO_LONG, &shown, what);
            }
            if length < *min {
                let what = format!("Member must have length greater than or equal to {min}");
                broken(TOO_SHORT, &shown, what);
            }
            if let Some(pattern) = pattern.filter(|pattern| !matches(pattern, text)) {
                let what = format!("Member must satisfy regular expression pattern: {pattern}");
                broken(NO_MATCH, &shown, what);
            }
        }
        Shape::Choice(allowed) => {
            let text = value.as_str().unwrap_or_default();
            if !allowed.contains(&text) {
                let what = format!(
                    "Member must satisfy enum value set: [{}]",
                    allowed.join(", ")
                );
                broken(NOT_IN_ENUM, &shown, what);
            }
        }
        Shape::Whole { min, max } => {
            let number = value.as_i64().unwrap_or(i64::MAX);
            if number < *min {
                let what = format!("Member must have value greater than or equal to {min}");
                broken(RANGE, &shown, what);
            }
            if number > *max {
                let what = format!("Member must have value less than or equal to {max}");
                broken(RANGE, &shown, what);
            }
        }
        Shape::Blob { min, max } => {
            let length = value
                .as_str()
                .and_then(|text| STANDARD.decode(text).ok())
                .map_or(0, |bytes| bytes.len());
            if length < *min {
                let what = format!("Member must have length greater than or equal to {min}");
                broken(BLOB_LENGTH, "Value", what);
            }
            if length > *max {
                let what = format!("Member must have length less than or equal to {max}");
                broken(BLOB_LENGTH, "Value", what);
            }
        }
        Shape::List { of, min, max } => {
            let entries = value.as_array().map(Vec::as_slice).unwrap_or_default();
            if let Some(max) = max.filter(|max| entries.len() > *max) {
                let what = format!("Member must have length less than or equal to {max}");
                broken(TOO_LONG, &shown, what);
            }
            if entries.len() < *min {
                let what = format!("Member must have length greater than or equal to {min}");
                broken(TOO_SHORT, &shown, what);
            }
            for (index, entry) in entries.iter().enumerate() {
                constraints(
                    of,
                    entry,
                    &format!("{at}.{}.member", index + 1),
                    sensitive,
                    found,
                );
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
                broken(TOO_LONG, &shown, what);
            }
            for (name, entry) in entries {
                let key_value = Value::String(name.clone());
                constraints(key, &key_value, &format!("{at}.key"), sensitive, found);
                constraints(of, entry, &format!("{at}.{name}.member"), sensitive, found);
            }
        }
        Shape::Structure(members) => structure(members, value, &format!("{at}."), found),
        Shape::Flag | Shape::Date => {}
    }
}

fn sentence(subject: &str, at: &str, what: &str) -> String {
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

pub(super) fn camel_case(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}
