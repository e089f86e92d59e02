//! DescribeBackups: lists backups, those that AWS made by itself included.

use super::backup_view;
use super::cards::documented;
use super::create_hsm::MAKES_A_BACKUP;
use super::filters::{
    Filtering, Filters, Known, Paged, is_foreign, is_id, odd_filters, page_limit, token_rules,
};
use super::lookups::has_expired;
use super::shapes::*;
use crate::input::input;
use crate::lists::{Listed, Paging};
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::resource::Resource;
use crate::rule::{Promise, Refusal, always};
use crate::shape::{Member, Shape};
use crate::state::{BackupState, Cluster, Traced};
use crate::success::Success;
use serde_json::json;
use std::sync::Arc;

input! {
    /// Input of DescribeBackups.
    DescribeBackups, MEMBERS {
        next_token: Option<String> = "NextToken", NEXT_TOKEN;
        max_results: Option<i64> = "MaxResults", Shape::Whole { min: 1, max: 50 };
        filters: Option<Filters> = "Filters", FILTERS;
        shared: Option<bool> = "Shared", Shape::Flag;
        ascending: Option<bool> = "SortAscending", Shape::Flag;
    }
}

/// The most backups on a page, and the number where none is asked for.
const LONGEST_PAGE: i64 = 50;

const API: &str = "cloudhsm/latest/APIReference/API_DescribeBackups.html";
const BACKUP: &str = "cloudhsm/latest/APIReference/API_Backup.html";

impl Filtering for DescribeBackups {
    const KNOWN: &'static [Known] = &[
        ("backupIds", |text| is_id("backup-", text)),
        ("sourceBackupIds", |text| is_id("backup-", text)),
        ("clusterIds", |text| is_id("cluster-", text)),
        ("states", |text| BackupState::NAMES.contains(&text)),
        ("neverExpires", |text| matches!(text, "true" | "false")),
    ];

    fn filters(&self) -> Option<&Filters> {
        self.filters.as_ref()
    }
}

impl Paged for DescribeBackups {
    fn next_token(&self) -> Option<&str> {
        self.next_token.as_deref()
    }

    fn list_name(&self) -> String {
        let (filters, shared) = (&self.filters, self.is_shared());
        format!("DescribeBackups {} {shared}", json!(filters))
    }
}

impl DescribeBackups {
    fn is_shared(&self) -> bool {
        self.shared == Some(true)
    }

    /// Whether a list with these filters holds backups that nobody has seen yet.
    fn shows_new_ones(&self) -> bool {
        let ids = ["backupIds", "sourceBackupIds"];
        let by_id = |name: &str| {
            self.filters
                .as_ref()
                .is_some_and(|it| it.contains_key(name))
        };
        !self.is_shared()
            && !ids.into_iter().any(by_id)
            && self.passes("neverExpires", "false")
            && self.new_states().any(|passes| passes)
    }

    /// Whether new backups are listed whichever of their two states they have by now.
    fn shows_all_new_ones(&self) -> bool {
        self.new_states().all(|passes| passes)
    }

    /// Whether the filters let the two states pass that a backup nobody has seen yet may have.
    fn new_states(&self) -> impl Iterator<Item = bool> {
        [BackupState::CreateInProgress, BackupState::Ready]
            .into_iter()
            .map(|state| self.passes("states", state.wire_name()))
    }
}

impl Operation for DescribeBackups {
    const NAME: &'static str = "DescribeBackups";
    const SERVICE: Service = Service::CloudHsm;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[&token_rules(), &[odd_filters()]];
    const PROMISES: &'static [Promise<Self>] = &[LISTS_BACKUPS, SHOWS_BACKUPS, SHOWS_TAGS];
}

