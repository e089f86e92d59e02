//! What only the vault can tell the model about a request: the public key that a signature must verify
//! with, the right authentication code, and what is inside an asymmetric ciphertext.

use super::vault::Vault;
use crate::wire::Asked;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kms_conformance_model::kms::{EncryptionAlgorithm, MacAlgorithm};
use kms_conformance_model::state::{Key, KeyState, KeyUsage, Names};
use kms_conformance_model::{Plaintext, Sealed, Service, State};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Lets the state know what the request is about to ask. Nothing is told of a key that cannot be used.
pub(super) fn tell(asked: &Asked, state: &mut State, vault: &Vault) {
    match (asked.operation.service(), asked.operation.name()) {
        (Service::Kms, "Verify") => tell_public_key(asked, state, vault),
        (Service::Kms, "VerifyMac") => tell_code(asked, state, vault),
        (Service::Kms, "Decrypt") => {
            tell_plaintext(asked, state, vault, "KeyId", "EncryptionAlgorithm")
        }
        (Service::Kms, "ReEncrypt") => tell_plaintext(
            asked,
            state,
            vault,
            "SourceKeyId",
            "SourceEncryptionAlgorithm",
        ),
        _ => None,
    };
}

/// The key that a member names, if it is there for this and can be used.
fn usable(asked: &Asked, state: &State, member: &str, usage: KeyUsage) -> Option<Arc<Key>> {
    let name = asked.body.get(member)?.as_str()?;
    let key = state.key_named(name, Names::All)?;
    let usable = key.usage == usage && key.state.value == KeyState::Enabled;
    usable.then(|| Arc::clone(key))
}

fn tell_public_key(asked: &Asked, state: &mut State, vault: &Vault) -> Option<()> {
    let key = usable(asked, state, "KeyId", KeyUsage::SignVerify)?;
    let public = vault.pairs.of(&key)?.public().der()?;
    state.key_mut(&key.id)?.public_key = Some(public);
    Some(())
}

fn tell_code(asked: &Asked, state: &mut State, vault: &Vault) -> Option<()> {
    let key = usable(asked, state, "KeyId", KeyUsage::GenerateVerifyMac)?;
    let algorithm: MacAlgorithm = read(asked, "MacAlgorithm")?;
    let message = STANDARD.decode(asked.body.get("Message")?.as_str()?).ok()?;
    let mac = STANDARD.encode(vault.pairs.mac(&key, algorithm, &message)?);
    state.computed.learn_mac(&key.id, algorithm, &message, mac);
    Some(())
}

fn tell_plaintext(
    asked: &Asked,
    state: &mut State,
    vault: &Vault,
    named: &str,
    algorithm: &str,
) -> Option<()> {
    let algorithm: EncryptionAlgorithm = read(asked, algorithm)?;
    if algorithm == EncryptionAlgorithm::SymmetricDefault {
        return None;
    }
    let key = usable(asked, state, named, KeyUsage::EncryptDecrypt)?;
    let base64 = asked.body.get("CiphertextBlob")?.as_str()?;
    let ciphertext = STANDARD.decode(base64).ok()?;
    let plaintext = vault.pairs.of(&key)?.decrypt(algorithm, &ciphertext)?;
    let sealed = Sealed {
        key: key.id.clone(),
        algorithm,
        material: 0,
        context: BTreeMap::new(),
        plaintext: Plaintext::Known(plaintext),
    };
    state.ciphertexts.insert(base64.to_owned(), sealed);
    Some(())
}

fn read<T: DeserializeOwned>(asked: &Asked, member: &str) -> Option<T> {
    let value: &Value = asked.body.get(member)?;
    serde_json::from_value(value.clone()).ok()
}
