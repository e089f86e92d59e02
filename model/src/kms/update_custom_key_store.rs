//! UpdateCustomKeyStore: renames a key store, or tells KMS what changed behind it.

use super::create_custom_key_store::is_odd_password;
use super::key_stores::{OnKeyStore, lineage, store_exists, trusted_stores};
use super::shapes::*;
use super::store_clusters::{BringsCluster, ClusterRuleIds, cluster_rules};
use super::store_conflicts::perhaps_in_use;
use super::xks_failures::public_proxy_rules;
use super::xks_proxies::{BringsProxy, WantedProxy, proxy_rules};
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::*;
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Answer, Promise, Refusal, Stage, may, must};
use crate::shape::Member;
use crate::state::{Connection, Connectivity, KeyStore, KeyStoreKind, Password, State};
use crate::success::Success;

input! {
    /// Input of UpdateCustomKeyStore.
    UpdateCustomKeyStore, MEMBERS {
        store: String = "CustomKeyStoreId", KEY_STORE_ID;
        new_name: Option<String> = "NewCustomKeyStoreName", KEY_STORE_NAME;
        password: Option<String> = "KeyStorePassword", KEY_STORE_PASSWORD, secret;
        cluster: Option<String> = "CloudHsmClusterId", CLUSTER_ID;
        endpoint: Option<String> = "XksProxyUriEndpoint", XKS_ENDPOINT;
        path: Option<String> = "XksProxyUriPath", XKS_PATH;
        vpc_service: Option<String> = "XksProxyVpcEndpointServiceName", XKS_VPC_SERVICE;
        vpc_owner: Option<String> = "XksProxyVpcEndpointServiceOwner", ACCOUNT_ID;
        credential: Option<XksCredential> = "XksProxyAuthenticationCredential", XKS_CREDENTIAL, secret;
        connectivity: Option<Connectivity> = "XksProxyConnectivity", CONNECTIVITY;
    }
}

const API: &str = "kms/latest/APIReference/API_UpdateCustomKeyStore.html";

impl OnKeyStore for UpdateCustomKeyStore {
    fn store_id(&self) -> &str {
        &self.store
    }
}

impl UpdateCustomKeyStore {
    fn changes_cluster_side(&self) -> bool {
        self.cluster.is_some() || self.password.is_some()
    }

    fn changes_proxy(&self) -> bool {
        self.changes_address() || self.changes_access()
    }

    /// Whether it changes where the proxy is.
    fn changes_address(&self) -> bool {
        self.endpoint.is_some()
            || self.vpc_service.is_some()
            || self.vpc_owner.is_some()
            || self.connectivity.is_some()
    }

    /// Whether it changes what one page lets a connected store change.
    fn changes_access(&self) -> bool {
        self.path.is_some() || self.credential.is_some()
    }

    fn changes_anything(&self) -> bool {
        self.new_name.is_some() || self.changes_cluster_side() || self.changes_proxy()
    }

    fn other_stores<'s>(&'s self, state: &'s State) -> impl Iterator<Item = &'s KeyStore> {
        trusted_stores(state).filter(|store| store.id != self.store)
    }
}

impl BringsCluster for UpdateCustomKeyStore {
    fn cluster_to_check<'a>(&'a self, state: &State) -> Option<&'a str> {
        let is_cloud_hsm = self
            .store(state)
            .is_none_or(|store| store.proxy().is_none());
        self.cluster.as_deref().filter(|_| is_cloud_hsm)
    }
}

impl BringsProxy for UpdateCustomKeyStore {
    fn wanted_proxy<'a>(&'a self, state: &'a State) -> Option<WantedProxy<'a>> {
        let proxy = self.store(state)?.proxy()?;
        let connectivity = self.connectivity.unwrap_or(proxy.connectivity.value);
        // A proxy that becomes public leaves its VPC endpoint service behind.
        let by_vpc = connectivity == Connectivity::VpcEndpointService;
        let service = proxy.vpc_service.as_ref().filter(|_| by_vpc);
        let service = service.map(|service| service.value.as_str());
        self.changes_proxy().then_some(WantedProxy {
            connectivity: Some(connectivity),
            endpoint: Some(self.endpoint.as_deref().unwrap_or(&proxy.endpoint.value)),
            path: Some(self.path.as_deref().unwrap_or(&proxy.path.value)),
            service: self.vpc_service.as_deref().or(service),
            owner: self.vpc_owner.as_deref(),
        })
    }

