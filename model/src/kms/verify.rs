//! Verify: which keys do not verify. Signatures are not modelled.

use super::cryptography::{Cryptographic, UsesMaterial, cryptographic, usage_rules};
use super::lookups::{OnKey, key_lookups, other_account};
use super::shapes::*;
use crate::input::{Blob, input};
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal};
use crate::shape::{Member, Shape};
use crate::state::{KeyUsage, Names};

input! {
    /// Input of Verify.
    Verify, MEMBERS {
        key: String = "KeyId", KEY_ID;
        message: Blob = "Message", PLAINTEXT, secret;
        message_type: Option<String> = "MessageType", MESSAGE_TYPE;
        signature: Blob = "Signature", CIPHERTEXT;
        algorithm: String = "SigningAlgorithm", SIGNING_ALGORITHM;
        grant_tokens: Option<Vec<String>> = "GrantTokens", GRANT_TOKENS;
        dry_run: Option<bool> = "DryRun", Shape::Flag;
    }
}

impl OnKey for Verify {
    const NAMES: Names = Names::All;

    fn key_name(&self) -> &str {
        &self.key
    }
}

cryptographic!(Verify);

impl UsesMaterial for Verify {
    const USAGE: KeyUsage = KeyUsage::SignVerify;

    fn algorithm(&self) -> &str {
        &self.algorithm
    }
}

impl Operation for Verify {
    const NAME: &'static str = "Verify";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] =
        &[&key_lookups(), &[other_account()], &usage_rules()];
    const PROMISES: &'static [Promise<Self>] = &[];
    const MODELS_SUCCESS: bool = false;
}

#[cfg(test)]
mod tests {
    use super::super::store_fixture::*;
    use crate::testing::World;
    use serde_json::json;

    #[test]
    fn a_symmetric_key_does_not_verify() {
        let mut world = world_with_store();
        let refused = world.refused("Verify", json!({"KeyId": KEY, "Message": "YQ==", "Signature": "YQ==", "SigningAlgorithm": "ECDSA_SHA_256"}));
        assert_eq!(refused, ["InvalidKeyUsageException"]);
    }

    #[test]
    fn the_algorithm_must_fit_the_key() {
        let mut world = World::new();
        let made = world.ok(
            "CreateKey",
            json!({"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}),
        );
        let key = &made["KeyMetadata"]["KeyId"];
        let body = json!({"KeyId": key, "Message": "YQ==", "Signature": "YQ==", "SigningAlgorithm": "ECDSA_SHA_256"});
        assert_eq!(world.fired("Verify", body), ["CKX-102"]);
    }
}
