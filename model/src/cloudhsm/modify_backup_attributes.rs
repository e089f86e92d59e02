//! ModifyBackupAttributes: exempts a backup from the retention policy, or not.

use super::backup_view;
use super::cards::{REFUSED, documented, inferred};
use super::lookups::{OnBackup, backup_lookups};
use super::shapes::*;
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::rule::{Promise, Refusal, Stage, always, may};
use crate::shape::{Member, Shape};
use crate::state::BackupState;

input! {
    /// Input of ModifyBackupAttributes.
    ModifyBackupAttributes, MEMBERS {
        backup: String = "BackupId", BACKUP_ID;
        never_expires: bool = "NeverExpires", Shape::Flag;
    }
}

const API: &str = "cloudhsm/latest/APIReference/API_ModifyBackupAttributes.html";

impl OnBackup for ModifyBackupAttributes {
    fn backup_id(&self) -> &str {
        &self.backup
    }
}

impl Operation for ModifyBackupAttributes {
    const NAME: &'static str = "ModifyBackupAttributes";
    const SERVICE: Service = Service::CloudHsm;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[&backup_lookups(), &[BACKUP_IS_READY]];
    const PROMISES: &'static [Promise<Self>] = &[NEVER_EXPIRES, SHOWS_THE_BACKUP];
}

const BACKUP_IS_READY: Refusal<ModifyBackupAttributes> = Refusal {
    card: inferred(
        "HSM-BK-103",
        "A backup that is not READY may refuse to be changed.",
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

const NEVER_EXPIRES: Promise<ModifyBackupAttributes> = Promise {
    card: documented(
        "HSM-BK-03",
        "ModifyBackupAttributes says whether a backup is exempt from the retention policy.",
        API,
    ),
    when: always,
    make: |input, success| {
        let never_expires = success.traced(input.never_expires);
        if let Some(backup) = success.state.backup_mut(&input.backup) {
            backup.never_expires = never_expires;
        }
    },
};

const SHOWS_THE_BACKUP: Promise<ModifyBackupAttributes> = Promise {
    card: documented(
        "HSM-BK-106",
        "ModifyBackupAttributes shows the backup as DescribeBackups does.",
        API,
    ),
    when: always,
    make: |input, success| backup_view::show(success, &Path::of("Backup"), &input.backup),
};

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use serde_json::json;

    #[test]
    fn a_backup_can_be_kept_for_ever() {
        let mut world = World::new();
        let backup = world.backup();
        let body = json!({"BackupId": backup, "NeverExpires": true});
        let changed = world.ok("ModifyBackupAttributes", body);
        assert_eq!(changed["Backup"]["NeverExpires"], true);
        let filter = json!({"Filters": {"neverExpires": ["true"]}});
        let shown = world.ok("DescribeBackups", filter);
        assert_eq!(shown["Backups"][0]["BackupId"], backup);
    }
}
