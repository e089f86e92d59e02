//! What a request names that nobody saw being made.

use crate::shape::matches;
use crate::state::{KeyLookup, MEMBERS_THAT_NAME_KEYS, Names, State};
use serde_json::Value;

/// Something that a request names and that may have been made before anybody looked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stranger {
    /// A key, by its id.
    Key(String),
    /// An alias, by its name.
    Alias(String),
    /// A key store, cluster, HSM, backup or grant, by its id.
    Other(String),
}

/// The forms of the ids of all else.
const OTHERS: &[&str] = &[
    "cks-[0-9a-f]{17}",
    "cluster-[2-7a-zA-Z]{11,16}",
    "hsm-[2-7a-zA-Z]{11,16}",
    "backup-[2-7a-zA-Z]{11,16}",
    "[0-9a-f]{64}",
];

/// What `body` names that this state does not hold and never held.
pub(crate) fn strangers(state: &State, body: &Value) -> Vec<Stranger> {
    let mut found = Vec::new();
    collect(state, "", body, &mut found);
    found
}

fn collect(state: &State, member: &str, value: &Value, found: &mut Vec<Stranger>) {
    match value {
        Value::Object(members) => members
            .iter()
            .for_each(|(name, value)| collect(state, name, value, found)),
        Value::Array(entries) => entries
            .iter()
            .for_each(|entry| collect(state, member, entry, found)),
        Value::String(text) => {
            let stranger = stranger(state, member, text);
            found.extend(stranger.filter(|it| !found.contains(it)));
        }
        _ => {}
    }
}

fn stranger(state: &State, member: &str, text: &str) -> Option<Stranger> {
    let last = text.rsplit('/').next().unwrap_or(text);
    if state.gone.contains_key(last) || state.gone.contains_key(text) {
        return None;
    }
    if MEMBERS_THAT_NAME_KEYS.contains(&member) {
        return match state.look_up(text, Names::All) {
            KeyLookup::Unknown => Some(Stranger::Key(last.to_owned())),
            KeyLookup::UnknownAlias => Some(Stranger::Alias(alias_name(text).to_owned())),
            _ => None,
        };
    }
    if member == "AliasName" {
        let unknown = !state.aliases.contains_key(text);
        return unknown.then(|| Stranger::Alias(text.to_owned()));
    }
    let is_other = OTHERS.iter().any(|form| matches(form, last)) && state.named(text).is_none();
    let is_hsm = state.clusters.values().any(|it| it.hsms.contains_key(text));
    let is_grant = state.grants.contains_key(text);
    (is_other && !is_hsm && !is_grant).then(|| Stranger::Other(last.to_owned()))
}

/// The name of an alias, out of its ARN.
fn alias_name(text: &str) -> &str {
    let start = text.find("alias/").unwrap_or_default();
    text.get(start..).unwrap_or(text)
}
