//! Where in a response a member stands.

use serde_json::{Map, Value};
use smallvec::SmallVec;
use std::borrow::Cow;
use std::fmt;

/// One step into a JSON document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// A member of an object.
    Member(Cow<'static, str>),
    /// The entry of a list whose member `key` has the value `id`. Lists of AWS are unordered, so
    /// entries are never addressed by position.
    Entry {
        /// The member that identifies an entry.
        key: &'static str,
        /// Its value.
        id: String,
    },
}

/// A path from the top of a response to one member.
///
/// ```
/// use kms_conformance_model::Path;
/// let state = Path::of("Clusters").entry("ClusterId", "cluster-2a").then("State");
/// assert_eq!(state.to_string(), "Clusters[cluster-2a].State");
/// assert_eq!(state.pattern(), "Clusters[].State");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(SmallVec<[Segment; 3]>);

impl Path {
    /// The path to the whole response.
    pub fn top() -> Path {
        Path::default()
    }

    /// The path written with dots between member names.
    pub fn of(dotted: &'static str) -> Path {
        Path::top().then(dotted)
    }

    /// This path, followed by the members of `dotted`.
    pub fn then(&self, dotted: &'static str) -> Path {
        let mut longer = self.clone();
        for name in dotted.split('.') {
            longer.0.push(Segment::Member(Cow::Borrowed(name)));
        }
        longer
    }

    /// This path, followed by one member whose name may hold dots.
    pub fn member(&self, name: impl Into<Cow<'static, str>>) -> Path {
        let mut longer = self.clone();
        longer.0.push(Segment::Member(name.into()));
        longer
    }

    /// This path, followed by the list entry whose `key` is `id`.
    pub fn entry(&self, key: &'static str, id: impl Into<String>) -> Path {
        let mut longer = self.clone();
        longer.0.push(Segment::Entry { key, id: id.into() });
        longer
    }

    /// The path without ids: equal for every resource of a kind.
    pub fn pattern(&self) -> String {
        self.written(|_| "")
    }

    /// The ids of the list entries it leads through.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|segment| match segment {
            Segment::Member(_) => None,
            Segment::Entry { id, .. } => Some(id.as_str()),
        })
    }

    /// The value at this path, if there is one.
    pub fn get<'v>(&self, document: &'v Value) -> Option<&'v Value> {
        self.0
            .iter()
            .try_fold(document, |at, segment| match segment {
                Segment::Member(name) => at.get(name.as_ref()),
                Segment::Entry { key, id } => at
                    .as_array()?
                    .iter()
                    .find(|entry| entry.get(key).and_then(Value::as_str) == Some(id)),
            })
    }

    /// Puts `value` at this path and makes the objects, lists and entries that lead to it.
    pub fn set(&self, document: &mut Value, value: Value) {
        match self.0.split_last() {
            Some((Segment::Member(name), above)) => {
                let above = above.iter().fold(document, slot_of);
                members_of(above).insert(name.clone().into_owned(), value);
            }
            _ => *self.slot(document) = value,
        }
    }

    /// Takes the member or the list entry at this path out of the document, if it is there.
    pub fn remove(&self, document: &mut Value) {
        let Some((last, before)) = self.0.split_last() else {
            return;
        };
        let above = Path(before.iter().cloned().collect());
        if above.get(document).is_none() {
            return;
        }
        match (above.slot(document), last) {
            (Value::Object(members), Segment::Member(name)) => {
                members.remove(name.as_ref());
            }
            (Value::Array(entries), Segment::Entry { key, id }) => {
                entries.retain(|entry| entry.get(key).and_then(Value::as_str) != Some(id));
            }
            _ => {}
        }
    }

    /// The same path through the entries that `other` gives for those of this one.
    pub fn with_ids(&self, mut other: impl FnMut(&str) -> String) -> Path {
        let segments = self.0.iter().map(|segment| match segment {
            Segment::Member(name) => Segment::Member(name.clone()),
            Segment::Entry { key, id } => Segment::Entry { key, id: other(id) },
        });
        Path(segments.collect())
    }

    fn slot<'v>(&self, document: &'v mut Value) -> &'v mut Value {
        self.0.iter().fold(document, slot_of)
    }

    fn written<'a>(&'a self, shown: impl Fn(&'a str) -> &'a str) -> String {
        let mut text = String::new();
        for segment in &self.0 {
            match segment {
                Segment::Member(name) => {
                    if !text.is_empty() {
                        text.push('.');
                    }
                    text.push_str(name);
                }
                Segment::Entry { id, .. } => {
                    text.push('[');
                    text.push_str(shown(id));
                    text.push(']');
                }
            }
        }
        text
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written(|id| id))
    }
}

fn slot_of<'v>(at: &'v mut Value, segment: &Segment) -> &'v mut Value {
    match segment {
        Segment::Member(name) => member_of(at, name),
        Segment::Entry { key, id } => entry_of(at, key, id),
    }
}

fn member_of<'v>(at: &'v mut Value, name: &str) -> &'v mut Value {
    let members = members_of(at);
    // Most members on the way are there already, and need no copy of their name.
    if !members.contains_key(name) {
        members.insert(name.to_owned(), Value::Null);
    }
    match members.get_mut(name) {
        Some(member) => member,
        None => unreachable!("the member was just found or made"),
    }
}

fn members_of(at: &mut Value) -> &mut Map<String, Value> {
    if !at.is_object() {
        *at = Value::Object(Map::new());
    }
    match at {
        Value::Object(members) => members,
        _ => unreachable!("it was just made an object"),
    }
}

fn entry_of<'v>(at: &'v mut Value, key: &'static str, id: &str) -> &'v mut Value {
    if !at.is_array() {
        *at = Value::Array(Vec::new());
    }
    match at {
        Value::Array(entries) => {
            let known = entries
                .iter()
                .position(|entry| entry.get(key).and_then(Value::as_str) == Some(id));
            let index = known.unwrap_or_else(|| {
                entries.push(serde_json::json!({ key: id }));
                entries.len() - 1
            });
            // The index was just found or made, so the fallback is never taken.
            match entries.get_mut(index) {
                Some(entry) => entry,
                None => unreachable!("the entry was just found or pushed"),
            }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn setting_makes_what_leads_there() {
        let mut document = Value::Null;
        Path::of("Keys")
            .entry("KeyId", "k1")
            .then("KeyArn")
            .set(&mut document, json!("a"));
        Path::of("Truncated").set(&mut document, json!(false));
        assert_eq!(
            document,
            json!({"Keys": [{"KeyId": "k1", "KeyArn": "a"}], "Truncated": false})
        );
    }

    #[test]
    fn getting_finds_entries_by_their_key() {
        let document = json!({"Keys": [{"KeyId": "k1"}, {"KeyId": "k2", "KeyArn": "b"}]});
        let at = Path::of("Keys").entry("KeyId", "k2").then("KeyArn");
        assert_eq!(at.get(&document), Some(&json!("b")));
        assert_eq!(Path::of("Keys").entry("KeyId", "k3").get(&document), None);
    }
}
