//! ReEncrypt: opens what one key sealed and seals it under another, or under the same one anew.
//!
//! It is a Decrypt and an Encrypt in one request, so its rules are theirs: `a` after the id of a rule
//! means the source, `b` the destination. Which of the two AWS looks at first is not known.

use super::ciphertexts::CIPHERTEXT_IS_GIVEN;
use super::cryptography::{
    Context, Cryptographic, EncryptionAlgorithm, context_is_symmetric, cryptographic, dry_run,
    encrypts_asymmetrically, grant_tokens, hsm_rules, material_rules, show_key, show_key_with,
};
use super::decrypt::{DECRYPTION, Decrypt, LOOKUPS};
use super::encrypt::{Encrypt, FITS_THE_ALGORITHM};
use super::key_states::key_of;
use super::lookups::{OnKey, key_lookups, other_account};
use super::shapes::*;
use super::usage::{RECORDED, record};
use super::xks_failures::EXTERNAL_CIPHERTEXT_RULES;
use crate::card::{Card, Evidence};
use crate::input::{Blob, input};
use crate::mint::{Plaintext, Sealed};
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::rule::{Answer, Promise, Refusal, Stage, always};
use crate::shape::{Member, Shape};
use crate::state::State;

input! {
    /// Input of ReEncrypt.
    ReEncrypt, MEMBERS {
        ciphertext: Option<Blob> = "CiphertextBlob", CIPHERTEXT;
        source_context: Option<Context> = "SourceEncryptionContext", ENCRYPTION_CONTEXT;
        source_key: Option<String> = "SourceKeyId", KEY_ID;
        key: String = "DestinationKeyId", KEY_ID;
        context: Option<Context> = "DestinationEncryptionContext", ENCRYPTION_CONTEXT;
        source_algorithm: Option<EncryptionAlgorithm> = "SourceEncryptionAlgorithm", ENCRYPTION_ALGORITHM;
        algorithm: Option<EncryptionAlgorithm> = "DestinationEncryptionAlgorithm", ENCRYPTION_ALGORITHM;
        grant_tokens: Option<Vec<String>> = "GrantTokens", GRANT_TOKENS;
        dry_run: Option<bool> = "DryRun", Shape::Flag;
        modifiers: Option<Vec<String>> = "DryRunModifiers", DRY_RUN_MODIFIERS;
    }
}

const API: &str = "kms/latest/APIReference/API_ReEncrypt.html";

const fn documented(id: &'static str, says: &'static str) -> Card {
    Card {
        id,
        says,
        cite: API,
        evidence: Evidence::Documented,
    }
}

impl ReEncrypt {
    /// The first half of the request.
    fn decryption(&self) -> Decrypt {
        Decrypt {
            ciphertext: self.ciphertext.clone(),
            context: self.source_context.clone(),
            grant_tokens: None,
            key: self.source_key.clone(),
            algorithm: self.source_algorithm,
            recipient: None,
            dry_run: self.dry_run,
            modifiers: self.modifiers.clone(),
        }
    }

    /// The second half of the request. A plaintext that only the target knows stands there as zeros.
    fn encryption(&self, state: &State) -> Encrypt {
        let bytes = match self
            .decryption()
            .sealed(state)
            .map(|sealed| &sealed.plaintext)
        {
            Some(Plaintext::Known(bytes)) => bytes.clone(),
            Some(Plaintext::Hidden(length)) => vec![0; *length],
            Some(Plaintext::PrivateOf(_)) | None => Vec::new(),
        };
        Encrypt {
            key: self.key.clone(),
            plaintext: Blob {
                bytes,
                base64: String::new(),
            },
            context: self.context.clone(),
            grant_tokens: None,
            algorithm: self.algorithm,
            dry_run: None,
        }
    }
}

cryptographic!(ReEncrypt);

