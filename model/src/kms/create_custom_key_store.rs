//! CreateCustomKeyStore: puts a key store in front of a CloudHSM cluster or an external key manager.

use super::key_stores::same_certificate;
use super::shapes::*;
use super::store_clusters::{BringsCluster, ClusterRuleIds, cluster_rules};
use super::store_conflicts::CONFLICTS;
use super::xks_failures::public_proxy_rules;
use super::xks_proxies::{BringsProxy, WantedProxy, proxy_rules};
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::*;
use crate::input::input;
use crate::mint::Form;
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::rule::{Answer, Promise, Refusal, Stage, may, must};
use crate::shape::Member;
use crate::state::{
    Connection, Connectivity, KeyStore, KeyStoreKind, Password, Proxy, State, Traced,
};
use crate::success::Success;
use std::sync::Arc;

input! {
    /// Input of CreateCustomKeyStore.
    CreateCustomKeyStore, MEMBERS {
        name: String = "CustomKeyStoreName", KEY_STORE_NAME;
        cluster: Option<String> = "CloudHsmClusterId", CLUSTER_ID;
        trust_anchor: Option<String> = "TrustAnchorCertificate", TRUST_ANCHOR;
        password: Option<String> = "KeyStorePassword", KEY_STORE_PASSWORD, secret;
        kind: Option<String> = "CustomKeyStoreType", KEY_STORE_TYPE;
        endpoint: Option<String> = "XksProxyUriEndpoint", XKS_ENDPOINT;
        path: Option<String> = "XksProxyUriPath", XKS_PATH;
        vpc_service: Option<String> = "XksProxyVpcEndpointServiceName", XKS_VPC_SERVICE;
        vpc_owner: Option<String> = "XksProxyVpcEndpointServiceOwner", ACCOUNT_ID;
        credential: Option<XksCredential> = "XksProxyAuthenticationCredential", XKS_CREDENTIAL, secret;
        connectivity: Option<Connectivity> = "XksProxyConnectivity", CONNECTIVITY;
    }
}

const API: &str = "kms/latest/APIReference/API_CreateCustomKeyStore.html";
const GUIDE: &str = "kms/latest/developerguide/create-keystore.html";

impl CreateCustomKeyStore {
    fn is_external(&self) -> bool {
        self.kind.as_deref() == Some("EXTERNAL_KEY_STORE")
    }

    /// The cluster that the new store is for.
    pub(super) fn new_cluster(&self) -> Option<&str> {
        self.cluster.as_deref().filter(|_| !self.is_external())
    }

    fn has_cloud_hsm_members(&self) -> bool {
        self.cluster.is_some() || self.trust_anchor.is_some() || self.password.is_some()
    }

    fn has_external_members(&self) -> bool {
        self.endpoint.is_some()
            || self.path.is_some()
            || self.vpc_service.is_some()
            || self.vpc_owner.is_some()
            || self.credential.is_some()
            || self.connectivity.is_some()
    }

    /// The store to make. The secret part of the credential is not kept.
    fn kind(&self, success: &Success<'_>) -> KeyStoreKind {
        let text = |given: &Option<String>| given.clone().unwrap_or_default();
        if !self.is_external() {
            return KeyStoreKind::CloudHsm {
                cluster: success.traced(text(&self.cluster)),
                trust_anchor: text(&self.trust_anchor),
                password: success.traced(Password::Chosen(text(&self.password))),
            };
        }
        let public = Connectivity::PublicEndpoint;
        let credential = self.credential.as_ref();
        let optional = |given: &Option<String>| -> Option<Traced<String>> {
            given.clone().map(|text| success.traced(text))
        };
        KeyStoreKind::External(Box::new(Proxy {
            connectivity: success.traced(self.connectivity.unwrap_or(public)),
            endpoint: success.traced(text(&self.endpoint)),
            path: success.traced(text(&self.path)),
            vpc_service: optional(&self.vpc_service),
            vpc_owner: optional(&self.vpc_owner),
            access_key: success
                .traced(credential.map_or_else(String::new, |pair| pair.access_key.clone())),
        }))
    }
}

impl BringsCluster for CreateCustomKeyStore {
    fn cluster_to_check<'a>(&'a self, state: &State) -> Option<&'a str> {
        self.new_cluster().filter(|_| self.twin(state).is_none())
    }
}

