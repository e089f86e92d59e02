//! How the state of a key stands in the way of an operation, after the table of key states.
//! Source: `kms/latest/developerguide/key-state.html`.

use super::cancel_key_deletion::is_disabled_or_unavailable;
use super::lookups::OnKey;
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::{Disabled, KmsInvalidState};
use crate::rule::{Refusal, Stage, must};
use crate::state::{Key, KeyState, State};
use std::sync::Arc;

const PAGE: &str = "kms/latest/developerguide/key-state.html";

/// The key that an operation works on, if it is there.
pub(crate) fn key_of<'s, Op: OnKey>(state: &'s State, input: &Op) -> Option<&'s Arc<Key>> {
    input.key(state)
}

fn is<Op: OnKey>(state: &State, input: &Op, wanted: KeyState) -> bool {
    key_of(state, input).is_some_and(|key| state.visible_state(key).value == wanted)
}

pub(crate) fn key_arn<Op: OnKey>(state: &State, input: &Op) -> String {
    key_of(state, input).map_or_else(String::new, |key| state.key_arn(&key.id))
}

/// Note 1: the key is disabled.
pub(crate) const fn disabled<Op: OnKey>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "KST-01",
            says: "A disabled key refuses the operation with DisabledException.",
            cite: PAGE,
            evidence: Evidence::Documented,
        },
        stage: Stage::Condition,
        error: must(&[Disabled])
            .saying(|state, input| format!("{} is disabled.", key_arn(state, input))),
        when: |state, input| {
            is(state, input, KeyState::Disabled)
                || key_of(state, input).is_some_and(|key| is_disabled_or_unavailable(key))
        },
    }
}

/// Note 3, and note 2 as its documented alternative: the key is pending deletion.
pub(crate) const fn pending_deletion<Op: OnKey>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "KST-03",
            says: "A key pending deletion refuses the operation.",
            cite: PAGE,
            evidence: Evidence::Documented,
        },
        stage: Stage::Condition,
        error: must(&[KmsInvalidState])
            .saying(|state, input| format!("{} is pending deletion.", key_arn(state, input))),
        when: |state, input| key_of(state, input).is_some_and(|key| key.is_pending_deletion()),
    }
}

/// Notes 2 and 3 together: cryptographic use of a key pending deletion.
pub(crate) const fn pending_deletion_in_use<Op: OnKey>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "KST-02",
            says: "A key pending deletion cannot be used: KMSInvalidStateException, or \
                   DisabledException as the documented alternative.",
            cite: PAGE,
            evidence: Evidence::Documented,
        },
        stage: Stage::Condition,
        error: must(&[KmsInvalidState, Disabled])
            .saying(|state, input| format!("{} is pending deletion.", key_arn(state, input))),
        when: |state, input| key_of(state, input).is_some_and(|key| key.is_pending_deletion()),
    }
}

/// Note 4: the key is not pending deletion.
pub(crate) const fn not_pending_deletion<Op: OnKey>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "KST-04",
            says: "Only the deletion of a key pending deletion can be cancelled.",
            cite: PAGE,
            evidence: Evidence::Documented,
        },
        stage: Stage::Condition,
        error: must(&[KmsInvalidState])
            .saying(|state, input| format!("{} is not pending deletion.", key_arn(state, input))),
        when: |state, input| key_of(state, input).is_some_and(|key| !key.is_pending_deletion()),
    }
}

/// Note 5: the key has no material yet.
pub(crate) const fn pending_import<Op: OnKey>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "KST-05",
            says: "A key pending import refuses the operation.",
            cite: PAGE,
            evidence: Evidence::Documented,
        },
        stage: Stage::Condition,
        error: must(&[KmsInvalidState])
            .saying(|state, input| format!("{} is pending import.", key_arn(state, input))),
        when: |state, input| is(state, input, KeyState::PendingImport),
    }
}

/// Note 11: the key store of the key is not connected.
pub(crate) const fn unavailable<Op: OnKey>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "KST-11",
            says: "A key whose key store is not connected cannot be used.",
            cite: PAGE,
            evidence: Evidence::Documented,
        },
        stage: Stage::Condition,
        error: must(&[KmsInvalidState])
            .saying(|state, input| format!("{} is unavailable.", key_arn(state, input))),
        when: |state, input| is(state, input, KeyState::Unavailable),
    }
}

/// Note 14: the key is a replica that is being created.
pub(crate) const fn creating<Op: OnKey>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "KST-14",
            says: "A key that is being created can be managed and not yet be used.",
            cite: PAGE,
            evidence: Evidence::Documented,
        },
        stage: Stage::Condition,
        error: must(&[KmsInvalidState])
            .saying(|state, input| format!("{} is creating.", key_arn(state, input))),
        when: |state, input| is(state, input, KeyState::Creating),
    }
}

/// Note 15: the primary Region of the key is changing.
pub(crate) const fn updating<Op: OnKey>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "KST-15",
            says: "A key whose primary Region is changing can be used, and some management of it has \
                   to wait.",
            cite: PAGE,
            evidence: Evidence::Documented,
        },
        stage: Stage::Condition,
        error: must(&[KmsInvalidState])
            .saying(|state, input| format!("{} is updating.", key_arn(state, input))),
        when: |state, input| is(state, input, KeyState::Updating),
    }
}
