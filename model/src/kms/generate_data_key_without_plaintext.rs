//! GenerateDataKeyWithoutPlaintext: makes a data key and shows it only sealed.

use super::cryptography::{Context, Cryptographic, UsesMaterial, hsm_rules, material_rules};
use super::data_keys::{DataKeySpec, MakesDataKey, data_key_promises, one_length};
use super::lookups::{OnKey, key_lookups, other_account};
use super::shapes::*;
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal};
use crate::shape::{Member, Shape};
use crate::state::{KeyUsage, Names};

input! {
    /// Input of GenerateDataKeyWithoutPlaintext.
    GenerateDataKeyWithoutPlaintext, MEMBERS {
        key: String = "KeyId", KEY_ID;
        context: Option<Context> = "EncryptionContext", ENCRYPTION_CONTEXT;
        bytes: Option<usize> = "NumberOfBytes", NUMBER_OF_BYTES;
        spec: Option<DataKeySpec> = "KeySpec", DATA_KEY_SPEC;
        grant_tokens: Option<Vec<String>> = "GrantTokens", GRANT_TOKENS;
        dry_run: Option<bool> = "DryRun", Shape::Flag;
    }
}

impl OnKey for GenerateDataKeyWithoutPlaintext {
    const NAMES: Names = Names::All;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl Cryptographic for GenerateDataKeyWithoutPlaintext {
    fn is_dry_run(&self) -> bool {
        self.dry_run == Some(true)
    }

    fn grant_tokens(&self) -> &[String] {
        self.grant_tokens.as_deref().unwrap_or_default()
    }
}

impl UsesMaterial for GenerateDataKeyWithoutPlaintext {
    const USAGE: KeyUsage = KeyUsage::EncryptDecrypt;
}

impl MakesDataKey for GenerateDataKeyWithoutPlaintext {
    const SHOWS_IT: bool = false;

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

impl Operation for GenerateDataKeyWithoutPlaintext {
    const NAME: &'static str = "GenerateDataKeyWithoutPlaintext";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &key_lookups(),
        &[other_account(), one_length()],
        &material_rules(),
        &hsm_rules(),
    ];
    const PROMISES: &'static [Promise<Self>] = &data_key_promises();
}
