//! Decrypt: opens what a key sealed.

use super::cryptography::{
    BringsContext, Context, Cryptographic, EncryptionAlgorithm, UsesMaterial, context_is_symmetric,
    dry_run, encrypts_asymmetrically, grant_tokens, hsm_rules, show_key, unfit_algorithm,
    wrong_usage,
};
use super::key_states::{disabled, pending_deletion_in_use, pending_import, unavailable};
use super::lookups::{OnKey, key_lookups, other_account};
use super::shapes::*;
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::*;
use crate::input::{Blob, input};
use crate::mint::{Plaintext, Sealed};
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::rule::{Promise, Refusal, Stage, always, must};
use crate::shape::{Member, Shape};
use crate::state::{Key, KeyLookup, KeyUsage, Names, State};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::sync::Arc;

input! {
    /// Input of Decrypt.
    Decrypt, MEMBERS {
        ciphertext: Option<Blob> = "CiphertextBlob", CIPHERTEXT;
        context: Option<Context> = "EncryptionContext", ENCRYPTION_CONTEXT;
        grant_tokens: Option<Vec<String>> = "GrantTokens", GRANT_TOKENS;
        key: Option<String> = "KeyId", KEY_ID;
        algorithm: Option<EncryptionAlgorithm> = "EncryptionAlgorithm", ENCRYPTION_ALGORITHM;
        recipient: Option<Value> = "Recipient", RECIPIENT;
        dry_run: Option<bool> = "DryRun", Shape::Flag;
        modifiers: Option<Vec<String>> = "DryRunModifiers", DRY_RUN_MODIFIERS;
    }
}

const API: &str = "kms/latest/APIReference/API_Decrypt.html";

const fn documented(id: &'static str, says: &'static str) -> Card {
    Card {
        id,
        says,
        cite: API,
        evidence: Evidence::Documented,
    }
}

impl Decrypt {
    /// What is known to be inside the ciphertext.
    pub(crate) fn sealed<'s>(&self, state: &'s State) -> Option<&'s Sealed> {
        state.ciphertexts.get(&self.ciphertext.as_ref()?.base64)
    }

    /// Whether it is a dry run that asks for permissions only. What AWS checks then is not known.
    pub(crate) fn ignores_ciphertext(&self) -> bool {
        let modifiers = self.modifiers.as_deref().unwrap_or_default();
        self.dry_run == Some(true) && modifiers.iter().any(|name| name == "IGNORE_CIPHERTEXT")
    }

    fn encryption_algorithm(&self) -> EncryptionAlgorithm {
        self.algorithm
            .unwrap_or(EncryptionAlgorithm::SymmetricDefault)
    }

    fn is_symmetric(&self) -> bool {
        self.encryption_algorithm() == EncryptionAlgorithm::SymmetricDefault
    }

    /// Whether a symmetric ciphertext is to be opened.
    fn opens(&self) -> bool {
        self.ciphertext.is_some() && self.is_symmetric() && !self.ignores_ciphertext()
    }

    fn has_context_of(&self, sealed: &Sealed) -> bool {
        match &self.context {
            Some(context) => *context == sealed.context,
            None => sealed.context.is_empty(),
        }
    }
}

impl OnKey for Decrypt {
    const NAMES: Names = Names::All;

    fn key_name(&self) -> &str {
        self.key.as_deref().unwrap_or_default()
    }

    fn key_lookup(&self, state: &State) -> Option<KeyLookup> {
        let name = self.key.as_ref()?;
        Some(state.look_up(name, Self::NAMES))
    }

    fn key<'s>(&self, state: &'s State) -> Option<&'s Arc<Key>> {
        if self.ignores_ciphertext() {
            return None;
        }
        match &self.key {
            Some(name) => state.key_named(name, Self::NAMES),
            None => state.keys.get(&self.sealed(state)?.key),
        }
    }
}

impl Cryptographic for Decrypt {
    fn is_dry_run(&self) -> bool {
        self.dry_run == Some(true)
    }

    fn grant_tokens(&self) -> &[String] {
        self.grant_tokens.as_deref().unwrap_or_default()
    }
}

