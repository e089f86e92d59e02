//! Things that happen outside, chosen among those that are possible.

use super::dice::Dice;
use super::draft::Draft;
use kms_conformance_model::state::{Cluster, ClusterState};
use serde_json::{Value, json};

/// How a proxy may fail for a single external key.
pub(super) const KEY_FAILURES: &[&str] = &[
    "KeyNotFoundException",
    "InvalidStateException",
    "InvalidKeyUsageException",
    "AccessDeniedException",
    "UnsupportedOperationException",
    "UnfitKey",
    "InvalidCiphertextException",
    "InvalidCiphertext",
];

/// An outside action that is possible by now, if there is one.
pub(crate) fn action(dice: &mut Dice, draft: &Draft<'_>) -> Option<Value> {
    let state = draft.state()?;
    let clusters = draft.in_order(state.clusters.keys());
    if clusters.is_empty() || dice.chance(15) {
        return elsewhere(dice, draft);
    }
    let cluster = state.clusters.get(*dice.pick(&clusters)?)?;
    let id = draft.name(&cluster.id);
    match cluster.state.value {
        ClusterState::Initialized => Some(json!({"action": "ActivateCluster", "cluster": id})),
        ClusterState::Active => with_cluster(dice, draft, cluster, &id),
        _ => None,
    }
}

fn with_cluster(
    dice: &mut Dice,
    draft: &Draft<'_>,
    cluster: &Cluster,
    id: &Value,
) -> Option<Value> {
    let hsms = draft.in_order(cluster.active_hsms().map(|hsm| &hsm.id));
    let hsm = dice.pick(&hsms).map(|id| draft.name(id));
    let user = cluster.kmsuser.is_some();
    Some(match dice.below(10) {
        0 if user => json!({"action": "DeleteKmsUser", "cluster": id}),
        1 | 2 if user => {
            json!({"action": "ChangeKmsUserPassword", "cluster": id, "password": "kmsPswd2"})
        }
        3 if user => json!({"action": "LogInKmsUser", "cluster": id}),
        4 if user => json!({"action": "LogOutKmsUser", "cluster": id}),
        5 if user => json!({"action": "FailLogins", "cluster": id, "times": 5}),
        6 => json!({"action": "FailHsm", "cluster": id, "hsm": hsm?}),
        7 => json!({"action": "ChangeSecurityGroup", "cluster": id, "changed": dice.chance(60)}),
        8 => {
            let labels = draft.in_order(cluster.keys.iter());
            let label = dice.pick(&labels)?;
            json!({"action": "DeleteHsmKey", "cluster": id, "label": draft.name(label)})
        }
        9 => json!({
            "action": "CreateKmsUser", "cluster": id, "password": "kmsPswd1", "missing_on": [hsm?],
        }),
        _ => json!({"action": "CreateKmsUser", "cluster": id, "password": "kmsPswd1"}),
    })
}

fn elsewhere(dice: &mut Dice, draft: &Draft<'_>) -> Option<Value> {
    Some(match dice.below(6) {
        0 => json!({"action": "DeleteSubnet", "subnet": {"$subnet": dice.below(3)}}),
        1 | 2 => json!({
            "action": "FillSubnet", "subnet": {"$subnet": dice.below(3)}, "full": dice.chance(60),
        }),
        _ => {
            let state = draft.state()?;
            let proxies = state.key_stores.values().filter_map(|store| store.proxy());
            let endpoints = draft.in_order(proxies.map(|proxy| &proxy.endpoint.value));
            let endpoint = draft.name(dice.pick(&endpoints)?);
            if dice.chance(25) {
                let key = format!("xks-key-{}", dice.below(4));
                let error = dice.pick(KEY_FAILURES).filter(|_| dice.chance(70));
                return Some(json!({
                    "action": "ChangeExternalKey", "endpoint": endpoint, "key": key, "error": error,
                }));
            }
            let errors = [
                "XKS_PROXY_NOT_REACHABLE",
                "XKS_PROXY_TIMED_OUT",
                "XKS_PROXY_ACCESS_DENIED",
                "AuthenticationFailedException",
                "InternalException",
                "InvalidUriPathException",
                "ThrottlingException",
            ];
            let error = dice.pick(&errors).filter(|_| dice.chance(70));
            json!({"action": "FailProxy", "endpoint": endpoint, "error": error})
        }
    })
}
