//! Scenarios about key stores: connecting, disconnecting, moving, breaking.

use super::draft::Draft;
use super::scenes::{
    LONG, cloudhsm_store, connect, connected_store, external_store, key_in_store, key_store, proxy,
    uninitialised_cluster, use_key,
};
use serde_json::json;

pub(super) fn failed_connections(draft: &mut Draft<'_>) {
    let (store, cluster) = key_store(draft, "failing");
    let outside = |name: &str| json!({ "action": name, "cluster": cluster });
    let reconnect = |draft: &mut Draft<'_>| {
        connect(draft, &store);
        let body = json!({ "CustomKeyStoreId": store });
        draft.kms("ConnectCustomKeyStore", body.clone());
        draft.kms("DisconnectCustomKeyStore", body.clone());
        draft.kms("DisconnectCustomKeyStore", body);
        draft.wait(LONG);
    };
    draft.outside(outside("LogInKmsUser"));
    reconnect(draft);
    draft.outside(outside("LogOutKmsUser"));
    draft.outside(json!({"action": "FailLogins", "cluster": cluster, "times": 5}));
    reconnect(draft);
    draft.outside(json!({
        "action": "ChangeKmsUserPassword", "cluster": cluster, "password": "kmsPswd2",
    }));
    reconnect(draft);
    draft.kms(
        "UpdateCustomKeyStore",
        json!({ "CustomKeyStoreId": store, "KeyStorePassword": "kmsPswd2" }),
    );
    draft.outside(json!({"action": "FillSubnet", "subnet": {"$subnet": 1}, "full": true}));
    reconnect(draft);
    draft.outside(json!({"action": "FillSubnet", "subnet": {"$subnet": 1}, "full": false}));
    reconnect(draft);
    reconnect(draft);
    // KMS has rotated the password meanwhile, so that the old one is wrong.
    draft.kms(
        "UpdateCustomKeyStore",
        json!({ "CustomKeyStoreId": store, "KeyStorePassword": "kmsPswd2" }),
    );
    reconnect(draft);
    draft.outside(json!({
        "action": "ChangeKmsUserPassword", "cluster": cluster, "password": "kmsPswd2",
    }));
    reconnect(draft);
    draft.outside(outside("DeleteKmsUser"));
    reconnect(draft);
    draft.outside(json!({"action": "DeleteSubnet", "subnet": {"$subnet": 1}}));
    reconnect(draft);
}

pub(super) fn disconnection(draft: &mut Draft<'_>) {
    let (store, _) = connected_store(draft, "coming-and-going");
    let key = key_in_store(draft, &store);
    let doomed = key_in_store(draft, &store);
    let kept = key_in_store(draft, &store);
    let asleep = key_in_store(draft, &store);
    draft.kms("DisableKey", json!({ "KeyId": asleep }));
    let sealed = draft.kms(
        "Encrypt",
        json!({ "KeyId": key, "Plaintext": {"$bytes": [2, 16]} }),
    );
    draft.kms(
        "ScheduleKeyDeletion",
        json!({ "KeyId": doomed, "PendingWindowInDays": 7 }),
    );
    let body = json!({ "CustomKeyStoreId": store });
    draft.kms("DeleteCustomKeyStore", body.clone());
    draft.kms("DisconnectCustomKeyStore", body.clone());
    draft.kms("DescribeKey", json!({ "KeyId": key }));
    draft.kms("DescribeKey", json!({ "KeyId": doomed }));
    draft.kms(
        "Encrypt",
        json!({ "KeyId": key, "Plaintext": {"$bytes": [2, 16]} }),
    );
    draft.kms(
        "GenerateRandom",
        json!({ "NumberOfBytes": 8, "CustomKeyStoreId": store }),
    );
    draft.kms("DisableKey", json!({ "KeyId": key }));
    draft.kms("EnableKey", json!({ "KeyId": asleep }));
    draft.wait(LONG);
    draft.kms("DescribeCustomKeyStores", body.clone());
    draft.kms("DeleteCustomKeyStore", body.clone());
    connect(draft, &store);
    for key in [&kept, &asleep, &key] {
        draft.kms("DescribeKey", json!({ "KeyId": key }));
    }
    draft.kms("EnableKey", json!({ "KeyId": key }));
    draft.kms(
        "Decrypt",
        json!({ "CiphertextBlob": {"$of": [sealed, "CiphertextBlob"]} }),
    );
    draft.kms("CancelKeyDeletion", json!({ "KeyId": doomed }));
    draft.kms(
        "GenerateRandom",
        json!({ "NumberOfBytes": 8, "CustomKeyStoreId": store }),
    );
    draft.kms("DisconnectCustomKeyStore", body);
}

