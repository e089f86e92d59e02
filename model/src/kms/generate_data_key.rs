//! GenerateDataKey: makes a data key and shows it in plaintext and sealed.

use super::cryptography::{Context, Cryptographic, UsesMaterial, hsm_rules, material_rules};
use super::data_keys::{DataKeySpec, MakesDataKey, data_key_promises, one_length};
use super::lookups::{OnKey, key_lookups, other_account};
use super::shapes::*;
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal};
use crate::shape::{Member, Shape};
use crate::state::{KeyUsage, Names, State};
use serde_json::Value;

input! {
    /// Input of GenerateDataKey.
    GenerateDataKey, MEMBERS {
        key: String = "KeyId", KEY_ID;
        context: Option<Context> = "EncryptionContext", ENCRYPTION_CONTEXT;
        bytes: Option<usize> = "NumberOfBytes", NUMBER_OF_BYTES;
        spec: Option<DataKeySpec> = "KeySpec", DATA_KEY_SPEC;
        grant_tokens: Option<Vec<String>> = "GrantTokens", GRANT_TOKENS;
        recipient: Option<Value> = "Recipient", RECIPIENT;
        dry_run: Option<bool> = "DryRun", Shape::Flag;
    }
}

impl OnKey for GenerateDataKey {
    const NAMES: Names = Names::All;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl Cryptographic for GenerateDataKey {
    fn is_dry_run(&self) -> bool {
        self.dry_run == Some(true)
    }

    fn grant_tokens(&self) -> &[String] {
        self.grant_tokens.as_deref().unwrap_or_default()
    }
}

impl UsesMaterial for GenerateDataKey {
    const USAGE: KeyUsage = KeyUsage::EncryptDecrypt;
}

impl MakesDataKey for GenerateDataKey {
    const SHOWS_IT: bool = true;

    fn spec(&self) -> Option<DataKeySpec> {
        self.spec
    }

    fn bytes(&self) -> Option<usize> {
        self.bytes
    }

    fn context(&self) -> Context {
        self.context.clone().unwrap_or_default()
    }
}

impl Operation for GenerateDataKey {
    const NAME: &'static str = "GenerateDataKey";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &key_lookups(),
        &[other_account(), one_length()],
        &material_rules(),
        &hsm_rules(),
    ];
    const PROMISES: &'static [Promise<Self>] = &data_key_promises();

    fn models_success(&self, _: &State) -> bool {
        self.recipient.is_none()
    }
}
