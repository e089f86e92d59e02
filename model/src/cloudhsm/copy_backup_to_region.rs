//! CopyBackupToRegion: copies a backup to another Region. Its copy there has an id that nobody is told.

use super::cards::{REFUSED, documented, inferred};
use super::lookups::{OnBackup, backup_lookups};
use super::shapes::*;
use super::tags::{BringsTags, tag_rules};
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::rule::{Promise, Refusal, Stage, always, may};
use crate::shape::Member;
use crate::state::BackupState;
use crate::time::{HOUR, Millis};

input! {
    /// Input of CopyBackupToRegion.
    CopyBackupToRegion, MEMBERS {
        region: String = "DestinationRegion", REGION;
        backup: String = "BackupId", BACKUP_ID;
        tags: Option<Vec<HsmTag>> = "TagList", TAG_LIST;
    }
}

const API: &str = "cloudhsm/latest/APIReference/API_CopyBackupToRegion.html";

/// The Regions of the `aws` partition that every account can use.
const OPEN_REGIONS: &[&str] = &[
    "ap-northeast-1",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-west-1",
    "eu-west-2",
    "us-east-1",
    "us-east-2",
    "us-west-2",
];

impl OnBackup for CopyBackupToRegion {
    fn backup_id(&self) -> &str {
        &self.backup
    }
}

impl BringsTags for CopyBackupToRegion {
    fn tags(&self) -> &[HsmTag] {
        self.tags.as_deref().unwrap_or_default()
    }
}

impl Operation for CopyBackupToRegion {
    const NAME: &'static str = "CopyBackupToRegion";
    const SERVICE: Service = Service::CloudHsm;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &backup_lookups(),
        &[BACKUP_IS_READY, REGION_IS_ANOTHER],
        &tag_rules(),
    ];
    const PROMISES: &'static [Promise<Self>] = &[SHOWS_THE_SOURCE];
}

const BACKUP_IS_READY: Refusal<CopyBackupToRegion> = Refusal {
    card: inferred(
        "HSM-BK-107",
        "A backup that is not READY may refuse to be copied.",
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

const REGION_IS_ANOTHER: Refusal<CopyBackupToRegion> = Refusal {
    card: inferred(
        "HSM-BK-108",
        "A copy to the same Region, or to one that does not exist or is not open to every account, \
         may be refused.",
        API,
    ),
    stage: Stage::Condition,
    error: may(REFUSED),
    when: |state, input| {
        let account = &state.account;
        let open = account.partition == "aws" && OPEN_REGIONS.contains(&input.region.as_str());
        !open || input.region == account.region
    },
};

const SHOWS_THE_SOURCE: Promise<CopyBackupToRegion> = Promise {
    card: documented(
        "HSM-BK-04",
        "A copy shows the Region, the backup and the cluster that it was copied from.",
        "cloudhsm/latest/APIReference/API_DestinationBackup.html",
    ),
    when: always,
    make: |input, success| {
        let at = Path::of("DestinationBackup");
        let now = success.state.now;
        let region = success.state.account.region.clone();
        success.show(&at.then("SourceRegion"), region);
        success.show(&at.then("SourceBackup"), input.backup.as_str());
        let backup = input.backup(success.state).cloned();
        let created = backup.as_ref().and_then(|backup| backup.created);
        if let Some(backup) = &backup {
            success.show(&at.then("SourceCluster"), backup.cluster.as_str());
        }
        // The page calls it the moment at which both backups were made, so it is that of either.
        let age: Millis = now - created.unwrap_or(now);
        success.date(&at.then("CreateTimestamp"), now, age + HOUR);
        if input.region != success.state.account.region {
            success
                .state
                .in_region(&input.region, |state| state.has_unseen = true);
        }
    },
};

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use serde_json::json;

    #[test]
    fn a_copy_names_its_source() {
        let mut world = World::new();
        let backup = world.backup();
        let body = json!({"BackupId": backup, "DestinationRegion": "eu-west-1"});
        let copied = world.ok("CopyBackupToRegion", body);
        assert_eq!(copied["DestinationBackup"]["SourceBackup"], backup);
        assert_eq!(copied["DestinationBackup"]["SourceRegion"], "us-east-1");
    }

    #[test]
    fn an_unknown_backup_is_not_found() {
        let body = json!({"BackupId": "backup-zzzzzzzzzzz", "DestinationRegion": "eu-west-1"});
        let refused = World::new().refused("CopyBackupToRegion", body);
        assert!(refused.contains(&"CloudHsmResourceNotFoundException"));
    }
}