pub(super) fn broken_cluster(draft: &mut Draft<'_>) {
    let (store, cluster) = connected_store(draft, "breaking");
    let key = key_in_store(draft, &store);
    let encrypt = json!({ "KeyId": key, "Plaintext": {"$bytes": [3, 16]} });
    let sealed = draft.kms("Encrypt", encrypt.clone());
    let arn = json!({ "$concat": ["arn:aws:kms:", {"$region": true}, ":", {"$account": true},
        ":key/", key] });
    let other = key_in_store(draft, &store);
    draft.outside(json!({"action": "DeleteHsmKey", "cluster": cluster, "label": arn}));
    use_key(draft, &key, sealed);
    let encrypt = json!({ "KeyId": other, "Plaintext": {"$bytes": [3, 16]} });
    let sealed = draft.kms("Encrypt", encrypt.clone());
    for zone in 0..2 {
        let listed = draft.hsm(
            "DescribeClusters",
            json!({"Filters": {"clusterIds": [cluster]}}),
        );
        let hsm = json!({ "$of": [listed, format!("Clusters.0.Hsms.{zone}.HsmId")] });
        draft.outside(json!({"action": "FailHsm", "cluster": cluster, "hsm": hsm}));
        key_in_store(draft, &store);
        draft.kms("Encrypt", encrypt.clone());
        let random = json!({ "NumberOfBytes": 8, "CustomKeyStoreId": store });
        draft.kms("GenerateRandom", random);
    }
    use_key(draft, &other, sealed);
    draft.kms(
        "DescribeCustomKeyStores",
        json!({ "CustomKeyStoreId": store }),
    );
    draft.kms("DescribeKey", json!({ "KeyId": other }));
    draft.kms(
        "DisconnectCustomKeyStore",
        json!({ "CustomKeyStoreId": store }),
    );
    draft.wait(LONG);
    connect(draft, &store);
}

pub(super) fn identical_store(draft: &mut Draft<'_>) {
    let (store, cluster) = key_store(draft, "twin");
    let body = cloudhsm_store("twin", &cluster);
    draft.kms("CreateCustomKeyStore", body.clone());
    for changed in [true, false] {
        draft.outside(json!({
            "action": "ChangeSecurityGroup", "cluster": cluster, "changed": changed,
        }));
        draft.kms("CreateCustomKeyStore", body.clone());
    }
    draft.kms("DescribeCustomKeyStores", json!({}));
    draft.kms("CreateCustomKeyStore", cloudhsm_store("other", &cluster));
    draft.kms(
        "ConnectCustomKeyStore",
        json!({ "CustomKeyStoreId": store }),
    );
    draft.kms("CreateCustomKeyStore", body.clone());
    draft.wait(LONG);
    draft.kms("CreateCustomKeyStore", body.clone());
    draft.kms(
        "DisconnectCustomKeyStore",
        json!({ "CustomKeyStoreId": store }),
    );
    draft.wait(LONG);
    draft.kms(
        "DescribeCustomKeyStores",
        json!({ "CustomKeyStoreId": store }),
    );
    draft.kms("DeleteCustomKeyStore", json!({ "CustomKeyStoreId": store }));
    draft.kms("CreateCustomKeyStore", body);
}

pub(super) fn related_cluster(draft: &mut Draft<'_>) {
    let (store, _) = key_store(draft, "moving");
    draft.hsm("DescribeBackups", json!({}));
    draft.wait(LONG);
    let backups = draft.hsm("DescribeBackups", json!({}));
    let backup = json!({ "$of": [backups, "Backups.0.BackupId"] });
    let related = draft.hsm(
        "CreateCluster",
        json!({
            "HsmType": "hsm2m.medium",
            "Mode": "FIPS",
            "SubnetIds": [{"$subnet": 0}, {"$subnet": 1}],
            "SourceBackupId": backup,
        }),
    );
    let related = json!({ "$of": [related, "Cluster.ClusterId"] });
    draft.kms(
        "UpdateCustomKeyStore",
        json!({ "CustomKeyStoreId": store, "CloudHsmClusterId": related }),
    );
    draft.wait(LONG);
    for zone in 0..2 {
        let body = json!({"ClusterId": related, "AvailabilityZone": {"$zone": zone}});
        draft.hsm("CreateHsm", body);
        draft.wait(LONG);
    }
    draft.hsm("DescribeClusters", json!({}));
    draft.kms("CreateCustomKeyStore", cloudhsm_store("second", &related));
    let unrelated = uninitialised_cluster(draft);
    for cluster in [&unrelated, &related] {
        draft.kms(
            "UpdateCustomKeyStore",
            json!({ "CustomKeyStoreId": store, "CloudHsmClusterId": cluster }),
        );
    }
    draft.kms(
        "DescribeCustomKeyStores",
        json!({ "CustomKeyStoreId": store }),
    );
    connect(draft, &store);
    key_in_store(draft, &store);
}

