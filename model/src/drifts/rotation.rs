//! Keys that come to another material.

use crate::card::{Card, Evidence};
use crate::resource::Resource;
use crate::rule::Drift;
use crate::state::{Key, KeyState, RotationType, Schedule, State, Traced};
use crate::time::{DAY, HOUR, MINUTE, Millis};

/// The drifts of rotation.
pub const ROTATION: &[Drift] = &[ROTATED_ON_DEMAND, ROTATED_BY_ITSELF];

const ROTATED_ON_DEMAND: Drift = Drift {
    card: Card {
        id: "ROT-05",
        says: "A rotation on demand gives the key another current material after a slight delay; an \
               hour is the bound set here.",
        cite: "kms/latest/developerguide/rotating-keys-on-demand.html",
        evidence: Evidence::Documented,
    },
    since: |state, resource| key_of(state, resource)?.rotation.on_demand.value,
    not_before: 0,
    not_after: HOUR,
    usual: MINUTE,
    also: &[],
    outcomes: |state, resource, _| changed(state, resource, |key| key.complete_rotation()),
};

const ROTATED_BY_ITSELF: Drift = Drift {
    card: Card {
        id: "ROT-06",
        says: "An enabled key with automatic rotation gets another current material when its period \
               is over, and again after each period; a day is the bound set here.",
        cite: "kms/latest/developerguide/rotating-keys-enable-disable.html",
        evidence: Evidence::Documented,
    },
    since: |state, resource| {
        let key = key_of(state, resource)?;
        let schedule = key.rotation.automatic.value?;
        (key.state.value == KeyState::Enabled).then(|| schedule.due())
    },
    not_before: 0,
    not_after: DAY,
    usual: 0,
    also: &[],
    outcomes: |state, resource, _| {
        changed(state, resource, |key| {
            let Some(schedule) = key.rotation.automatic.value else {
                return;
            };
            let by = ROTATED_BY_ITSELF.card;
            key.rotate(RotationType::Automatic, schedule.due(), by);
            let next = schedule.due() + schedule.span();
            let value = Some(Schedule { next, ..schedule });
            key.rotation.automatic = Traced { value, by };
        })
    },
};

impl Key {
    /// Completes the rotation on demand that is in progress, if there is one.
    pub(crate) fn complete_rotation(&mut self) {
        let by = ROTATED_ON_DEMAND.card;
        if let Some(since) = self.rotation.on_demand.value {
            self.rotate(RotationType::OnDemand, since, by);
            self.rotation.on_demand = Traced { value: None, by };
        }
    }
}

fn key_of<'s>(state: &'s State, resource: &Resource) -> Option<&'s Key> {
    match resource {
        Resource::Key(id) => state.keys.get(id).map(AsRef::as_ref),
        _ => None,
    }
}

fn changed(state: &State, resource: &Resource, change: impl FnOnce(&mut Key)) -> Vec<State> {
    let mut next = state.clone();
    let Resource::Key(id) = resource else {
        return Vec::new();
    };
    let Some(key) = next.key_mut(id) else {
        return Vec::new();
    };
    change(key);
    vec![next]
}

/// How far from the moment at which it was asked for or due a rotation may have been completed.
pub(crate) const fn tolerance(kind: RotationType) -> Millis {
    const CLOCK_SKEW: Millis = 5 * MINUTE;
    match kind {
        RotationType::OnDemand => HOUR + CLOCK_SKEW,
        RotationType::Automatic => DAY + CLOCK_SKEW,
    }
}
