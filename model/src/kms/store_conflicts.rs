//! How the key stores that exist stand in the way of a new one, unless it is one of them again.

use super::create_custom_key_store::{CreateCustomKeyStore, refusal};
use super::key_stores::{is_distrusted, lineage, same_certificate, trusted_stores};
use super::store_clusters::{BringsCluster, is_doubtful};
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::*;
use crate::rule::{Refusal, Stage, may, must};
use crate::state::{KeyStore, KeyStoreKind, Password, State};
use std::sync::Arc;

const API: &str = "kms/latest/APIReference/API_CreateCustomKeyStore.html";
const GUIDE: &str = "kms/latest/developerguide/create-keystore.html";

/// How many key stores an account may have in a Region.
const MOST_STORES: usize = 10;

/// The ways in which existing key stores refuse a new one.
pub(super) const CONFLICTS: &[Refusal<CreateCustomKeyStore>] = &[
    NAME_IS_FREE,
    CLUSTER_IS_FREE,
    HISTORY_IS_FREE,
    CLUSTER_MAY_BE_IN_USE,
    TEN_STORES,
    PERHAPS_TEN_STORES,
    perhaps_in_use(),
    TWIN_MAY_DIFFER,
    TWIN_MAY_BE_CHECKED,
];

impl CreateCustomKeyStore {
    /// The store that a request like this one may have made earlier: of the same name and cluster,
    /// and not connected since or again.
    pub(super) fn twin<'s>(&self, state: &'s State) -> Option<&'s KeyStore> {
        let cluster = self.new_cluster()?;
        state.key_stores.values().map(Arc::as_ref).find(|store| {
            let idle = store.connection.value.error().is_some() || store.is_disconnected();
            idle && store.name.value == self.name && store.cluster_id() == Some(cluster)
        })
    }

    /// Whether all of this request equals the disconnected store `twin`.
    fn equals(&self, twin: &KeyStore) -> bool {
        match &twin.kind {
            KeyStoreKind::CloudHsm {
                trust_anchor,
                password,
                ..
            } => {
                let given = self.password.clone().map(Password::Chosen);
                let anchor = self.trust_anchor.as_deref().unwrap_or_default();
                twin.is_disconnected()
                    && given.as_ref() == Some(&password.value)
                    && same_certificate(anchor, trust_anchor)
            }
            KeyStoreKind::External(_) => false,
        }
    }
}

const NAME_IS_FREE: Refusal<CreateCustomKeyStore> = refusal(
    ("KS-CREATE-05", Evidence::Documented),
    "No two key stores of an account and Region have the same name.",
    API,
    must(&[CustomKeyStoreNameInUse]),
    |state, input| {
        let taken = |store: &KeyStore| store.name.value == input.name;
        input.twin(state).is_none() && trusted_stores(state).any(taken)
    },
);

const CLUSTER_IS_FREE: Refusal<CreateCustomKeyStore> = refusal(
    ("KS-CREATE-07", Evidence::Documented),
    "A cluster is behind one key store at most.",
    API,
    must(&[CloudHsmClusterInUse]),
    |state, input| {
        let taken = |store: &KeyStore| store.cluster_id() == input.new_cluster();
        input.cluster_to_check(state).is_some() && trusted_stores(state).any(taken)
    },
);

const HISTORY_IS_FREE: Refusal<CreateCustomKeyStore> = refusal(
    ("KS-CREATE-08", Evidence::Documented),
    "A cluster that shares a backup history with the cluster of a key store is in use too.",
    API,
    must(&[CloudHsmClusterInUse]),
    |state, input| {
        let related = |store: &KeyStore| is_relative(state, store, input.new_cluster());
        input.cluster_to_check(state).is_some() && trusted_stores(state).any(related)
    },
);

const CLUSTER_MAY_BE_IN_USE: Refusal<CreateCustomKeyStore> = refusal(
    ("KS-CREATE-07a", Evidence::Inferred),
    "The cluster may be behind a key store about which nothing certain is known.",
    API,
    may(&[CloudHsmClusterInUse, CustomKeyStoreNameInUse]),
    |state, input| {
        input.new_cluster().is_some() && state.key_stores.keys().any(|id| is_distrusted(state, id))
    },
);

const TEN_STORES: Refusal<CreateCustomKeyStore> = refusal(
    ("KS-CREATE-15", Evidence::Documented),
    "An account has at most ten key stores in a Region, of both types and in any state.",
    "kms/latest/developerguide/resource-limits.html",
    must(&[LimitExceeded]),
    |state, input| {
        state.account.exclusive
            && input.twin(state).is_none()
            && trusted_stores(state).count() >= MOST_STORES
    },
);

const PERHAPS_TEN_STORES: Refusal<CreateCustomKeyStore> = refusal(
    ("KS-CREATE-15a", Evidence::Documented),
    "Key stores that somebody else made count too, and the quota of ten can be raised.",
    "kms/latest/developerguide/resource-limits.html",
    may(&[LimitExceeded]),
    |state, _| !state.account.exclusive || state.key_stores.len() >= MOST_STORES,
);

