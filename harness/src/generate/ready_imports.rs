//! What operations about imported key material need to succeed.

use super::ready::{Bench, is_usable};
use kms_conformance_model::state::{Key, KeyState, Origin};
use serde_json::{Value, json};

impl Bench<'_, '_> {
    /// A key whose material somebody brings along, in any state in which it takes some.
    pub(super) fn importing(&mut self) -> Option<Value> {
        let state = self.draft.state()?;
        let fit = state.keys.values().filter(|key| {
            let waits = key.state.value == KeyState::PendingImport;
            key.origin == Origin::External && (waits || is_usable(key))
        });
        let ids = self.draft.in_order(fit.map(|key| &key.id));
        if let Some(id) = self.dice.pick(&ids) {
            return Some(self.draft.name(id));
        }
        let made = self.make("CreateKey", json!({ "Origin": "EXTERNAL" }))?;
        Some(json!({ "$of": [made, "KeyMetadata.KeyId"] }))
    }

    /// Parameters for an import. The newest serve.
    pub(super) fn parameters(&mut self) -> Option<()> {
        let key = self.importing()?;
        if !self.was_made("GetParametersForImport", "ImportToken", &key) {
            let body = json!({
                "KeyId": key, "WrappingAlgorithm": "RSAES_OAEP_SHA_256",
                "WrappingKeySpec": "RSA_2048",
            });
            self.make("GetParametersForImport", body)?;
        }
        Some(())
    }

    pub(super) fn imported(&mut self) -> Option<()> {
        let state = self.draft.state()?;
        let has_material = |key: &Key| is_usable(key) && key.origin == Origin::External;
        if state.keys.values().any(|key| has_material(key)) {
            return Some(());
        }
        let made = self.make("CreateKey", json!({ "Origin": "EXTERNAL" }))?;
        let key = json!({ "$of": [made, "KeyMetadata.KeyId"] });
        let algorithm = "RSAES_OAEP_SHA_256";
        let body = json!({
            "KeyId": key, "WrappingAlgorithm": algorithm, "WrappingKeySpec": "RSA_2048",
        });
        let asked = self.make("GetParametersForImport", body)?;
        let material = json!({ "name": "material 0", "bytes": 32 });
        let public_key = json!({ "$of": [asked, "PublicKey"] });
        let body = json!({
            "KeyId": key, "ImportToken": {"$of": [asked, "ImportToken"]},
            "EncryptedKeyMaterial": {"$wrapped": [public_key, algorithm, material]},
            "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE",
        });
        self.make("ImportKeyMaterial", body)?;
        Some(())
    }
}
