//! Scenarios that vary one good request: each body is the good one with a few members changed.

use super::draft::Draft;
use super::scenes::{
    LONG, activate, cloudhsm_store, connect, external_store, key_store, ready_cluster,
    uninitialised_cluster,
};
use serde_json::{Value, json};

/// `base` with the members of `changes`; those that are null are left out.
fn with(base: &Value, changes: &Value) -> Value {
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

/// CloudHSM key stores that cannot be made, and what an update cannot change.
pub(super) fn cloudhsm_stores(draft: &mut Draft<'_>) {
    let (store, cluster) = key_store(draft, "varied");
    let unready = uninitialised_cluster(draft);
    let base = cloudhsm_store("other", &cluster);
    for changes in [
        json!({ "KeyStorePassword": null }),
        json!({ "KeyStorePassword": "with spaces" }),
        json!({ "TrustAnchorCertificate": {"$anchor": "b"} }),
        json!({ "CloudHsmClusterId": unready }),
        json!({ "XksProxyUriPath": "/kms/xks/v1" }),
        json!({ "CustomKeyStoreName": {"$name": "varied"}, "KeyStorePassword": "kmsPswd2" }),
    ] {
        draft.kms("CreateCustomKeyStore", with(&base, &changes));
    }
    let named = json!({ "CustomKeyStoreId": store });
    draft.kms("CreateCustomKeyStore", external_store("taken", 1));
    update_cloudhsm(draft, &named, &cluster, &unready);
    draft.kms(
        "DescribeCustomKeyStores",
        json!({ "CustomKeyStoreId": store, "CustomKeyStoreName": {"$name": "varied"} }),
    );
    activate(draft, &unready);
    draft.kms(
        "UpdateCustomKeyStore",
        with(&named, &json!({ "CloudHsmClusterId": unready })),
    );
    connect(draft, &store);
    update_cloudhsm(draft, &named, &cluster, &unready);
    draft.kms("ConnectCustomKeyStore", named);
}

fn update_cloudhsm(draft: &mut Draft<'_>, named: &Value, cluster: &Value, unready: &Value) {
    for changes in [
        json!({}),
        json!({ "KeyStorePassword": "with spaces" }),
        json!({ "CloudHsmClusterId": unready }),
        json!({ "CloudHsmClusterId": {"$unknown": "ClusterId"} }),
        json!({ "XksProxyUriPath": "/kms/xks/v1" }),
        json!({ "NewCustomKeyStoreName": {"$name": "varied"} }),
        json!({ "NewCustomKeyStoreName": {"$name": "taken"} }),
        json!({ "CloudHsmClusterId": cluster }),
    ] {
        draft.kms("UpdateCustomKeyStore", with(named, &changes));
    }
}

/// A cluster that is unfit for a key store in one way after the other.
pub(super) fn unfit_clusters(draft: &mut Draft<'_>) {
    let (store, cluster) = key_store(draft, "first");
    let second = ready_cluster(draft);
    let make = cloudhsm_store("second", &second);
    let update = json!({ "CustomKeyStoreId": store, "CloudHsmClusterId": cluster });
    let try_all = |draft: &mut Draft<'_>| {
        draft.kms("CreateCustomKeyStore", make.clone());
        draft.kms("UpdateCustomKeyStore", update.clone());
        draft.kms(
            "ConnectCustomKeyStore",
            json!({ "CustomKeyStoreId": store }),
        );
        draft.wait(LONG);
        let named = json!({ "CustomKeyStoreId": store });
        draft.kms("DescribeCustomKeyStores", named.clone());
        draft.kms("DisconnectCustomKeyStore", named);
        draft.wait(LONG);
    };
    for change in [true, false] {
        for cluster in [&cluster, &second] {
            draft.outside(json!({
                "action": "ChangeSecurityGroup", "cluster": cluster, "changed": change,
            }));
        }
        if change {
            try_all(draft);
        }
    }
    for cluster in [&cluster, &second] {
        draft.hsm(
            "CreateHsm",
            json!({"ClusterId": cluster, "AvailabilityZone": {"$zone": 2}}),
        );
        draft.wait(LONG);
    }
    for cluster in [&cluster, &second] {
        let filters = json!({"Filters": {"clusterIds": [cluster]}});
        let listed = draft.hsm("DescribeClusters", filters);
        for place in 0..2 {
            let hsm = json!({ "$of": [listed, format!("Clusters.0.Hsms.{place}.HsmId")] });
            draft.outside(json!({"action": "FailHsm", "cluster": cluster, "hsm": hsm}));
        }
    }
    try_all(draft);
    for subnet in 0..2 {
        draft.outside(json!({"action": "DeleteSubnet", "subnet": {"$subnet": subnet}}));
    }
    try_all(draft);
}