impl Operation for ReEncrypt {
    const NAME: &'static str = "ReEncrypt";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &[MISSING_CIPHERTEXT, grant_tokens()],
        SOURCE,
        DESTINATION,
        &[dry_run()],
    ];
    const PROMISES: &'static [Promise<Self>] =
        &[RESEALS, SHOWS_THE_KEYS, SHOWS_THE_ALGORITHMS, IS_RECORDED];

    fn models_success(&self, state: &State) -> bool {
        let (decryption, encryption) = (self.decryption(), self.encryption(state));
        // How long a private key is that nobody here has seen is not known, and so not whether an
        // asymmetric key can encrypt it.
        let unmeasured = decryption
            .sealed(state)
            .is_some_and(|sealed| sealed.plaintext.length().is_none());
        let asymmetric = key_of(state, &encryption).is_some_and(|key| encrypts_asymmetrically(key));
        decryption.models_success(state)
            && encryption.models_success(state)
            && !(unmeasured && asymmetric)
    }
}

/// The rule of a half of the request as a rule of the whole.
macro_rules! half {
    ($half:ty, |$state:ident, $input:ident| $view:expr, $stage:expr, $id:literal, $rule:expr) => {{
        const RULE: Refusal<$half> = $rule;
        Refusal {
            card: Card {
                id: $id,
                ..RULE.card
            },
            stage: $stage,
            error: Answer {
                codes: RULE.error.codes,
                force: RULE.error.force,
                message: Some(|$state, $input| match RULE.error.message {
                    Some(message) => message($state, &$view),
                    None => RULE.card.says.to_owned(),
                }),
                silent: RULE.error.silent,
            },
            when: |$state: &State, $input: &ReEncrypt| {
                !$input.decryption().ignores_ciphertext() && (RULE.when)($state, &$view)
            },
        }
    }};
}

macro_rules! source {
    ($($id:literal = $rule:expr),+ $(,)?) => {
        &[$(half!(Decrypt, |_state, input| input.decryption(), Stage::Condition, $id, $rule)),+]
    };
}

macro_rules! destination {
    ($($id:literal = $rule:expr),+ $(,)?) => {
        &[$(half!(Encrypt, |state, input| input.encryption(state), Stage::Condition, $id, $rule)),+]
    };
}

const MISSING_CIPHERTEXT: Refusal<ReEncrypt> = half!(
    Decrypt,
    |_state, input| input.decryption(),
    Stage::Combination,
    "CKX-109",
    CIPHERTEXT_IS_GIVEN
);

const SOURCE: &[Refusal<ReEncrypt>] = source![
    "KID-02a" = LOOKUPS[0],
    "KID-03a" = LOOKUPS[1],
    "KID-04a" = LOOKUPS[2],
    "KID-05a" = LOOKUPS[3],
    "KID-06a" = LOOKUPS[4],
    "KID-07a" = LOOKUPS[5],
    "KID-10a" = LOOKUPS[6],
    "CKX-101" = DECRYPTION[0],
    "PREC-07" = DECRYPTION[1],
    "CKX-110" = DECRYPTION[2],
    "CKX-106" = DECRYPTION[3],
    "CKX-06a" = DECRYPTION[4],
    "KST-02a" = DECRYPTION[5],
    "KST-01a" = DECRYPTION[6],
    "KST-05a" = DECRYPTION[7],
    "KST-11a" = DECRYPTION[8],
    "CKX-102a" = DECRYPTION[9],
    "CKX-103a" = DECRYPTION[10],
    "CKX-115" = DECRYPTION[11],
    "KST-14a" = DECRYPTION[12],
    "CKX-115b" = DECRYPTION[13],
    "CKX-10a" = hsm_rules()[0],
    "CKX-107a" = hsm_rules()[1],
    "CKX-11a" = hsm_rules()[2],
    "XKS-08a" = hsm_rules()[3],
    "CKX-108a" = hsm_rules()[4],
    "XKS-08c" = EXTERNAL_CIPHERTEXT_RULES[0],
    "XKS-08d" = EXTERNAL_CIPHERTEXT_RULES[1],
];

