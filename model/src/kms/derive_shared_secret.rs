//! DeriveSharedSecret: the secret that a key and the public key of a peer agree on.

use super::cryptography::{
    Cryptographic, UsesMaterial, cryptographic, dry_run, grant_tokens, is_sm2, wrong_usage,
};
use super::key_states::{creating, disabled, key_of, pending_deletion_in_use, pending_import};
use super::lookups::{OnKey, key_lookups, other_account, shows_the_arn};
use super::shapes::*;
use super::usage::is_recorded;
use crate::asymmetric::PublicKey;
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::{InvalidKeyUsage, UnsupportedOperation, Validation};
use crate::input::{Blob, input};
use crate::mint::{Claim, Computation};
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::rule::{Promise, Refusal, Stage, always, must};
use crate::shape::{Member, Shape};
use crate::state::{Key, KeySpec, KeyUsage, Names, State};
use serde_json::Value;

input! {
    /// Input of DeriveSharedSecret.
    DeriveSharedSecret, MEMBERS {
        key: String = "KeyId", KEY_ID;
        algorithm: String = "KeyAgreementAlgorithm", KEY_AGREEMENT_ALGORITHM;
        public_key: Blob = "PublicKey", PUBLIC_KEY;
        grant_tokens: Option<Vec<String>> = "GrantTokens", GRANT_TOKENS;
        dry_run: Option<bool> = "DryRun", Shape::Flag;
        recipient: Option<Value> = "Recipient", RECIPIENT;
    }
}

const API: &str = "kms/latest/APIReference/API_DeriveSharedSecret.html";

const fn documented(id: &'static str, says: &'static str) -> Card {
    Card {
        id,
        says,
        cite: API,
        evidence: Evidence::Documented,
    }
}

impl OnKey for DeriveSharedSecret {
    const NAMES: Names = Names::All;

    fn key_name(&self) -> &str {
        &self.key
    }
}

cryptographic!(DeriveSharedSecret);

impl UsesMaterial for DeriveSharedSecret {
    const USAGE: KeyUsage = KeyUsage::KeyAgreement;

    fn algorithm(&self) -> &str {
        &self.algorithm
    }
}

impl Operation for DeriveSharedSecret {
    const NAME: &'static str = "DeriveSharedSecret";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &key_lookups(),
        &[
            other_account(),
            grant_tokens(),
            creating(),
            wrong_usage(),
            pending_deletion_in_use(),
            disabled(),
            pending_import(),
            ON_ONE_CURVE,
            dry_run(),
        ],
    ];
    const PROMISES: &'static [Promise<Self>] = &[
        AGREES,
        shows_the_arn(documented(
            "KID-11",
            "DeriveSharedSecret shows the ARN of the key.",
        )),
        SHOWS_THE_KIND,
        is_recorded(),
    ];

    fn models_success(&self, state: &State) -> bool {
        self.recipient.is_none() && !key_of(state, self).is_some_and(|key| is_sm2(key))
    }
}

impl DeriveSharedSecret {
    /// The public key of the peer, where it is one of the same kind as this key.
    fn peer(&self, key: &Key) -> Option<PublicKey> {
        let peer = PublicKey::read(&self.public_key.bytes)?;
        (peer.spec() == Some(key.spec)).then_some(peer)
    }
}

const ON_ONE_CURVE: Refusal<DeriveSharedSecret> = Refusal {
    card: documented(
        "CKX-123",
        "The public key must be DER of a key on the curve of the KMS key.",
    ),
    stage: Stage::Condition,
    error: must(&[Validation, InvalidKeyUsage, UnsupportedOperation]),
    when: |state, input| {
        let key = key_of(state, input).filter(|key| key.usage == KeyUsage::KeyAgreement);
        key.is_some_and(|key| !is_sm2(key) && input.peer(key).is_none())
    },
};

