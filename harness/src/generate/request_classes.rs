//! What a request tries, in classes: each of its members with the class of its value, what it is about,
//! and what a correct target answers. A run counts them, so that it asks a slow target for what it was
//! not asked yet.

use kms_conformance_model::{AnyOperation, MEMBERS_THAT_NAME_KEYS, Member, Reply, Shape};
use serde_json::Value;
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The class of a request, hashed.
pub(crate) type RequestClass = u64;

/// What a request tries, in two grades.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Classes {
    /// Its outcome with the state, with the kinds of its keys, and with the value of each member.
    pub(crate) coarse: Vec<RequestClass>,
    /// The value of each member in each state.
    pub(crate) fine: Vec<RequestClass>,
}

impl Classes {
    /// Notes the rules that refuse the request, and the class of the finding if a target does not.
    pub(super) fn are_refused(
        &mut self,
        operation: &dyn AnyOperation,
        rules: &BTreeSet<&str>,
        class: &str,
    ) {
        self.coarse.push(hash(&(operation.label(), rules, class)));
    }

    /// Both grades.
    pub(super) fn all(&self) -> impl Iterator<Item = RequestClass> {
        self.coarse.iter().chain(&self.fine).copied()
    }
}

/// The classes of a request to `operation` that is about something in this class of state, and that a
/// correct target answers with `reply`; `content` is what the model says of its keys and algorithms.
pub(crate) fn classes(
    operation: &dyn AnyOperation,
    body: &Value,
    reply: &Reply,
    state: &str,
    content: &str,
) -> Classes {
    let outcome = match reply {
        Reply::Done(_) => "success",
        Reply::Refused(refused) => &refused.error,
        Reply::Lost(_) => "lost",
    };
    let label = operation.label();
    let mut found = Classes {
        coarse: vec![
            hash(&(label, outcome, state)),
            hash(&(label, outcome, content)),
        ],
        fine: Vec::new(),
    };
    for member in operation.members() {
        let value = match MEMBERS_THAT_NAME_KEYS.contains(&member.name) {
            true => name_class(body.get(member.name)),
            false => member_class(member, body.get(member.name)),
        };
        let given = body.get(member.name);
        let alone = hash(&(label, outcome, member.name, &value));
        if given.is_some_and(Value::is_null) {
            let kind = std::mem::discriminant(&member.shape);
            let null = hash(&(label, outcome, "null", kind, member.required));
            found.coarse.push(null);
            continue;
        }
        match given.is_some_and(|given| !is_of_type(&member.shape, given)) {
            // Whatever the type, and whatever the member, it is wrong in one way.
            true => {
                found.coarse.push(hash(&(label, outcome, "mistyped")));
                found.fine.push(alone);
            }
            false => {
                found.coarse.push(alone);
                let here = hash(&(label, outcome, state, member.name, &value));
                found.fine.push(here);
            }
        }
    }
    found
}

/// The class of something that is a class of its own.
pub(crate) fn hash(of: &impl Hash) -> RequestClass {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// The form in which a key is named.
fn name_class(value: Option<&Value>) -> String {
    let Some(Value::String(name)) = value else {
        return json_type(value).to_owned();
    };
    let kind = match (name.starts_with("arn:"), name.contains("alias/")) {
        (true, true) => "alias ARN",
        (true, false) => "key ARN",
        (false, true) => "alias",
        (false, false) => "id",
    };
    let id = name.rsplit('/').next().unwrap_or(name);
    let multi_region = if id.starts_with("mrk-") { " mrk" } else { "" };
    let odd = match name {
        _ if name.trim() != name => " spaced",
        _ if name.is_empty() => " empty",
        _ if name.len() > 256 => " long",
        _ if !name.is_ascii() => " unicode",
        _ if id.bytes().any(|it| it.is_ascii_uppercase()) => " upper case",
        _ => "",
    };
    format!("{kind}{multi_region}{odd}")
}

fn member_class(member: &Member, value: Option<&Value>) -> String {
    match value {
        None => "absent".to_owned(),
        Some(value) => value_class(&member.shape, value),
    }
}

const fn json_type(value: Option<&Value>) -> &'static str {
    match value {
        None => "absent",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "a truth value",
        Some(Value::Number(_)) => "a number",
        Some(Value::String(_)) => "a text",
        Some(Value::Array(_)) => "a list",
        Some(Value::Object(_)) => "an object",
    }
}

/// Whether a value has the JSON type that the shape wants, whatever is inside it.
fn is_of_type(shape: &Shape, value: &Value) -> bool {
    match shape {
        Shape::Text { .. } | Shape::Choice(_) | Shape::Blob { .. } => value.is_string(),
        Shape::Whole { .. } | Shape::Date => value.is_number(),
        Shape::Flag => value.is_boolean(),
        Shape::List { .. } => value.is_array(),
        Shape::Map { .. } | Shape::Structure(_) => value.is_object(),
    }
}