impl UsesMaterial for Decrypt {
    const USAGE: KeyUsage = KeyUsage::EncryptDecrypt;

    fn algorithm(&self) -> &str {
        self.encryption_algorithm().wire_name()
    }
}

impl BringsContext for Decrypt {
    fn context(&self) -> Option<&Context> {
        self.context.as_ref()
    }
}

impl Operation for Decrypt {
    const NAME: &'static str = "Decrypt";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &LOOKUPS,
        &DECRYPTION,
        &hsm_rules(),
        &[CIPHERTEXT_IS_GIVEN, grant_tokens(), dry_run()],
    ];
    const PROMISES: &'static [Promise<Self>] = &[OPENS, SHOWS_THE_KEY, SHOWS_THE_ALGORITHM];

    fn models_success(&self, state: &State) -> bool {
        let asymmetric = self
            .key(state)
            .is_some_and(|key| encrypts_asymmetrically(key));
        // Where others use the account, a ciphertext may be theirs.
        let foreign = self.sealed(state).is_none() && !state.account.exclusive;
        self.recipient.is_none() && !self.ignores_ciphertext() && !asymmetric && !foreign
    }
}

/// The lookup of the key. Whether the ciphertext is parsed before it is not known, so that both may
/// be what AWS complains about.
pub(crate) const LOOKUPS: [Refusal<Decrypt>; 8] = {
    let [malformed, unknown, region, id, alias, arn, no_alias] = key_lookups();
    [
        malformed.in_stage(Stage::Condition),
        unknown.in_stage(Stage::Condition),
        region.in_stage(Stage::Condition),
        id.in_stage(Stage::Condition),
        alias.in_stage(Stage::Condition),
        arn.in_stage(Stage::Condition),
        no_alias.in_stage(Stage::Condition),
        other_account(),
    ]
};

/// What decryption demands of the ciphertext, its key and the request.
pub(crate) const DECRYPTION: [Refusal<Decrypt>; 11] = [
    CIPHERTEXT_OPENS,
    RIGHT_KEY,
    KEY_IS_THERE,
    KEY_IS_NAMED,
    wrong_usage().in_stage(Stage::Condition),
    pending_deletion_in_use(),
    disabled(),
    pending_import(),
    unavailable(),
    unfit_algorithm(&[InvalidKeyUsage, InvalidCiphertext]),
    context_is_symmetric(),
];

/// A request without a ciphertext.
pub(crate) const CIPHERTEXT_IS_GIVEN: Refusal<Decrypt> = Refusal {
    card: documented(
        "CKX-109",
        "A ciphertext is required, except in a dry run that ignores it.",
    ),
    stage: Stage::Combination,
    error: must(&[Validation]).saying(|_, _| {
        "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: \
         Member must not be null"
            .to_owned()
    }),
    when: |_, input| input.ciphertext.is_none() && !input.ignores_ciphertext(),
};

const CIPHERTEXT_OPENS: Refusal<Decrypt> = Refusal {
    card: Card {
        id: "CKX-101",
        says: "Only what a key sealed opens, unchanged and with the same encryption context.",
        cite: API,
        evidence: Evidence::Documented,
    },
    stage: Stage::Condition,
    error: must(&[InvalidCiphertext]).silently(),
    when: |state, input| {
        input.opens()
            && match input.sealed(state) {
                Some(sealed) => !input.has_context_of(sealed),
                // Whoever is alone in an account has seen every ciphertext being made.
                None => state.account.exclusive,
            }
    },
};

const RIGHT_KEY: Refusal<Decrypt> = Refusal {
    card: Card {
        id: "PREC-07",
        says: "A KeyId must name the key that sealed the ciphertext.",
        cite: "kms/latest/APIReference/API_Decrypt.html",
        evidence: Evidence::Documented,
    },
    stage: Stage::Condition,
    error: must(&[IncorrectKey]).saying(|_, _| {
        "The key ID in the request does not identify a CMK that can perform this operation."
            .to_owned()
    }),
    when: |state, input| {
        input.opens()
            && input
                .sealed(state)
                .is_some_and(|sealed| match input.key_lookup(state) {
                    Some(KeyLookup::Found(id)) => id != sealed.key,
                    Some(KeyLookup::OtherAccount) => true,
                    _ => false,
                })
    },
};

