//! Key pairs and HMAC keys, made when they are first needed.

use hmac::{Hmac, KeyInit, Mac};
use kms_conformance_model::asymmetric::PrivateKey;
use kms_conformance_model::kms::MacAlgorithm;
use kms_conformance_model::state::{Key, KeySpec, KeyUsage, Origin};
use sha2::{Sha224, Sha256, Sha384, Sha512};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use zeroize::Zeroizing;

/// Where RSA keys come from, which take long to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RsaKeys {
    /// Each is made when it is needed.
    Fresh,
    /// All emulators of this process share a supply. No account has one of them twice, but an account
    /// that was reset begins with the same ones again.
    Shared,
}

/// The key pairs and HMAC keys of the emulator, by the id of the KMS key.
pub(super) struct Pairs {
    source: RsaKeys,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    pairs: HashMap<String, Arc<PrivateKey>>,
    secrets: HashMap<String, Zeroizing<Vec<u8>>>,
    /// The public halves of the pairs that were imported, which outlive their private halves.
    publics: HashMap<String, Vec<u8>>,
    /// How many RSA keys were taken from the shared supply, by spec.
    taken: HashMap<KeySpec, usize>,
}

/// The shared supply of RSA keys, by spec.
static SUPPLY: LazyLock<Mutex<HashMap<KeySpec, Vec<Arc<PrivateKey>>>>> =
    LazyLock::new(Mutex::default);

impl Pairs {
    /// No keys.
    pub(super) fn new(source: RsaKeys) -> Pairs {
        Pairs {
            source,
            held: Mutex::default(),
        }
    }

    /// The key pair of a KMS key, made now unless there is one; `None` where it has none, or waits for
    /// one to be imported.
    pub(super) fn of(&self, key: &Key) -> Option<Arc<PrivateKey>> {
        let mut held = self.lock();
        if let Some(pair) = held.pairs.get(&key.id) {
            return Some(Arc::clone(pair));
        }
        if key.origin == Origin::External {
            return None;
        }
        let pair = self.new_pair(&mut held, key.spec)?;
        held.pairs.insert(key.id.clone(), Arc::clone(&pair));
        Some(pair)
    }

    /// A new key pair that no KMS key has.
    pub(super) fn make(&self, spec: KeySpec) -> Option<Arc<PrivateKey>> {
        self.new_pair(&mut self.lock(), spec)
    }

    /// The authentication code of a message by a KMS key; `None` for a key that is not for that.
    pub(super) fn mac(
        &self,
        key: &Key,
        algorithm: MacAlgorithm,
        message: &[u8],
    ) -> Option<Vec<u8>> {
        if key.usage != KeyUsage::GenerateVerifyMac {
            return None;
        }
        let mut held = self.lock();
        if key.origin == Origin::External {
            return mac(algorithm, held.secrets.get(&key.id)?, message);
        }
        let secret = held.secrets.entry(key.id.clone()).or_insert_with(|| {
            let mut secret = Zeroizing::new(vec![0; algorithm.length()]);
            rand::fill(secret.as_mut_slice());
            secret
        });
        mac(algorithm, secret, message)
    }

    /// Puts in what somebody brought along for a KMS key: a private key in PKCS#8 or the bytes of an
    /// HMAC key.
    pub(super) fn import(&self, key: &Key, material: Zeroizing<Vec<u8>>) {
        let mut held = self.lock();
        if key.usage == KeyUsage::GenerateVerifyMac {
            held.secrets.insert(key.id.clone(), material);
        } else if let Some(pair) = PrivateKey::read(&material) {
            let public = pair.public().der().unwrap_or_default();
            held.publics.insert(key.id.clone(), public);
            held.pairs.insert(key.id.clone(), Arc::new(pair));
        }
    }

    /// The public key of a KMS key, in DER, also of one whose imported material is gone.
    pub(super) fn public(&self, key: &Key) -> Option<Vec<u8>> {
        let pair = self.of(key).and_then(|pair| pair.public().der());
        pair.or_else(|| self.lock().publics.get(&key.id).cloned())
    }

    /// Destroys what belongs to a KMS key.
    pub(super) fn destroy(&self, key: &str) {
        let mut held = self.lock();
        held.pairs.remove(key);
        held.secrets.remove(key);
    }

    /// Destroys everything.
    pub(super) fn destroy_all(&self) {
        *self.lock() = Held::default();
    }

    fn new_pair(&self, held: &mut Held, spec: KeySpec) -> Option<Arc<PrivateKey>> {
        let rsa = matches!(spec, KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096);
        if !rsa || self.source == RsaKeys::Fresh {
            return PrivateKey::generate(spec, &mut rand::rng()).map(Arc::new);
        }
        let taken = held.taken.entry(spec).or_default();
        let mut supply = SUPPLY.lock().unwrap_or_else(PoisonError::into_inner);
        let made = supply.entry(spec).or_default();
        if made.len() <= *taken {
            made.push(Arc::new(PrivateKey::generate(spec, &mut rand::rng())?));
        }
        let pair = made.get(*taken).cloned();
        *taken += 1;
        pair
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// RFC 2104.
fn mac(algorithm: MacAlgorithm, secret: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    macro_rules! hmac {
        ($hash:ty) => {{
            let mut mac = Hmac::<$hash>::new_from_slice(secret).ok()?;
            mac.update(message);
            Some(mac.finalize().into_bytes().to_vec())
        }};
    }
    match algorithm {
        MacAlgorithm::HmacSha224 => hmac!(Sha224),
        MacAlgorithm::HmacSha256 => hmac!(Sha256),
        MacAlgorithm::HmacSha384 => hmac!(Sha384),
        MacAlgorithm::HmacSha512 => hmac!(Sha512),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_supply_gives_no_account_the_same_key_twice() {
        let der = |pair: &PrivateKey| pair.public().der().unwrap();
        let (one, other) = (Pairs::new(RsaKeys::Shared), Pairs::new(RsaKeys::Shared));
        let first = der(&one.make(KeySpec::Rsa2048).unwrap());
        assert_ne!(first, der(&one.make(KeySpec::Rsa2048).unwrap()));
        assert_eq!(first, der(&other.make(KeySpec::Rsa2048).unwrap()));
        one.destroy_all();
        assert_eq!(first, der(&one.make(KeySpec::Rsa2048).unwrap()));
    }

    #[test]
    fn a_code_is_that_of_rfc_4231() {
        // Test case 2.
        let code = mac(
            MacAlgorithm::HmacSha256,
            b"Jefe",
            b"what do ya want for nothing?",
        );
        let code: String = code
            .unwrap()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert!(
            code.starts_with("5bdcc146bf60754e6a042426089575c7"),
            "{code}"
        );
    }
}
