//! ListKeyRotations: the materials that a key got by rotation, or all that it has.

use super::lookups::{OnKey, id_lookups, other_account};
use super::materials::learn;
use super::pages::{OnPages, marker_of_another_list, unknown_marker};
use super::rotations::{may_be_only_for_rotating_keys, named};
use super::shapes::*;
use super::store_limits::not_in_a_store;
use crate::card::{Card, Evidence};
use crate::drifts::rotation_tolerance;
use crate::input::input;
use crate::lenient::moment_of;
use crate::lists::{Listed, Paging};
use crate::mint::Form;
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::rule::{Promise, Refusal, always};
use crate::shape::Member;
use crate::state::{Import, Key, Material, Names, Origin, Rotated, RotationType, State, Traced};
use crate::success::Success;
use crate::time::{MINUTE, Millis, epoch_seconds};
use serde_json::Value;
use std::cmp::Ordering;
use std::sync::Arc;

input! {
    /// Input of ListKeyRotations.
    ListKeyRotations, MEMBERS {
        key: String = "KeyId", KEY_ID;
        include: Option<String> = "IncludeKeyMaterial", INCLUDE_KEY_MATERIAL;
        limit: Option<i64> = "Limit", LIMIT;
        marker: Option<String> = "Marker", MARKER;
    }
}

impl ListKeyRotations {
    fn includes_all(&self) -> bool {
        self.include.as_deref() == Some("ALL_KEY_MATERIAL")
    }

    /// The numbers of the materials that it lists.
    fn wanted(&self, key: &Key) -> Vec<usize> {
        let all = self.includes_all() && key.can_rotate();
        let is_wanted = |number: &usize| {
            // Of keys with imported material nothing is listed before it was imported.
            key.material(*number).is_some_and(|it| {
                it.rotated.is_some() || all && (key.origin == Origin::AwsKms || it.import.is_some())
            })
        };
        (0..=key.materials.len()).filter(is_wanted).collect()
    }
}

impl OnKey for ListKeyRotations {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl OnPages for ListKeyRotations {
    const DOCUMENTED_LIMIT: i64 = 1000;
    const USUAL_LIMIT: i64 = 100;

    fn marker(&self) -> Option<&str> {
        self.marker.as_deref()
    }

    fn given_limit(&self) -> Option<i64> {
        self.limit
    }

    fn list_name(&self, state: &State) -> String {
        let key = self.key_id(state).unwrap_or_default();
        let all = if self.includes_all() { " all" } else { "" };
        format!("ListKeyRotations {key}{all}")
    }
}

impl Operation for ListKeyRotations {
    const NAME: &'static str = "ListKeyRotations";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &id_lookups(),
        &[
            other_account(),
            unknown_marker(),
            marker_of_another_list(),
            not_in_a_store("CKX-02"),
            may_be_only_for_rotating_keys(),
        ],
    ];
    const PROMISES: &'static [Promise<Self>] = &[LISTS_EVERY_ROTATION, SHOWS_EACH];
}

const fn documented(id: &'static str, says: &'static str) -> Card {
    Card {
        id,
        says,
        cite: "kms/latest/APIReference/API_ListKeyRotations.html",
        evidence: Evidence::Documented,
    }
}

const LISTS_EVERY_ROTATION: Promise<ListKeyRotations> = Promise {
    card: documented(
        "PG-11",
        "The pages of a list together show everything once, each no more than the limit, and all \
         but the last have a marker.",
    ),
    when: always,
    make: |input, success| {
        let Some(key) = named(input, success) else {
            return;
        };
        let wanted = input.wanted(&key);
        let guessed = learn_ids(success, &key, &wanted);
        let Some(key) = named(input, success) else {
            return;
        };
        let known = wanted.iter().filter_map(|number| id_of(&key, *number));
        let mut listed = Listed {
            present: known.collect(),
            optional: guessed.possible,
            ..Listed::default()
        };
        // What later pages show may have been on an earlier one.
        if input.marker.is_none() {
            listed.present.extend(guessed.missing);
        }
        let name = input.list_name(success.state);
        let paging = Paging {
            list: "Rotations",
            key: "KeyMaterialId",
            name: &name,
            marker: input.marker(),
            limit: input.limit(),
            next: "NextMarker",
            truncated: "Truncated",
        };
        let due_to = |id: &str| blame(&key, id);
        success.list_with(&paging, &listed, |_| false, &due_to);
    },
};

/// Ids of materials that no answer has shown before.
#[derive(Default)]
struct Guessed {
    /// Those of materials that cannot be told apart.
    possible: Vec<String>,
    /// What stands for materials that the response does not show.
    missing: Vec<String>,
}

/// What stands for the id of a material that was never seen.
const UNSEEN: &str = "of the material with the number ";

