//! Decrypt: opens what a key sealed.

use super::ciphertexts::{
    ALTERED_CIPHERTEXT, CIPHERTEXT_IS_GIVEN, CIPHERTEXT_OPENS, FOREIGN_CIPHERTEXT, KEY_IS_NAMED,
    KEY_IS_THERE, RIGHT_KEY,
};
use super::cryptography::{
    BringsContext, Context, Cryptographic, EncryptionAlgorithm, UsesMaterial, context_is_symmetric,
    cryptographic, dry_run, grant_tokens, hsm_rules, is_sm2, show_key_with, unfit_algorithm,
    wrong_usage,
};
use super::key_states::{creating, disabled, pending_deletion_in_use, pending_import, unavailable};
use super::lookups::{OnKey, key_lookups, other_account};
use super::shapes::*;
use super::usage::is_recorded;
use super::xks_failures::EXTERNAL_CIPHERTEXT_RULES;
use crate::asymmetric::{PrivateKey, PublicKey};
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::{InvalidCiphertext, InvalidKeyUsage};
use crate::input::{Blob, input};
use crate::mint::{Claim, Computation, Plaintext, Sealed};
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::rule::{Promise, Refusal, always};
use crate::shape::{Member, Shape};
use crate::state::{Forgery, Key, KeyLookup, KeySpec, KeyUsage, Names, State};
use crate::success::Success;
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
    /// What is known to be inside the ciphertext, if it was made by the algorithm of the request.
    pub(crate) fn sealed<'s>(&self, state: &'s State) -> Option<&'s Sealed> {
        let sealed = state.ciphertexts.get(&self.ciphertext.as_ref()?.base64);
        sealed.filter(|sealed| sealed.algorithm == self.encryption_algorithm())
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

    /// Whether it asks for symmetric decryption.
    pub(crate) fn is_symmetric(&self) -> bool {
        self.encryption_algorithm() == EncryptionAlgorithm::SymmetricDefault
    }

    /// Whether a ciphertext is to be opened of which it can be said by whom.
    pub(crate) fn opens(&self) -> bool {
        let named = self.is_symmetric() || self.key.is_some();
        self.ciphertext.is_some() && named && !self.ignores_ciphertext()
    }

    /// Whether the ciphertext may be a good one that nobody here saw being made: where others use
    /// the account, or where the success that made it could not be judged. What the plan made up is
    /// none, nor what is not as long as all ciphertexts of the key.
    pub(crate) fn is_foreign(&self, state: &State) -> bool {
        self.ciphertext.as_ref().is_some_and(|blob| {
            let base64 = &blob.base64;
            let others = !state.account.exclusive && !state.is_forged(base64);
            !state.ciphertexts.contains_key(base64)
                && (others || state.unjudged.contains(base64))
                && self.may_be_of_its_key(state, blob.bytes.len())
        })
    }

    /// Whether a ciphertext of so many bytes can be one of the RSA key that is named, which all have
    /// the length of its modulus.
    fn may_be_of_its_key(&self, state: &State, length: usize) -> bool {
        let named = self.key.as_ref().filter(|_| !self.is_symmetric());
        let key = named.and_then(|name| state.key_named(name, Self::NAMES));
        let modulus = key.and_then(|key| modulus_bytes(key.spec));
        modulus.is_none_or(|modulus| modulus == length)
    }

    /// Whether the ciphertext is an altered copy of one that some symmetric key made.
    pub(crate) fn is_altered(&self, state: &State) -> bool {
        let blob = self.ciphertext.as_ref().filter(|_| self.is_symmetric());
        blob.is_some_and(|blob| {
            !state.ciphertexts.contains_key(&blob.base64)
                && state.forged.get(&blob.base64) == Some(&Forgery::Altered)
        })
    }

    /// Whether it brings the encryption context that was sealed.
    pub(crate) fn has_context_of(&self, sealed: &Sealed) -> bool {
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

cryptographic!(Decrypt);

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
        &EXTERNAL_CIPHERTEXT_RULES,
        &[CIPHERTEXT_IS_GIVEN, grant_tokens(), dry_run()],
    ];
    const PROMISES: &'static [Promise<Self>] =
        &[OPENS, SHOWS_THE_KEY, SHOWS_THE_ALGORITHM, is_recorded()];

    fn models_success(&self, state: &State) -> bool {
        let sm2 = self.key(state).is_some_and(|key| is_sm2(key));
        let ignores = self.ignores_ciphertext();
        self.recipient.is_none() && !ignores && !sm2 && !self.is_foreign(state)
    }
}

