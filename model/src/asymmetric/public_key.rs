//! Public keys, as GetPublicKey shows them: DER of a SubjectPublicKeyInfo (RFC 5280).

use super::covered::{Covered, SigningAlgorithm};
use super::hash::Prehashed;
use crate::kms::EncryptionAlgorithm;
use crate::state::KeySpec;
use ml_dsa::{MlDsa44, MlDsa65, MlDsa87};
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use p256::pkcs8::{DecodePublicKey, EncodePublicKey};
use rsa::rand_core::CryptoRng;
use rsa::traits::PublicKeyParts;
use rsa::{Oaep, Pkcs1v15Sign, Pss};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

/// A public key.
#[derive(Clone, Debug)]
pub enum PublicKey {
    /// RSA.
    Rsa(Box<rsa::PublicKey>),
    /// On the curve NIST P-256.
    P256(p256::PublicKey),
    /// On the curve NIST P-384.
    P384(p384::PublicKey),
    /// On the curve NIST P-521.
    P521(p521::PublicKey),
    /// On the curve secp256k1.
    K256(k256::PublicKey),
    /// Ed25519.
    Ed25519(ed25519_dalek::VerifyingKey),
    /// ML-DSA-44.
    MlDsa44(Box<ml_dsa::VerifyingKey<MlDsa44>>),
    /// ML-DSA-65.
    MlDsa65(Box<ml_dsa::VerifyingKey<MlDsa65>>),
    /// ML-DSA-87.
    MlDsa87(Box<ml_dsa::VerifyingKey<MlDsa87>>),
}

/// Whether an ECDSA signature in DER is one of the digest.
macro_rules! ecdsa {
    ($curve:ident, $key:expr, $digest:expr, $signature:expr) => {{
        let signature = $curve::ecdsa::Signature::from_der($signature);
        let key = $curve::ecdsa::VerifyingKey::from($key);
        // One of the two values of s that go with an r is as good as the other.
        signature.is_ok_and(|it| key.verify_prehash($digest, &it.normalize_s()).is_ok())
    }};
}

/// Whether an ML-DSA signature is one of what it should cover.
macro_rules! ml_dsa {
    ($key:expr, $covered:expr, $signature:expr) => {{
        let signature = ml_dsa::Signature::try_from($signature);
        signature.is_ok_and(|signature| match $covered {
            Covered::Message(message) => $key.verify_with_context(message, &[], &signature),
            Covered::Mu(mu) => {
                let mu = mu.as_slice().try_into();
                mu.is_ok_and(|mu| $key.verify_mu(&mu, &signature))
            }
            Covered::Digest(_) => false,
        })
    }};
}

impl PublicKey {
    /// Reads DER; `None` where it is none, or of a kind that KMS does not have.
    pub fn read(der: &[u8]) -> Option<PublicKey> {
        let rsa = || rsa::PublicKey::from_public_key_der(der).ok();
        let p256 = || p256::PublicKey::from_public_key_der(der).ok();
        let p384 = || p384::PublicKey::from_public_key_der(der).ok();
        let p521 = || p521::PublicKey::from_public_key_der(der).ok();
        let k256 = || k256::PublicKey::from_public_key_der(der).ok();
        let edwards = || ed25519_dalek::VerifyingKey::from_public_key_der(der).ok();
        let dsa44 = || ml_dsa::VerifyingKey::from_public_key_der(der).ok();
        let dsa65 = || ml_dsa::VerifyingKey::from_public_key_der(der).ok();
        let dsa87 = || ml_dsa::VerifyingKey::from_public_key_der(der).ok();
        rsa()
            .map(|key| PublicKey::Rsa(Box::new(key)))
            .or_else(|| p256().map(PublicKey::P256))
            .or_else(|| p384().map(PublicKey::P384))
            .or_else(|| p521().map(PublicKey::P521))
            .or_else(|| k256().map(PublicKey::K256))
            .or_else(|| edwards().map(PublicKey::Ed25519))
            .or_else(|| dsa44().map(|key| PublicKey::MlDsa44(Box::new(key))))
            .or_else(|| dsa65().map(|key| PublicKey::MlDsa65(Box::new(key))))
            .or_else(|| dsa87().map(|key| PublicKey::MlDsa87(Box::new(key))))
    }

    /// Its DER.
    pub fn der(&self) -> Option<Vec<u8>> {
        let document = match self {
            PublicKey::Rsa(key) => key.to_public_key_der(),
            PublicKey::P256(key) => key.to_public_key_der(),
            PublicKey::P384(key) => key.to_public_key_der(),
            PublicKey::P521(key) => key.to_public_key_der(),
            PublicKey::K256(key) => key.to_public_key_der(),
            PublicKey::Ed25519(key) => key.to_public_key_der(),
            PublicKey::MlDsa44(key) => key.to_public_key_der(),
            PublicKey::MlDsa65(key) => key.to_public_key_der(),
            PublicKey::MlDsa87(key) => key.to_public_key_der(),
        };
        Some(document.ok()?.into_vec())
    }

