//! PutResourcePolicy: shares a backup.

use super::cards::{REFUSED, documented, inferred};
use super::resource_policies::{OnPolicy, policy_lookups};
use super::shapes::*;
use crate::error_code::ErrorCode::{CloudHsmInvalidRequest, Validation};
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::rule::{Promise, Refusal, Stage, always, must};
use crate::shape::Member;
use crate::state::BackupState;
use serde_json::Value;

input! {
    /// Input of PutResourcePolicy.
    PutResourcePolicy, MEMBERS {
        arn: Option<String> = "ResourceArn", CLOUDHSM_ARN;
        policy: Option<String> = "Policy", RESOURCE_POLICY;
    }
}

const API: &str = "cloudhsm/latest/APIReference/API_PutResourcePolicy.html";

impl OnPolicy for PutResourcePolicy {
    fn arn(&self) -> Option<&str> {
        self.arn.as_deref()
    }
}

impl Operation for PutResourcePolicy {
    const NAME: &'static str = "PutResourcePolicy";
    const SERVICE: Service = Service::CloudHsm;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &policy_lookups(),
        &[BACKUP_IS_READY, POLICY_IS_GIVEN, POLICY_IS_JSON],
    ];
    const PROMISES: &'static [Promise<Self>] = &[POLICY_IS_KEPT, SHOWS_THE_RESOURCE];
}

const BACKUP_IS_READY: Refusal<PutResourcePolicy> = Refusal {
    card: documented("HSM-RP-01a", "Only a READY backup can be shared.", API),
    stage: Stage::Condition,
    error: must(REFUSED),
    when: |state, input| {
        input
            .backup(state)
            .is_some_and(|backup| backup.state.value != BackupState::Ready)
    },
};

const POLICY_IS_GIVEN: Refusal<PutResourcePolicy> = Refusal {
    card: inferred(
        "HSM-RP-103",
        "A policy must be given, although the service model does not require it.",
        API,
    ),
    stage: Stage::Condition,
    error: must(&[CloudHsmInvalidRequest, Validation]),
    when: |_, input| input.policy.is_none(),
};

const POLICY_IS_JSON: Refusal<PutResourcePolicy> = Refusal {
    card: inferred("HSM-RP-104", "A policy must be a JSON document.", API),
    stage: Stage::Condition,
    error: must(&[CloudHsmInvalidRequest, Validation]),
    when: |_, input| {
        input.policy.as_deref().is_some_and(|text| {
            !serde_json::from_str::<Value>(text).is_ok_and(|document| document.is_object())
        })
    },
};

const POLICY_IS_KEPT: Promise<PutResourcePolicy> = Promise {
    card: documented(
        "HSM-RP-01b",
        "PutResourcePolicy gives a backup its policy, or replaces it.",
        API,
    ),
    when: always,
    make: |input, success| {
        let policy = input.policy.clone().map(|policy| success.traced(policy));
        let id = input.backup(success.state).map(|backup| backup.id.clone());
        if let Some(backup) = id.and_then(|id| success.state.backup_mut(&id)) {
            backup.policy = policy;
        }
    },
};

const SHOWS_THE_RESOURCE: Promise<PutResourcePolicy> = Promise {
    card: documented(
        "HSM-RP-105",
        "PutResourcePolicy shows the ARN of the resource.",
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

    fn arn(backup: &str) -> String {
        format!("arn:aws:cloudhsm:us-east-1:111122223333:backup/{backup}")
    }

    #[test]
    fn a_policy_is_kept_and_replaced() {
        let mut world = World::new();
        let arn = arn(&world.backup());
        for policy in [r#"{"Version":"1"}"#, r#"{"Version":"2"}"#] {
            let body = json!({"ResourceArn": arn, "Policy": policy});
            world.ok("PutResourcePolicy", body);
            let shown = world.ok("GetResourcePolicy", json!({"ResourceArn": arn}));
            assert_eq!(shown["Policy"], policy);
        }
    }

    #[test]
    fn only_ready_backups_have_policies() {
        let mut world = World::new();
        let backup = world.backup();
        world.ok("DeleteBackup", json!({"BackupId": backup}));
        let body = json!({"ResourceArn": arn(&backup), "Policy": "{}"});
        assert_eq!(world.fired("PutResourcePolicy", body), ["HSM-RP-01a"]);
    }

    #[test]
    fn arn_and_policy_must_be_good() {
        let mut world = World::new();
        let backup = arn(&world.backup());
        let cluster = "arn:aws:cloudhsm:us-east-1:111122223333:cluster/cluster-aaaaaaaaaaa";
        let unknown = arn("backup-zzzzzzzzzzz");
        for (body, rule) in [
            (json!({"Policy": "{}"}), "HSM-RP-100"),
            (
                json!({"ResourceArn": cluster, "Policy": "{}"}),
                "HSM-RP-101",
            ),
            (
                json!({"ResourceArn": unknown, "Policy": "{}"}),
                "HSM-RP-102",
            ),
            (json!({"ResourceArn": backup}), "HSM-RP-103"),
            (json!({"ResourceArn": backup, "Policy": "x"}), "HSM-RP-104"),
        ] {
            assert_eq!(world.fired("PutResourcePolicy", body.clone()), [rule]);
            world.refused("PutResourcePolicy", body);
        }
    }
}
