//! Who may do what with a key, by its key policy. Nothing here is asked unless an emulator enforces
//! policies; a judge acts for the root user of the account and takes policies as text.
//!
//! Identity policies of IAM are not modelled: where a key policy delegates to the account, every
//! principal of the account may do what it delegates.

mod condition;
mod statement;

use crate::card::{Card, Evidence};
use crate::kms::policy::default_policy;
use crate::state::{Constraints, Grant, Key, Names, State};
use serde_json::Value;
use statement::{Effect, Statement};
use std::collections::BTreeMap;
use std::sync::Arc;

const fn documented(id: &'static str, says: &'static str, cite: &'static str) -> Card {
    Card {
        id,
        says,
        cite,
        evidence: Evidence::Documented,
    }
}

/// A statement that denies wins over all that allow.
pub const DENY_WINS: Card = documented(
    "AUTH-01",
    "An explicit deny in the key policy wins over everything that allows.",
    "kms/latest/developerguide/policy-evaluation.html",
);

/// Nothing is allowed that no statement allows.
pub const NOTHING_ALLOWS: Card = documented(
    "AUTH-02",
    "What neither the key policy nor a grant allows is denied, to the root user too.",
    "kms/latest/developerguide/key-policies.html",
);

/// Whoever calls an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The ARN of the principal, for example `arn:aws:iam::123456789012:user/alice`.
    pub arn: String,
}

impl Caller {
    /// The root user of the account that owns the state.
    pub fn root(state: &State) -> Caller {
        let account = &state.account;
        Caller {
            arn: format!("arn:{}:iam::{}:root", account.partition, account.id),
        }
    }

    /// The account of the principal: the fifth part of its ARN.
    pub fn account(&self) -> &str {
        self.arn.split(':').nth(4).unwrap_or_default()
    }

    /// The ARN that a policy names for the caller: for a session of a role also that of the role.
    fn role(&self) -> Option<String> {
        let (front, session) = self.arn.split_once(":assumed-role/")?;
        let (role, _) = session.split_once('/')?;
        Some(format!(
            "{}:role/{role}",
            front.replacen(":sts:", ":iam:", 1)
        ))
    }
}

/// What somebody wants to do with a key.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// Who.
    pub caller: &'a Caller,
    /// What, as policies name it without `kms:`, for example `ReEncryptFrom`.
    pub action: &'a str,
    /// With which key.
    pub key: &'a Key,
    /// The body of the request.
    pub body: &'a Value,
}

/// Whether somebody may do what they want.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// The key policy, or the account to which it delegates, allows it.
    Allowed,
    /// It is denied by this rule; the text is the one that AWS was recorded to send.
    Denied(Card, String),
}