const KEY_IS_THERE: Refusal<Decrypt> = Refusal {
    card: Card {
        id: "CKX-110",
        says: "A ciphertext does not open once its key is deleted.",
        cite: "recording local-kms/postman-expectations, Ciphertext for missing key",
        evidence: Evidence::Observed,
    },
    stage: Stage::Condition,
    error: must(&[AccessDenied, NotFound, KmsInvalidState]).saying(|_, _| {
        "The ciphertext refers to a customer master key that does not exist, does not exist in \
         this region, or you are not allowed to access."
            .to_owned()
    }),
    when: |state, input| {
        let sealed = input.sealed(state).filter(|_| input.opens());
        input.key.is_none() && sealed.is_some_and(|sealed| !state.keys.contains_key(&sealed.key))
    },
};

const KEY_IS_NAMED: Refusal<Decrypt> = Refusal {
    card: documented(
        "CKX-106",
        "An asymmetric ciphertext does not tell its key, so that a KeyId is required.",
    ),
    stage: Stage::Condition,
    error: must(&[InvalidCiphertext, Validation]),
    when: |state, input| {
        input.ciphertext.is_some()
            && !input.is_symmetric()
            && !input.ignores_ciphertext()
            && input.key.is_none()
            && input.sealed(state).is_none()
    },
};

const OPENS: Promise<Decrypt> = Promise {
    card: Card {
        id: "CKX-07",
        says: "What a symmetric key sealed opens again under the same key and encryption context.",
        cite: "kms/latest/developerguide/use-cmk-keystore.html",
        evidence: Evidence::Documented,
    },
    when: always,
    make: |input, success| {
        let Some(sealed) = input.sealed(success.state).cloned() else {
            return;
        };
        let at = Path::of("Plaintext");
        match &sealed.plaintext {
            Plaintext::Known(bytes) => success.show_secret(&at, STANDARD.encode(bytes)),
            Plaintext::Hidden(length) => {
                if let Some(bytes) = success.random(&at, *length) {
                    let blob = input.ciphertext.as_ref().map(|blob| blob.base64.clone());
                    let plaintext = Plaintext::Known(bytes);
                    let opened = Sealed {
                        plaintext,
                        ..sealed
                    };
                    success
                        .state
                        .ciphertexts
                        .insert(blob.unwrap_or_default(), opened);
                }
            }
        }
    },
};

const SHOWS_THE_KEY: Promise<Decrypt> = Promise {
    card: documented(
        "KID-11",
        "Decrypt shows the ARN of the key that sealed the ciphertext.",
    ),
    when: always,
    make: |input, success| {
        let key = input.sealed(success.state).map(|sealed| sealed.key.clone());
        if let Some(key) = key {
            show_key(
                success,
                &key,
                &Path::of("KeyId"),
                &Path::of("KeyMaterialId"),
            );
        }
    },
};

const SHOWS_THE_ALGORITHM: Promise<Decrypt> = Promise {
    card: documented("CKX-111", "Decrypt shows the algorithm it used."),
    when: |state, input| input.sealed(state).is_some(),
    make: |input, success| {
        success.show(
            &Path::of("EncryptionAlgorithm"),
            input.encryption_algorithm(),
        );
    },
};

#[cfg(test)]
mod tests {
    use super::super::store_fixture::*;
    use crate::testing::World;
    use serde_json::{Value, json};

    fn sealed(world: &mut World, context: Value) -> Value {
        let body = json!({"KeyId": KEY, "Plaintext": "c2VjcmV0", "EncryptionContext": context});
        world.ok("Encrypt", body)["CiphertextBlob"].clone()
    }

