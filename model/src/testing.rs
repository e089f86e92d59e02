//! A world for unit tests: an account driven request by request, each answer judged on the way.

mod counting;

use crate::answer::{Answered, answer};
use crate::belief::{Belief, Exchange, Verdict};
use crate::card::{Card, Evidence};
use crate::catalog;
use crate::drift::{Latency, settle_due};
use crate::operation::{AnyOperation, Service};
use crate::outside::OutsideAction;
use crate::reply::{Refused, Reply};
use crate::state::{
    Account, Cluster, ClusterState, Hsm, HsmState, KmsUser, Outside, Password, State, Traced,
};
use crate::switches::Switches;
use crate::time::Millis;
use counting::Counting;
use serde_json::{Value, json};
use std::sync::Arc;

/// The subnets of the default VPC, in zones a, b and c.
pub(crate) const SUBNETS: [&str; 3] = [
    "subnet-0a1b2c3d4e5f60711",
    "subnet-0a1b2c3d4e5f60712",
    "subnet-0a1b2c3d4e5f60713",
];

/// An account under test. Everything it answers is judged too, so a test that passes also shows that
/// emulator and judge agree.
pub(crate) struct World {
    pub(crate) state: State,
    pub(crate) belief: Belief,
    pub(crate) latency: Latency,
    source: Counting,
}

impl World {
    /// An empty account in which things settle at once.
    pub(crate) fn new() -> World {
        let state = State::new(
            Account::new("111122223333", "us-east-1"),
            Outside::with_default_vpc("us-east-1"),
        );
        let belief = Belief::certain(state.clone());
        World {
            state,
            belief,
            latency: Latency::Instant,
            source: Counting::default(),
        }
    }

    /// Sends a request that must succeed, and gives the response.
    pub(crate) fn ok(&mut self, name: &str, body: Value) -> Value {
        match self.send(name, &body) {
            Answered::Done(response) => response,
            other => panic!("{name} {body} answered {other:?}"),
        }
    }

    /// Sends a request that must be refused, and gives the error types that AWS may answer with.
    pub(crate) fn refused(&mut self, name: &str, body: Value) -> Vec<&'static str> {
        let operation = named(name);
        settle_due(&mut self.state, self.latency, &Switches::none());
        let fired = match operation.read(&body, &Switches::none()) {
            Err(fired) => fired,
            Ok(call) => call.refusals(&self.state, &Switches::none()),
        };
        let allowed = crate::operation::allowed(fired);
        assert!(!allowed.success, "{name} {body} may succeed");
        let answered = self.send(name, &body);
        assert!(
            matches!(answered, Answered::Refused(..)),
            "{name} {body} answered {answered:?}"
        );
        let codes = allowed.refusals.iter().flat_map(|rule| rule.codes);
        let mut names: Vec<&str> = codes.map(|code| code.wire_name()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Sends a request that is refused, though it may be that it would succeed by now.
    pub(crate) fn refuses(&mut self, name: &str, body: Value) {
        let answered = self.send(name, &body);
        assert!(
            matches!(answered, Answered::Refused(..)),
            "{name} {body} answered {answered:?}"
        );
    }

    /// The ids of the refusals that fire for a request, in any stage.
    pub(crate) fn fired(&mut self, name: &str, body: Value) -> Vec<&'static str> {
        match named(name).read(&body, &Switches::none()) {
            Err(fired) => fired.iter().map(|rule| rule.card.id).collect(),
            Ok(call) => call
                .refusals(&self.state, &Switches::none())
                .iter()
                .map(|rule| rule.card.id)
                .collect(),
        }
    }

    /// Lets something happen outside.
    pub(crate) fn outside(&mut self, action: OutsideAction) {
        action
            .act(&mut self.state)
            .expect("the action must be possible");
        self.belief
            .outside(|state| action.act(state).expect("possible for the judge too"));
    }

    /// Puts into the account what no request of a test makes, and lets the judge know.
    pub(crate) fn given(&mut self, change: impl Fn(&mut State)) {
        change(&mut self.state);
        self.belief.outside(change);
    }

    /// Makes a key and gives its id.
    pub(crate) fn key(&mut self, body: Value) -> String {
        let made = self.ok("CreateKey", body);
        let id = made["KeyMetadata"]["KeyId"].as_str();
        id.expect("a key has an id").to_owned()
    }