/// Where a number stands among its limits.
fn place(number: i128, min: i128, max: Option<i128>) -> &'static str {
    match max {
        _ if number == 0 && min > 0 => "0",
        _ if number < 0 => "negative",
        _ if number < min => "below",
        Some(max) if number > max.saturating_mul(2) => "far above",
        Some(max) if number > max => "above",
        Some(max) if number == max => "max",
        _ if number == min => "min",
        _ => "inside",
    }
}

fn value_class(shape: &Shape, value: &Value) -> String {
    let length = |length: usize, min: usize, max: Option<usize>| {
        place(length as i128, min as i128, max.map(|max| max as i128))
    };
    match (shape, value) {
        (Shape::Text { min, max, pattern }, Value::String(text)) => {
            let place = length(text.chars().count(), *min, *max);
            let fits = pattern.is_none_or(|it| kms_conformance_model::shape::matches(it, text));
            let odd = match text {
                _ if text.trim() != text.as_str() => "spaced",
                _ if !text.is_ascii() => "unicode",
                _ => "",
            };
            format!("{place} {fits} {odd}")
        }
        (Shape::Choice(allowed), Value::String(text)) => match allowed.contains(&text.as_str()) {
            true => text.clone(),
            false => "none of them".to_owned(),
        },
        (Shape::Whole { min, max }, Value::Number(number)) => match number.as_i64() {
            Some(number) => {
                place(i128::from(number), i128::from(*min), Some(i128::from(*max))).to_owned()
            }
            None => "no integer".to_owned(),
        },
        (Shape::Flag, Value::Bool(flag)) => flag.to_string(),
        (Shape::Blob { min, max }, Value::String(text)) => {
            let padding = text.bytes().rev().take_while(|it| *it == b'=').count();
            let bytes = (text.len() / 4 * 3).saturating_sub(padding);
            let encoded = text.len() % 4 == 0
                && text
                    .bytes()
                    .all(|it| it.is_ascii_alphanumeric() || matches!(it, b'+' | b'/' | b'='));
            format!("{} {encoded}", length(bytes, *min, Some(*max)))
        }
        (Shape::Date, Value::Number(_)) => "a date".to_owned(),
        (Shape::List { of, min, max }, Value::Array(entries)) => {
            let inside: BTreeSet<String> = entries.iter().map(|it| value_class(of, it)).collect();
            let distinct: BTreeSet<String> = entries.iter().map(Value::to_string).collect();
            let place = length(entries.len(), *min, *max);
            let twice = distinct.len() < entries.len();
            format!("{place} {} {twice} {inside:?}", entries.len().min(2))
        }
        (
            Shape::Map {
                key,
                value: of,
                max,
            },
            Value::Object(entries),
        ) => {
            let keys = entries.keys().map(|it| Value::from(it.as_str()));
            let keys: BTreeSet<String> = keys.map(|it| value_class(key, &it)).collect();
            let inside: BTreeSet<String> = entries.values().map(|it| value_class(of, it)).collect();
            let place = length(entries.len(), 0, *max);
            format!("{place} {} {keys:?} {inside:?}", entries.len().min(2))
        }
        (Shape::Structure(members), Value::Object(_)) => {
            let inside = members
                .iter()
                .map(|member| member_class(member, value.get(member.name)));
            inside.collect::<Vec<String>>().join(";")
        }
        _ => json_type(Some(value)).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kms_conformance_model::{Service, catalog};
    use serde_json::json;

    fn of(body: Value) -> Classes {
        let operation = catalog::operation(Service::Kms, "CreateAlias").unwrap();
        classes(operation, &body, &Reply::Done(json!({})), "key Enabled", "")
    }

    #[test]
    fn values_of_one_class_try_the_same() {
        let first = json!({ "AliasName": "alias/a", "TargetKeyId": "k" });
        let second = json!({ "AliasName": "alias/b", "TargetKeyId": "l" });
        assert_eq!(of(first), of(second));
    }

    #[test]
    fn a_value_beyond_its_limit_tries_something_else() {
        let short = json!({ "AliasName": "alias/a", "TargetKeyId": "k" });
        let long = json!({ "AliasName": format!("alias/{}", "a".repeat(251)), "TargetKeyId": "k" });
        let arn = json!({ "AliasName": "alias/a", "TargetKeyId": "arn:aws:kms:r:a:key/k" });
        assert_ne!(of(short.clone()), of(long));
        assert_ne!(of(short), of(arn));
    }
}
