//! GetPublicKey: shows the public half of a key pair.

use super::cryptography::{Cryptographic, grant_tokens, is_sm2};
use super::key_states::{creating, key_of, pending_deletion_in_use};
use super::lookups::{OnKey, key_lookups, other_account, shows_the_arn};
use super::metadata::{algorithms, algorithms_member};
use super::shapes::*;
use crate::asymmetric::{PublicKey, ecdsa_der};
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::{KmsInvalidState, UnsupportedOperation};
use crate::input::input;
use crate::mint::{Claim, Computation};
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::rule::{Promise, Refusal, Stage, always, may, must};
use crate::shape::Member;
use crate::state::{Key, KeySpec, KeyState, KeyUsage, Names, Origin, State};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

input! {
    /// Input of GetPublicKey.
    GetPublicKey, MEMBERS {
        key: String = "KeyId", KEY_ID;
        grant_tokens: Option<Vec<String>> = "GrantTokens", GRANT_TOKENS;
    }
}

const API: &str = "kms/latest/APIReference/API_GetPublicKey.html";

const fn documented(id: &'static str, says: &'static str) -> Card {
    Card {
        id,
        says,
        cite: API,
        evidence: Evidence::Documented,
    }
}

impl OnKey for GetPublicKey {
    const NAMES: Names = Names::All;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl Cryptographic for GetPublicKey {
    fn is_dry_run(&self) -> bool {
        false
    }

    fn grant_tokens(&self) -> &[String] {
        self.grant_tokens.as_deref().unwrap_or_default()
    }
}

impl Operation for GetPublicKey {
    const NAME: &'static str = "GetPublicKey";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &key_lookups(),
        &[
            other_account(),
            grant_tokens(),
            creating(),
            NOT_SYMMETRIC,
            HAS_MATERIAL,
            MAY_HAVE_LOST_IT,
            pending_deletion_in_use(),
        ],
    ];
    const PROMISES: &'static [Promise<Self>] = &[
        SHOWS_THE_PUBLIC_KEY,
        shows_the_arn(documented(
            "KID-11",
            "GetPublicKey shows the ARN of the key.",
        )),
        SHOWS_THE_KIND,
    ];

    fn models_success(&self, state: &State) -> bool {
        !key_of(state, self).is_some_and(|key| is_sm2(key))
    }
}

const NOT_SYMMETRIC: Refusal<GetPublicKey> = Refusal {
    card: Card {
        id: "CKX-112",
        says: "Symmetric keys and HMAC keys have no public key.",
        cite: "recording local-kms/postman-expectations, Get Public Key Error",
        evidence: Evidence::Observed,
    },
    stage: Stage::Condition,
    error: must(&[UnsupportedOperation]).silently(),
    when: |state, input| {
        use KeySpec::{Hmac224, Hmac256, Hmac384, Hmac512, SymmetricDefault};
        key_of(state, input).is_some_and(|key| {
            matches!(
                key.spec,
                SymmetricDefault | Hmac224 | Hmac256 | Hmac384 | Hmac512
            )
        })
    },
};

const HAS_MATERIAL: Refusal<GetPublicKey> = Refusal {
    card: Card {
        id: "KST-103",
        says: "A key pending import whose material was never imported has no public key, although \
               the table of key states shows one.",
        cite: "recording floci/kms-measured-order",
        evidence: Evidence::SecondHand,
    },
    stage: Stage::Condition,
    error: must(&[KmsInvalidState]),
    when: |state, input| {
        key_of(state, input)
            .is_some_and(|key| key.state.value == KeyState::PendingImport && !key.was_imported())
    },
};

const MAY_HAVE_LOST_IT: Refusal<GetPublicKey> = Refusal {
    card: Card {
        id: "KST-103a",
        says: "Nobody says whether a key whose imported material is gone still shows its public key.",
        cite: "kms/latest/developerguide/key-state.html",
        evidence: Evidence::Inferred,
    },
    stage: Stage::Condition,
    error: may(&[KmsInvalidState]),
    when: |state, input| {
        key_of(state, input)
            .is_some_and(|key| key.state.value == KeyState::PendingImport && key.was_imported())
    },
};

/// Whether these bytes can be the public key: of the right kind, the one that was shown before, the
/// one that verifies what the key signed, and that of no other key.
fn may_be_the_key(state: &State, key: &Key, der: &[u8]) -> bool {
    let Some(public) = PublicKey::read(der).filter(|it| it.spec() == Some(key.spec)) else {
        return false;
    };
    let mut signatures = state.computed.signatures.iter();
    let verifies_all = signatures.all(|(base64, signed)| {
        let signature = STANDARD.decode(base64).unwrap_or_default();
        let verifies = |it: &[u8]| public.verifies(signed.algorithm, &signed.covered, it);
        signed.key != key.id
            || verifies(&signature)
            || ecdsa_der(&signature).is_some_and(|der| verifies(&der))
    });
    // Material that was imported may be that of another key too.
    let is_its_own = key.origin == Origin::External
        || !state
            .keys
            .values()
            .any(|other| other.id != key.id && other.public_key.as_deref() == Some(der));
    let known = key.public_key.as_deref();
    known.is_none_or(|known| known == der) && verifies_all && is_its_own
}

