//! What beliefs make of exchanges that are not as they should be.

use super::*;
use crate::catalog;
use crate::operation::Service;
use crate::state::{Account, Outside};
use crate::testing::{SUBNETS, World};
use crate::wire::JSON_ANSWERS;
use serde_json::json;

fn belief() -> Belief {
    let account = Account::new("123456789012", "us-east-1");
    Belief::certain(State::new(account, Outside::default()))
}

fn judged(belief: &mut Belief, name: &str, body: Value, reply: Reply) -> Verdict {
    belief.observe(&Exchange {
        operation: catalog::operation(Service::Kms, name).unwrap(),
        body: &body,
        reply: &reply,
        received: 0,
        certificate_fault: None,
    })
}

#[test]
fn what_was_made_under_a_malformed_id_exists_all_the_same() {
    let mut belief = belief();
    let id = "mrk-f6df2230-3309-426d-963e-9d2c25ca39fa";
    let made = json!({"KeyMetadata": {"KeyId": id}});
    let verdict = judged(
        &mut belief,
        "CreateKey",
        json!({"MultiRegion": true}),
        Reply::Done(made),
    );
    assert!(matches!(verdict, Verdict::Diverges(_)));
    let policy = json!({"PolicyNames": ["default"], "Truncated": false});
    let verdict = judged(
        &mut belief,
        "ListKeyPolicies",
        json!({"KeyId": id}),
        Reply::Done(policy),
    );
    assert!(!matches!(verdict, Verdict::Diverges(_)), "{verdict:?}");
}

#[test]
fn a_refusal_without_a_reason_breaks_the_promise_of_success() {
    let refused = Refused {
        error: "NotFoundException".to_owned(),
        message: None,
        status: 400,
    };
    let verdict = judged(
        &mut belief(),
        "CreateKey",
        json!({}),
        Reply::Refused(refused),
    );
    let Verdict::Diverges(divergences) = verdict else {
        panic!("{verdict:?}");
    };
    let divergence = &divergences[0];
    assert!(!divergence.rules.is_empty());
    assert!(divergence.condemns());
    assert_ne!(divergence.rules.first(), Some(&JSON_ANSWERS));
}

#[test]
fn a_rule_that_only_may_refuse_is_not_to_blame_first() {
    let mut world = World::new();
    let key = world.ok("CreateKey", json!({}))["KeyMetadata"]["KeyId"].clone();
    let body = json!({
        "KeyId": key, "GrantTokens": ["a"], "Message": "YQ==", "Signature": "YQ==",
        "SigningAlgorithm": "ECDSA_SHA_256",
    });
    let refused = Refused {
        error: "ValidationException".to_owned(),
        message: None,
        status: 400,
    };
    let mut belief = Belief::certain(world.state.clone());
    let verdict = judged(&mut belief, "Verify", body, Reply::Refused(refused));
    let Verdict::Diverges(divergences) = verdict else {
        panic!("{verdict:?}");
    };
    let ids: Vec<&str> = divergences[0].rules.iter().map(|card| card.id).collect();
    assert_eq!(ids, ["CKX-06", "GR-03"]);
}

#[test]
fn foresight_tells_successes_that_are_not_modelled() {
    let foresee = |exclusive: bool, name: &str, body: Value| {
        let mut account = Account::new("123456789012", "us-east-1");
        account.exclusive = exclusive;
        let belief = Belief::certain(State::new(account, Outside::default()));
        belief.foresee(&Exchange {
            operation: catalog::operation(Service::Kms, name).unwrap(),
            body: &body,
            reply: &Reply::Lost(String::new()),
            received: 0,
            certificate_fault: None,
        })
    };
    // Others may have sealed it.
    let foreign = foresee(false, "Decrypt", json!({"CiphertextBlob": "YQ=="}));
    assert!(foreign.may_succeed && foreign.unmodelled);
    let modelled = foresee(true, "CreateKey", json!({}));
    assert!(modelled.may_succeed && !modelled.unmodelled);
}

#[test]
fn what_a_lost_creation_made_may_show_up() {
    let mut other = World::new();
    other.new_cluster();
    let shown = other.ok("DescribeClusters", json!({}));
    let mut world = World::new();
    let body = json!({"HsmType": "hsm2m.medium", "Mode": "FIPS", "SubnetIds": SUBNETS});
    world.judged("CreateCluster", &body, &Reply::Lost("reset".to_owned()));
    let verdict = world.judged("DescribeClusters", &json!({}), &Reply::Done(shown));
    assert!(matches!(verdict, Verdict::Conforms(_)), "{verdict:?}");
}

#[test]
fn an_hsm_that_was_made_before_its_subnet_was_deleted_is_active() {
    let mut world = World::new();
    let cluster = world.active_cluster();
    let body = json!({"ClusterId": cluster, "AvailabilityZone": "us-east-1b"});
    world.ok("CreateHsm", body);
    world.advance(2 * crate::time::HOUR);
    world.outside(OutsideAction::DeleteSubnet {
        subnet: SUBNETS[1].to_owned(),
    });
    world.ok("DescribeCustomKeyStores", json!({}));
    world.ok("DescribeClusters", json!({}));
}
