//! How AWS refuses a cluster or a backup that it cannot find.

use super::cards::{documented, inferred};
use crate::error_code::ErrorCode::{CloudHsmInvalidRequest, CloudHsmResourceNotFound};
use crate::rule::{Refusal, Stage, may, must};
use crate::state::{Backup, BackupState, Cluster, ClusterState, State};
use crate::time::DAY;
use std::sync::Arc;

const ERRORS: &str = "cloudhsm/latest/APIReference/API_DeleteCluster.html";
const BACKUP_ERRORS: &str = "cloudhsm/latest/APIReference/API_DeleteBackup.html";
const RETENTION: &str = "cloudhsm/latest/userguide/manage-backup-retention.html";

/// An operation that names one cluster.
pub(crate) trait OnCluster: 'static {
    /// The id it was given.
    fn cluster_id(&self) -> &str;

    /// The cluster it names, unless it was deleted.
    fn cluster<'s>(&self, state: &'s State) -> Option<&'s Arc<Cluster>> {
        let cluster = state.clusters.get(self.cluster_id())?;
        (cluster.state.value != ClusterState::Deleted).then_some(cluster)
    }

    /// Whether the cluster it names is there and in one of `states`.
    fn is_in(&self, state: &State, states: &[ClusterState]) -> bool {
        self.cluster(state)
            .is_some_and(|cluster| states.contains(&cluster.state.value))
    }
}

/// An operation that names one backup.
pub(crate) trait OnBackup: 'static {
    /// The id it was given.
    fn backup_id(&self) -> &str;

    /// The backup it names, unless it was deleted.
    fn backup<'s>(&self, state: &'s State) -> Option<&'s Arc<Backup>> {
        let backup = state.backups.get(self.backup_id())?;
        (backup.state.value != BackupState::Deleted).then_some(backup)
    }

    /// Whether the backup it names is there and in one of `states`.
    fn is_in(&self, state: &State, states: &[BackupState]) -> bool {
        self.backup(state)
            .is_some_and(|backup| states.contains(&backup.state.value))
    }
}

/// The ways in which an id leads to no cluster.
pub(crate) const fn cluster_lookups<Op: OnCluster>() -> [Refusal<Op>; 2] {
    [
        Refusal {
            card: documented(
                "HSM-ER-100",
                "A cluster that does not exist is not found.",
                ERRORS,
            ),
            stage: Stage::Lookup,
            error: must(&[CloudHsmResourceNotFound]),
            when: |state, input| !state.clusters.contains_key(input.cluster_id()),
        },
        Refusal {
            card: inferred(
                "HSM-ER-101",
                "A deleted cluster is not found or cannot be changed, even while it is listed.",
                ERRORS,
            ),
            stage: Stage::Lookup,
            error: must(&[CloudHsmResourceNotFound, CloudHsmInvalidRequest]),
            when: |state, input| {
                state
                    .clusters
                    .get(input.cluster_id())
                    .is_some_and(|cluster| cluster.state.value == ClusterState::Deleted)
            },
        },
    ]
}

/// The ways in which an id leads to no backup.
pub(crate) const fn backup_lookups<Op: OnBackup>() -> [Refusal<Op>; 3] {
    [
        Refusal {
            card: documented(
                "HSM-ER-102",
                "A backup that does not exist is not found.",
                BACKUP_ERRORS,
            ),
            stage: Stage::Lookup,
            error: must(&[CloudHsmResourceNotFound]),
            when: |state, input| !state.backups.contains_key(input.backup_id()),
        },
        Refusal {
            card: inferred(
                "HSM-ER-103",
                "A deleted backup is not found or cannot be changed.",
                BACKUP_ERRORS,
            ),
            stage: Stage::Lookup,
            error: must(&[CloudHsmResourceNotFound, CloudHsmInvalidRequest]),
            when: |state, input| {
                state
                    .backups
                    .get(input.backup_id())
                    .is_some_and(|backup| backup.state.value == BackupState::Deleted)
            },
        },
        Refusal {
            card: documented(
                "HSM-BK-03a",
                "A backup older than the retention period of its cluster may have been deleted.",
                RETENTION,
            ),
            stage: Stage::Lookup,
            error: may(&[CloudHsmResourceNotFound, CloudHsmInvalidRequest]),
            when: |state, input| {
                input
                    .backup(state)
                    .is_some_and(|backup| has_expired(state, backup))
            },
        },
    ]
}

/// Whether AWS may have deleted the backup because its cluster keeps backups for a shorter time.
pub(crate) fn has_expired(state: &State, backup: &Backup) -> bool {
    let cluster = state.clusters.get(&backup.cluster);
    let days = cluster.and_then(|cluster| cluster.retention.value.parse::<i64>().ok());
    let age = backup.created.map(|created| state.now - created);
    match (days, age) {
        (Some(days), Some(age)) => !backup.never_expires.value && age >= days.saturating_mul(DAY),
        _ => false,
    }
}
