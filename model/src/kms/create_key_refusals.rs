//! When AWS refuses CreateKey.

use super::create_key::{CreateKey, documented};
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::*;
use crate::rule::{Refusal, Stage, may, must};
use crate::state::{ClusterState, KeySpec, KeyUsage, Origin};

/// Everything but what is wrong with tags and policies.
pub(crate) const CREATE_KEY_REFUSALS: [Refusal<CreateKey>; 12] = [
    ONE_SPEC,
    USAGE_IS_GIVEN,
    USAGE_FITS_SPEC,
    NO_SM2,
    NO_ML_DSA_IMPORT,
    ORIGIN_FITS_STORE,
    STORES_HOLD_AES_ONLY,
    STORE_EXISTS,
    STORE_IS_CONNECTED,
    TWO_ACTIVE_HSMS,
    CLUSTER_IS_NOT_MODIFIED,
    XKS_KEY_IS_FREE,
];

const ONE_SPEC: Refusal<CreateKey> = Refusal {
    card: Card {
        id: "CK-02",
        says: "KeySpec and CustomerMasterKeySpec are two names of one value and cannot both be \
               given.",
        cite: "kms/latest/APIReference/API_CreateKey.html",
        evidence: Evidence::Inferred,
    },
    stage: Stage::Condition,
    error: must(&[Validation]).saying(|_, _| {
        "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. \
         CustomerMasterKeySpec is deprecated."
            .to_owned()
    }),
    when: |_, input| input.spec.is_some() && input.master_key_spec.is_some(),
};

const USAGE_IS_GIVEN: Refusal<CreateKey> = Refusal {
    card: Card {
        id: "CK-04",
        says: "Every key spec but SYMMETRIC_DEFAULT needs a KeyUsage.",
        cite: "recording local-kms/postman-expectations",
        evidence: Evidence::Observed,
    },
    stage: Stage::Condition,
    error: must(&[Validation]).saying(|_, _| {
        "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."
            .to_owned()
    }),
    when: |_, input| input.spec() != KeySpec::SymmetricDefault && input.usage.is_none(),
};

const USAGE_FITS_SPEC: Refusal<CreateKey> = Refusal {
    card: Card {
        id: "CK-05",
        says: "The KeyUsage must be one that the KeySpec allows.",
        cite: "recording local-kms/postman-expectations",
        evidence: Evidence::Observed,
    },
    stage: Stage::Condition,
    error: must(&[Validation]).saying(|_, input| {
        let (usage, spec) = (input.usage().wire_name(), input.spec().wire_name());
        format!("KeyUsage {usage} is not compatible with KeySpec {spec}")
    }),
    when: |_, input| {
        input
            .usage
            .is_some_and(|usage| !usages(input.spec()).contains(&usage))
    },
};

const NO_SM2: Refusal<CreateKey> = Refusal {
    card: Card {
        id: "CK-07",
        says: "SM2 exists only in China Regions.",
        cite: "recording floci/kms-measured-order",
        evidence: Evidence::SecondHand,
    },
    stage: Stage::Condition,
    error: must(&[UnsupportedOperation])
        .saying(|_, _| "KeySpec SM2 is not supported in this Region".to_owned()),
    when: |state, input| input.spec() == KeySpec::Sm2 && !state.account.region.starts_with("cn-"),
};

const NO_ML_DSA_IMPORT: Refusal<CreateKey> = Refusal {
    card: Card {
        id: "CK-09",
        says: "ML-DSA keys cannot have imported material.",
        cite: "recording cdk-preflight/kms-error-texts",
        evidence: Evidence::SecondHand,
    },
    stage: Stage::Condition,
    error: must(&[Validation, UnsupportedOperation]).saying(|_, input| {
        format!(
            "KeySpec {} is not supported for Origin EXTERNAL",
            input.spec().wire_name()
        )
    }),
    when: |_, input| {
        input.origin() == Origin::External
            && matches!(
                input.spec(),
                KeySpec::MlDsa44 | KeySpec::MlDsa65 | KeySpec::MlDsa87
            )
    },
};