/// External key stores that cannot be made, and what an update cannot change.
pub(super) fn external_stores(draft: &mut Draft<'_>) {
    let vpc = |service: &str| {
        json!({
            "XksProxyConnectivity": "VPC_ENDPOINT_SERVICE",
            "XksProxyVpcEndpointServiceName":
                format!("com.amazonaws.vpce.us-east-1.vpce-svc-{service}"),
        })
    };
    let public = draft.kms("CreateCustomKeyStore", external_store("public", 1));
    let private = with(&external_store("private", 2), &vpc("0123456789abcdef0"));
    let private = draft.kms("CreateCustomKeyStore", private);
    let base = external_store("varied", 3);
    let failing = json!({
        "action": "FailProxy", "endpoint": "https://xks4.example.com",
        "error": "XKS_PROXY_NOT_REACHABLE",
    });
    draft.outside(failing);
    let same_endpoint = json!({
        "XksProxyUriEndpoint": "https://xks1.example.com", "XksProxyUriPath": "/other/kms/xks/v1",
    });
    let variations = [
        json!({ "XksProxyUriPath": null }),
        json!({ "XksProxyConnectivity": "VPC_ENDPOINT_SERVICE" }),
        json!({
            "XksProxyVpcEndpointServiceName":
                "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef9",
        }),
        json!({ "XksProxyUriEndpoint": "https://xks4.example.com" }),
        json!({ "XksProxyUriEndpoint": "https://xks1.example.com" }),
        with(&vpc("0123456789abcdef1"), &same_endpoint),
        vpc("0123456789abcdef0"),
        json!({ "KeyStorePassword": "kmsPswd1" }),
    ];
    for changes in &variations {
        draft.kms("CreateCustomKeyStore", with(&base, changes));
    }
    let made = draft.kms("CreateCustomKeyStore", base);
    for store in [made, public, private] {
        let named = json!({ "CustomKeyStoreId": {"$of": [store, "CustomKeyStoreId"]} });
        for changes in &variations {
            let body = with(&named, &with(changes, &json!({ "XksProxyUriPath": null })));
            draft.kms("UpdateCustomKeyStore", body);
            draft.kms("UpdateCustomKeyStore", with(&named, changes));
        }
    }
    let named = json!({ "CustomKeyStoreId": {"$of": [made, "CustomKeyStoreId"]} });
    connect(draft, &json!({ "$of": [made, "CustomKeyStoreId"] }));
    draft.kms(
        "UpdateCustomKeyStore",
        with(&named, &json!({ "XksProxyUriPath": "/late/kms/xks/v1" })),
    );
}

