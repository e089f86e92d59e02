//! Keys whose deletion date passes.

use crate::card::{Card, Evidence};
use crate::resource::Resource;
use crate::rule::Drift;
use crate::state::{KeyState, State};
use crate::switches::Switches;
use crate::time::{DAY, Millis};
use std::sync::Arc;

const IS_DELETED: Card = Card {
    id: "KST-44",
    says: "When its waiting period is over, a key, its aliases and its grants are gone; it may take \
           a day longer.",
    cite: "kms/latest/developerguide/deleting-keys.html",
    evidence: Evidence::Documented,
};

/// The drifts of keys.
pub const KEY: &[Drift] = &[Drift {
    card: IS_DELETED,
    since: deletion_date,
    not_before: 0,
    not_after: DAY,
    usual: 0,
    also: &[],
    outcomes: deleted,
}];

fn deletion_date(state: &State, resource: &Resource) -> Option<Millis> {
    let Resource::Key(id) = resource else {
        return None;
    };
    let key = state.keys.get(id)?;
    let pending = key.state.value == KeyState::PendingDeletion;
    key.deletion
        .as_ref()
        .filter(|_| pending)
        .map(|date| date.value)
}

fn deleted(state: &State, resource: &Resource, _: &Switches) -> Vec<State> {
    let Resource::Key(id) = resource else {
        return Vec::new();
    };
    let mut next = state.clone();
    next.forget_key(id);
    vec![next]
}

impl State {
    /// Deletes a key: its aliases and grants go with it, and so does its material if the HSMs can be reached.
    pub(crate) fn forget_key(&mut self, id: &str) {
        let Some(key) = self.keys.remove(id) else {
            return;
        };
        self.gone.insert(id.to_owned(), IS_DELETED);
        let named: Vec<String> = self
            .aliases
            .values()
            .filter(|alias| alias.target.value == id)
            .map(|alias| alias.name.clone())
            .collect();
        for name in named {
            self.aliases.remove(&name);
            self.gone.insert(name, IS_DELETED);
        }
        let granted: Vec<String> = self.grants_of(id).map(|grant| grant.id.clone()).collect();
        for grant in granted {
            self.grants.remove(&grant);
            self.gone.insert(grant, IS_DELETED);
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
