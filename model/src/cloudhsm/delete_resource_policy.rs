//! DeleteResourcePolicy: shares a backup no longer.

use super::cards::{documented, inferred};
use super::resource_policies::{OnPolicy, policy_lookups};
use super::shapes::*;
use crate::error_code::ErrorCode::{CloudHsmInvalidRequest, CloudHsmResourceNotFound};
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::rule::{Promise, Refusal, Stage, always, may};
use crate::shape::Member;

input! {
    /// Input of DeleteResourcePolicy.
    DeleteResourcePolicy, MEMBERS {
        arn: Option<String> = "ResourceArn", CLOUDHSM_ARN;
    }
}

const API: &str = "cloudhsm/latest/APIReference/API_DeleteResourcePolicy.html";

impl OnPolicy for DeleteResourcePolicy {
    fn arn(&self) -> Option<&str> {
        self.arn.as_deref()
    }
}

impl Operation for DeleteResourcePolicy {
    const NAME: &'static str = "DeleteResourcePolicy";
    const SERVICE: Service = Service::CloudHsm;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[&policy_lookups(), &[HAS_A_POLICY]];
    const PROMISES: &'static [Promise<Self>] = &[POLICY_IS_GONE, SHOWS_THE_RESOURCE];
}

const HAS_A_POLICY: Refusal<DeleteResourcePolicy> = Refusal {
    card: inferred(
        "HSM-RP-106",
        "A backup without a policy may refuse to have it deleted.",
        API,
    ),
    stage: Stage::Condition,
    error: may(&[CloudHsmResourceNotFound, CloudHsmInvalidRequest]),
    when: |state, input| {
        input
            .backup(state)
            .is_some_and(|backup| backup.policy.as_ref().is_none_or(|it| it.value == "{}"))
    },
};

const POLICY_IS_GONE: Promise<DeleteResourcePolicy> = Promise {
    card: documented(
        "HSM-RP-107",
        "DeleteResourcePolicy takes the policy from a backup.",
        API,
    ),
    when: always,
    make: |input, success| {
        // An empty policy instead of none keeps the rule that is to blame if the old one is shown.
        let none = success.traced("{}".to_owned());
        let id = input.backup(success.state).map(|backup| backup.id.clone());
        if let Some(backup) = id.and_then(|id| success.state.backup_mut(&id)) {
            backup.policy = backup.policy.is_some().then_some(none);
        }
    },
};

const SHOWS_THE_RESOURCE: Promise<DeleteResourcePolicy> = Promise {
    card: documented(
        "HSM-RP-108",
        "DeleteResourcePolicy shows the ARN of the resource.",
        API,
    ),
    when: always,
    make: |input, success| {
        success.show(&Path::of("ResourceArn"), input.arn().unwrap_or_default());
    },
};

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use serde_json::json;

    #[test]
    fn a_deleted_policy_is_empty() {
        let mut world = World::new();
        let backup = world.backup();
        let arn = format!("arn:aws:cloudhsm:us-east-1:111122223333:backup/{backup}");
        let body = json!({"ResourceArn": arn, "Policy": r#"{"Version":"1"}"#});
        world.ok("PutResourcePolicy", body);
        world.ok("DeleteResourcePolicy", json!({"ResourceArn": arn}));
        let shown = world.ok("GetResourcePolicy", json!({"ResourceArn": arn}));
        assert_eq!(shown["Policy"], "{}");
    }
}
