//! Keys whose deletion date passes, and multi-Region keys that are being created or updated.

use crate::card::{Card, Evidence};
use crate::catalog::DRIFT;
use crate::resource::Resource;
use crate::rule::Drift;
use crate::state::{Key, KeyState, State, Traced};
use crate::switches::Switches;
use crate::time::{DAY, MINUTE, Millis, SECOND};
use std::sync::Arc;

const IS_DELETED: Card = Card {
    id: "KST-44",
    says: "When its waiting period is over, a key, its aliases and its grants are gone; it may take \
           a day longer.",
    cite: "kms/latest/developerguide/deleting-keys.html",
    evidence: Evidence::Documented,
};

const PRIMARY_IS_DELETED: Card = Card {
    id: "MR-31",
    says: "A primary key whose waiting period began with the deletion of its last replica key is gone \
           when that period is over.",
    cite: "kms/latest/developerguide/multi-region-keys-delete.html",
    evidence: Evidence::Documented,
};

/// What the deletion of the last replica key sets going.
const WAITING_BEGINS: Card = Card {
    id: "MR-30",
    says: "When its last replica key is deleted, a primary key that was scheduled for deletion is \
           pending deletion and its waiting period begins.",
    cite: "kms/latest/APIReference/API_ScheduleKeyDeletion.html",
    evidence: Evidence::Documented,
};

const IS_CREATED: Card = Card {
    id: "MR-10",
    says: "A new replica key is enabled, or pending import, a few seconds after it was made.",
    cite: "kms/latest/APIReference/API_ReplicateKey.html",
    evidence: Evidence::Documented,
};

const IS_UPDATED: Card = Card {
    id: "MR-20",
    says: "The old and the new primary key have their former state again a few seconds after \
           UpdatePrimaryRegion.",
    cite: "kms/latest/APIReference/API_UpdatePrimaryRegion.html",
    evidence: Evidence::Documented,
};

/// The drifts of keys.
pub const KEY: &[Drift] = &[
    Drift {
        card: IS_DELETED,
        since: |state, resource| {
            let key = key_at(state, resource).filter(|key| !key.awaits_its_date())?;
            deletion_date(key)
        },
        not_before: 0,
        not_after: DAY,
        usual: 0,
        also: &[WAITING_BEGINS],
        outcomes: |state, resource, switches| deleted(state, resource, switches, IS_DELETED),
    },
    // Its replica key may have been deleted a day late, and so may it be.
    Drift {
        card: PRIMARY_IS_DELETED,
        since: |state, resource| {
            let key = key_at(state, resource).filter(|key| key.awaits_its_date())?;
            deletion_date(key)
        },
        not_before: 0,
        not_after: 2 * DAY,
        usual: 0,
        also: &[],
        outcomes: |state, resource, switches| {
            deleted(state, resource, switches, PRIMARY_IS_DELETED)
        },
    },
    Drift {
        card: IS_CREATED,
        since: |state, resource| since(state, resource, KeyState::Creating),
        not_before: 0,
        not_after: A_FEW_SECONDS,
        usual: 5 * SECOND,
        also: &[],
        outcomes: |state, resource, _| passed(state, resource, KeyState::Creating, &IS_CREATED),
    },
    Drift {
        card: IS_UPDATED,
        since: |state, resource| since(state, resource, KeyState::Updating),
        not_before: 0,
        not_after: A_FEW_SECONDS,
        usual: 5 * SECOND,
        also: &[],
        outcomes: |state, resource, _| passed(state, resource, KeyState::Updating, &IS_UPDATED),
    },
];

/// What AWS calls a few seconds, together with the minutes after which all Regions agree at last.
const A_FEW_SECONDS: Millis = 5 * MINUTE;

impl Key {
    /// Whether nobody has seen the date of its deletion, which depends on that of a replica key.
    pub(crate) fn awaits_its_date(&self) -> bool {
        let window = self.multi_region.as_ref().map(|it| it.window.is_some());
        self.deletion.is_some() && window == Some(true)
    }
}

fn key_at<'s>(state: &'s State, resource: &Resource) -> Option<&'s Arc<Key>> {
    match resource {
        Resource::Key(id) => state.keys.get(id),
        Resource::KeyIn(region, id) => state.elsewhere.get(region)?.keys.get(id),
        _ => None,
    }
}

