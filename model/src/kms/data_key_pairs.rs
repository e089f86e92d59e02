//! Data key pairs: what GenerateDataKeyPair and GenerateDataKeyPairWithoutPlaintext share.

use super::cryptography::{
    Context, EncryptionAlgorithm, UsesMaterial, dry_run, grant_tokens, show_key, unfit_algorithm,
    wrong_usage,
};
use super::key_states::{creating, disabled, pending_deletion_in_use, pending_import};
use super::store_limits::not_in_a_store;
use super::usage::is_recorded;
use crate::asymmetric::{PrivateKey, PublicKey};
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::{InvalidKeyUsage, UnsupportedOperation, Validation};
use crate::mint::{Claim, Computation, Plaintext, Sealed};
use crate::path::Path;
use crate::rule::{Promise, Refusal, Stage, always, must};
use crate::state::KeySpec;
use crate::success::Success;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

const API: &str = "kms/latest/APIReference/API_GenerateDataKeyPair.html";

/// An operation that makes a data key pair.
pub(crate) trait MakesKeyPair: UsesMaterial {
    /// Whether the response shows the private key in plaintext.
    const SHOWS_IT: bool;

    /// The kind of the pair.
    fn pair_spec(&self) -> KeySpec;

    /// The encryption context that the private key is sealed with.
    fn context(&self) -> Context;
}

/// What is refused about data key pairs. Nobody has said in which order.
pub(crate) const fn key_pair_rules<Op: MakesKeyPair>() -> [Refusal<Op>; 10] {
    [
        grant_tokens(),
        creating(),
        wrong_usage(),
        pending_deletion_in_use(),
        disabled(),
        pending_import(),
        not_in_a_store("CKX-01"),
        unfit_algorithm(&[InvalidKeyUsage, UnsupportedOperation]),
        Refusal {
            card: Card {
                id: "CKX-105",
                says: "SM2 key pairs exist only in China Regions.",
                cite: "kms/latest/APIReference/API_GenerateDataKeyPair.html",
                evidence: Evidence::Documented,
            },
            stage: Stage::Condition,
            error: must(&[UnsupportedOperation, Validation]),
            when: |state, input| {
                input.pair_spec() == KeySpec::Sm2 && !state.account.region.starts_with("cn-")
            },
        },
        dry_run(),
    ]
}

/// What a new data key pair shows.
pub(crate) const fn key_pair_promises<Op: MakesKeyPair>() -> [Promise<Op>; 4] {
    [
        Promise {
            card: Card {
                id: "CKX-130",
                says: "The two halves of a data key pair belong together: DER of a \
                       SubjectPublicKeyInfo and of PKCS#8, of the spec that was asked for.",
                cite: API,
                evidence: Evidence::Documented,
            },
            when: always,
            make: make_pair::<Op>,
        },
        Promise {
            card: Card {
                id: "KID-11",
                says: "The response shows the ARN of the key that sealed the private key.",
                cite: API,
                evidence: Evidence::Documented,
            },
            when: always,
            make: |input, success| {
                if let Some(key) = input.key_id(success.state) {
                    let (at, material) = (Path::of("KeyId"), Path::of("KeyMaterialId"));
                    show_key(success, &key, &at, &material);
                }
            },
        },
        Promise {
            card: Card {
                id: "CKX-131",
                says: "The response shows the spec of the pair.",
                cite: API,
                evidence: Evidence::Documented,
            },
            when: always,
            make: |input, success| success.show(&Path::of("KeyPairSpec"), input.pair_spec()),
        },
        is_recorded(),
    ]
}