/// The lookup of the key.
pub(crate) const LOOKUPS: [Refusal<Decrypt>; 7] = {
    let [malformed, unknown, region, id, alias, arn] = key_lookups();
    [malformed, unknown, region, id, alias, arn, other_account()]
};

/// What decryption demands of the ciphertext, its key and the request.
pub(crate) const DECRYPTION: [Refusal<Decrypt>; 14] = [
    CIPHERTEXT_OPENS,
    RIGHT_KEY,
    KEY_IS_THERE,
    KEY_IS_NAMED,
    wrong_usage(),
    pending_deletion_in_use(),
    disabled(),
    pending_import(),
    unavailable(),
    unfit_algorithm(&[InvalidKeyUsage, InvalidCiphertext]),
    context_is_symmetric(),
    FOREIGN_CIPHERTEXT,
    creating(),
    ALTERED_CIPHERTEXT,
];

/// How many bytes the modulus of an RSA key has, and so each of its ciphertexts.
const fn modulus_bytes(spec: KeySpec) -> Option<usize> {
    match spec {
        KeySpec::Rsa2048 => Some(256),
        KeySpec::Rsa3072 => Some(384),
        KeySpec::Rsa4096 => Some(512),
        _ => None,
    }
}

const OPENS: Promise<Decrypt> = Promise {
    card: Card {
        id: "CKX-07",
        says: "What a symmetric key sealed opens again under the same key and encryption context.",
        cite: "kms/latest/developerguide/manage-cmk-keystore.html",
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
                    now_known(input, success, bytes);
                }
            }
            Plaintext::PrivateOf(public) => {
                let claim = Claim {
                    says: "the private half of the public key",
                    holds: &|der| {
                        let key = PrivateKey::read(der).and_then(|key| key.public().der());
                        let public = PublicKey::read(public).and_then(|key| key.der());
                        key.is_some() && key == public
                    },
                    secret: true,
                };
                // Nothing is computed here: the target knew the key all along.
                let what = Computation::PrivateKey(KeySpec::EccNistP256);
                if let Some(bytes) = success.compute(&at, &what, &claim) {
                    now_known(input, success, bytes);
                }
            }
        }
    },
};

/// What is inside the ciphertext is known from here on.
fn now_known(input: &Decrypt, success: &mut Success<'_>, bytes: Vec<u8>) {
    let blob = input.ciphertext.as_ref().map(|blob| blob.base64.as_str());
    let sealed = blob.and_then(|blob| success.state.ciphertexts.get_mut(blob));
    if let Some(sealed) = sealed {
        sealed.plaintext = Plaintext::Known(bytes);
    }
}

