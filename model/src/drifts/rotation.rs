//! Keys that come to another material.

use crate::card::{Card, Evidence};
use crate::resource::Resource;
use crate::rule::Drift;
use crate::state::{Key, KeyState, Origin, RotationType, Schedule, State, Traced};
use crate::time::{DAY, HOUR, MINUTE, Millis};

/// The drifts of rotation.
pub const ROTATION: &[Drift] = &[ROTATED_ON_DEMAND, ROTATED_BY_ITSELF, EXPIRED];

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
        let schedule = key.rotation.automatic.value.filter(Schedule::is_known)?;
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
            let by = &ROTATED_BY_ITSELF.card;
            key.rotate(RotationType::Automatic, schedule.due(), by, by);
            let next = schedule.due().saturating_add(schedule.span());
            let value = Some(Schedule { next, ..schedule });
            key.rotation.automatic = Traced { value, by };
        })
    },
};

const EXPIRED: Drift = Drift {
    card: Card {
        id: "IMP-20",
        says: "Imported material is deleted when it expires, and the key is pending import; a day is \
               the bound set here.",
        cite: "kms/latest/developerguide/importing-keys-import-key-material.html",
        evidence: Evidence::Documented,
    },
    since: |state, resource| first_to_expire(key_of(state, resource)?).map(|(_, date)| date),
    not_before: 0,
    not_after: DAY,
    usual: 0,
    also: &[],
    outcomes: |state, resource, _| {
        changed(state, resource, |key| {
            if let Some((number, _)) = first_to_expire(key) {
                key.lose_material(number, &EXPIRED.card);
            }
        })
    },
};

/// The material that expires first of those that are there, and when.
fn first_to_expire(key: &Key) -> Option<(usize, Millis)> {
    let there = (0..=key.materials.len()).filter_map(|number| {
        let import = key.material(number)?.import.as_ref()?;
        let date = import.expires.value.filter(|_| import.there.value)?;
        Some((number, date))
    });
    there.min_by_key(|(_, date)| *date)
}

impl Key {
    /// Deletes imported material. Without it the key is pending import, unless it waits for the next
    /// rotation only: that may be another one as well.
    pub(crate) fn lose_material(&mut self, number: usize, by: &'static Card) {
        if number == self.materials.len() {
            self.pending = None;
            return;
        }
        let material = self.materials.get_mut(number);
        if let Some(import) = material.and_then(|material| material.import.as_mut()) {
            import.there = Traced { value: false, by };
        }
        if self.state.value != KeyState::PendingDeletion {
            let value = KeyState::PendingImport;
            self.state = Traced { value, by };
        }
    }

    /// Completes the rotation on demand that is in progress, if there is one.
    pub(crate) fn complete_rotation(&mut self) {
        let by = &ROTATED_ON_DEMAND.card;
        if let Some(since) = self.rotation.on_demand.value {
            if self.origin != Origin::External || self.pending.is_some() {
                self.rotate(
                    RotationType::OnDemand,
                    since,
                    by,
                    self.rotation.on_demand.by,
                );
            }
            self.rotation.on_demand = Traced { value: None, by };
        }
    }
}

/// The key that rotates, with its Region: replica keys have the rotations of their primary key.
fn key_of<'s>(state: &'s State, resource: &Resource) -> Option<&'s Key> {
    let (region, key) = match resource {
        Resource::Key(id) => (&state.account.region, state.keys.get(id)?),
        Resource::KeyIn(region, id) => (region, state.elsewhere.get(region)?.keys.get(id)?),
        _ => return None,
    };
    let regions = key.multi_region.as_ref();
    let rotates = regions.is_none_or(|regions| regions.primary.value == *region);
    rotates.then_some(key)
}

fn changed(state: &State, resource: &Resource, change: impl FnOnce(&mut Key)) -> Vec<State> {
    let mut next = state.clone();
    match resource {
        Resource::Key(id) => next.key_mut(id).map(change),
        Resource::KeyIn(region, id) => next.in_region(region, |next| next.key_mut(id).map(change)),
        _ => None,
    }
    .map_or_else(Vec::new, |()| vec![next])
}

/// How far from the moment at which it was asked for or due a rotation may have been completed.
pub(crate) const fn tolerance(kind: RotationType) -> Millis {
    const CLOCK_SKEW: Millis = 5 * MINUTE;
    match kind {
        RotationType::OnDemand => HOUR + CLOCK_SKEW,
        RotationType::Automatic => DAY + CLOCK_SKEW,
    }
}
