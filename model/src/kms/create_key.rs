//! CreateKey: makes a KMS key, in KMS itself, for imported material, or in a custom key store.

use super::create_key_refusals::CREATE_KEY_REFUSALS;
use super::metadata;
use super::policy::{BringsPolicy, policy_rules};
use super::shapes::{
    CUSTOMER_MASTER_KEY_SPEC, DESCRIPTION, KEY_SPEC, KEY_STORE_ID, KEY_USAGE, ORIGIN, POLICY, TAGS,
    Tag, XKS_KEY_ID,
};
use super::tags::{BringsTags, tag_rules};
use super::xks_failures::EXTERNAL_KEY_RULES;
use crate::card::{Card, Evidence};
use crate::input::input;
use crate::mint::Form;
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::rule::{Promise, Refusal, always};
use crate::shape::{Member, Shape};
use crate::state::{
    Key, KeySpec, KeyState, KeyStore, KeyUsage, MultiRegion, Origin, Rotation, State, Uses,
    first_material,
};
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

pub(crate) const fn documented(id: &'static str, says: &'static str) -> Card {
    Card {
        id,
        says,
        cite: API,
        evidence: Evidence::Documented,
    }
}

impl CreateKey {
    pub(crate) fn spec(&self) -> KeySpec {
        self.spec
            .or(self.master_key_spec)
            .unwrap_or(KeySpec::SymmetricDefault)
    }

    pub(crate) fn usage(&self) -> KeyUsage {
        self.usage.unwrap_or(KeyUsage::EncryptDecrypt)
    }

    pub(crate) fn origin(&self) -> Origin {
        self.origin.unwrap_or(Origin::AwsKms)
    }

    pub(crate) fn store<'s>(&self, state: &'s State) -> Option<&'s KeyStore> {
        state
            .key_stores
            .get(self.key_store.as_ref()?)
            .map(Arc::as_ref)
    }

    pub(crate) fn is_multi_region(&self) -> bool {
        self.multi_region == Some(true)
    }

    /// Whether origin, key store and external key id do not belong together.
    pub(crate) fn mixes_origins(&self, state: &State) -> bool {
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
        &CREATE_KEY_REFUSALS,
        &EXTERNAL_KEY_RULES,
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
            multi_region: input.is_multi_region().then(|| MultiRegion {
                primary: success.traced(success.state.account.region.clone()),
                transient: None,
                window: None,
            }),
            policy: success.traced(None),
            tags: imbl::OrdMap::new(),
            public_key: None,
            materials: first_material(),
            pending: None,
            rotation: Rotation::none(&A_NEW_KEY.card),
            uses: Uses::default(),
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
        let store = &Path::of("KeyMetadata.CustomKeyStoreId");
        success.show_or_absent(store, input.key_store.as_deref());
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
