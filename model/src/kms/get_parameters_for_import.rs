//! GetParametersForImport: which keys take no imported material. Imports are not modelled.

use super::key_states::{creating, pending_deletion, updating};
use super::lookups::{OnKey, id_lookups, other_account};
use super::shapes::*;
use super::store_limits::imported_only;
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal};
use crate::shape::Member;
use crate::state::Names;

input! {
    /// Input of GetParametersForImport.
    GetParametersForImport, MEMBERS {
        key: String = "KeyId", KEY_ID;
        algorithm: String = "WrappingAlgorithm", WRAPPING_ALGORITHM;
        spec: String = "WrappingKeySpec", WRAPPING_KEY_SPEC;
    }
}

impl OnKey for GetParametersForImport {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl Operation for GetParametersForImport {
    const NAME: &'static str = "GetParametersForImport";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &id_lookups(),
        &[
            other_account(),
            imported_only(),
            pending_deletion(),
            creating(),
            updating(),
        ],
    ];
    const PROMISES: &'static [Promise<Self>] = &[];
    const MODELS_SUCCESS: bool = false;
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
            let refused = world.refused("GetParametersForImport", json!({"KeyId": KEY, "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}));
            assert_eq!(refused, ["UnsupportedOperationException"]);
            assert_eq!(world.fired("GetParametersForImport", json!({"KeyId": KEY, "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"})), ["CKX-04"]);
        }
    }
}
