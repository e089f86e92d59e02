//! Values in another form than the usual one, and how they are told.

use crate::asymmetric::{PrivateKey, PublicKey, ecdsa_der};
use crate::mint::Claim;
use serde_json::Value;

/// A value as a text, if it is a text or a number.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// So many bytes, in words.
pub(super) fn in_bytes(length: usize) -> String {
    format!("{length} bytes")
}

/// The outcome of a computation of which a claim holds once it is written as KMS writes it: a public
/// key as a SubjectPublicKeyInfo, an ECDSA signature as DER. A private key stays as it is, since what
/// was sealed of it is that.
pub(super) fn in_its_form(bytes: &[u8], claim: &Claim<'_>) -> Option<Vec<u8>> {
    let holds = |bytes: &Vec<u8>| (claim.holds)(bytes);
    if (claim.holds)(bytes) {
        return Some(bytes.to_vec());
    }
    if claim.secret {
        let keys = PrivateKey::read_any(bytes);
        let mut ders = keys.iter().filter_map(PrivateKey::der);
        let is_key = ders.any(|der| (claim.holds)(der.as_bytes()));
        return is_key.then(|| bytes.to_vec());
    }
    let keys = PublicKey::read_any(bytes);
    let mut ders = keys.iter().filter_map(PublicKey::der);
    ders.find(holds).or_else(|| ecdsa_der(bytes).filter(holds))
}
