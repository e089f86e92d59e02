//! Scenarios: directed plans for what random choice would take long to find, and for the procedures
//! that people follow. Every run plays them first.

use super::draft::Draft;
use super::scenes::{
    LONG, activate, cloudhsm_store, connect, connected_store, external_store, key_in_store,
    key_store, look_around, ready_cluster, uninitialised_cluster,
};
use super::{Generated, private_emulator, sweeps, variations};
use crate::session::Identity;
use kms_conformance_model::Switches;
use serde_json::{Value, json};

type Scenario = (&'static str, fn(&mut Draft<'_>));

const SCENARIOS: &[Scenario] = &[
    (
        "the console procedure: a key in a CloudHSM key store",
        console_procedure,
    ),
    ("every cause of a failed connection", failed_connections),
    (
        "keys become unavailable with their store and come back",
        disconnection,
    ),
    ("a connected store whose cluster breaks", broken_cluster),
    ("an identical key store is made only once", identical_store),
    ("a key store moves to a related cluster", related_cluster),
    ("the quota of key stores", store_quota),
    ("external key stores", external_stores),
    ("a backup and what may be done with it", backups),
    (
        "certificates that do not initialise a cluster",
        wrong_certificates,
    ),
    ("a deletion that comes to its end", deletion),
    ("the limit of aliases", alias_limit),
    (
        "CloudHSM key stores that cannot be",
        variations::cloudhsm_stores,
    ),
    (
        "clusters that are unfit for a key store",
        variations::unfit_clusters,
    ),
    (
        "external key stores that cannot be",
        variations::external_stores,
    ),
    ("clusters that cannot be", variations::clusters),
    ("HSMs that cannot be", variations::hsms),
    (
        "a key store whose cluster is deleted",
        variations::lost_cluster,
    ),
    ("backups that grow old", variations::old_backups),
    ("ciphertexts that do not open", variations::ciphertexts),
];

/// A directed plan by its number, tried on a private emulator.
pub fn scenario(number: usize, identity: &Identity) -> Option<Generated> {
    let emulator = private_emulator(identity, &Switches::none());
    let mut draft = Draft::begin(&emulator, identity)?;
    let title = match SCENARIOS.get(number) {
        Some((title, write)) => {
            write(&mut draft);
            (*title).to_owned()
        }
        None => sweeps::write(number - SCENARIOS.len(), &mut draft)?,
    };
    look_around(&mut draft);
    let (plan, played) = draft.finish(&title);
    Some(Generated { plan, played })
}

/// What a person does in the console: choose the key store, name the key, describe and tag it, say
/// who administers and uses it, look at the policy, and find the key with its store and cluster.
fn console_procedure(draft: &mut Draft<'_>) {
    let (store, cluster) = connected_store(draft, "my-key-store");
    draft.kms("DescribeCustomKeyStores", json!({}));
    draft.hsm(
        "DescribeClusters",
        json!({ "Filters": {"clusterIds": [cluster]} }),
    );
    let account = json!({ "$account": true });
    let user = |path: &str| json!({ "$concat": ["arn:aws:iam::", account, path] });
    let administers = [
        "kms:Create*",
        "kms:Describe*",
        "kms:Put*",
        "kms:ScheduleKeyDeletion",
    ];
    let uses = [
        "kms:Encrypt",
        "kms:Decrypt",
        "kms:ReEncrypt*",
        "kms:GenerateDataKey*",
    ];
    let allow = |who: Value, what: Value| json!({"Effect": "Allow", "Principal": {"AWS": who}, "Action": what, "Resource": "*"});
    let policy = json!({ "$json": {
        "Version": "2012-10-17",
        "Id": "key-consolepolicy-3",
        "Statement": [
            allow(user(":root"), json!("kms:*")),
            allow(user(":role/KeyAdministrators"), json!(administers)),
            allow(json!([user(":user/alice"), "arn:aws:iam::444455556666:root"]), json!(uses)),
        ],
    }});
    let made = draft.kms(
        "CreateKey",
        json!({
            "Origin": "AWS_CLOUDHSM",
            "CustomKeyStoreId": store,
            "KeySpec": "SYMMETRIC_DEFAULT",
            "KeyUsage": "ENCRYPT_DECRYPT",
            "Description": "made as in the console",
            "Tags": [{"TagKey": "Department", "TagValue": "HR"}],
            "Policy": policy,
        }),
    );
    let key = json!({ "$of": [made, "KeyMetadata.KeyId"] });
    let alias = json!({ "$concat": ["alias/", {"$name": "console"}] });
    draft.kms(
        "CreateAlias",
        json!({ "AliasName": alias, "TargetKeyId": key }),
    );
    draft.kms("DescribeKey", json!({ "KeyId": alias }));
    draft.kms(
        "GetKeyPolicy",
        json!({ "KeyId": key, "PolicyName": "default" }),
    );
    draft.kms("ListResourceTags", json!({ "KeyId": key }));
    let sealed = draft.kms(
        "Encrypt",
        json!({ "KeyId": alias, "Plaintext": {"$bytes": [1, 32]} }),
    );
    draft.kms(
        "Decrypt",
        json!({ "CiphertextBlob": {"$of": [sealed, "CiphertextBlob"]} }),
    );
}

