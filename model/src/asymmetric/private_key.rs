//! Private keys: what only their holder can make.

use super::covered::{Covered, SigningAlgorithm};
use super::hash::Prehashed;
use super::public_key::PublicKey;
use crate::kms::EncryptionAlgorithm;
use crate::state::KeySpec;
use ed25519_dalek::Signer;
use ml_dsa::{MlDsa44, MlDsa65, MlDsa87};
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::elliptic_curve::ecdh::diffie_hellman;
use p256::pkcs8::{DecodePrivateKey, EncodePrivateKey, SecretDocument};
use rsa::rand_core::CryptoRng;
use rsa::{Generate, Oaep, Pkcs1v15Sign, Pss};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};
use std::fmt;

/// A private key. Its debug output shows only the kind.
#[derive(Clone)]
pub enum PrivateKey {
    /// RSA.
    Rsa(Box<rsa::PrivateKey>),
    /// On the curve NIST P-256.
    P256(p256::SecretKey),
    /// On the curve NIST P-384.
    P384(p384::SecretKey),
    /// On the curve NIST P-521.
    P521(p521::SecretKey),
    /// On the curve secp256k1.
    K256(k256::SecretKey),
    /// Ed25519.
    Ed25519(Box<ed25519_dalek::SigningKey>),
    /// ML-DSA-44.
    MlDsa44(Box<ml_dsa::SigningKey<MlDsa44>>),
    /// ML-DSA-65.
    MlDsa65(Box<ml_dsa::SigningKey<MlDsa65>>),
    /// ML-DSA-87.
    MlDsa87(Box<ml_dsa::SigningKey<MlDsa87>>),
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spec = self.public().spec().map_or("RSA", KeySpec::wire_name);
        write!(f, "PrivateKey({spec})")
    }
}

/// Signs a digest by ECDSA, in DER.
macro_rules! ecdsa {
    ($curve:ident, $key:expr, $digest:expr) => {{
        let key = $curve::ecdsa::SigningKey::from($key);
        let signature: Option<$curve::ecdsa::Signature> = key.sign_prehash($digest).ok();
        Some(signature?.to_der().as_bytes().to_vec())
    }};
}

/// Signs what ML-DSA covers, with fresh randomness.
macro_rules! ml_dsa {
    ($key:expr, $covered:expr, $rng:expr) => {{
        let key = $key.expanded_key();
        let signature = match $covered {
            Covered::Message(message) => key.sign_randomized(message, &[], $rng).ok()?,
            Covered::Mu(mu) => {
                let mu = mu.as_slice().try_into().ok()?;
                key.sign_mu_randomized(&mu, $rng).ok()?
            }
            Covered::Digest(_) => return None,
        };
        Some(signature.encode().to_vec())
    }};
}

/// The secret that two keys on one curve agree on.
macro_rules! agreed {
    ($key:expr, $peer:expr) => {{
        let secret = diffie_hellman($key.to_nonzero_scalar(), $peer.as_affine());
        Some(secret.raw_secret_bytes().to_vec())
    }};
}

impl PrivateKey {
    /// A new key; `None` for a spec that has no private keys, or none here. RSA takes long: a tenth
    /// of a second for 2048 bits, seconds for 4096.
    pub fn generate(spec: KeySpec, rng: &mut (impl CryptoRng + ?Sized)) -> Option<PrivateKey> {
        let rsa = |rng, bits| {
            Some(PrivateKey::Rsa(Box::new(
                rsa::PrivateKey::new(rng, bits).ok()?,
            )))
        };
        Some(match spec {
            KeySpec::Rsa2048 => rsa(rng, 2048)?,
            KeySpec::Rsa3072 => rsa(rng, 3072)?,
            KeySpec::Rsa4096 => rsa(rng, 4096)?,
            KeySpec::EccNistP256 => PrivateKey::P256(p256::SecretKey::generate_from_rng(rng)),
            KeySpec::EccNistP384 => PrivateKey::P384(p384::SecretKey::generate_from_rng(rng)),
            KeySpec::EccNistP521 => PrivateKey::P521(p521::SecretKey::generate_from_rng(rng)),
            KeySpec::EccSecgP256k1 => PrivateKey::K256(k256::SecretKey::generate_from_rng(rng)),
            KeySpec::EccNistEdwards25519 => {
                PrivateKey::Ed25519(Box::new(ed25519_dalek::SigningKey::from_bytes(&seed(rng))))
            }
            KeySpec::MlDsa44 => {
                PrivateKey::MlDsa44(Box::new(ml_dsa::SigningKey::from_seed(&seed(rng).into())))
            }
            KeySpec::MlDsa65 => {
                PrivateKey::MlDsa65(Box::new(ml_dsa::SigningKey::from_seed(&seed(rng).into())))
            }
            KeySpec::MlDsa87 => {
                PrivateKey::MlDsa87(Box::new(ml_dsa::SigningKey::from_seed(&seed(rng).into())))
            }
            KeySpec::SymmetricDefault
            | KeySpec::Hmac224
            | KeySpec::Hmac256
            | KeySpec::Hmac384
            | KeySpec::Hmac512
            | KeySpec::Sm2 => return None,
        })
    }

