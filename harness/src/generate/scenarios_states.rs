//! Scenarios that bring a cluster, a backup and a key store into each state that lasts, and try there
//! every operation that names one. Keys have sweeps of their own.

use super::draft::Draft;
use super::scenes::{LONG, add_hsm, cloudhsm_store, connect, key_store, look_at_cluster, with};
use serde_json::{Value, json};

/// A password that `kmsuser` does not have.
const WRONG_PASSWORD: &str = "kmsPswd9";

pub(super) fn clusters(draft: &mut Draft<'_>) {
    let body = json!({
        "HsmType": "hsm2m.medium", "Mode": "FIPS",
        "SubnetIds": [{"$subnet": 0}, {"$subnet": 1}, {"$subnet": 2}],
    });
    let made = draft.hsm("CreateCluster", body.clone());
    let unused = json!({ "$of": [made, "Cluster.ClusterId"] });
    let made = draft.hsm("CreateCluster", body);
    let cluster = json!({ "$of": [made, "Cluster.ClusterId"] });
    draft.wait(LONG);
    look_at_cluster(draft, &unused);
    on_cluster(draft, &unused);
    draft.hsm("DeleteCluster", json!({ "ClusterId": unused }));
    look_at_cluster(draft, &cluster);
    add_hsm(draft, &cluster, 0);
    on_cluster(draft, &cluster);
    draft.hsm("DeleteCluster", json!({ "ClusterId": cluster }));
    let described = look_at_cluster(draft, &cluster);
    let csr = json!({ "$of": [described, "Clusters.0.Certificates.ClusterCsr"] });
    draft.hsm(
        "InitializeCluster",
        json!({
            "ClusterId": cluster, "SignedCert": {"$signed": [csr, "a"]},
            "TrustAnchor": {"$anchor": "a"},
        }),
    );
    draft.wait(LONG);
    look_at_cluster(draft, &cluster);
    on_cluster(draft, &cluster);
    draft.hsm("DeleteCluster", json!({ "ClusterId": cluster }));
    draft.outside(json!({ "action": "ActivateCluster", "cluster": cluster }));
    on_cluster(draft, &cluster);
    draft.hsm("DeleteCluster", json!({ "ClusterId": cluster }));
    add_hsm(draft, &cluster, 1);
    on_cluster(draft, &cluster);
    draft.hsm("DeleteCluster", json!({ "ClusterId": cluster }));
    let described = look_at_cluster(draft, &cluster);
    for place in 0..2 {
        let hsm = json!({ "$of": [described, format!("Clusters.0.Hsms.{place}.HsmId")] });
        draft.hsm("DeleteHsm", json!({ "ClusterId": cluster, "HsmId": hsm }));
    }
    draft.wait(LONG);
    look_at_cluster(draft, &cluster);
    on_cluster(draft, &cluster);
    draft.hsm("DeleteCluster", json!({ "ClusterId": cluster }));
    draft.wait(LONG);
    for gone in [cluster, unused, json!({ "$unknown": "ClusterId" })] {
        look_at_cluster(draft, &gone);
        on_cluster(draft, &gone);
        draft.hsm("DeleteCluster", json!({ "ClusterId": gone }));
    }
}

/// Every operation that names a cluster, none of which leaves it in another state.
fn on_cluster(draft: &mut Draft<'_>, cluster: &Value) {
    tags(draft, cluster);
    // The wrong trust anchor keeps the cluster free, and the wrong zone as it is.
    let anchor = json!({ "TrustAnchorCertificate": {"$anchor": "b"} });
    draft.kms(
        "CreateCustomKeyStore",
        with(&cloudhsm_store("each-state", cluster), &anchor),
    );
    draft.hsm(
        "InitializeCluster",
        json!({
            "ClusterId": cluster, "SignedCert": {"$signed": ["no request", "a"]},
            "TrustAnchor": {"$anchor": "a"},
        }),
    );
    draft.hsm(
        "ModifyCluster",
        json!({
            "ClusterId": cluster, "BackupRetentionPolicy": {"Type": "DAYS", "Value": "90"},
        }),
    );
    draft.hsm(
        "CreateHsm",
        json!({ "ClusterId": cluster, "AvailabilityZone": "us-east-1f" }),
    );
    draft.hsm(
        "DeleteHsm",
        json!({ "ClusterId": cluster, "HsmId": {"$unknown": "HsmId"} }),
    );
}

