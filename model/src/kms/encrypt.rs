//! Encrypt: seals up to 4096 bytes under a key.

use super::cryptography::{
    BringsContext, Context, Cryptographic, EncryptionAlgorithm, UsesMaterial, context_is_symmetric,
    cryptographic, encrypts_asymmetrically, hsm_rules, is_sm2, material_rules,
};
use super::key_states::key_of;
use super::lookups::{OnKey, key_lookups, other_account, shows_the_arn};
use super::shapes::*;
use super::usage::is_recorded;
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::Validation;
use crate::input::{Blob, input};
use crate::mint::{Plaintext, Sealed};
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::rule::{Promise, Refusal, Stage, always, must};
use crate::shape::{Member, Shape};
use crate::state::{KeySpec, KeyUsage, Names, State};

input! {
    /// Input of Encrypt.
    Encrypt, MEMBERS {
        key: String = "KeyId", KEY_ID;
        plaintext: Blob = "Plaintext", PLAINTEXT, secret;
        context: Option<Context> = "EncryptionContext", ENCRYPTION_CONTEXT;
        grant_tokens: Option<Vec<String>> = "GrantTokens", GRANT_TOKENS;
        algorithm: Option<EncryptionAlgorithm> = "EncryptionAlgorithm", ENCRYPTION_ALGORITHM;
        dry_run: Option<bool> = "DryRun", Shape::Flag;
    }
}

const API: &str = "kms/latest/APIReference/API_Encrypt.html";

const fn documented(id: &'static str, says: &'static str) -> Card {
    Card {
        id,
        says,
        cite: API,
        evidence: Evidence::Documented,
    }
}

impl Encrypt {
    fn encryption_algorithm(&self) -> EncryptionAlgorithm {
        self.algorithm
            .unwrap_or(EncryptionAlgorithm::SymmetricDefault)
    }
}

impl OnKey for Encrypt {
    const NAMES: Names = Names::All;

    fn key_name(&self) -> &str {
        &self.key
    }
}

cryptographic!(Encrypt);

impl UsesMaterial for Encrypt {
    const USAGE: KeyUsage = KeyUsage::EncryptDecrypt;

    fn algorithm(&self) -> &str {
        self.encryption_algorithm().wire_name()
    }
}

impl BringsContext for Encrypt {
    fn context(&self) -> Option<&Context> {
        self.context.as_ref()
    }
}

impl Operation for Encrypt {
    const NAME: &'static str = "Encrypt";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &key_lookups(),
        &[other_account()],
        &material_rules(),
        &hsm_rules(),
        &[context_is_symmetric(), FITS_THE_ALGORITHM],
    ];
    const PROMISES: &'static [Promise<Self>] = &[
        SEALS,
        shows_the_arn(documented("KID-11", "Encrypt shows the ARN of the key.")),
        SHOWS_THE_ALGORITHM,
        is_recorded(),
    ];

    fn models_success(&self, state: &State) -> bool {
        !key_of(state, self).is_some_and(|key| is_sm2(key))
    }
}

/// An asymmetric key cannot encrypt as much as a symmetric one.
pub(crate) const FITS_THE_ALGORITHM: Refusal<Encrypt> = Refusal {
    card: documented(
        "CKX-104",
        "How much an asymmetric key can encrypt depends on its spec and the algorithm.",
    ),
    stage: Stage::Condition,
    error: must(&[Validation]).saying(|state, input| {
        let algorithm = input.encryption_algorithm();
        let spec = key_of(state, input).map(|key| key.spec);
        let most = spec.and_then(|spec| most_bytes(spec, algorithm));
        format!(
            "Algorithm {} and key spec {} cannot encrypt data larger than {} bytes.",
            algorithm.wire_name(),
            spec.map_or("", KeySpec::wire_name),
            most.unwrap_or_default()
        )
    }),
    when: |state, input| {
        key_of(state, input)
            .filter(|key| encrypts_asymmetrically(key))
            .and_then(|key| most_bytes(key.spec, input.encryption_algorithm()))
            .is_some_and(|most| input.plaintext.bytes.len() > most)
    },
};

const SEALS: Promise<Encrypt> = Promise {
    card: Card {
        id: "CKX-07",
        says: "What a key sealed opens again under the same key and encryption context.",
        cite: "kms/latest/developerguide/manage-cmk-keystore.html",
        evidence: Evidence::Documented,
    },
    when: always,
    make: |input, success| {
        let Some(key) = input.key_id(success.state) else {
            return;
        };
        let sealed = Sealed {
            material: success.current_material(&key),
            key,
            algorithm: input.encryption_algorithm(),
            context: input.context.clone().unwrap_or_default(),
            plaintext: Plaintext::Known(input.plaintext.bytes.clone()),
        };
        success.seal(&Path::of("CiphertextBlob"), sealed);
    },
};

