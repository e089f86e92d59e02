//! What is left of an answer when the members that the judge blames are taken out.

use super::at::At;
use kms_conformance_model::{Divergence, Level, Reply, Verdict};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// The members that were wrong in some answer. Nothing is said of them any more: it would have the
/// same cause.
#[derive(Default)]
pub(super) struct Blamed {
    members: BTreeSet<String>,
}

/// What the relations may go by.
pub(super) enum Trust {
    /// The answer as it is.
    Whole,
    /// The answer without the members that are wrong.
    Part(Reply),
    /// Nothing: the outcome itself is wrong, or a list as a whole.
    Nothing,
}

impl Blamed {
    /// Whether a member of this name was wrong in some answer.
    pub(super) fn has(&self, member: &str) -> bool {
        self.members.contains(last(member))
    }

    /// A document without the members that were wrong in some answer.
    pub(super) fn scrubbed<'v>(&self, document: &'v Value) -> Cow<'v, Value> {
        match self.members.is_empty() {
            true => Cow::Borrowed(document),
            false => Cow::Owned(self.without(document)),
        }
    }

    fn without(&self, document: &Value) -> Value {
        match document {
            Value::Object(members) => members
                .iter()
                .filter(|(name, _)| !self.members.contains(*name))
                .map(|(name, value)| (name.clone(), self.without(value)))
                .collect(),
            Value::Array(entries) => entries.iter().map(|entry| self.without(entry)).collect(),
            other => other.clone(),
        }
    }

    /// Learns what the judge blames.
    pub(super) fn judge(&mut self, at: &At<'_>, verdict: &Verdict) -> Trust {
        let divergences = verdict.divergences();
        if divergences.is_empty() {
            return Trust::Whole;
        }
        if divergences.iter().any(|it| it.member.is_empty()) {
            return Trust::Nothing;
        }
        for divergence in divergences {
            self.members.insert(last(&divergence.member).to_owned());
        }
        let Some(response) = at.done() else {
            return Trust::Whole;
        };
        if divergences.iter().any(|it| is_whole_list(response, it)) {
            return Trust::Nothing;
        }
        let mut rest = response.clone();
        // A value of a wrong form still says what it says.
        let wrong = divergences.iter().filter(|it| it.level != Level::Formats);
        for path in wrong.filter_map(|it| it.at.as_ref()) {
            path.remove(&mut rest);
        }
        Trust::Part(Reply::Done(rest))
    }
}

/// Members without which nobody knows whether a list is all there is.
const WHOLE: &[&str] = &[
    "Aliases",
    "Backups",
    "Clusters",
    "CustomKeyStores",
    "Grants",
    "Keys",
    "NextMarker",
    "NextToken",
    "TagList",
    "Tags",
];

/// Whether the wrong member is the list that the response consists of: what it lost has no name.
fn is_whole_list(response: &Value, divergence: &Divergence) -> bool {
    let list = response.get(&divergence.member);
    list.is_some_and(Value::is_array) || WHOLE.contains(&divergence.member.as_str())
}

/// The name of a member without the way to it.
fn last(member: &str) -> &str {
    member.rsplit('.').next().unwrap_or(member)
}