fn tags(draft: &mut Draft<'_>, resource: &Value) {
    draft.hsm("ListTags", json!({ "ResourceId": resource }));
    let tags = json!([{ "Key": "a", "Value": "1" }]);
    draft.hsm(
        "TagResource",
        json!({ "ResourceId": resource, "TagList": tags }),
    );
    draft.hsm(
        "UntagResource",
        json!({ "ResourceId": resource, "TagKeyList": ["a"] }),
    );
}

pub(super) fn backups(draft: &mut Draft<'_>) {
    draft.hsm("DescribeBackups", json!({}));
    super::scenes::ready_cluster(draft);
    draft.hsm("DescribeBackups", json!({}));
    draft.wait(LONG);
    let listed = draft.hsm("DescribeBackups", json!({}));
    let backup = json!({ "$of": [listed, "Backups.0.BackupId"] });
    let arn = json!({ "$of": [listed, "Backups.0.BackupArn"] });
    let (region, account) = (json!({ "$region": true }), json!({ "$account": true }));
    let unknown = json!({ "$unknown": "BackupId" });
    let unknown_arn = json!({
        "$concat": ["arn:aws:cloudhsm:", region, ":", account, ":backup/", unknown],
    });
    on_backup(draft, &backup, &arn);
    draft.hsm("RestoreBackup", json!({ "BackupId": backup }));
    draft.hsm("DeleteBackup", json!({ "BackupId": backup }));
    on_backup(draft, &backup, &arn);
    draft.hsm("DeleteBackup", json!({ "BackupId": backup }));
    draft.hsm("RestoreBackup", json!({ "BackupId": backup }));
    draft.hsm("DeleteBackup", json!({ "BackupId": backup }));
    draft.wait(9 * 86_400);
    draft.hsm("DescribeBackups", json!({}));
    for (id, arn) in [(&backup, &arn), (&unknown, &unknown_arn)] {
        on_backup(draft, id, arn);
        draft.hsm("RestoreBackup", json!({ "BackupId": id }));
        draft.hsm("DeleteBackup", json!({ "BackupId": id }));
    }
    for operation in [
        "GetResourcePolicy",
        "PutResourcePolicy",
        "DeleteResourcePolicy",
    ] {
        draft.hsm(operation, json!({}));
    }
}

/// Every operation that names a backup, none of which leaves it in another state.
fn on_backup(draft: &mut Draft<'_>, backup: &Value, arn: &Value) {
    tags(draft, backup);
    draft.hsm(
        "CopyBackupToRegion",
        json!({ "DestinationRegion": "eu-west-1", "BackupId": backup }),
    );
    draft.hsm(
        "ModifyBackupAttributes",
        json!({ "BackupId": backup, "NeverExpires": true }),
    );
    let base = json!({
        "HsmType": "hsm2m.medium", "Mode": "NON_FIPS", "SubnetIds": [{"$subnet": 0}],
    });
    draft.hsm(
        "CreateCluster",
        with(&base, &json!({ "SourceBackupId": backup })),
    );
    let policy = json!({ "$json": {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"AWS": "444455556666"},
        "Action": ["cloudhsm:CreateCluster", "cloudhsm:DescribeBackups"],
        "Resource": arn,
    }]}});
    draft.hsm(
        "PutResourcePolicy",
        json!({ "ResourceArn": arn, "Policy": policy }),
    );
    draft.hsm("GetResourcePolicy", json!({ "ResourceArn": arn }));
    draft.hsm("DeleteResourcePolicy", json!({ "ResourceArn": arn }));
}