    /// Makes the material of a key unreachable or reachable, as its key store would.
    pub(crate) fn reach(&mut self, id: &str, reachable: bool) {
        let act = |state: &mut State| {
            let key = state.key_mut(id).expect("the key must exist");
            key.reachable.value = reachable;
        };
        act(&mut self.state);
        self.belief.outside(act);
    }

    /// The verdict on an answer that another target might have given.
    pub(crate) fn judged(&mut self, name: &str, body: &Value, reply: &Reply) -> Verdict {
        self.belief.observe(&Exchange {
            operation: named(name),
            body,
            reply,
            received: self.state.now,
            certificate_fault: None,
        })
    }

    /// Makes a cluster and gives its id.
    pub(crate) fn new_cluster(&mut self) -> String {
        let body = json!({"HsmType": "hsm2m.medium", "Mode": "FIPS", "SubnetIds": SUBNETS});
        let made = self.ok("CreateCluster", body);
        let id = made["Cluster"]["ClusterId"].as_str();
        id.expect("a cluster has an id").to_owned()
    }

    /// Makes an active cluster with active HSMs in two zones and gives its id.
    pub(crate) fn active_cluster(&mut self) -> String {
        let id = self.new_cluster();
        let cluster = id.clone();
        let hsm = |zone| json!({"ClusterId": id, "AvailabilityZone": zone});
        self.ok("CreateHsm", hsm("us-east-1a"));
        self.ok("DescribeClusters", json!({}));
        self.ok(
            "InitializeCluster",
            json!({"ClusterId": id, "SignedCert": "signed", "TrustAnchor": TRUST_ANCHOR}),
        );
        // Seeing the new state lets the judge know that the cluster can be activated.
        self.ok("DescribeClusters", json!({}));
        self.outside(OutsideAction::ActivateCluster { cluster });
        self.ok("CreateHsm", hsm("us-east-1b"));
        self.ok("DescribeClusters", json!({}));
        id
    }

    /// Makes an active cluster and gives the id of its first backup, which is ready.
    pub(crate) fn backup(&mut self) -> String {
        self.active_cluster();
        self.ok("DescribeBackups", json!({}));
        let shown = self.ok("DescribeBackups", json!({}));
        let id = shown["Backups"][0]["BackupId"].as_str();
        id.expect("a backup has an id").to_owned()
    }

    /// Moves the clock.
    pub(crate) fn advance(&mut self, by: Millis) {
        self.state.now += by;
    }

    fn send(&mut self, name: &str, body: &Value) -> Answered {
        let operation = named(name);
        settle_due(&mut self.state, self.latency, &Switches::none());
        let answered = answer(
            operation,
            &mut self.state,
            body,
            &mut self.source,
            &Switches::none(),
        );
        let reply = match &answered {
            Answered::Done(response) => Reply::Done(response.clone()),
            Answered::Refused(code, message) => Reply::Refused(Refused {
                error: code.wire_name().to_owned(),
                message: message.clone(),
                status: code.status(),
            }),
            Answered::NotModelled => return answered,
        };
        let verdict = self.belief.observe(&Exchange {
            operation,
            body,
            reply: &reply,
            received: self.state.now,
            certificate_fault: self.state.outside.certificate_fault,
        });
        assert!(
            matches!(verdict, Verdict::Conforms(_)),
            "{name} {body}\nanswered {reply:?}\nand was judged {verdict:?}"
        );
        answered
    }
}

/// The operation with this name; `CloudHsm/` before it tells the two TagResource apart.
fn named(name: &str) -> &'static dyn AnyOperation {
    let found = match name.strip_prefix("CloudHsm/") {
        Some(name) => catalog::operation(Service::CloudHsm, name),
        None => catalog::operation(Service::Kms, name)
            .or_else(|| catalog::operation(Service::CloudHsm, name)),
    };
    found.unwrap_or_else(|| panic!("there is no operation {name}"))
}

/// The trust anchor of the clusters that tests are given.
pub(crate) const TRUST_ANCHOR: &str =
    "-----BEGIN CERTIFICATE-----\nroot\n-----END CERTIFICATE-----";

/// What tests are given rather than make: clusters as if CloudHSM and an administrator had made them.
impl World {
    /// An active cluster with an active HSM in each zone and the crypto user `kmsuser`, whose
    /// password is `kmsPassword`; gives its id. The HSMs are `hsm-` and the number of the zone.
    pub(crate) fn cluster_with_hsms(&mut self, zones: &[&str]) -> String {
        self.cluster_named("cluster-aaaaaaaaaaa", "cluster-aaaaaaaaaaa", zones)
    }

