//! ImportKeyMaterial: which keys take no imported material. Imports are not modelled.

use super::key_states::creating;
use super::lookups::{OnKey, id_lookups, other_account};
use super::shapes::*;
use super::store_limits::imported_only;
use crate::input::{Blob, input};
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal};
use crate::shape::{Member, Shape};
use crate::state::Names;

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
        &[other_account(), imported_only(), creating()],
    ];
    const PROMISES: &'static [Promise<Self>] = &[];
    const MODELS_SUCCESS: bool = false;
    const LEAVES_UNKNOWN: bool = true;
}

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