fn failed_connections(draft: &mut Draft<'_>) {
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

fn disconnection(draft: &mut Draft<'_>) {
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

fn broken_cluster(draft: &mut Draft<'_>) {
    let (store, cluster) = connected_store(draft, "breaking");
    let key = key_in_store(draft, &store);
    let encrypt = json!({ "KeyId": key, "Plaintext": {"$bytes": [3, 16]} });
    draft.kms("Encrypt", encrypt.clone());
    let arn = json!({ "$concat": ["arn:aws:kms:", {"$region": true}, ":", {"$account": true},
        ":key/", key] });
    let other = key_in_store(draft, &store);
    draft.outside(json!({"action": "DeleteHsmKey", "cluster": cluster, "label": arn}));
    draft.kms("Encrypt", encrypt);
    let encrypt = json!({ "KeyId": other, "Plaintext": {"$bytes": [3, 16]} });
    draft.kms("Encrypt", encrypt.clone());
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

fn identical_store(draft: &mut Draft<'_>) {
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

fn related_cluster(draft: &mut Draft<'_>) {
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

fn store_quota(draft: &mut Draft<'_>) {
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

fn external_stores(draft: &mut Draft<'_>) {
    let made = draft.kms("CreateCustomKeyStore", external_store("outer", 1));
    let store = json!({ "$of": [made, "CustomKeyStoreId"] });
    draft.kms("CreateCustomKeyStore", external_store("outer", 2));
    draft.kms("CreateCustomKeyStore", external_store("inner", 1));
    let endpoint = "https://xks1.example.com";
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
    draft.kms("CreateKey", key("bb8562717f809024"));
    draft.kms("CreateKey", key("bb8562717f809024"));
    draft.kms("CreateKey", key("cc9673828f910135"));
    draft.kms(
        "GenerateRandom",
        json!({ "NumberOfBytes": 8, "CustomKeyStoreId": store }),
    );
}

fn backups(draft: &mut Draft<'_>) {
    ready_cluster(draft);
    draft.hsm("DescribeBackups", json!({}));
    draft.wait(LONG);
    let listed = draft.hsm("DescribeBackups", json!({}));
    let backup = json!({ "$of": [listed, "Backups.0.BackupId"] });
    let arn = json!({ "$of": [listed, "Backups.0.BackupArn"] });
    let policy = json!({ "$json": {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"AWS": "444455556666"},
        "Action": ["cloudhsm:CreateCluster", "cloudhsm:DescribeBackups"],
        "Resource": arn,
    }]}});
    draft.hsm("GetResourcePolicy", json!({ "ResourceArn": arn }));
    draft.hsm(
        "PutResourcePolicy",
        json!({ "ResourceArn": arn, "Policy": policy }),
    );
    draft.hsm("GetResourcePolicy", json!({ "ResourceArn": arn }));
    draft.hsm("DeleteResourcePolicy", json!({ "ResourceArn": arn }));
    draft.hsm("DeleteResourcePolicy", json!({ "ResourceArn": arn }));
    draft.hsm("GetResourcePolicy", json!({ "ResourceArn": arn }));
    draft.hsm(
        "ModifyBackupAttributes",
        json!({ "BackupId": backup, "NeverExpires": true }),
    );
    draft.hsm(
        "DescribeBackups",
        json!({ "Filters": {"neverExpires": ["true"]} }),
    );
    let tags = json!([{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]);
    draft.hsm(
        "TagResource",
        json!({ "ResourceId": backup, "TagList": tags }),
    );
    let first = draft.hsm("ListTags", json!({ "ResourceId": backup, "MaxResults": 1 }));
    let token = json!({ "$of": [first, "NextToken"] });
    draft.hsm(
        "ListTags",
        json!({ "ResourceId": backup, "NextToken": token }),
    );
    draft.hsm(
        "UntagResource",
        json!({ "ResourceId": backup, "TagKeyList": ["a"] }),
    );
    draft.hsm("ListTags", json!({ "ResourceId": backup }));
    let copy = json!({ "DestinationRegion": "eu-west-1", "BackupId": backup });
    draft.hsm("CopyBackupToRegion", copy.clone());
    draft.hsm("RestoreBackup", json!({ "BackupId": backup }));
    draft.hsm("DeleteBackup", json!({ "BackupId": backup }));
    draft.hsm("DeleteBackup", json!({ "BackupId": backup }));
    draft.hsm(
        "PutResourcePolicy",
        json!({ "ResourceArn": arn, "Policy": policy }),
    );
    draft.hsm("CopyBackupToRegion", copy.clone());
    draft.hsm(
        "DescribeBackups",
        json!({ "Filters": {"states": ["PENDING_DELETION"]} }),
    );
    draft.hsm("RestoreBackup", json!({ "BackupId": backup }));
    draft.hsm("DescribeBackups", json!({}));
    draft.hsm("DeleteBackup", json!({ "BackupId": backup }));
    draft.wait(9 * 86_400);
    draft.hsm("DescribeBackups", json!({}));
    for operation in ["DeleteBackup", "RestoreBackup", "CopyBackupToRegion"] {
        draft.hsm(
            operation,
            match operation {
                "CopyBackupToRegion" => copy.clone(),
                _ => json!({ "BackupId": backup }),
            },
        );
    }
    draft.hsm(
        "ModifyBackupAttributes",
        json!({ "BackupId": backup, "NeverExpires": true }),
    );
    draft.hsm(
        "TagResource",
        json!({ "ResourceId": backup, "TagList": [{"Key": "a", "Value": "1"}] }),
    );
    draft.hsm(
        "UntagResource",
        json!({ "ResourceId": backup, "TagKeyList": ["a"] }),
    );
}

fn wrong_certificates(draft: &mut Draft<'_>) {
    let cluster = uninitialised_cluster(draft);
    let described = draft.hsm(
        "DescribeClusters",
        json!({"Filters": {"clusterIds": [cluster]}}),
    );
    let csr = json!({ "$of": [described, "Clusters.0.Certificates.ClusterCsr"] });
    let anchor = |name: &str| json!({ "$anchor": name });
    let signed = |name: &str| json!({ "$signed": [csr, name] });
    for (signed, anchor) in [
        (json!("not a certificate"), anchor("a")),
        (signed("a"), json!("not a certificate")),
        (signed("a"), anchor("b")),
        (signed("a"), signed("a")),
        (anchor("a"), anchor("a")),
        (
            json!({ "$concat": [signed("a"), {"$text": ["\n", 5000]}] }),
            anchor("a"),
        ),
    ] {
        draft.hsm(
            "InitializeCluster",
            json!({ "ClusterId": cluster, "SignedCert": signed, "TrustAnchor": anchor }),
        );
    }
    activate(draft, &cluster);
    activate(draft, &cluster);
    let delete = json!({ "ClusterId": cluster });
    draft.hsm("DeleteCluster", delete.clone());
    let listed = draft.hsm(
        "DescribeClusters",
        json!({"Filters": {"clusterIds": [cluster]}}),
    );
    let hsm = json!({ "$of": [listed, "Clusters.0.Hsms.0.HsmId"] });
    draft.hsm("DeleteHsm", json!({ "ClusterId": cluster, "HsmId": hsm }));
    draft.hsm("DescribeClusters", json!({}));
    draft.wait(LONG);
    draft.hsm("DescribeClusters", json!({}));
    draft.hsm("DeleteCluster", delete);
    draft.hsm("DescribeClusters", json!({}));
    draft.wait(LONG);
}

fn deletion(draft: &mut Draft<'_>) {
    let (store, _) = connected_store(draft, "emptied");
    let inside = key_in_store(draft, &store);
    let made = draft.kms("CreateKey", json!({}));
    let plain = json!({ "$of": [made, "KeyMetadata.KeyId"] });
    let alias = json!({ "$concat": ["alias/", {"$name": "doomed"}] });
    draft.kms(
        "CreateAlias",
        json!({ "AliasName": alias, "TargetKeyId": plain }),
    );
    let sealed = draft.kms(
        "Encrypt",
        json!({ "KeyId": plain, "Plaintext": {"$bytes": [4, 16]} }),
    );
    for key in [&inside, &plain] {
        draft.kms(
            "ScheduleKeyDeletion",
            json!({ "KeyId": key, "PendingWindowInDays": 7 }),
        );
        draft.kms("DescribeKey", json!({ "KeyId": key }));
    }
    draft.kms("ListKeys", json!({}));
    draft.wait(9 * 86_400);
    draft.kms("ListKeys", json!({}));
    draft.kms("DescribeKey", json!({ "KeyId": plain }));
    draft.kms("DescribeKey", json!({ "KeyId": alias }));
    draft.kms(
        "Decrypt",
        json!({ "CiphertextBlob": {"$of": [sealed, "CiphertextBlob"]} }),
    );
    let body = json!({ "CustomKeyStoreId": store });
    draft.kms("DisconnectCustomKeyStore", body.clone());
    draft.wait(LONG);
    draft.kms("DeleteCustomKeyStore", body.clone());
    draft.kms("DescribeCustomKeyStores", body);
}

fn alias_limit(draft: &mut Draft<'_>) {
    let made = draft.kms("CreateKey", json!({}));
    let key = json!({ "$of": [made, "KeyMetadata.KeyId"] });
    for number in 0..51 {
        let alias = json!({ "$concat": ["alias/", {"$name": format!("n{number}")}] });
        draft.kms(
            "CreateAlias",
            json!({ "AliasName": alias, "TargetKeyId": key }),
        );
    }
    let first = draft.kms("ListAliases", json!({ "KeyId": key }));
    let marker = json!({ "$of": [first, "NextMarker"] });
    draft.kms("ListAliases", json!({ "KeyId": key, "Marker": marker }));
    let many: Value = (0..30)
        .map(|n| json!({"TagKey": format!("t{n}"), "TagValue": "v"}))
        .collect();
    draft.kms("TagResource", json!({ "KeyId": key, "Tags": many }));
    let more: Value = (20..51)
        .map(|n| json!({"TagKey": format!("t{n}"), "TagValue": "w"}))
        .collect();
    draft.kms("TagResource", json!({ "KeyId": key, "Tags": more }));
    let first = draft.kms("ListResourceTags", json!({ "KeyId": key, "Limit": 7 }));
    let marker = json!({ "$of": [first, "NextMarker"] });
    draft.kms("ListAliases", json!({ "KeyId": key, "Marker": marker }));
    let made = draft.kms("CreateKey", json!({}));
    let other = json!({ "$of": [made, "KeyMetadata.KeyId"] });
    draft.kms(
        "ListResourceTags",
        json!({ "KeyId": other, "Marker": marker }),
    );
    let first = draft.kms("ListAliases", json!({ "KeyId": key, "Limit": 7 }));
    let marker = json!({ "$of": [first, "NextMarker"] });
    draft.kms("ListAliases", json!({ "KeyId": other, "Marker": marker }));
    let alias = json!({ "$concat": ["alias/", {"$name": "one-more"}] });
    draft.kms(
        "CreateAlias",
        json!({ "AliasName": alias, "TargetKeyId": other }),
    );
    draft.kms(
        "UpdateAlias",
        json!({ "AliasName": alias, "TargetKeyId": key }),
    );
}