    /// Reads PKCS#8 DER (RFC 5208); `None` where it is none, or of a kind that KMS does not have.
    pub fn read(der: &[u8]) -> Option<PrivateKey> {
        let rsa = || rsa::PrivateKey::from_pkcs8_der(der).ok();
        let p256 = || p256::SecretKey::from_pkcs8_der(der).ok();
        let p384 = || p384::SecretKey::from_pkcs8_der(der).ok();
        let p521 = || p521::SecretKey::from_pkcs8_der(der).ok();
        let k256 = || k256::SecretKey::from_pkcs8_der(der).ok();
        let edwards = || ed25519_dalek::SigningKey::from_pkcs8_der(der).ok();
        let dsa44 = || ml_dsa::SigningKey::from_pkcs8_der(der).ok();
        let dsa65 = || ml_dsa::SigningKey::from_pkcs8_der(der).ok();
        let dsa87 = || ml_dsa::SigningKey::from_pkcs8_der(der).ok();
        rsa()
            .map(|key| PrivateKey::Rsa(Box::new(key)))
            .or_else(|| p256().map(PrivateKey::P256))
            .or_else(|| p384().map(PrivateKey::P384))
            .or_else(|| p521().map(PrivateKey::P521))
            .or_else(|| k256().map(PrivateKey::K256))
            .or_else(|| edwards().map(|key| PrivateKey::Ed25519(Box::new(key))))
            .or_else(|| dsa44().map(|key| PrivateKey::MlDsa44(Box::new(key))))
            .or_else(|| dsa65().map(|key| PrivateKey::MlDsa65(Box::new(key))))
            .or_else(|| dsa87().map(|key| PrivateKey::MlDsa87(Box::new(key))))
    }

    /// Its PKCS#8 DER.
    pub fn der(&self) -> Option<SecretDocument> {
        match self {
            PrivateKey::Rsa(key) => key.to_pkcs8_der(),
            PrivateKey::P256(key) => key.to_pkcs8_der(),
            PrivateKey::P384(key) => key.to_pkcs8_der(),
            PrivateKey::P521(key) => key.to_pkcs8_der(),
            PrivateKey::K256(key) => key.to_pkcs8_der(),
            PrivateKey::Ed25519(key) => key.to_pkcs8_der(),
            PrivateKey::MlDsa44(key) => key.to_pkcs8_der(),
            PrivateKey::MlDsa65(key) => key.to_pkcs8_der(),
            PrivateKey::MlDsa87(key) => key.to_pkcs8_der(),
        }
        .ok()
    }

    /// Its public half.
    pub fn public(&self) -> PublicKey {
        match self {
            PrivateKey::Rsa(key) => PublicKey::Rsa(Box::new(key.to_public_key())),
            PrivateKey::P256(key) => PublicKey::P256(key.public_key()),
            PrivateKey::P384(key) => PublicKey::P384(key.public_key()),
            PrivateKey::P521(key) => PublicKey::P521(key.public_key()),
            PrivateKey::K256(key) => PublicKey::K256(key.public_key()),
            PrivateKey::Ed25519(key) => PublicKey::Ed25519(key.verifying_key()),
            PrivateKey::MlDsa44(key) => {
                PublicKey::MlDsa44(Box::new(key.expanded_key().verifying_key()))
            }
            PrivateKey::MlDsa65(key) => {
                PublicKey::MlDsa65(Box::new(key.expanded_key().verifying_key()))
            }
            PrivateKey::MlDsa87(key) => {
                PublicKey::MlDsa87(Box::new(key.expanded_key().verifying_key()))
            }
        }
    }

