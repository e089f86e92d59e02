//! The judge against answers of AWS: a transcript of 2025 (`issues/cloudhsm-quick-setup-2025-07`), and
//! states that nobody recorded but that AWS may show.

use crate::belief::{Belief, Exchange, Verdict};
use crate::catalog;
use crate::operation::Service;
use crate::reply::Reply;
use crate::state::{Account, Outside, State};
use crate::testing::World;
use crate::time::{MINUTE, Millis};
use serde_json::{Value, json};

const START: Millis = 1_752_219_518_603;

fn judge(belief: &mut Belief, at: Millis, name: &str, body: Value, response: Value) -> Verdict {
    let operation = catalog::operation(Service::CloudHsm, name).expect("the operation is modelled");
    belief.observe(&Exchange {
        operation,
        body: &body,
        reply: &Reply::Done(response),
        received: at,
        certificate_fault: None,
    })
}

#[test]
fn the_recorded_setup_of_a_cluster_conforms() {
    let account = Account::new("111122223333", "ap-southeast-1");
    let mut belief = Belief::certain(State::new(account, Outside::default()));
    let subnet = "subnet-09bb7fdaf05e437bf";
    let cluster = "cluster-pgyrbxp7vpi";
    let created = json!({"Cluster": {
        "BackupPolicy": "DEFAULT", "BackupRetentionPolicy": {"Type": "DAYS", "Value": "90"},
        "ClusterId": cluster, "CreateTimestamp": 1_752_219_518.603, "Hsms": [],
        "HsmType": "hsm2m.medium", "State": "CREATE_IN_PROGRESS",
        "SubnetMapping": {"ap-southeast-1a": subnet}, "VpcId": "vpc-0544788d30aeff7a0",
        "NetworkType": "IPV4", "Certificates": {}, "Mode": "FIPS",
    }});
    let hsm = json!({"Hsm": {
        "AvailabilityZone": "ap-southeast-1a", "ClusterId": cluster, "SubnetId": subnet,
        "HsmId": "hsm-bscclnb4rgc", "HsmType": "hsm2m.medium", "State": "CREATE_IN_PROGRESS",
    }});
    let initialised = json!({
        "State": "INITIALIZE_IN_PROGRESS",
        "StateMessage": "Cluster is initializing. State will change to INITIALIZED upon completion.",
    });
    let steps = [
        (
            "CreateCluster",
            json!({"HsmType": "hsm2m.medium", "Mode": "FIPS", "SubnetIds": [subnet]}),
            created,
        ),
        (
            "CreateHsm",
            json!({"ClusterId": cluster, "AvailabilityZone": "ap-southeast-1a"}),
            hsm,
        ),
        (
            "InitializeCluster",
            json!({"ClusterId": cluster, "SignedCert": "c", "TrustAnchor": "t"}),
            initialised,
        ),
    ];
    for (index, (name, body, response)) in (0..).zip(steps) {
        let verdict = judge(
            &mut belief,
            START + index * 10 * MINUTE,
            name,
            body,
            response,
        );
        assert!(
            matches!(verdict, Verdict::Conforms(_)),
            "{name} {verdict:?}"
        );
    }
}

#[test]
fn a_cluster_may_be_updating_while_an_hsm_is_added() {
    for (state, conforms) in [("UPDATE_IN_PROGRESS", true), ("INITIALIZED", false)] {
        let mut world = World::new();
        world.active_cluster();
        let mut shown = world.ok("DescribeClusters", json!({}));
        shown["Clusters"][0]["State"] = json!(state);
        let now = world.state.now;
        let verdict = judge(&mut world.belief, now, "DescribeClusters", json!({}), shown);
        assert_eq!(
            matches!(verdict, Verdict::Conforms(_)),
            conforms,
            "{verdict:?}"
        );
    }
}

#[test]
fn a_deleted_hsm_may_linger_but_not_come_back() {
    for (state, conforms) in [("DELETED", true), ("ACTIVE", false)] {
        let mut world = World::new();
        let id = world.active_cluster();
        let mut before = world.ok("DescribeClusters", json!({}));
        let hsm = before["Clusters"][0]["Hsms"][0]["HsmId"].clone();
        world.ok("DeleteHsm", json!({"ClusterId": id, "HsmId": hsm}));
        before["Clusters"][0]["Hsms"][0]["State"] = json!(state);
        let now = world.state.now;
        let verdict = judge(
            &mut world.belief,
            now,
            "DescribeClusters",
            json!({}),
            before,
        );
        assert_eq!(
            matches!(verdict, Verdict::Conforms(_)),
            conforms,
            "{verdict:?}"
        );
    }
}