const AGREES: Promise<DeriveSharedSecret> = Promise {
    card: documented(
        "CKX-124",
        "Two sides agree on one secret, the raw output of ECDH, whichever of them asks.",
    ),
    when: always,
    make: |input, success| {
        let Some(key) = input.key(success.state).cloned() else {
            return;
        };
        let Some(peer) = input.peer(&key) else {
            return;
        };
        // The public key of the KMS key may be known by now, or not yet.
        let peer_der = peer.der().unwrap_or_default();
        let known: Vec<&[u8]> = std::iter::once(key.id.as_bytes())
            .chain(key.public_key.as_deref())
            .collect();
        let computed = success.state.computed.clone();
        let claim = Claim {
            says: "the secret that both sides agree on",
            holds: &|secret| {
                let agrees = |ours: &&[u8]| computed.may_agree([ours, &peer_der], secret);
                secret.len() == secret_bytes(key.spec) && known.iter().all(agrees)
            },
            secret: true,
        };
        let what = Computation::SharedSecret(&key, &peer);
        if let Some(secret) = success.compute(&Path::of("SharedSecret"), &what, &claim) {
            for ours in known {
                let computed = &mut success.state.computed;
                computed.learn_secret([ours, &peer_der], &secret);
            }
        }
    },
};

/// How many bytes a secret has: as many as a coordinate on the curve.
const fn secret_bytes(spec: KeySpec) -> usize {
    match spec {
        KeySpec::EccNistP384 => 48,
        KeySpec::EccNistP521 => 66,
        _ => 32,
    }
}

const SHOWS_THE_KIND: Promise<DeriveSharedSecret> = Promise {
    card: documented(
        "CKX-125",
        "DeriveSharedSecret shows the algorithm and the origin of the key.",
    ),
    when: |state, input| key_of(state, input).is_some(),
    make: |input, success| {
        let algorithm = Path::of("KeyAgreementAlgorithm");
        success.show(&algorithm, input.algorithm.as_str());
        if let Some(origin) = input.key(success.state).map(|key| key.origin) {
            success.show(&Path::of("KeyOrigin"), origin);
        }
    },
};

#[cfg(test)]
mod tests {
    use super::super::store_fixture::*;
    use crate::testing::World;
    use serde_json::{Value, json};

    fn agreeing(world: &mut World, spec: &str) -> (String, Value) {
        let key = world.key(json!({"KeySpec": spec, "KeyUsage": "KEY_AGREEMENT"}));
        let public = world.ok("GetPublicKey", json!({ "KeyId": key }))["PublicKey"].clone();
        (key, public)
    }

    fn request(key: &str, peer: &Value) -> Value {
        json!({"KeyId": key, "KeyAgreementAlgorithm": "ECDH", "PublicKey": peer})
    }

    #[test]
    fn a_symmetric_key_agrees_on_nothing() {
        let mut world = world_with_store();
        let refused = world.refused("DeriveSharedSecret", request(KEY, &json!("YQ==")));
        assert_eq!(refused, ["InvalidKeyUsageException"]);
    }

    #[test]
    fn both_sides_agree() {
        let mut world = World::new();
        let (one, one_public) = agreeing(&mut world, "ECC_NIST_P256");
        let (other, other_public) = agreeing(&mut world, "ECC_NIST_P256");
        let secret = world.ok("DeriveSharedSecret", request(&one, &other_public));
        let same = world.ok("DeriveSharedSecret", request(&other, &one_public));
        assert_eq!(secret["SharedSecret"], same["SharedSecret"]);
        assert_eq!(secret["KeyOrigin"], "AWS_KMS");
    }

    #[test]
    fn the_peer_must_be_on_the_curve() {
        let mut world = World::new();
        let (key, _) = agreeing(&mut world, "ECC_NIST_P256");
        let (_, other) = agreeing(&mut world, "ECC_NIST_P384");
        for peer in [other, json!("AAAA")] {
            let fired = world.fired("DeriveSharedSecret", request(&key, &peer));
            assert_eq!(fired, ["CKX-123"]);
        }
    }
}