    /// The key spec that it belongs to; `None` for an RSA modulus of another length.
    pub fn spec(&self) -> Option<KeySpec> {
        Some(match self {
            PublicKey::Rsa(key) => match key.n().bit_width() {
                2048 => KeySpec::Rsa2048,
                3072 => KeySpec::Rsa3072,
                4096 => KeySpec::Rsa4096,
                _ => return None,
            },
            PublicKey::P256(_) => KeySpec::EccNistP256,
            PublicKey::P384(_) => KeySpec::EccNistP384,
            PublicKey::P521(_) => KeySpec::EccNistP521,
            PublicKey::K256(_) => KeySpec::EccSecgP256k1,
            PublicKey::Ed25519(_) => KeySpec::EccNistEdwards25519,
            PublicKey::MlDsa44(_) => KeySpec::MlDsa44,
            PublicKey::MlDsa65(_) => KeySpec::MlDsa65,
            PublicKey::MlDsa87(_) => KeySpec::MlDsa87,
        })
    }

    /// Whether the signature is one that the private half made, by this algorithm. The salt of PSS
    /// must be as long as the digest.
    pub fn verifies(
        &self,
        algorithm: SigningAlgorithm,
        covered: &Covered,
        signature: &[u8],
    ) -> bool {
        match (self, covered) {
            (PublicKey::Rsa(key), Covered::Digest(digest)) => {
                verifies_rsa(key, algorithm, digest, signature)
            }
            (PublicKey::P256(key), Covered::Digest(digest)) => {
                ecdsa!(p256, key, digest, signature)
            }
            (PublicKey::P384(key), Covered::Digest(digest)) => {
                ecdsa!(p384, key, digest, signature)
            }
            (PublicKey::P521(key), Covered::Digest(digest)) => {
                ecdsa!(p521, key, digest, signature)
            }
            (PublicKey::K256(key), Covered::Digest(digest)) => {
                ecdsa!(k256, key, digest, signature)
            }
            (PublicKey::Ed25519(key), covered) => verifies_edwards(key, covered, signature),
            (PublicKey::MlDsa44(key), covered) => ml_dsa!(key, covered, signature),
            (PublicKey::MlDsa65(key), covered) => ml_dsa!(key, covered, signature),
            (PublicKey::MlDsa87(key), covered) => ml_dsa!(key, covered, signature),
            _ => false,
        }
    }

    /// Encrypts as KMS does; `None` for a key that does not encrypt, and for too long a plaintext.
    pub fn encrypt(
        &self,
        rng: &mut (impl CryptoRng + ?Sized),
        algorithm: EncryptionAlgorithm,
        plaintext: &[u8],
    ) -> Option<Vec<u8>> {
        let PublicKey::Rsa(key) = self else {
            return None;
        };
        match algorithm {
            EncryptionAlgorithm::RsaesOaepSha1 => {
                key.encrypt(rng, Oaep::<Sha1>::new(), plaintext).ok()
            }
            EncryptionAlgorithm::RsaesOaepSha256 => {
                key.encrypt(rng, Oaep::<Sha256>::new(), plaintext).ok()
            }
            EncryptionAlgorithm::SymmetricDefault | EncryptionAlgorithm::Sm2pke => None,
        }
    }
}

fn verifies_rsa(
    key: &rsa::PublicKey,
    algorithm: SigningAlgorithm,
    digest: &[u8],
    signature: &[u8],
) -> bool {
    use SigningAlgorithm::*;
    let pkcs1 = |scheme: Pkcs1v15Sign| key.verify(scheme, digest, signature);
    let result = match algorithm {
        RsassaPkcs1V15Sha256 => pkcs1(Pkcs1v15Sign::new::<Sha256>()),
        RsassaPkcs1V15Sha384 => pkcs1(Pkcs1v15Sign::new::<Sha384>()),
        RsassaPkcs1V15Sha512 => pkcs1(Pkcs1v15Sign::new::<Sha512>()),
        RsassaPssSha256 => key.verify(Pss::<Sha256>::new(), digest, signature),
        RsassaPssSha384 => key.verify(Pss::<Sha384>::new(), digest, signature),
        RsassaPssSha512 => key.verify(Pss::<Sha512>::new(), digest, signature),
        _ => return false,
    };
    result.is_ok()
}

fn verifies_edwards(
    key: &ed25519_dalek::VerifyingKey,
    covered: &Covered,
    signature: &[u8],
) -> bool {
    let Ok(signature) = ed25519_dalek::Signature::from_slice(signature) else {
        return false;
    };
    match covered {
        Covered::Message(message) => key.verify_strict(message, &signature).is_ok(),
        Covered::Digest(digest) => <[u8; 64]>::try_from(digest.as_slice()).is_ok_and(|digest| {
            key.verify_prehashed_strict(Prehashed(digest), None, &signature)
                .is_ok()
        }),
        Covered::Mu(_) => false,
    }
}