/// Clusters that cannot be made or changed.
pub(super) fn clusters(draft: &mut Draft<'_>) {
    let subnets = json!([{"$subnet": 0}, {"$subnet": 1}]);
    let base = json!({ "HsmType": "hsm2m.medium", "Mode": "FIPS", "SubnetIds": subnets });
    let days = |value: &str| json!({ "Type": "DAYS", "Value": value });
    for changes in [
        json!({ "SubnetIds": [{"$unknown": "SubnetId"}] }),
        json!({ "SubnetIds": [{"$subnet": 0}, {"$subnet": 0}] }),
        json!({ "HsmType": "hsm9.large" }),
        json!({ "HsmType": "hsm1.medium" }),
        json!({ "HsmType": "hsm1.medium", "Mode": null, "NetworkType": "DUALSTACK" }),
        json!({ "Mode": null }),
        json!({ "BackupRetentionPolicy": days("6") }),
        json!({ "BackupRetentionPolicy": days("380") }),
        json!({ "BackupRetentionPolicy": {"Type": "DAYS"} }),
        json!({ "SourceBackupId": {"$unknown": "BackupId"} }),
        json!({ "TagList": [{"Key": "same", "Value": "1"}, {"Key": "same", "Value": "2"}] }),
        json!({ "TagList": [{"Key": "aws:reserved", "Value": "1"}] }),
    ] {
        draft.hsm("CreateCluster", with(&base, &changes));
    }
    let good = json!({
        "BackupRetentionPolicy": days("30"), "NetworkType": "DUALSTACK", "Mode": "NON_FIPS",
        "TagList": [{"Key": "a", "Value": "1"}],
    });
    let made = draft.hsm("CreateCluster", with(&base, &good));
    let cluster = json!({ "$of": [made, "Cluster.ClusterId"] });
    let named = json!({ "ClusterId": cluster });
    modify(draft, &named);
    let hsm = json!({ "AvailabilityZone": {"$zone": 0} });
    draft.hsm("DeleteCluster", named.clone());
    draft.hsm("DeleteCluster", named.clone());
    draft.hsm("CreateHsm", with(&named, &hsm));
    draft.wait(5 * LONG);
    draft.hsm("DescribeClusters", json!({}));
    draft.hsm("DeleteCluster", named.clone());
    draft.hsm(
        "DeleteHsm",
        with(&named, &json!({ "HsmId": {"$unknown": "HsmId"} })),
    );
    draft.hsm("CreateHsm", with(&named, &hsm));
    modify(draft, &named);
    draft.hsm(
        "InitializeCluster",
        with(
            &named,
            &json!({ "SignedCert": {"$signed": ["no request", "a"]}, "TrustAnchor": {"$anchor": "a"} }),
        ),
    );
    for zone in [7, 0, 1] {
        draft.hsm(
            "CreateHsm",
            with(&named, &json!({ "AvailabilityZone": {"$zone": zone} })),
        );
    }
    for _ in 0..4 {
        draft.hsm("CreateCluster", base.clone());
    }
    draft.hsm(
        "DescribeClusters",
        json!({ "MaxResults": 1, "NextToken": {"$unknown": "NextToken"} }),
    );
    let first = draft.hsm("DescribeClusters", json!({ "MaxResults": 1 }));
    let token = json!({ "$of": [first, "NextToken"] });
    draft.hsm("DescribeClusters", json!({ "NextToken": token }));
    draft.hsm("DescribeBackups", json!({ "NextToken": token }));
    draft.hsm(
        "DescribeClusters",
        json!({ "NextToken": token, "Filters": {"states": ["ACTIVE"]} }),
    );
    for operation in ["DescribeClusters", "DescribeBackups"] {
        draft.hsm(operation, json!({ "Filters": {"noSuchFilter": ["x"]} }));
    }
    let tags = json!({ "ResourceId": cluster, "NextToken": token });
    draft.hsm("ListTags", tags);
    draft.outside(json!({"action": "DeleteSubnet", "subnet": {"$subnet": 2}}));
    draft.hsm(
        "CreateCluster",
        with(&base, &json!({ "SubnetIds": [{"$subnet": 2}] })),
    );
}

fn modify(draft: &mut Draft<'_>, named: &Value) {
    let days = |value: &str| json!({ "Type": "DAYS", "Value": value });
    for changes in [
        json!({}),
        json!({ "HsmType": "hsm9.large" }),
        json!({ "HsmType": "hsm1.medium" }),
        json!({ "HsmType": "hsm2m.medium" }),
        json!({ "BackupRetentionPolicy": days("6") }),
        json!({ "BackupRetentionPolicy": {"Type": "DAYS"} }),
        json!({ "BackupRetentionPolicy": days("60") }),
    ] {
        draft.hsm("ModifyCluster", with(named, &changes));
    }
    draft.hsm("DescribeClusters", json!({}));
}

