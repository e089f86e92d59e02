//! Peers of key agreement: private keys of our own, so that a shared secret can be computed here too.

use crate::wrapping::named_material;
use kms_conformance_model::asymmetric::PrivateKey;
use kms_conformance_model::state::KeySpec;

/// The specs of keys whose curves a peer can be on.
pub const CURVES: &[KeySpec] = &[
    KeySpec::EccNistP256,
    KeySpec::EccNistP384,
    KeySpec::EccNistP521,
];

/// A private key on the curve of this spec that is the same for the same name. `None` for a spec that
/// agrees on no secrets, and for SM2.
pub fn named_peer(spec: KeySpec, name: &str) -> Option<PrivateKey> {
    match spec {
        KeySpec::EccNistP256 => {
            let scalar = named_material(name, 32);
            p256::SecretKey::from_slice(&scalar)
                .ok()
                .map(PrivateKey::P256)
        }
        KeySpec::EccNistP384 => {
            let scalar = named_material(name, 48);
            p384::SecretKey::from_slice(&scalar)
                .ok()
                .map(PrivateKey::P384)
        }
        KeySpec::EccNistP521 => {
            // The order has 521 bits: of the first two bytes one bit is used.
            let mut scalar = named_material(name, 66);
            if let [first, second, ..] = scalar.as_mut_slice() {
                *first = 0;
                *second &= 1;
            }
            p521::SecretKey::from_slice(&scalar)
                .ok()
                .map(PrivateKey::P521)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_of_one_curve_agree_and_are_known_by_their_names() {
        for spec in CURVES.iter().copied() {
            let [one, other] = ["a", "b"].map(|name| named_peer(spec, name).unwrap());
            assert_eq!(one.public().spec(), Some(spec));
            assert_eq!(one.agree(&other.public()), other.agree(&one.public()));
            let again = named_peer(spec, "a").unwrap();
            assert_eq!(again.public().der(), one.public().der());
            assert_ne!(other.public().der(), one.public().der());
        }
        assert!(named_peer(KeySpec::Rsa2048, "a").is_none());
    }
}
