//! What a call says on the wire, and whether the answer is what the model says.

use crate::account::{Account, Call, KeyState};
use kms_conformance_targets::{Request, Response};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What the target calls what was made.
#[derive(Default)]
pub struct Ids {
    keys: Vec<String>,
    sealed: Vec<String>,
}

impl Ids {
    pub fn request(&self, call: &Call) -> Request {
        let (operation, body) = self.written(call);
        Request {
            target: Some(format!("TrentService.{operation}")),
            body: body.to_string().into_bytes(),
            region: None,
        }
    }

    fn written(&self, call: &Call) -> (&'static str, Value) {
        use Call::*;
        let id = |key: &usize| self.keys.get(*key);
        let of = |key: &usize| json!({ "KeyId": id(key) });
        match call {
            CreateKey => ("CreateKey", json!({})),
            DescribeKey { key } => ("DescribeKey", of(key)),
            DisableKey { key } => ("DisableKey", of(key)),
            EnableKey { key } => ("EnableKey", of(key)),
            ScheduleKeyDeletion { key } => ("ScheduleKeyDeletion", of(key)),
            CancelKeyDeletion { key } => ("CancelKeyDeletion", of(key)),
            ListResourceTags { key } => ("ListResourceTags", of(key)),
            UpdateKeyDescription { key, text } => {
                let body = json!({"KeyId": id(key), "Description": described(Some(*text))});
                ("UpdateKeyDescription", body)
            }
            CreateAlias { name, key } => {
                let body = json!({"AliasName": alias(*name), "TargetKeyId": id(key)});
                ("CreateAlias", body)
            }
            UpdateAlias { name, key } => {
                let body = json!({"AliasName": alias(*name), "TargetKeyId": id(key)});
                ("UpdateAlias", body)
            }
            DeleteAlias { name } => ("DeleteAlias", json!({"AliasName": alias(*name)})),
            TagResource { key, tag, value } => {
                let body = json!({"KeyId": id(key), "Tags": [tagged(*tag, *value)]});
                ("TagResource", body)
            }
            UntagResource { key, tag } => {
                let body = json!({"KeyId": id(key), "TagKeys": [format!("tag-{tag}")]});
                ("UntagResource", body)
            }
            ListKeys { limit } => ("ListKeys", given([("Limit", limit.map(Value::from))])),
            ListAliases { key, limit } => {
                let key = key.as_ref().map(|key| json!(id(key)));
                let body = given([("KeyId", key), ("Limit", limit.map(Value::from))]);
                ("ListAliases", body)
            }
            Encrypt { key, text, context } => {
                let body = given([
                    ("KeyId", Some(json!(id(key)))),
                    ("Plaintext", Some(json!(plain(*text)))),
                    ("EncryptionContext", context.map(context_of)),
                ]);
                ("Encrypt", body)
            }
            Decrypt {
                sealed,
                key,
                context,
            } => {
                let body = given([
                    ("CiphertextBlob", Some(json!(self.sealed.get(*sealed)))),
                    ("KeyId", key.as_ref().map(|key| json!(id(key)))),
                    ("EncryptionContext", context.map(context_of)),
                ]);
                ("Decrypt", body)
            }
        }
    }

    /// Whether this is the answer to a call after which the account is as given; learns what is new.
    pub fn agrees(&mut self, account: &Account, call: &Call, response: &Response) -> bool {
        let answer: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        if account.due.is_empty() {
            response.status == 200 && self.shows(account, call, &answer)
        } else {
            let error = answer["__type"].as_str();
            response.status == 400 && error.is_some_and(|error| account.due.contains(&error))
        }
    }

    fn shows(&mut self, account: &Account, call: &Call, answer: &Value) -> bool {
        match call {
            Call::CreateKey => {
                let shown = &answer["KeyMetadata"];
                self.keys.extend(shown["KeyId"].as_str().map(str::to_owned));
                shown["KeyState"] == "Enabled"
            }
            Call::DescribeKey { key } => account.keys.get(*key).is_some_and(|it| {
                let shown = &answer["KeyMetadata"];
                shown["KeyId"] == json!(self.keys.get(*key))
                    && shown["KeyState"] == state(it.state)
                    && shown["Description"] == described(it.description)
            }),
            Call::ListKeys { limit } => {
                let all = self.keys.iter().map(|id| json!(id).to_string()).collect();
                is_page(answer, "Keys", &all, *limit, |entry| {
                    entry["KeyId"].to_string()
                })
            }
            Call::ListAliases { key, limit } => {
                let of = |it: usize| key.is_none_or(|key| key == it);
                let entries = account.aliases.iter().filter(|(_, key)| of(**key));
                let all = entries
                    .map(|(name, key)| json!([alias(*name), self.keys.get(*key)]).to_string());
                is_page(answer, "Aliases", &all.collect(), *limit, |entry| {
                    json!([entry["AliasName"], entry["TargetKeyId"]]).to_string()
                })
            }
            Call::ListResourceTags { key } => account.keys.get(*key).is_some_and(|it| {
                let all = it
                    .tags
                    .iter()
                    .map(|(tag, value)| tagged(*tag, *value).to_string());
                is_page(answer, "Tags", &all.collect(), None, Value::to_string)
            }),
            Call::Encrypt { .. } => {
                let made = answer["CiphertextBlob"].as_str();
                self.sealed.extend(made.map(str::to_owned));
                made.is_some()
            }
            Call::Decrypt { sealed, .. } => {
                let sealed = account.sealed.get(*sealed);
                sealed.is_some_and(|sealed| answer["Plaintext"] == plain(sealed.text))
            }
            _ => true,
        }
    }
}

/// Whether the answer holds as many of all entries as its limit lets it, and says if that is not all.
fn is_page(
    answer: &Value,
    list: &str,
    all: &BTreeSet<String>,
    limit: Option<usize>,
    read: impl Fn(&Value) -> String,
) -> bool {
    let entries = answer[list]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let shown: BTreeSet<String> = entries.iter().map(read).collect();
    let most = limit.unwrap_or(usize::MAX);
    entries.len() == all.len().min(most)
        && shown.len() == entries.len()
        && shown.is_subset(all)
        && answer["Truncated"] == (all.len() > most)
}

fn given<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    let some = members
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(some.collect())
}

fn alias(name: u8) -> String {
    format!("alias/name-{name}")
}

fn described(text: Option<u8>) -> String {
    text.map(|text| format!("text {text}")).unwrap_or_default()
}

fn tagged(tag: u8, value: u8) -> Value {
    json!({"TagKey": format!("tag-{tag}"), "TagValue": format!("value-{value}")})
}

fn context_of(context: u8) -> Value {
    json!({"purpose": format!("purpose {context}")})
}

/// Plaintexts in base64.
fn plain(text: u8) -> &'static str {
    match text {
        0 => "AAAA",
        1 => "AQEB",
        _ => "AgIC",
    }
}

fn state(state: KeyState) -> &'static str {
    match state {
        KeyState::Enabled => "Enabled",
        KeyState::Disabled => "Disabled",
        KeyState::PendingDeletion => "PendingDeletion",
    }
}