    /// The same, with an id and a lineage of the test's choice.
    pub(crate) fn cluster_named(&mut self, id: &str, lineage: &str, zones: &[&str]) -> String {
        let cluster = active_cluster(id, lineage, zones);
        self.given(|state| {
            state
                .clusters
                .insert(id.to_owned(), Arc::new(cluster.clone()));
        });
        id.to_owned()
    }

    /// A disconnected CloudHSM key store before a cluster with HSMs in two zones; gives its id.
    pub(crate) fn store(&mut self) -> Value {
        let cluster = self.cluster_with_hsms(&["us-east-1a", "us-east-1b"]);
        let body = json!({
            "CustomKeyStoreName": "store", "CloudHsmClusterId": cluster,
            "TrustAnchorCertificate": TRUST_ANCHOR, "KeyStorePassword": "kmsPassword",
        });
        self.ok("CreateCustomKeyStore", body)["CustomKeyStoreId"].clone()
    }

    /// A disconnected external key store before a public proxy; gives its id.
    pub(crate) fn external_store(&mut self, name: &str, endpoint: &str) -> Value {
        let body = external_store_body(name, endpoint);
        self.ok("CreateCustomKeyStore", body)["CustomKeyStoreId"].clone()
    }
}

/// The request that makes an external key store before a public proxy.
pub(crate) fn external_store_body(name: &str, endpoint: &str) -> Value {
    json!({
        "CustomKeyStoreName": name, "CustomKeyStoreType": "EXTERNAL_KEY_STORE",
        "XksProxyConnectivity": "PUBLIC_ENDPOINT", "XksProxyUriEndpoint": endpoint,
        "XksProxyUriPath": "/kms/xks/v1", "XksProxyAuthenticationCredential": {
            "AccessKeyId": "ABCDEFGHIJKLMNOPQRST",
            "RawSecretAccessKey": "DXjSUawnel2fr6SKC7G25CNxTyWKE5PF9XX6H/u9pSo=",
        },
    })
}

fn active_cluster(id: &str, lineage: &str, zones: &[&str]) -> Cluster {
    let by: &'static Card = &Card {
        id: "TEST",
        says: "A test says so.",
        cite: "a test",
        evidence: Evidence::Documented,
    };
    let traced = |text: &str| Traced {
        value: text.to_owned(),
        by,
    };
    let subnets = [("a", "1"), ("b", "2"), ("c", "3")].map(|(zone, digit)| {
        let subnet = format!("subnet-0a1b2c3d4e5f6071{digit}");
        (format!("us-east-1{zone}"), subnet)
    });
    let subnets: imbl::OrdMap<String, String> = subnets.into_iter().collect();
    let hsms = zones.iter().enumerate().map(|(index, zone)| {
        let hsm = Hsm {
            id: format!("hsm-{index}"),
            zone: (*zone).to_owned(),
            subnet: subnets[*zone].clone(),
            state: Traced {
                value: HsmState::Active,
                by,
            },
            since: 0,
            eni_id: None,
            eni_ip: None,
        };
        (hsm.id.clone(), hsm)
    });
    Cluster {
        id: id.to_owned(),
        created: 0,
        state: Traced {
            value: ClusterState::Active,
            by,
        },
        since: 0,
        hsm_type: traced("hsm2m.medium"),
        mode: Some(traced("FIPS")),
        network: traced("IPV4"),
        vpc: Some("vpc-0a1b2c3d4e5f60718".to_owned()),
        hsms: hsms.collect(),
        subnets,
        security_group: None,
        retention: traced("90"),
        source_backup: None,
        lineage: lineage.to_owned(),
        csr: None,
        certificate: None,
        trust_anchor: Some(TRUST_ANCHOR.to_owned()),
        hardware_certificates: imbl::OrdMap::new(),
        tags: imbl::OrdMap::new(),
        kmsuser: Some(KmsUser {
            password: Password::Chosen("kmsPassword".to_owned()),
            logged_in: false,
            bad_logins: 0,
            missing_on: imbl::OrdSet::new(),
        }),
        keys: imbl::OrdSet::new(),
        security_group_changed: false,
        unnamed_backups: 0,
        rollback: None,
    }
}
