//! Keys and signatures in other forms than those of KMS. Who reports that a form is wrong can still
//! read what it holds.

use super::{PrivateKey, PublicKey};
use rsa::pkcs1::{DecodeRsaPrivateKey, DecodeRsaPublicKey};

/// The tag of a DER sequence.
const SEQUENCE: u8 = 0x30;
/// The tag of a DER integer.
const INTEGER: u8 = 0x02;

impl PublicKey {
    /// The public keys that bytes may stand for in any usual form, the likeliest first: a
    /// SubjectPublicKeyInfo (RFC 5280), alone or inside a certificate, the RSAPublicKey of PKCS#1
    /// (RFC 8017), a point (SEC 1), which may be on several curves, or the 32 bytes of an Ed25519 key
    /// (RFC 8032).
    pub fn read_any(bytes: &[u8]) -> Vec<PublicKey> {
        let rsa = rsa::PublicKey::from_pkcs1_der(bytes).ok();
        let edwards = || ed25519_dalek::VerifyingKey::from_bytes(bytes.try_into().ok()?).ok();
        let points = [
            p256::PublicKey::from_sec1_bytes(bytes)
                .ok()
                .map(PublicKey::P256),
            k256::PublicKey::from_sec1_bytes(bytes)
                .ok()
                .map(PublicKey::K256),
            p384::PublicKey::from_sec1_bytes(bytes)
                .ok()
                .map(PublicKey::P384),
            p521::PublicKey::from_sec1_bytes(bytes)
                .ok()
                .map(PublicKey::P521),
        ];
        let alone = PublicKey::read(bytes).into_iter();
        alone
            .chain(rsa.map(|key| PublicKey::Rsa(Box::new(key))))
            .chain(points.into_iter().flatten())
            .chain(edwards().map(PublicKey::Ed25519))
            .chain(sequences(bytes).filter_map(PublicKey::read))
            .collect()
    }
}

impl PrivateKey {
    /// The private keys that bytes may stand for in any usual form: PKCS#8 (RFC 5208), the
    /// RSAPrivateKey of PKCS#1 (RFC 8017), or the ECPrivateKey of SEC 1 (RFC 5915), which need not
    /// name its curve.
    pub fn read_any(bytes: &[u8]) -> Vec<PrivateKey> {
        let rsa = rsa::PrivateKey::from_pkcs1_der(bytes).ok();
        let curves = [
            p256::SecretKey::from_sec1_der(bytes)
                .ok()
                .map(PrivateKey::P256),
            k256::SecretKey::from_sec1_der(bytes)
                .ok()
                .map(PrivateKey::K256),
            p384::SecretKey::from_sec1_der(bytes)
                .ok()
                .map(PrivateKey::P384),
            p521::SecretKey::from_sec1_der(bytes)
                .ok()
                .map(PrivateKey::P521),
        ];
        let usual = PrivateKey::read(bytes).into_iter();
        usual
            .chain(rsa.map(|key| PrivateKey::Rsa(Box::new(key))))
            .chain(curves.into_iter().flatten())
            .collect()
    }
}

/// The DER of an ECDSA signature that is written as its two numbers, each as long as the order of the
/// curve (IEEE P1363); `None` for one of a length that no curve of KMS has.
pub fn ecdsa_der(signature: &[u8]) -> Option<Vec<u8>> {
    if !matches!(signature.len(), 64 | 96 | 132) {
        return None;
    }
    let (r, s) = signature.split_at_checked(signature.len() / 2)?;
    let mut inside = integer(r)?;
    inside.extend(integer(s)?);
    let mut der = vec![SEQUENCE];
    let length = u8::try_from(inside.len()).ok()?;
    match length < 0x80 {
        true => der.push(length),
        false => der.extend([0x81, length]),
    }
    der.extend(inside);
    Some(der)
}

