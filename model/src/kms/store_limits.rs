//! What keys cannot do because of where their material comes from: keys in custom key stores above
//! all.

use super::key_states::{key_arn, key_of};
use super::lookups::OnKey;
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::UnsupportedOperation;
use crate::rule::{Refusal, Stage, must};
use crate::state::{KeySpec, KeyState, Origin, State};

const PAGE: &str = "kms/latest/developerguide/key-state.html";

fn wrong_origin<Op: OnKey>(state: &State, input: &Op) -> String {
    let origin = key_of(state, input).map_or("", |key| key.origin.wire_name());
    let arn = key_arn(state, input);
    format!("{arn} origin is {origin} which is not valid for this operation.")
}

/// Note 7: keys in custom key stores have no data key pairs and no rotation, whatever their state.
/// `id` names the group of operations.
pub(crate) const fn not_in_a_store<Op: OnKey>(id: &'static str) -> Refusal<Op> {
    Refusal {
        card: Card {
            id,
            says: "The operation does not support keys in custom key stores, whatever their state.",
            cite: PAGE,
            evidence: Evidence::Documented,
        },
        stage: Stage::Condition,
        error: must(&[UnsupportedOperation]).saying(wrong_origin),
        when: |state, input| key_of(state, input).is_some_and(|key| key.is_in_store()),
    }
}

/// Notes 8 and 9: only keys of origin EXTERNAL take imported material.
pub(crate) const fn imported_only<Op: OnKey>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "CKX-04",
            says: "Only a key of origin EXTERNAL can have imported material.",
            cite: PAGE,
            evidence: Evidence::Documented,
        },
        stage: Stage::Condition,
        error: must(&[UnsupportedOperation]).saying(wrong_origin),
        when: |state, input| key_of(state, input).is_some_and(|key| key.origin != Origin::External),
    }
}

/// Note 6: keys that wait for their material have no automatic rotation.
pub(crate) const fn not_pending_import<Op: OnKey>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "KST-06",
            says: "A key pending import has no automatic rotation.",
            cite: PAGE,
            evidence: Evidence::Documented,
        },
        stage: Stage::Condition,
        error: must(&[UnsupportedOperation]).saying(wrong_origin),
        when: |state, input| {
            key_of(state, input).is_some_and(|key| key.state.value == KeyState::PendingImport)
        },
    }
}

/// Only symmetric encryption keys rotate.
pub(crate) const fn symmetric_only<Op: OnKey>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "KST-102",
            says: "Asymmetric keys and HMAC keys do not rotate.",
            cite: "recording local-kms/postman-expectations, EnableKeyRotation",
            evidence: Evidence::Observed,
        },
        stage: Stage::Condition,
        error: must(&[UnsupportedOperation]).silently(),
        when: |state, input| {
            key_of(state, input).is_some_and(|key| key.spec != KeySpec::SymmetricDefault)
        },
    }
}

/// Keys in custom key stores, like most others, are keys of a single Region.
pub(crate) const fn multi_region_only<Op: OnKey>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "CKX-05",
            says: "Only a multi-Region key has replicas and a primary Region.",
            cite: "kms/latest/APIReference/API_ReplicateKey.html",
            evidence: Evidence::Documented,
        },
        stage: Stage::Condition,
        error: must(&[UnsupportedOperation]).saying(|state, input| {
            format!(
                "{} is not a multi-region primary key.",
                key_arn(state, input)
            )
        }),
        when: |state, input| key_of(state, input).is_some_and(|key| key.multi_region.is_none()),
    }
}
