//! GenerateDataKeyPairWithoutPlaintext: makes a key pair for later use, and shows its private half only sealed.

use super::cryptography::{Context, Cryptographic, UsesMaterial, cryptographic};
use super::data_key_pairs::{MakesKeyPair, key_pair_promises, key_pair_rules};
use super::lookups::{OnKey, key_lookups, other_account};
use super::shapes::*;
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal};
use crate::shape::{Member, Shape};
use crate::state::{KeySpec, KeyUsage, Names, State};

input! {
    /// Input of GenerateDataKeyPairWithoutPlaintext.
    GenerateDataKeyPairWithoutPlaintext, MEMBERS {
        context: Option<Context> = "EncryptionContext", ENCRYPTION_CONTEXT;
        key: String = "KeyId", KEY_ID;
        spec: KeySpec = "KeyPairSpec", DATA_KEY_PAIR_SPEC;
        grant_tokens: Option<Vec<String>> = "GrantTokens", GRANT_TOKENS;
        dry_run: Option<bool> = "DryRun", Shape::Flag;
    }
}

impl OnKey for GenerateDataKeyPairWithoutPlaintext {
    const NAMES: Names = Names::All;

    fn key_name(&self) -> &str {
        &self.key
    }
}

cryptographic!(GenerateDataKeyPairWithoutPlaintext);

impl UsesMaterial for GenerateDataKeyPairWithoutPlaintext {
    const USAGE: KeyUsage = KeyUsage::EncryptDecrypt;
}

impl MakesKeyPair for GenerateDataKeyPairWithoutPlaintext {
    const SHOWS_IT: bool = false;

    fn pair_spec(&self) -> KeySpec {
        self.spec
    }

    fn context(&self) -> Context {
        self.context.clone().unwrap_or_default()
    }
}

impl Operation for GenerateDataKeyPairWithoutPlaintext {
    const NAME: &'static str = "GenerateDataKeyPairWithoutPlaintext";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] =
        &[&key_lookups(), &[other_account()], &key_pair_rules()];
    const PROMISES: &'static [Promise<Self>] = &key_pair_promises();

    fn models_success(&self, _: &State) -> bool {
        self.spec != KeySpec::Sm2
    }
}
