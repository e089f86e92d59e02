//! Results: the same key makes the same of the same input where the algorithm draws no random numbers,
//! and something else of everything else.

use super::Family;
use super::at::{Names, key_id};
use super::fresh::fingerprint;
use super::said::{Clash, Said};
use super::view::View;
use kms_conformance_model::relations::{FRESH_SIGNATURE, OTHER_RESULT, SAME_RESULT};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a result was made of, apart from the key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Input {
    operation: &'static str,
    algorithm: String,
    /// How the message is to be read.
    kind: String,
    message: String,
}

/// The results that keys made.
#[derive(Default)]
pub(super) struct Results {
    /// The results, as hashes, by key and input.
    known: BTreeMap<(String, Input), u64>,
    /// The keys and inputs by the results.
    makers: BTreeMap<u64, (String, Input)>,
    /// Keys whose material no other key has.
    alone: BTreeSet<String>,
}

impl Family for Results {
    fn look(&mut self, at: &View<'_>, said: &mut Said) {
        self.learn(at);
        let member = match at.kms() {
            Some("Sign") => "Signature",
            Some("GenerateMac") => "Mac",
            Some("DeriveSharedSecret") => "SharedSecret",
            _ => return,
        };
        let result = at.shown(&format!("/{member}")).and_then(fingerprint);
        let key = at.shown("/KeyId").and_then(key_id);
        let (Some(result), Some(key), Some(input)) = (result, key, input(at)) else {
            return;
        };
        if is_repeatable(&input) {
            self.repeats(at, member, key, &input, result, said);
        } else if is_fresh(&input) {
            let is_known = self.makers.contains_key(&result);
            let clash = is_known.then(|| {
                let observed = format!("{member} that came before");
                Clash::words(member, "a signature that never came before", &observed)
            });
            said.relate(FRESH_SIGNATURE, at, clash);
        }
        self.makers.insert(result, (key.to_owned(), input));
    }

    fn forget(&mut self, names: &Names) {
        self.known.retain(|(key, _), _| !names.has(key));
        self.makers.retain(|_, (key, _)| !names.has(key));
        self.alone.retain(|key| !names.has(key));
    }
}

impl Results {
    /// Replicas share their material, and what was imported may be anywhere.
    fn learn(&mut self, at: &View<'_>) {
        let key = at.shown("/KeyMetadata/KeyId");
        let has_own = at.shown("/KeyMetadata/Origin") == Some("AWS_KMS");
        let key = key.filter(|key| has_own && !key.starts_with("mrk-"));
        if let (Some("CreateKey"), Some(key)) = (at.kms(), key) {
            self.alone.insert(key.to_owned());
        }
    }

    fn repeats(
        &mut self,
        at: &View<'_>,
        member: &str,
        key: &str,
        input: &Input,
        result: u64,
        said: &mut Said,
    ) {
        let place = (key.to_owned(), input.clone());
        if let Some(before) = self.known.get(&place) {
            let clash = (*before != result).then(|| {
                let expected = format!("{member} of the same input as before");
                let observed = format!("{member} that is another one");
                Clash::words(member, &expected, &observed)
            });
            said.relate(SAME_RESULT, at, clash);
        }
        self.known.insert(place, result);
        let Some((maker, made_of)) = self.makers.get(&result) else {
            said.relate(OTHER_RESULT, at, None);
            return;
        };
        let alike = made_of.operation == input.operation
            && made_of.algorithm == input.algorithm
            && made_of.kind == input.kind;
        let other_message = maker == key && made_of.message != input.message;
        let other_key = maker != key
            && made_of.message == input.message
            && [maker.as_str(), key]
                .iter()
                .all(|key| self.alone.contains(*key));
        let observed = match (alike && other_message, alike && other_key) {
            (true, _) => format!("{member} of another input"),
            (_, true) => format!("{member} of another key"),
            _ => return,
        };
        let expected = format!("{member} of its own");
        said.relate(
            OTHER_RESULT,
            at,
            Some(Clash::words(member, &expected, &observed)),
        );
    }
}

fn input(at: &View<'_>) -> Option<Input> {
    let operation = at.kms()?;
    let text = |member: &str| at.asked(member).unwrap_or_default().to_owned();
    let (algorithm, message) = match operation {
        "Sign" => ("SigningAlgorithm", "Message"),
        "GenerateMac" => ("MacAlgorithm", "Message"),
        _ => ("KeyAgreementAlgorithm", "PublicKey"),
    };
    // What is dry-run makes nothing.
    let dry = at.body.get("DryRun").and_then(Value::as_bool);
    (dry != Some(true)).then(|| Input {
        operation,
        algorithm: text(algorithm),
        kind: match at.asked("MessageType") {
            Some(kind) => kind.to_owned(),
            None => "RAW".to_owned(),
        },
        message: text(message),
    })
}

/// Whether the result follows from key and input: codes (RFC 2104), signatures of RSA by PKCS #1 v1.5
/// (RFC 8017) and of Ed25519 (RFC 8032), and secrets.
fn is_repeatable(input: &Input) -> bool {
    let algorithm = input.algorithm.as_str();
    input.operation != "Sign"
        || algorithm.starts_with("RSASSA_PKCS1")
        || algorithm.starts_with("ED25519")
}

/// Whether a random salt goes into the signature (RFC 8017). On other curves than Ed25519 and by ML-DSA,
/// signatures may be made either way (FIPS 186-5, FIPS 204), and AWS does not say how it makes them.
fn is_fresh(input: &Input) -> bool {
    input.algorithm.starts_with("RSASSA_PSS")
}
