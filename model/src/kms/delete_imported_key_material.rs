//! DeleteImportedKeyMaterial: takes imported material away, until it is imported again.

use super::key_states::{creating, key_of, updating};
use super::lookups::{OnKey, id_lookups, other_account};
use super::materials::show_material;
use super::rotations::named;
use super::shapes::*;
use super::store_limits::imported_only;
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::{IncorrectKeyMaterial, KmsInvalidState, NotFound, Validation};
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::rule::{Promise, Refusal, Stage, always, must};
use crate::shape::Member;
use crate::state::{Key, Names};

input! {
    /// Input of DeleteImportedKeyMaterial.
    DeleteImportedKeyMaterial, MEMBERS {
        key: String = "KeyId", KEY_ID;
        material_id: Option<String> = "KeyMaterialId", KEY_MATERIAL_ID;
    }
}

impl OnKey for DeleteImportedKeyMaterial {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl Operation for DeleteImportedKeyMaterial {
    const NAME: &'static str = "DeleteImportedKeyMaterial";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &id_lookups(),
        &[
            other_account(),
            imported_only(),
            creating(),
            updating(),
            KNOWS_THE_MATERIAL,
        ],
    ];
    const PROMISES: &'static [Promise<Self>] = &[SHOWS_WHAT, IS_GONE];
}

const API: &str = "kms/latest/APIReference/API_DeleteImportedKeyMaterial.html";

impl DeleteImportedKeyMaterial {
    /// The number of the material that it deletes.
    fn number(&self, key: &Key) -> Option<usize> {
        let Some(id) = &self.material_id else {
            return Some(key.current_material());
        };
        let is_it = |number: &usize| {
            let material = key.material(*number);
            material.is_some_and(|material| material.id.as_ref() == Some(id))
        };
        (0..=key.materials.len()).find(is_it)
    }
}

const KNOWS_THE_MATERIAL: Refusal<DeleteImportedKeyMaterial> = Refusal {
    card: Card {
        id: "IMP-30",
        says: "A KeyMaterialId must be that of a material of the key.",
        cite: API,
        evidence: Evidence::Inferred,
    },
    stage: Stage::Condition,
    error: must(&[IncorrectKeyMaterial, KmsInvalidState, NotFound, Validation]),
    when: |state, input| key_of(state, input).is_some_and(|key| input.number(key).is_none()),
};

const SHOWS_WHAT: Promise<DeleteImportedKeyMaterial> = Promise {
    card: Card {
        id: "KID-11",
        says: "DeleteImportedKeyMaterial shows the ARN of the key and the id of the material.",
        cite: API,
        evidence: Evidence::Documented,
    },
    when: always,
    make: |input, success| {
        let Some(key) = named(input, success) else {
            return;
        };
        let arn = success.state.key_arn(&key.id);
        success.show(&Path::of("KeyId"), arn);
        if let Some(number) = input.number(&key).filter(|_| key.was_imported()) {
            show_material(success, &key, number, &Path::of("KeyMaterialId"), false);
        }
    },
};

const IS_GONE: Promise<DeleteImportedKeyMaterial> = Promise {
    card: Card {
        id: "IMP-31",
        says: "A key whose material was deleted is pending import, unless it is pending deletion.",
        cite: API,
        evidence: Evidence::Documented,
    },
    when: always,
    make: |input, success| {
        let by = success.traced(()).by;
        let number = named(input, success).and_then(|key| input.number(&key));
        let id = input.key_id(success.state).unwrap_or_default();
        if let (Some(key), Some(number)) = (success.state.key_mut(&id), number) {
            key.lose_material(number, by);
            success.state.watch_key(&id);
        }
    },
};

#[cfg(test)]
mod tests {
    use super::super::store_fixture::*;
    use serde_json::json;

    #[test]
    fn a_key_in_a_store_has_no_imported_material() {
        let mut world = world_with_store();
        for reachable in [true, false] {
            given_key(&mut world, |key| key.reachable = given(reachable));
            let refused = world.refused("DeleteImportedKeyMaterial", json!({"KeyId": KEY}));
            assert_eq!(refused, ["UnsupportedOperationException"]);
            assert_eq!(
                world.fired("DeleteImportedKeyMaterial", json!({"KeyId": KEY})),
                ["CKX-04"]
            );
        }
    }
}