const SHOWS_THE_ALGORITHM: Promise<Encrypt> = Promise {
    card: documented("CKX-111", "Encrypt shows the algorithm it used."),
    when: |state, input| key_of(state, input).is_some(),
    make: |input, success| {
        success.show(
            &Path::of("EncryptionAlgorithm"),
            input.encryption_algorithm(),
        );
    },
};

/// How many bytes an asymmetric key can encrypt; `None` where the algorithm is none of its own.
fn most_bytes(spec: KeySpec, algorithm: EncryptionAlgorithm) -> Option<usize> {
    use EncryptionAlgorithm::{RsaesOaepSha1, RsaesOaepSha256, Sm2pke};
    match (spec, algorithm) {
        (KeySpec::Rsa2048, RsaesOaepSha1) => Some(214),
        (KeySpec::Rsa2048, RsaesOaepSha256) => Some(190),
        (KeySpec::Rsa3072, RsaesOaepSha1) => Some(342),
        (KeySpec::Rsa3072, RsaesOaepSha256) => Some(318),
        (KeySpec::Rsa4096, RsaesOaepSha1) => Some(470),
        (KeySpec::Rsa4096, RsaesOaepSha256) => Some(446),
        (KeySpec::Sm2, Sm2pke) => Some(1024),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::store_fixture::*;
    use crate::outside::OutsideAction;
    use crate::state::{Connectivity, HsmState, KeyState, KeyStoreKind, Proxy};
    use crate::testing::World;
    use serde_json::{Value, json};

    fn new_key(world: &mut World, body: Value) -> String {
        let made = world.ok("CreateKey", body);
        made["KeyMetadata"]["KeyId"]
            .as_str()
            .expect("a key id")
            .to_owned()
    }

    fn encrypt(key: &str) -> Value {
        json!({"KeyId": key, "Plaintext": "c2VjcmV0"})
    }

    #[test]
    fn it_shows_the_ciphertext_the_arn_and_the_algorithm() {
        let mut world = World::new();
        let key = new_key(&mut world, json!({}));
        let response = world.ok("Encrypt", encrypt(&key));
        assert_eq!(response["KeyId"], world.state.key_arn(&key));
        assert_eq!(response["EncryptionAlgorithm"], "SYMMETRIC_DEFAULT");
        assert!(response["CiphertextBlob"].is_string());
    }

    #[test]
    fn a_key_for_signing_does_not_encrypt() {
        let mut world = World::new();
        let body = json!({"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"});
        let key = new_key(&mut world, body);
        let refused = world.refused("Encrypt", encrypt(&key));
        assert_eq!(refused, ["InvalidKeyUsageException"]);
        assert_eq!(world.fired("Encrypt", encrypt(&key)), ["CKX-06"]);
    }

    #[test]
    fn the_usage_and_the_state_of_the_key_count_in_any_order() {
        let mut world = World::new();
        let body = json!({"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"});
        let key = new_key(&mut world, body);
        world.ok("DisableKey", json!({ "KeyId": key }));
        let refused = world.refused("Encrypt", encrypt(&key));
        assert_eq!(refused, ["DisabledException", "InvalidKeyUsageException"]);
    }

    #[test]
    fn an_asymmetric_key_needs_an_algorithm_of_its_own_and_no_context() {
        let mut world = World::new();
        let body = json!({"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"});
        let key = new_key(&mut world, body);
        assert_eq!(world.fired("Encrypt", encrypt(&key)), ["CKX-102"]);
        let mut body = encrypt(&key);
        body["EncryptionAlgorithm"] = json!("RSAES_OAEP_SHA_1");
        assert_eq!(world.fired("Encrypt", body.clone()), [""; 0]);
        body["EncryptionContext"] = json!({"a": "b"});
        assert_eq!(world.fired("Encrypt", body), ["CKX-103"]);
    }

    #[test]
    fn an_asymmetric_key_encrypts_no_more_than_its_algorithm_allows() {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let mut world = World::new();
        let body = json!({"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"});
        let key = new_key(&mut world, body);
        let body = |bytes: usize| {
            let plaintext = STANDARD.encode(vec![1; bytes]);
            json!({"KeyId": key, "Plaintext": plaintext,
                   "EncryptionAlgorithm": "RSAES_OAEP_SHA_1"})
        };
        assert_eq!(world.fired("Encrypt", body(214)), [""; 0]);
        assert_eq!(world.fired("Encrypt", body(215)), ["CKX-104"]);
    }

    #[test]
    fn a_dry_run_that_would_work_says_so() {
        let mut world = World::new();
        let key = new_key(&mut world, json!({}));
        let body = json!({"KeyId": key, "Plaintext": "c2VjcmV0", "DryRun": true});
        assert_eq!(world.refused("Encrypt", body), ["DryRunOperationException"]);
    }

    #[test]
    fn a_grant_token_may_be_refused_and_may_not() {
        let mut world = World::new();
        let key = new_key(&mut world, json!({}));
        let body = json!({"KeyId": key, "Plaintext": "c2VjcmV0", "GrantTokens": ["garbage"]});
        assert_eq!(world.fired("Encrypt", body.clone()), ["GR-03"]);
        world.ok("Encrypt", body);
    }

    #[test]
    fn a_key_in_a_connected_store_encrypts() {
        let mut world = world_with_store();
        let sealed = world.ok("Encrypt", encrypt(KEY));
        let opened = world.ok(
            "Decrypt",
            json!({"CiphertextBlob": sealed["CiphertextBlob"]}),
        );
        assert_eq!(opened["Plaintext"], "c2VjcmV0");
    }

    #[test]
    fn a_key_in_a_disconnected_store_is_unavailable() {
        let mut world = world_with_store();
        given_key(&mut world, |key| key.reachable = given(false));
        assert_eq!(world.fired("Encrypt", encrypt(KEY)), ["KST-11"]);
        world.refused("Encrypt", encrypt(KEY));
    }

    #[test]
    fn the_state_of_the_key_decides() {
        let mut world = world_with_store();
        for (state, rule) in [
            (KeyState::Disabled, "KST-01"),
            (KeyState::PendingDeletion, "KST-02"),
            (KeyState::PendingImport, "KST-05"),
        ] {
            given_key(&mut world, |key| key.state = given(state));
            assert_eq!(world.fired("Encrypt", encrypt(KEY)), [rule]);
        }
    }

    #[test]
    fn without_an_active_hsm_a_connected_store_fails() {
        let mut world = world_with_store();
        world.given(|state| {
            let cluster = state.cluster_mut(CLUSTER).expect("the fixture has it");
            for hsm in ["hsm-aaaaaaaaaaa", "hsm-bbbbbbbbbbb"] {
                cluster.hsms[hsm].state = given(HsmState::Deleted);
            }
        });
        let refused = world.refused("Encrypt", encrypt(KEY));
        assert_eq!(refused, ["KMSInvalidStateException"]);
        assert_eq!(world.fired("Encrypt", encrypt(KEY)), ["CKX-10"]);
    }

    #[test]
    fn without_its_material_in_the_hsms_a_key_fails() {
        let mut world = world_with_store();
        let label = world.state.key_arn(KEY);
        world.outside(OutsideAction::DeleteHsmKey {
            cluster: CLUSTER.to_owned(),
            label,
        });
        world.refused("Encrypt", encrypt(KEY));
        assert_eq!(world.fired("Encrypt", encrypt(KEY)), ["CKX-107"]);
    }

    #[test]
    fn a_locked_out_kmsuser_stops_the_keys_of_a_store() {
        let mut world = world_with_store();
        world.outside(OutsideAction::FailLogins {
            cluster: CLUSTER.to_owned(),
            times: 5,
        });
        world.refused("Encrypt", encrypt(KEY));
        assert_eq!(world.fired("Encrypt", encrypt(KEY)), ["CKX-11"]);
    }

    #[test]
    fn where_the_outside_is_not_known_a_key_in_a_store_may_fail() {
        let mut world = world_with_store();
        world.given(|state| state.outside.known = false);
        assert_eq!(world.fired("Encrypt", encrypt(KEY)), ["CKX-108"]);
        world.ok("Encrypt", encrypt(KEY));
    }

    #[test]
    fn a_failing_proxy_stops_the_keys_of_an_external_store() {
        let mut world = world_with_store();
        world.given(|state| {
            let store = state.key_store_mut(STORE).expect("the fixture has it");
            store.kind = KeyStoreKind::External(Box::new(Proxy {
                connectivity: given(Connectivity::PublicEndpoint),
                endpoint: given("https://proxy.example.com".to_owned()),
                path: given("/kms/xks/v1".to_owned()),
                vpc_service: None,
                vpc_owner: None,
                access_key: given("A".to_owned()),
            }));
        });
        world.ok("Encrypt", encrypt(KEY));
        world.outside(OutsideAction::FailProxy {
            endpoint: "https://proxy.example.com".to_owned(),
            error: Some("XKS_PROXY_TIMED_OUT".to_owned()),
        });
        world.refused("Encrypt", encrypt(KEY));
        assert_eq!(world.fired("Encrypt", encrypt(KEY)), ["XKS-08"]);
    }
}
