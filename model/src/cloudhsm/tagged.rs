//! What the three tag operations share: they name a cluster or a backup.

use super::cards::{documented, inferred};
use super::tags::Tags;
use crate::error_code::ErrorCode::{CloudHsmInvalidRequest, CloudHsmResourceNotFound};
use crate::rule::{Refusal, Stage, must};
use crate::state::{BackupState, ClusterState, State};

const ERRORS: &str = "cloudhsm/latest/APIReference/API_TagResource.html";

/// An operation on the tags of a cluster or a backup.
pub(crate) trait OnTagged: 'static {
    /// The id it was given.
    fn resource_id(&self) -> &str;

    /// The tags of what it names; `None` where that does not exist.
    fn tags_there<'s>(&self, state: &'s State) -> Option<&'s Tags> {
        let cluster = state.clusters.get(self.resource_id());
        let backup = state.backups.get(self.resource_id());
        cluster
            .map(|cluster| &cluster.tags)
            .or(backup.map(|backup| &backup.tags))
    }

    /// Whether what it names was deleted.
    fn is_deleted(&self, state: &State) -> bool {
        let cluster = state.clusters.get(self.resource_id());
        let backup = state.backups.get(self.resource_id());
        cluster.is_some_and(|cluster| cluster.state.value == ClusterState::Deleted)
            || backup.is_some_and(|backup| backup.state.value == BackupState::Deleted)
    }
}

/// The tags of what `id` names, to change them.
pub(crate) fn tags_of<'s>(state: &'s mut State, id: &str) -> Option<&'s mut Tags> {
    if state.clusters.contains_key(id) {
        state.cluster_mut(id).map(|cluster| &mut cluster.tags)
    } else {
        state.backup_mut(id).map(|backup| &mut backup.tags)
    }
}

/// The ways in which an id leads to nothing that has tags.
pub(crate) const fn tagged_lookups<Op: OnTagged>() -> [Refusal<Op>; 2] {
    [
        Refusal {
            card: documented(
                "HSM-ER-104",
                "A cluster or backup that does not exist is not found.",
                ERRORS,
            ),
            stage: Stage::Lookup,
            error: must(&[CloudHsmResourceNotFound]),
            when: |state, input| input.tags_there(state).is_none(),
        },
        Refusal {
            card: inferred(
                "HSM-ER-105",
                "A deleted cluster or backup is not found or has no tags to change.",
                ERRORS,
            ),
            stage: Stage::Lookup,
            error: crate::rule::may(&[CloudHsmResourceNotFound, CloudHsmInvalidRequest]),
            when: |state, input| input.is_deleted(state),
        },
    ]
}
