//! DeriveSharedSecret: which keys agree on no secrets. Key agreement is not modelled.

use super::cryptography::{Cryptographic, UsesMaterial, cryptographic, grant_tokens, wrong_usage};
use super::key_states::{creating, disabled, pending_deletion_in_use, pending_import};
use super::lookups::{OnKey, key_lookups, other_account};
use super::shapes::*;
use crate::input::{Blob, input};
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal, Stage};
use crate::shape::{Member, Shape};
use crate::state::{KeyUsage, Names};
use serde_json::Value;

input! {
    /// Input of DeriveSharedSecret.
    DeriveSharedSecret, MEMBERS {
        key: String = "KeyId", KEY_ID;
        algorithm: String = "KeyAgreementAlgorithm", KEY_AGREEMENT_ALGORITHM;
        public_key: Blob = "PublicKey", PUBLIC_KEY;
        grant_tokens: Option<Vec<String>> = "GrantTokens", GRANT_TOKENS;
        dry_run: Option<bool> = "DryRun", Shape::Flag;
        recipient: Option<Value> = "Recipient", RECIPIENT;
    }
}

impl OnKey for DeriveSharedSecret {
    const NAMES: Names = Names::All;

    fn key_name(&self) -> &str {
        &self.key
    }
}

cryptographic!(DeriveSharedSecret);

impl UsesMaterial for DeriveSharedSecret {
    const USAGE: KeyUsage = KeyUsage::KeyAgreement;

    fn algorithm(&self) -> &str {
        &self.algorithm
    }
}

impl Operation for DeriveSharedSecret {
    const NAME: &'static str = "DeriveSharedSecret";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &key_lookups(),
        &[
            other_account(),
            grant_tokens(),
            creating(),
            wrong_usage().in_stage(Stage::Condition),
            pending_deletion_in_use(),
            disabled(),
            pending_import(),
        ],
    ];
    const PROMISES: &'static [Promise<Self>] = &[];
    const MODELS_SUCCESS: bool = false;
}

#[cfg(test)]
mod tests {
    use super::super::store_fixture::*;
    use serde_json::json;

    #[test]
    fn a_symmetric_key_agrees_on_nothing() {
        let mut world = world_with_store();
        let refused = world.refused(
            "DeriveSharedSecret",
            json!({"KeyId": KEY, "KeyAgreementAlgorithm": "ECDH", "PublicKey": "YQ=="}),
        );
        assert_eq!(refused, ["InvalidKeyUsageException"]);
    }
}