    fn own_store(&self) -> Option<&str> {
        Some(&self.store)
    }
}

impl Operation for UpdateCustomKeyStore {
    const NAME: &'static str = "UpdateCustomKeyStore";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &[
            store_exists("KS-UPD-100", API),
            STATE_ALLOWS_IT,
            CONNECTED_PROXY_MAY_CHANGE,
            NOTHING_MAY_BE_ASKED,
            MEMBERS_FIT_TYPE,
            NAME_IS_FREE,
            OWN_NAME_MAY_BE_TAKEN,
            PASSWORD_IS_PLAIN,
            CLUSTER_IS_RELATED,
            NEW_CONNECTIVITY_HAS_NEW_ENDPOINT,
            perhaps_in_use(),
        ],
        &cluster_rules(
            ClusterRuleIds {
                exists: "KS-UPD-03",
                active: "KS-UPD-03a",
                changing: "KS-UPD-03b",
                hsms: "KS-UPD-03c",
                security_group: "KS-UPD-03d",
                subnets: "KS-UPD-03e",
                unknown: "KS-UPD-03f",
            },
            API,
        ),
        &proxy_rules(),
        &public_proxy_rules(),
    ];
    const PROMISES: &'static [Promise<Self>] = &[
        NAME_CHANGES,
        PASSWORD_CHANGES,
        CLUSTER_CHANGES,
        PROXY_CHANGES,
        ACCESS_KEY_CHANGES,
    ];
}

