//! What the operations about rotation share: which keys rotate by themselves, and when they are about
//! to.

use super::key_states::{key_arn, key_of};
use super::lookups::OnKey;
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::UnsupportedOperation;
use crate::resource::Resource;
use crate::rule::{Refusal, Stage, may, must};
use crate::state::{Key, KeyState, Origin, State};
use crate::success::Success;
use std::sync::Arc;

/// Keys with imported material do not rotate by themselves.
pub(crate) const fn no_imported_material<Op: OnKey>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "ROT-07",
            says: "Automatic rotation cannot be enabled or disabled for keys with imported material.",
            cite: "kms/latest/APIReference/API_EnableKeyRotation.html",
            evidence: Evidence::Documented,
        },
        stage: Stage::Condition,
        error: must(&[UnsupportedOperation]).saying(|state, input| {
            let arn = key_arn(state, input);
            format!("{arn} origin is EXTERNAL which is not valid for this operation.")
        }),
        when: |state, input| key_of(state, input).is_some_and(|key| holds_imported_material(key)),
    }
}

/// Keys with imported material had no rotation status before they could rotate on demand.
pub(crate) const fn imported_material_may_do<Op: OnKey>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "ROT-08",
            says: "The rotation status of a key with imported material may be refused, as it was \
                   before such keys could rotate on demand.",
            cite: "recording ansible-collections/community.aws PR #311",
            evidence: Evidence::Observed,
        },
        stage: Stage::Condition,
        error: may(&[UnsupportedOperation]),
        when: |state, input| key_of(state, input).is_some_and(|key| holds_imported_material(key)),
    }
}

fn holds_imported_material(key: &Key) -> bool {
    key.origin == Origin::External && key.state.value != KeyState::PendingImport
}

/// Keys that cannot rotate have no rotations to list.
pub(crate) const fn may_be_only_for_rotating_keys<Op: OnKey>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "ROT-09",
            says: "The rotations of an asymmetric or HMAC key, of which there are none, may be refused.",
            cite: "kms/latest/APIReference/API_ListKeyRotations.html",
            evidence: Evidence::Inferred,
        },
        stage: Stage::Condition,
        error: may(&[UnsupportedOperation]),
        when: |state, input| {
            key_of(state, input).is_some_and(|key| !key.can_rotate() && !key.is_in_store())
        },
    }
}

/// The key that a request names, as it is now.
pub(crate) fn named<Op: OnKey>(input: &Op, success: &Success<'_>) -> Option<Arc<Key>> {
    key_of(success.state, input).cloned()
}

impl State {
    /// Lets a key wait for what is to happen to it by itself, if anything is.
    pub(crate) fn watch_key(&mut self, id: &str) {
        let resource = Resource::Key(id.to_owned());
        let waits = self.keys.get(id).is_some_and(|key| {
            let deleted = key.state.value == KeyState::PendingDeletion;
            let rotation = &key.rotation;
            let expires = (0..=key.materials.len()).filter_map(|number| key.material(number));
            let expires = expires.filter_map(|material| material.import.as_ref());
            let mut expires = expires.map(|import| import.expires.value.is_some());
            deleted
                || expires.any(|it| it)
                || rotation.automatic.value.is_some()
                || rotation.on_demand.value.is_some()
        });
        match waits {
            true => self.unsettled.insert(resource),
            false => self.unsettled.remove(&resource),
        };
    }
}
