//! Scenes: runs of steps that belong together, which random choice alone would rarely find.

use super::draft::Draft;
use kms_conformance_model::State;
use serde_json::{Value, json};

/// The password that `kmsuser` usually has.
pub(crate) const PASSWORD: &str = "kmsPswd1";

/// Long enough for anything but a deletion to finish.
pub(crate) const LONG: i64 = 30 * 60;

/// A cluster with one active HSM, not yet initialised. The result is the reference to its id.
pub(crate) fn uninitialised_cluster(draft: &mut Draft<'_>) -> Value {
    let made = draft.hsm(
        "CreateCluster",
        json!({
            "HsmType": "hsm2m.medium",
            "Mode": "FIPS",
            "SubnetIds": [{"$subnet": 0}, {"$subnet": 1}, {"$subnet": 2}],
        }),
    );
    let cluster = json!({ "$of": [made, "Cluster.ClusterId"] });
    draft.wait(LONG);
    draft.hsm(
        "CreateHsm",
        json!({"ClusterId": cluster, "AvailabilityZone": {"$zone": 0}}),
    );
    draft.wait(LONG);
    cluster
}

/// Describes one cluster. The result is the step.
pub(crate) fn look_at_cluster(draft: &mut Draft<'_>, cluster: &Value) -> u32 {
    let filters = json!({ "Filters": {"clusterIds": [cluster]} });
    draft.hsm("DescribeClusters", filters)
}

/// Puts one more HSM into a cluster, in the zone of this number, and waits until it is there.
pub(crate) fn add_hsm(draft: &mut Draft<'_>, cluster: &Value, zone: usize) {
    draft.hsm(
        "CreateHsm",
        json!({ "ClusterId": cluster, "AvailabilityZone": {"$zone": zone} }),
    );
    draft.wait(LONG);
    look_at_cluster(draft, cluster);
}

/// Initialises a cluster with the certificate of authority `a`, and activates it.
pub(crate) fn activate(draft: &mut Draft<'_>, cluster: &Value) {
    let described = look_at_cluster(draft, cluster);
    let csr = json!({ "$of": [described, "Clusters.0.Certificates.ClusterCsr"] });
    draft.hsm(
        "InitializeCluster",
        json!({
            "ClusterId": cluster,
            "SignedCert": {"$signed": [csr, "a"]},
            "TrustAnchor": {"$anchor": "a"},
        }),
    );
    draft.wait(LONG);
    look_at_cluster(draft, cluster);
    draft.outside(json!({"action": "ActivateCluster", "cluster": cluster}));
}

/// A cluster with two active HSMs in different zones and a `kmsuser`.
pub(crate) fn ready_cluster(draft: &mut Draft<'_>) -> Value {
    let cluster = uninitialised_cluster(draft);
    activate(draft, &cluster);
    add_hsm(draft, &cluster, 1);
    draft.outside(json!({"action": "CreateKmsUser", "cluster": cluster, "password": PASSWORD}));
    cluster
}

/// A disconnected key store on a ready cluster. The result is the references to both.
pub(crate) fn key_store(draft: &mut Draft<'_>, name: &str) -> (Value, Value) {
    let cluster = ready_cluster(draft);
    let made = draft.kms("CreateCustomKeyStore", cloudhsm_store(name, &cluster));
    (json!({ "$of": [made, "CustomKeyStoreId"] }), cluster)
}

/// The body that makes a key store of type AWS_CLOUDHSM.
pub(crate) fn cloudhsm_store(name: &str, cluster: &Value) -> Value {
    json!({
        "CustomKeyStoreName": {"$name": name},
        "CloudHsmClusterId": cluster,
        "TrustAnchorCertificate": {"$anchor": "a"},
        "KeyStorePassword": PASSWORD,
    })
}

/// The body that makes a key store of type EXTERNAL_KEY_STORE behind proxy number `proxy`.
pub(crate) fn external_store(name: &str, proxy: usize) -> Value {
    json!({
        "CustomKeyStoreName": {"$name": name},
        "CustomKeyStoreType": "EXTERNAL_KEY_STORE",
        "XksProxyConnectivity": "PUBLIC_ENDPOINT",
        "XksProxyUriEndpoint": self::proxy(proxy),
        "XksProxyUriPath": "/kms/xks/v1",
        "XksProxyAuthenticationCredential": {
            "AccessKeyId": "ABCDEFGHIJKLMNOPQRST",
            "RawSecretAccessKey": {"$text": ["s", 43]},
        },
    })
}

/// The endpoint of an external key store proxy, by its number.
pub(crate) fn proxy(number: usize) -> Value {
    json!({ "$concat": ["https://", {"$name": format!("xks{number}")}, ".example.com"] })
}

/// The name of a VPC endpoint service, by its number.
pub(crate) fn vpc_service(number: usize) -> Value {
    let serial = json!({ "$serial": format!("vpc-{number}") });
    json!({ "$concat": ["com.amazonaws.vpce.", {"$region": true}, ".vpce-svc-", serial] })
}

/// Connects a key store and waits until it is.
pub(crate) fn connect(draft: &mut Draft<'_>, store: &Value) {
    draft.kms(
        "ConnectCustomKeyStore",
        json!({ "CustomKeyStoreId": store }),
    );
    draft.wait(LONG);
    draft.kms(
        "DescribeCustomKeyStores",
        json!({ "CustomKeyStoreId": store }),
    );
}

/// A connected key store.
pub(crate) fn connected_store(draft: &mut Draft<'_>, name: &str) -> (Value, Value) {
    let (store, cluster) = key_store(draft, name);
    connect(draft, &store);
    (store, cluster)
}

