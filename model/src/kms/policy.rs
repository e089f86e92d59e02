//! What AWS refuses about key policies, and the default one.

use super::policy_document::{Certainty, Document, root_arn};
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::{
    LimitExceeded, MalformedPolicyDocument, NotFound, UnsupportedOperation, Validation,
};
use crate::rule::{Refusal, Stage, may, must};
use crate::state::State;
use serde_json::{Value, json};

/// The longest policy that AWS keeps, in bytes.
const LONGEST_POLICY: usize = 32_768;

/// The only name that a key policy can have.
pub(crate) const POLICY_NAME: &str = "default";

/// An operation that brings a key policy.
pub(crate) trait BringsPolicy: 'static {
    /// The policy, if one was given.
    fn policy(&self) -> Option<&str>;

    /// Whether the caller accepts to be locked out.
    fn bypasses_lockout_check(&self) -> bool;
}

/// An operation that names a key policy.
pub(crate) trait NamesPolicy: 'static {
    /// The name of the policy, if one was given.
    fn policy_name(&self) -> Option<&str>;
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

/// A name that no key policy has.
pub(crate) const fn other_policy_name<Op: NamesPolicy>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "POL-02",
            says: "The only policy of a key is named default.",
            cite: "kms/latest/APIReference/API_PutKeyPolicy.html",
            evidence: Evidence::Inferred,
        },
        stage: Stage::Condition,
        error: must(&[NotFound, UnsupportedOperation, Validation]),
        when: |_, input| input.policy_name().is_some_and(|name| name != POLICY_NAME),
    }
}

/// The ways in which a policy is refused.
pub(crate) const fn policy_rules<Op: BringsPolicy>() -> [Refusal<Op>; 8] {
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
                    .is_some_and(|text| Document::read(text).is_none())
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
            when: |state, input| holds(input, |document| document.has_bad_principal(state)),
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
            when: |_, input| holds(input, Document::lacks_action_or_resource),
        },
        unclear_grammar(),
        Refusal {
            card: Card {
                id: "POL-03",
                says: "A policy that would not let the caller change it again is refused, unless \
                       the caller bypasses the check.",
                cite: "kms/latest/APIReference/API_CreateKey.html",
                evidence: Evidence::Documented,
            },
            stage: Stage::Condition,
            error: must(&[MalformedPolicyDocument]).saying(|_, _| lockout()),
            when: |state, input| locks_out(state, input) == Certainty::Yes,
        },
        Refusal {
            card: Card {
                id: "POL-03a",
                says: "A policy may be refused if it lets the caller change it again only under \
                       conditions, or as a principal that may be another.",
                cite: "kms/latest/APIReference/API_CreateKey.html",
                evidence: Evidence::Inferred,
            },
            stage: Stage::Condition,
            error: may(&[MalformedPolicyDocument]).saying(|_, _| lockout()),
            when: |state, input| locks_out(state, input) == Certainty::Perhaps,
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
            when: |_, input| input.policy().is_some_and(is_surely_too_long),
        },
        Refusal {
            card: Card {
                id: "POL-05a",
                says: "A policy may exceed the limit of 32 KB by its white space or by characters \
                       of two bytes.",
                cite: "kms/latest/developerguide/resource-limits.html",
                evidence: Evidence::Inferred,
            },
            stage: Stage::Condition,
            error: may(&[LimitExceeded]),
            when: |_, input| {
                input
                    .policy()
                    .is_some_and(|text| text.len() > LONGEST_POLICY && !is_surely_too_long(text))
            },
        },
    ]
}

const fn unclear_grammar<Op: BringsPolicy>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "POL-100",
            says: "A policy that goes beyond what every key policy has may be malformed by the \
                   grammar of IAM, or name principals that do not exist.",
            cite: "IAM/latest/UserGuide/reference_policies_grammar.html",
            evidence: Evidence::Inferred,
        },
        stage: Stage::Condition,
        error: may(&[MalformedPolicyDocument]),
        when: |state, input| holds(input, |document| !document.is_plain(state)),
    }
}

fn holds<Op: BringsPolicy>(input: &Op, what: impl Fn(&Document) -> bool) -> bool {
    let document = input.policy().and_then(Document::read);
    document.is_some_and(|document| what(&document))
}

fn locks_out<Op: BringsPolicy>(state: &State, input: &Op) -> Certainty {
    let text = input.policy().filter(|_| !input.bypasses_lockout_check());
    let document = text.and_then(Document::read);
    document.map_or(Certainty::No, |document| document.locks_out(state))
}

fn lockout() -> String {
    "The new key policy will not allow you to update the key policy in the future.".to_owned()
}

