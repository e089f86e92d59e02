//! Ciphertexts: each opens to what was sealed, under its own key and context only.

use super::at::{Names, key_id};
use super::said::{Clash, Said};
use super::view::View;
use super::{Family, fresh::fingerprint};
use kms_conformance_model::relations::{OPENS, OPENS_ALONE};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What a ciphertext was made with. The plaintext is kept as a hash only.
#[derive(Clone)]
struct Sealed {
    key: String,
    context: Map<String, Value>,
    plaintext: Option<u64>,
}

/// A request that opens a ciphertext: the members that say under what.
struct Opening {
    key: &'static str,
    context: &'static str,
    /// The member of the response that names the key it opened under.
    opened_under: &'static str,
}

const DECRYPT: Opening = Opening {
    key: "KeyId",
    context: "EncryptionContext",
    opened_under: "/KeyId",
};

const RE_ENCRYPT: Opening = Opening {
    key: "SourceKeyId",
    context: "SourceEncryptionContext",
    opened_under: "/SourceKeyId",
};

/// Every ciphertext that was made.
#[derive(Default)]
pub(super) struct Ciphers {
    sealed: BTreeMap<String, Sealed>,
}

impl Family for Ciphers {
    fn look(&mut self, at: &View<'_>, said: &mut Said) {
        match at.kms() {
            Some("Encrypt") => self.seal(at, "CiphertextBlob", at.asked("Plaintext")),
            Some("GenerateDataKey" | "GenerateDataKeyWithoutPlaintext") => {
                self.seal(at, "CiphertextBlob", at.shown("/Plaintext"));
            }
            Some("GenerateDataKeyPair" | "GenerateDataKeyPairWithoutPlaintext") => {
                let plaintext = at.shown("/PrivateKeyPlaintext");
                self.seal(at, "PrivateKeyCiphertextBlob", plaintext);
            }
            Some("Decrypt") => {
                self.open(at, &DECRYPT, said);
            }
            Some("ReEncrypt") => self.seal_again(at, said),
            _ => {}
        }
    }

    fn forget(&mut self, names: &Names) {
        self.sealed
            .retain(|text, sealed| !names.has(text) && !names.has(&sealed.key));
    }
}

impl Ciphers {
    fn seal(&mut self, at: &View<'_>, member: &str, plaintext: Option<&str>) {
        let made = at.shown(&format!("/{member}"));
        let key = at.shown("/KeyId").and_then(key_id);
        if let (Some(made), Some(key)) = (made, key) {
            let sealed = Sealed {
                key: key.to_owned(),
                context: context(at, "EncryptionContext"),
                plaintext: plaintext.and_then(fingerprint),
            };
            self.sealed.insert(made.to_owned(), sealed);
        }
    }

    fn seal_again(&mut self, at: &View<'_>, said: &mut Said) {
        let plaintext = self.open(at, &RE_ENCRYPT, said);
        let made = at.shown("/CiphertextBlob");
        let key = at.shown("/KeyId").and_then(key_id);
        if let (Some(made), Some(key)) = (made, key) {
            let sealed = Sealed {
                key: key.to_owned(),
                context: context(at, "DestinationEncryptionContext"),
                plaintext,
            };
            self.sealed.insert(made.to_owned(), sealed);
        }
    }

    /// Compares an opening with the sealing. The result is the hash of the plaintext, if it is known.
    fn open(&mut self, at: &View<'_>, opening: &Opening, said: &mut Said) -> Option<u64> {
        let sealed = self.sealed.get_mut(at.asked("CiphertextBlob")?)?;
        let asked = at.asked(opening.key).and_then(key_id);
        let stranger = match asked.is_some_and(|key| key != sealed.key) {
            true => Some(opening.key),
            false => (context(at, opening.context) != sealed.context).then_some(opening.context),
        };
        match (stranger, at.done().is_some()) {
            (Some(member), true) => {
                let observed = "a ciphertext that was made with another one";
                let clash = Clash::words(member, "any refusal", observed);
                said.relate(OPENS_ALONE, at, Some(clash));
                None
            }
            (Some(_), false) => {
                said.relate(OPENS_ALONE, at, None);
                None
            }
            (None, false) => None,
            (None, true) => {
                let under = at.shown(opening.opened_under).and_then(key_id);
                if under.is_some_and(|key| key != sealed.key) {
                    let clash = Clash::words(
                        opening.opened_under.trim_start_matches('/'),
                        "the key that made the ciphertext",
                        "the id of another key",
                    );
                    said.relate(OPENS, at, Some(clash));
                    return None;
                }
                let shown = at.shown("/Plaintext").and_then(fingerprint);
                if let (Some(before), Some(now)) = (sealed.plaintext, shown) {
                    let clash = (before != now).then(|| {
                        Clash::words(
                            "Plaintext",
                            "the plaintext that was sealed",
                            "another plaintext",
                        )
                    });
                    said.relate(OPENS, at, clash);
                }
                sealed.plaintext = sealed.plaintext.or(shown);
                sealed.plaintext
            }
        }
    }
}

/// An empty encryption context is the same as none.
fn context(at: &View<'_>, member: &str) -> Map<String, Value> {
    let given = at.body.get(member).and_then(Value::as_object);
    given.cloned().unwrap_or_default()
}
