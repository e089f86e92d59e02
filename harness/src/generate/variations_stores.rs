//! Key stores that cannot be: each request is a good one with a few members changed.

use super::draft::Draft;
use super::scenes::{
    LONG, activate, cloudhsm_store, connect, external_store, key_store, proxy, ready_cluster,
    uninitialised_cluster, vpc_service, with,
};
use serde_json::{Value, json};

/// CloudHSM key stores that cannot be made, and what an update cannot change.
pub(super) fn cloudhsm_stores(draft: &mut Draft<'_>) {
    let cluster = ready_cluster(draft);
    let odd = json!({ "KeyStorePassword": "with spaces" });
    let made = draft.kms(
        "CreateCustomKeyStore",
        with(&cloudhsm_store("odd", &cluster), &odd),
    );
    let odd = json!({ "$of": [made, "CustomKeyStoreId"] });
    draft.kms("DeleteCustomKeyStore", json!({ "CustomKeyStoreId": odd }));
    let made = draft.kms("CreateCustomKeyStore", cloudhsm_store("varied", &cluster));
    let store = json!({ "$of": [made, "CustomKeyStoreId"] });
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
    let vpc = |number: usize| {
        json!({
            "XksProxyConnectivity": "VPC_ENDPOINT_SERVICE",
            "XksProxyVpcEndpointServiceName": vpc_service(number),
        })
    };
    let public = draft.kms("CreateCustomKeyStore", external_store("public", 1));
    let private = with(&external_store("private", 2), &vpc(0));
    let private = draft.kms("CreateCustomKeyStore", private);
    let base = external_store("varied", 3);
    let failing = json!({
        "action": "FailProxy", "endpoint": proxy(4),
        "error": "XKS_PROXY_NOT_REACHABLE",
    });
    draft.outside(failing);
    let same_endpoint = json!({
        "XksProxyUriEndpoint": proxy(1), "XksProxyUriPath": "/other/kms/xks/v1",
    });
    let variations = [
        json!({ "XksProxyUriPath": null }),
        json!({ "XksProxyConnectivity": "VPC_ENDPOINT_SERVICE" }),
        json!({
            "XksProxyVpcEndpointServiceName": vpc_service(9),
        }),
        json!({ "XksProxyUriEndpoint": proxy(4) }),
        json!({ "XksProxyUriEndpoint": proxy(1) }),
        with(&vpc(1), &same_endpoint),
        vpc(0),
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
    let credential = json!({ "XksProxyAuthenticationCredential": {
        "AccessKeyId": "TSRQPONMLKJIHGFEDCBA", "RawSecretAccessKey": {"$text": ["t", 43]},
    }});
    draft.kms("UpdateCustomKeyStore", with(&named, &credential));
    let elsewhere = json!({ "XksProxyUriEndpoint": proxy(9) });
    let taken = with(&vpc(0), &elsewhere);
    draft.kms("UpdateCustomKeyStore", with(&named, &taken));
    draft.kms("DescribeCustomKeyStores", named.clone());
    connect(draft, &json!({ "$of": [made, "CustomKeyStoreId"] }));
    draft.kms(
        "UpdateCustomKeyStore",
        with(&named, &json!({ "XksProxyUriPath": "/late/kms/xks/v1" })),
    );
}
