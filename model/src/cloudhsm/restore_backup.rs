//! RestoreBackup: keeps a backup that is pending deletion.

use super::backup_view;
use super::cards::{REFUSED, documented};
use super::lookups::{OnBackup, backup_lookups};
use super::shapes::*;
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::resource::Resource;
use crate::rule::{Promise, Refusal, Stage, always, must};
use crate::shape::Member;
use crate::state::BackupState;

input! {
    /// Input of RestoreBackup.
    RestoreBackup, MEMBERS {
        backup: String = "BackupId", BACKUP_ID;
    }
}

const API: &str = "cloudhsm/latest/APIReference/API_RestoreBackup.html";

impl OnBackup for RestoreBackup {
    fn backup_id(&self) -> &str {
        &self.backup
    }
}

impl Operation for RestoreBackup {
    const NAME: &'static str = "RestoreBackup";
    const SERVICE: Service = Service::CloudHsm;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] =
        &[&backup_lookups(), &[BACKUP_IS_PENDING_DELETION]];
    const PROMISES: &'static [Promise<Self>] = &[IS_READY_AGAIN, SHOWS_THE_BACKUP];
}

const BACKUP_IS_PENDING_DELETION: Refusal<RestoreBackup> = Refusal {
    card: documented(
        "HSM-BK-02b",
        "Only a backup that is pending deletion can be restored.",
        API,
    ),
    stage: Stage::Condition,
    error: must(REFUSED),
    when: |state, input| input.is_in(state, &[BackupState::CreateInProgress, BackupState::Ready]),
};

const IS_READY_AGAIN: Promise<RestoreBackup> = Promise {
    card: documented(
        "HSM-BK-02c",
        "A restored backup is READY and has no date of deletion.",
        API,
    ),
    when: always,
    make: |input, success| {
        let now = success.state.now;
        let state = success.traced(BackupState::Ready);
        if let Some(backup) = success.state.backup_mut(&input.backup) {
            backup.state = state;
            backup.since = now;
            backup.deletion = None;
        }
        let resource = Resource::Backup(input.backup.clone());
        success.state.unsettled.remove(&resource);
    },
};

const SHOWS_THE_BACKUP: Promise<RestoreBackup> = Promise {
    card: documented(
        "HSM-BK-105",
        "RestoreBackup shows the backup as DescribeBackups does.",
        API,
    ),
    when: always,
    make: |input, success| backup_view::show(success, &Path::of("Backup"), &input.backup),
};

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use crate::time::DAY;
    use serde_json::{Value, json};

    #[test]
    fn a_restored_backup_stays() {
        let mut world = World::new();
        let backup = world.backup();
        world.ok("DeleteBackup", json!({"BackupId": backup}));
        let restored = world.ok("RestoreBackup", json!({"BackupId": backup}));
        assert_eq!(restored["Backup"]["BackupState"], "READY");
        world.advance(9 * DAY);
        let shown = world.ok("DescribeBackups", json!({}));
        assert_eq!(shown["Backups"][0]["BackupState"], "READY");
        assert_eq!(shown["Backups"][0]["DeleteTimestamp"], Value::Null);
    }

    #[test]
    fn a_ready_backup_cannot_be_restored() {
        let mut world = World::new();
        let backup = world.backup();
        world.refused("RestoreBackup", json!({"BackupId": backup}));
    }
}
