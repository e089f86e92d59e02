//! What the emulator asks external key store proxies.

use super::envelope::Envelope;
use super::signing::Credential;
use std::fmt;

/// A proxy, and an external key behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Door {
    /// The URL at which the proxy really stands, without a slash at the end.
    pub address: String,
    /// `https://` and the host name that KMS knows.
    pub endpoint: String,
    /// The path of its API.
    pub path: String,
    /// What to sign with; `None` where no key store has one.
    pub credential: Option<Credential>,
    /// The id of the external key; empty where none is meant.
    pub key: String,
    /// The ARN of the KMS key; empty where none is meant.
    pub key_arn: String,
}

impl Door {
    /// The host that the proxy is asked for.
    pub(super) fn host(&self) -> &str {
        let endpoint = self.endpoint.as_str();
        endpoint.strip_prefix("https://").unwrap_or(endpoint)
    }

    /// Endpoint and path, by which the state knows what is wrong with the proxy.
    pub(super) fn place(&self) -> String {
        format!("{}{}", self.endpoint, self.path)
    }
}

/// A question.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Question {
    /// GetHealthStatus.
    Health,
    /// GetKeyMetadata.
    Metadata,
    /// Encrypt.
    Encrypt {
        /// KMS's own ciphertext.
        plaintext: Vec<u8>,
        /// What the ciphertext is bound to.
        bound: Vec<u8>,
    },
    /// Decrypt.
    Decrypt {
        /// What Encrypt gave.
        envelope: Envelope,
        /// What the ciphertext is bound to.
        bound: Vec<u8>,
    },
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Question::Health => "GetHealthStatus",
            Question::Metadata => "GetKeyMetadata",
            Question::Encrypt { .. } => "Encrypt",
            Question::Decrypt { .. } => "Decrypt",
        })
    }
}

/// A question and all that its request says besides.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// The question.
    pub question: Question,
    /// Whom it goes to.
    pub door: Door,
    /// The operation of KMS that asks.
    pub operation: &'static str,
    /// The ARN of whoever called it.
    pub principal: String,
    /// The Region of KMS.
    pub region: String,
}

/// What a proxy answered.
#[derive(PartialEq, Eq)]
pub(super) enum Found {
    /// It is healthy.
    Health,
    /// The external key is fit for KMS.
    Metadata,
    /// This is the ciphertext; the KMS key is still to be named.
    Envelope(Envelope),
    /// This was inside.
    Plaintext(Vec<u8>),
}
