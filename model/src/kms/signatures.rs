//! Signatures: what Sign and Verify share.

use super::cryptography::UsesMaterial;
use crate::asymmetric::{Covered, MessageType, SigningAlgorithm};
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::{InvalidKeyUsage, Validation};
use crate::input::Blob;
use crate::rule::{Refusal, Stage, must};
use crate::state::KeySpec;

const API: &str = "kms/latest/APIReference/API_Sign.html";

/// An operation on the signature of a message.
pub(crate) trait OfSignature: UsesMaterial {
    /// The algorithm.
    fn signing_algorithm(&self) -> SigningAlgorithm;

    /// The message.
    fn message(&self) -> &Blob;

    /// What the message is.
    fn message_type(&self) -> MessageType;

    /// What a signature of the message covers; `None` where the algorithm does not sign it.
    fn covered(&self) -> Option<Covered> {
        let algorithm = self.signing_algorithm();
        algorithm.covers(self.message_type(), &self.message().bytes)
    }
}

/// What Sign and Verify demand of the message.
pub(crate) const fn message_rules<Op: OfSignature>() -> [Refusal<Op>; 2] {
    [
        Refusal {
            card: Card {
                id: "CKX-117",
                says: "The type of the message must be one that the algorithm signs.",
                cite: API,
                evidence: Evidence::Documented,
            },
            stage: Stage::Condition,
            error: must(&[Validation, InvalidKeyUsage]),
            when: |_, input| !input.signing_algorithm().takes(input.message_type()),
        },
        Refusal {
            card: Card {
                id: "CKX-118",
                says: "A digest must be as long as the algorithm makes them, and the representative of \
                       a message 64 bytes.",
                cite: API,
                evidence: Evidence::Documented,
            },
            stage: Stage::Condition,
            error: must(&[Validation]),
            when: |_, input| {
                let (algorithm, kind) = (input.signing_algorithm(), input.message_type());
                let length = algorithm.length(kind).filter(|_| algorithm.takes(kind));
                length.is_some_and(|length| length != input.message().bytes.len())
            },
        },
    ]
}

/// Whether these bytes can be a signature of a key of this spec.
pub(crate) fn has_the_form(spec: KeySpec, signature: &[u8]) -> bool {
    use KeySpec::*;
    let length = match spec {
        Rsa2048 => 256,
        Rsa3072 => 384,
        Rsa4096 => 512,
        EccNistEdwards25519 => 64,
        MlDsa44 => 2420,
        MlDsa65 => 3309,
        MlDsa87 => 4627,
        // DER of a sequence of two integers, whose length varies.
        _ => return signature.first() == Some(&0x30),
    };
    signature.len() == length
}
