//! ImportKeyMaterial: brings the material of a key along.

use super::import_rules::IMPORT_RULES;
use super::key_states::key_of;
use super::lookups::{OnKey, id_lookups, other_account};
use super::materials::show_material;
use super::shapes::*;
use super::store_limits::imported_only;
use crate::card::{Card, Evidence};
use crate::input::{Blob, input};
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::rule::{Promise, Refusal, always};
use crate::shape::{Member, Shape};
use crate::state::{Import, ImportToken, Key, KeyState, Material, Names, State, Wrapped};
use crate::success::Success;
use crate::time::from_epoch_seconds;

input! {
    /// Input of ImportKeyMaterial.
    ImportKeyMaterial, MEMBERS {
        key: String = "KeyId", KEY_ID;
        token: Blob = "ImportToken", CIPHERTEXT;
        material: Blob = "EncryptedKeyMaterial", CIPHERTEXT;
        valid_to: Option<f64> = "ValidTo", Shape::Date;
        expiration: Option<String> = "ExpirationModel", EXPIRATION_MODEL;
        import_type: Option<String> = "ImportType", IMPORT_TYPE;
        description: Option<String> = "KeyMaterialDescription", KEY_MATERIAL_DESCRIPTION;
        material_id: Option<String> = "KeyMaterialId", KEY_MATERIAL_ID;
    }
}

impl OnKey for ImportKeyMaterial {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl Operation for ImportKeyMaterial {
    const NAME: &'static str = "ImportKeyMaterial";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &id_lookups(),
        &[other_account(), imported_only()],
        &IMPORT_RULES,
    ];
    const PROMISES: &'static [Promise<Self>] = &[IS_THERE, SHOWS_WHAT];
}

const API: &str = "kms/latest/APIReference/API_ImportKeyMaterial.html";

impl ImportKeyMaterial {
    /// What its token stands for.
    pub(crate) fn parameters<'s>(&self, state: &'s State) -> Option<&'s ImportToken> {
        state.import_tokens.get(&self.token.base64)
    }

    /// What is inside the wrapped material, if it was wrapped as the token says.
    pub(crate) fn unwrapped<'s>(&self, state: &'s State) -> Option<&'s Wrapped> {
        let parameters = self.parameters(state)?;
        let wrapped = state.wrapped.get(&self.material.base64)?;
        let as_told = wrapped.public_key == parameters.public_key
            && wrapped.algorithm == parameters.algorithm;
        as_told.then_some(wrapped)
    }

    /// Whether the material is to be one that the key never had.
    pub(crate) fn brings_new(&self, key: &Key) -> bool {
        match &self.import_type {
            Some(import_type) => import_type == "NEW_KEY_MATERIAL",
            None => !key.was_imported(),
        }
    }

    /// Whether the material expires.
    pub(crate) fn expires(&self) -> bool {
        self.expiration.as_deref() != Some("KEY_MATERIAL_DOES_NOT_EXPIRE")
    }
}

const IS_THERE: Promise<ImportKeyMaterial> = Promise {
    card: Card {
        id: "IMP-16",
        says: "The material is there until it expires or is deleted, and the key is enabled once it \
               has all of them; new material waits for the next rotation.",
        cite: API,
        evidence: Evidence::Documented,
    },
    when: always,
    make: bring,
};

fn bring(input: &ImportKeyMaterial, success: &mut Success<'_>) {
    let digest = input.unwrapped(success.state).map(|it| it.digest.clone());
    let key = key_of(success.state, input).cloned();
    let (Some(digest), Some(key)) = (digest, key) else {
        return;
    };
    let expires = input.valid_to.filter(|_| input.expires());
    let mut import = Import {
        digest,
        description: input.description.clone(),
        expires: success.traced(expires.map(from_epoch_seconds)),
        there: success.traced(true),
    };
    let enabled = success.traced(KeyState::Enabled);
    let earlier = key.imported(&import.digest);
    let Some(key) = success.state.key_mut(&key.id) else {
        return;
    };
    let first = if key.was_imported() { None } else { Some(0) };
    match earlier
        .or(first)
        .and_then(|number| key.material_mut(number))
    {
        Some(material) => {
            let before = material.import.take().and_then(|it| it.description);
            import.description = import.description.or(before);
            material.import = Some(import);
        }
        None => {
            key.pending = Some(Material {
                import: Some(import),
                ..Material::default()
            });
        }
    }
    if key.state.value == KeyState::PendingImport && key.is_complete() {
        key.state = enabled;
    }
    let id = key.id.clone();
    success.state.watch_key(&id);
}

const SHOWS_WHAT: Promise<ImportKeyMaterial> = Promise {
    card: Card {
        id: "KID-11",
        says: "ImportKeyMaterial shows the ARN of the key and the id of the material.",
        cite: API,
        evidence: Evidence::Documented,
    },
    when: always,
    make: |input, success| {
        let digest = input.unwrapped(success.state).map(|it| it.digest.clone());
        let Some(key) = key_of(success.state, input).cloned() else {
            return;
        };
        let arn = success.state.key_arn(&key.id);
        success.may_show(&Path::of("KeyId"), arn);
        if let Some(number) = digest.and_then(|digest| key.imported(&digest)) {
            show_material(success, &key, number, &Path::of("KeyMaterialId"), false);
        }
    },
};

#[cfg(test)]
mod tests {
    use super::super::store_fixture::*;
    use serde_json::json;

    #[test]
    fn a_key_in_a_store_takes_no_material() {
        let mut world = world_with_store();
        for reachable in [true, false] {
            given_key(&mut world, |key| key.reachable = given(reachable));
            let refused = world.refused(
                "ImportKeyMaterial",
                json!({"KeyId": KEY, "ImportToken": "YQ==", "EncryptedKeyMaterial": "YQ=="}),
            );
            assert_eq!(refused, ["UnsupportedOperationException"]);
            assert_eq!(
                world.fired(
                    "ImportKeyMaterial",
                    json!({"KeyId": KEY, "ImportToken": "YQ==", "EncryptedKeyMaterial": "YQ=="})
                ),
                ["CKX-04"]
            );
        }
    }
}
