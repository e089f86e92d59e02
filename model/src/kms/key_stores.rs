//! What the operations on custom key stores share: finding the store, and judging its cluster.

use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::CustomKeyStoreNotFound;
use crate::resource::Resource;
use crate::rule::{Refusal, Stage, must};
use crate::state::{Cluster, ClusterState, Connection, KeyStore, State};
use std::sync::Arc;

/// An operation that names one custom key store.
pub(crate) trait OnKeyStore: 'static {
    /// The id it was given.
    fn store_id(&self) -> &str;

    /// The store, if it exists.
    fn store<'s>(&self, state: &'s State) -> Option<&'s KeyStore> {
        state.key_stores.get(self.store_id()).map(Arc::as_ref)
    }

    /// Whether the store is connected and so on, if it exists.
    fn connection(&self, state: &State) -> Option<Connection> {
        self.store(state).map(|store| store.connection.value)
    }
}

/// A key store that does not exist is not found.
pub(crate) const fn store_exists<Op: OnKeyStore>(
    id: &'static str,
    cite: &'static str,
) -> Refusal<Op> {
    Refusal {
        card: Card {
            id,
            says: "The custom key store must exist.",
            cite,
            evidence: Evidence::Documented,
        },
        stage: Stage::Condition,
        error: must(&[CustomKeyStoreNotFound]),
        when: |state, input| input.store(state).is_none(),
    }
}

/// The key stores about which something is known for certain.
pub(crate) fn trusted_stores(state: &State) -> impl Iterator<Item = &KeyStore> {
    state
        .key_stores
        .values()
        .filter(|store| !is_distrusted(state, &store.id))
        .map(Arc::as_ref)
}

/// Whether nothing certain is known about a key store any more.
pub(crate) fn is_distrusted(state: &State, store: &str) -> bool {
    state
        .distrusted
        .contains(&Resource::KeyStore(store.to_owned()))
}

/// Whether a cluster is neither active nor an active one that is being changed.
pub(crate) fn is_inactive(cluster: &Cluster) -> bool {
    cluster.state.value != ClusterState::Active && !is_being_changed(cluster)
}

/// Whether an active cluster is being changed. Whether AWS counts it as active is not documented.
pub(crate) fn is_being_changed(cluster: &Cluster) -> bool {
    matches!(
        cluster.state.value,
        ClusterState::UpdateInProgress
            | ClusterState::ModifyInProgress
            | ClusterState::RollbackInProgress
    )
}

/// Whether the subnets of a cluster are left in fewer than two Availability Zones.
pub(crate) fn lacks_subnets(state: &State, cluster: &Cluster) -> bool {
    let deleted = |id: &String| {
        let subnet = state.outside.subnets.get(id);
        subnet.is_some_and(|subnet| subnet.deleted)
    };
    cluster.subnets.values().filter(|id| !deleted(id)).count() < 2
}

/// The history that a cluster shares with all clusters made from its backups. A cluster that AWS
/// shows no more is known by its backups, and without any by its own id.
pub(crate) fn lineage(state: &State, cluster: &str) -> String {
    let shown = state.clusters.get(cluster).map(|found| &found.lineage);
    let backups = || state.backups.values();
    let kept = || backups().find(|backup| backup.cluster == cluster);
    shown
        .or_else(|| kept().map(|backup| &backup.contents.lineage))
        .map_or_else(|| cluster.to_owned(), Clone::clone)
}

/// Whether two certificates in PEM are the same, however their lines are broken.
pub(crate) fn same_certificate(one: &str, other: &str) -> bool {
    let letters = |text: &str| -> String { text.split_whitespace().collect() };
    letters(one) == letters(other)
}
