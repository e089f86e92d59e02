//! One statement of a key policy: whom, what and when it is about.

use super::Wish;
use super::condition::{Answer, holds};
use crate::kms::policy_covers as covers;
use crate::state::State;
use serde_json::{Map, Value};

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// It allows.
    Allow,
    /// It denies.
    Deny,
}

/// A statement.
pub(super) struct Statement<'p> {
    /// What it does.
    pub effect: Effect,
    members: &'p Map<String, Value>,
}

impl<'p> Statement<'p> {
    /// Reads a statement; `None` where it is none.
    pub(super) fn read(value: &'p Value) -> Option<Statement<'p>> {
        let members = value.as_object()?;
        let effect = match members.get("Effect")?.as_str()? {
            "Allow" => Effect::Allow,
            "Deny" => Effect::Deny,
            _ => return None,
        };
        Some(Statement { effect, members })
    }

    /// Whether it applies. Where that cannot be said, a statement that allows does not, and one that
    /// denies does.
    pub(super) fn applies(&self, state: &State, wish: &Wish<'_>) -> bool {
        let condition = match holds(self.members.get("Condition"), state, wish) {
            Answer::Known(holds) => holds,
            Answer::Unknown => self.effect == Effect::Deny,
        };
        condition
            && self.names_caller(state, wish)
            && self.names_action(wish)
            && self.names_key(state, wish)
    }

    fn names_caller(&self, state: &State, wish: &Wish<'_>) -> bool {
        match (
            self.members.get("Principal"),
            self.members.get("NotPrincipal"),
        ) {
            (Some(principal), _) => self.is_caller(principal, state, wish),
            (None, Some(others)) => !self.is_caller(others, state, wish),
            (None, None) => false,
        }
    }

    fn is_caller(&self, principal: &Value, state: &State, wish: &Wish<'_>) -> bool {
        let names = match principal {
            Value::Object(kinds) => texts(kinds.get("AWS")),
            name => texts(Some(name)),
        };
        names
            .into_iter()
            .any(|name| self.is_named(name, state, wish))
    }

    /// Whether a name is that of the caller, or of the account of the caller, which stands for all
    /// principals of that account.
    fn is_named(&self, name: &str, state: &State, wish: &Wish<'_>) -> bool {
        let (caller, account) = (wish.caller, wish.caller.account());
        let root = format!("arn:{}:iam::{account}:root", state.account.partition);
        name == "*"
            || name == caller.arn
            || caller.role().as_deref() == Some(name)
            || name == account
            || name == root
    }

    fn names_action(&self, wish: &Wish<'_>) -> bool {
        let action = format!("kms:{}", wish.action).to_ascii_lowercase();
        let covered = |value: &Value| {
            let wanted = texts(Some(value)).into_iter();
            wanted
                .map(str::to_ascii_lowercase)
                .any(|wanted| covers(&wanted, &action))
        };
        match (self.members.get("Action"), self.members.get("NotAction")) {
            (Some(actions), _) => covered(actions),
            (None, Some(others)) => !covered(others),
            (None, None) => false,
        }
    }

    /// Whether the resource is the key: in a key policy `*` is.
    fn names_key(&self, state: &State, wish: &Wish<'_>) -> bool {
        let arn = state.key_arn(&wish.key.id);
        let covered = |value: &Value| {
            texts(Some(value))
                .into_iter()
                .any(|wanted| covers(wanted, &arn))
        };
        match (
            self.members.get("Resource"),
            self.members.get("NotResource"),
        ) {
            (Some(resources), _) => covered(resources),
            (None, Some(others)) => !covered(others),
            (None, None) => false,
        }
    }
}

/// A text, or the texts of a list.
pub(super) fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
        Some(one) => one.as_str().into_iter().collect(),
        None => Vec::new(),
    }
}
