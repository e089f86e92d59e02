//! Clusters and HSMs that cannot be: each request is a good one with a few members changed.

use super::draft::Draft;
use super::scenes::{LONG, ready_cluster, uninitialised_cluster, with};
use serde_json::{Value, json};

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
    let unknown = json!({ "ResourceId": cluster, "NextToken": {"$unknown": "NextToken"} });
    draft.hsm("ListTags", unknown);
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
    let early = uninitialised_cluster(draft);
    let filters = json!({ "Filters": {"clusterIds": [early]} });
    let early = json!({ "ClusterId": early });
    let listed = draft.hsm("DescribeClusters", filters);
    let only = json!({ "$of": [listed, "Clusters.0.Hsms.0.HsmId"] });
    let zone = json!({ "AvailabilityZone": {"$zone": 1} });
    draft.hsm("CreateHsm", with(&early, &zone));
    draft.hsm("DeleteHsm", with(&early, &json!({ "HsmId": only })));
    draft.wait(LONG);
    draft.hsm(
        "CreateHsm",
        with(&early, &json!({ "AvailabilityZone": {"$zone": 0} })),
    );
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
    let listed = draft.hsm(
        "DescribeClusters",
        json!({ "Filters": {"clusterIds": [cluster]} }),
    );
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
    let listed = draft.hsm(
        "DescribeClusters",
        json!({ "Filters": {"clusterIds": [cluster]} }),
    );
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
