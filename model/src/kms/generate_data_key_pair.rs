//! GenerateDataKeyPair: which keys make no data key pairs. These are not modelled.

use super::cryptography::{Context, Cryptographic, UsesMaterial, cryptographic};
use super::data_key_pairs::{MakesKeyPair, key_pair_rules};
use super::lookups::{OnKey, key_lookups, other_account};
use super::shapes::*;
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal};
use crate::shape::{Member, Shape};
use crate::state::{KeyUsage, Names};
use serde_json::Value;

input! {
    /// Input of GenerateDataKeyPair.
    GenerateDataKeyPair, MEMBERS {
        context: Option<Context> = "EncryptionContext", ENCRYPTION_CONTEXT;
        key: String = "KeyId", KEY_ID;
        spec: String = "KeyPairSpec", DATA_KEY_PAIR_SPEC;
        grant_tokens: Option<Vec<String>> = "GrantTokens", GRANT_TOKENS;
        recipient: Option<Value> = "Recipient", RECIPIENT;
        dry_run: Option<bool> = "DryRun", Shape::Flag;
    }
}

impl OnKey for GenerateDataKeyPair {
    const NAMES: Names = Names::All;

    fn key_name(&self) -> &str {
        &self.key
    }
}

cryptographic!(GenerateDataKeyPair);

impl UsesMaterial for GenerateDataKeyPair {
    const USAGE: KeyUsage = KeyUsage::EncryptDecrypt;
}

impl MakesKeyPair for GenerateDataKeyPair {
    fn pair_spec(&self) -> &str {
        &self.spec
    }
}

impl Operation for GenerateDataKeyPair {
    const NAME: &'static str = "GenerateDataKeyPair";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] =
        &[&key_lookups(), &[other_account()], &key_pair_rules()];
    const PROMISES: &'static [Promise<Self>] = &[];
    const MODELS_SUCCESS: bool = false;
}