/// Finds out which of the materials the response shows the ids of. Materials are told apart by why
/// and when they came; those that cannot be stay without an id.
fn learn_ids(success: &mut Success<'_>, key: &Arc<Key>, wanted: &[usize]) -> Guessed {
    let list = Path::of("Rotations");
    let mut unknown: Vec<usize> = wanted.to_vec();
    unknown.retain(|number| id_of(key, *number).is_none());
    let mut known = key.material_ids();
    let Some(entries) = success.look(&list) else {
        for number in unknown {
            let id = success.name(&list, "KeyMaterialId", Form::Hex64, &Value::Null, &known);
            known.extend(id.clone());
            learn(success, key, number, id);
        }
        return Guessed::default();
    };
    let mut new: Vec<(String, Value)> = Vec::new();
    for entry in entries.as_array().into_iter().flatten() {
        let id = entry.get("KeyMaterialId").and_then(Value::as_str);
        if let Some(id) = id.filter(|id| !known.iter().any(|known| known == id)) {
            new.push((id.to_owned(), entry.clone()));
        }
    }
    for number in unknown.clone() {
        let Some(material) = key.material(number) else {
            continue;
        };
        let mut fitting = new.iter().filter(|(_, entry)| fits(material, entry));
        let (Some((id, entry)), None) = (fitting.next(), fitting.next()) else {
            continue;
        };
        let fits_it = |other: &&usize| {
            let other = key.material(**other);
            other.is_some_and(|other| fits(other, entry))
        };
        if unknown.iter().filter(fits_it).count() == 1 {
            let id = id.clone();
            unknown.retain(|other| *other != number);
            new.retain(|(other, _)| *other != id);
            learn(success, key, number, Some(id));
        }
    }
    if let ([number], [(id, _)]) = (unknown.as_slice(), new.as_slice()) {
        learn(success, key, *number, Some(id.clone()));
        return Guessed::default();
    }
    let missing = unknown.iter().skip(new.len());
    Guessed {
        missing: missing.map(|number| format!("{UNSEEN}{number}")).collect(),
        possible: new
            .into_iter()
            .take(unknown.len())
            .map(|(id, _)| id)
            .collect(),
    }
}

/// Whether an entry of the list may be this material.
fn fits(material: &Material, entry: &Value) -> bool {
    let kind = entry.get("RotationType").and_then(Value::as_str);
    let date = entry.get("RotationDate").and_then(moment_of);
    match &material.rotated {
        None => kind.is_none() && date.is_none(),
        Some(rotated) => {
            let tolerance = rotation_tolerance(rotated.kind);
            let near = |date: Millis| (date - rotated.since).abs() <= tolerance;
            kind == Some(rotated.kind.wire_name()) && date.is_none_or(near)
        }
    }
}

fn id_of(key: &Key, number: usize) -> Option<String> {
    key.material(number)?.id.clone()
}

/// The rule that brought the material with this id, or what stands for it.
fn blame(key: &Key, id: &str) -> Option<Card> {
    let unseen = id
        .strip_prefix(UNSEEN)
        .and_then(|number| number.parse().ok());
    let of_id = || {
        let mut all = key.materials.iter();
        all.position(|material| material.id.as_deref() == Some(id))
    };
    let number = unseen.or_else(of_id)?;
    let rotated = key.material(number)?.rotated.as_ref();
    rotated.map(|rotated| *rotated.begun_by)
}

const SHOWS_EACH: Promise<ListKeyRotations> = Promise {
    card: documented(
        "ROT-04",
        "An entry of ListKeyRotations has the key, the material and whether it is the current one, \
         and for all but the first material why and when it came.",
    ),
    when: always,
    make: |input, success| {
        let Some(key) = named(input, success) else {
            return;
        };
        for number in input.wanted(&key) {
            let id = id_of(&key, number).filter(|id| success.listed.contains(id));
            if let (Some(id), Some(material)) = (id, key.material(number)) {
                show_entry(success, &key, number, material, &id);
            }
        }
    },
};

fn show_entry(success: &mut Success<'_>, key: &Key, number: usize, material: &Material, id: &str) {
    let at = Path::of("Rotations").entry("KeyMaterialId", id);
    // AWS was recorded to show the ARN, and its page calls it an id.
    let arn = success.state.key_arn(&key.id);
    let promised = success.traced(());
    success.show_like(&at.then("KeyId"), &promised, key.id.as_str(), &|shown| {
        *shown == arn.as_str()
    });
    let state = match number.cmp(&key.current_material()) {
        Ordering::Less => "NON_CURRENT",
        Ordering::Equal => "CURRENT",
        Ordering::Greater => "PENDING_ROTATION",
    };
    success.show(&at.then("KeyMaterialState"), state);
    if let Some(import) = &material.import {
        show_import(success, import, &at);
    }
    match &material.rotated {
        Some(rotated) => show_rotation(success, key, number, rotated, &at),
        None => {
            success.absent(&at.then("RotationType"));
            success.absent(&at.then("RotationDate"));
        }
    }
}

