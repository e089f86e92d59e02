//! Verify: says whether a signature is that of a message.

use super::cryptography::{Cryptographic, UsesMaterial, cryptographic, fits, is_sm2, usage_rules};
use super::key_states::key_of;
use super::lookups::{OnKey, key_lookups, other_account, shows_the_arn};
use super::shapes::*;
use super::signatures::{OfSignature, has_the_form, message_rules};
use super::usage::is_recorded;
use crate::asymmetric::{Covered, MessageType, PublicKey, SigningAlgorithm};
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::{DryRunOperation, KmsInvalidSignature};
use crate::input::{Blob, input};
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::rule::{Promise, Refusal, Stage, always, may, must};
use crate::shape::{Member, Shape};
use crate::state::{Key, KeyUsage, Names, Origin, State};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

input! {
    /// Input of Verify.
    Verify, MEMBERS {
        key: String = "KeyId", KEY_ID;
        message: Blob = "Message", PLAINTEXT, secret;
        message_type: Option<MessageType> = "MessageType", MESSAGE_TYPE;
        signature: Blob = "Signature", CIPHERTEXT;
        algorithm: SigningAlgorithm = "SigningAlgorithm", SIGNING_ALGORITHM;
        grant_tokens: Option<Vec<String>> = "GrantTokens", GRANT_TOKENS;
        dry_run: Option<bool> = "DryRun", Shape::Flag;
    }
}

const API: &str = "kms/latest/APIReference/API_Verify.html";

const fn documented(id: &'static str, says: &'static str) -> Card {
    Card {
        id,
        says,
        cite: API,
        evidence: Evidence::Documented,
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
        self.algorithm.wire_name()
    }
}

impl OfSignature for Verify {
    fn signing_algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    fn message(&self) -> &Blob {
        &self.message
    }

    fn message_type(&self) -> MessageType {
        self.message_type.unwrap_or(MessageType::Raw)
    }
}

impl Operation for Verify {
    const NAME: &'static str = "Verify";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &key_lookups(),
        &[other_account()],
        &usage_rules(),
        &message_rules(),
        &[
            WRONG_SIGNATURE,
            FOREIGN_SIGNATURE,
            DRY_RUN_OF_WRONG_SIGNATURE,
        ],
    ];
    const PROMISES: &'static [Promise<Self>] = &[
        IS_VALID,
        shows_the_arn(documented("KID-11", "Verify shows the ARN of the key.")),
        SHOWS_THE_ALGORITHM,
        is_recorded(),
    ];

    fn models_success(&self, state: &State) -> bool {
        !key_of(state, self).is_some_and(|key| is_sm2(key))
    }
}

impl Verify {
    /// The key and what the signature should cover, where the key could have signed that.
    fn question<'s>(&self, state: &'s State) -> Option<(&'s Key, Covered)> {
        let key = key_of(state, self).filter(|key| fits(key, self.algorithm()) && !is_sm2(key))?;
        Some((key, self.covered()?))
    }

    /// Whether the signature is that of the message; `None` where nobody here can know, and where there
    /// is no such question.
    fn is_right(&self, state: &State) -> Option<bool> {
        let (key, covered) = self.question(state)?;
        let base64 = STANDARD.encode(&self.signature.bytes);
        let signed = state.computed.signatures.get(&base64);
        let own = signed.filter(|signed| signed.key == key.id);
        let same =
            own.map(|signed| signed.algorithm == self.algorithm && signed.covered == covered);
        // What the key signed is right, also where the form of the signature is not the usual one.
        if same == Some(true) {
            return same;
        }
        if let Some(public) = key.public_key.as_deref().and_then(PublicKey::read) {
            return Some(public.verifies(self.algorithm, &covered, &self.signature.bytes));
        }
        match own {
            Some(signed) => {
                // Only the public key tells whether a message and a representative belong together.
                let comparable = !matches!(
                    (&signed.covered, &covered),
                    (Covered::Mu(_), Covered::Message(_)) | (Covered::Message(_), Covered::Mu(_))
                );
                comparable.then_some(false)
            }
            None => {
                let elsewhere = self.may_be_made_elsewhere(state, key, &base64);
                (!elsewhere && !state.unjudged.contains(&base64)).then_some(false)
            }
        }
    }

    /// Whether the signature may be one that the key made though nobody here saw it: others use the
    /// account, or have the material that was imported. What the plan made up is none, nor what has
    /// not the form of one, nor what a key with material of its own made.
    fn may_be_made_elsewhere(&self, state: &State, key: &Key, base64: &str) -> bool {
        let imported = key.origin == Origin::External;
        let of_another = !imported && state.computed.signatures.contains_key(base64);
        (!state.account.exclusive || imported)
            && !state.is_forged(base64)
            && !of_another
            && has_the_form(key.spec, &self.signature.bytes)
    }
}

