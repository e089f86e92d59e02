//! DeleteBackup: lets a backup be deleted in seven days.

use super::backup_view::{self, RESTORABLE};
use super::cards::{REFUSED, documented, inferred};
use super::lookups::{OnBackup, backup_lookups};
use super::shapes::*;
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::resource::Resource;
use crate::rule::{Promise, Refusal, Stage, always, may};
use crate::shape::Member;
use crate::state::BackupState;
use crate::time::HOUR;

input! {
    /// Input of DeleteBackup.
    DeleteBackup, MEMBERS {
        backup: String = "BackupId", BACKUP_ID;
    }
}

const API: &str = "cloudhsm/latest/APIReference/API_DeleteBackup.html";

impl OnBackup for DeleteBackup {
    fn backup_id(&self) -> &str {
        &self.backup
    }
}

impl Operation for DeleteBackup {
    const NAME: &'static str = "DeleteBackup";
    const SERVICE: Service = Service::CloudHsm;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[&backup_lookups(), &[BACKUP_IS_READY]];
    const PROMISES: &'static [Promise<Self>] = &[IS_PENDING_DELETION, SHOWS_THE_BACKUP];
}

const BACKUP_IS_READY: Refusal<DeleteBackup> = Refusal {
    card: inferred(
        "HSM-BK-102",
        "A backup that is not READY may refuse to be deleted.",
        API,
    ),
    stage: Stage::Condition,
    error: may(REFUSED),
    when: |state, input| {
        input.is_in(
            state,
            &[BackupState::CreateInProgress, BackupState::PendingDeletion],
        )
    },
};

const IS_PENDING_DELETION: Promise<DeleteBackup> = Promise {
    card: documented(
        "HSM-BK-02",
        "A deleted backup is pending deletion for 7 days.",
        API,
    ),
    when: |state, input| !input.is_in(state, &[BackupState::PendingDeletion]),
    make: |input, success| {
        let now = success.state.now;
        let at = Path::of("Backup.DeleteTimestamp");
        let deletion = success.date(&at, now + RESTORABLE, HOUR);
        let state = success.traced(BackupState::PendingDeletion);
        if let Some(backup) = success.state.backup_mut(&input.backup) {
            backup.state = state;
            backup.since = now;
            backup.deletion = Some(deletion.unwrap_or(now + RESTORABLE));
        }
        let resource = Resource::Backup(input.backup.clone());
        success.state.unsettled.insert(resource);
    },
};

const SHOWS_THE_BACKUP: Promise<DeleteBackup> = Promise {
    card: documented(
        "HSM-BK-104",
        "DeleteBackup shows the backup as DescribeBackups does.",
        API,
    ),
    when: always,
    make: |input, success| backup_view::show(success, &Path::of("Backup"), &input.backup),
};

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use crate::time::DAY;
    use serde_json::json;

    #[test]
    fn a_deleted_backup_is_gone_after_a_week() {
        let mut world = World::new();
        let backup = world.backup();
        let deleted = world.ok("DeleteBackup", json!({"BackupId": backup}));
        assert_eq!(deleted["Backup"]["BackupState"], "PENDING_DELETION");
        world.advance(6 * DAY);
        let shown = world.ok("DescribeBackups", json!({}));
        assert_eq!(shown["Backups"][0]["BackupState"], "PENDING_DELETION");
        world.advance(3 * DAY);
        let shown = world.ok("DescribeBackups", json!({}));
        assert_eq!(shown["Backups"], json!([]));
        world.refused("RestoreBackup", json!({"BackupId": backup}));
    }

    #[test]
    fn an_unknown_backup_is_not_found() {
        let body = json!({"BackupId": "backup-zzzzzzzzzzz"});
        let refused = World::new().refused("DeleteBackup", body);
        assert_eq!(refused, ["CloudHsmResourceNotFoundException"]);
    }
}