const LISTS_BACKUPS: Promise<DescribeBackups> = Promise {
    card: documented(
        "HSM-BK-05",
        "DescribeBackups lists exactly the backups that pass the filters, page by page; those that \
         AWS made by itself are among them.",
        API,
    ),
    when: always,
    make: |input, success| {
        let missing = name_new(input, success);
        let listed = listed(input, success);
        let name = input.list_name();
        let limit = page_limit(input.max_results, LONGEST_PAGE, success);
        let paging = Paging {
            list: "Backups",
            key: "BackupId",
            name: &name,
            marker: input.marker(),
            limit: usize::try_from(limit).unwrap_or_default(),
            next: "NextToken",
            truncated: "",
        };
        let page = success.list_page(&paging, &listed);
        success.subject = page.shown.join(" ");
        let is_whole = page.next.is_none() && input.marker().is_none() && !input.is_odd();
        for id in on_page(success) {
            if let Some(backup) = success.state.backups.get(&id).cloned() {
                let at = Path::of("Backups").entry("BackupId", id);
                success.show(&at.then("ClusterId"), backup.cluster.as_str());
            }
        }
        for cluster in missing.into_iter().filter(|_| is_whole) {
            blame_missing(success, cluster);
        }
    },
};

const SHOWS_BACKUPS: Promise<DescribeBackups> = Promise {
    card: documented(
        "HSM-BK-01",
        "DescribeBackups shows the current state of each backup, and the cluster it was taken of.",
        BACKUP,
    ),
    when: always,
    make: |_, success| {
        for id in on_page(success) {
            let at = Path::of("Backups").entry("BackupId", id.as_str());
            backup_view::settle(success, &at, &id);
            backup_view::show(success, &at, &id);
        }
    },
};

const SHOWS_TAGS: Promise<DescribeBackups> = Promise {
    card: documented(
        "HSM-TG-103",
        "DescribeBackups shows the tags of each backup.",
        BACKUP,
    ),
    when: always,
    make: |_, success| {
        for id in on_page(success) {
            let at = Path::of("Backups").entry("BackupId", id.as_str());
            backup_view::show_tags(success, &at, &id);
        }
    },
};

fn on_page(success: &Success<'_>) -> Vec<String> {
    success
        .subject
        .split_whitespace()
        .filter(|id| {
            let resource = Resource::Backup((*id).to_owned());
            !success.state.distrusted.contains(&resource)
        })
        .map(str::to_owned)
        .collect()
}

/// Learns the ids of new backups. Gives the clusters that surely have one that the response lacks.
fn name_new(input: &DescribeBackups, success: &mut Success<'_>) -> Vec<String> {
    // The emulator names a backup when it first lists it; another target may have named it before,
    // on a page that had no room for it.
    let may_be_named = match success.is_settled() {
        true => input.shows_new_ones() && input.shows_all_new_ones(),
        false => input.shows_new_ones(),
    };
    if !may_be_named {
        return Vec::new();
    }
    let clusters: Vec<Arc<Cluster>> = success
        .state
        .clusters
        .values()
        .filter(|cluster| input.passes("clusterIds", &cluster.id))
        .cloned()
        .collect();
    let missing = backup_view::name_new(success, &clusters);
    missing
        .into_iter()
        .filter(|id| input.shows_all_new_ones() && has_settled(success, id))
        .collect()
}

/// Says that a backup is missing, once.
fn blame_missing(success: &mut Success<'_>, cluster: String) {
    let entry = format!("the backup that AWS made of {cluster}");
    let at = Path::of("Backups").entry("BackupId", entry);
    if let Some(cluster) = success.state.cluster_mut(&cluster) {
        cluster.unnamed_backups = 0;
    }
    let promised = Traced {
        value: (),
        by: &MAKES_A_BACKUP.card,
    };
    success.show_traced(&at.then("ClusterId"), &promised, cluster);
}

/// Whether the cluster is trusted and has had the time to make its backups.
fn has_settled(success: &Success<'_>, id: &str) -> bool {
    let trusted = !success
        .state
        .distrusted
        .contains(&Resource::Cluster(id.to_owned()));
    let cluster = success.state.clusters.get(id);
    trusted && cluster.is_some_and(|cluster| backup_view::has_made_its_backups(cluster))
}