fn show_import(success: &mut Success<'_>, import: &Import, at: &Path) {
    let there = match import.there.value {
        true => "IMPORTED",
        false => "PENDING_IMPORT",
    };
    success.show_traced(&at.then("ImportState"), &import.there, there);
    if let Some(text) = &import.description {
        success.show(&at.then("KeyMaterialDescription"), text.as_str());
    }
    // What is shown of the expiry of what has expired is not known.
    if !import.there.value {
        return;
    }
    let (model, date) = (at.then("ExpirationModel"), at.then("ValidTo"));
    match import.expires.value {
        Some(moment) => {
            success.show_traced(&model, &import.expires, "KEY_MATERIAL_EXPIRES");
            success.show_traced(&date, &import.expires, epoch_seconds(moment));
        }
        None => {
            success.show_traced(&model, &import.expires, "KEY_MATERIAL_DOES_NOT_EXPIRE");
            success.absent_traced(&date, &import.expires);
        }
    }
}

fn show_rotation(
    success: &mut Success<'_>,
    key: &Key,
    number: usize,
    rotated: &Rotated,
    at: &Path,
) {
    let by = Traced {
        value: (),
        by: rotated.begun_by,
    };
    success.show_traced(&at.then("RotationType"), &by, rotated.kind);
    let usual = match rotated.kind {
        RotationType::OnDemand => rotated.since + MINUTE,
        RotationType::Automatic => rotated.since,
    };
    let near = rotated.date.unwrap_or(usual.min(success.state.now));
    let tolerance = match rotated.date {
        Some(_) => 1,
        None => rotation_tolerance(rotated.kind),
    };
    let date = success.date_traced(&at.then("RotationDate"), &by, near, tolerance);
    let material = success
        .state
        .key_mut(&key.id)
        .and_then(|key| key.material_mut(number));
    if let Some(rotated) = material.and_then(|material| material.rotated.as_mut()) {
        rotated.date = date.or(rotated.date);
    }
}

#[cfg(test)]
mod tests {
    use super::super::store_fixture::*;
    use crate::testing::World;
    use crate::time::{DAY, HOUR};
    use serde_json::json;

    #[test]
    fn a_key_in_a_store_has_no_rotations() {
        let mut world = world_with_store();
        for reachable in [true, false] {
            given_key(&mut world, |key| key.reachable = given(reachable));
            let refused = world.refused("ListKeyRotations", json!({"KeyId": KEY}));
            assert_eq!(refused, ["UnsupportedOperationException"]);
            assert_eq!(
                world.fired("ListKeyRotations", json!({"KeyId": KEY})),
                ["CKX-02"]
            );
        }
    }

    #[test]
    fn rotations_are_listed_and_the_first_material_only_on_request() {
        let mut world = World::new();
        let id = world.key(json!({}));
        let body = json!({"KeyId": id});
        let listed = world.ok("ListKeyRotations", body.clone());
        assert_eq!(listed, json!({"Rotations": [], "Truncated": false}));
        world.ok("RotateKeyOnDemand", body.clone());
        world.advance(2 * HOUR);
        world.ok(
            "EnableKeyRotation",
            json!({"KeyId": id, "RotationPeriodInDays": 90}),
        );
        world.advance(91 * DAY);
        let listed = world.ok("ListKeyRotations", body);
        let kinds: Vec<_> = listed["Rotations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| (&entry["RotationType"], &entry["KeyMaterialState"]))
            .map(|(kind, state)| json!([kind, state]))
            .collect();
        assert_eq!(
            kinds,
            [
                json!(["ON_DEMAND", "NON_CURRENT"]),
                json!(["AUTOMATIC", "CURRENT"])
            ]
        );
        let body = json!({"KeyId": id, "IncludeKeyMaterial": "ALL_KEY_MATERIAL"});
        let listed = world.ok("ListKeyRotations", body);
        assert_eq!(listed["Rotations"].as_array().unwrap().len(), 3);
        assert_eq!(listed["Rotations"][0].get("RotationDate"), None);
    }

    #[test]
    fn pages_show_each_rotation_once() {
        let mut world = World::new();
        let id = world.key(json!({}));
        for _ in 0..5 {
            world.ok("RotateKeyOnDemand", json!({"KeyId": id}));
            world.ok("GetKeyRotationStatus", json!({"KeyId": id}));
        }
        let first = world.ok("ListKeyRotations", json!({"KeyId": id, "Limit": 2}));
        let body = json!({"KeyId": id, "Limit": 3, "Marker": first["NextMarker"]});
        let second = world.ok("ListKeyRotations", body.clone());
        assert_eq!(second["Truncated"], false);
        let other = world.key(json!({}));
        let body = json!({"KeyId": other, "Marker": first["NextMarker"]});
        assert_eq!(world.fired("ListKeyRotations", body), ["PG-100"]);
        let body = json!({"KeyId": other, "Marker": "none"});
        assert_eq!(world.fired("ListKeyRotations", body), ["PG-12"]);
    }

    #[test]
    fn keys_that_cannot_rotate_may_be_refused() {
        let mut world = World::new();
        let id = world.key(json!({"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}));
        let body = json!({"KeyId": id});
        assert_eq!(world.fired("ListKeyRotations", body.clone()), ["ROT-09"]);
        assert_eq!(world.ok("ListKeyRotations", body)["Rotations"], json!([]));
    }
}
