//! The vault: key material that goes in, or is made inside, and never comes out.
//!
//! There is no way to ask for the bytes of a key, only for what a cipher makes with them, and they are
//! wiped when they are dropped.

use super::ciphertext::{NONCE_BYTES, TAG_BYTES, associated_data, header, parts};
use super::materials::name;
use super::pairs::{Pairs, RsaKeys};
use aes_gcm::aead::{Aead, Payload};
use aes_gcm::aes::Aes256;
use aes_gcm::aes::cipher::{Array, BlockCipherEncrypt};
use aes_gcm::{Aes256Gcm, KeyInit};
use kms_conformance_model::state::{Key, KeySpec};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use zeroize::Zeroizing;

/// What the vault found out about a ciphertext.
#[derive(PartialEq, Eq)]
pub(super) enum Opened {
    /// Its plaintext, and the key that sealed it.
    Plaintext(String, Zeroizing<Vec<u8>>),
    /// This key sealed it under another encryption context.
    OtherContext(String),
    /// This key sealed it, and its material was destroyed.
    KeyDestroyed(String),
    /// The vault did not make it, or somebody changed it.
    NotOurs,
}

/// All key material of the emulator. The first material of a KMS key has the id of the key, later ones
/// have that and their number.
pub(super) struct Vault {
    seal: Aes256Gcm,
    materials: RwLock<HashMap<String, Material>>,
    /// What is not symmetric.
    pub(super) pairs: Pairs,
}

/// The bytes of a key, which leave only as a prepared cipher: that is quickly made, and takes much more
/// space.
struct Material(Zeroizing<[u8; 32]>);

impl Material {
    fn random() -> Material {
        let mut key = Zeroizing::new([0; 32]);
        rand::fill(key.as_mut_slice());
        Material(key)
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(&Array::from(*self.0))
    }

    /// The first bytes of an all-zero block encrypted under the key.
    fn check_value(&self) -> [u8; 3] {
        let mut block = Array::default();
        Aes256::new(&Array::from(*self.0)).encrypt_block(&mut block);
        let [first, second, third, ..] = block.0;
        [first, second, third]
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault of {} keys", self.read().len())
    }
}

impl Vault {
    /// A vault without keys.
    pub(super) fn new(rsa: RsaKeys) -> Vault {
        Vault {
            seal: Material::random().cipher(),
            materials: RwLock::new(HashMap::new()),
            pairs: Pairs::new(rsa),
        }
    }

    /// Makes material for a key that has none.
    pub(super) fn make(&self, key: &str) {
        let mut materials = self.write();
        if !materials.contains_key(key) {
            materials.insert(key.to_owned(), Material::random());
        }
    }

    /// Puts in the material of this number that somebody brought along for a key.
    pub(super) fn import(&self, key: &Key, number: usize, material: Zeroizing<Vec<u8>>) {
        if key.spec != KeySpec::SymmetricDefault {
            self.pairs.import(key, material);
        } else if let Ok(bytes) = <[u8; 32]>::try_from(material.as_slice()) {
            let material = Material(Zeroizing::new(bytes));
            self.write().insert(name(&key.id, number), material);
        }
    }

    /// Destroys the material of a key.
    pub(super) fn destroy(&self, key: &str) {
        self.write().remove(key);
        self.pairs.destroy(key);
    }

    /// Destroys all material.
    pub(super) fn destroy_all(&self) {
        self.write().clear();
        self.pairs.destroy_all();
    }

    /// The key check value: the first three bytes of an all-zero block encrypted under the key, in
    /// hex. `None` where there is no material.
    pub(super) fn check_value(&self, key: &str) -> Option<String> {
        let [first, second, third] = self.read().get(key)?.check_value();
        Some(format!("{first:02X}{second:02X}{third:02X}"))
    }

    /// Encrypts. For a key without material, which a rule should have refused, the ciphertext is
    /// one that nobody can decrypt.
    pub(super) fn seal(
        &self,
        key: &str,
        context: &BTreeMap<String, String>,
        plaintext: &[u8],
    ) -> Vec<u8> {
        let cipher = self.read().get(key).map(Material::cipher);
        let cipher = cipher.unwrap_or_else(|| Material::random().cipher());
        let sealed = self.seal_under(&cipher, key, context, plaintext);
        // AES-GCM fails only above 64 GiB and the header only for a key id that no key can have.
        sealed.unwrap_or_default()
    }

    fn seal_under(
        &self,
        cipher: &Aes256Gcm,
        key: &str,
        context: &BTreeMap<String, String>,
        plaintext: &[u8],
    ) -> Option<Vec<u8>> {
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let mut ciphertext = header(key, &nonce)?;
        let payload = Payload {
            msg: plaintext,
            aad: &associated_data(&ciphertext, context),
        };
        let sealed = cipher.encrypt(&Array::from(nonce), payload).ok()?;
        ciphertext.extend_from_slice(&sealed);
        let seal = self.seal_of(&nonce, &ciphertext)?;
        ciphertext.extend_from_slice(&seal);
        Some(ciphertext)
    }

    fn seal_of(&self, nonce: &[u8; NONCE_BYTES], covered: &[u8]) -> Option<Vec<u8>> {
        let payload = Payload {
            msg: b"",
            aad: covered,
        };
        self.seal.encrypt(&Array::from(*nonce), payload).ok()
    }

