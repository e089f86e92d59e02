//! Verification: what a key signed verifies with it, and nothing else does.

use super::Family;
use super::at::{Names, key_id};
use super::said::{Clash, Said};
use super::view::View;
use kms_conformance_model::relations::VERIFIES;
use std::collections::{BTreeMap, BTreeSet};

/// What was signed: the algorithm, how the message is to be read, and the message.
type Signed = (String, String, String);

/// What keys that were made here signed, by key and by the signature as base64.
#[derive(Default)]
pub(super) struct Verified {
    signed: BTreeMap<String, BTreeMap<String, Signed>>,
    /// Keys that nobody else has the material of.
    made: BTreeSet<String>,
}

/// The members of the operations that verify: the signature, its algorithm, and the error that says
/// that it is wrong.
const WAYS: &[(&str, &str, &str, &str)] = &[
    (
        "Verify",
        "Signature",
        "SigningAlgorithm",
        "KMSInvalidSignatureException",
    ),
    ("VerifyMac", "Mac", "MacAlgorithm", "KMSInvalidMacException"),
];

impl Family for Verified {
    fn look(&mut self, at: &View<'_>, said: &mut Said) {
        match at.kms() {
            Some("CreateKey") => {
                let key = at.shown("/KeyMetadata/KeyId");
                let own = at.shown("/KeyMetadata/Origin") == Some("AWS_KMS");
                let key = key.filter(|key| own && !key.starts_with("mrk-"));
                self.made.extend(key.map(str::to_owned));
            }
            Some("Sign") => self.learn(at, "Signature", "SigningAlgorithm"),
            Some("GenerateMac") => self.learn(at, "Mac", "MacAlgorithm"),
            Some(name) => {
                if let Some(way) = WAYS.iter().find(|way| way.0 == name) {
                    self.compare(at, way, said);
                }
            }
            None => {}
        }
    }

    fn forget(&mut self, names: &Names) {
        self.signed.retain(|key, _| !names.has(key));
        self.made.retain(|key| !names.has(key));
    }
}

impl Verified {
    fn learn(&mut self, at: &View<'_>, member: &str, algorithm: &str) {
        let key = at.shown("/KeyId").and_then(key_id);
        let signature = at.shown(&format!("/{member}"));
        if let (Some(key), Some(signature)) = (key, signature) {
            let of_key = self.signed.entry(key.to_owned()).or_default();
            of_key.insert(signature.to_owned(), signed(at, algorithm));
        }
    }

    fn compare(&self, at: &View<'_>, way: &(&str, &str, &str, &str), said: &mut Said) {
        let (_, member, algorithm, wrong) = way;
        let (Some(key), Some(signature)) = (at.asked_key(), at.asked(member)) else {
            return;
        };
        let Some(of_key) = self.signed.get(key) else {
            return;
        };
        let asked = signed(at, algorithm);
        let is_valid = at.done().is_some();
        let is_wrong = at.error() == Some(wrong);
        // A digest and what it is a digest of may have one signature.
        let observed = match of_key.get(signature) {
            Some(known) if *known == asked => {
                is_wrong.then_some("a refusal of what it signed itself")
            }
            Some(known) if (&known.0, &known.1) == (&asked.0, &asked.1) => {
                is_valid.then_some("a signature of another message that is valid")
            }
            None if self.made.contains(key) => {
                is_valid.then_some("a signature that is valid though the key never made it")
            }
            Some(_) | None => return,
        };
        if is_valid || is_wrong {
            let clash = observed.map(|observed| {
                Clash::words(
                    member,
                    "what the key signed is valid, and nothing else",
                    observed,
                )
            });
            said.relate(VERIFIES, at, clash);
        }
    }
}

fn signed(at: &View<'_>, algorithm: &str) -> Signed {
    let text = |member: &str| at.asked(member).map(str::to_owned);
    (
        text(algorithm).unwrap_or_default(),
        text("MessageType").unwrap_or_else(|| "RAW".to_owned()),
        text("Message").unwrap_or_default(),
    )
}
