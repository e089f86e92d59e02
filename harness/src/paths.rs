//! Where a document holds a text.

use serde_json::Value;

/// The dotted path at which `document` holds the text `wanted`.
pub fn path_to(document: &Value, wanted: &str) -> Option<String> {
    match document {
        Value::String(text) => (text == wanted).then(String::new),
        Value::Object(members) => members
            .iter()
            .find_map(|(name, value)| path_to(value, wanted).map(|rest| joined(name, &rest))),
        Value::Array(entries) => entries.iter().enumerate().find_map(|(index, value)| {
            path_to(value, wanted).map(|rest| joined(&index.to_string(), &rest))
        }),
        _ => None,
    }
}

fn joined(first: &str, rest: &str) -> String {
    if rest.is_empty() {
        first.to_owned()
    } else {
        format!("{first}.{rest}")
    }
}