/// Makes the pair and seals its private half.
fn make_pair<Op: MakesKeyPair>(input: &Op, success: &mut Success<'_>) {
    let (spec, at) = (input.pair_spec(), Path::of("PrivateKeyPlaintext"));
    let private = if Op::SHOWS_IT {
        let claim = Claim {
            says: "a private key in PKCS#8 of the spec that was asked for",
            holds: &|der| PrivateKey::read(der).is_some_and(|it| it.public().spec() == Some(spec)),
            secret: true,
        };
        success.compute(&at, &Computation::PrivateKey(spec), &claim)
    } else {
        success.absent_secret(&at);
        success.hidden_private_key(spec)
    };
    let plaintext = match private {
        Some(private) => {
            let read = PrivateKey::read_any(&private).into_iter();
            match read
                .map(|key| key.public())
                .find(|key| key.spec() == Some(spec))
            {
                Some(public) => show_public_half(success, &public),
                // Something stands for the private half, so that it does not tell the public one.
                None => {
                    learn_public_half(success, spec);
                }
            }
            Some(Plaintext::Known(private))
        }
        None => learn_public_half(success, spec).map(Plaintext::PrivateOf),
    };
    let (Some(key), Some(plaintext)) = (input.key_id(success.state), plaintext) else {
        return;
    };
    let sealed = Sealed {
        material: success.current_material(&key),
        key,
        algorithm: EncryptionAlgorithm::SymmetricDefault,
        context: input.context(),
        plaintext,
    };
    success.seal(&Path::of("PrivateKeyCiphertextBlob"), sealed);
}

/// The response shows the public half of a private key.
fn show_public_half(success: &mut Success<'_>, public: &PublicKey) {
    let public = public.der().unwrap_or_default();
    let shown = Value::from(STANDARD.encode(&public));
    let promised = success.traced(());
    success.show_like(&Path::of("PublicKey"), &promised, shown, &|shown| {
        // There is more than one way to write a key.
        let der = shown.as_str().and_then(|text| STANDARD.decode(text).ok());
        let key = der.as_deref().and_then(PublicKey::read);
        key.and_then(|key| key.der()).as_deref() == Some(&public)
    });
}

/// The public half that the response shows, where nobody here knows the private one.
fn learn_public_half(success: &mut Success<'_>, spec: KeySpec) -> Option<Vec<u8>> {
    let claim = Claim {
        says: "a public key of the spec that was asked for",
        holds: &|der| PublicKey::read(der).is_some_and(|key| key.spec() == Some(spec)),
        secret: false,
    };
    success.compute(
        &Path::of("PublicKey"),
        &Computation::PrivateKey(spec),
        &claim,
    )
}

#[cfg(test)]
mod tests {
    use super::super::store_fixture::*;
    use crate::testing::World;
    use serde_json::json;

    const BOTH: [&str; 2] = ["GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"];

    #[test]
    fn a_key_in_a_store_makes_no_key_pairs_connected_or_not() {
        let mut world = world_with_store();
        for reachable in [true, false] {
            given_key(&mut world, |key| key.reachable = given(reachable));
            for operation in BOTH {
                let body = json!({"KeyId": KEY, "KeyPairSpec": "RSA_2048"});
                let refused = world.refused(operation, body);
                assert_eq!(refused, ["UnsupportedOperationException"]);
            }
        }
    }

    #[test]
    fn the_halves_of_a_pair_belong_together_and_the_private_one_opens() {
        let mut world = World::new();
        let key = world.key(json!({}));
        for spec in ["ECC_NIST_P256", "ECC_NIST_EDWARDS25519"] {
            let body = json!({"KeyId": key, "KeyPairSpec": spec});
            for operation in BOTH {
                let made = world.ok(operation, body.clone());
                assert_eq!(made["KeyPairSpec"], spec);
                let blob = &made["PrivateKeyCiphertextBlob"];
                let opened = world.ok("Decrypt", json!({ "CiphertextBlob": blob }));
                assert_eq!(
                    world.ok("Decrypt", json!({ "CiphertextBlob": blob })),
                    opened
                );
                match operation {
                    "GenerateDataKeyPair" => {
                        assert_eq!(opened["Plaintext"], made["PrivateKeyPlaintext"]);
                    }
                    _ => assert!(made.get("PrivateKeyPlaintext").is_none()),
                }
            }
        }
    }

    #[test]
    fn an_asymmetric_key_and_sm2_make_no_key_pairs() {
        let mut world = World::new();
        let body = json!({"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"});
        let key = world.ok("CreateKey", body)["KeyMetadata"]["KeyId"].clone();
        for operation in BOTH {
            let body = json!({"KeyId": key, "KeyPairSpec": "SM2"});
            assert_eq!(world.fired(operation, body), ["CKX-102", "CKX-105"]);
        }
    }
}