const SHOWS_THE_PUBLIC_KEY: Promise<GetPublicKey> = Promise {
    card: documented(
        "CKX-113",
        "The public key is DER of a SubjectPublicKeyInfo, stays the same, verifies what the key signed \
         and is that of no other key.",
    ),
    when: always,
    make: |input, success| {
        let Some(key) = input.key(success.state).cloned() else {
            return;
        };
        let state = success.state.clone();
        let claim = Claim {
            says: "the public key",
            holds: &|der| may_be_the_key(&state, &key, der),
            secret: false,
        };
        let what = Computation::PublicKey(&key);
        let der = success.compute(&Path::of("PublicKey"), &what, &claim);
        if let Some(key) = success.state.key_mut(&key.id) {
            key.public_key = der.or_else(|| key.public_key.take());
        }
    },
};

const SHOWS_THE_KIND: Promise<GetPublicKey> = Promise {
    card: documented(
        "CKX-114",
        "GetPublicKey shows what the key is and is for, and the algorithms that it has.",
    ),
    when: |state, input| key_of(state, input).is_some(),
    make: |input, success| {
        let Some(key) = input.key(success.state).cloned() else {
            return;
        };
        success.show(&Path::of("KeySpec"), key.spec);
        success.may_show(&Path::of("CustomerMasterKeySpec"), key.spec);
        success.show(&Path::of("KeyUsage"), key.usage);
        // Authentication codes have no public keys.
        for usage in [
            KeyUsage::EncryptDecrypt,
            KeyUsage::SignVerify,
            KeyUsage::KeyAgreement,
        ] {
            let at = Path::of(algorithms_member(usage));
            let shown = (usage == key.usage).then(|| algorithms(key.spec, usage));
            success.show_or_absent(&at, shown);
        }
    },
};

#[cfg(test)]
mod tests {
    use super::super::store_fixture::*;
    use crate::belief::Verdict;
    use crate::reply::Reply;
    use crate::testing::World;
    use serde_json::json;

    #[test]
    fn a_public_key_in_another_form_is_reported_and_verifies_all_the_same() {
        let mut world = World::new();
        let body = json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"});
        let key = world.key(body);
        let sign = json!({"KeyId": key, "Message": "YQ==", "SigningAlgorithm": "ECDSA_SHA_256"});
        let signature = world.ok("Sign", sign)["Signature"].clone();
        let mut unseen = world.belief.clone();
        let body = json!({ "KeyId": key });
        let mut shown = world.ok("GetPublicKey", body.clone());
        std::mem::swap(&mut world.belief, &mut unseen);
        let public = shown["PublicKey"].as_str().unwrap();
        shown["PublicKey"] = json!(format!(
            "-----BEGIN PUBLIC KEY-----\n{public}\n-----END PUBLIC KEY-----\n"
        ));
        let verdict = world.judged("GetPublicKey", &body, &Reply::Done(shown));
        let Verdict::Diverges(divergence) = verdict else {
            panic!("{verdict:?}");
        };
        assert_eq!(divergence[0].rules[0].id, "CKX-113");
        let valid = json!({
            "KeyId": world.state.key_arn(&key), "SignatureValid": true,
            "SigningAlgorithm": "ECDSA_SHA_256",
        });
        let verify = |message: &str| {
            json!({"KeyId": key, "Message": message, "Signature": signature,
                   "SigningAlgorithm": "ECDSA_SHA_256"})
        };
        let right = world.judged("Verify", &verify("YQ=="), &Reply::Done(valid.clone()));
        assert!(matches!(right, Verdict::Conforms(_)), "{right:?}");
        let wrong = world.judged("Verify", &verify("Yg=="), &Reply::Done(valid));
        assert!(matches!(wrong, Verdict::Diverges(_)), "{wrong:?}");
    }

    #[test]
    fn a_symmetric_key_has_no_public_key() {
        let mut world = world_with_store();
        let refused = world.refused("GetPublicKey", json!({"KeyId": KEY}));
        assert_eq!(refused, ["UnsupportedOperationException"]);
    }

    #[test]
    fn a_key_pending_import_has_no_public_key_yet() {
        let mut world = World::new();
        let body = json!({"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY", "Origin": "EXTERNAL"});
        let key = world.ok("CreateKey", body)["KeyMetadata"]["KeyId"].clone();
        let fired = world.fired("GetPublicKey", json!({"KeyId": key}));
        assert_eq!(fired, ["KST-103"]);
    }

    #[test]
    fn it_shows_the_same_public_key_of_the_right_kind() {
        let mut world = World::new();
        for spec in ["ECC_NIST_P384", "ECC_SECG_P256K1", "ML_DSA_87"] {
            let key = world.key(json!({"KeySpec": spec, "KeyUsage": "SIGN_VERIFY"}));
            let shown = world.ok("GetPublicKey", json!({ "KeyId": key }));
            assert_eq!(shown["KeySpec"], spec);
            assert!(shown.get("EncryptionAlgorithms").is_none());
            assert_eq!(world.ok("GetPublicKey", json!({ "KeyId": key })), shown);
        }
    }
}
