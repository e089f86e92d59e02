//! DeleteImportedKeyMaterial: which keys have no imported material. Imports are not modelled.

use super::key_states::{creating, updating};
use super::lookups::{OnKey, id_lookups, other_account};
use super::shapes::*;
use super::store_limits::imported_only;
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal};
use crate::shape::Member;
use crate::state::Names;

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
        &[other_account(), imported_only(), creating(), updating()],
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
