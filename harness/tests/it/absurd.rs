//! Numbers outside all limits, on a target that takes them: the judge says so and goes on, whatever
//! follows from them.

use kms_conformance::generate::private_emulator;
use kms_conformance::plan::{Act, Plan, Step};
use kms_conformance::player::{Playing, play};
use kms_conformance::session::{Identity, Timing};
use kms_conformance_model::{Sabotage, Switches};
use serde_json::{Value, json};

fn plan(number: i64) -> Plan {
    let call = |operation: &str, body: Value| Act::Call {
        service: "kms".to_owned(),
        operation: operation.to_owned(),
        body,
        region: None,
    };
    let key = json!({ "$of": [1, "KeyMetadata.KeyId"] });
    let this = json!({ "KeyId": key });
    let acts = [
        call("CreateKey", json!({})),
        call(
            "EnableKeyRotation",
            json!({ "KeyId": key, "RotationPeriodInDays": number }),
        ),
        call("GetKeyRotationStatus", this.clone()),
        Act::Advance {
            seconds: 400 * 86_400,
        },
        call("ListKeyRotations", this.clone()),
        call("ListKeys", json!({ "Limit": number })),
        call(
            "ScheduleKeyDeletion",
            json!({ "KeyId": key, "PendingWindowInDays": number }),
        ),
        call("DescribeKey", this.clone()),
        call("CancelKeyDeletion", this),
    ];
    let steps = (1..).zip(acts).map(|(id, act)| Step { id, act });
    Plan::new("an absurd number", steps.collect())
}

#[tokio::test]
async fn a_target_that_takes_any_number_is_judged_to_the_end() {
    let identity = Identity {
        account: "123456789012".to_owned(),
        region: "us-east-1".to_owned(),
        salt: "absurd".to_owned(),
    };
    let mut without = Switches::none();
    without.break_rule(None, "VAL-01", Sabotage::Off);
    let target = private_emulator(&identity, &without);
    let playing = Playing {
        timing: Timing::Still,
        ..Playing::new(&target, &identity)
    };
    for number in [0, -1, 1 << 40, i64::MIN, i64::MAX] {
        let plan = plan(number);
        let played = play(&plan, &playing).await.unwrap();
        assert_eq!(played.calls, plan.calls());
        let rules = played.seen.iter().flat_map(|seen| &seen.divergence.rules);
        let missed = rules.filter(|rule| rule.id == "VAL-01").count();
        assert!(missed > 0, "{number}: {:#?}", played.seen);
    }
}
