//! Grants, which let principals use a key.

use super::{State, Traced};
use crate::resource::Resource;
use crate::time::Millis;
use imbl::OrdSet;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A grant.
#[derive(Clone, Debug, PartialEq)]
pub struct Grant {
    /// The id: 64 hex digits.
    pub id: String,
    /// The id of the key that it is for.
    pub key: String,
    /// Who may use the key: the ARN of a principal.
    pub grantee: String,
    /// Who may retire the grant, if somebody was named.
    pub retiring: Option<String>,
    /// The names of the operations that it allows.
    pub operations: OrdSet<String>,
    /// Which encryption contexts it is confined to.
    pub constraints: Constraints,
    /// The name it was given.
    pub name: Option<String>,
    /// When it was made.
    pub made: Traced<Millis>,
}

/// Which encryption contexts a grant is confined to; a map without pairs confines nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Constraints {
    /// The whole encryption context.
    pub equals: Option<BTreeMap<String, String>>,
    /// What the encryption context must hold among others.
    pub subset: Option<BTreeMap<String, String>>,
}

impl State {
    /// The grant with this id or token.
    pub fn grant_named(&self, text: &str) -> Option<&Arc<Grant>> {
        let id = self.grant_tokens.get(text).map_or(text, String::as_str);
        self.grants.get(id)
    }

    /// Whether there is a grant with this token.
    pub fn has_grant_of(&self, token: &str) -> bool {
        let id = self.grant_tokens.get(token);
        id.is_some_and(|id| self.grants.contains_key(id))
    }

    /// Whether the token is that of a grant that was made in another Region.
    pub(crate) fn has_token_elsewhere(&self, token: &str) -> bool {
        let mut others = self.elsewhere.values();
        others.any(|state| state.grant_tokens.contains_key(token))
    }

    /// The grants of a key.
    pub fn grants_of<'s>(&'s self, key: &'s str) -> impl Iterator<Item = &'s Arc<Grant>> {
        self.grants.values().filter(move |grant| grant.key == key)
    }

    /// The key of the grant with this id or token, which stands for the grant where nothing is
    /// expected of it any more.
    pub(crate) fn key_of_grant(&self, text: &str) -> Option<Resource> {
        let grant = self.grant_named(text)?;
        Some(Resource::Key(grant.key.clone()))
    }
}