pub(super) fn store_quota(draft: &mut Draft<'_>) {
    for proxy in 0..11 {
        draft.kms(
            "CreateCustomKeyStore",
            external_store(&format!("quota-{proxy}"), proxy),
        );
    }
    let first = draft.kms("DescribeCustomKeyStores", json!({ "Limit": 4 }));
    let marker = json!({ "$of": [first, "NextMarker"] });
    let second = draft.kms(
        "DescribeCustomKeyStores",
        json!({ "Limit": 4, "Marker": marker }),
    );
    let marker = json!({ "$of": [second, "NextMarker"] });
    draft.kms("DescribeCustomKeyStores", json!({ "Marker": marker }));
    draft.kms("ListKeys", json!({ "Marker": marker }));
}

pub(super) fn external_stores(draft: &mut Draft<'_>) {
    let made = draft.kms("CreateCustomKeyStore", external_store("outer", 1));
    let store = json!({ "$of": [made, "CustomKeyStoreId"] });
    draft.kms("CreateCustomKeyStore", external_store("outer", 2));
    draft.kms("CreateCustomKeyStore", external_store("inner", 1));
    let endpoint = proxy(1);
    draft.outside(json!({
        "action": "FailProxy", "endpoint": endpoint, "error": "XKS_PROXY_TIMED_OUT",
    }));
    connect(draft, &store);
    draft.kms(
        "DisconnectCustomKeyStore",
        json!({ "CustomKeyStoreId": store }),
    );
    draft.wait(LONG);
    draft.outside(json!({"action": "FailProxy", "endpoint": endpoint, "error": null}));
    connect(draft, &store);
    draft.wait(2 * LONG);
    draft.kms(
        "DescribeCustomKeyStores",
        json!({ "CustomKeyStoreId": store }),
    );
    let key = |id: &str| {
        json!({
            "Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": store, "XksKeyId": id,
        })
    };
    let made = draft.kms("CreateKey", key("bb8562717f809024"));
    draft.kms("CreateKey", key("bb8562717f809024"));
    draft.kms("CreateKey", key("cc9673828f910135"));
    draft.kms(
        "GenerateRandom",
        json!({ "NumberOfBytes": 8, "CustomKeyStoreId": store }),
    );
    let key = json!({ "$of": [made, "KeyMetadata.KeyId"] });
    let body = json!({ "KeyId": key, "NumberOfBytes": 32 });
    for failing in [json!("XKS_PROXY_TIMED_OUT"), json!(null)] {
        draft.outside(json!({
            "action": "FailProxy", "endpoint": endpoint, "error": failing,
        }));
        draft.kms("GenerateDataKeyWithoutPlaintext", body.clone());
        draft.kms("GenerateDataKey", body.clone());
    }
}

/// A store whose cluster is deleted, and what then becomes of it.
pub(super) fn lost_cluster(draft: &mut Draft<'_>) {
    let (store, cluster) = key_store(draft, "lost");
    let filters = json!({"Filters": {"clusterIds": [cluster]}});
    let listed = draft.hsm("DescribeClusters", filters.clone());
    for place in 0..2 {
        let hsm = json!({ "$of": [listed, format!("Clusters.0.Hsms.{place}.HsmId")] });
        draft.hsm("DeleteHsm", json!({ "ClusterId": cluster, "HsmId": hsm }));
        draft.wait(LONG);
        draft.hsm("DescribeClusters", filters.clone());
    }
    let named = json!({ "CustomKeyStoreId": store });
    draft.hsm("DeleteCluster", json!({ "ClusterId": cluster }));
    draft.hsm("DeleteCluster", json!({ "ClusterId": cluster }));
    draft.kms("ConnectCustomKeyStore", named.clone());
    draft.wait(5 * LONG);
    draft.hsm("DescribeClusters", filters);
    for _ in 0..2 {
        draft.kms("ConnectCustomKeyStore", named.clone());
        draft.kms("DescribeCustomKeyStores", named.clone());
        draft.wait(5 * LONG);
        draft.kms("DescribeCustomKeyStores", named.clone());
        draft.kms("DisconnectCustomKeyStore", named.clone());
        draft.wait(LONG);
    }
}
