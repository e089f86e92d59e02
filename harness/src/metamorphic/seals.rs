//! Ciphertexts beside each other: each is new, no two share a key stream, and longer plaintexts make
//! longer ones.

use super::Family;
use super::at::{Names, key_id};
use super::fresh::decoded;
use super::said::{Clash, Said};
use super::view::View;
use kms_conformance_model::relations::{LONGER, NEW_CIPHERTEXT, NO_KEY_STREAM};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How many ciphertexts are compared byte by byte.
const MOST: usize = 32;

/// As many equal bytes are no chance.
const RUN: usize = 16;

/// At most so many bytes of a plaintext are looked for.
const LOOKED_FOR: usize = 64;

/// A plaintext that a plan sent, and what it became.
struct Sealed {
    key: String,
    plaintext: Vec<u8>,
    ciphertext: Vec<u8>,
}

/// The ciphertexts that were made of what plans sent.
#[derive(Default)]
pub(super) struct Seals {
    known: BTreeSet<String>,
    recent: VecDeque<Sealed>,
    /// The lengths of plaintexts and ciphertexts under one symmetric key and in one context.
    lengths: BTreeMap<(String, String), BTreeMap<usize, usize>>,
}

impl Family for Seals {
    fn look(&mut self, at: &View<'_>, said: &mut Said) {
        let member = match at.kms() {
            Some("Encrypt" | "ReEncrypt") => "CiphertextBlob",
            Some("GenerateDataKeyPair" | "GenerateDataKeyPairWithoutPlaintext") => {
                "PrivateKeyCiphertextBlob"
            }
            _ => return,
        };
        let Some(ciphertext) = at.shown(&format!("/{member}")) else {
            return;
        };
        let is_known = !self.known.insert(ciphertext.to_owned());
        let clash = is_known.then(|| {
            let observed = format!("{member} that came before");
            Clash::words(member, "a ciphertext that never came before", &observed)
        });
        said.relate(NEW_CIPHERTEXT, at, clash);
        if at.kms() == Some("Encrypt") {
            self.compare(at, said);
        }
    }

    fn forget(&mut self, names: &Names) {
        self.recent.retain(|sealed| !names.has(&sealed.key));
        self.lengths.retain(|(key, _), _| !names.has(key));
    }
}

impl Seals {
    fn compare(&mut self, at: &View<'_>, said: &mut Said) {
        let plaintext = at.asked("Plaintext").and_then(decoded);
        let ciphertext = at.shown("/CiphertextBlob").and_then(decoded);
        let key = at.shown("/KeyId").and_then(key_id);
        let (Some(plaintext), Some(ciphertext), Some(key)) = (plaintext, ciphertext, key) else {
            return;
        };
        let algorithm = at.asked("EncryptionAlgorithm");
        if algorithm.is_none_or(|name| name == "SYMMETRIC_DEFAULT") {
            self.grows(at, key, plaintext.len(), ciphertext.len(), said);
        }
        if plaintext.len() < RUN || at.held.stand_ins {
            return;
        }
        let sealed = Sealed {
            key: key.to_owned(),
            plaintext,
            ciphertext,
        };
        let shows = contains(&sealed.ciphertext, &sealed.plaintext);
        let shares = || {
            self.recent
                .iter()
                .any(|before| share_a_stream(before, &sealed))
        };
        let observed = match shows {
            true => Some("a ciphertext that holds its plaintext"),
            false => shares().then_some("a ciphertext with the key stream of another one"),
        };
        let clash = observed.map(|observed| {
            Clash::words("CiphertextBlob", "a key stream that is used once", observed)
        });
        said.relate(NO_KEY_STREAM, at, clash);
        self.recent.push_back(sealed);
        if self.recent.len() > MOST {
            self.recent.pop_front();
        }
    }

    /// Of two plaintexts under one key and in one context, the longer one has the longer ciphertext.
    fn grows(&mut self, at: &View<'_>, key: &str, from: usize, to: usize, said: &mut Said) {
        let context = at.body.get("EncryptionContext").map(ToString::to_string);
        let place = (key.to_owned(), context.unwrap_or_default());
        let lengths = self.lengths.entry(place).or_default();
        let below = lengths.range(..from).next_back();
        let above = lengths.range(from + 1..).next();
        if below.is_some() || above.is_some() {
            let grows = below.is_none_or(|(_, length)| *length < to)
                && above.is_none_or(|(_, length)| *length > to);
            let clash = (!grows).then(|| {
                Clash::words(
                    "CiphertextBlob",
                    "a longer ciphertext of a longer plaintext",
                    "a ciphertext that is not longer than that of a shorter plaintext",
                )
            });
            said.relate(LONGER, at, clash);
        }
        lengths.insert(from, to);
    }
}

/// Whether the ciphertexts differ somewhere in exactly what their plaintexts differ in.
fn share_a_stream(one: &Sealed, other: &Sealed) -> bool {
    let plain: Vec<u8> = xor(&one.plaintext, &other.plaintext)
        .take(LOOKED_FOR)
        .collect();
    let differs = plain.iter().filter(|byte| **byte != 0).count();
    let cipher: Vec<u8> = xor(&one.ciphertext, &other.ciphertext).collect();
    plain.len() >= RUN && differs >= RUN / 2 && contains(&cipher, &plain)
}

fn xor<'b>(one: &'b [u8], other: &'b [u8]) -> impl Iterator<Item = u8> + 'b {
    one.iter().zip(other).map(|(one, other)| one ^ other)
}

fn contains(all: &[u8], part: &[u8]) -> bool {
    all.windows(part.len().max(1)).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_key_stream_behind_another_header_is_seen() {
        let stream: Vec<u8> = (0..24_u8)
            .map(|number| number.wrapping_mul(37).wrapping_add(11))
            .collect();
        let sealed = |plain: u8, stream: &[u8]| Sealed {
            key: "k".to_owned(),
            plaintext: vec![plain; 24],
            ciphertext: [
                vec![0xa7; 12],
                stream.iter().map(|byte| byte ^ plain).collect(),
            ]
            .concat(),
        };
        assert!(share_a_stream(&sealed(5, &stream), &sealed(9, &stream)));
        let other: Vec<u8> = stream.iter().map(|byte| byte.wrapping_mul(3)).collect();
        assert!(!share_a_stream(&sealed(5, &stream), &sealed(9, &other)));
        // Equal headers are equal because of what they say.
        assert!(!share_a_stream(&sealed(5, &stream), &sealed(5, &other)));
    }
}
