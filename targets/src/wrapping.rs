//! Wrapped key material: the public keys that GetParametersForImport hands out, wrapping with them,
//! and unwrapping.

use aes_gcm::KeyInit;
use aes_kw::KwpAes256;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kms_conformance_model::asymmetric;
use kms_conformance_model::state::Wrapped;
use rsa::pkcs8::{DecodePublicKey, EncodePublicKey};
use rsa::{Oaep, PrivateKey, PublicKey};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;
use zeroize::Zeroizing;

/// The wrapping keys of this process, made when they are first used. All emulators of the process
/// share them, since making one of 4096 bits takes seconds; the token ties material to its key.
static KEYS: [LazyLock<Option<PrivateKey>>; 3] = [
    LazyLock::new(|| made(2048)),
    LazyLock::new(|| made(3072)),
    LazyLock::new(|| made(4096)),
];

const AES_KEY_BYTES: usize = 32;

/// The most bytes that wrapped material has.
const MOST_BYTES: usize = 6144;

fn made(bits: usize) -> Option<PrivateKey> {
    PrivateKey::new(&mut rand::rng(), bits).ok()
}

/// The base64 of the public wrapping key of so many bits: a SubjectPublicKeyInfo in DER.
pub fn public_key(bits: usize) -> String {
    let place = match bits {
        3072 => 1,
        4096 => 2,
        _ => 0,
    };
    let key = KEYS
        .get(place)
        .and_then(|key| LazyLock::force(key).as_ref());
    let der = key.and_then(|key| PublicKey::from(key).to_public_key_der().ok());
    der.map(|der| STANDARD.encode(der.as_bytes()))
        .unwrap_or_default()
}

/// Wraps material with a public key, which is the base64 of its DER, as the algorithm says; `None`
/// where it cannot be done.
pub fn wrap(public_key: &str, algorithm: &str, material: &[u8]) -> Option<Vec<u8>> {
    let key = PublicKey::from_public_key_der(&STANDARD.decode(public_key).ok()?).ok()?;
    let encrypt = |bytes: &[u8]| match algorithm.ends_with("SHA_1") {
        true => key
            .encrypt(&mut rand::rng(), Oaep::<Sha1>::new(), bytes)
            .ok(),
        false => key
            .encrypt(&mut rand::rng(), Oaep::<Sha256>::new(), bytes)
            .ok(),
    };
    match algorithm {
        "RSAES_OAEP_SHA_1" | "RSAES_OAEP_SHA_256" => encrypt(material),
        "RSA_AES_KEY_WRAP_SHA_1" | "RSA_AES_KEY_WRAP_SHA_256" => {
            let mut aes = Zeroizing::new([0; AES_KEY_BYTES]);
            rand::fill(aes.as_mut_slice());
            let mut buffer = vec![0; MOST_BYTES];
            let cipher = KwpAes256::new_from_slice(aes.as_slice()).ok()?;
            let wrapped = cipher.wrap_key(material, &mut buffer).ok()?;
            let mut all = encrypt(aes.as_slice())?;
            all.extend_from_slice(wrapped);
            Some(all)
        }
        _ => None,
    }
}

/// Unwraps material that was wrapped with a public key of this process; `None` for anything else.
pub(crate) fn unwrap(public: &str, algorithm: &str, wrapped: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let bits = [2048, 3072, 4096];
    let key = bits.into_iter().zip(&KEYS).find_map(|(bits, key)| {
        // Only those that were handed out are compared: the others need not be made.
        let key = LazyLock::get(key)?.as_ref()?;
        (public_key(bits) == public).then_some((bits, key))
    });
    let (bits, key) = key?;
    let decrypt = |bytes: &[u8]| match algorithm.ends_with("SHA_1") {
        true => key.decrypt(Oaep::<Sha1>::new(), bytes).ok(),
        false => key.decrypt(Oaep::<Sha256>::new(), bytes).ok(),
    };
    if algorithm.starts_with("RSAES_OAEP") {
        return decrypt(wrapped).map(Zeroizing::new);
    }
    let (aes, material) = wrapped.split_at_checked(bits / 8)?;
    let aes = Zeroizing::new(decrypt(aes)?);
    let mut buffer = Zeroizing::new(vec![0; MOST_BYTES]);
    let cipher = KwpAes256::new_from_slice(&aes).ok()?;
    let material = cipher.unwrap_key(material, &mut buffer).ok()?;
    Some(Zeroizing::new(material.to_vec()))
}

/// What is known of material wrapped so. The material itself cannot be told from it.
pub fn known(public_key: &str, algorithm: &str, material: &[u8]) -> Wrapped {
    let digest = Sha256::digest(material);
    Wrapped {
        public_key: public_key.to_owned(),
        algorithm: algorithm.to_owned(),
        digest: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        length: material.len(),
        private_key: asymmetric::PrivateKey::read(material).and_then(|key| key.public().spec()),
    }
}

/// Material that is the same for the same name, for a key of this spec: so many bytes, or a private
/// key on P-256 in PKCS#8.
pub fn named_material(name: &str, bytes: usize) -> Zeroizing<Vec<u8>> {
    let mut material = Vec::new();
    let mut part = 0_u32;
    while material.len() < bytes {
        let mut hash = Sha256::new();
        hash.update(part.to_be_bytes());
        hash.update(name.as_bytes());
        material.extend_from_slice(&hash.finalize());
        part += 1;
    }
    material.truncate(bytes);
    Zeroizing::new(material)
}

/// A private key on P-256 in PKCS#8 that is the same for the same name.
pub fn named_private_key(name: &str) -> Option<Zeroizing<Vec<u8>>> {
    use p256::pkcs8::EncodePrivateKey;
    let scalar = named_material(name, 32);
    let key = p256::SecretKey::from_slice(&scalar).ok()?;
    let der = key.to_pkcs8_der().ok()?;
    Some(Zeroizing::new(der.as_bytes().to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kms_conformance_model::state::KeySpec;

    const ALGORITHMS: [&str; 4] = [
        "RSAES_OAEP_SHA_1",
        "RSAES_OAEP_SHA_256",
        "RSA_AES_KEY_WRAP_SHA_1",
        "RSA_AES_KEY_WRAP_SHA_256",
    ];

    #[test]
    fn what_was_wrapped_is_unwrapped_by_the_same_algorithm_only() {
        let public = public_key(2048);
        let material = named_material("a", 32);
        for algorithm in ALGORITHMS {
            let wrapped = wrap(&public, algorithm, &material).unwrap();
            for other in ALGORITHMS {
                let unwrapped = unwrap(&public, other, &wrapped);
                let expected = (other == algorithm).then(|| material.clone());
                assert_eq!(unwrapped, expected, "{algorithm} {other}");
            }
        }
    }

    #[test]
    fn a_private_key_is_known_by_its_curve() {
        let key = named_private_key("a").unwrap();
        let known = known("", "", &key);
        assert_eq!(known.private_key, Some(KeySpec::EccNistP256));
        assert_eq!(named_private_key("a").unwrap(), key);
    }
}
