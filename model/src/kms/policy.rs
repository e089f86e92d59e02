//! Key policies: what makes one malformed, and whom it locks out.

use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::{LimitExceeded, MalformedPolicyDocument};
use crate::rule::{Refusal, Stage, may, must};
use crate::state::State;
use serde_json::{Value, json};

/// The longest policy that AWS keeps, in bytes.
const LONGEST_POLICY: usize = 32_768;

/// An operation that brings a key policy.
pub(crate) trait BringsPolicy: 'static {
    /// The policy, if one was given.
    fn policy(&self) -> Option<&str>;

    /// Whether the caller accepts to be locked out.
    fn bypasses_lockout_check(&self) -> bool;
}

/// The policy of a key that was made without one.
pub fn default_policy(state: &State) -> Value {
    json!({
        "Version": "2012-10-17",
        "Id": "key-default-1",
        "Statement": [{
            "Sid": "Enable IAM User Permissions",
            "Effect": "Allow",
            "Principal": {"AWS": root_arn(state)},
            "Action": "kms:*",
            "Resource": "*",
        }],
    })
}

/// The ways in which a policy is refused.
pub(crate) const fn policy_rules<Op: BringsPolicy>() -> [Refusal<Op>; 5] {
    [
        Refusal {
            card: Card {
                id: "POL-04a",
                says: "A policy that is not a JSON policy document is malformed.",
                cite: "kms/latest/APIReference/API_PutKeyPolicy.html",
                evidence: Evidence::Documented,
            },
            stage: Stage::Condition,
            error: must(&[MalformedPolicyDocument]),
            when: |_, input| {
                input
                    .policy()
                    .is_some_and(|text| statements(text).is_none())
            },
        },
        Refusal {
            card: Card {
                id: "POL-04",
                says: "A statement whose principal is missing or cannot exist makes the policy \
                       malformed.",
                cite: "recording issues/kms-wire-observations, minimum-viable-dataspace issue 6",
                evidence: Evidence::Observed,
            },
            stage: Stage::Condition,
            error: must(&[MalformedPolicyDocument]).saying(|_, _| {
                "Policy contains a statement with one or more invalid principals.".to_owned()
            }),
            when: |_, input| any_statement(input, |statement| !has_valid_principal(statement)),
        },
        Refusal {
            card: Card {
                id: "POL-04b",
                says: "A statement without Action or Resource may make the policy malformed.",
                cite: "kms/latest/APIReference/API_PutKeyPolicy.html",
                evidence: Evidence::SecondHand,
            },
            stage: Stage::Condition,
            error: may(&[MalformedPolicyDocument]),
            when: |_, input| {
                any_statement(input, |statement| {
                    let lacks = |one: &str, other: &str| {
                        statement.get(one).is_none() && statement.get(other).is_none()
                    };
                    lacks("Action", "NotAction") || lacks("Resource", "NotResource")
                })
            },
        },
        Refusal {
            card: Card {
                id: "POL-03",
                says: "A policy that would not let the caller change it again is refused, unless \
                       the caller bypasses the check.",
                cite: "kms/latest/APIReference/API_CreateKey.html",
                evidence: Evidence::Documented,
            },
            stage: Stage::Condition,
            error: must(&[MalformedPolicyDocument]).saying(|_, _| {
                "The new key policy will not allow you to update the key policy in the future."
                    .to_owned()
            }),
            when: |state, input| {
                let text = input.policy().filter(|_| !input.bypasses_lockout_check());
                text.and_then(statements)
                    .is_some_and(|all| locks_out(state, &all))
            },
        },
        Refusal {
            card: Card {
                id: "POL-05",
                says: "A policy over 32 KB exceeds a limit.",
                cite: "kms/latest/developerguide/resource-limits.html",
                evidence: Evidence::Documented,
            },
            stage: Stage::Condition,
            error: must(&[LimitExceeded]),
            when: |_, input| {
                input
                    .policy()
                    .is_some_and(|text| text.len() > LONGEST_POLICY)
            },
        },
    ]
}

fn any_statement<Op: BringsPolicy>(input: &Op, broken: fn(&Value) -> bool) -> bool {
    input
        .policy()
        .and_then(statements)
        .is_some_and(|all| all.iter().any(broken))
}

/// The statements of a policy document; `None` where the text is none.
fn statements(text: &str) -> Option<Vec<Value>> {
    let document: Value = serde_json::from_str(text).ok()?;
    let all = match document.get("Statement")? {
        Value::Array(all) => all.clone(),
        one @ Value::Object(_) => vec![one.clone()],
        _ => return None,
    };
    let well_formed = |statement: &Value| {
        matches!(
            statement.get("Effect").and_then(Value::as_str),
            Some("Allow" | "Deny")
        )
    };
    (!all.is_empty() && all.iter().all(well_formed)).then_some(all)
}

fn has_valid_principal(statement: &Value) -> bool {
    let principal = statement
        .get("Principal")
        .or_else(|| statement.get("NotPrincipal"));
    match principal {
        Some(Value::String(text)) => text == "*",
        Some(Value::Object(kinds)) => {
            !kinds.is_empty()
                && kinds
                    .iter()
                    .all(|(kind, names)| texts(names).iter().all(|name| is_principal(kind, name)))
        }
        _ => false,
    }
}

fn is_principal(kind: &str, name: &str) -> bool {
    let account = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    match kind {
        "AWS" => {
            let parts: Vec<&str> = name.splitn(6, ':').collect();
            name == "*"
                || account(name)
                || matches!(parts.as_slice(), ["arn", _, "iam" | "sts", "", id, who]
                    if account(id) && (*who == "root" || who.contains('/')))
        }
        "Service" => name.ends_with(".amazonaws.com"),
        "Federated" | "CanonicalUser" => !name.is_empty(),
        _ => false,
    }
}

/// Whether no statement allows the caller, who acts as the account, to put a new policy.
fn locks_out(state: &State, all: &[Value]) -> bool {
    let allows = |statement: &&Value| {
        statement.get("Effect").and_then(Value::as_str) == Some("Allow")
            && statement.get("Condition").is_none()
            && names_account(state, statement)
            && statement.get("Action").is_some_and(|actions| {
                texts(actions)
                    .iter()
                    .any(|action| covers_put_key_policy(action))
            })
    };
    !all.iter().any(|statement| allows(&statement))
}

fn names_account(state: &State, statement: &Value) -> bool {
    match statement.get("Principal") {
        Some(Value::String(text)) => text == "*",
        Some(Value::Object(kinds)) => kinds.get("AWS").is_some_and(|names| {
            texts(names)
                .iter()
                .any(|name| *name == "*" || *name == state.account.id || *name == root_arn(state))
        }),
        _ => false,
    }
}

fn covers_put_key_policy(action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    match action.split_once('*') {
        Some((before, _)) => "kms:putkeypolicy".starts_with(before),
        None => action == "kms:putkeypolicy",
    }
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn root_arn(state: &State) -> String {
    format!(
        "arn:{}:iam::{}:root",
        state.account.partition, state.account.id
    )
}
