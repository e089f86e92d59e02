//! What the cryptographic operations share: which keys they accept, and when the HSMs behind a key
//! store cannot serve them.

use super::key_states::{
    creating, disabled, key_arn, key_of, pending_deletion_in_use, pending_import, unavailable,
};
use super::lookups::OnKey;
use super::materials::show_material;
use super::metadata::algorithms;
use super::xks_failures::proxy_in_use;
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::{self, *};
use crate::operation::Operation;
use crate::path::Path;
use crate::rule::{Refusal, Stage, may, must};
use crate::state::{Cluster, Key, KeySpec, KeyUsage, State};
use crate::success::Success;
use crate::wire_enum::wire_enum;
use serde_json::Value;
use std::collections::BTreeMap;

const TROUBLES: &str = "kms/latest/developerguide/fix-keystore.html";

/// An encryption context.
pub(crate) type Context = BTreeMap<String, String>;

wire_enum! {
    /// How plaintext is encrypted.
    EncryptionAlgorithm {
        SymmetricDefault = "SYMMETRIC_DEFAULT",
        RsaesOaepSha1 = "RSAES_OAEP_SHA_1",
        RsaesOaepSha256 = "RSAES_OAEP_SHA_256",
        Sm2pke = "SM2PKE",
    }
}

/// An operation that may be rehearsed and whose permission may come from grant tokens.
pub(crate) trait Cryptographic: Operation {
    /// Whether it only asks if it would succeed.
    fn is_dry_run(&self) -> bool;

    /// The grant tokens it brings.
    fn grant_tokens(&self) -> &[String];
}

/// Implements [`Cryptographic`] for an operation with the members `DryRun` and `GrantTokens`.
macro_rules! cryptographic {
    ($operation:ty) => {
        impl Cryptographic for $operation {
            fn is_dry_run(&self) -> bool {
                self.dry_run == Some(true)
            }

            fn grant_tokens(&self) -> &[String] {
                self.grant_tokens.as_deref().unwrap_or_default()
            }
        }
    };
}

pub(crate) use cryptographic;

/// An operation that uses the material of one key.
pub(crate) trait UsesMaterial: OnKey + Cryptographic {
    /// What the key must be for.
    const USAGE: KeyUsage;

    /// The wire name of the algorithm it needs.
    fn algorithm(&self) -> &str {
        EncryptionAlgorithm::SymmetricDefault.wire_name()
    }
}

/// An operation that brings an encryption context.
pub(crate) trait BringsContext: OnKey {
    /// The encryption context, if it has one.
    fn context(&self) -> Option<&Context>;
}

/// Whether a key is of the kind that exists only in China, the algorithms of which are not modelled.
pub(crate) fn is_sm2(key: &Key) -> bool {
    key.spec == KeySpec::Sm2
}

/// Whether a key encrypts with a pair of keys.
pub(crate) fn encrypts_asymmetrically(key: &Key) -> bool {
    key.usage == KeyUsage::EncryptDecrypt && key.spec != KeySpec::SymmetricDefault
}

/// The rules of every operation that uses the material of a key, in the order that was measured.
pub(crate) const fn material_rules<Op: UsesMaterial>() -> [Refusal<Op>; 9] {
    [
        grant_tokens(),
        wrong_usage(),
        pending_deletion_in_use(),
        disabled(),
        pending_import(),
        unavailable(),
        unfit_algorithm(&[InvalidKeyUsage]),
        dry_run(),
        creating(),
    ]
}

/// The rules of operations that no key in a key store supports, in the order that was measured.
pub(crate) const fn usage_rules<Op: UsesMaterial>() -> [Refusal<Op>; 8] {
    [
        grant_tokens(),
        wrong_usage(),
        pending_deletion_in_use(),
        disabled(),
        pending_import(),
        creating(),
        unfit_algorithm(&[InvalidKeyUsage]),
        dry_run(),
    ]
}

/// The key is for something else.
pub(crate) const fn wrong_usage<Op: UsesMaterial>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "CKX-06",
            says: "The usage of the key must be the one that the operation needs.",
            cite: "recording local-kms/postman-expectations",
            evidence: Evidence::Observed,
        },
        stage: Stage::Condition,
        error: must(&[InvalidKeyUsage]).saying(|state, input| {
            let usage = key_of(state, input).map_or("", |key| key.usage.wire_name());
            let (arn, operation) = (key_arn(state, input), Op::NAME);
            format!("{arn} key usage is {usage} which is not valid for {operation}.")
        }),
        when: |state, input| key_of(state, input).is_some_and(|key| key.usage != Op::USAGE),
    }
}

/// The material of the key does not know the algorithm.
pub(crate) const fn unfit_algorithm<Op: UsesMaterial>(codes: &'static [ErrorCode]) -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "CKX-102",
            says: "The algorithm must be one that the material of the key supports; data keys need \
                   a symmetric one.",
            cite: "kms/latest/APIReference/API_Encrypt.html",
            evidence: Evidence::Documented,
        },
        stage: Stage::Condition,
        error: must(codes).saying(|state, input| {
            let spec = key_of(state, input).map_or("", |key| key.spec.wire_name());
            let algorithm = input.algorithm();
            format!("Algorithm {algorithm} is incompatible with key spec {spec}.")
        }),
        when: |state, input| {
            key_of(state, input)
                .is_some_and(|key| key.usage == Op::USAGE && !fits(key, input.algorithm()))
        },
    }
}

/// Whether the material of a key supports an algorithm.
pub(crate) fn fits(key: &Key, algorithm: &str) -> bool {
    algorithms(key.spec, key.usage)
        .as_array()
        .is_some_and(|all| all.contains(&Value::from(algorithm)))
}