/// The DER of a number that is not negative, of fewer than 128 bytes.
fn integer(bytes: &[u8]) -> Option<Vec<u8>> {
    let leading = bytes.iter().take_while(|byte| **byte == 0).count();
    let digits = bytes.get(leading..).filter(|digits| !digits.is_empty())?;
    let is_signed = digits.first().is_some_and(|byte| byte & 0x80 != 0);
    let length = u8::try_from(digits.len() + usize::from(is_signed)).ok()?;
    let mut der = vec![INTEGER, length];
    der.extend(is_signed.then_some(0));
    der.extend_from_slice(digits);
    Some(der)
}

/// The DER sequences inside DER, as far as their lengths fit.
fn sequences(der: &[u8]) -> impl Iterator<Item = &[u8]> {
    let starts = der.iter().enumerate().filter(|(_, tag)| **tag == SEQUENCE);
    starts.filter_map(|(start, _)| {
        let from = der.get(start..)?;
        let first = usize::from(*from.get(1)?);
        let (header, length) = match first {
            0x81 => (3, usize::from(*from.get(2)?)),
            0x82 => (
                4,
                usize::from(*from.get(2)?) << 8 | usize::from(*from.get(3)?),
            ),
            short if short < 0x80 => (2, short),
            _ => return None,
        };
        from.get(..header + length)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asymmetric::{Covered, Hash, SigningAlgorithm};
    use crate::state::KeySpec;
    use rsa::pkcs1::{EncodeRsaPrivateKey, EncodeRsaPublicKey};

    #[test]
    fn keys_are_read_in_every_usual_form() {
        let mut rng = rand::rng();
        for spec in [
            KeySpec::Rsa2048,
            KeySpec::EccNistP256,
            KeySpec::EccNistP521,
            KeySpec::EccSecgP256k1,
        ] {
            let private = PrivateKey::generate(spec, &mut rng).unwrap();
            let (public, whole) = (private.public().der().unwrap(), private.der().unwrap());
            let inside = |der: &[u8]| [&[0x30, 0x82, 0x10, 0x00, 0x02, 0x01, 0x02], der].concat();
            let other = match &private {
                PrivateKey::Rsa(key) => [
                    key.to_public_key().to_pkcs1_der().unwrap().into_vec(),
                    key.to_pkcs1_der().unwrap().as_bytes().to_vec(),
                ],
                PrivateKey::P256(key) => [
                    key.public_key().to_sec1_bytes().to_vec(),
                    key.to_sec1_der().unwrap().to_vec(),
                ],
                PrivateKey::P521(key) => [
                    key.public_key().to_sec1_bytes().to_vec(),
                    key.to_sec1_der().unwrap().to_vec(),
                ],
                PrivateKey::K256(key) => [
                    key.public_key().to_sec1_bytes().to_vec(),
                    key.to_sec1_der().unwrap().to_vec(),
                ],
                _ => unreachable!(),
            };
            for form in [&public, &inside(&public), &other[0]] {
                let read = PublicKey::read_any(form);
                let mut read = read.iter().filter_map(PublicKey::der);
                assert!(read.any(|der| der == public), "{spec:?}");
            }
            for form in [whole.as_bytes(), other[1].as_slice()] {
                let read = PrivateKey::read_any(form);
                let mut read = read.iter().filter_map(|key| key.public().der());
                assert!(read.any(|der| der == public), "{spec:?}");
            }
        }
        assert!(PublicKey::read_any(b"no key").is_empty());
        assert!(PrivateKey::read_any(b"no key").is_empty());
    }

    #[test]
    fn two_numbers_become_a_signature_in_der() {
        let mut rng = rand::rng();
        let covered = Covered::Digest(Hash::Sha256.of(b"message"));
        let key = PrivateKey::generate(KeySpec::EccNistP256, &mut rng).unwrap();
        for _ in 0..8 {
            let algorithm = SigningAlgorithm::EcdsaSha256;
            let der = key.sign(&mut rng, algorithm, &covered).unwrap();
            let numbers = p256::ecdsa::Signature::from_der(&der).unwrap().to_bytes();
            assert_eq!(ecdsa_der(&numbers), Some(der));
        }
        assert_eq!(ecdsa_der(b"short"), None);
        assert_eq!(ecdsa_der(&[0; 64]), None);
    }
}