/// Whether a policy is too long however its length is counted.
fn is_surely_too_long(text: &str) -> bool {
    text.chars()
        .filter(|letter| !letter.is_ascii_whitespace())
        .count()
        > LONGEST_POLICY
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::World;

    fn statement(principal: Value, action: Value) -> Value {
        json!({"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"})
    }

    fn ours() -> Value {
        statement(json!({"AWS": "111122223333"}), json!("kms:*"))
    }

    fn fired(policy: &Value) -> Vec<&'static str> {
        let text = match policy {
            Value::String(text) => text.clone(),
            document => document.to_string(),
        };
        World::new().fired("CreateKey", json!({"Policy": text}))
    }

    fn fired_beside_ours(other: Value) -> Vec<&'static str> {
        fired(&json!({"Version": "2012-10-17", "Statement": [ours(), other]}))
    }

    #[test]
    fn the_default_policy_is_fine() {
        let world = World::new();
        assert!(fired(&default_policy(&world.state)).is_empty());
    }

    #[test]
    fn what_is_no_policy_document_is_malformed() {
        for policy in [
            json!("{"),
            json!("[]"),
            json!({}),
            json!({"Statement": []}),
            json!({"Statement": ["x"]}),
            json!({"Statement": {"Effect": "Maybe", "Principal": "*"}}),
        ] {
            assert_eq!(fired(&policy), ["POL-04a"], "{policy}");
        }
    }

    #[test]
    fn a_principal_that_is_missing_or_cannot_exist_is_malformed() {
        for principal in [
            json!("x"),
            json!({"AWS": "x"}),
            json!({"AWS": "arn:aws:s3:::b"}),
        ] {
            let fired = fired_beside_ours(statement(principal, json!("kms:Encrypt")));
            assert!(fired.contains(&"POL-04"), "{fired:?}");
        }
        let none = json!({"Effect": "Allow", "Action": "kms:Encrypt", "Resource": "*"});
        assert!(fired_beside_ours(none).contains(&"POL-04"));
    }

    #[test]
    fn a_principal_that_may_not_exist_may_be_malformed() {
        for principal in [
            json!({"AWS": "arn:aws:iam::111122223333:user/u"}),
            json!({"AWS": "444455556666"}),
            json!({"AWS": "AIDAAAAAAAAAAAAAAAAAA"}),
            json!({"Service": "s3.amazonaws.com"}),
            json!({"AWS": []}),
        ] {
            let fired = fired_beside_ours(statement(principal, json!("kms:Encrypt")));
            assert_eq!(fired, ["POL-100"]);
        }
    }

    #[test]
    fn what_only_the_grammar_of_iam_knows_may_be_malformed() {
        let mut odd = ours();
        odd["Condition"] = json!({"Bool": {"kms:ViaService": "x"}});
        assert_eq!(fired_beside_ours(odd), ["POL-100"]);
        let nonsense = statement(json!("*"), json!("s3:GetObject"));
        assert_eq!(fired_beside_ours(nonsense), ["POL-100"]);
        let strange = json!({"Version": "1", "Other": 1, "Statement": [ours()]});
        assert_eq!(fired(&strange), ["POL-100"]);
    }

    #[test]
    fn a_statement_without_action_or_resource_may_be_malformed() {
        let bare = json!({"Effect": "Allow", "Principal": "*"});
        assert_eq!(fired_beside_ours(bare), ["POL-04b", "POL-100"]);
    }

    #[test]
    fn a_policy_that_locks_the_caller_out_is_refused_unless_bypassed() {
        let policy = json!({"Statement": [statement(json!("*"), json!("kms:DescribeKey"))]});
        assert_eq!(fired(&policy), ["POL-03"]);
        let bypassed = json!({
            "Policy": policy.to_string(), "BypassPolicyLockoutSafetyCheck": true,
        });
        assert!(World::new().fired("CreateKey", bypassed).is_empty());
    }

    #[test]
    fn a_policy_that_lets_only_some_in_may_lock_the_caller_out() {
        let user = json!({"AWS": "arn:aws:iam::111122223333:user/u"});
        let policy = json!({"Statement": [statement(user, json!("kms:*"))]});
        assert_eq!(fired(&policy), ["POL-100", "POL-03a"]);
        let deny = json!({
            "Effect": "Deny", "Principal": "*", "Action": "kms:PutKeyPolicy", "Resource": "*",
        });
        assert_eq!(fired_beside_ours(deny), ["POL-03a"]);
    }

    #[test]
    fn a_policy_over_32_kilobytes_exceeds_a_limit() {
        let long = |padding: &str| {
            let id = padding.repeat(32_768);
            json!({"Id": id, "Statement": [ours()]})
        };
        assert_eq!(fired(&long("x")), ["POL-05"]);
        assert_eq!(fired(&long(" ")), ["POL-05a"]);
    }
}
