//! How AWS refuses a grant that it cannot find.

use super::cryptography::Cryptographic;
use super::lookups::OnKey;
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::{InvalidGrantId, NotFound, Validation};
use crate::rule::{Refusal, Stage, must};
use crate::state::State;

/// An operation that names one grant of a key.
pub(crate) trait OnGrant: OnKey + Cryptographic {
    /// The id of the grant, where it is named by one.
    fn grant_id(&self) -> Option<&str>;
}

/// A grant id of 64 hex digits behind which there is no grant of the key.
pub(crate) const fn unknown_grant<Op: OnGrant>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "GR-03a",
            says: "A grant id that is none of the grants of the key is not found.",
            cite: "kms/latest/APIReference/API_RevokeGrant.html",
            evidence: Evidence::Documented,
        },
        stage: Stage::Condition,
        error: must(&[NotFound, InvalidGrantId]),
        when: |state, input| {
            let key = input.key_id(state);
            let id = input
                .grant_id()
                .filter(|id| has_form_of_grant_id(state, id));
            key.zip(id)
                .is_some_and(|(key, id)| !is_grant_of(state, id, &key))
        },
    }
}

/// A grant id that has not the form of one.
pub(crate) const fn malformed_grant_id<Op: OnGrant>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "GR-03b",
            says: "A grant id that has not the form of one is refused.",
            cite: "kms/latest/APIReference/API_RevokeGrant.html",
            evidence: Evidence::Documented,
        },
        stage: Stage::Condition,
        error: must(&[InvalidGrantId, NotFound, Validation]),
        when: |state, input| {
            let id = input.grant_id();
            id.is_some_and(|id| !has_form_of_grant_id(state, id))
        },
    }
}

/// Whether a key has a grant with this id.
pub(crate) fn is_grant_of(state: &State, id: &str, key: &str) -> bool {
    let grant = state.grants.get(id);
    grant.is_some_and(|grant| grant.key == key)
}

/// Whether `text` has the form of a grant id. A target that hands out malformed ids must know them
/// again.
pub(crate) fn has_form_of_grant_id(state: &State, text: &str) -> bool {
    let hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    (text.len() == 64 && hex) || state.grants.contains_key(text) || state.gone.contains_key(text)
}

/// Takes a grant away, under this rule.
pub(crate) fn delete_grant(state: &mut State, id: &str, card: Card) {
    if state.grants.remove(id).is_some() {
        state.gone.insert(id.to_owned(), card);
    }
}
