//! What keys may be like that nobody saw being made: an answer about one of them conforms if it would
//! for a key of some kind, in some state.

use super::metadata::{date, described, key, set_state};
use super::{Recalled, Stranger};
use crate::card::Card;
use crate::kms::algorithms;
use crate::state::{Alias, Key, KeySpec, KeyState, KeyUsage, Origin, Schedule, State, Traced};
use crate::time::DAY;
use imbl::OrdMap;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

/// Behind an alias of which no answer tells the key.
const SOME_KEY: &str = "00000000-0000-4000-8000-ffffffffffff";

/// How many days keys rotate after, where nobody said otherwise.
const USUAL_PERIOD: i64 = 365;

/// All that `state` may have held all along, if the strangers that the request names exist.
pub(crate) fn hypotheses(
    state: &State,
    strangers: &[Stranger],
    response: &Value,
    recalled: &Recalled,
    by: &'static Card,
) -> Vec<State> {
    let shown = shown_key(response);
    let mut states = vec![state.clone()];
    for stranger in strangers {
        let (id, alias) = match stranger {
            Stranger::Key(id) => (id.clone(), None),
            Stranger::Alias(name) => (shown.clone().unwrap_or(SOME_KEY.to_owned()), Some(name)),
            Stranger::Other(_) => continue,
        };
        let kinds = match state.keys.get(&id) {
            Some(known) => vec![known.as_ref().clone()],
            None => kinds(&id, response, recalled, by, state.now),
        };
        // Several strangers are alike unless that makes too many states.
        let few = states.len() > 1;
        let kinds = kinds.iter().take(if few { 1 } else { kinds.len() });
        let with = kinds.flat_map(|key| {
            states.iter().flat_map(|state| {
                let mut with_key = state.clone();
                with_key.keys.insert(id.clone(), Arc::new(key.clone()));
                let Some(name) = alias else {
                    return vec![with_key];
                };
                // The name may as well be free.
                let mut with_both = with_key.clone();
                let alias = alias_of(name, &id, by, state.now);
                with_both.aliases.insert(name.clone(), Arc::new(alias));
                vec![with_key, with_both]
            })
        });
        states = with.collect();
    }
    states
}

fn alias_of(name: &str, key: &str, by: &'static Card, now: i64) -> Alias {
    Alias {
        name: name.to_owned(),
        target: Traced {
            value: key.to_owned(),
            by,
        },
        created: now,
        updated: now,
    }
}

/// The id of the key that a response is about.
fn shown_key(response: &Value) -> Option<String> {
    let id = response
        .pointer("/KeyMetadata/KeyId")
        .or_else(|| response.get("KeyId"))?
        .as_str()?;
    Some(id.rsplit('/').next().unwrap_or(id).to_owned())
}

/// Every kind of key that one with this id may be.
fn kinds(id: &str, response: &Value, recalled: &Recalled, by: &'static Card, now: i64) -> Vec<Key> {
    if let Some(metadata) = response.get("KeyMetadata") {
        // An answer about another key is no answer about this one.
        let described = described(metadata, recalled, by, now);
        return described.filter(|key| key.id == id).into_iter().collect();
    }
    let mut found = Vec::new();
    for (spec, usage, origin) in uses() {
        let fits = recalled
            .get(id)
            .is_none_or(|known| (known.spec, known.usage, known.origin) == (spec, usage, origin));
        if !fits {
            continue;
        }
        for state in states_of(origin) {
            let mut key = key(id, by, (spec, usage, origin));
            key.created = date(response, "KeyCreationDate").unwrap_or(now);
            set_state(&mut key, *state);
            let traced = |value| Traced { value, by };
            if key.state.value == KeyState::PendingDeletion {
                let due = date(response, "DeletionDate").unwrap_or(now + DAY);
                key.deletion = Some(traced(due));
            }
            fill(&mut key, response, by, now);
            found.push(key);
        }
    }
    found
}

/// What a response shows of a key that may be anything.
fn fill(key: &mut Key, response: &Value, by: &'static Card, now: i64) {
    let text = |member: &str| response.get(member).and_then(Value::as_str);
    if let Some(policy) = text("Policy") {
        key.policy.value = Some(policy.to_owned());
    }
    if let Some(tags) = response.get("Tags").and_then(Value::as_array) {
        let tags = tags.iter().filter_map(|tag| {
            let name = tag.get("TagKey")?.as_str()?;
            let value = tag.get("TagValue")?.as_str()?.to_owned();
            Some((name.to_owned(), Traced { value, by }))
        });
        key.tags = tags.collect::<OrdMap<_, _>>();
    }
    if response.get("KeyRotationEnabled") == Some(&Value::Bool(true)) && key.can_rotate() {
        let period = response.get("RotationPeriodInDays").and_then(Value::as_i64);
        key.rotation.automatic.value = Some(Schedule {
            period: period.unwrap_or(USUAL_PERIOD),
            next: date(response, "NextRotationDate").unwrap_or(now + USUAL_PERIOD * DAY),
            sure: false,
            resumed: 0,
        });
    }
    key.rotation.on_demand.value = date(response, "OnDemandRotationStartDate");
}

fn states_of(origin: Origin) -> &'static [KeyState] {
    use KeyState::*;
    match origin {
        Origin::AwsKms => &[Enabled, Disabled, PendingDeletion],
        Origin::External => &[Enabled, Disabled, PendingDeletion, PendingImport],
        _ => &[Enabled, Disabled, PendingDeletion, Unavailable],
    }
}

/// Every spec with every usage and origin that it can have.
fn uses() -> impl Iterator<Item = (KeySpec, KeyUsage, Origin)> {
    let of_wire = |name: &&str| Value::from(*name);
    let specs = KeySpec::NAMES.iter().map(of_wire);
    specs
        .filter_map(|name| KeySpec::deserialize(&name).ok())
        .flat_map(move |spec| {
            let usages = KeyUsage::NAMES.iter().map(of_wire);
            let usages = usages.filter_map(|name| KeyUsage::deserialize(&name).ok());
            usages.filter_map(move |usage| has(spec, usage).then_some((spec, usage)))
        })
        .flat_map(|(spec, usage)| {
            let origins: &[Origin] = match spec {
                KeySpec::SymmetricDefault => &[
                    Origin::AwsKms,
                    Origin::External,
                    Origin::AwsCloudHsm,
                    Origin::ExternalKeyStore,
                ],
                _ => &[Origin::AwsKms, Origin::External],
            };
            origins.iter().map(move |origin| (spec, usage, *origin))
        })
}

fn has(spec: KeySpec, usage: KeyUsage) -> bool {
    let on_curve = spec.wire_name().starts_with("ECC_NIST_P") || spec == KeySpec::Sm2;
    match usage {
        KeyUsage::KeyAgreement => on_curve,
        _ => algorithms(spec, usage) != Value::Array(Vec::new()),
    }
}
