//! Key pairs: two sides of an agreement have one secret, and the halves of a pair belong together.

use super::Family;
use super::at::{Names, key_id};
use super::fresh::{decoded, fingerprint, hash};
use super::said::{Clash, Said};
use super::view::View;
use kms_conformance_model::asymmetric::{PrivateKey, PublicKey};
use kms_conformance_model::relations::{AGREED, HALVES, OPENS};
use kms_conformance_targets::wrapping;
use std::collections::BTreeMap;

/// The public keys and what was made with their private halves.
#[derive(Default)]
pub(super) struct Agreed {
    /// The public key of each key, as base64.
    public: BTreeMap<String, String>,
    /// The hashes of secrets, by the key and the public key that it agreed with.
    secrets: BTreeMap<(String, String), u64>,
    /// The public halves of pairs, by the ciphertexts of their private halves.
    halves: BTreeMap<String, String>,
}

impl Family for Agreed {
    fn look(&mut self, at: &View<'_>, said: &mut Said) {
        let key = at.shown("/KeyId").and_then(key_id);
        match at.kms() {
            Some("GetPublicKey") => {
                if let (Some(key), Some(public)) = (key, at.shown("/PublicKey")) {
                    self.public.insert(key.to_owned(), public.to_owned());
                    self.compare_all(at, key, said);
                }
            }
            Some("DeriveSharedSecret") => {
                let secret = at.shown("/SharedSecret").and_then(fingerprint);
                if let (Some(key), Some(peer), Some(secret)) = (key, at.asked("PublicKey"), secret)
                {
                    let place = (key.to_owned(), peer.to_owned());
                    self.secrets.insert(place, secret);
                    self.compare(at, key, peer, said);
                }
            }
            Some("GenerateDataKeyPair" | "GenerateDataKeyPairWithoutPlaintext") => {
                let made = ["/PrivateKeyCiphertextBlob", "/PublicKey"];
                if let [Some(sealed), Some(public)] = made.map(|pointer| at.shown(pointer)) {
                    self.halves.insert(sealed.to_owned(), public.to_owned());
                    halves(at, public, at.shown("/PrivateKeyPlaintext"), said);
                }
            }
            Some("Decrypt") => {
                let public = at
                    .asked("CiphertextBlob")
                    .and_then(|it| self.halves.get(it));
                if let Some(public) = public {
                    halves(at, public, at.shown("/Plaintext"), said);
                }
                self.opens(at, said);
            }
            _ => {}
        }
    }

    fn forget(&mut self, names: &Names) {
        self.public.retain(|key, _| !names.has(key));
        self.secrets.retain(|(key, _), _| !names.has(key));
        self.halves.retain(|sealed, _| !names.has(sealed));
    }
}

impl Agreed {
    fn compare_all(&self, at: &View<'_>, key: &str, said: &mut Said) {
        for (maker, peer) in self.secrets.keys().filter(|(maker, _)| maker == key) {
            self.compare(at, maker, peer, said);
        }
    }

    /// Compares a secret with what the other side gets.
    fn compare(&self, at: &View<'_>, key: &str, peer: &str, said: &mut Said) {
        let (Some(secret), Some(public)) = (self.secret(key, peer), self.public.get(key)) else {
            return;
        };
        let ours = || {
            let private = at.held.peers.get(peer)?;
            let public = PublicKey::read(&decoded(public)?)?;
            Some(hash(&private.agree(&public)?))
        };
        let theirs = || {
            let mut others = self.public.iter().filter(|(_, known)| *known == peer);
            others.find_map(|(other, _)| self.secret(other, public))
        };
        let Some(expected) = ours().or_else(theirs) else {
            return;
        };
        let clash = (secret != expected).then(|| {
            let observed = "SharedSecret that is not that of the other side";
            Clash::words(
                "SharedSecret",
                "the secret that the other side gets",
                observed,
            )
        });
        said.relate(AGREED, at, clash);
    }

    /// What was encrypted outside with the public key of the key opens.
    fn opens(&self, at: &View<'_>, said: &mut Said) {
        let sealed = at.asked("CiphertextBlob");
        let sealed =
            sealed.and_then(|blob| at.held.wrapped.get(blob).filter(|_| !at.held.stand_ins));
        let public = at.asked_key().and_then(|key| self.public.get(key));
        let (Some(sealed), Some(public)) = (sealed, public) else {
            return;
        };
        let algorithm = at.asked("EncryptionAlgorithm");
        if sealed.public_key != *public || algorithm != Some(sealed.algorithm.as_str()) {
            return;
        }
        let opened = at.shown("/Plaintext").and_then(decoded);
        let observed = match (opened, at.error()) {
            (Some(bytes), _) => {
                let digest = wrapping::known(public, &sealed.algorithm, &bytes).digest;
                (digest != sealed.digest).then_some("another plaintext")
            }
            (None, Some("InvalidCiphertextException")) => Some("a ciphertext that does not open"),
            (None, _) => return,
        };
        let clash = observed.map(|observed| {
            Clash::words(
                "Plaintext",
                "what was encrypted with the public key",
                observed,
            )
        });
        said.relate(OPENS, at, clash);
    }

    fn secret(&self, key: &str, peer: &str) -> Option<u64> {
        self.secrets
            .get(&(key.to_owned(), peer.to_owned()))
            .copied()
    }
}

/// Whether a private key belongs to its public key; both are base64 of DER.
fn halves(at: &View<'_>, public: &str, private: Option<&str>, said: &mut Said) {
    let private = private.and_then(decoded).filter(|der| !der.is_empty());
    let (Some(private), Some(public)) = (private, decoded(public)) else {
        return;
    };
    // What cannot be read may be of a kind that is not known here.
    let (Some(private), Some(public)) = (PrivateKey::read(&private), PublicKey::read(&public))
    else {
        return;
    };
    let clash = (private.public().der() != public.der()).then(|| {
        let member = match at.kms() {
            Some("Decrypt") => "Plaintext",
            _ => "PrivateKeyPlaintext",
        };
        Clash::words(
            member,
            "the private half of the public key",
            "the private half of another public key",
        )
    });
    said.relate(HALVES, at, clash);
}