/// The backups that pass the filters for sure, and those that may.
fn listed(input: &DescribeBackups, success: &Success<'_>) -> Listed {
    let mut listed = Listed::default();
    if input.is_shared() {
        return listed;
    }
    let state = &success.state;
    let unsure = is_foreign(state, input) || input.is_odd();
    for backup in state.backups.values() {
        let never = backup.never_expires.value.to_string();
        if !input.passes("backupIds", &backup.id)
            || !input.passes("clusterIds", &backup.cluster)
            || !input.passes("sourceBackupIds", "")
            || !input.passes("neverExpires", &never)
        {
            continue;
        }
        let fits = |shown: &BackupState| input.passes("states", shown.wire_name());
        let deleted = backup.state.value == BackupState::Deleted;
        if success.is_settled() {
            if !deleted && fits(&backup.state.value) {
                listed.present.push(backup.id.clone());
            }
            continue;
        }
        let resource = Resource::Backup(backup.id.clone());
        let states: Vec<BackupState> = crate::drift::closure(state, &resource)
            .iter()
            .filter_map(|variant| variant.backups.get(&backup.id))
            .map(|backup| backup.state.value)
            .collect();
        let surely = states.iter().all(fits)
            && !states.contains(&BackupState::Deleted)
            && !has_expired(state, backup);
        if surely && !unsure && !state.distrusted.contains(&resource) {
            listed.present.push(backup.id.clone());
        } else if unsure || states.iter().any(fits) {
            listed.optional.push(backup.id.clone());
        }
    }
    listed
}

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use serde_json::{Value, json};

    fn count(world: &mut World, filters: Value) -> usize {
        let shown = world.ok("DescribeBackups", json!({"Filters": filters}));
        shown["Backups"].as_array().unwrap().len()
    }

    #[test]
    fn adding_an_hsm_to_an_active_cluster_makes_a_backup() {
        let mut world = World::new();
        let cluster = world.active_cluster();
        world.ok("DescribeBackups", json!({}));
        let shown = world.ok("DescribeBackups", json!({"SortAscending": true}));
        let backup = &shown["Backups"][0];
        assert_eq!(backup["ClusterId"], cluster);
        assert_eq!(backup["BackupState"], "READY");
        assert_eq!(backup["NeverExpires"], false);
    }

    #[test]
    fn a_missing_backup_is_noticed() {
        let mut world = World::new();
        let cluster = world.active_cluster();
        world.state.cluster_mut(&cluster).unwrap().unnamed_backups = 0;
        let described = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            world.ok("DescribeBackups", json!({}))
        }));
        assert!(described.is_err());
    }

    #[test]
    fn filters_choose_backups() {
        let mut world = World::new();
        let backup = world.backup();
        let cluster = world.state.backups[&backup].cluster.clone();
        assert_eq!(count(&mut world, json!({"backupIds": [backup]})), 1);
        assert_eq!(count(&mut world, json!({"clusterIds": [cluster]})), 1);
        assert_eq!(count(&mut world, json!({"states": ["READY"]})), 1);
        assert_eq!(count(&mut world, json!({"states": ["DELETED"]})), 0);
        assert_eq!(count(&mut world, json!({"neverExpires": ["true"]})), 0);
        assert_eq!(count(&mut world, json!({"sourceBackupIds": [backup]})), 0);
    }

    #[test]
    fn nobody_shares_backups_with_this_account() {
        let mut world = World::new();
        world.backup();
        let shown = world.ok("DescribeBackups", json!({"Shared": true}));
        assert_eq!(shown["Backups"], json!([]));
    }

    #[test]
    fn a_token_must_be_one_that_was_handed_out() {
        World::new().refused("DescribeBackups", json!({"NextToken": "x"}));
    }
}
