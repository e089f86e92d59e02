//! The conditions of a statement, as far as they are understood: operators on texts and booleans, and
//! the keys whose values a request of KMS itself has.

use super::Wish;
use super::statement::texts;
use crate::kms::policy_covers as covers;
use crate::state::State;
use serde_json::Value;

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It is known to hold, or not to.
    Known(bool),
    /// It uses an operator or a key that is not understood.
    Unknown,
}

/// Whether all operators with all their keys hold.
pub(super) fn holds(condition: Option<&Value>, state: &State, wish: &Wish<'_>) -> Answer {
    let operators = match condition {
        None => return Answer::Known(true),
        Some(Value::Object(operators)) => operators,
        Some(_) => return Answer::Unknown,
    };
    let mut all = Answer::Known(true);
    for (operator, keys) in operators {
        for (key, wanted) in keys.as_object().into_iter().flatten() {
            match one(operator, key, wanted, state, wish) {
                // One that does not hold decides, whatever the others are.
                Answer::Known(false) => return Answer::Known(false),
                Answer::Unknown => all = Answer::Unknown,
                Answer::Known(true) => {}
            }
        }
    }
    all
}

fn one(operator: &str, key: &str, wanted: &Value, state: &State, wish: &Wish<'_>) -> Answer {
    let (operator, if_exists) = match operator.strip_suffix("IfExists") {
        Some(operator) => (operator, true),
        None => (operator, false),
    };
    let (key_is_known, value) = value(key, state, wish);
    if !key_is_known {
        return Answer::Unknown;
    }
    let booleans = match wanted {
        Value::Bool(wanted) => vec![if *wanted { "true" } else { "false" }],
        wanted => texts(Some(wanted)),
    };
    let any = |matches: &dyn Fn(&str, &str) -> bool| {
        let value = value.as_deref()?;
        Some(booleans.iter().any(|wanted| matches(wanted, value)))
    };
    let (found, negated) = match operator {
        "StringEquals" => (any(&|wanted, value| wanted == value), false),
        "StringNotEquals" => (any(&|wanted, value| wanted == value), true),
        "StringEqualsIgnoreCase" => (any(&str::eq_ignore_ascii_case), false),
        "StringLike" | "ArnLike" | "ArnEquals" => (any(&covers), false),
        "StringNotLike" | "ArnNotLike" | "ArnNotEquals" => (any(&covers), true),
        "Bool" => (any(&str::eq_ignore_ascii_case), false),
        "Null" => {
            let absent = if value.is_none() { "true" } else { "false" };
            return Answer::Known(booleans.contains(&absent));
        }
        _ => return Answer::Unknown,
    };
    // A key that the request has not makes a positive operator fail and a negative one hold.
    Answer::Known(match found {
        Some(found) => found != negated,
        None => if_exists || negated,
    })
}

/// Whether the key is understood, and its value where the request has one.
fn value(key: &str, state: &State, wish: &Wish<'_>) -> (bool, Option<String>) {
    let body = wish.body;
    let text = |member: &str| body.get(member).and_then(Value::as_str).map(str::to_owned);
    let context = || {
        let source = match wish.action {
            "ReEncryptFrom" => "SourceEncryptionContext",
            "ReEncryptTo" => "DestinationEncryptionContext",
            _ => "EncryptionContext",
        };
        body.get(source)
    };
    let lower = key.to_ascii_lowercase();
    // Names in an encryption context have a case, unlike those of condition keys.
    if lower.starts_with("kms:encryptioncontext:") {
        let name = key.splitn(3, ':').nth(2).unwrap_or_default();
        let value = context().and_then(|context| context.get(name)?.as_str());
        return (true, value.map(str::to_owned));
    }
    let value = match lower.as_str() {
        "kms:calleraccount" | "aws:principalaccount" => Some(wish.caller.account().to_owned()),
        "aws:principalarn" => Some(
            wish.caller
                .role()
                .unwrap_or_else(|| wish.caller.arn.clone()),
        ),
        // No service calls for a caller here, and nothing comes through a VPC endpoint.
        "kms:viaservice" | "aws:sourcevpc" | "aws:sourcevpce" => None,
        "kms:grantisforawsresource" => Some("false".to_owned()),
        "kms:keyspec" => Some(wish.key.spec.wire_name().to_owned()),
        "kms:keyusage" => Some(wish.key.usage.wire_name().to_owned()),
        "kms:keyorigin" => Some(wish.key.origin.wire_name().to_owned()),
        "kms:multiregion" => Some(wish.key.multi_region.is_some().to_string()),
        "kms:encryptionalgorithm" => {
            Some(text("EncryptionAlgorithm").unwrap_or_else(|| "SYMMETRIC_DEFAULT".to_owned()))
        }
        "kms:requestalias" => text("KeyId").filter(|name| name.starts_with("alias/")),
        "kms:bypasspolicylockoutsafetycheck" => {
            let given = body.get("BypassPolicyLockoutSafetyCheck");
            Some((given == Some(&Value::Bool(true))).to_string())
        }
        "aws:requestedregion" => Some(state.account.region.clone()),
        _ => return (false, None),
    };
    (true, value)
}
