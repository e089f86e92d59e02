//! How a backup is shown, and how one that AWS made by itself gets its name.

use super::tags;
use crate::mint::Form;
use crate::path::Path;
use crate::resource::Resource;
use crate::state::{Backup, BackupState, Cluster, HsmState};
use crate::success::Success;
use crate::time::{DAY, MINUTE, Millis, epoch_seconds};
use serde_json::{Value, json};
use std::sync::Arc;

/// How long a deleted backup can be restored.
pub(crate) const RESTORABLE: Millis = 7 * DAY;

/// Lets the response at `at` say what has become of a backup by itself.
pub(crate) fn settle(success: &mut Success<'_>, at: &Path, id: &str) {
    success.settle(&Resource::Backup(id.to_owned()), at, |state| {
        let backup = state.backups.get(id)?;
        Some(json!({"BackupState": backup.state.value.wire_name()}))
    });
}

/// Shows a backup as the state has it.
pub(crate) fn show(success: &mut Success<'_>, at: &Path, id: &str) {
    let Some(backup) = success.state.backups.get(id).cloned() else {
        return;
    };
    let arn = success
        .state
        .account
        .arn("cloudhsm", &format!("backup/{id}"));
    success.show(&at.then("BackupId"), id);
    success.show(&at.then("BackupArn"), arn);
    success.show_traced(&at.then("BackupState"), &backup.state, backup.state.value);
    success.show(&at.then("ClusterId"), backup.cluster.as_str());
    success.show(&at.then("HsmType"), backup.hsm_type.as_str());
    if let Some(mode) = &backup.mode {
        success.show(&at.then("Mode"), mode.as_str());
    }
    let never = &backup.never_expires;
    success.show_traced(&at.then("NeverExpires"), never, never.value);
    show_created(success, at, &backup);
    let at_deletion = at.then("DeleteTimestamp");
    match backup.deletion {
        Some(date) => success.show_traced(&at_deletion, &backup.state, epoch_seconds(date)),
        None if backup.state.value == BackupState::Deleted => {}
        None => success.absent_traced(&at_deletion, &backup.state),
    }
}

/// Shows the tags of a backup.
pub(crate) fn show_tags(success: &mut Success<'_>, at: &Path, id: &str) {
    let tags = success.state.backups.get(id).map(|it| it.tags.clone());
    match tags {
        Some(tags) if tags.is_empty() => {
            success.may_show(&at.then("TagList"), Value::Array(Vec::new()));
        }
        Some(tags) => tags::show(success, &at.then("TagList"), &tags),
        None => {}
    }
}

fn show_created(success: &mut Success<'_>, at: &Path, backup: &Backup) {
    let at = at.then("CreateTimestamp");
    if let Some(created) = backup.created {
        return success.show_date(&at, created);
    }
    // It was made at some time between the making of its cluster and now.
    let now = success.state.now;
    let oldest = backup.contents.created;
    let created = success.date(&at, now, now - oldest + 5 * MINUTE);
    if let Some(backup) = success.state.backup_mut(&backup.id) {
        backup.created = created;
    }
}

/// Finds the ids of backups that AWS made by itself and that the response lists. `of` are the
/// clusters whose backups the list may hold. Gives the clusters that have a backup that the
/// response should list and does not.
pub(crate) fn name_new(success: &mut Success<'_>, of: &[Arc<Cluster>]) -> Vec<String> {
    let mut missing = Vec::new();
    for cluster in of {
        for _ in 0..cluster.unnamed_backups {
            match name_one(success, cluster) {
                true => {
                    if let Some(cluster) = success.state.cluster_mut(&cluster.id) {
                        cluster.unnamed_backups = cluster.unnamed_backups.saturating_sub(1);
                    }
                }
                false => missing.push(cluster.id.clone()),
            }
        }
        // AWS also makes backups daily and on occasions that it does not list.
        if !success.is_settled() && cluster.certificate.is_some() {
            while name_one(success, cluster) {}
        }
    }
    missing
}

/// Whether the last HSM that was added to the cluster is there, so that the backup it was made from
/// is too.
pub(crate) fn has_made_its_backups(cluster: &Cluster) -> bool {
    cluster
        .hsms
        .values()
        .all(|hsm| hsm.state.value != HsmState::CreateInProgress)
}

/// Finds one new backup of the cluster. Each one found is known from then on, so a response cannot
/// name it again.
fn name_one(success: &mut Success<'_>, cluster: &Arc<Cluster>) -> bool {
    let known: Vec<String> = success
        .state
        .backups
        .keys()
        .chain(success.state.gone.keys())
        .cloned()
        .collect();
    let like = json!({"ClusterId": cluster.id});
    let list = Path::of("Backups");
    let Some(id) = success.name(&list, "BackupId", Form::BackupId, &like, &known) else {
        return false;
    };
    let backup = Backup {
        id: id.clone(),
        cluster: cluster.id.clone(),
        created: None,
        state: success.traced(BackupState::CreateInProgress),
        since: success.state.now,
        never_expires: success.traced(false),
        deletion: None,
        tags: imbl::OrdMap::new(),
        policy: None,
        hsm_type: cluster.hsm_type.value.clone(),
        mode: cluster.mode.as_ref().map(|mode| mode.value.clone()),
        contents: Arc::clone(cluster),
    };
    success.state.unsettled.insert(Resource::Backup(id.clone()));
    success.state.backups.insert(id, Arc::new(backup));
    true
}