pub(super) fn key_stores(draft: &mut Draft<'_>) {
    draft.kms("DescribeCustomKeyStores", json!({}));
    let (store, _) = key_store(draft, "each-state");
    let body = json!({ "CustomKeyStoreId": store });
    let password = |text: &str| json!({ "CustomKeyStoreId": store, "KeyStorePassword": text });
    on_store(draft, &store);
    draft.kms("DisconnectCustomKeyStore", body.clone());
    draft.kms("UpdateCustomKeyStore", password(WRONG_PASSWORD));
    // It is sure to fail, so that what is possible only before tells that it is under way.
    draft.kms("ConnectCustomKeyStore", body.clone());
    draft.kms("ConnectCustomKeyStore", body.clone());
    draft.wait(LONG);
    draft.kms("DescribeCustomKeyStores", body.clone());
    on_store(draft, &store);
    draft.kms("DeleteCustomKeyStore", body.clone());
    draft.kms("ConnectCustomKeyStore", body.clone());
    draft.kms("DisconnectCustomKeyStore", body.clone());
    draft.wait(LONG);
    draft.kms("DescribeCustomKeyStores", body.clone());
    draft.kms("UpdateCustomKeyStore", password(super::scenes::PASSWORD));
    draft.kms("ConnectCustomKeyStore", body.clone());
    draft.kms("DescribeCustomKeyStores", body.clone());
    on_store(draft, &store);
    // A connected one could get another name.
    draft.kms("UpdateCustomKeyStore", renaming(&body));
    draft.wait(LONG);
    draft.kms("DescribeCustomKeyStores", body.clone());
    // Without keys the key store could be deleted, so that its connection alone forbids it.
    leave(draft, &body);
    connect(draft, &store);
    on_store(draft, &store);
    draft.kms("UpdateCustomKeyStore", body.clone());
    draft.kms("DeleteCustomKeyStore", body.clone());
    draft.kms("ConnectCustomKeyStore", body.clone());
    leave(draft, &body);
    draft.kms("DeleteCustomKeyStore", body);
    draft.kms("GenerateRandom", json!({ "NumberOfBytes": 16 }));
    let unknown = json!({ "$unknown": "CustomKeyStoreId" });
    on_store(draft, &unknown);
    let body = json!({ "CustomKeyStoreId": unknown });
    draft.kms("DisconnectCustomKeyStore", body.clone());
    forbidden(draft, &body);
}

/// Disconnects a key store, and tries what its disconnection stands in the way of.
fn leave(draft: &mut Draft<'_>, body: &Value) {
    draft.kms("DisconnectCustomKeyStore", body.clone());
    draft.kms("DescribeCustomKeyStores", body.clone());
    forbidden(draft, body);
    draft.wait(LONG);
    draft.kms("DescribeCustomKeyStores", body.clone());
}

/// What is possible neither on a key store that is disconnecting nor on one that is not there.
fn forbidden(draft: &mut Draft<'_>, body: &Value) {
    draft.kms("ConnectCustomKeyStore", body.clone());
    draft.kms("UpdateCustomKeyStore", renaming(body));
    draft.kms("DeleteCustomKeyStore", body.clone());
}

fn renaming(body: &Value) -> Value {
    let name = json!({ "NewCustomKeyStoreName": {"$name": "renamed"} });
    with(body, &name)
}

/// The operations that only look at a key store. What they make is a key, or nothing.
fn on_store(draft: &mut Draft<'_>, store: &Value) {
    draft.kms(
        "CreateKey",
        json!({ "Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": store }),
    );
    draft.kms(
        "GenerateRandom",
        json!({ "NumberOfBytes": 16, "CustomKeyStoreId": store }),
    );
    draft.kms(
        "DescribeCustomKeyStores",
        json!({ "CustomKeyStoreId": store }),
    );
}