/// Decides by the policy of the key, and by its grants where the policy says nothing.
pub fn decide(state: &State, wish: &Wish<'_>) -> Decision {
    let given = wish.key.policy.value.as_deref();
    let policy = given.and_then(|text| serde_json::from_str(text).ok());
    let policy: Value = policy.unwrap_or_else(|| default_policy(state));
    let statements = match policy.get("Statement") {
        Some(Value::Array(all)) => all.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    let applies = |effect: Effect| {
        let statements = statements.iter().filter_map(Statement::read);
        statements
            .filter(|statement| statement.effect == effect)
            .any(|statement| statement.applies(state, wish))
    };
    if applies(Effect::Deny) {
        Decision::Denied(
            DENY_WINS,
            text(
                state,
                wish,
                " with an explicit deny in a resource-based policy",
            ),
        )
    } else if applies(Effect::Allow) || is_granted(state, wish) {
        Decision::Allowed
    } else {
        let action = wish.action;
        let why = format!(" because no resource-based policy allows the kms:{action} action");
        Decision::Denied(NOTHING_ALLOWS, text(state, wish, &why))
    }
}

/// Whether a grant of the key lets the caller do it, with this encryption context.
fn is_granted(state: &State, wish: &Wish<'_>) -> bool {
    let role = wish.caller.role();
    let grants = state.grants_of(&wish.key.id);
    let is_theirs = |grant: &&Arc<Grant>| {
        grant.grantee == wish.caller.arn || Some(&grant.grantee) == role.as_ref()
    };
    grants
        .filter(is_theirs)
        .any(|grant| grant.operations.contains(wish.action) && fits(&grant.constraints, wish))
        || may_retire(state, wish)
}

/// Whether it is the grantee who retires a grant that allows it, or the retiring principal.
fn may_retire(state: &State, wish: &Wish<'_>) -> bool {
    let text = |member: &str| wish.body.get(member).and_then(Value::as_str);
    let named = text("GrantToken").or_else(|| text("GrantId"));
    let grant = named.and_then(|name| state.grant_named(name));
    wish.action == "RetireGrant"
        && grant.is_some_and(|grant| grant.retiring.as_ref() == Some(&wish.caller.arn))
}

/// Whether the encryption context of the request is one that the grant is confined to.
fn fits(constraints: &Constraints, wish: &Wish<'_>) -> bool {
    let member = match wish.action {
        "ReEncryptFrom" => "SourceEncryptionContext",
        "ReEncryptTo" => "DestinationEncryptionContext",
        _ => "EncryptionContext",
    };
    let given = wish.body.get(member).cloned().unwrap_or_default();
    let given: BTreeMap<String, String> = serde_json::from_value(given).unwrap_or_default();
    let is_pair = |(name, value): (&String, &String)| given.get(name) == Some(value);
    let is_confined = |wanted: &BTreeMap<String, String>| !wanted.is_empty();
    let equals = constraints.equals.as_ref().filter(|it| is_confined(it));
    let subset = constraints.subset.as_ref().filter(|it| is_confined(it));
    equals.is_none_or(|wanted| *wanted == given)
        && subset.is_none_or(|wanted| wanted.iter().all(is_pair))
}

/// The text of an AccessDeniedException, as in recording cloud-custodian/test_kms_access_denied.
fn text(state: &State, wish: &Wish<'_>, why: &str) -> String {
    format!(
        "User: {} is not authorized to perform: kms:{} on resource: {}{why}",
        wish.caller.arn,
        wish.action,
        state.key_arn(&wish.key.id)
    )
}

/// What an operation does with which keys, as far as they exist: actions as policies name them, and
/// the ids of keys. Operations that name no key are not decided by key policies.
pub fn wanted(state: &State, operation: &str, body: &Value) -> Vec<(String, String)> {
    let text = |member: &str| body.get(member).and_then(Value::as_str);
    let key = |name: &str| state.key_named(name, Names::All).map(|key| key.id.clone());
    let named = |member: &str| text(member).and_then(key);
    let sealed = || {
        let blob = text("CiphertextBlob")?;
        state.ciphertexts.get(blob).map(|sealed| sealed.key.clone())
    };
    let granted = || Some(state.grant_named(text("GrantToken")?)?.key.clone());
    let wanted = match operation {
        "ReEncrypt" => vec![
            ("ReEncryptFrom", named("SourceKeyId").or_else(sealed)),
            ("ReEncryptTo", named("DestinationKeyId")),
        ],
        "Decrypt" => vec![("Decrypt", named("KeyId").or_else(sealed))],
        "CreateAlias" | "UpdateAlias" => vec![(operation, named("TargetKeyId"))],
        "DeleteAlias" => vec![(operation, named("AliasName"))],
        "RetireGrant" => vec![(operation, named("KeyId").or_else(granted))],
        _ => vec![(operation, named("KeyId"))],
    };
    wanted
        .into_iter()
        .filter_map(|(action, key)| Some((action.to_owned(), key?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kms::policy::default_policy;
    use crate::testing::World;
    use serde_json::json;

    const ALICE: &str = "arn:aws:iam::123456789012:user/alice";
    const STRANGER: &str = "arn:aws:iam::999999999999:user/mallory";

    fn allows(policy: &Value, arn: &str, action: &str, body: &Value) -> bool {
        decision(policy, arn, action, body) == Decision::Allowed
    }

    fn decision(policy: &Value, arn: &str, action: &str, body: &Value) -> Decision {
        let mut world = World::new();
        let made = world.ok("CreateKey", json!({}));
        let id = made["KeyMetadata"]["KeyId"].as_str().unwrap_or_default();
        let mut key = (*world.state.keys[id]).clone();
        key.policy.value = Some(policy.to_string());
        let caller = Caller {
            arn: arn.to_owned(),
        };
        let wish = Wish {
            caller: &caller,
            action,
            key: &key,
            body,
        };
        decide(&world.state, &wish)
    }

    fn statement(effect: &str, principal: &Value, action: &Value) -> Value {
        json!({"Effect": effect, "Principal": principal, "Action": action, "Resource": "*"})
    }

    fn policy(statements: &[Value]) -> Value {
        json!({"Version": "2012-10-17", "Statement": statements})
    }

    #[test]
    fn the_default_policy_delegates_to_the_account_and_to_nobody_else() {
        let world = World::new();
        let policy = default_policy(&world.state);
        let account = &world.state.account.id;
        for (arn, allowed) in [
            (format!("arn:aws:iam::{account}:root"), true),
            (format!("arn:aws:iam::{account}:user/alice"), true),
            (STRANGER.to_owned(), false),
        ] {
            assert_eq!(
                allows(&policy, &arn, "Encrypt", &json!({})),
                allowed,
                "{arn}"
            );
        }
    }

    #[test]
    fn a_deny_wins() {
        let everybody = json!("*");
        let policy = policy(&[
            statement("Allow", &everybody, &json!("kms:*")),
            statement("Deny", &json!({ "AWS": ALICE }), &json!(["kms:Decrypt"])),
        ]);
        let Decision::Denied(card, text) = decision(&policy, ALICE, "Decrypt", &json!({})) else {
            panic!("it was allowed");
        };
        assert_eq!(card.id, "AUTH-01");
        assert!(text.starts_with(&format!(
            "User: {ALICE} is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:"
        )));
        assert!(allows(&policy, ALICE, "Encrypt", &json!({})));
        assert!(allows(&policy, STRANGER, "Decrypt", &json!({})));
    }

    #[test]
    fn actions_have_wildcards_and_no_case() {
        let policy = policy(&[statement(
            "Allow",
            &json!({ "AWS": ALICE }),
            &json!(["kms:generatedatakey*", "kms:ReEncrypt?o"]),
        )]);
        for (action, allowed) in [
            ("GenerateDataKey", true),
            ("GenerateDataKeyPair", true),
            ("ReEncryptTo", true),
            ("ReEncryptFrom", false),
            ("Encrypt", false),
        ] {
            assert_eq!(
                allows(&policy, ALICE, action, &json!({})),
                allowed,
                "{action}"
            );
        }
    }

    #[test]
    fn not_action_and_not_principal_are_the_others() {
        let mut deny = json!({"Effect": "Deny", "NotPrincipal": {"AWS": ALICE}, "Resource": "*"});
        deny["NotAction"] = json!("kms:Describe*");
        let policy = policy(&[statement("Allow", &json!("*"), &json!("kms:*")), deny]);
        assert!(allows(&policy, ALICE, "Encrypt", &json!({})));
        assert!(allows(&policy, STRANGER, "DescribeKey", &json!({})));
        assert!(!allows(&policy, STRANGER, "Encrypt", &json!({})));
    }

    #[test]
    fn a_session_of_a_role_is_named_by_its_role() {
        let role = "arn:aws:iam::999999999999:role/reader";
        let session = "arn:aws:sts::999999999999:assumed-role/reader/today";
        let policy = policy(&[statement("Allow", &json!({ "AWS": role }), &json!("kms:*"))]);
        assert!(allows(&policy, session, "Encrypt", &json!({})));
        assert!(!allows(&policy, STRANGER, "Encrypt", &json!({})));
    }

    #[test]
    fn conditions_look_at_the_request() {
        let mut conditional = statement("Allow", &json!({ "AWS": ALICE }), &json!("kms:*"));
        conditional["Condition"] = json!({
            "StringEquals": {"kms:EncryptionContext:purpose": ["test", "demo"]},
            "StringLike": {"kms:CallerAccount": "1234*"},
        });
        let policy = policy(&[conditional]);
        let with = |purpose: &str| json!({"EncryptionContext": {"purpose": purpose}});
        assert!(allows(&policy, ALICE, "Encrypt", &with("demo")));
        assert!(!allows(&policy, ALICE, "Encrypt", &with("other")));
        assert!(!allows(&policy, ALICE, "Encrypt", &json!({})));
    }

    #[test]
    fn what_is_not_understood_allows_nothing_and_denies_everything() {
        for condition in [
            json!({"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}),
            json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
        ] {
            let mut strange = statement("Allow", &json!({ "AWS": ALICE }), &json!("kms:*"));
            strange["Condition"] = condition.clone();
            assert!(!allows(&policy(&[strange]), ALICE, "Encrypt", &json!({})));
            let mut strange = statement("Deny", &json!({ "AWS": ALICE }), &json!("kms:*"));
            strange["Condition"] = condition;
            let all = statement("Allow", &json!("*"), &json!("kms:*"));
            assert!(!allows(
                &policy(&[all, strange]),
                ALICE,
                "Encrypt",
                &json!({})
            ));
        }
    }

    #[test]
    fn a_grant_allows_what_no_policy_does_in_its_context_only() {
        let mut world = World::new();
        let key = world.key(json!({}));
        let nobody = policy(&[]).to_string();
        world.given(|state| {
            if let Some(key) = state.key_mut(&key) {
                key.policy.value = Some(nobody.clone());
            }
        });
        let grant = json!({
            "KeyId": key, "GranteePrincipal": STRANGER, "Operations": ["Encrypt"],
            "Constraints": {"EncryptionContextSubset": {"purpose": "test"}},
        });
        world.ok("CreateGrant", grant);
        let asks = |action: &str, body: Value| {
            let wish = Wish {
                caller: &Caller {
                    arn: STRANGER.to_owned(),
                },
                action,
                key: &world.state.keys[&key],
                body: &body,
            };
            decide(&world.state, &wish) == Decision::Allowed
        };
        let context = json!({"EncryptionContext": {"purpose": "test", "more": "1"}});
        assert!(asks("Encrypt", context.clone()));
        assert!(!asks("Decrypt", context));
        assert!(!asks("Encrypt", json!({})));
    }

    #[test]
    fn operations_ask_for_actions_on_keys() {
        let mut world = World::new();
        let made = world.ok("CreateKey", json!({}));
        let id = made["KeyMetadata"]["KeyId"].as_str().unwrap_or_default();
        let own = |action: &str| (action.to_owned(), id.to_owned());
        let body = json!({"SourceKeyId": id, "DestinationKeyId": id});
        assert_eq!(
            wanted(&world.state, "ReEncrypt", &body),
            [own("ReEncryptFrom"), own("ReEncryptTo")]
        );
        let body = json!({ "KeyId": id });
        assert_eq!(wanted(&world.state, "Encrypt", &body), [own("Encrypt")]);
        assert_eq!(wanted(&world.state, "ListKeys", &json!({})), []);
    }
}
