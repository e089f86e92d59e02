//! GenerateMac: which keys make no authentication codes. These are not modelled.

use super::cryptography::{Cryptographic, UsesMaterial, cryptographic, usage_rules};
use super::lookups::{OnKey, key_lookups, other_account};
use super::shapes::*;
use crate::input::{Blob, input};
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal};
use crate::shape::{Member, Shape};
use crate::state::{KeyUsage, Names};

input! {
    /// Input of GenerateMac.
    GenerateMac, MEMBERS {
        message: Blob = "Message", PLAINTEXT, secret;
        key: String = "KeyId", KEY_ID;
        algorithm: String = "MacAlgorithm", MAC_ALGORITHM;
        grant_tokens: Option<Vec<String>> = "GrantTokens", GRANT_TOKENS;
        dry_run: Option<bool> = "DryRun", Shape::Flag;
    }
}

impl OnKey for GenerateMac {
    const NAMES: Names = Names::All;

    fn key_name(&self) -> &str {
        &self.key
    }
}

cryptographic!(GenerateMac);

impl UsesMaterial for GenerateMac {
    const USAGE: KeyUsage = KeyUsage::GenerateVerifyMac;

    fn algorithm(&self) -> &str {
        &self.algorithm
    }
}

impl Operation for GenerateMac {
    const NAME: &'static str = "GenerateMac";
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
    fn a_symmetric_key_makes_no_codes() {
        let mut world = world_with_store();
        let refused = world.refused(
            "GenerateMac",
            json!({"KeyId": KEY, "Message": "YQ==", "MacAlgorithm": "HMAC_SHA_256"}),
        );
        assert_eq!(refused, ["InvalidKeyUsageException"]);
    }

    #[test]
    fn the_algorithm_must_fit_the_key() {
        let mut world = World::new();
        let made = world.ok(
            "CreateKey",
            json!({"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}),
        );
        let key = &made["KeyMetadata"]["KeyId"];
        let body = json!({"KeyId": key, "Message": "YQ==", "MacAlgorithm": "HMAC_SHA_512"});
        assert_eq!(world.fired("GenerateMac", body), ["CKX-102"]);
    }
}
