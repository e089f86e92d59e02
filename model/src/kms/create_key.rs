//! CreateKey: makes a KMS key, in KMS itself, for imported material, or in a custom key store.

use super::metadata;
use super::policy::{BringsPolicy, policy_rules};
use super::shapes::{
    CUSTOMER_MASTER_KEY_SPEC, DESCRIPTION, KEY_SPEC, KEY_STORE_ID, KEY_USAGE, ORIGIN, POLICY, TAGS,
    Tag, XKS_KEY_ID,
};
use super::tags::{BringsTags, tag_rules};
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::*;
use crate::input::input;
use crate::mint::Form;
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::rule::{Promise, Refusal, Stage, always, must};
use crate::shape::{Member, Shape};
use crate::state::{Key, KeySpec, KeyState, KeyStore, KeyUsage, Origin, State};
use crate::success::Success;
use crate::time::MINUTE;
use std::sync::Arc;

input! {
    /// Input of CreateKey.
    CreateKey, MEMBERS {
        policy: Option<String> = "Policy", POLICY;
        description: Option<String> = "Description", DESCRIPTION;
        usage: Option<KeyUsage> = "KeyUsage", KEY_USAGE;
        master_key_spec: Option<KeySpec> = "CustomerMasterKeySpec", CUSTOMER_MASTER_KEY_SPEC;
        spec: Option<KeySpec> = "KeySpec", KEY_SPEC;
        origin: Option<Origin> = "Origin", ORIGIN;
        key_store: Option<String> = "CustomKeyStoreId", KEY_STORE_ID;
        bypass: Option<bool> = "BypassPolicyLockoutSafetyCheck", Shape::Flag;
        tags: Option<Vec<Tag>> = "Tags", TAGS;
        multi_region: Option<bool> = "MultiRegion", Shape::Flag;
        xks_key: Option<String> = "XksKeyId", XKS_KEY_ID;
    }
}

const API: &str = "kms/latest/APIReference/API_CreateKey.html";

const fn documented(id: &'static str, says: &'static str) -> Card {
    Card {
        id,
        says,
        cite: API,
        evidence: Evidence::Documented,
    }
}

impl CreateKey {
    fn spec(&self) -> KeySpec {
        self.spec
            .or(self.master_key_spec)
            .unwrap_or(KeySpec::SymmetricDefault)
    }

    fn usage(&self) -> KeyUsage {
        self.usage.unwrap_or(KeyUsage::EncryptDecrypt)
    }

    fn origin(&self) -> Origin {
        self.origin.unwrap_or(Origin::AwsKms)
    }

    fn store<'s>(&self, state: &'s State) -> Option<&'s KeyStore> {
        state
            .key_stores
            .get(self.key_store.as_ref()?)
            .map(Arc::as_ref)
    }

    fn is_multi_region(&self) -> bool {
        self.multi_region == Some(true)
    }

    /// Whether origin, key store and external key id do not belong together.
    fn mixes_origins(&self, state: &State) -> bool {
        let wants_store = matches!(
            self.origin(),
            Origin::AwsCloudHsm | Origin::ExternalKeyStore
        );
        let wants_xks_key = self.origin() == Origin::ExternalKeyStore;
        let wrong_kind = self
            .store(state)
            .is_some_and(|store| wants_store && store.proxy().is_some() != wants_xks_key);
        wants_store != self.key_store.is_some()
            || wants_xks_key != self.xks_key.is_some()
            || wrong_kind
    }
}

impl BringsTags for CreateKey {
    fn tags(&self) -> &[Tag] {
        self.tags.as_deref().unwrap_or_default()
    }
}

impl BringsPolicy for CreateKey {
    fn policy(&self) -> Option<&str> {
        self.policy.as_deref()
    }

    fn bypasses_lockout_check(&self) -> bool {
        self.bypass == Some(true)
    }
}