/// A key in a connected key store.
pub(crate) fn key_in_store(draft: &mut Draft<'_>, store: &Value) -> Value {
    let made = draft.kms(
        "CreateKey",
        json!({"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": store, "Description": "in a store"}),
    );
    json!({ "$of": [made, "KeyMetadata.KeyId"] })
}

/// Looks at the clusters of this plan alone. Where others live in the account too, they may fill the
/// first page of a list of all.
pub(crate) fn look_at_clusters(draft: &mut Draft<'_>) {
    let state = draft.state();
    let clusters = state.map(|state| draft.in_order(state.clusters.keys()));
    let clusters = clusters.into_iter().flatten().take(4);
    let clusters: Vec<Value> = clusters.map(|id| draft.name(id)).collect();
    if !clusters.is_empty() {
        let filters = json!({ "Filters": {"clusterIds": clusters} });
        draft.hsm("DescribeClusters", filters);
    }
}

/// Looks at everything the account holds, so that no effect stays unseen.
pub(crate) fn look_around(draft: &mut Draft<'_>) {
    let Some(state) = draft.state().cloned() else {
        return;
    };
    for id in draft.in_order(state.keys.keys()).into_iter().take(4) {
        let key = draft.name(id);
        draft.kms("DescribeKey", json!({ "KeyId": key }));
        draft.kms("ListResourceTags", json!({ "KeyId": key }));
        draft.kms("GetKeyPolicy", json!({ "KeyId": key }));
        draft.kms("ListAliases", json!({ "KeyId": key }));
    }
    look_at_grants(draft, &state);
    let ciphertexts = draft.in_order(state.ciphertexts.keys());
    for ciphertext in ciphertexts.into_iter().take(2) {
        let context = state.ciphertexts.get(ciphertext).map(|it| &it.context);
        let ciphertext = draft.name(ciphertext);
        let body = json!({"CiphertextBlob": ciphertext, "EncryptionContext": context});
        draft.kms("Decrypt", body);
    }
    draft.kms("ListKeys", json!({}));
    draft.kms("ListAliases", json!({}));
    draft.kms("DescribeCustomKeyStores", json!({}));
    draft.hsm("DescribeClusters", json!({}));
    look_again(draft, &state);
    draft.hsm("DescribeBackups", json!({}));
    for id in draft.in_order(state.clusters.keys()).into_iter().take(2) {
        let cluster = draft.name(id);
        draft.hsm("ListTags", json!({ "ResourceId": cluster }));
        draft.push(crate::plan::Act::LookInside { cluster });
    }
    for id in draft.in_order(state.backups.keys()).into_iter().take(2) {
        let backup = draft.name(id);
        draft.hsm("ListTags", json!({ "ResourceId": backup }));
    }
}

/// Looks at the grants of the keys that have or had some, and at those of one principal.
fn look_at_grants(draft: &mut Draft<'_>, state: &State) {
    if state.grant_tokens.is_empty() {
        return;
    }
    let keys = draft.in_order(state.keys.keys()).into_iter().take(4);
    let keys: Vec<Value> = keys.map(|id| draft.name(id)).collect();
    for key in keys {
        draft.kms("ListGrants", json!({ "KeyId": key }));
    }
    let root = json!({ "$concat": ["arn:aws:iam::", {"$account": true}, ":root"] });
    draft.kms("ListRetirableGrants", json!({ "RetiringPrincipal": root }));
}

/// Looks at one of each from another side, which must show the same.
fn look_again(draft: &mut Draft<'_>, state: &State) {
    if let Some(id) = draft.in_order(state.keys.keys()).first() {
        let key = draft.name(id);
        draft.kms("DescribeKey", json!({ "KeyId": key }));
        draft.kms("GetKeyRotationStatus", json!({ "KeyId": key }));
        draft.kms("ListKeyRotations", json!({ "KeyId": key }));
        draft.kms("GetKeyLastUsage", json!({ "KeyId": key }));
    }
    if let Some(name) = draft.in_order(state.aliases.keys()).first() {
        let alias = draft.name(name);
        draft.kms("DescribeKey", json!({ "KeyId": alias }));
    }
    if let Some(id) = draft.in_order(state.key_stores.keys()).first() {
        let store = draft.name(id);
        draft.kms(
            "DescribeCustomKeyStores",
            json!({ "CustomKeyStoreId": store }),
        );
    }
    if let Some(id) = draft.in_order(state.clusters.keys()).first() {
        let filters = json!({ "clusterIds": [draft.name(id)] });
        draft.hsm("DescribeClusters", json!({ "Filters": filters }));
    }
}

/// `base` with the members of `changes`; those that are null are left out.
pub(crate) fn with(base: &Value, changes: &Value) -> Value {
    let mut body = base.clone();
    if let (Some(members), Some(changes)) = (body.as_object_mut(), changes.as_object()) {
        for (name, value) in changes {
            match value {
                Value::Null => members.remove(name),
                value => members.insert(name.clone(), value.clone()),
            };
        }
    }
    body
}

/// Everything that uses the material of a symmetric key; step `sealed` encrypted under it.
pub(crate) fn use_key(draft: &mut Draft<'_>, key: &Value, sealed: u32) {
    let ciphertext = json!({ "$of": [sealed, "CiphertextBlob"] });
    let plaintext = json!({ "KeyId": key, "Plaintext": {"$bytes": [3, 16]} });
    draft.kms("Encrypt", plaintext);
    draft.kms("Decrypt", json!({ "CiphertextBlob": ciphertext }));
    let data_key = json!({ "KeyId": key, "NumberOfBytes": 32 });
    draft.kms("GenerateDataKey", data_key.clone());
    draft.kms("GenerateDataKeyWithoutPlaintext", data_key);
    draft.kms(
        "ReEncrypt",
        json!({ "CiphertextBlob": ciphertext, "DestinationKeyId": key }),
    );
}
