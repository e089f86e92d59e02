//! GetKeyPolicy: shows the policy of a key.

use super::key_states::key_of;
use super::lookups::{OnKey, id_lookups, other_account};
use super::policy::{NamesPolicy, default_policy, other_policy_name};
use super::policy_document::mean_the_same;
use super::shapes::{KEY_ID, POLICY_NAME};
use crate::card::{Card, Evidence};
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::rule::{Promise, Refusal};
use crate::shape::Member;
use crate::state::{Names, State, Traced};
use crate::success::Success;
use serde_json::Value;

input! {
    /// Input of GetKeyPolicy.
    GetKeyPolicy, MEMBERS {
        key: String = "KeyId", KEY_ID;
        policy_name: Option<String> = "PolicyName", POLICY_NAME;
    }
}

impl OnKey for GetKeyPolicy {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl NamesPolicy for GetKeyPolicy {
    fn policy_name(&self) -> Option<&str> {
        self.policy_name.as_deref()
    }
}

impl Operation for GetKeyPolicy {
    const NAME: &'static str = "GetKeyPolicy";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] =
        &[&id_lookups(), &[other_account(), other_policy_name()]];
    const PROMISES: &'static [Promise<Self>] = &[SHOWS_THE_DEFAULT, SHOWS_WHAT_WAS_PUT];
}

const SHOWS_THE_DEFAULT: Promise<GetKeyPolicy> = Promise {
    card: Card {
        id: "POL-01",
        says: "A key that was made without a policy has one that lets the account do everything.",
        cite: "recording LocalStack test_kms test_replicate_key",
        evidence: Evidence::Observed,
    },
    when: |state, input| given_policy(state, input).is_none(),
    make: |_, success| {
        let policy = default_policy(success.state).to_string();
        let policy = success.traced(policy);
        // The console names the same policy differently.
        let of_console = policy.value.replace("key-default-1", "key-consolepolicy-3");
        show(success, &policy, &[&policy.value, &of_console]);
    },
};

const SHOWS_WHAT_WAS_PUT: Promise<GetKeyPolicy> = Promise {
    card: Card {
        id: "POL-101",
        says: "GetKeyPolicy shows the policy that was put last.",
        cite: "kms/latest/APIReference/API_GetKeyPolicy.html",
        evidence: Evidence::Documented,
    },
    when: |state, input| given_policy(state, input).is_some(),
    make: |input, success| {
        if let Some(policy) = given_policy(success.state, input) {
            show(success, &policy, &[&policy.value]);
        }
    },
};

fn given_policy(state: &State, input: &GetKeyPolicy) -> Option<Traced<String>> {
    let policy = &key_of(state, input)?.policy;
    Some(Traced {
        value: policy.value.clone()?,
        by: policy.by,
    })
}

fn show(success: &mut Success<'_>, policy: &Traced<String>, as_good: &[&String]) {
    let text = policy.value.as_str();
    success.show_like(&Path::of("Policy"), policy, text, &|shown: &Value| {
        let shown = shown.as_str().unwrap_or_default();
        as_good.iter().any(|text| mean_the_same(shown, text))
    });
    success.may_show(&Path::of("PolicyName"), super::policy::POLICY_NAME);
}

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use serde_json::{Value, json};

    #[test]
    fn a_key_made_without_a_policy_has_the_default_one() {
        let mut world = World::new();
        let id = world.key(json!({}));
        let shown = world.ok(
            "GetKeyPolicy",
            json!({"KeyId": id, "PolicyName": "default"}),
        );
        let policy = shown["Policy"].as_str().expect("a text");
        let policy: Value = serde_json::from_str(policy).expect("JSON");
        assert_eq!(policy["Id"], "key-default-1");
        assert_eq!(policy["Statement"][0]["Action"], "kms:*");
    }

    #[test]
    fn a_key_made_with_a_policy_shows_it() {
        let mut world = World::new();
        let policy = json!({"Statement": [{
            "Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*",
        }]});
        let id = world.key(json!({"Policy": policy.to_string()}));
        let shown = world.ok("GetKeyPolicy", json!({"KeyId": id}));
        assert_eq!(shown["Policy"], json!(policy.to_string()));
    }

    #[test]
    fn no_policy_has_another_name() {
        let mut world = World::new();
        let id = world.key(json!({}));
        let other = json!({"KeyId": id, "PolicyName": "other"});
        assert_eq!(world.fired("GetKeyPolicy", other), ["POL-02"]);
        let odd = json!({"KeyId": id, "PolicyName": "a b"});
        assert_eq!(world.fired("GetKeyPolicy", odd), ["VAL-05"]);
    }
}
