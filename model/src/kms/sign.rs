//! Sign: signs a message, or its digest.

use super::cryptography::{Cryptographic, UsesMaterial, cryptographic, is_sm2, usage_rules};
use super::key_states::key_of;
use super::lookups::{OnKey, key_lookups, other_account, shows_the_arn};
use super::shapes::*;
use super::signatures::{OfSignature, has_the_form, message_rules};
use super::usage::is_recorded;
use crate::asymmetric::{MessageType, PublicKey, SigningAlgorithm};
use crate::card::{Card, Evidence};
use crate::input::{Blob, input};
use crate::mint::{Claim, Computation};
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::rule::{Promise, Refusal, always};
use crate::shape::{Member, Shape};
use crate::state::{KeyUsage, Names, Signed, State};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

input! {
    /// Input of Sign.
    Sign, MEMBERS {
        key: String = "KeyId", KEY_ID;
        message: Blob = "Message", PLAINTEXT, secret;
        message_type: Option<MessageType> = "MessageType", MESSAGE_TYPE;
        grant_tokens: Option<Vec<String>> = "GrantTokens", GRANT_TOKENS;
        algorithm: SigningAlgorithm = "SigningAlgorithm", SIGNING_ALGORITHM;
        dry_run: Option<bool> = "DryRun", Shape::Flag;
    }
}

const API: &str = "kms/latest/APIReference/API_Sign.html";

const fn documented(id: &'static str, says: &'static str) -> Card {
    Card {
        id,
        says,
        cite: API,
        evidence: Evidence::Documented,
    }
}

impl OnKey for Sign {
    const NAMES: Names = Names::All;

    fn key_name(&self) -> &str {
        &self.key
    }
}

cryptographic!(Sign);

impl UsesMaterial for Sign {
    const USAGE: KeyUsage = KeyUsage::SignVerify;

    fn algorithm(&self) -> &str {
        self.algorithm.wire_name()
    }
}

impl OfSignature for Sign {
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

impl Operation for Sign {
    const NAME: &'static str = "Sign";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &key_lookups(),
        &[other_account()],
        &usage_rules(),
        &message_rules(),
    ];
    const PROMISES: &'static [Promise<Self>] = &[
        SIGNS,
        shows_the_arn(documented("KID-11", "Sign shows the ARN of the key.")),
        SHOWS_THE_ALGORITHM,
        is_recorded(),
    ];

    fn models_success(&self, state: &State) -> bool {
        !key_of(state, self).is_some_and(|key| is_sm2(key))
    }
}

const SIGNS: Promise<Sign> = Promise {
    card: documented(
        "CKX-119",
        "A signature verifies with the public key, outside KMS too: ECDSA in DER, PSS with a salt as \
         long as the digest.",
    ),
    when: always,
    make: |input, success| {
        let (Some(key), Some(covered)) = (input.key(success.state).cloned(), input.covered())
        else {
            return;
        };
        let public = key.public_key.as_deref().and_then(PublicKey::read);
        let claim = Claim {
            says: "a signature of the message that the public key verifies",
            holds: &|signature| match &public {
                Some(public) => public.verifies(input.algorithm, &covered, signature),
                None => has_the_form(key.spec, signature),
            },
            secret: false,
        };
        let what = Computation::Signature(&key, input.algorithm, &covered);
        let at = Path::of("Signature");
        if let Some(signature) = success.compute(&at, &what, &claim) {
            let signed = Signed {
                key: key.id.clone(),
                algorithm: input.algorithm,
                covered,
            };
            // Whoever was given it in another form hands it on as it came.
            let shown = success.look(&at);
            let shown = shown.as_ref().and_then(|shown| shown.as_str());
            let signatures = &mut success.state.computed.signatures;
            signatures.extend(shown.map(|text| (text.to_owned(), signed.clone())));
            signatures.insert(STANDARD.encode(signature), signed);
        }
    },
};

const SHOWS_THE_ALGORITHM: Promise<Sign> = Promise {
    card: documented("CKX-120", "Sign shows the algorithm it used."),
    when: |state, input| key_of(state, input).is_some(),
    make: |input, success| success.show(&Path::of("SigningAlgorithm"), input.algorithm),
};

#[cfg(test)]
mod tests {
    use super::super::store_fixture::*;
    use crate::testing::World;
    use serde_json::json;

    #[test]
    fn a_symmetric_key_does_not_sign() {
        let mut world = world_with_store();
        let refused = world.refused(
            "Sign",
            json!({"KeyId": KEY, "Message": "YQ==", "SigningAlgorithm": "ECDSA_SHA_256"}),
        );
        assert_eq!(refused, ["InvalidKeyUsageException"]);
    }

    #[test]
    fn the_algorithm_must_fit_the_key() {
        let mut world = World::new();
        let key = world.key(json!({"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}));
        let body = json!({"KeyId": key, "Message": "YQ==", "SigningAlgorithm": "ECDSA_SHA_256"});
        assert_eq!(world.fired("Sign", body), ["CKX-102"]);
    }

    #[test]
    fn the_message_must_fit_the_algorithm() {
        let mut world = World::new();
        for (spec, algorithm, kind, rule) in [
            ("ECC_NIST_P256", "ECDSA_SHA_256", "DIGEST", "CKX-118"),
            ("ECC_NIST_P256", "ECDSA_SHA_256", "EXTERNAL_MU", "CKX-117"),
            ("ML_DSA_44", "ML_DSA_SHAKE_256", "DIGEST", "CKX-117"),
            ("ML_DSA_44", "ML_DSA_SHAKE_256", "EXTERNAL_MU", "CKX-118"),
        ] {
            let key = world.key(json!({"KeySpec": spec, "KeyUsage": "SIGN_VERIFY"}));
            let body = json!({
                "KeyId": key, "Message": "YQ==", "SigningAlgorithm": algorithm, "MessageType": kind,
            });
            assert_eq!(world.fired("Sign", body), [rule]);
        }
    }

    #[test]
    fn a_signature_verifies_whether_the_public_key_is_shown_before_it_or_after() {
        let mut world = World::new();
        for (spec, algorithm) in [
            ("ECC_NIST_P256", "ECDSA_SHA_256"),
            ("ECC_NIST_EDWARDS25519", "ED25519_SHA_512"),
            ("ML_DSA_44", "ML_DSA_SHAKE_256"),
        ] {
            let key = world.key(json!({"KeySpec": spec, "KeyUsage": "SIGN_VERIFY"}));
            let body = json!({"KeyId": key, "Message": "YQ==", "SigningAlgorithm": algorithm});
            let signed = world.ok("Sign", body.clone());
            assert_eq!(signed["SigningAlgorithm"], algorithm);
            world.ok("GetPublicKey", json!({ "KeyId": key }));
            world.ok("Sign", body);
        }
    }
}