/// HSMs that cannot be made or deleted, and a cluster at its end.
pub(super) fn hsms(draft: &mut Draft<'_>) {
    let cluster = ready_cluster(draft);
    let named = json!({ "ClusterId": cluster });
    modify(draft, &named);
    let address = json!({ "AvailabilityZone": {"$zone": 0}, "IpAddress": "10.0.0.77" });
    draft.hsm("CreateHsm", with(&named, &address));
    draft.wait(LONG);
    draft.hsm("CreateHsm", with(&named, &address));
    draft.hsm(
        "CreateHsm",
        with(&named, &json!({ "AvailabilityZone": {"$zone": 7} })),
    );
    let listed = draft.hsm("DescribeClusters", json!({}));
    let hsm = |n: usize, member: &str| json!({ "$of": [listed, format!("Clusters.0.Hsms.{n}.{member}")] });
    draft.hsm(
        "DeleteHsm",
        with(
            &named,
            &json!({ "HsmId": hsm(0, "HsmId"), "EniId": hsm(0, "EniId") }),
        ),
    );
    draft.hsm(
        "DeleteHsm",
        with(&named, &json!({ "HsmId": hsm(0, "HsmId") })),
    );
    draft.hsm(
        "DeleteHsm",
        with(&named, &json!({ "HsmId": {"$unknown": "HsmId"} })),
    );
    draft.hsm("DeleteHsm", named.clone());
    draft.wait(LONG);
    for _ in 0..6 {
        draft.hsm(
            "CreateHsm",
            with(&named, &json!({ "AvailabilityZone": {"$zone": 1} })),
        );
        draft.wait(LONG);
    }
    draft.outside(json!({"action": "FillSubnet", "subnet": {"$subnet": 2}, "full": true}));
    draft.hsm(
        "CreateHsm",
        with(&named, &json!({ "AvailabilityZone": {"$zone": 2} })),
    );
    let listed = draft.hsm("DescribeClusters", json!({}));
    for place in 0..7 {
        let hsm = json!({ "$of": [listed, format!("Clusters.0.Hsms.{place}.HsmId")] });
        draft.hsm("DeleteHsm", with(&named, &json!({ "HsmId": hsm })));
    }
    draft.hsm(
        "CreateHsm",
        with(&named, &json!({ "AvailabilityZone": {"$zone": 1} })),
    );
    draft.wait(LONG);
    draft.hsm("DescribeClusters", json!({}));
    draft.hsm("DeleteCluster", named.clone());
    draft.hsm("DeleteCluster", named.clone());
    modify(draft, &named);
    draft.wait(LONG);
    draft.hsm("DescribeClusters", json!({}));
    draft.hsm("DeleteCluster", named.clone());
    modify(draft, &named);
    draft.hsm(
        "CreateHsm",
        with(&named, &json!({ "AvailabilityZone": {"$zone": 1} })),
    );
    draft.hsm(
        "DeleteHsm",
        with(&named, &json!({ "HsmId": {"$unknown": "HsmId"} })),
    );
    let tags = json!({ "ResourceId": cluster, "TagList": [{"Key": "a", "Value": "1"}] });
    draft.hsm("TagResource", tags);
    let tags = json!({ "ResourceId": cluster, "TagKeyList": ["a"] });
    draft.hsm("UntagResource", tags);
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

/// Backups that are used in every way, shared in none, and grow old.
pub(super) fn old_backups(draft: &mut Draft<'_>) {
    let cluster = ready_cluster(draft);
    draft.hsm("DescribeBackups", json!({}));
    draft.wait(LONG);
    let listed = draft.hsm("DescribeBackups", json!({}));
    let backup = json!({ "$of": [listed, "Backups.0.BackupId"] });
    let arn = json!({ "$of": [listed, "Backups.0.BackupArn"] });
    let (region, account) = (json!({ "$region": true }), json!({ "$account": true }));
    let other = json!({
        "$concat": ["arn:aws:cloudhsm:", region, ":", account, ":cluster/", cluster],
    });
    for resource in [&arn, &other] {
        for operation in [
            "GetResourcePolicy",
            "DeleteResourcePolicy",
            "PutResourcePolicy",
        ] {
            let body = json!({ "ResourceArn": resource, "Policy": {"$json": {"Version": "1"}} });
            draft.hsm(operation, body);
        }
    }
    let copy = json!({ "DestinationRegion": "eu-west-1", "BackupId": backup });
    for changes in [
        json!({ "DestinationRegion": {"$region": true} }),
        json!({ "TagList": [{"Key": "same", "Value": "1"}, {"Key": "same", "Value": "2"}] }),
        json!({ "TagList": [{"Key": "aws:reserved", "Value": "1"}] }),
    ] {
        draft.hsm("CopyBackupToRegion", with(&copy, &changes));
    }
    let base = json!({
        "HsmType": "hsm2m.medium", "Mode": "FIPS", "SubnetIds": [{"$subnet": 0}, {"$subnet": 1}],
        "SourceBackupId": backup,
    });
    for changes in [
        json!({ "Mode": "NON_FIPS" }),
        json!({ "HsmType": "hsm1.medium" }),
        json!({ "HsmType": "hsm1.medium", "SourceBackupId": {"$unknown": "BackupId"} }),
    ] {
        draft.hsm("CreateCluster", with(&base, &changes));
    }
    let made = draft.hsm("CreateCluster", base.clone());
    let related = json!({ "$of": [made, "Cluster.ClusterId"] });
    draft.wait(LONG);
    draft.hsm("DescribeClusters", json!({}));
    let body = json!({
        "ClusterId": related, "SignedCert": {"$signed": ["no request", "a"]},
        "TrustAnchor": {"$anchor": "a"},
    });
    draft.hsm("InitializeCluster", body);
    draft.hsm("DeleteCluster", json!({ "ClusterId": related }));
    draft.hsm("DeleteBackup", json!({ "BackupId": backup }));
    draft.hsm("CreateCluster", base);
    draft.hsm(
        "ModifyBackupAttributes",
        json!({ "BackupId": backup, "NeverExpires": false }),
    );
    draft.hsm("RestoreBackup", json!({ "BackupId": backup }));
    for first in [0, 20] {
        let tags: Value = (first..first + 31)
            .map(|n| json!({ "Key": format!("t{n}"), "Value": "v" }))
            .collect();
        draft.hsm(
            "TagResource",
            json!({ "ResourceId": backup, "TagList": tags }),
        );
    }
    draft.wait(100 * 86_400);
    let named = json!({ "BackupId": backup });
    draft.hsm("CopyBackupToRegion", copy);
    draft.hsm(
        "ModifyBackupAttributes",
        with(&named, &json!({ "NeverExpires": false })),
    );
    draft.hsm("RestoreBackup", named.clone());
    draft.hsm("DeleteBackup", named);
}

/// Asymmetric keys with too long a plaintext or a context, and ciphertexts of deleted keys.
pub(super) fn ciphertexts(draft: &mut Draft<'_>) {
    let created = |draft: &mut Draft<'_>, body: Value| {
        let made = draft.kms("CreateKey", body);
        json!({ "$of": [made, "KeyMetadata.KeyId"] })
    };
    let plain = created(draft, json!({}));
    let doomed = created(draft, json!({}));
    let rsa = json!({ "KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT" });
    let rsa = created(draft, rsa);
    let imported = created(draft, json!({ "Origin": "EXTERNAL" }));
    let oaep = "RSAES_OAEP_SHA_256";
    let long = json!({ "$bytes": [6, 400] });
    draft.kms(
        "Encrypt",
        json!({ "KeyId": rsa, "Plaintext": long, "EncryptionAlgorithm": oaep }),
    );
    let sealed = |draft: &mut Draft<'_>, key: &Value| {
        let step = draft.kms("Encrypt", json!({ "KeyId": key, "Plaintext": long }));
        json!({ "$of": [step, "CiphertextBlob"] })
    };
    let kept = sealed(draft, &plain);
    let lost = sealed(draft, &doomed);
    draft.kms(
        "ReEncrypt",
        json!({
            "CiphertextBlob": kept, "DestinationKeyId": rsa,
            "DestinationEncryptionAlgorithm": oaep,
        }),
    );
    draft.kms(
        "Decrypt",
        json!({ "CiphertextBlob": kept, "KeyId": doomed }),
    );
    created(
        draft,
        json!({ "KeySpec": "ML_DSA_65", "KeyUsage": "SIGN_VERIFY", "Origin": "EXTERNAL" }),
    );
    let mac = json!({ "KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC" });
    let mac = created(draft, mac);
    draft.kms(
        "GenerateMac",
        json!({ "KeyId": mac, "Message": {"$bytes": [1, 8]}, "MacAlgorithm": "HMAC_SHA_512" }),
    );
    draft.kms(
        "Decrypt",
        json!({
            "CiphertextBlob": {"$bytes": [8, 256]}, "KeyId": rsa, "EncryptionAlgorithm": oaep,
            "EncryptionContext": {"purpose": "test"},
        }),
    );
    for key in [&doomed, &imported] {
        let body = json!({ "KeyId": key, "PendingWindowInDays": 7 });
        draft.kms("ScheduleKeyDeletion", body);
    }
    draft.kms(
        "GetParametersForImport",
        json!({
            "KeyId": imported, "WrappingAlgorithm": "RSAES_OAEP_SHA_256",
            "WrappingKeySpec": "RSA_2048",
        }),
    );
    draft.wait(9 * 86_400);
    draft.kms("ListKeys", json!({}));
    draft.kms(
        "ReEncrypt",
        json!({ "CiphertextBlob": lost, "DestinationKeyId": plain }),
    );
}
