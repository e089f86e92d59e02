//! Reading key policies: what is clearly malformed, what is clearly fine, whom they lock out, and
//! when two mean the same. IAM's grammar is larger than what is read here, so most questions have a
//! third answer, that nothing can be said.

use crate::catalog;
use crate::state::State;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// How sure it is that something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Certainty {
    /// It does not hold.
    No,
    /// Nothing can be said.
    Perhaps,
    /// It holds.
    Yes,
}

/// A policy document that has the outer form of one.
pub(crate) struct Document {
    members: Map<String, Value>,
    statements: Vec<Map<String, Value>>,
}

impl Document {
    /// Reads a policy; `None` where the text is clearly no policy document.
    pub(crate) fn read(text: &str) -> Option<Document> {
        let Ok(Value::Object(members)) = serde_json::from_str(text) else {
            return None;
        };
        let all = match members.get("Statement")? {
            Value::Array(all) => all.clone(),
            one => vec![one.clone()],
        };
        let statements: Vec<Map<String, Value>> = all
            .into_iter()
            .map(|statement| match statement {
                Value::Object(members) if has_effect(&members) => Some(members),
                _ => None,
            })
            .collect::<Option<_>>()?;
        (!statements.is_empty()).then_some(Document {
            members,
            statements,
        })
    }

    /// Whether a statement has no principal, or one that cannot exist.
    pub(crate) fn has_bad_principal(&self, state: &State) -> bool {
        self.statements
            .iter()
            .any(|statement| principal_fits(state, statement) == Certainty::No)
    }

    /// Whether a statement has no action or no resource.
    pub(crate) fn lacks_action_or_resource(&self) -> bool {
        let lacks = |statement: &Map<String, Value>, one: &str, other: &str| {
            !statement.contains_key(one) && !statement.contains_key(other)
        };
        self.statements.iter().any(|statement| {
            lacks(statement, "Action", "NotAction") || lacks(statement, "Resource", "NotResource")
        })
    }

    /// Whether it is clearly well-formed: it has nothing but what every key policy has.
    pub(crate) fn is_plain(&self, state: &State) -> bool {
        let sids: Vec<&Value> = self
            .statements
            .iter()
            .filter_map(|statement| statement.get("Sid"))
            .collect();
        let different: BTreeSet<String> = sids.iter().map(|sid| sid.to_string()).collect();
        has_only(&self.members, &["Version", "Id", "Statement"])
            && self.members.get("Id").is_none_or(Value::is_string)
            && self.members.get("Version").is_none_or(is_known_version)
            && different.len() == sids.len()
            && self
                .statements
                .iter()
                .all(|statement| is_plain(state, statement))
    }

    /// Whether it keeps the caller, who acts for the account, from putting another policy.
    pub(crate) fn locks_out(&self, state: &State) -> Certainty {
        let of_effect = |effect: &'static str| {
            self.statements
                .iter()
                .filter(move |statement| statement.get("Effect") == Some(&Value::from(effect)))
        };
        let allowed = of_effect("Allow").map(|statement| covers_caller(state, statement));
        let denied = of_effect("Deny").map(|statement| covers_caller(state, statement));
        match (allowed.max(), denied.max()) {
            (None | Some(Certainty::No), _) => Certainty::Yes,
            (Some(Certainty::Yes), None | Some(Certainty::No)) => Certainty::No,
            _ => Certainty::Perhaps,
        }
    }
}

