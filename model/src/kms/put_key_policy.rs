//! PutKeyPolicy: replaces the policy of a key.

use super::lookups::{OnKey, id_lookups, other_account};
use super::policy::{BringsPolicy, NamesPolicy, other_policy_name, policy_rules};
use super::shapes::{KEY_ID, POLICY, POLICY_NAME};
use crate::card::{Card, Evidence};
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal, always};
use crate::shape::{Member, Shape};
use crate::state::Names;

input! {
    /// Input of PutKeyPolicy.
    PutKeyPolicy, MEMBERS {
        key: String = "KeyId", KEY_ID;
        policy_name: Option<String> = "PolicyName", POLICY_NAME;
        policy: String = "Policy", POLICY;
        bypass: Option<bool> = "BypassPolicyLockoutSafetyCheck", Shape::Flag;
    }
}

impl OnKey for PutKeyPolicy {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl NamesPolicy for PutKeyPolicy {
    fn policy_name(&self) -> Option<&str> {
        self.policy_name.as_deref()
    }
}

impl BringsPolicy for PutKeyPolicy {
    fn policy(&self) -> Option<&str> {
        Some(&self.policy)
    }

    fn bypasses_lockout_check(&self) -> bool {
        self.bypass == Some(true)
    }
}

impl Operation for PutKeyPolicy {
    const NAME: &'static str = "PutKeyPolicy";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const EMPTY_BODY: bool = true;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &id_lookups(),
        &[other_account(), other_policy_name()],
        &policy_rules(),
    ];
    const PROMISES: &'static [Promise<Self>] = &[THE_POLICY_IS_REPLACED];
}

const THE_POLICY_IS_REPLACED: Promise<PutKeyPolicy> = Promise {
    card: Card {
        id: "POL-102",
        says: "PutKeyPolicy replaces the policy of a key, whatever its state.",
        cite: "kms/latest/APIReference/API_PutKeyPolicy.html",
        evidence: Evidence::Documented,
    },
    when: always,
    make: |input, success| {
        let policy = success.traced(Some(input.policy.clone()));
        let id = input.key_id(success.state).unwrap_or_default();
        if let Some(key) = success.state.key_mut(&id) {
            key.policy = policy;
        }
    },
};

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use serde_json::json;

    fn policy(action: &str) -> String {
        let statement = json!({
            "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": action,
            "Resource": "*",
        });
        json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
    }

    #[test]
    fn the_policy_is_replaced_in_every_state_of_the_key() {
        let mut world = World::new();
        let id = world.key(json!({}));
        world.ok("ScheduleKeyDeletion", json!({"KeyId": id}));
        let body = json!({"KeyId": id, "Policy": policy("kms:*")});
        assert_eq!(world.ok("PutKeyPolicy", body), json!({}));
        let shown = world.ok("GetKeyPolicy", json!({"KeyId": id}));
        assert_eq!(shown["Policy"], json!(policy("kms:*")));
    }

    #[test]
    fn a_policy_that_locks_the_caller_out_needs_the_bypass() {
        let mut world = World::new();
        let id = world.key(json!({}));
        let body = json!({"KeyId": id, "Policy": policy("kms:Encrypt")});
        assert_eq!(
            world.refused("PutKeyPolicy", body),
            ["MalformedPolicyDocumentException"]
        );
        let bypassed = json!({
            "KeyId": id, "Policy": policy("kms:Encrypt"), "BypassPolicyLockoutSafetyCheck": true,
        });
        world.ok("PutKeyPolicy", bypassed);
    }

    #[test]
    fn no_policy_has_another_name() {
        let mut world = World::new();
        let id = world.key(json!({}));
        let body = json!({"KeyId": id, "Policy": policy("kms:*"), "PolicyName": "other"});
        assert_eq!(world.fired("PutKeyPolicy", body), ["POL-02"]);
    }
}