const ORIGIN_FITS_STORE: Refusal<CreateKey> = Refusal {
    card: documented(
        "CK-37",
        "Origin, CustomKeyStoreId and XksKeyId must belong together: a store of the origin's kind, \
         and an XksKeyId exactly for an external one.",
    ),
    stage: Stage::Condition,
    error: must(&[Validation, UnsupportedOperation]),
    when: |state, input| input.mixes_origins(state),
};

const STORES_HOLD_AES_ONLY: Refusal<CreateKey> = Refusal {
    card: documented(
        "CK-38",
        "A custom key store holds only symmetric encryption keys of a single Region.",
    ),
    stage: Stage::Condition,
    error: must(&[UnsupportedOperation, Validation]),
    when: |_, input| {
        input.key_store.is_some()
            && (input.spec() != KeySpec::SymmetricDefault || input.is_multi_region())
    },
};

const STORE_EXISTS: Refusal<CreateKey> = Refusal {
    card: documented("CK-35", "The custom key store must exist."),
    stage: Stage::Condition,
    error: must(&[CustomKeyStoreNotFound]),
    when: |state, input| input.key_store.is_some() && input.store(state).is_none(),
};

const STORE_IS_CONNECTED: Refusal<CreateKey> = Refusal {
    card: documented("CK-34", "The custom key store must be connected."),
    stage: Stage::Condition,
    error: must(&[CustomKeyStoreInvalidState]),
    when: |state, input| {
        input
            .store(state)
            .is_some_and(|store| !store.is_connected())
    },
};

const TWO_ACTIVE_HSMS: Refusal<CreateKey> = Refusal {
    card: documented(
        "CK-36",
        "The cluster of the key store needs two active HSMs in different Availability Zones.",
    ),
    stage: Stage::Condition,
    error: must(&[CloudHsmClusterInvalidConfiguration]).saying(|_, _| {
        "CloudHSM cluster must contain active HSMs in at least two Availability Zones".to_owned()
    }),
    when: |state, input| {
        input.store(state).is_some_and(|store| {
            store.cluster_id().is_some()
                && state
                    .cluster_of(store)
                    .is_none_or(|cluster| cluster.active_zones() < 2)
        })
    },
};

const CLUSTER_IS_NOT_MODIFIED: Refusal<CreateKey> = Refusal {
    card: Card {
        id: "CK-41",
        says: "While the HSM type of a cluster is modified, making keys in it may fail.",
        cite: "cloudhsm/latest/userguide/hsm1-to-hsm2-migration.html",
        evidence: Evidence::Inferred,
    },
    stage: Stage::Condition,
    error: may(&[
        CloudHsmClusterInvalidConfiguration,
        CustomKeyStoreInvalidState,
        KmsInvalidState,
    ]),
    when: |state, input| {
        let cluster = input.store(state).and_then(|store| state.cluster_of(store));
        cluster.is_some_and(|cluster| cluster.state.value == ClusterState::ModifyInProgress)
    },
};

const XKS_KEY_IS_FREE: Refusal<CreateKey> = Refusal {
    card: documented(
        "XKS-05",
        "An external key can be behind only one KMS key of a key store.",
    ),
    stage: Stage::Condition,
    error: must(&[XksKeyAlreadyInUse]),
    when: |state, input| {
        let store = input.key_store.as_deref().unwrap_or_default();
        input.xks_key.is_some() && state.keys_in(store).any(|key| key.xks_key == input.xks_key)
    },
};

/// The usages that a key spec allows.
fn usages(spec: KeySpec) -> &'static [KeyUsage] {
    use KeySpec::*;
    use KeyUsage::*;
    match spec {
        SymmetricDefault => &[EncryptDecrypt],
        Hmac224 | Hmac256 | Hmac384 | Hmac512 => &[GenerateVerifyMac],
        Rsa2048 | Rsa3072 | Rsa4096 => &[EncryptDecrypt, SignVerify],
        EccNistP256 | EccNistP384 | EccNistP521 => &[SignVerify, KeyAgreement],
        EccSecgP256k1 | EccNistEdwards25519 | MlDsa44 | MlDsa65 | MlDsa87 => &[SignVerify],
        Sm2 => &[EncryptDecrypt, SignVerify, KeyAgreement],
    }
}