impl BringsProxy for CreateCustomKeyStore {
    fn wanted_proxy<'a>(&'a self, _: &'a State) -> Option<WantedProxy<'a>> {
        self.is_external().then_some(WantedProxy {
            connectivity: self.connectivity,
            endpoint: self.endpoint.as_deref(),
            path: self.path.as_deref(),
            service: self.vpc_service.as_deref(),
            owner: self.vpc_owner.as_deref(),
        })
    }

    fn own_store(&self) -> Option<&str> {
        None
    }
}

impl Operation for CreateCustomKeyStore {
    const NAME: &'static str = "CreateCustomKeyStore";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &[
            CLUSTER_IS_DESCRIBED,
            PROXY_IS_DESCRIBED,
            MEMBERS_FIT_TYPE,
            PASSWORD_IS_PLAIN,
            TRUST_ANCHOR_IS_THE_CLUSTERS,
        ],
        CONFLICTS,
        &cluster_rules(
            ClusterRuleIds {
                exists: "KS-CREATE-10",
                active: "KS-CREATE-11",
                changing: "KS-CREATE-11a",
                hsms: "KS-CREATE-09",
                security_group: "KS-CREATE-09a",
                subnets: "KS-CREATE-09b",
                unknown: "KS-CREATE-09c",
            },
            API,
        ),
        &proxy_rules(),
        &public_proxy_rules(),
    ];
    const PROMISES: &'static [Promise<Self>] = &[A_RETRY_MAKES_NOTHING, A_NEW_STORE];
}