    #[test]
    fn it_opens_what_was_sealed_with_the_same_context() {
        let mut world = world_with_store();
        let blob = sealed(&mut world, json!({"a": "1"}));
        let body = json!({"CiphertextBlob": blob, "EncryptionContext": {"a": "1"}, "KeyId": KEY});
        let opened = world.ok("Decrypt", body);
        assert_eq!(opened["Plaintext"], "c2VjcmV0");
        assert_eq!(opened["KeyId"], world.state.key_arn(KEY));
    }

    #[test]
    fn another_context_and_garbage_do_not_open() {
        let mut world = world_with_store();
        let blob = sealed(&mut world, json!({"a": "1"}));
        for body in [
            json!({"CiphertextBlob": blob}),
            json!({"CiphertextBlob": blob, "EncryptionContext": {"a": "2"}}),
            json!({"CiphertextBlob": "Z2FyYmFnZQ=="}),
        ] {
            let refused = world.refused("Decrypt", body);
            assert_eq!(refused, ["InvalidCiphertextException"]);
        }
    }

    #[test]
    fn a_ciphertext_of_a_shared_account_is_not_judged() {
        let mut world = world_with_store();
        world.given(|state| state.account.exclusive = false);
        let body = json!({"CiphertextBlob": "Z2FyYmFnZQ=="});
        assert_eq!(world.fired("Decrypt", body), [""; 0]);
    }

    #[test]
    fn another_key_is_the_incorrect_one() {
        let mut world = world_with_store();
        let blob = sealed(&mut world, json!({}));
        let other = world.ok("CreateKey", json!({}))["KeyMetadata"]["KeyId"].clone();
        let body = json!({"CiphertextBlob": blob, "KeyId": other});
        assert_eq!(world.refused("Decrypt", body), ["IncorrectKeyException"]);
    }

    #[test]
    fn an_unknown_key_and_garbage_are_both_to_blame() {
        let mut world = World::new();
        let body = json!({"CiphertextBlob": "Z2FyYmFnZQ==", "KeyId": "alias/none"});
        let refused = world.refused("Decrypt", body);
        assert_eq!(refused, ["InvalidCiphertextException", "NotFoundException"]);
    }

    #[test]
    fn the_key_of_a_ciphertext_must_still_be_there() {
        let mut world = world_with_store();
        let blob = sealed(&mut world, json!({}));
        world.given(|state| {
            state.keys.remove(KEY);
        });
        let body = json!({"CiphertextBlob": blob});
        assert_eq!(world.fired("Decrypt", body.clone()), ["CKX-110"]);
        world.refused("Decrypt", body);
    }

    #[test]
    fn the_store_of_the_key_of_a_ciphertext_must_be_connected() {
        let mut world = world_with_store();
        let blob = sealed(&mut world, json!({}));
        given_key(&mut world, |key| key.reachable = given(false));
        let refused = world.refused("Decrypt", json!({"CiphertextBlob": blob}));
        assert_eq!(refused, ["KMSInvalidStateException"]);
    }

    #[test]
    fn an_asymmetric_algorithm_needs_a_key_that_has_it() {
        let mut world = world_with_store();
        let blob = sealed(&mut world, json!({}));
        let body = json!({"CiphertextBlob": blob, "EncryptionAlgorithm": "RSAES_OAEP_SHA_1"});
        assert_eq!(world.fired("Decrypt", body), ["CKX-102"]);
        let body = json!({"CiphertextBlob": "Z2FyYmFnZQ==",
                          "EncryptionAlgorithm": "RSAES_OAEP_SHA_1"});
        assert_eq!(world.fired("Decrypt", body), ["CKX-106"]);
    }

    #[test]
    fn a_ciphertext_is_required_unless_a_dry_run_ignores_it() {
        let mut world = world_with_store();
        assert_eq!(world.refused("Decrypt", json!({})), ["ValidationException"]);
        let body = json!({"KeyId": KEY, "DryRun": true, "DryRunModifiers": ["IGNORE_CIPHERTEXT"]});
        assert_eq!(world.fired("Decrypt", body), [""; 0]);
        let blob = sealed(&mut world, json!({}));
        let body = json!({"CiphertextBlob": blob, "DryRun": true});
        assert_eq!(world.refused("Decrypt", body), ["DryRunOperationException"]);
    }
}
