//! GenerateMac: makes the authentication code of a message.

use super::cryptography::{Cryptographic, UsesMaterial, cryptographic, usage_rules};
use super::key_states::key_of;
use super::lookups::{OnKey, key_lookups, other_account, shows_the_arn};
use super::macs::{MacAlgorithm, base64};
use super::shapes::*;
use super::usage::is_recorded;
use crate::card::{Card, Evidence};
use crate::input::{Blob, input};
use crate::mint::{Claim, Computation};
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::rule::{Promise, Refusal, always};
use crate::shape::{Member, Shape};
use crate::state::{Key, KeyUsage, Names, Origin, State};

input! {
    /// Input of GenerateMac.
    GenerateMac, MEMBERS {
        message: Blob = "Message", PLAINTEXT, secret;
        key: String = "KeyId", KEY_ID;
        algorithm: MacAlgorithm = "MacAlgorithm", MAC_ALGORITHM;
        grant_tokens: Option<Vec<String>> = "GrantTokens", GRANT_TOKENS;
        dry_run: Option<bool> = "DryRun", Shape::Flag;
    }
}

const API: &str = "kms/latest/APIReference/API_GenerateMac.html";

const fn documented(id: &'static str, says: &'static str) -> Card {
    Card {
        id,
        says,
        cite: API,
        evidence: Evidence::Documented,
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
        self.algorithm.wire_name()
    }
}

impl Operation for GenerateMac {
    const NAME: &'static str = "GenerateMac";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] =
        &[&key_lookups(), &[other_account()], &usage_rules()];
    const PROMISES: &'static [Promise<Self>] = &[
        AUTHENTICATES,
        shows_the_arn(documented(
            "KID-11",
            "GenerateMac shows the ARN of the key.",
        )),
        SHOWS_THE_ALGORITHM,
        is_recorded(),
    ];
}

/// Whether these bytes can be the code: as long as the algorithm makes them, always the same for a
/// message, and those of no other message or key.
fn may_be_the_code(input: &GenerateMac, state: &State, key: &Key, mac: &[u8]) -> bool {
    let mac_of = |key: &Key| {
        let known = &state.computed;
        known.mac(&key.id, input.algorithm, &input.message.bytes)
    };
    let text = base64(mac);
    mac.len() == input.algorithm.length()
        && match mac_of(key) {
            Some(known) => *known == text,
            // Material that was imported may be that of another key too.
            None => key.origin == Origin::External || !state.computed.is_mac(&text),
        }
}

const AUTHENTICATES: Promise<GenerateMac> = Promise {
    card: documented(
        "CKX-126",
        "The same key makes the same authentication code of the same message, and no other key or \
         message has it.",
    ),
    when: always,
    make: |input, success| {
        let Some(key) = input.key(success.state).cloned() else {
            return;
        };
        let state = success.state.clone();
        let claim = Claim {
            says: "the authentication code of the message",
            holds: &|mac| may_be_the_code(input, &state, &key, mac),
            secret: false,
        };
        let what = Computation::Mac(&key, input.algorithm, &input.message.bytes);
        if let Some(mac) = success.compute(&Path::of("Mac"), &what, &claim) {
            let (message, computed) = (&input.message.bytes, &mut success.state.computed);
            computed.learn_mac(&key.id, input.algorithm, message, base64(&mac));
        }
    },
};

const SHOWS_THE_ALGORITHM: Promise<GenerateMac> = Promise {
    card: documented("CKX-127", "GenerateMac shows the algorithm it used."),
    when: |state, input| key_of(state, input).is_some(),
    make: |input, success| success.show(&Path::of("MacAlgorithm"), input.algorithm),
};

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
        let key = world.key(json!({"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}));
        let body = json!({"KeyId": key, "Message": "YQ==", "MacAlgorithm": "HMAC_SHA_512"});
        assert_eq!(world.fired("GenerateMac", body), ["CKX-102"]);
    }

    #[test]
    fn the_same_message_has_the_same_code() {
        let mut world = World::new();
        let key = world.key(json!({"KeySpec": "HMAC_384", "KeyUsage": "GENERATE_VERIFY_MAC"}));
        let body = json!({"KeyId": key, "Message": "YQ==", "MacAlgorithm": "HMAC_SHA_384"});
        let first = world.ok("GenerateMac", body.clone());
        assert_eq!(world.ok("GenerateMac", body), first);
        assert_eq!(first["MacAlgorithm"], "HMAC_SHA_384");
    }
}
