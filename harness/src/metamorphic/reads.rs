//! Reads: nothing written between, nothing changed.

use super::Family;
use super::at::Names;
use super::names::difference;
use super::said::{Clash, Said};
use super::view::View;
use kms_conformance_model::relations::{NO_TRACE, SAME_READ};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Reads whose answers change only when something is written, once [`steady`] has taken out what
/// changes by itself.
const KMS_READS: &[&str] = &[
    "DescribeCustomKeyStores",
    "DescribeKey",
    "GetKeyPolicy",
    "GetPublicKey",
    "ListAliases",
    "ListGrants",
    "ListKeyPolicies",
    "ListKeys",
    "ListResourceTags",
    "ListRetirableGrants",
];

const HSM_READS: &[&str] = &["DescribeClusters", "ListTags"];

/// Members that change by themselves: states, and what follows from them.
const RESTLESS: &[&str] = &[
    "Certificates",
    "ConnectionErrorCode",
    "ConnectionState",
    "CurrentKeyMaterialId",
    "DeletionDate",
    "Enabled",
    "ExpirationModel",
    "Hsms",
    "KeyState",
    "MultiRegionConfiguration",
    "NextMarker",
    "NextToken",
    "PendingDeletionWindowInDays",
    "PreCoPassword",
    "SecurityGroup",
    "State",
    "StateMessage",
    "ValidTo",
];

/// A document without what changes by itself, its lists in an order of their own.
pub(super) fn steady(document: &Value) -> Value {
    match document {
        Value::Object(members) => {
            let kept = members
                .iter()
                .filter(|(name, value)| !RESTLESS.contains(&name.as_str()) && !value.is_null());
            let kept = kept.map(|(name, value)| (name.clone(), steady(value)));
            Value::Object(kept.collect::<Map<_, _>>())
        }
        Value::Array(entries) => {
            let mut entries: Vec<Value> = entries.iter().map(steady).collect();
            entries.sort_by_cached_key(Value::to_string);
            Value::Array(entries)
        }
        other => other.clone(),
    }
}

/// Keys and clusters that are being deleted, which may vanish at any moment.
#[derive(Default)]
pub(super) struct Dying {
    names: BTreeSet<String>,
}

impl Dying {
    /// Learns of deletions that begin.
    pub(super) fn look(&mut self, at: &View<'_>) {
        if at.done().is_none() {
            return;
        }
        let begins = match (at.kms(), at.hsm()) {
            (Some("ScheduleKeyDeletion"), _) => at.shown("/KeyId").or(at.asked("KeyId")),
            (_, Some("DeleteCluster")) => at.asked("ClusterId"),
            _ => None,
        };
        let names = begins.map(|name| super::at::key_id(name).unwrap_or(name).to_owned());
        self.names.extend(names);
    }

    /// Whether this may vanish.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Whether anything may vanish.
    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// A document without the entries of lists that may vanish.
    fn without(&self, document: &Value) -> Value {
        match document {
            Value::Object(members) => {
                let members = members.iter();
                let kept = members.map(|(name, value)| (name.clone(), self.without(value)));
                Value::Object(kept.collect::<Map<_, _>>())
            }
            Value::Array(entries) => {
                let stays = |entry: &&Value| {
                    let ids = ["KeyId", "TargetKeyId", "ClusterId"];
                    let mut named = ids.iter().filter_map(|id| entry.get(id)?.as_str());
                    !named.any(|id| self.has(super::at::key_id(id).unwrap_or(id)))
                };
                entries.iter().filter(stays).cloned().collect()
            }
            other => other.clone(),
        }
    }
}

struct Kept {
    answer: Value,
    /// How many writes had been refused by then.
    refusals: usize,
}

/// What was read since something was written.
#[derive(Default)]
pub(super) struct Reads {
    kept: BTreeMap<(&'static str, String), Kept>,
    refusals: usize,
    dying: Dying,
}

impl Family for Reads {
    fn look(&mut self, at: &View<'_>, said: &mut Said) {
        self.dying.look(at);
        if at.writes() {
            self.refusals += usize::from(at.error().is_some());
            return;
        }
        let Some(answer) = self.answer(at) else {
            return;
        };
        let read = (at.operation.label(), at.body.to_string());
        let now = Kept {
            answer,
            refusals: self.refusals,
        };
        if let Some(before) = self.kept.get(&read) {
            let card = match before.refusals == now.refusals {
                true => SAME_READ,
                false => NO_TRACE,
            };
            let vanished =
                now.answer.get(NOTHING).is_some() != before.answer.get(NOTHING).is_some();
            if !vanished || self.dying.is_empty() {
                said.relate(card, at, clash(at, &before.answer, &now.answer));
            }
        }
        self.kept.insert(read, now);
    }

    fn stirred(&mut self) {
        self.kept.clear();
    }

    fn forget(&mut self, _: &Names) {
        self.kept.clear();
    }
}

/// What stands for an answer that there is nothing of that name.
const NOTHING: &str = "nothing";

impl Reads {
    /// What must stay of the answer; nothing where it may change, or is one page of several.
    fn answer(&self, at: &View<'_>) -> Option<Value> {
        let reads = at.kms().is_some_and(|name| KMS_READS.contains(&name))
            || at.hsm().is_some_and(|name| HSM_READS.contains(&name));
        if !reads {
            return None;
        }
        let key = at.shown("/KeyMetadata/KeyId").or_else(|| at.asked_key());
        let about = key.or_else(|| at.asked("ResourceId"));
        if !at.own.is_alone() && !about.is_some_and(|name| at.is_own(name)) {
            return None;
        }
        if at.finds_nothing() {
            return Some(json!({ NOTHING: true }));
        }
        if !at.is_whole() || key.is_some_and(|key| self.dying.has(key)) {
            return None;
        }
        at.done()
            .map(|response| steady(&self.dying.without(response)))
    }
}

fn clash(at: &View<'_>, before: &Value, now: &Value) -> Option<Clash> {
    let clash = difference(at, before, now)?;
    Some(match clash.member.as_str() {
        NOTHING => Clash::words("", "the same as before", "what is not there at times"),
        _ => clash,
    })
}