/// What stores that nobody here knows well have, may be in the way of what a request asks for.
pub(super) const fn perhaps_in_use<Op: 'static>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "KS-CREATE-100",
            says: "Names, proxies and clusters of key stores that somebody else made are in use too.",
            cite: API,
            evidence: Evidence::Documented,
        },
        stage: Stage::Condition,
        error: may(&[
            CustomKeyStoreNameInUse,
            CloudHsmClusterInUse,
            XksProxyUriInUse,
            XksProxyUriEndpointInUse,
            XksProxyVpcEndpointServiceInUse,
        ]),
        when: |state, _| {
            !state.account.exclusive
                || state
                    .key_stores
                    .keys()
                    .any(|store| is_distrusted(state, store))
        },
    }
}

const TWIN_MAY_DIFFER: Refusal<CreateCustomKeyStore> = refusal(
    ("KS-CREATE-03a", Evidence::Inferred),
    "Whether another password or certificate, or a failed connection, makes a retry another \
     request is not documented.",
    GUIDE,
    may(&[
        CustomKeyStoreNameInUse,
        CloudHsmClusterInUse,
        IncorrectTrustAnchor,
    ]),
    |state, input| input.twin(state).is_some_and(|twin| !input.equals(twin)),
);

const TWIN_MAY_BE_CHECKED: Refusal<CreateCustomKeyStore> = refusal(
    ("KS-CREATE-03b", Evidence::Inferred),
    "Whether a retry looks at the cluster again is not documented.",
    GUIDE,
    may(&[
        CloudHsmClusterNotFound,
        CloudHsmClusterNotActive,
        CloudHsmClusterInvalidConfiguration,
    ]),
    |state, input| {
        let cluster = input.new_cluster().filter(|_| input.twin(state).is_some());
        cluster.is_some_and(|cluster| is_doubtful(state, cluster))
    },
);

/// Whether another cluster than `cluster`, of the same history, is behind `store`.
fn is_relative(state: &State, store: &KeyStore, cluster: Option<&str>) -> bool {
    match (store.cluster_id(), cluster) {
        (Some(taken), Some(wanted)) => {
            taken != wanted && lineage(state, taken) == lineage(state, wanted)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{TRUST_ANCHOR, World, external_store_body};
    use serde_json::{Value, json};

    const ZONES: &[&str] = &["us-east-1a", "us-east-1b"];

    fn body(cluster: &str) -> Value {
        json!({
            "CustomKeyStoreName": "store", "CloudHsmClusterId": cluster,
            "TrustAnchorCertificate": TRUST_ANCHOR, "KeyStorePassword": "kmsPassword",
        })
    }

    fn with(mut body: Value, member: &str, value: &str) -> Value {
        body[member] = value.into();
        body
    }

    fn refused(world: &mut World, body: Value) -> Vec<&'static str> {
        world.refused("CreateCustomKeyStore", body)
    }

    #[test]
    fn an_identical_request_makes_nothing() {
        let mut world = World::new();
        let cluster = world.cluster_with_hsms(ZONES);
        let made = world.ok("CreateCustomKeyStore", body(&cluster));
        assert_eq!(world.ok("CreateCustomKeyStore", body(&cluster)), made);
        let folded = TRUST_ANCHOR.replace('\n', "\r\n");
        let folded = with(body(&cluster), "TrustAnchorCertificate", &folded);
        assert_eq!(world.ok("CreateCustomKeyStore", folded), made);
        let all = world.ok("DescribeCustomKeyStores", json!({}));
        assert_eq!(all["CustomKeyStores"].as_array().map(Vec::len), Some(1));
    }

    #[test]
    fn a_retry_with_another_password_is_undocumented() {
        let mut world = World::new();
        let cluster = world.cluster_with_hsms(ZONES);
        world.ok("CreateCustomKeyStore", body(&cluster));
        let other = with(body(&cluster), "KeyStorePassword", "another1");
        assert_eq!(
            world.fired("CreateCustomKeyStore", other),
            ["KS-CREATE-03a"]
        );
    }

    #[test]
    fn a_connected_store_takes_its_name_and_cluster() {
        let mut world = World::new();
        let store = world.store();
        world.ok("ConnectCustomKeyStore", json!({"CustomKeyStoreId": store}));
        assert_eq!(
            refused(&mut world, body("cluster-aaaaaaaaaaa")),
            [
                "CloudHsmClusterInUseException",
                "CustomKeyStoreNameInUseException"
            ]
        );
        let lower = with(body("cluster-aaaaaaaaaaa"), "CustomKeyStoreName", "STORE");
        assert_eq!(
            refused(&mut world, lower),
            ["CloudHsmClusterInUseException"]
        );
    }

    #[test]
    fn a_cluster_with_a_shared_history_is_in_use() {
        let mut world = World::new();
        world.store();
        let restored = world.cluster_named("cluster-bbbbbbbbbbb", "cluster-aaaaaaaaaaa", ZONES);
        let other = with(body(&restored), "CustomKeyStoreName", "other");
        assert_eq!(
            refused(&mut world, other),
            ["CloudHsmClusterInUseException"]
        );
        let fresh = world.cluster_named("cluster-ccccccccccc", "cluster-ccccccccccc", ZONES);
        let other = with(body(&fresh), "CustomKeyStoreName", "other");
        world.ok("CreateCustomKeyStore", other);
    }

    #[test]
    fn there_are_ten_stores_at_most() {
        let mut world = World::new();
        for n in 0..10 {
            world.external_store(&format!("x{n}"), &format!("https://xks{n}.example.com"));
        }
        let eleventh = external_store_body("x10", "https://xks10.example.com");
        assert_eq!(refused(&mut world, eleventh), ["LimitExceededException"]);
    }
}