/// A grant token that is not known to be good may be refused: whether AWS looks at it although the
/// caller has the permission anyway, nobody recorded. The token of a grant serves everywhere.
pub(crate) const fn grant_tokens<Op: Cryptographic>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "GR-03",
            says: "A grant token that is not valid is refused.",
            cite: "kms/latest/developerguide/grants.html",
            evidence: Evidence::Documented,
        },
        stage: Stage::Condition,
        error: may(&[InvalidGrantToken]),
        when: |state, input| {
            let mut tokens = input.grant_tokens().iter();
            tokens.any(|token| !state.has_grant_of(token))
        },
    }
}

/// The request was only a rehearsal.
pub(crate) const fn dry_run<Op: Cryptographic>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "GR-05",
            says: "A dry run that would have succeeded is a DryRunOperationException.",
            cite: "recording LocalStack test_kms",
            evidence: Evidence::Observed,
        },
        stage: Stage::DryRun,
        error: must(&[DryRunOperation]).saying(|_, _| {
            "The request would have succeeded, but the DryRun option is set.".to_owned()
        }),
        when: |state, input| input.is_dry_run() && input.models_success(state),
    }
}

/// An encryption context belongs to symmetric encryption only.
pub(crate) const fn context_is_symmetric<Op: BringsContext>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "CKX-103",
            says: "An encryption context is refused together with an asymmetric key.",
            cite: "recording floci/kms-measured-order",
            evidence: Evidence::SecondHand,
        },
        stage: Stage::Condition,
        error: must(&[Validation]).saying(|_, _| {
            "EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs."
                .to_owned()
        }),
        when: |state, input| {
            input.context().is_some_and(|context| !context.is_empty())
                && key_of(state, input).is_some_and(|key| encrypts_asymmetrically(key))
        },
    }
}

/// The HSMs or the proxy behind a connected key store do not serve the key. They are not asked for an algorithm
/// that no key of theirs has.
pub(crate) const fn hsm_rules<Op: UsesMaterial>() -> [Refusal<Op>; 5] {
    [
        Refusal {
            card: Card {
                id: "CKX-10",
                says: "A key whose cluster has no active HSM, or is gone, cannot be used although \
                       its key store is connected.",
                cite: TROUBLES,
                evidence: Evidence::Documented,
            },
            stage: Stage::Condition,
            error: must(&[KmsInvalidState])
                .saying(|_, _| "KMS cannot communicate with your CloudHSM cluster".to_owned()),
            when: |state, input| {
                is_behind(state, input, |cluster, _| match cluster {
                    Some(cluster) => cluster.active_hsms().next().is_none(),
                    None => state.outside.known,
                })
            },
        },
        Refusal {
            card: Card {
                id: "CKX-107",
                says: "A key whose material was deleted from its cluster cannot be used.",
                cite: TROUBLES,
                evidence: Evidence::Documented,
            },
            stage: Stage::Condition,
            error: must(&[KmsInvalidState]),
            when: |state, input| {
                is_behind(state, input, |cluster, label| {
                    cluster.is_some_and(|cluster| !cluster.keys.contains(label))
                })
            },
        },
        Refusal {
            card: Card {
                id: "CKX-11",
                says: "A key cannot be used while kmsuser is locked out of its cluster.",
                cite: TROUBLES,
                evidence: Evidence::Documented,
            },
            stage: Stage::Condition,
            error: must(&[KmsInvalidState]),
            when: |state, input| {
                is_behind(state, input, |cluster, _| {
                    let user = cluster.and_then(|cluster| cluster.kmsuser.as_ref());
                    user.is_some_and(|user| user.is_locked_out())
                })
            },
        },
        proxy_in_use(),
        Refusal {
            card: Card {
                id: "CKX-108",
                says: "For a key in a custom key store KMSInvalidStateException may have causes \
                       outside AWS.",
                cite: "kms/latest/APIReference/API_Encrypt.html",
                evidence: Evidence::Documented,
            },
            stage: Stage::Condition,
            error: may(&[KmsInvalidState]),
            when: |state, input| {
                !state.outside.known && key_of(state, input).is_some_and(|key| key.is_in_store())
            },
        },
    ]
}

/// Whether `broken` holds for the cluster behind the connected CloudHSM key store of the key, and
/// for the label that the material of the key has in it.
fn is_behind<Op: UsesMaterial>(
    state: &State,
    input: &Op,
    broken: impl Fn(Option<&Cluster>, &str) -> bool,
) -> bool {
    let Some(key) = key_of(state, input).filter(|key| fits(key, input.algorithm())) else {
        return false;
    };
    let store = state
        .store_of(key)
        .filter(|store| store.is_connected() && store.cluster_id().is_some());
    store.is_some_and(|store| broken(state.cluster_of(store), &state.key_arn(&key.id)))
}

/// Shows the ARN of a key at `at`, and the id of its current material at `material`, which older
/// implementations leave out. What AWS shows of keys in key stores there is not known.
pub(crate) fn show_key(success: &mut Success<'_>, key: &str, at: &Path, material: &Path) {
    let current = success.state.keys.get(key);
    let current = current.map_or(0, |key| key.current_material());
    show_key_with(success, (key, current), at, material);
}

/// The same for the material of this number.
pub(crate) fn show_key_with(
    success: &mut Success<'_>,
    (key, number): (&str, usize),
    at: &Path,
    material: &Path,
) {
    let arn = success.state.key_arn(key);
    success.show(at, arn);
    if let Some(key) = success.state.keys.get(key).cloned() {
        show_material(success, &key, number, material, false);
    }
}
