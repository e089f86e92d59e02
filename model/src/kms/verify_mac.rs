//! VerifyMac: says whether an authentication code is that of a message.

use super::cryptography::{Cryptographic, UsesMaterial, cryptographic, fits, usage_rules};
use super::key_states::key_of;
use super::lookups::{OnKey, key_lookups, other_account, shows_the_arn};
use super::macs::{MacAlgorithm, base64};
use super::shapes::*;
use super::usage::is_recorded;
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::{DryRunOperation, KmsInvalidMac};
use crate::input::{Blob, input};
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::rule::{Promise, Refusal, Stage, always, may, must};
use crate::shape::{Member, Shape};
use crate::state::{Key, KeyUsage, Names, Origin, State};
use std::sync::Arc;

input! {
    /// Input of VerifyMac.
    VerifyMac, MEMBERS {
        message: Blob = "Message", PLAINTEXT, secret;
        key: String = "KeyId", KEY_ID;
        algorithm: MacAlgorithm = "MacAlgorithm", MAC_ALGORITHM;
        mac: Blob = "Mac", CIPHERTEXT;
        grant_tokens: Option<Vec<String>> = "GrantTokens", GRANT_TOKENS;
        dry_run: Option<bool> = "DryRun", Shape::Flag;
    }
}

const API: &str = "kms/latest/APIReference/API_VerifyMac.html";

const fn documented(id: &'static str, says: &'static str) -> Card {
    Card {
        id,
        says,
        cite: API,
        evidence: Evidence::Documented,
    }
}

impl OnKey for VerifyMac {
    const NAMES: Names = Names::All;

    fn key_name(&self) -> &str {
        &self.key
    }
}

cryptographic!(VerifyMac);

impl UsesMaterial for VerifyMac {
    const USAGE: KeyUsage = KeyUsage::GenerateVerifyMac;

    fn algorithm(&self) -> &str {
        self.algorithm.wire_name()
    }
}

impl Operation for VerifyMac {
    const NAME: &'static str = "VerifyMac";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &key_lookups(),
        &[other_account()],
        &usage_rules(),
        &[WRONG_CODE, FOREIGN_CODE, DRY_RUN_OF_WRONG_CODE],
    ];
    const PROMISES: &'static [Promise<Self>] = &[
        IS_VALID,
        shows_the_arn(documented("KID-11", "VerifyMac shows the ARN of the key.")),
        SHOWS_THE_ALGORITHM,
        is_recorded(),
    ];
}

impl VerifyMac {
    /// The key, where it could have made such a code.
    fn maker<'s>(&self, state: &'s State) -> Option<&'s Arc<Key>> {
        key_of(state, self).filter(|key| fits(key, self.algorithm()))
    }

    /// Whether the code is that of the message; `None` where nobody here can know.
    fn is_right(&self, state: &State) -> Option<bool> {
        let key = self.maker(state)?;
        let mac = base64(&self.mac.bytes);
        if let Some(known) = state
            .computed
            .mac(&key.id, self.algorithm, &self.message.bytes)
        {
            return Some(*known == mac);
        }
        // Whoever has the material that was imported can make codes elsewhere. What the plan made up is
        // none, nor what is not as long as a code, nor that of another message.
        let imported = key.origin == Origin::External;
        let elsewhere = (!state.account.exclusive || imported)
            && !state.is_forged(&mac)
            && self.mac.bytes.len() == self.algorithm.length()
            && (imported || !state.computed.is_mac(&mac));
        (!elsewhere && !state.unjudged.contains(&mac)).then_some(false)
    }
}

const WRONG_CODE: Refusal<VerifyMac> = Refusal {
    card: documented(
        "CKX-128",
        "What is not the authentication code that the key makes of the message is refused.",
    ),
    stage: Stage::Content,
    error: must(&[KmsInvalidMac]).silently(),
    when: |state, input| !input.is_dry_run() && input.is_right(state) == Some(false),
};