const WRONG_SIGNATURE: Refusal<Verify> = Refusal {
    card: documented(
        "CKX-121",
        "What is not a signature of the message by the key is refused.",
    ),
    stage: Stage::Content,
    error: must(&[KmsInvalidSignature]).silently(),
    when: |state, input| !input.is_dry_run() && input.is_right(state) == Some(false),
};

const FOREIGN_SIGNATURE: Refusal<Verify> = Refusal {
    card: documented(
        "CKX-121a",
        "A signature that was made elsewhere, if at all, may be a wrong one.",
    ),
    stage: Stage::Content,
    error: may(&[KmsInvalidSignature]),
    // With the public key, everybody knows.
    when: |state, input| {
        let question = input.question(state);
        question.is_some_and(|(key, _)| key.public_key.is_none()) && input.is_right(state).is_none()
    },
};

const DRY_RUN_OF_WRONG_SIGNATURE: Refusal<Verify> = Refusal {
    card: Card {
        evidence: Evidence::Inferred,
        ..documented(
            "CKX-121b",
            "Nobody says whether a dry run looks at the signature, so that either is right.",
        )
    },
    stage: Stage::DryRun,
    error: must(&[DryRunOperation, KmsInvalidSignature]),
    when: |state, input| input.is_dry_run() && input.is_right(state) == Some(false),
};

const IS_VALID: Promise<Verify> = Promise {
    card: documented(
        "CKX-122",
        "Verify says true of a signature that the key made of the message, or of its digest.",
    ),
    when: always,
    make: |_, success| success.show(&Path::of("SignatureValid"), true),
};

const SHOWS_THE_ALGORITHM: Promise<Verify> = Promise {
    card: documented("CKX-120", "Verify shows the algorithm it used."),
    when: |state, input| key_of(state, input).is_some(),
    make: |input, success| success.show(&Path::of("SigningAlgorithm"), input.algorithm),
};

#[cfg(test)]
mod tests {
    use super::super::store_fixture::*;
    use crate::testing::World;
    use serde_json::{Value, json};

    fn signing_key(world: &mut World) -> String {
        world.key(json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}))
    }

    fn request(key: &str, message: &str, signature: &Value) -> Value {
        json!({
            "KeyId": key, "Message": message, "Signature": signature,
            "SigningAlgorithm": "ECDSA_SHA_256",
        })
    }

    fn sign(world: &mut World, key: &str) -> Value {
        let body = json!({"KeyId": key, "Message": "YQ==", "SigningAlgorithm": "ECDSA_SHA_256"});
        world.ok("Sign", body)["Signature"].clone()
    }

    #[test]
    fn a_symmetric_key_does_not_verify() {
        let mut world = world_with_store();
        let refused = world.refused("Verify", request(KEY, "YQ==", &json!("YQ==")));
        assert_eq!(refused, ["InvalidKeyUsageException"]);
    }

    #[test]
    fn the_algorithm_must_fit_the_key() {
        let mut world = World::new();
        let key = world.key(json!({"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}));
        let fired = world.fired("Verify", request(&key, "YQ==", &json!("YQ==")));
        assert_eq!(fired, ["CKX-102"]);
    }

    #[test]
    fn only_a_signature_of_this_key_and_message_is_right() {
        let mut world = World::new();
        let (key, other) = (signing_key(&mut world), signing_key(&mut world));
        let signature = sign(&mut world, &key);
        for known in [false, true] {
            if known {
                world.ok("GetPublicKey", json!({ "KeyId": key }));
            }
            let response = world.ok("Verify", request(&key, "YQ==", &signature));
            assert_eq!(response["SignatureValid"], json!(true));
            for body in [
                request(&key, "Yg==", &signature),
                request(&other, "YQ==", &signature),
                request(&key, "YQ==", &json!("AAAA")),
            ] {
                let refused = world.refused("Verify", body);
                assert_eq!(refused, ["KMSInvalidSignatureException"]);
            }
        }
    }

    #[test]
    fn a_dry_run_of_a_wrong_signature_may_say_either() {
        let mut world = World::new();
        let key = signing_key(&mut world);
        let mut body = request(&key, "YQ==", &json!("AAAA"));
        body["DryRun"] = json!(true);
        let refused = world.refused("Verify", body);
        assert_eq!(
            refused,
            ["DryRunOperationException", "KMSInvalidSignatureException"]
        );
    }

    #[test]
    fn a_signature_of_a_shared_account_is_not_judged_without_the_public_key() {
        let mut world = World::new();
        let key = signing_key(&mut world);
        world.given(|state| state.account_mut().exclusive = false);
        // What begins like DER may be a signature, other bytes may not.
        let body = request(&key, "YQ==", &json!("AAAA"));
        assert_eq!(world.fired("Verify", body), ["CKX-121"]);
        let body = request(&key, "YQ==", &json!("MAAA"));
        assert_eq!(world.fired("Verify", body.clone()), ["CKX-121a"]);
        world.ok("GetPublicKey", json!({ "KeyId": key }));
        assert_eq!(world.fired("Verify", body), ["CKX-121"]);
    }
}