const DESTINATION: &[Refusal<ReEncrypt>] = destination![
    "KID-02b" = key_lookups()[0],
    "KID-03b" = key_lookups()[1],
    "KID-04b" = key_lookups()[2],
    "KID-05b" = key_lookups()[3],
    "KID-06b" = key_lookups()[4],
    "KID-07b" = key_lookups()[5],
    "KID-10b" = other_account(),
    "CKX-06b" = material_rules()[1],
    "KST-02b" = material_rules()[2],
    "KST-01b" = material_rules()[3],
    "KST-05b" = material_rules()[4],
    "KST-11b" = material_rules()[5],
    "CKX-102b" = material_rules()[6],
    "KST-14b" = material_rules()[8],
    "CKX-103b" = context_is_symmetric(),
    "CKX-104" = FITS_THE_ALGORITHM,
    "CKX-10b" = hsm_rules()[0],
    "CKX-107b" = hsm_rules()[1],
    "CKX-11b" = hsm_rules()[2],
    "XKS-08b" = hsm_rules()[3],
    "CKX-108b" = hsm_rules()[4],
];

const RESEALS: Promise<ReEncrypt> = Promise {
    card: Card {
        id: "CKX-07",
        says: "What a symmetric key sealed opens again under the same key and encryption context.",
        cite: "kms/latest/developerguide/manage-cmk-keystore.html",
        evidence: Evidence::Documented,
    },
    when: always,
    make: |input, success| {
        let plaintext = input
            .decryption()
            .sealed(success.state)
            .map(|sealed| sealed.plaintext.clone());
        let key = input.encryption(success.state).key_id(success.state);
        let (Some(plaintext), Some(key)) = (plaintext, key) else {
            return;
        };
        let sealed = Sealed {
            material: success.current_material(&key),
            key,
            algorithm: input
                .algorithm
                .unwrap_or(EncryptionAlgorithm::SymmetricDefault),
            context: input.context.clone().unwrap_or_default(),
            plaintext,
        };
        success.seal(&Path::of("CiphertextBlob"), sealed);
    },
};

const SHOWS_THE_KEYS: Promise<ReEncrypt> = Promise {
    card: documented("KID-11", "ReEncrypt shows the ARNs of both keys."),
    when: always,
    make: |input, success| {
        let source = input
            .decryption()
            .sealed(success.state)
            .map(|sealed| (sealed.key.clone(), sealed.material));
        if let Some((key, material)) = source {
            show_key_with(
                success,
                (&key, material),
                &Path::of("SourceKeyId"),
                &Path::of("SourceKeyMaterialId"),
            );
        }
        if let Some(key) = input.encryption(success.state).key_id(success.state) {
            show_key(
                success,
                &key,
                &Path::of("KeyId"),
                &Path::of("DestinationKeyMaterialId"),
            );
        }
    },
};

const IS_RECORDED: Promise<ReEncrypt> = Promise {
    card: RECORDED,
    when: always,
    make: |input, success| {
        let sealed = input.decryption().sealed(success.state).cloned();
        record(success, sealed.map(|sealed| sealed.key), ReEncrypt::NAME);
        let destination = input.encryption(success.state).key_id(success.state);
        record(success, destination, ReEncrypt::NAME);
    },
};

const SHOWS_THE_ALGORITHMS: Promise<ReEncrypt> = Promise {
    card: documented("CKX-111", "ReEncrypt shows both algorithms it used."),
    when: |state, input| input.decryption().sealed(state).is_some(),
    make: |input, success| {
        for (algorithm, at) in [
            (input.source_algorithm, "SourceEncryptionAlgorithm"),
            (input.algorithm, "DestinationEncryptionAlgorithm"),
        ] {
            let algorithm = algorithm.unwrap_or(EncryptionAlgorithm::SymmetricDefault);
            success.show(&Path::of(at), algorithm);
        }
    },
};