/// The state after something happened to a key, wherever it is.
fn after(state: &State, resource: &Resource, happen: impl FnOnce(&mut State, &str)) -> Vec<State> {
    let mut next = state.clone();
    match resource {
        Resource::Key(id) => happen(&mut next, id),
        Resource::KeyIn(region, id) => next.in_region(region, |next| happen(next, id)),
        _ => return Vec::new(),
    }
    vec![next]
}

fn since(state: &State, resource: &Resource, transient: KeyState) -> Option<Millis> {
    let key = key_at(state, resource)?;
    key.transient_in(transient).map(|transient| transient.since)
}

fn passed(
    state: &State,
    resource: &Resource,
    transient: KeyState,
    by: &'static Card,
) -> Vec<State> {
    after(state, resource, |next, id| {
        let Some(key) = next.key_mut(id) else { return };
        if let Some(passed) = key.transient_in(transient).cloned() {
            key.state = Traced {
                value: passed.next,
                by,
            };
        }
        if let Some(regions) = &mut key.multi_region {
            regions.transient = None;
        }
        next.unsettled.remove(&Resource::Key(id.to_owned()));
    })
}

fn deletion_date(key: &Key) -> Option<Millis> {
    let pending = key.state.value == KeyState::PendingDeletion;
    key.deletion
        .as_ref()
        .filter(|_| pending)
        .map(|date| date.value)
}

fn deleted(state: &State, resource: &Resource, switches: &Switches, by: Card) -> Vec<State> {
    let date = key_at(state, resource).and_then(|key| deletion_date(key));
    after(state, resource, |next, id| {
        next.forget_key_by(id, by);
        if switches.is_on(DRIFT, &WAITING_BEGINS) {
            next.begin_waiting(id, date.unwrap_or(next.now));
        }
    })
}

impl State {
    /// Begins the waiting period of a primary key that waits for the deletion of its replica keys, if
    /// it is the only key of this id that is left.
    fn begin_waiting(&mut self, id: &str, from: Millis) {
        let mut left = self.related(id).map(|(region, _)| region.to_owned());
        let (Some(region), None) = (left.next(), left.next()) else {
            return;
        };
        drop(left);
        self.in_region(&region, |state| {
            let Some(key) = state.key_mut(id) else { return };
            let window = key.multi_region.as_ref().and_then(|it| it.window.as_ref());
            let days = window.map_or(0, |days| days.value);
            if key.state.value != KeyState::PendingReplicaDeletion {
                return;
            }
            key.state = Traced {
                value: KeyState::PendingDeletion,
                by: &WAITING_BEGINS,
            };
            key.deletion = Some(Traced {
                value: from + days * DAY,
                by: &WAITING_BEGINS,
            });
            state.unsettled.insert(Resource::Key(id.to_owned()));
        });
    }

    /// Deletes a key, as the end of its waiting period does.
    pub(crate) fn forget_key(&mut self, id: &str) {
        self.forget_key_by(id, IS_DELETED);
    }

    /// Deletes a key: its aliases and grants go with it, and so does its material if the HSMs can be
    /// reached.
    fn forget_key_by(&mut self, id: &str, by: Card) {
        let Some(key) = self.keys.remove(id) else {
            return;
        };
        self.gone.insert(id.to_owned(), by);
        let named: Vec<String> = self
            .aliases
            .values()
            .filter(|alias| alias.target.value == id)
            .map(|alias| alias.name.clone())
            .collect();
        for name in named {
            self.aliases.remove(&name);
            self.gone.insert(name, by);
        }
        let granted: Vec<String> = self.grants_of(id).map(|grant| grant.id.clone()).collect();
        for grant in granted {
            self.grants.remove(&grant);
            self.gone.insert(grant, by);
        }
        self.unsettled.remove(&Resource::Key(id.to_owned()));
        let arn = self.key_arn(id);
        let store = key
            .key_store
            .as_ref()
            .and_then(|store| self.key_stores.get(store));
        let connected = store.filter(|store| store.is_connected());
        let cluster = connected
            .and_then(|store| store.cluster_id())
            .map(str::to_owned);
        if let Some(cluster) = cluster.and_then(|cluster| self.clusters.get_mut(&cluster)) {
            Arc::make_mut(cluster).keys.remove(&arn);
        }
    }
}
