//! What a load stands on: a connected key store where one is asked for, keys, and a ciphertext of each.

use super::draft::Draft;
use super::private_emulator;
use super::scenes::connected_store;
use crate::plan::Plan;
use crate::session::Identity;
use kms_conformance_model::Switches;
use serde_json::{Value, json};

/// The plan that makes it, with references to what it made.
pub(crate) struct Footing {
    /// The plan.
    pub(crate) plan: Plan,
    /// The body of a CreateKey like those that the plan sent.
    pub(crate) create_key: Value,
    /// The ids of the keys.
    pub(crate) keys: Vec<Value>,
    /// A ciphertext of each key, where any are asked for.
    pub(crate) ciphertexts: Vec<Value>,
}

/// A plan that makes so many keys, and encrypts something with each where `encrypts` says so.
pub(crate) fn footing(
    identity: &Identity,
    key_store: bool,
    keys: u8,
    encrypts: bool,
) -> Option<Footing> {
    let emulator = private_emulator(identity, &Switches::none());
    let mut draft = Draft::begin(&emulator, identity)?;
    let create_key = match key_store {
        true => {
            let (store, _) = connected_store(&mut draft, "load");
            json!({ "Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": store })
        }
        false => json!({}),
    };
    let keys: Vec<Value> = (0..keys)
        .map(|_| {
            let made = draft.kms("CreateKey", create_key.clone());
            json!({ "$of": [made, "KeyMetadata.KeyId"] })
        })
        .collect();
    let asked = keys.iter().zip(0_u8..).filter(|_| encrypts);
    let ciphertexts = asked
        .map(|(key, nth)| {
            let body = json!({ "KeyId": key, "Plaintext": {"$bytes": [nth, 32]} });
            let made = draft.kms("Encrypt", body);
            json!({ "$of": [made, "CiphertextBlob"] })
        })
        .collect();
    let (plan, _) = draft.finish("what a load stands on");
    Some(Footing {
        plan,
        create_key,
        keys,
        ciphertexts,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity() -> Identity {
        Identity {
            account: "123456789012".to_owned(),
            region: "us-east-1".to_owned(),
            salt: "0".to_owned(),
        }
    }

    #[test]
    fn it_holds_what_was_asked_for() {
        let plain = footing(&identity(), false, 2, true).unwrap();
        assert_eq!(plain.plan.steps.len(), 4);
        assert_eq!((plain.keys.len(), plain.ciphertexts.len()), (2, 2));
        let with_store = footing(&identity(), true, 1, false).unwrap();
        assert!(with_store.ciphertexts.is_empty());
        assert_eq!(with_store.create_key["Origin"], "AWS_CLOUDHSM");
    }
}