    /// A signature: in DER for ECDSA, plain otherwise, with a salt as long as the digest for PSS.
    /// `None` where the key does not sign so.
    pub fn sign(
        &self,
        rng: &mut (impl CryptoRng + ?Sized),
        algorithm: SigningAlgorithm,
        covered: &Covered,
    ) -> Option<Vec<u8>> {
        match (self, covered) {
            (PrivateKey::Rsa(key), Covered::Digest(digest)) => {
                sign_rsa(key, rng, algorithm, digest)
            }
            (PrivateKey::P256(key), Covered::Digest(digest)) => ecdsa!(p256, key, digest),
            (PrivateKey::P384(key), Covered::Digest(digest)) => ecdsa!(p384, key, digest),
            (PrivateKey::P521(key), Covered::Digest(digest)) => ecdsa!(p521, key, digest),
            (PrivateKey::K256(key), Covered::Digest(digest)) => ecdsa!(k256, key, digest),
            (PrivateKey::Ed25519(key), Covered::Message(message)) => {
                Some(key.sign(message).to_vec())
            }
            (PrivateKey::Ed25519(key), Covered::Digest(digest)) => {
                let digest = Prehashed(digest.as_slice().try_into().ok()?);
                Some(key.sign_prehashed(digest, None).ok()?.to_vec())
            }
            (PrivateKey::MlDsa44(key), covered) => ml_dsa!(key, covered, rng),
            (PrivateKey::MlDsa65(key), covered) => ml_dsa!(key, covered, rng),
            (PrivateKey::MlDsa87(key), covered) => ml_dsa!(key, covered, rng),
            _ => None,
        }
    }

    /// The secret that this key and the peer's agree on: the x-coordinate (NIST SP 800-56A). `None`
    /// where they are not on one curve.
    pub fn agree(&self, peer: &PublicKey) -> Option<Vec<u8>> {
        match (self, peer) {
            (PrivateKey::P256(key), PublicKey::P256(peer)) => agreed!(key, peer),
            (PrivateKey::P384(key), PublicKey::P384(peer)) => agreed!(key, peer),
            (PrivateKey::P521(key), PublicKey::P521(peer)) => agreed!(key, peer),
            (PrivateKey::K256(key), PublicKey::K256(peer)) => agreed!(key, peer),
            _ => None,
        }
    }

    /// Decrypts what the public half encrypted; `None` where it did not.
    pub fn decrypt(&self, algorithm: EncryptionAlgorithm, ciphertext: &[u8]) -> Option<Vec<u8>> {
        let PrivateKey::Rsa(key) = self else {
            return None;
        };
        match algorithm {
            EncryptionAlgorithm::RsaesOaepSha1 => key.decrypt(Oaep::<Sha1>::new(), ciphertext).ok(),
            EncryptionAlgorithm::RsaesOaepSha256 => {
                key.decrypt(Oaep::<Sha256>::new(), ciphertext).ok()
            }
            EncryptionAlgorithm::SymmetricDefault | EncryptionAlgorithm::Sm2pke => None,
        }
    }
}

fn seed(rng: &mut (impl CryptoRng + ?Sized)) -> [u8; 32] {
    let mut seed = [0; 32];
    rng.fill_bytes(&mut seed);
    seed
}

fn sign_rsa(
    key: &rsa::PrivateKey,
    rng: &mut (impl CryptoRng + ?Sized),
    algorithm: SigningAlgorithm,
    digest: &[u8],
) -> Option<Vec<u8>> {
    use SigningAlgorithm::*;
    match algorithm {
        RsassaPkcs1V15Sha256 => key.sign(Pkcs1v15Sign::new::<Sha256>(), digest),
        RsassaPkcs1V15Sha384 => key.sign(Pkcs1v15Sign::new::<Sha384>(), digest),
        RsassaPkcs1V15Sha512 => key.sign(Pkcs1v15Sign::new::<Sha512>(), digest),
        RsassaPssSha256 => key.sign_with_rng(rng, Pss::<Sha256>::new(), digest),
        RsassaPssSha384 => key.sign_with_rng(rng, Pss::<Sha384>::new(), digest),
        RsassaPssSha512 => key.sign_with_rng(rng, Pss::<Sha512>::new(), digest),
        _ => return None,
    }
    .ok()
}