const SHOWS_THE_KEY: Promise<Decrypt> = Promise {
    card: documented(
        "KID-11",
        "Decrypt shows the ARN of the key that sealed the ciphertext.",
    ),
    when: always,
    make: |input, success| {
        let sealed = input.sealed(success.state);
        let sealed = sealed.map(|sealed| (sealed.key.clone(), sealed.material));
        if let Some((key, material)) = sealed {
            show_key_with(
                success,
                (&key, material),
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
    use crate::belief::Verdict;
    use crate::reply::Reply;
    use crate::state::KeyState;
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
        world.given(|state| state.account_mut().exclusive = false);
        let body = json!({"CiphertextBlob": "Z2FyYmFnZQ=="});
        assert_eq!(world.fired("Decrypt", body), ["CKX-115"]);
    }

    #[test]
    fn a_ciphertext_of_a_shared_account_may_be_invalid_whatever_else_is_wrong() {
        let mut world = world_with_store();
        given_key(&mut world, |key| key.state = given(KeyState::Disabled));
        world.given(|state| state.account_mut().exclusive = false);
        let body = json!({"CiphertextBlob": "Z2FyYmFnZQ==", "KeyId": KEY});
        let refused = world.refused("Decrypt", body);
        for allowed in ["DisabledException", "InvalidCiphertextException"] {
            assert!(refused.contains(&allowed), "{refused:?}");
        }
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
        let mut body = json!({"CiphertextBlob": blob, "EncryptionAlgorithm": "RSAES_OAEP_SHA_1"});
        assert_eq!(world.fired("Decrypt", body.clone()), ["CKX-106"]);
        body["KeyId"] = json!(KEY);
        assert_eq!(world.fired("Decrypt", body), ["CKX-102"]);
    }

    #[test]
    fn only_the_key_and_algorithm_that_encrypted_open_an_asymmetric_ciphertext() {
        let mut world = World::new();
        let rsa = json!({"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"});
        let (key, other) = (world.key(rsa.clone()), world.key(rsa));
        let algorithm = "RSAES_OAEP_SHA_256";
        let body = json!({"KeyId": key, "Plaintext": "c2VjcmV0", "EncryptionAlgorithm": algorithm});
        let blob = world.ok("Encrypt", body)["CiphertextBlob"].clone();
        let mut body =
            json!({"CiphertextBlob": blob, "KeyId": key, "EncryptionAlgorithm": algorithm});
        assert_eq!(world.ok("Decrypt", body.clone())["Plaintext"], "c2VjcmV0");
        for (member, value) in [
            ("KeyId", json!(other)),
            ("EncryptionAlgorithm", json!("RSAES_OAEP_SHA_1")),
            ("CiphertextBlob", json!("Z2FyYmFnZQ==")),
        ] {
            let mut wrong = body.clone();
            wrong[member] = value;
            assert_eq!(
                world.refused("Decrypt", wrong),
                ["InvalidCiphertextException"]
            );
        }
        body["KeyId"] = Value::Null;
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

    #[test]
    fn a_wrong_plaintext_is_found_and_never_told() {
        let mut world = world_with_store();
        let blob = sealed(&mut world, json!({}));
        let body = json!({"CiphertextBlob": blob});
        let mut response = world.ok("Decrypt", body.clone());
        response["Plaintext"] = json!("b3RoZXI=");
        let verdict = world.judged("Decrypt", &body, &Reply::Done(response));
        let told = format!("{verdict:?}");
        assert!(matches!(verdict, Verdict::Diverges(_)));
        assert!(
            !told.contains("b3RoZXI=") && !told.contains("c2VjcmV0"),
            "{told}"
        );
    }

    #[test]
    fn a_ciphertext_of_a_success_that_was_not_judged_may_open() {
        let mut world = world_with_store();
        let key = world.ok("CreateKey", json!({}))["KeyMetadata"]["KeyId"].clone();
        let enclave = json!({
            "KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": "YQ==",
        });
        let body = json!({"KeyId": key, "KeyPairSpec": "RSA_2048", "Recipient": enclave});
        let made = Reply::Done(json!({"PrivateKeyCiphertextBlob": "cHJpdmF0ZQ=="}));
        let verdict = world.judged("GenerateDataKeyPair", &body, &made);
        assert!(matches!(verdict, Verdict::Unknown(_)));
        let body = json!({"CiphertextBlob": "cHJpdmF0ZQ=="});
        let opened = Reply::Done(json!({"Plaintext": "YQ=="}));
        let verdict = world.judged("Decrypt", &body, &opened);
        assert!(matches!(verdict, Verdict::Unknown(_)));
    }
}