    /// Decrypts, or says why not.
    pub(super) fn open(&self, ciphertext: &[u8], context: &BTreeMap<String, String>) -> Opened {
        let Some(parts) = parts(ciphertext) else {
            return Opened::NotOurs;
        };
        let seal = Payload {
            msg: parts.seal,
            aad: parts.covered,
        };
        let nonce = Array::from(parts.nonce);
        if parts.sealed.len() < TAG_BYTES || self.seal.decrypt(&nonce, seal).is_err() {
            return Opened::NotOurs;
        }
        let key = parts.key.to_owned();
        let Some(cipher) = self.read().get(parts.key).map(Material::cipher) else {
            return Opened::KeyDestroyed(key);
        };
        let payload = Payload {
            msg: parts.sealed,
            aad: &associated_data(parts.header, context),
        };
        match cipher.decrypt(&nonce, payload) {
            Ok(plaintext) => Opened::Plaintext(key, Zeroizing::new(plaintext)),
            Err(_) => Opened::OtherContext(key),
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<String, Material>> {
        self.materials
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<String, Material>> {
        self.materials
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

    fn context(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn vault() -> Vault {
        let vault = Vault::new(RsaKeys::Shared);
        vault.make(KEY);
        vault
    }

    fn is_plaintext(opened: &Opened, expected: &[u8]) -> bool {
        matches!(opened, Opened::Plaintext(key, text) if key == KEY && text.as_slice() == expected)
    }

    #[test]
    fn what_was_sealed_can_be_opened_under_the_same_context() {
        let vault = vault();
        for length in [0, 1, 4096] {
            let plaintext = vec![7; length];
            for context in [context(&[]), context(&[("a", "1"), ("b", "2")])] {
                let ciphertext = vault.seal(KEY, &context, &plaintext);
                assert!(ciphertext.len() <= 6144, "AWS allows no longer ones");
                assert!(is_plaintext(&vault.open(&ciphertext, &context), &plaintext));
            }
        }
    }

    #[test]
    fn another_context_opens_nothing() {
        let vault = vault();
        let sealed_under = context(&[("a", "1"), ("b", "2")]);
        let ciphertext = vault.seal(KEY, &sealed_under, b"secret");
        for other in [
            context(&[]),
            context(&[("a", "1")]),
            context(&[("a", "2"), ("b", "1")]),
            context(&[("A", "1"), ("b", "2")]),
            context(&[("a", "1b"), ("", "2")]),
            context(&[("a", "1"), ("b", "2"), ("c", "")]),
        ] {
            let opened = vault.open(&ciphertext, &other);
            assert!(opened == Opened::OtherContext(KEY.to_owned()), "{other:?}");
        }
    }

    #[test]
    fn a_change_of_any_bit_of_any_byte_is_found() {
        let vault = vault();
        let ciphertext = vault.seal(KEY, &context(&[("a", "1")]), b"secret");
        for index in 0..ciphertext.len() {
            for bit in 0..8 {
                let mut forged = ciphertext.clone();
                forged[index] ^= 1 << bit;
                let opened = vault.open(&forged, &context(&[("a", "1")]));
                assert!(opened == Opened::NotOurs, "byte {index} bit {bit}");
            }
        }
    }

    #[test]
    fn a_cut_or_longer_ciphertext_is_not_ours() {
        let vault = vault();
        let ciphertext = vault.seal(KEY, &context(&[]), b"secret");
        for length in 0..ciphertext.len() {
            assert!(vault.open(&ciphertext[..length], &context(&[])) == Opened::NotOurs);
        }
        let longer = [ciphertext.as_slice(), &[0]].concat();
        assert!(vault.open(&longer, &context(&[])) == Opened::NotOurs);
    }

    #[test]
    fn a_ciphertext_of_another_vault_is_not_ours() {
        let ciphertext = vault().seal(KEY, &context(&[]), b"secret");
        assert!(vault().open(&ciphertext, &context(&[])) == Opened::NotOurs);
    }

    #[test]
    fn a_ciphertext_shows_its_key_and_not_its_plaintext() {
        let vault = vault();
        let plaintext = [0x5a; 64];
        let one = vault.seal(KEY, &context(&[]), &plaintext);
        let two = vault.seal(KEY, &context(&[]), &plaintext);
        assert_ne!(one, two, "nonces differ");
        assert!(one.windows(KEY.len()).any(|part| part == KEY.as_bytes()));
        assert!(!one.windows(4).any(|part| part == &plaintext[..4]));
    }

    #[test]
    fn destroyed_material_does_not_come_back() {
        let vault = vault();
        let ciphertext = vault.seal(KEY, &context(&[]), b"secret");
        vault.destroy(KEY);
        assert_eq!(vault.check_value(KEY), None);
        assert!(vault.open(&ciphertext, &context(&[])) == Opened::KeyDestroyed(KEY.to_owned()));
        vault.make(KEY);
        assert!(vault.open(&ciphertext, &context(&[])) == Opened::OtherContext(KEY.to_owned()));
    }

    #[test]
    fn making_a_key_twice_keeps_its_material() {
        let vault = vault();
        let before = vault.check_value(KEY);
        vault.make(KEY);
        assert_eq!(vault.check_value(KEY), before);
        vault.make("other");
        assert_ne!(vault.check_value("other"), before);
    }

    #[test]
    fn its_debug_output_shows_no_key() {
        assert_eq!(format!("{:?}", vault()), "Vault of 1 keys");
    }
}
