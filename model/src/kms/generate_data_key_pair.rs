//! GenerateDataKeyPair: makes a key pair for use outside KMS, and seals its private half.

use super::cryptography::{Context, Cryptographic, UsesMaterial, cryptographic};
use super::data_key_pairs::{MakesKeyPair, key_pair_promises, key_pair_rules};
use super::lookups::{OnKey, key_lookups, other_account};
use super::shapes::*;
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal};
use crate::shape::{Member, Shape};
use crate::state::{KeySpec, KeyUsage, Names, State};
use serde_json::Value;

input! {
    /// Input of GenerateDataKeyPair.
    GenerateDataKeyPair, MEMBERS {
        context: Option<Context> = "EncryptionContext", ENCRYPTION_CONTEXT;
        key: String = "KeyId", KEY_ID;
        spec: KeySpec = "KeyPairSpec", DATA_KEY_PAIR_SPEC;
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
    const SHOWS_IT: bool = true;

    fn pair_spec(&self) -> KeySpec {
        self.spec
    }

    fn context(&self) -> Context {
        self.context.clone().unwrap_or_default()
    }
}

impl Operation for GenerateDataKeyPair {
    const NAME: &'static str = "GenerateDataKeyPair";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] =
        &[&key_lookups(), &[other_account()], &key_pair_rules()];
    const PROMISES: &'static [Promise<Self>] = &key_pair_promises();

    fn models_success(&self, _: &State) -> bool {
        self.recipient.is_none() && self.spec != KeySpec::Sm2
    }
}
