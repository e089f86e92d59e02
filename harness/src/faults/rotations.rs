//! Faults of how keys come to another material.

use super::{Bend, Fault, fault};
use kms_conformance_model::State;
use kms_conformance_model::state::Key;
use serde_json::json;

pub(super) const FAULTS: &[Fault] = &[
    fault(
        "an old ciphertext does not open after a rotation",
        &["CreateKey", "Encrypt", "RotateKeyOnDemand", "Decrypt"],
        Bend::Misread(&["Decrypt"], |body, state| {
            let mut keys = state.keys.values();
            let rotates =
                keys.any(|key| key.materials.len() > 1 || key.rotation.on_demand.value.is_some());
            if rotates && body["CiphertextBlob"].is_string() {
                body["CiphertextBlob"] = json!("AAAA");
            }
        }),
    ),
    fault(
        "a rotation on demand keeps the material",
        &["CreateKey", "RotateKeyOnDemand", "wait", "DescribeKey"],
        Bend::Lost("RotateKeyOnDemand"),
    ),
    fault(
        "a rotation on demand puts off the next automatic one",
        &[
            "CreateKey",
            "EnableKeyRotation",
            "RotateKeyOnDemand",
            "GetKeyRotationStatus",
        ],
        Bend::Effect("RotateKeyOnDemand", |state, before, _| {
            each_changed(state, before, |key, _| {
                if let Some(schedule) = &mut key.rotation.automatic.value {
                    schedule.next += schedule.span();
                }
            });
        }),
    ),
    fault(
        "the first rotation period stays",
        &[
            "CreateKey",
            "EnableKeyRotation",
            "EnableKeyRotation",
            "GetKeyRotationStatus",
        ],
        Bend::Effect("EnableKeyRotation", |state, before, _| {
            each_changed(state, before, |key, old| {
                let first = old.rotation.automatic.value;
                let now = key.rotation.automatic.value.as_mut();
                if let Some((first, now)) = first.zip(now) {
                    now.period = first.period;
                }
            });
        }),
    ),
    fault(
        "disabling the rotation of a key disables it for all",
        &[
            "CreateKey",
            "CreateKey",
            "EnableKeyRotation",
            "DisableKeyRotation",
            "GetKeyRotationStatus",
        ],
        Bend::Effect("DisableKeyRotation", |state, _, _| {
            let ids: Vec<String> = state.keys.keys().cloned().collect();
            for id in ids {
                if let Some(key) = state.key_mut(&id) {
                    key.rotation.automatic.value = None;
                }
            }
        }),
    ),
    fault(
        "the latest rotation is not listed",
        &["CreateKey", "ListKeyRotations"],
        Bend::Answer("ListKeyRotations", |told| {
            if let Some(entries) = told.answer["Rotations"].as_array_mut() {
                entries.retain(|entry| entry["KeyMaterialState"] != "CURRENT");
            }
        }),
    ),
    fault(
        "a decryption is no use of the key",
        &["CreateKey", "Encrypt", "Decrypt", "wait", "GetKeyLastUsage"],
        Bend::Effect("Decrypt", |state, before, _| {
            each_changed(state, before, |key, old| key.uses = old.uses.clone());
        }),
    ),
];

/// Changes each key that the request changed, with a view to what it was.
fn each_changed(state: &mut State, before: &State, change: impl Fn(&mut Key, &Key)) {
    for (id, old) in &before.keys {
        if let Some(key) = state.key_mut(id).filter(|key| *key != old.as_ref()) {
            change(key, old);
        }
    }
}
