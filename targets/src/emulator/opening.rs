//! What cryptography tells the model about a request: what is inside the ciphertexts it brings, and
//! whether its certificates are good.

use super::materials;
use super::vault::{Opened, Vault};
use crate::wire::Asked;
use crate::{wrapping, x509};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kms_conformance_model::kms::EncryptionAlgorithm;
use kms_conformance_model::state::{CertificateFault, Wrapped};
use kms_conformance_model::{Plaintext, Sealed, Service, State};
use serde_json::Value;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// The ciphertext of the request, opened, by its base64. None for a request that brings none, or
/// one that the vault did not make.
pub(super) fn ciphertexts(asked: &Asked, vault: &Vault) -> Option<(String, Sealed)> {
    let (base64, context) = brought(asked)?;
    let ciphertext = STANDARD.decode(base64).ok()?;
    let (material, context, plaintext) = match vault.open(&ciphertext, &context) {
        Opened::Plaintext(material, plaintext) => {
            (material, context, Plaintext::Known(plaintext.to_vec()))
        }
        Opened::OtherContext(material) => (material, unlike(&context), Plaintext::Hidden(0)),
        Opened::KeyDestroyed(material) => (material, context, Plaintext::Hidden(0)),
        Opened::NotOurs => return None,
    };
    let (key, material) = materials::named(&material);
    let sealed = Sealed {
        key,
        algorithm: EncryptionAlgorithm::SymmetricDefault,
        material,
        context,
        plaintext,
    };
    Some((base64.to_owned(), sealed))
}

/// The material that an ImportKeyMaterial request brings, by its base64, if it was wrapped as the
/// token of the request says.
pub(super) fn wrapped(asked: &Asked, state: &State) -> Option<(String, Wrapped, Bytes)> {
    if (asked.operation.service(), asked.operation.name()) != (Service::Kms, "ImportKeyMaterial") {
        return None;
    }
    let text = |member: &str| asked.body.get(member).and_then(Value::as_str);
    let parameters = state.import_tokens.get(text("ImportToken")?)?;
    let base64 = text("EncryptedKeyMaterial")?;
    let (public, algorithm) = (&parameters.public_key, &parameters.algorithm);
    let material = wrapping::unwrap(public, algorithm, &STANDARD.decode(base64).ok()?)?;
    let known = wrapping::known(public, algorithm, &material);
    Some((base64.to_owned(), known, material))
}

/// Material on its way into the vault.
pub(super) type Bytes = Zeroizing<Vec<u8>>;

/// The base64 of the ciphertext that a request brings to be opened, and the encryption context with it.
pub(super) fn brought(asked: &Asked) -> Option<(&str, BTreeMap<String, String>)> {
    let context = match (asked.operation.service(), asked.operation.name()) {
        (Service::Kms, "Decrypt") => "EncryptionContext",
        (Service::Kms, "ReEncrypt") => "SourceEncryptionContext",
        _ => return None,
    };
    let base64 = asked.body.get("CiphertextBlob")?.as_str()?;
    Some((base64, read_context(asked.body.get(context))?))
}

/// What is wrong with the certificates of an InitializeCluster request.
pub(super) fn certificate_fault(asked: &Asked, state: &State) -> Option<CertificateFault> {
    if (asked.operation.service(), asked.operation.name())
        != (Service::CloudHsm, "InitializeCluster")
    {
        return None;
    }
    let text = |member: &str| asked.body.get(member).and_then(Value::as_str);
    let cluster = state.clusters.get(text("ClusterId")?)?;
    x509::verify(
        cluster.csr.as_deref().unwrap_or_default(),
        text("SignedCert")?,
        text("TrustAnchor")?,
    )
}

/// The encryption context of the request; `None` where it is not a map of texts, which the model
/// refuses anyway.
fn read_context(member: Option<&Value>) -> Option<BTreeMap<String, String>> {
    match member {
        None | Some(Value::Null) => Some(BTreeMap::new()),
        Some(context) => serde_json::from_value(context.clone()).ok(),
    }
}

/// A context that is not `context`. The one under which a ciphertext was sealed cannot be learnt
/// from it, and all that counts is that it is another.
fn unlike(context: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut other = context.clone();
    other.insert("unknown".to_owned(), String::new());
    if other == *context {
        other.clear();
    }
    other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unlike_context_differs_from_every_context() {
        let trap = BTreeMap::from([("unknown".to_owned(), String::new())]);
        for context in [BTreeMap::new(), trap] {
            assert_ne!(unlike(&context), context);
        }
    }

    #[test]
    fn a_context_must_be_a_map_of_texts() {
        assert_eq!(read_context(None), Some(BTreeMap::new()));
        assert_eq!(read_context(Some(&serde_json::json!({"a": 1}))), None);
        assert_eq!(read_context(Some(&serde_json::json!("a"))), None);
    }
}
