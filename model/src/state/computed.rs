//! What keys made that can be checked later: signatures, authentication codes, shared secrets.

use crate::asymmetric::{Covered, Hash, SigningAlgorithm};
use crate::kms::MacAlgorithm;
use imbl::OrdMap;

/// What a signature was made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Signed {
    /// The id of the key.
    pub key: String,
    /// The algorithm.
    pub algorithm: SigningAlgorithm,
    /// What it covers.
    pub covered: Covered,
}

/// What keys made, as far as it was seen. Of secrets there are only digests.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Computed {
    /// What signatures were made of, by their base64.
    pub signatures: OrdMap<String, Signed>,
    /// The base64 of authentication codes, by what they were made of.
    macs: OrdMap<(String, MacAlgorithm, Vec<u8>), String>,
    /// The digests of shared secrets, by the two sides: public keys, or the id of a KMS key whose public
    /// key nobody has seen.
    secrets: OrdMap<(Vec<u8>, Vec<u8>), Vec<u8>>,
}

impl Computed {
    /// The base64 of the authentication code that this key made of this message.
    pub fn mac(&self, key: &str, algorithm: MacAlgorithm, message: &[u8]) -> Option<&String> {
        self.macs.get(&of_mac(key, algorithm, message))
    }

    /// Whether this is the base64 of the authentication code of any message.
    pub fn is_mac(&self, base64: &str) -> bool {
        self.macs.values().any(|mac| mac == base64)
    }

    /// Learns an authentication code.
    pub fn learn_mac(&mut self, key: &str, algorithm: MacAlgorithm, message: &[u8], mac: String) {
        self.macs.insert(of_mac(key, algorithm, message), mac);
    }

    /// Whether this can be the secret that two sides agree on: whether it is the one they agreed on
    /// before, if they did.
    pub fn may_agree(&self, sides: [&[u8]; 2], secret: &[u8]) -> bool {
        let known = self.secrets.get(&of_secret(sides));
        known.is_none_or(|digest| *digest == Hash::Sha256.of(secret))
    }

    /// Learns the secret that two sides agree on.
    pub fn learn_secret(&mut self, sides: [&[u8]; 2], secret: &[u8]) {
        self.secrets
            .insert(of_secret(sides), Hash::Sha256.of(secret));
    }

    /// Knows what either does.
    pub(crate) fn absorb(&mut self, other: &Computed) {
        self.signatures = self.signatures.clone().union(other.signatures.clone());
        self.macs = self.macs.clone().union(other.macs.clone());
        self.secrets = self.secrets.clone().union(other.secrets.clone());
    }
}

fn of_mac(key: &str, algorithm: MacAlgorithm, message: &[u8]) -> (String, MacAlgorithm, Vec<u8>) {
    (key.to_owned(), algorithm, Hash::Sha256.of(message))
}

/// The two sides in an order that does not depend on which of them asked.
fn of_secret([one, other]: [&[u8]; 2]) -> (Vec<u8>, Vec<u8>) {
    let (first, second) = if one <= other {
        (one, other)
    } else {
        (other, one)
    };
    (first.to_vec(), second.to_vec())
}
