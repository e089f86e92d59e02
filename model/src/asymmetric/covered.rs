//! What a signature covers, after the algorithm and the type of the message.

use super::hash::Hash;
use crate::wire_enum::wire_enum;
use std::fmt;

wire_enum! {
    /// How a message is signed.
    SigningAlgorithm {
        RsassaPssSha256 = "RSASSA_PSS_SHA_256",
        RsassaPssSha384 = "RSASSA_PSS_SHA_384",
        RsassaPssSha512 = "RSASSA_PSS_SHA_512",
        RsassaPkcs1V15Sha256 = "RSASSA_PKCS1_V1_5_SHA_256",
        RsassaPkcs1V15Sha384 = "RSASSA_PKCS1_V1_5_SHA_384",
        RsassaPkcs1V15Sha512 = "RSASSA_PKCS1_V1_5_SHA_512",
        EcdsaSha256 = "ECDSA_SHA_256",
        EcdsaSha384 = "ECDSA_SHA_384",
        EcdsaSha512 = "ECDSA_SHA_512",
        Sm2Dsa = "SM2DSA",
        MlDsaShake256 = "ML_DSA_SHAKE_256",
        Ed25519Sha512 = "ED25519_SHA_512",
        Ed25519PhSha512 = "ED25519_PH_SHA_512",
    }
}

wire_enum! {
    /// What the message of a request is.
    MessageType {
        Raw = "RAW",
        Digest = "DIGEST",
        ExternalMu = "EXTERNAL_MU",
    }
}

/// What a signature covers. Two messages that come to the same have the same signatures: a text and
/// its digest, for one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Covered {
    /// A digest.
    Digest(Vec<u8>),
    /// The whole message, which the algorithm hashes together with more.
    Message(Vec<u8>),
    /// The representative of a message that ML-DSA signs, 64 bytes.
    Mu(Vec<u8>),
}

impl fmt::Debug for Covered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, bytes) = match self {
            Covered::Digest(bytes) => ("Digest", bytes),
            Covered::Message(bytes) => ("Message", bytes),
            Covered::Mu(bytes) => ("Mu", bytes),
        };
        write!(f, "{kind}({} bytes)", bytes.len())
    }
}

/// How many bytes the representative of a message has in ML-DSA.
const MU_BYTES: usize = 64;

impl SigningAlgorithm {
    /// The hash function of algorithms that sign a digest, or may.
    pub const fn hash(self) -> Option<Hash> {
        use SigningAlgorithm::*;
        match self {
            RsassaPssSha256 | RsassaPkcs1V15Sha256 | EcdsaSha256 => Some(Hash::Sha256),
            RsassaPssSha384 | RsassaPkcs1V15Sha384 | EcdsaSha384 => Some(Hash::Sha384),
            RsassaPssSha512 | RsassaPkcs1V15Sha512 | EcdsaSha512 => Some(Hash::Sha512),
            Ed25519PhSha512 => Some(Hash::Sha512),
            Ed25519Sha512 | MlDsaShake256 | Sm2Dsa => None,
        }
    }

    /// Whether it signs messages of this type.
    pub const fn takes(self, kind: MessageType) -> bool {
        use SigningAlgorithm::{Ed25519PhSha512, Ed25519Sha512, MlDsaShake256};
        match kind {
            MessageType::Raw => !matches!(self, Ed25519PhSha512),
            MessageType::Digest => !matches!(self, Ed25519Sha512 | MlDsaShake256),
            MessageType::ExternalMu => matches!(self, MlDsaShake256),
        }
    }

    /// How many bytes a message of this type must have; `None` where any number will do.
    pub const fn length(self, kind: MessageType) -> Option<usize> {
        match (kind, self.hash()) {
            (MessageType::Raw, _) | (MessageType::Digest, None) => None,
            (MessageType::Digest, Some(hash)) => Some(hash.length()),
            (MessageType::ExternalMu, _) => Some(MU_BYTES),
        }
    }

    /// What a signature of a message covers; `None` where the algorithm does not sign it.
    pub fn covers(self, kind: MessageType, message: &[u8]) -> Option<Covered> {
        let fits = self
            .length(kind)
            .is_none_or(|length| length == message.len());
        if !self.takes(kind) || !fits {
            return None;
        }
        Some(match (kind, self.hash()) {
            (MessageType::Raw, Some(hash)) => Covered::Digest(hash.of(message)),
            (MessageType::Raw, None) => Covered::Message(message.to_vec()),
            (MessageType::Digest, _) => Covered::Digest(message.to_vec()),
            (MessageType::ExternalMu, _) => Covered::Mu(message.to_vec()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_and_its_digest_come_to_the_same() {
        for algorithm in [
            SigningAlgorithm::EcdsaSha384,
            SigningAlgorithm::RsassaPssSha256,
        ] {
            let hash = algorithm.hash().unwrap();
            let whole = algorithm.covers(MessageType::Raw, b"message");
            let digest = algorithm.covers(MessageType::Digest, &hash.of(b"message"));
            assert_eq!(whole, digest);
            assert!(whole.is_some());
        }
    }

    #[test]
    fn what_does_not_fit_is_not_covered() {
        use SigningAlgorithm::*;
        assert_eq!(EcdsaSha256.covers(MessageType::Digest, b"short"), None);
        assert_eq!(MlDsaShake256.covers(MessageType::Digest, &[0; 64]), None);
        assert_eq!(
            MlDsaShake256.covers(MessageType::ExternalMu, &[0; 63]),
            None
        );
        assert_eq!(Ed25519Sha512.covers(MessageType::Digest, &[0; 64]), None);
        assert_eq!(Ed25519PhSha512.covers(MessageType::Raw, b"message"), None);
    }
}
