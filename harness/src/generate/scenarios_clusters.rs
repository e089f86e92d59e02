//! Scenarios about clusters, certificates and backups.

use super::draft::Draft;
use super::scenes::{LONG, activate, ready_cluster, uninitialised_cluster, with};
use serde_json::{Value, json};

pub(super) fn backups(draft: &mut Draft<'_>) {
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

pub(super) fn wrong_certificates(draft: &mut Draft<'_>) {
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
    for keys in [["same", "same"], ["aws:reserved", "fine"]] {
        let tags = keys.map(|key| json!({ "Key": key, "Value": "v" }));
        draft.hsm(
            "TagResource",
            json!({ "ResourceId": backup, "TagList": tags }),
        );
    }
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
