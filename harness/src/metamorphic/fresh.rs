//! What is made twice differs: ids, data keys, random bytes, public keys.

use super::Family;
use super::at::Names;
use super::said::{Clash, Said};
use super::view::View;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kms_conformance_model::relations::{OWN_ID, OWN_MATERIAL};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Shorter random values meet by chance.
const SHORTEST: usize = 12;

/// Everything that was made. Material is kept as hashes only.
#[derive(Default)]
pub(super) struct Fresh {
    ids: BTreeSet<String>,
    /// The names that key stores were made with: an equal request may give the same key store.
    stores: BTreeMap<String, String>,
    material: BTreeSet<u64>,
    /// The keys by their public keys.
    public: BTreeMap<u64, String>,
    /// Whether somebody brought material along, which may be the same for several keys.
    imported: bool,
}

impl Family for Fresh {
    fn look(&mut self, at: &View<'_>, said: &mut Said) {
        self.note_writes(at);
        if at.done().is_none() {
            return;
        }
        if let Some(clash) = self.new_id(at) {
            said.relate(OWN_ID, at, clash);
        }
        // Each grant has a token of its own, even where an equal one was there.
        if let (Some("CreateGrant"), Some(token)) = (at.kms(), at.shown("/GrantToken")) {
            let is_known = !self.ids.insert(token.to_owned());
            let observed = "GrantToken of another answer";
            let clash =
                is_known.then(|| Clash::words("GrantToken", "a token of its own", observed));
            said.relate(OWN_ID, at, clash);
        }
        for member in random_members(at) {
            if let Some(clash) = self.new_material(at, member) {
                said.relate(OWN_MATERIAL, at, clash);
            }
            said.relate(OWN_MATERIAL, at, constant(at, member));
        }
        if at.kms() == Some("GetPublicKey") {
            self.public_key(at, said);
        }
    }

    fn forget(&mut self, names: &Names) {
        self.ids.retain(|id| !names.has(id));
        self.stores.retain(|id, _| !names.has(id));
        self.public.retain(|_, key| !names.has(key));
    }
}

impl Fresh {
    /// What may make two equal things legal, whether it succeeded or was lost.
    fn note_writes(&mut self, at: &View<'_>) {
        if at.error().is_some() {
            return;
        }
        match at.kms() {
            Some("ImportKeyMaterial") => self.imported = true,
            Some("UpdateCustomKeyStore") => self.stores.clear(),
            _ => {}
        }
    }

    /// Whether a new id was there before; nothing where no id is made.
    fn new_id(&mut self, at: &View<'_>) -> Option<Option<Clash>> {
        let (member, id) = made_id(at)?;
        let is_known = match at.kms() {
            Some("CreateCustomKeyStore") => {
                let name = at.asked("CustomKeyStoreName").unwrap_or_default();
                let before = self.stores.insert(id.to_owned(), name.to_owned());
                before.is_some_and(|before| before != name)
            }
            _ => !self.ids.insert(id.to_owned()),
        };
        let observed = format!("{member} of something that was made before");
        Some(is_known.then(|| Clash::words(member, "an id of its own", &observed)))
    }

    /// Whether random material was there before; nothing where it is too short to say.
    fn new_material(&mut self, at: &View<'_>, member: &str) -> Option<Option<Clash>> {
        let text = at.done()?.get(member)?.as_str()?;
        let bytes = decoded(text).filter(|bytes| bytes.len() >= SHORTEST)?;
        let is_known = !self.material.insert(hash(&bytes));
        let observed = format!("{member} that came before");
        Some(is_known.then(|| Clash::words(member, "bytes that never came before", &observed)))
    }

    /// Replicas of a multi-Region key share their material.
    fn public_key(&mut self, at: &View<'_>, said: &mut Said) {
        let (key, public) = (at.asked_key(), at.shown("/PublicKey"));
        let (Some(key), Some(public)) = (key, public.and_then(fingerprint)) else {
            return;
        };
        if self.imported || key.starts_with("mrk-") {
            return;
        }
        let first = self.public.entry(public).or_insert_with(|| key.to_owned());
        let clash = (first != key).then(|| {
            let observed = "PublicKey of another key";
            Clash::words("PublicKey", "a public key of its own", observed)
        });
        said.relate(OWN_MATERIAL, at, clash);
    }
}

/// Whether material that should be random is one byte over and over.
fn constant(at: &View<'_>, member: &str) -> Option<Clash> {
    let bytes = decoded(at.done()?.get(member)?.as_str()?)?;
    let (first, rest) = bytes.split_first()?;
    (bytes.len() >= SHORTEST && rest.iter().all(|byte| byte == first)).then(|| {
        let observed = format!("{member} of one byte over and over");
        Clash::words(member, "random bytes", &observed)
    })
}

/// The member that holds the id of what was just made, and the id. A grant with a name may be the
/// one that is there already.
fn made_id<'e>(at: &View<'e>) -> Option<(&'static str, &'e str)> {
    let (pointer, member) = match (at.kms(), at.hsm()) {
        (Some("CreateKey"), _) => ("/KeyMetadata/KeyId", "KeyId"),
        (Some("CreateCustomKeyStore"), _) => ("/CustomKeyStoreId", "CustomKeyStoreId"),
        (Some("CreateGrant"), _) if at.body.get("Name").is_none_or(Value::is_null) => {
            ("/GrantId", "GrantId")
        }
        (_, Some("CreateCluster")) => ("/Cluster/ClusterId", "ClusterId"),
        (_, Some("CreateHsm")) => ("/Hsm/HsmId", "HsmId"),
        _ => return None,
    };
    Some((member, at.shown(pointer)?))
}

fn random_members(at: &View<'_>) -> &'static [&'static str] {
    match at.kms() {
        Some("GenerateRandom") => &["Plaintext"],
        Some("GenerateDataKey" | "GenerateDataKeyWithoutPlaintext") => {
            &["Plaintext", "CiphertextBlob"]
        }
        Some("GenerateDataKeyPair" | "GenerateDataKeyPairWithoutPlaintext") => {
            &["PublicKey", "PrivateKeyPlaintext"]
        }
        _ => &[],
    }
}

/// The hash of what base64 text holds; equal for equal bytes, however they are written.
pub(super) fn fingerprint(text: &str) -> Option<u64> {
    decoded(text).map(|bytes| hash(&bytes))
}

/// The bytes that base64 text holds.
pub(super) fn decoded(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// The hash of bytes, which hides them.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}
