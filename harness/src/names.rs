//! What things are called in a plan: the references that stand for the texts a target made up.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// References by the texts that they became when the plan was played.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names(BTreeMap<String, Value>);

impl Names {
    /// The reference to something by what it is called on the target, if the plan has one.
    pub(crate) fn of(&self, text: &str) -> Option<&Value> {
        self.0.get(text)
    }

    /// Names that a request made up, such as an alias, are known by what the request says.
    pub(crate) fn learn_request(&mut self, template: &Value, resolved: &Value) {
        match (template, resolved) {
            (Value::Object(template), Value::Object(resolved)) => {
                for (name, value) in template {
                    if let Some(resolved) = resolved.get(name) {
                        self.learn_request(value, resolved);
                    }
                }
            }
            (Value::Object(_), Value::String(text)) => {
                self.0
                    .entry(text.clone())
                    .or_insert_with(|| template.clone());
            }
            _ => {}
        }
    }

    /// Everything else is known by the place in the response that first showed it.
    pub(crate) fn learn_response(&mut self, step: u32, response: &Value) {
        self.learn_below(step, "", response);
    }

    fn learn_below(&mut self, step: u32, at: &str, response: &Value) {
        let below = |name: &str| match at {
            "" => name.to_owned(),
            _ => format!("{at}.{name}"),
        };
        match response {
            Value::String(text) => {
                self.0
                    .entry(text.clone())
                    .or_insert_with(|| json!({ "$of": [step, at] }));
            }
            Value::Object(members) => {
                for (name, value) in members {
                    self.learn_below(step, &below(name), value);
                }
            }
            Value::Array(entries) => {
                for (index, value) in entries.iter().enumerate() {
                    self.learn_below(step, &below(&index.to_string()), value);
                }
            }
            _ => {}
        }
    }

    /// `document` with references in place of the texts that only this play made up.
    pub(crate) fn in_plan(&self, document: &Value) -> Value {
        match document {
            Value::String(text) if is_made_up(text) => self.of(text).unwrap_or(document).clone(),
            Value::Object(members) => {
                let pairs = members.iter();
                let pairs = pairs.map(|(name, value)| (name.clone(), self.in_plan(value)));
                Value::Object(pairs.collect::<Map<_, _>>())
            }
            Value::Array(entries) => entries.iter().map(|entry| self.in_plan(entry)).collect(),
            other => other.clone(),
        }
    }
}

/// Whether a text looks like an id, an ARN, a ciphertext or a name of this run, and not like a word
/// of the API, which is the same in every play.
fn is_made_up(text: &str) -> bool {
    const SHORTEST: usize = 8;
    text.len() >= SHORTEST
        && !text.contains(' ')
        && text.contains(|letter: char| letter.is_ascii_digit())
        && text.contains(|letter: char| letter.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_become_references_and_words_stay() {
        let mut names = Names::default();
        let id = "0d990263-018e-4e65-a703-eff731de951e";
        names.learn_response(
            3,
            &json!({"KeyMetadata": {"KeyId": id, "KeyState": "Enabled"}}),
        );
        names.learn_request(
            &json!({"AliasName": {"$name": "a"}}),
            &json!({"AliasName": "a-00000001"}),
        );
        let shown = json!({"AliasName": "a-00000001", "TargetKeyId": id, "KeyState": "Enabled"});
        let expected = json!({
            "AliasName": {"$name": "a"},
            "TargetKeyId": {"$of": [3, "KeyMetadata.KeyId"]},
            "KeyState": "Enabled",
        });
        assert_eq!(names.in_plan(&shown), expected);
    }
}
