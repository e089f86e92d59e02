//! GetResourcePolicy: shows the policy of a backup.

use super::cards::observed;
use super::resource_policies::{self, OnPolicy, policy_lookups};
use super::shapes::*;
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal, always};
use crate::shape::Member;

input! {
    /// Input of GetResourcePolicy.
    GetResourcePolicy, MEMBERS {
        arn: Option<String> = "ResourceArn", CLOUDHSM_ARN;
    }
}

impl OnPolicy for GetResourcePolicy {
    fn arn(&self) -> Option<&str> {
        self.arn.as_deref()
    }
}

impl Operation for GetResourcePolicy {
    const NAME: &'static str = "GetResourcePolicy";
    const SERVICE: Service = Service::CloudHsm;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[&policy_lookups()];
    const PROMISES: &'static [Promise<Self>] = &[SHOWS_THE_POLICY];
}

const SHOWS_THE_POLICY: Promise<GetResourcePolicy> = Promise {
    card: observed(
        "HSM-RP-01",
        "GetResourcePolicy shows the policy of a backup, and an empty object where there is none.",
        "recording cloud-custodian placebo.cloudhsmv2 test_cloudhsm_backup_statement",
    ),
    when: always,
    make: |input, success| {
        let policy = input
            .backup(success.state)
            .and_then(|backup| backup.policy.clone());
        let policy = policy.unwrap_or_else(|| success.traced("{}".to_owned()));
        resource_policies::show(success, &policy);
    },
};

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use serde_json::json;

    #[test]
    fn a_backup_without_a_policy_shows_an_empty_one() {
        let mut world = World::new();
        let backup = world.backup();
        let arn = format!("arn:aws:cloudhsm:us-east-1:111122223333:backup/{backup}");
        let shown = world.ok("GetResourcePolicy", json!({"ResourceArn": arn}));
        assert_eq!(shown["Policy"], "{}");
    }
}