#[cfg(test)]
mod tests {
    use super::super::store_fixture::*;
    use crate::testing::World;
    use serde_json::{Value, json};

    /// A world with a ciphertext of the key in the store and a key outside it.
    fn world() -> (World, Value, String) {
        let mut world = world_with_store();
        let body = json!({"KeyId": KEY, "Plaintext": "c2VjcmV0", "EncryptionContext": {"a": "1"}});
        let blob = world.ok("Encrypt", body)["CiphertextBlob"].clone();
        let made = world.ok("CreateKey", json!({}));
        let other = made["KeyMetadata"]["KeyId"].as_str().expect("a key id");
        (world, blob, other.to_owned())
    }

    #[test]
    fn it_moves_a_plaintext_to_another_key_and_context() {
        let (mut world, blob, other) = world();
        let made = world.ok(
            "ReEncrypt",
            json!({"CiphertextBlob": blob, "SourceEncryptionContext": {"a": "1"},
                   "DestinationKeyId": other, "DestinationEncryptionContext": {"b": "2"}}),
        );
        assert_eq!(made["SourceKeyId"], world.state.key_arn(KEY));
        assert_eq!(made["KeyId"], world.state.key_arn(&other));
        let blob = &made["CiphertextBlob"];
        let body = json!({"CiphertextBlob": blob, "EncryptionContext": {"b": "2"}});
        assert_eq!(world.ok("Decrypt", body)["Plaintext"], "c2VjcmV0");
        let refused = world.refused("Decrypt", json!({"CiphertextBlob": blob}));
        assert_eq!(refused, ["InvalidCiphertextException"]);
    }

    #[test]
    fn both_halves_can_be_refused() {
        let (mut world, blob, other) = world();
        let fine = json!({"CiphertextBlob": blob, "SourceEncryptionContext": {"a": "1"},
                          "DestinationKeyId": other});
        for (member, value, rule) in [
            ("SourceEncryptionContext", json!({}), "CKX-101"),
            ("SourceKeyId", json!(other), "PREC-07"),
            ("SourceKeyId", json!("alias/none"), "KID-06a"),
            ("DestinationKeyId", json!("alias/none"), "KID-06b"),
            (
                "SourceEncryptionAlgorithm",
                json!("RSAES_OAEP_SHA_1"),
                "CKX-106",
            ),
            (
                "DestinationEncryptionAlgorithm",
                json!("RSAES_OAEP_SHA_1"),
                "CKX-102b",
            ),
            ("DryRun", json!(true), "GR-05"),
        ] {
            let mut body = fine.clone();
            body[member] = value;
            assert_eq!(world.fired("ReEncrypt", body.clone()), [rule]);
            world.refused("ReEncrypt", body);
        }
    }

    #[test]
    fn either_key_in_a_disconnected_store_refuses() {
        let (mut world, blob, other) = world();
        let back = world.ok(
            "ReEncrypt",
            json!({"CiphertextBlob": blob, "SourceEncryptionContext": {"a": "1"},
                   "DestinationKeyId": other}),
        );
        given_key(&mut world, |key| key.reachable = given(false));
        let body = json!({"CiphertextBlob": blob, "SourceEncryptionContext": {"a": "1"},
                          "DestinationKeyId": other});
        assert_eq!(world.fired("ReEncrypt", body), ["KST-11a"]);
        let body = json!({"CiphertextBlob": back["CiphertextBlob"], "DestinationKeyId": KEY});
        assert_eq!(world.fired("ReEncrypt", body.clone()), ["KST-11b"]);
        world.refused("ReEncrypt", body);
    }

    #[test]
    fn a_ciphertext_is_required() {
        let mut world = world_with_store();
        let refused = world.refused("ReEncrypt", json!({"DestinationKeyId": KEY}));
        assert_eq!(refused, ["ValidationException"]);
    }
}