/// Whether two policies mean the same. AWS writes the root user of an account for its id, and may
/// write one entry as a list or a list as one entry.
pub(crate) fn mean_the_same(one: &str, other: &str) -> bool {
    let read = |text: &str| serde_json::from_str::<Value>(text).ok().map(canonical);
    match (read(one), read(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

fn canonical(mut policy: Value) -> Value {
    let Some(statements) = policy.get_mut("Statement") else {
        return policy;
    };
    let mut all = as_list(statements.take());
    for statement in &mut all {
        let Value::Object(members) = statement else {
            continue;
        };
        for (name, value) in members.iter_mut() {
            match name.as_str() {
                "Action" | "NotAction" | "Resource" | "NotResource" => {
                    *value = Value::Array(sorted(value.take()));
                }
                "Principal" | "NotPrincipal" => *value = canonical_principal(value.take()),
                "Condition" => canonical_condition(value),
                _ => {}
            }
        }
    }
    *statements = Value::Array(all);
    policy
}

fn canonical_principal(principal: Value) -> Value {
    let kinds = match principal {
        Value::String(name) => Map::from_iter([("AWS".to_owned(), Value::from(name))]),
        Value::Object(kinds) => kinds,
        other => return other,
    };
    let plain = |name: Value| {
        let root = name.as_str().and_then(|name| {
            let (_, account) = name.split_once(":iam::")?;
            account.strip_suffix(":root").map(Value::from)
        });
        root.unwrap_or(name)
    };
    kinds
        .into_iter()
        .map(|(kind, names)| {
            let names = as_list(names).into_iter().map(plain).collect();
            (kind, Value::Array(sorted(names)))
        })
        .collect()
}

fn canonical_condition(condition: &mut Value) {
    let operators = condition.as_object_mut().into_iter().flatten();
    for (_, keys) in operators {
        for (_, values) in keys.as_object_mut().into_iter().flatten() {
            *values = Value::Array(sorted(values.take()));
        }
    }
}

fn as_list(value: Value) -> Vec<Value> {
    match value {
        Value::Array(all) => all,
        one => vec![one],
    }
}

/// The texts of a value in order; numbers and booleans become texts as in IAM.
fn sorted(value: Value) -> Vec<Value> {
    let texts: BTreeSet<String> = as_list(value)
        .into_iter()
        .map(|entry| match entry {
            Value::String(text) => text,
            other => other.to_string(),
        })
        .collect();
    texts.into_iter().map(Value::from).collect()
}

fn has_effect(statement: &Map<String, Value>) -> bool {
    let effect = statement.get("Effect").and_then(Value::as_str);
    matches!(effect, Some("Allow" | "Deny"))
}

fn has_only(members: &Map<String, Value>, names: &[&str]) -> bool {
    members.keys().all(|name| names.contains(&name.as_str()))
}

fn is_known_version(version: &Value) -> bool {
    matches!(version.as_str(), Some("2012-10-17" | "2008-10-17"))
}

fn is_plain(state: &State, statement: &Map<String, Value>) -> bool {
    let is_sid = |sid: &Value| {
        sid.as_str().is_some_and(|text| {
            let usual = |letter: char| letter.is_ascii_alphanumeric() || letter == ' ';
            !text.is_empty() && text.chars().all(usual)
        })
    };
    has_only(
        statement,
        &["Sid", "Effect", "Principal", "Action", "Resource"],
    ) && statement.get("Sid").is_none_or(is_sid)
        && principal_fits(state, statement) == Certainty::Yes
        && texts(statement.get("Action")).is_some_and(|all| all.into_iter().all(is_action))
        && texts(statement.get("Resource")).is_some_and(|all| all == ["*"])
}

fn is_action(action: &str) -> bool {
    action.strip_prefix("kms:").is_some_and(|wanted| {
        catalog::operations().any(|operation| covers(wanted, operation.name()))
    })
}

/// Whether the principal of a statement exists.
fn principal_fits(state: &State, statement: &Map<String, Value>) -> Certainty {
    match (statement.get("Principal"), statement.get("NotPrincipal")) {
        (None, None) => Certainty::No,
        (None, Some(_)) => Certainty::Perhaps,
        (Some(Value::String(name)), _) if name == "*" => Certainty::Yes,
        (Some(Value::Object(kinds)), _) => {
            let fits = kinds.iter().map(|(kind, names)| match texts(Some(names)) {
                None => Certainty::Perhaps,
                Some(names) if kind == "AWS" => {
                    let fits = names.into_iter().map(|name| name_fits(state, name));
                    fits.min().unwrap_or(Certainty::Perhaps)
                }
                Some(_) => Certainty::Perhaps,
            });
            fits.min().unwrap_or(Certainty::Perhaps)
        }
        _ => Certainty::No,
    }
}

/// Whether an AWS principal exists. Of users, roles and other accounts nobody here knows.
fn name_fits(state: &State, name: &str) -> Certainty {
    let is_id = name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = name.split(':').collect();
    let is_identity = matches!(parts.as_slice(), ["arn", _, "iam" | "sts", "", _, ..]);
    if name == "*" || name == state.account.id || name == root_arn(state) {
        Certainty::Yes
    } else if is_id || is_identity || is_unique_id(name) {
        Certainty::Perhaps
    } else {
        Certainty::No
    }
}

/// Whether it looks like the id that IAM puts in the place of a principal that was deleted.
fn is_unique_id(name: &str) -> bool {
    let letters = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    name.len() >= 16 && name.starts_with('A') && name.bytes().all(letters)
}

/// Whether a statement is about the caller and PutKeyPolicy.
fn covers_caller(state: &State, statement: &Map<String, Value>) -> Certainty {
    let is_simple = has_only(
        statement,
        &["Sid", "Effect", "Principal", "Action", "Resource"],
    ) && texts(statement.get("Resource")).is_some_and(|all| all.contains(&"*"));
    let principal = names_caller(state, statement);
    let action = if !statement.contains_key("Action") {
        // No action, or all but some.
        Certainty::Perhaps
    } else {
        let actions = texts(statement.get("Action")).unwrap_or_default();
        match actions.into_iter().any(covers_put_key_policy) {
            true => Certainty::Yes,
            false => Certainty::No,
        }
    };
    match principal.min(action) {
        Certainty::Yes if !is_simple => Certainty::Perhaps,
        certainty => certainty,
    }
}

fn names_caller(state: &State, statement: &Map<String, Value>) -> Certainty {
    let names = |name: &str| {
        if name == "*" || name == state.account.id || name == root_arn(state) {
            Certainty::Yes
        } else if name.contains(&state.account.id) || name.contains('*') || is_unique_id(name) {
            Certainty::Perhaps
        } else {
            Certainty::No
        }
    };
    match statement.get("Principal") {
        None if statement.contains_key("NotPrincipal") => Certainty::Perhaps,
        Some(Value::String(name)) => names(name),
        Some(Value::Object(kinds)) => {
            let by_aws = texts(kinds.get("AWS")).unwrap_or_default();
            let by_aws = by_aws.into_iter().map(names).max();
            let federated = kinds.contains_key("Federated");
            by_aws
                .max(federated.then_some(Certainty::Perhaps))
                .unwrap_or(Certainty::No)
        }
        _ => Certainty::No,
    }
}

fn covers_put_key_policy(action: &str) -> bool {
    action == "*" || covers(&action.to_ascii_lowercase(), "kms:putkeypolicy")
}

/// Whether a text with the wildcards `*` and `?` covers `text`.
pub(crate) fn covers(wanted: &str, text: &str) -> bool {
    let (mut wanted, mut text) = (wanted.chars(), text.chars());
    loop {
        match wanted.next() {
            None => return text.next().is_none(),
            Some('*') => {
                let rest = wanted.as_str();
                let mut left = text.as_str();
                loop {
                    if covers(rest, left) {
                        return true;
                    }
                    let mut shorter = left.chars();
                    if shorter.next().is_none() {
                        return false;
                    }
                    left = shorter.as_str();
                }
            }
            Some('?') => {
                if text.next().is_none() {
                    return false;
                }
            }
            Some(letter) => {
                if text.next() != Some(letter) {
                    return false;
                }
            }
        }
    }
}

/// A text or a list of texts that is not empty; `None` for anything else.
fn texts(value: Option<&Value>) -> Option<Vec<&str>> {
    match value? {
        Value::String(text) => Some(vec![text]),
        Value::Array(all) if !all.is_empty() => all.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

/// The ARN of the root user of the account.
pub(crate) fn root_arn(state: &State) -> String {
    format!(
        "arn:{}:iam::{}:root",
        state.account.partition, state.account.id
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn wildcards_cover_what_they_stand_for() {
        assert!(covers("kms:*", "kms:putkeypolicy"));
        assert!(covers("kms:put*policy", "kms:putkeypolicy"));
        assert!(covers("kms:?utkeypolicy", "kms:putkeypolicy"));
        assert!(!covers("kms:*key", "kms:putkeypolicy"));
        assert!(!covers("kms:put", "kms:putkeypolicy"));
    }

    #[test]
    fn a_rewritten_policy_means_the_same() {
        let given = json!({"Statement": {"Effect": "Allow", "Principal": {"AWS": "111122223333"},
            "Action": "kms:*", "Resource": "*"}});
        let shown = json!({"Statement": [{"Effect": "Allow",
            "Principal": {"AWS": ["arn:aws:iam::111122223333:root"]},
            "Action": ["kms:*"], "Resource": ["*"]}]});
        assert!(mean_the_same(&given.to_string(), &shown.to_string()));
        let other = given.to_string().replace("kms:*", "kms:Encrypt");
        assert!(!mean_the_same(&other, &shown.to_string()));
    }

    #[test]
    fn an_order_of_lists_has_no_meaning() {
        assert_eq!(sorted(json!(["b", "a"])), sorted(json!(["a", "b"])));
        assert_eq!(sorted(json!(true)), sorted(json!(["true"])));
    }
}