pub(super) const fn refusal(
    (id, evidence): (&'static str, Evidence),
    says: &'static str,
    cite: &'static str,
    error: Answer<CreateCustomKeyStore>,
    when: fn(&State, &CreateCustomKeyStore) -> bool,
) -> Refusal<CreateCustomKeyStore> {
    Refusal {
        card: Card {
            id,
            says,
            cite,
            evidence,
        },
        stage: Stage::Condition,
        error,
        when,
    }
}

const CLUSTER_IS_DESCRIBED: Refusal<CreateCustomKeyStore> = refusal(
    ("KS-CREATE-01", Evidence::Documented),
    "A CloudHSM key store needs a cluster, the password of kmsuser and the trust anchor.",
    API,
    must(&[
        Validation,
        CloudHsmClusterNotFound,
        IncorrectTrustAnchor,
        UnsupportedOperation,
    ]),
    |_, input| {
        let complete =
            input.cluster.is_some() && input.password.is_some() && input.trust_anchor.is_some();
        !input.is_external() && !complete
    },
);

const PROXY_IS_DESCRIBED: Refusal<CreateCustomKeyStore> = refusal(
    ("XKS-01", Evidence::Documented),
    "An external key store needs a connectivity, an endpoint, a path and a credential.",
    API,
    must(&[
        Validation,
        XksProxyInvalidConfiguration,
        UnsupportedOperation,
    ]),
    |_, input| {
        let complete = input.connectivity.is_some()
            && input.endpoint.is_some()
            && input.path.is_some()
            && input.credential.is_some();
        input.is_external() && !complete
    },
);

const MEMBERS_FIT_TYPE: Refusal<CreateCustomKeyStore> = refusal(
    ("KS-CREATE-20", Evidence::Inferred),
    "Members of one type of key store do not go with the other type.",
    API,
    must(&[
        Validation,
        UnsupportedOperation,
        XksProxyInvalidConfiguration,
    ]),
    |_, input| match input.is_external() {
        true => input.has_cloud_hsm_members(),
        false => input.has_external_members(),
    },
);

const PASSWORD_IS_PLAIN: Refusal<CreateCustomKeyStore> = refusal(
    ("KS-CREATE-12", Evidence::Documented),
    "The guide wants a password of letters and digits, and CloudHSM one of eight characters or \
     more; the service model wants neither.",
    GUIDE,
    may(&[Validation]),
    |_, input| input.password.as_deref().is_some_and(is_odd_password),
);

const TRUST_ANCHOR_IS_THE_CLUSTERS: Refusal<CreateCustomKeyStore> = refusal(
    ("KS-CREATE-13", Evidence::Documented),
    "The trust anchor must be the certificate that the cluster was initialised with.",
    API,
    must(&[IncorrectTrustAnchor]),
    |state, input| {
        let cluster = input.brought(state);
        let anchor = cluster.and_then(|cluster| cluster.trust_anchor.as_deref());
        match (anchor, &input.trust_anchor) {
            (Some(anchor), Some(given)) => !same_certificate(anchor, given),
            _ => false,
        }
    },
);

const A_RETRY_MAKES_NOTHING: Promise<CreateCustomKeyStore> = Promise {
    card: Card {
        id: "KS-CREATE-03",
        says: "A request that equals a disconnected key store in everything gives the id of that \
               store and makes nothing.",
        cite: GUIDE,
        evidence: Evidence::Documented,
    },
    when: |state, input| input.twin(state).is_some(),
    make: |input, success| {
        let twin = input.twin(success.state).map(|twin| twin.id.clone());
        if let Some(id) = twin {
            success.show(&Path::of("CustomKeyStoreId"), id);
        }
    },
};

const A_NEW_STORE: Promise<CreateCustomKeyStore> = Promise {
    card: Card {
        id: "KS-CREATE-02",
        says: "A new key store has an id of its own, is as the request describes it, and is \
               disconnected.",
        cite: API,
        evidence: Evidence::Documented,
    },
    when: |state, input| input.twin(state).is_none(),
    make: |input, success| {
        let Some(id) = success.text(&Path::of("CustomKeyStoreId"), Form::KeyStoreId) else {
            return;
        };
        let now = success.state.now;
        let store = KeyStore {
            id: id.clone(),
            name: success.traced(input.name.clone()),
            created: now,
            kind: input.kind(success),
            connection: success.traced(Connection::Disconnected),
            since: now,
        };
        success.state.key_stores.insert(id, Arc::new(store));
    },
};

/// Whether one documentation page refuses this password and another does not.
pub(super) fn is_odd_password(password: &str) -> bool {
    let plain = password.bytes().all(|byte| byte.is_ascii_alphanumeric());
    !plain || password.len() < 8
}

#[cfg(test)]
mod tests {
    use crate::state::ClusterState;
    use crate::testing::{TRUST_ANCHOR, World, external_store_body};
    use serde_json::{Value, json};

    const ZONES: &[&str] = &["us-east-1a", "us-east-1b"];

    fn body(cluster: &str) -> Value {
        json!({
            "CustomKeyStoreName": "store", "CloudHsmClusterId": cluster,
            "TrustAnchorCertificate": TRUST_ANCHOR, "KeyStorePassword": "kmsPassword",
        })
    }

    fn with(mut body: Value, member: &str, value: impl Into<Value>) -> Value {
        body[member] = value.into();
        body
    }

    fn without(mut body: Value, member: &str) -> Value {
        body.as_object_mut().expect("an object").remove(member);
        body
    }

    fn refused(world: &mut World, body: Value) -> Vec<&'static str> {
        world.refused("CreateCustomKeyStore", body)
    }

    #[test]
    fn the_cluster_must_exist_and_be_active() {
        let mut world = World::new();
        let cluster = world.cluster_with_hsms(ZONES);
        assert_eq!(
            refused(&mut world, body("cluster-ddddddddddd")),
            ["CloudHsmClusterNotFoundException"]
        );
        world.given(|state| {
            let cluster = state.cluster_mut("cluster-aaaaaaaaaaa").expect("given");
            cluster.state.value = ClusterState::Initialized;
        });
        assert_eq!(
            refused(&mut world, body(&cluster)),
            ["CloudHsmClusterNotActiveException"]
        );
    }

    #[test]
    fn two_hsms_in_one_zone_are_too_few() {
        let mut world = World::new();
        let cluster = world.cluster_with_hsms(&["us-east-1a", "us-east-1a"]);
        assert_eq!(
            refused(&mut world, body(&cluster)),
            ["CloudHsmClusterInvalidConfigurationException"]
        );
        assert_eq!(
            world.fired("CreateCustomKeyStore", body(&cluster)),
            ["KS-CREATE-09"]
        );
    }

    #[test]
    fn a_changed_network_is_an_invalid_configuration() {
        let mut world = World::new();
        let cluster = world.cluster_with_hsms(ZONES);
        world.given(|state| {
            let cluster = state.cluster_mut("cluster-aaaaaaaaaaa").expect("given");
            cluster.security_group_changed = true;
            for digit in ["1", "2"] {
                let subnet = format!("subnet-0a1b2c3d4e5f6071{digit}");
                state.outside.subnets[&subnet].deleted = true;
            }
        });
        assert_eq!(
            refused(&mut world, body(&cluster)),
            ["CloudHsmClusterInvalidConfigurationException"]
        );
        assert_eq!(
            world.fired("CreateCustomKeyStore", body(&cluster)),
            ["KS-CREATE-09a", "KS-CREATE-09b"]
        );
    }

    #[test]
    fn the_trust_anchor_must_be_the_clusters() {
        let mut world = World::new();
        let cluster = world.cluster_with_hsms(ZONES);
        let wrong = with(body(&cluster), "TrustAnchorCertificate", "another");
        assert_eq!(
            refused(&mut world, wrong),
            ["IncorrectTrustAnchorException"]
        );
    }

    #[test]
    fn members_must_be_complete_and_of_one_type() {
        let mut world = World::new();
        let cluster = world.cluster_with_hsms(ZONES);
        for member in [
            "CloudHsmClusterId",
            "TrustAnchorCertificate",
            "KeyStorePassword",
        ] {
            let codes = refused(&mut world, without(body(&cluster), member));
            assert!(codes.contains(&"ValidationException"), "{member}");
        }
        let mixed = with(body(&cluster), "XksProxyUriPath", "/kms/xks/v1");
        assert!(refused(&mut world, mixed).contains(&"ValidationException"));
        let external = external_store_body("x", "https://xks.example.com");
        for member in [
            "XksProxyConnectivity",
            "XksProxyUriEndpoint",
            "XksProxyUriPath",
            "XksProxyAuthenticationCredential",
        ] {
            let codes = refused(&mut world, without(external.clone(), member));
            assert!(codes.contains(&"ValidationException"), "{member}");
        }
        let service = "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0";
        let mixed = with(external, "XksProxyVpcEndpointServiceName", service);
        assert!(refused(&mut world, mixed).contains(&"ValidationException"));
    }

    #[test]
    fn proxies_share_neither_uri_nor_service() {
        let mut world = World::new();
        world.external_store("x", "https://xks.example.com");
        let same = external_store_body("y", "https://xks.example.com");
        assert_eq!(
            refused(&mut world, same.clone()),
            ["XksProxyUriInUseException"]
        );
        let other_path = with(same.clone(), "XksProxyUriPath", "/other/kms/xks/v1");
        world.ok("CreateCustomKeyStore", other_path);
        let service = "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0";
        let vpc = with(same, "XksProxyVpcEndpointServiceName", service);
        let vpc = with(vpc, "XksProxyConnectivity", "VPC_ENDPOINT_SERVICE");
        let vpc = with(vpc, "CustomKeyStoreName", "z");
        let vpc = with(vpc, "XksProxyUriPath", "/third/kms/xks/v1");
        assert_eq!(
            refused(&mut world, vpc.clone()),
            ["XksProxyUriEndpointInUseException"]
        );
        let vpc = with(vpc, "XksProxyUriEndpoint", "https://vpc.example.com");
        world.ok("CreateCustomKeyStore", vpc.clone());
        let again = with(vpc, "CustomKeyStoreName", "zz");
        let again = with(again, "XksProxyUriEndpoint", "https://vpc2.example.com");
        assert_eq!(
            refused(&mut world, again),
            ["XksProxyVpcEndpointServiceInUseException"]
        );
    }

    #[test]
    fn a_public_proxy_must_answer() {
        let mut world = World::new();
        let endpoint = "https://xks.example.com";
        world.outside(crate::outside::OutsideAction::FailProxy {
            endpoint: endpoint.to_owned(),
            error: Some("XKS_PROXY_NOT_REACHABLE".to_owned()),
        });
        let codes = refused(&mut world, external_store_body("x", endpoint));
        assert!(codes.contains(&"XksProxyUriUnreachableException"));
    }

    #[test]
    fn messages_hold_no_secrets() {
        let mut world = World::new();
        let cluster = world.cluster_with_hsms(ZONES);
        let short = with(body(&cluster), "KeyStorePassword", "secret");
        let operation = crate::catalog::operation(crate::Service::Kms, "CreateCustomKeyStore");
        let read = operation.map(|operation| operation.read(&short, &Default::default()));
        let Some(Err(fired)) = read else {
            panic!("the password is too short");
        };
        assert!(fired.iter().all(|rule| {
            rule.message
                .as_ref()
                .is_some_and(|message| !message.contains("secret"))
        }));
    }
}