impl Operation for CreateKey {
    const NAME: &'static str = "CreateKey";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &[
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
            XKS_KEY_IS_FREE,
        ],
        &tag_rules(),
        &policy_rules(),
    ];
    const PROMISES: &'static [Promise<Self>] = &[
        A_NEW_KEY,
        DESCRIPTION_IS_KEPT,
        TAGS_ARE_KEPT,
        POLICY_IS_KEPT,
        WAITS_FOR_IMPORT,
        LIVES_IN_THE_STORE,
        MATERIAL_IS_IN_THE_CLUSTER,
        SHOWS_STATE,
        SHOWS_ALGORITHMS,
        SHOWS_ORIGIN,
        SHOWS_REGIONS,
    ];
}

const ONE_SPEC: Refusal<CreateKey> = Refusal {
    card: Card {
        id: "CK-02",
        says: "KeySpec and CustomerMasterKeySpec are two names of one value and cannot both be \
               given.",
        cite: API,
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

const A_NEW_KEY: Promise<CreateKey> = Promise {
    card: Card {
        id: "CK-01",
        says: "A new key has an id of its own, the given spec, usage and origin or their \
               defaults, and is enabled.",
        cite: "recording LocalStack test_kms test_create_key",
        evidence: Evidence::Observed,
    },
    when: always,
    make: |input, success| {
        let form = match input.is_multi_region() {
            true => Form::MultiRegionKeyId,
            false => Form::Uuid,
        };
        let Some(id) = success.text(&Path::of("KeyMetadata.KeyId"), form) else {
            return;
        };
        let now = success.state.now;
        let created = success.date(&Path::of("KeyMetadata.CreationDate"), now, 5 * MINUTE);
        let key = Key {
            id: id.clone(),
            created: created.unwrap_or(now),
            description: success.traced(String::new()),
            usage: input.usage(),
            spec: input.spec(),
            origin: input.origin(),
            state: success.traced(KeyState::Enabled),
            reachable: success.traced(true),
            deletion: None,
            key_store: None,
            xks_key: None,
            multi_region: input.is_multi_region(),
            policy: success.traced(None),
            tags: imbl::OrdMap::new(),
            material_id: None,
        };
        metadata::show_common(success, &key);
        success.subject.clone_from(&id);
        success.state.keys.insert(id, Arc::new(key));
    },
};

const DESCRIPTION_IS_KEPT: Promise<CreateKey> = Promise {
    card: documented(
        "CK-11",
        "A new key has the given description, or an empty one.",
    ),
    when: |_, input| input.description.is_some(),
    make: |input, success| {
        let description = success.traced(input.description.clone().unwrap_or_default());
        change(success, |key| key.description = description);
    },
};

const TAGS_ARE_KEPT: Promise<CreateKey> = Promise {
    card: documented("CK-12", "A new key has the given tags."),
    when: |_, input| !input.tags().is_empty(),
    make: |input, success| {
        let tags = input.tags().iter();
        let tags = tags
            .map(|tag| (tag.key.clone(), success.traced(tag.value.clone())))
            .collect();
        change(success, |key| key.tags = tags);
    },
};

const POLICY_IS_KEPT: Promise<CreateKey> = Promise {
    card: documented(
        "CK-13",
        "A new key has the given policy, or the default one.",
    ),
    when: |_, input| input.policy.is_some(),
    make: |input, success| {
        let policy = success.traced(input.policy.clone());
        change(success, |key| key.policy = policy);
    },
};

const WAITS_FOR_IMPORT: Promise<CreateKey> = Promise {
    card: Card {
        id: "CK-09a",
        says: "A new key of origin EXTERNAL is pending import and not enabled.",
        cite: "recording LocalStack test_kms test_import_key_symmetric",
        evidence: Evidence::Observed,
    },
    when: |_, input| input.origin() == Origin::External,
    make: |_, success| {
        let state = success.traced(KeyState::PendingImport);
        change(success, |key| key.state = state);
    },
};

const LIVES_IN_THE_STORE: Promise<CreateKey> = Promise {
    card: documented(
        "CK-31",
        "A new key in a key store is enabled and shows the store, and the cluster behind it.",
    ),
    when: |_, input| input.key_store.is_some(),
    make: |input, success| {
        let (store, xks_key) = (input.key_store.clone(), input.xks_key.clone());
        change(success, |key| {
            key.key_store = store;
            key.xks_key = xks_key;
        });
    },
};

const MATERIAL_IS_IN_THE_CLUSTER: Promise<CreateKey> = Promise {
    card: Card {
        id: "CK-39",
        says: "The material of a key in a CloudHSM key store is an AES-256 key inside the cluster, \
               persistent and not extractable, labelled with the ARN of the KMS key.",
        cite: "kms/latest/developerguide/create-cmk-keystore.html",
        evidence: Evidence::Documented,
    },
    when: |_, input| input.origin() == Origin::AwsCloudHsm,
    make: |input, success| {
        let label = success.state.key_arn(&success.subject);
        let cluster = input
            .store(success.state)
            .and_then(|store| store.cluster_id());
        let cluster = cluster.map(str::to_owned).unwrap_or_default();
        if let Some(cluster) = success.state.cluster_mut(&cluster) {
            cluster.keys.insert(label);
        }
    },
};

const SHOWS_STATE: Promise<CreateKey> = Promise {
    card: documented(
        "CK-40",
        "CreateKey shows the state of the new key as DescribeKey does.",
    ),
    when: always,
    make: |_, success| with_key(success, metadata::show_state),
};

const SHOWS_ALGORITHMS: Promise<CreateKey> = Promise {
    card: documented(
        "CK-06",
        "A new key shows the algorithms of its spec and usage, and no other.",
    ),
    when: always,
    make: |_, success| with_key(success, metadata::show_algorithms),
};

const SHOWS_ORIGIN: Promise<CreateKey> = Promise {
    card: Card {
        id: "CK-33",
        says: "Which members KeyMetadata has depends on where the material comes from.",
        cite: "kms/latest/APIReference/API_KeyMetadata.html",
        evidence: Evidence::Documented,
    },
    when: always,
    make: |_, success| with_key(success, metadata::show_origin),
};

const SHOWS_REGIONS: Promise<CreateKey> = Promise {
    card: documented(
        "CK-10",
        "A multi-Region key shows itself as the primary key; no other key has Regions.",
    ),
    when: always,
    make: |_, success| with_key(success, metadata::show_regions),
};

fn change(success: &mut Success<'_>, change: impl FnOnce(&mut Key)) {
    let id = success.subject.clone();
    if let Some(key) = success.state.key_mut(&id) {
        change(key);
    }
}

fn with_key(success: &mut Success<'_>, show: fn(&mut Success<'_>, &Key)) {
    if let Some(key) = success.state.keys.get(&success.subject).cloned() {
        show(success, &key);
    }
}

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

#[cfg(test)]
mod tests {
    use crate::outside::OutsideAction;
    use crate::testing::World;
    use serde_json::{Value, json};

    #[test]
    fn a_key_without_parameters_is_symmetric_and_enabled() {
        let key = World::new().ok("CreateKey", json!({}));
        assert_eq!(key["KeyMetadata"]["KeySpec"], "SYMMETRIC_DEFAULT");
        assert_eq!(key["KeyMetadata"]["KeyState"], "Enabled");
        assert_eq!(
            key["KeyMetadata"]["EncryptionAlgorithms"],
            json!(["SYMMETRIC_DEFAULT"])
        );
    }

    #[test]
    fn a_spec_other_than_symmetric_needs_a_usage() {
        let refused = World::new().refused("CreateKey", json!({"KeySpec": "RSA_2048"}));
        assert_eq!(refused, ["ValidationException"]);
    }

    #[test]
    fn an_undocumented_order_is_a_set() {
        let body = json!({"KeySpec": "HMAC_256", "Tags": [
            {"TagKey": "a", "TagValue": ""}, {"TagKey": "a", "TagValue": ""},
        ]});
        let refused = World::new().refused("CreateKey", body);
        assert_eq!(refused, ["TagException", "ValidationException"]);
    }

    #[test]
    fn an_unknown_store_is_not_found() {
        let body = json!({"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": "cks-1"});
        assert_eq!(
            World::new().refused("CreateKey", body),
            ["CustomKeyStoreNotFoundException"]
        );
    }

    #[test]
    fn describe_shows_what_create_made() {
        let mut world = World::new();
        let made = world.ok(
            "CreateKey",
            json!({"Description": "d", "MultiRegion": true}),
        );
        let id = made["KeyMetadata"]["KeyId"].clone();
        assert_eq!(world.ok("DescribeKey", json!({"KeyId": id})), made);
    }

    fn connected_store(world: &mut World) -> Value {
        let store = world.store();
        connect(world, &store);
        store
    }

    fn connect(world: &mut World, store: &Value) {
        let body = json!({ "CustomKeyStoreId": store });
        world.ok("ConnectCustomKeyStore", body.clone());
        world.ok("DescribeCustomKeyStores", body);
    }

    fn in_store(store: &Value) -> Value {
        json!({"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": store})
    }

    fn fail(world: &mut World, hsm: &str) {
        world.outside(OutsideAction::FailHsm {
            cluster: "cluster-aaaaaaaaaaa".to_owned(),
            hsm: hsm.to_owned(),
        });
    }

    #[test]
    fn a_key_in_a_store_shows_store_and_cluster_but_no_material() {
        let mut world = World::new();
        let store = connected_store(&mut world);
        let made = world.ok("CreateKey", in_store(&store));
        let key = &made["KeyMetadata"];
        assert_eq!(key["CustomKeyStoreId"], store);
        assert_eq!(key["CloudHsmClusterId"], "cluster-aaaaaaaaaaa");
        assert_eq!(key["KeyState"], "Enabled");
        assert!(key.get("CurrentKeyMaterialId").is_none());
        let arn = key["Arn"].as_str().unwrap_or_default();
        assert!(
            world.state.clusters["cluster-aaaaaaaaaaa"]
                .keys
                .contains(arn)
        );
        assert_eq!(world.ok("DescribeKey", json!({"KeyId": arn})), made);
    }

    #[test]
    fn two_hsms_in_one_zone_are_too_few() {
        let mut world = World::new();
        let store = connected_store(&mut world);
        world.given(|state| {
            let cluster = state.cluster_mut("cluster-aaaaaaaaaaa");
            let cluster = cluster.expect("the store has it");
            cluster.hsms["hsm-1"].zone = "us-east-1a".to_owned();
        });
        assert_eq!(
            world.refused("CreateKey", in_store(&store)),
            ["CloudHsmClusterInvalidConfigurationException"]
        );
    }

    #[test]
    fn a_disconnected_store_with_one_hsm_is_refused_for_either() {
        let mut world = World::new();
        let store = world.store();
        fail(&mut world, "hsm-0");
        assert_eq!(
            world.refused("CreateKey", in_store(&store)),
            [
                "CloudHsmClusterInvalidConfigurationException",
                "CustomKeyStoreInvalidStateException"
            ]
        );
    }

    #[test]
    fn an_external_store_needs_a_free_external_key() {
        let mut world = World::new();
        let store = world.external_store("x", "https://xks.example.com");
        connect(&mut world, &store);
        let mut body = json!({"Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": store});
        assert_eq!(world.fired("CreateKey", body.clone()), ["CK-37"]);
        body["XksKeyId"] = json!("key-1");
        let made = world.ok("CreateKey", body.clone());
        assert_eq!(made["KeyMetadata"]["XksKeyConfiguration"]["Id"], "key-1");
        assert!(made["KeyMetadata"].get("CloudHsmClusterId").is_none());
        assert_eq!(
            world.refused("CreateKey", body),
            ["XksKeyAlreadyInUseException"]
        );
    }

    #[test]
    fn origin_and_store_belong_together() {
        let mut world = World::new();
        let store = connected_store(&mut world);
        for body in [
            json!({"Origin": "AWS_CLOUDHSM"}),
            json!({"CustomKeyStoreId": store}),
            json!({"Origin": "EXTERNAL", "CustomKeyStoreId": store}),
            json!({"Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": store, "XksKeyId": "k"}),
            json!({"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": store, "XksKeyId": "k"}),
        ] {
            assert_eq!(world.fired("CreateKey", body), ["CK-37"]);
        }
    }
}