const fn refusal(
    (id, evidence): (&'static str, Evidence),
    says: &'static str,
    error: Answer<UpdateCustomKeyStore>,
    when: fn(&State, &UpdateCustomKeyStore) -> bool,
) -> Refusal<UpdateCustomKeyStore> {
    Refusal {
        card: Card {
            id,
            says,
            cite: API,
            evidence,
        },
        stage: Stage::Condition,
        error,
        when,
    }
}

const STATE_ALLOWS_IT: Refusal<UpdateCustomKeyStore> = refusal(
    ("KS-UPD-05", Evidence::Documented),
    "A key store must be disconnected to be changed; a connected one can be renamed.",
    must(&[CustomKeyStoreInvalidState]),
    |state, input| match input.connection(state) {
        None | Some(Connection::Disconnected) => false,
        Some(Connection::Connected) => input.changes_cluster_side() || input.changes_address(),
        Some(_) => input.changes_anything(),
    },
);

const CONNECTED_PROXY_MAY_CHANGE: Refusal<UpdateCustomKeyStore> = refusal(
    ("KS-UPD-06", Evidence::Documented),
    "Whether the path and the credential of a connected store can be changed depends on the page.",
    may(&[CustomKeyStoreInvalidState]),
    |state, input| input.connection(state) == Some(Connection::Connected) && input.changes_access(),
);

const NOTHING_MAY_BE_ASKED: Refusal<UpdateCustomKeyStore> = refusal(
    ("KS-UPD-08", Evidence::Inferred),
    "What an update without any change does is not documented.",
    may(&[Validation, CustomKeyStoreInvalidState]),
    |_, input| !input.changes_anything(),
);

const MEMBERS_FIT_TYPE: Refusal<UpdateCustomKeyStore> = refusal(
    ("KS-UPD-101", Evidence::Documented),
    "Members of one type of key store are not valid for the other type.",
    must(&[
        Validation,
        UnsupportedOperation,
        CustomKeyStoreInvalidState,
        XksProxyInvalidConfiguration,
        CloudHsmClusterNotRelated,
        CloudHsmClusterNotFound,
    ]),
    |state, input| {
        input.store(state).is_some_and(|store| match store.kind {
            KeyStoreKind::CloudHsm { .. } => input.changes_proxy(),
            KeyStoreKind::External(_) => input.changes_cluster_side(),
        })
    },
);

const NAME_IS_FREE: Refusal<UpdateCustomKeyStore> = refusal(
    ("KS-UPD-04", Evidence::Documented),
    "No two key stores of an account and Region have the same name.",
    must(&[CustomKeyStoreNameInUse]),
    |state, input| {
        let wanted = input.new_name.as_ref();
        let mut others = input.other_stores(state);
        others.any(|store| wanted == Some(&store.name.value))
    },
);

const OWN_NAME_MAY_BE_TAKEN: Refusal<UpdateCustomKeyStore> = refusal(
    ("KS-UPD-04a", Evidence::Inferred),
    "Whether a store may be given the name it has is not documented.",
    may(&[CustomKeyStoreNameInUse]),
    |state, input| {
        let store = input.store(state);
        store.is_some_and(|store| input.new_name.as_ref() == Some(&store.name.value))
    },
);

const PASSWORD_IS_PLAIN: Refusal<UpdateCustomKeyStore> = refusal(
    ("KS-CREATE-12", Evidence::Documented),
    "The guide wants a password of letters and digits, and CloudHSM one of eight characters or \
     more; the service model wants neither.",
    may(&[Validation]),
    |_, input| input.password.as_deref().is_some_and(is_odd_password),
);

const CLUSTER_IS_RELATED: Refusal<UpdateCustomKeyStore> = refusal(
    ("KS-UPD-102", Evidence::Documented),
    "The new cluster must share its backup history with the old one.",
    must(&[CloudHsmClusterNotRelated]),
    |state, input| {
        let store = input.store(state).and_then(|store| store.cluster_id());
        match (store, input.brought(state)) {
            (Some(old), Some(new)) => lineage(state, old) != new.lineage,
            _ => false,
        }
    },
);

const NEW_CONNECTIVITY_HAS_NEW_ENDPOINT: Refusal<UpdateCustomKeyStore> = refusal(
    ("KS-UPD-103", Evidence::Documented),
    "A change of the connectivity needs a change of the endpoint.",
    must(&[
        Validation,
        XksProxyInvalidConfiguration,
        XksProxyVpcEndpointServiceInvalidConfiguration,
        XksProxyUriEndpointInUse,
        XksProxyUriUnreachable,
    ]),
    |state, input| {
        let Some(proxy) = input.store(state).and_then(|store| store.proxy()) else {
            return false;
        };
        let changes = |new: Connectivity| new != proxy.connectivity.value;
        let same_endpoint = input
            .endpoint
            .as_ref()
            .is_none_or(|new| *new == proxy.endpoint.value);
        input.connectivity.is_some_and(changes) && same_endpoint
    },
);

const fn promised(id: &'static str, says: &'static str) -> Card {
    Card {
        id,
        says,
        cite: API,
        evidence: Evidence::Documented,
    }
}

const NAME_CHANGES: Promise<UpdateCustomKeyStore> = Promise {
    card: promised("KS-UPD-01", "An update gives the key store its new name."),
    when: |_, input| input.new_name.is_some(),
    make: |input, success| {
        let name = success.traced(input.new_name.clone().unwrap_or_default());
        if let Some(store) = success.state.key_store_mut(&input.store) {
            store.name = name;
        }
    },
};

/// The rule that an update changes the stored password, which connecting depends on.
pub(crate) const PASSWORD_IS_TOLD: Card = promised(
    "KS-UPD-02",
    "An update tells KMS the password of kmsuser, which the next connection uses.",
);

const PASSWORD_CHANGES: Promise<UpdateCustomKeyStore> = Promise {
    card: PASSWORD_IS_TOLD,
    when: |_, input| input.password.is_some(),
    make: |input, success| {
        let new = input.password.clone().unwrap_or_default();
        let new = success.traced(Password::Chosen(new));
        change(input, success, |kind| {
            if let KeyStoreKind::CloudHsm { password, .. } = kind {
                *password = new;
            }
        });
    },
};

const CLUSTER_CHANGES: Promise<UpdateCustomKeyStore> = Promise {
    card: promised(
        "KS-UPD-01a",
        "An update puts the key store in front of a related cluster.",
    ),
    when: |_, input| input.cluster.is_some(),
    make: |input, success| {
        let new = success.traced(input.cluster.clone().unwrap_or_default());
        change(input, success, |kind| {
            if let KeyStoreKind::CloudHsm { cluster, .. } = kind {
                *cluster = new;
            }
        });
    },
};

const PROXY_CHANGES: Promise<UpdateCustomKeyStore> = Promise {
    card: promised(
        "KS-UPD-01b",
        "An update changes how and where KMS reaches the proxy.",
    ),
    when: |_, input| input.changes_address() || input.path.is_some(),
    make: |input, success| {
        let text = |new: &Option<String>| new.clone().map(|text| success.traced(text));
        let connectivity = input.connectivity.map(|new| success.traced(new));
        let (endpoint, path) = (text(&input.endpoint), text(&input.path));
        let (service, owner) = (text(&input.vpc_service), text(&input.vpc_owner));
        change(input, success, |kind| {
            let KeyStoreKind::External(proxy) = kind else {
                return;
            };
            proxy.endpoint = endpoint.unwrap_or_else(|| proxy.endpoint.clone());
            proxy.path = path.unwrap_or_else(|| proxy.path.clone());
            proxy.connectivity = connectivity.unwrap_or_else(|| proxy.connectivity.clone());
            proxy.vpc_service = service.or(proxy.vpc_service.take());
            proxy.vpc_owner = owner.or(proxy.vpc_owner.take());
            if proxy.connectivity.value == Connectivity::PublicEndpoint {
                proxy.vpc_service = None;
                proxy.vpc_owner = None;
            }
        });
    },
};

const ACCESS_KEY_CHANGES: Promise<UpdateCustomKeyStore> = Promise {
    card: promised(
        "KS-UPD-01c",
        "An update tells KMS what to sign requests to the proxy with; the secret is never shown.",
    ),
    when: |_, input| input.credential.is_some(),
    make: |input, success| {
        let pair = input.credential.as_ref();
        let new = pair.map_or_else(String::new, |pair| pair.access_key.clone());
        let new = success.traced(new);
        change(input, success, |kind| {
            if let KeyStoreKind::External(proxy) = kind {
                proxy.access_key = new;
            }
        });
    },
};

fn change(
    input: &UpdateCustomKeyStore,
    success: &mut Success<'_>,
    change: impl FnOnce(&mut KeyStoreKind),
) {
    if let Some(store) = success.state.key_store_mut(&input.store) {
        change(&mut store.kind);
    }
}

#[cfg(test)]
mod tests {
    use crate::drift::Latency;
    use crate::outside::OutsideAction;
    use crate::testing::World;
    use serde_json::{Value, json};

    const CLUSTER: &str = "cluster-aaaaaaaaaaa";
    const ZONES: &[&str] = &["us-east-1a", "us-east-1b"];

    fn update(store: &Value, member: &str, value: &str) -> Value {
        json!({ "CustomKeyStoreId": store, member: value })
    }

    fn connect(world: &mut World, store: &Value) {
        world.ok(
            "ConnectCustomKeyStore",
            json!({ "CustomKeyStoreId": store }),
        );
    }

    fn entry(world: &mut World, store: &Value) -> Value {
        let body = json!({ "CustomKeyStoreId": store });
        world.ok("DescribeCustomKeyStores", body)["CustomKeyStores"][0].clone()
    }

    #[test]
    fn a_store_is_renamed_connected_or_not() {
        let mut world = World::new();
        let store = world.store();
        let renamed = |name| update(&store, "NewCustomKeyStoreName", name);
        world.ok("UpdateCustomKeyStore", renamed("a"));
        connect(&mut world, &store);
        world.ok("UpdateCustomKeyStore", renamed("b"));
        assert_eq!(entry(&mut world, &store)["CustomKeyStoreName"], "b");
        world.external_store("x", "https://xks.example.com");
        assert_eq!(
            world.refused("UpdateCustomKeyStore", renamed("x")),
            ["CustomKeyStoreNameInUseException"]
        );
    }

    #[test]
    fn a_connecting_store_cannot_even_be_renamed() {
        let mut world = World::new();
        let store = world.store();
        world.latency = Latency::Aws;
        connect(&mut world, &store);
        assert_eq!(entry(&mut world, &store)["ConnectionState"], "CONNECTING");
        let body = update(&store, "NewCustomKeyStoreName", "a");
        assert!(
            world
                .fired("UpdateCustomKeyStore", body)
                .contains(&"KS-UPD-05")
        );
    }

    #[test]
    fn a_new_password_repairs_a_failed_connection() {
        let mut world = World::new();
        let store = world.store();
        let changed = OutsideAction::ChangeKmsUserPassword {
            cluster: CLUSTER.to_owned(),
            password: "another1".to_owned(),
        };
        world.outside(changed);
        connect(&mut world, &store);
        let told = update(&store, "KeyStorePassword", "another1");
        assert_eq!(
            world.refused("UpdateCustomKeyStore", told.clone()),
            ["CustomKeyStoreInvalidStateException"]
        );
        let body = json!({ "CustomKeyStoreId": store });
        world.ok("DisconnectCustomKeyStore", body);
        world.ok("UpdateCustomKeyStore", told.clone());
        connect(&mut world, &store);
        assert_eq!(entry(&mut world, &store)["ConnectionState"], "CONNECTED");
        assert_eq!(
            world.refused("UpdateCustomKeyStore", told),
            ["CustomKeyStoreInvalidStateException"]
        );
    }

    #[test]
    fn only_a_related_cluster_can_take_over() {
        let mut world = World::new();
        let store = world.store();
        let related = world.cluster_named("cluster-bbbbbbbbbbb", CLUSTER, ZONES);
        let foreign = world.cluster_named("cluster-ccccccccccc", "cluster-ccccccccccc", ZONES);
        let small = world.cluster_named("cluster-ddddddddddd", CLUSTER, &["us-east-1a"]);
        let moved = |cluster: &str| update(&store, "CloudHsmClusterId", cluster);
        for (cluster, error) in [
            (foreign.as_str(), "CloudHsmClusterNotRelatedException"),
            (
                small.as_str(),
                "CloudHsmClusterInvalidConfigurationException",
            ),
            ("cluster-eeeeeeeeeee", "CloudHsmClusterNotFoundException"),
        ] {
            assert_eq!(
                world.refused("UpdateCustomKeyStore", moved(cluster)),
                [error]
            );
        }
        world.given(|state| {
            state.clusters.remove(CLUSTER);
        });
        world.ok("UpdateCustomKeyStore", moved(&related));
        assert_eq!(entry(&mut world, &store)["CloudHsmClusterId"], related);
    }

    #[test]
    fn a_connected_proxy_keeps_its_place() {
        let mut world = World::new();
        let store = world.external_store("x", "https://xks.example.com");
        connect(&mut world, &store);
        let moved = update(&store, "XksProxyUriEndpoint", "https://new.example.com");
        assert_eq!(
            world.refused("UpdateCustomKeyStore", moved.clone()),
            ["CustomKeyStoreInvalidStateException"]
        );
        let path = update(&store, "XksProxyUriPath", "/new/kms/xks/v1");
        assert_eq!(
            world.fired("UpdateCustomKeyStore", path.clone()),
            ["KS-UPD-06"]
        );
        world.ok("UpdateCustomKeyStore", path);
        let body = json!({ "CustomKeyStoreId": store });
        world.ok("DisconnectCustomKeyStore", body);
        world.ok("UpdateCustomKeyStore", moved);
        let shown = entry(&mut world, &store);
        let proxy = &shown["XksProxyConfiguration"];
        assert_eq!(proxy["UriEndpoint"], "https://new.example.com");
        assert_eq!(proxy["UriPath"], "/new/kms/xks/v1");
    }

    #[test]
    fn members_of_the_other_type_are_refused() {
        let mut world = World::new();
        let store = world.store();
        let path = update(&store, "XksProxyUriPath", "/kms/xks/v1");
        assert_eq!(world.fired("UpdateCustomKeyStore", path), ["KS-UPD-101"]);
        let store = world.external_store("x", "https://xks.example.com");
        let told = update(&store, "KeyStorePassword", "another1");
        assert_eq!(world.fired("UpdateCustomKeyStore", told), ["KS-UPD-101"]);
    }

    #[test]
    fn a_proxy_moves_into_a_vpc_with_a_service_and_a_new_endpoint() {
        let mut world = World::new();
        let store = world.external_store("x", "https://xks.example.com");
        let mut body = update(&store, "XksProxyConnectivity", "VPC_ENDPOINT_SERVICE");
        assert_eq!(
            world.fired("UpdateCustomKeyStore", body.clone()),
            ["KS-UPD-103", "XKS-01a"]
        );
        body["XksProxyUriEndpoint"] = json!("https://vpc.example.com");
        let service = "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0";
        body["XksProxyVpcEndpointServiceName"] = json!(service);
        world.ok("UpdateCustomKeyStore", body);
        let shown = entry(&mut world, &store);
        let proxy = &shown["XksProxyConfiguration"];
        assert_eq!(proxy["VpcEndpointServiceName"], service);
        let mut back = update(&store, "XksProxyConnectivity", "PUBLIC_ENDPOINT");
        back["XksProxyUriEndpoint"] = json!("https://xks.example.com");
        world.ok("UpdateCustomKeyStore", back);
        let shown = entry(&mut world, &store);
        assert!(
            shown["XksProxyConfiguration"]
                .get("VpcEndpointServiceName")
                .is_none()
        );
    }

    #[test]
    fn an_update_of_nothing_is_undocumented() {
        let mut world = World::new();
        let store = world.store();
        let body = json!({ "CustomKeyStoreId": store });
        assert_eq!(world.fired("UpdateCustomKeyStore", body), ["KS-UPD-08"]);
    }
}