const FOREIGN_CODE: Refusal<VerifyMac> = Refusal {
    card: documented(
        "CKX-128a",
        "A code that was made elsewhere, if at all, may be a wrong one.",
    ),
    stage: Stage::Content,
    error: may(&[KmsInvalidMac]),
    when: |state, input| input.maker(state).is_some() && input.is_right(state).is_none(),
};

const DRY_RUN_OF_WRONG_CODE: Refusal<VerifyMac> = Refusal {
    card: Card {
        evidence: Evidence::Inferred,
        ..documented(
            "CKX-128b",
            "Nobody says whether a dry run looks at the code, so that either is right.",
        )
    },
    stage: Stage::DryRun,
    error: must(&[DryRunOperation, KmsInvalidMac]),
    when: |state, input| input.is_dry_run() && input.is_right(state) == Some(false),
};

const IS_VALID: Promise<VerifyMac> = Promise {
    card: documented(
        "CKX-129",
        "VerifyMac says true of the code that the key makes of the message.",
    ),
    when: always,
    make: |_, success| success.show(&Path::of("MacValid"), true),
};

const SHOWS_THE_ALGORITHM: Promise<VerifyMac> = Promise {
    card: documented("CKX-127", "VerifyMac shows the algorithm it used."),
    when: |state, input| key_of(state, input).is_some(),
    make: |input, success| success.show(&Path::of("MacAlgorithm"), input.algorithm),
};

#[cfg(test)]
mod tests {
    use super::super::macs::base64;
    use super::super::store_fixture::*;
    use crate::testing::World;
    use serde_json::{Value, json};

    fn hmac_key(world: &mut World) -> String {
        world.key(json!({"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}))
    }

    fn request(key: &str, message: &str, mac: &Value) -> Value {
        json!({"KeyId": key, "Message": message, "Mac": mac, "MacAlgorithm": "HMAC_SHA_256"})
    }

    #[test]
    fn a_symmetric_key_verifies_no_codes() {
        let mut world = world_with_store();
        let refused = world.refused("VerifyMac", request(KEY, "YQ==", &json!("YQ==")));
        assert_eq!(refused, ["InvalidKeyUsageException"]);
    }

    #[test]
    fn only_the_code_of_this_key_and_message_is_right() {
        let mut world = World::new();
        let (key, other) = (hmac_key(&mut world), hmac_key(&mut world));
        let body = json!({"KeyId": key, "Message": "YQ==", "MacAlgorithm": "HMAC_SHA_256"});
        let mac = world.ok("GenerateMac", body)["Mac"].clone();
        let response = world.ok("VerifyMac", request(&key, "YQ==", &mac));
        assert_eq!(response["MacValid"], json!(true));
        for body in [
            request(&key, "Yg==", &mac),
            request(&other, "YQ==", &mac),
            request(&key, "YQ==", &json!("AAAA")),
        ] {
            assert_eq!(world.fired("VerifyMac", body.clone()), ["CKX-128"]);
            assert_eq!(world.refused("VerifyMac", body), ["KMSInvalidMacException"]);
        }
    }

    #[test]
    fn a_code_of_a_shared_account_is_not_judged() {
        let mut world = World::new();
        let key = hmac_key(&mut world);
        world.given(|state| state.account_mut().exclusive = false);
        let short = world.fired("VerifyMac", request(&key, "YQ==", &json!("AAAA")));
        assert_eq!(short, ["CKX-128"]);
        let code = json!(base64(&[0; 32]));
        let fired = world.fired("VerifyMac", request(&key, "YQ==", &code));
        assert_eq!(fired, ["CKX-128a"]);
        let mac = json!({"KeyId": key, "Message": "Yg==", "MacAlgorithm": "HMAC_SHA_256"});
        let mac = world.ok("GenerateMac", mac)["Mac"].clone();
        let fired = world.fired("VerifyMac", request(&key, "YQ==", &mac));
        assert_eq!(fired, ["CKX-128"]);
    }
}
