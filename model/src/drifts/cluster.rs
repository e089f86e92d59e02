//! Clusters, HSMs and backups that finish what they were set to do.

use crate::card::{Card, Evidence};
use crate::resource::Resource;
use crate::rule::Drift;
use crate::state::{
    Backup, BackupState, Cluster, ClusterState, Hsm, HsmState, State, Subnet, Traced,
};
use crate::switches::Switches;
use crate::time::{DAY, HOUR, MINUTE, Millis};

/// The drifts of clusters, HSMs and backups.
pub const CLUSTER: &[Drift] = &[
    CREATED,
    INITIALIZED,
    SOMEBODY_ACTIVATES,
    MODIFIED,
    ROLLED_BACK,
    DELETED,
    HSM_CREATED,
    HSM_DELETED,
    BACKUP_READY,
    BACKUP_DELETED,
];

/// How long a change of the HSM type takes at the most: half an hour for each of 27 HSMs.
const LONGEST_CHANGE: Millis = DAY;

const fn documented(id: &'static str, says: &'static str, cite: &'static str) -> Card {
    Card {
        id,
        says,
        cite,
        evidence: Evidence::Documented,
    }
}

const CREATED: Drift = Drift {
    card: documented(
        "HSM-SM-01",
        "A new cluster becomes UNINITIALIZED; an hour is the bound set here.",
        "cloudhsm/latest/userguide/create-cluster.html",
    ),
    since: |state, resource| cluster_since(state, resource, ClusterState::CreateInProgress),
    not_before: 0,
    not_after: HOUR,
    usual: 5 * MINUTE,
    also: &[],
    outcomes: |state, resource, _| {
        becomes(state, resource, ClusterState::Uninitialized, &CREATED.card)
    },
};

const INITIALIZED: Drift = Drift {
    card: documented(
        "HSM-SM-01a",
        "A cluster with a good certificate becomes INITIALIZED; an hour is the bound set here.",
        "cloudhsm/latest/userguide/initialize-cluster.html",
    ),
    since: |state, resource| cluster_since(state, resource, ClusterState::InitializeInProgress),
    not_before: 0,
    not_after: HOUR,
    usual: 5 * MINUTE,
    also: &[],
    outcomes: |state, resource, _| {
        becomes(
            state,
            resource,
            ClusterState::Initialized,
            &INITIALIZED.card,
        )
    },
};

const SOMEBODY_ACTIVATES: Drift = Drift {
    card: documented(
        "HSM-SM-01b",
        "An initialised cluster becomes ACTIVE when its administrator sets a password, which no \
         API shows.",
        "cloudhsm/latest/userguide/activate-cluster.html",
    ),
    since: |state, resource| {
        cluster_since(state, resource, ClusterState::Initialized).filter(|_| !state.outside.known)
    },
    not_before: 0,
    not_after: Millis::MAX,
    usual: Millis::MAX,
    also: &[],
    outcomes: |state, resource, _| {
        becomes(
            state,
            resource,
            ClusterState::Active,
            &SOMEBODY_ACTIVATES.card,
        )
    },
};

const MODIFIED: Drift = Drift {
    card: documented(
        "HSM-SM-03",
        "A cluster whose HSM type is modified becomes ACTIVE with the new type; a day is the bound \
         set here.",
        "cloudhsm/latest/userguide/hsm1-to-hsm2-migration.html",
    ),
    since: |state, resource| cluster_since(state, resource, ClusterState::ModifyInProgress),
    not_before: 0,
    not_after: LONGEST_CHANGE,
    usual: 30 * MINUTE,
    also: &[],
    outcomes: |state, resource, _| {
        changed(state, resource, |cluster, _| {
            cluster.hsm_type = by(&MODIFIED.card, "hsm2m.medium".to_owned());
            cluster.state = by(&MODIFIED.card, ClusterState::Active);
        })
    },
};

const ROLLED_BACK: Drift = Drift {
    card: documented(
        "HSM-SM-03a",
        "A cluster that is rolled back becomes ACTIVE with its old HSM type; a day is the bound \
         set here.",
        "cloudhsm/latest/userguide/hsm1-to-hsm2-migration.html",
    ),
    since: |state, resource| cluster_since(state, resource, ClusterState::RollbackInProgress),
    not_before: 0,
    not_after: LONGEST_CHANGE,
    usual: 30 * MINUTE,
    also: &[],
    outcomes: |state, resource, _| {
        changed(state, resource, |cluster, _| {
            if let Some((old, _)) = cluster.rollback.take() {
                cluster.hsm_type = by(&ROLLED_BACK.card, old);
            }
            cluster.state = by(&ROLLED_BACK.card, ClusterState::Active);
        })
    },
};

const DELETED: Drift = Drift {
    card: Card {
        id: "HSM-SM-04",
        says: "A cluster that is being deleted becomes DELETED; an hour is the bound set here.",
        cite: "recording cloud-custodian placebo.cloudhsmv2 test_cloudhsm_subnet_delete",
        evidence: Evidence::Observed,
    },
    since: |state, resource| cluster_since(state, resource, ClusterState::DeleteInProgress),
    not_before: 0,
    not_after: HOUR,
    usual: 5 * MINUTE,
    also: &[],
    outcomes: |state, resource, _| becomes(state, resource, ClusterState::Deleted, &DELETED.card),
};

const HSM_CREATED: Drift = Drift {
    card: Card {
        id: "HSM-SM-02",
        says: "A new HSM becomes ACTIVE, or DEGRADED where it has no place in its subnet; an hour \
               is the bound set here.",
        cite: "recording issues/cloudhsm-quick-setup-2025-07",
        evidence: Evidence::Observed,
    },
    since: |state, resource| hsm_since(state, resource, HsmState::CreateInProgress),
    not_before: 0,
    not_after: HOUR,
    usual: 10 * MINUTE,
    also: &[RESTORED_BECOMES_ACTIVE],
    outcomes: hsm_outcomes,
};

const RESTORED_BECOMES_ACTIVE: Card = documented(
    "HSM-SM-05a",
    "A cluster made from a backup is ACTIVE once its first HSM is, without initialisation or \
     activation.",
    "cloudhsm/latest/userguide/create-cluster-from-backup.html",
);

const HSM_DELETED: Drift = Drift {
    card: documented(
        "HSM-DH-100",
        "An HSM that is being deleted goes away; an hour is the bound set here.",
        "cloudhsm/latest/userguide/remove-hsm.html",
    ),
    since: |state, resource| hsm_since(state, resource, HsmState::DeleteInProgress),
    not_before: 0,
    not_after: HOUR,
    usual: 5 * MINUTE,
    also: &[],
    outcomes: |state, resource, _| {
        changed(state, resource, |cluster, hsm| {
            set_hsm(cluster, hsm, by(&HSM_DELETED.card, HsmState::Deleted));
        })
    },
};

const BACKUP_READY: Drift = Drift {
    card: documented(
        "HSM-BK-100",
        "A backup that is being made becomes READY; an hour is the bound set here.",
        "cloudhsm/latest/APIReference/API_Backup.html",
    ),
    since: |state, resource| {
        let backup = backup(state, resource)?;
        (backup.state.value == BackupState::CreateInProgress).then_some(backup.since)
    },
    not_before: 0,
    not_after: HOUR,
    usual: 5 * MINUTE,
    also: &[],
    outcomes: |state, resource, _| {
        backup_becomes(state, resource, by(&BACKUP_READY.card, BackupState::Ready))
    },
};

const BACKUP_DELETED: Drift = Drift {
    card: documented(
        "HSM-BK-02a",
        "A backup pending deletion is gone after 7 days; it may take a day longer.",
        "cloudhsm/latest/userguide/delete-restore-backup.html",
    ),
    since: |state, resource| {
        let backup = backup(state, resource)?;
        let pending = backup.state.value == BackupState::PendingDeletion;
        backup.deletion.filter(|_| pending)
    },
    not_before: 0,
    not_after: DAY,
    usual: 0,
    also: &[],
    outcomes: |state, resource, _| {
        backup_becomes(
            state,
            resource,
            by(&BACKUP_DELETED.card, BackupState::Deleted),
        )
    },
};

fn by<T>(card: &'static Card, value: T) -> Traced<T> {
    Traced { value, by: card }
}

fn cluster_since(state: &State, resource: &Resource, waits: ClusterState) -> Option<Millis> {
    let Resource::Cluster(id) = resource else {
        return None;
    };
    let cluster = state.clusters.get(id)?;
    (cluster.state.value == waits).then_some(cluster.since)
}

fn hsm_since(state: &State, resource: &Resource, waits: HsmState) -> Option<Millis> {
    let hsm = hsm(state, resource)?;
    (hsm.state.value == waits).then_some(hsm.since)
}

fn hsm<'s>(state: &'s State, resource: &Resource) -> Option<&'s Hsm> {
    let Resource::Hsm(cluster, id) = resource else {
        return None;
    };
    state.clusters.get(cluster)?.hsms.get(id)
}

fn backup<'s>(state: &'s State, resource: &Resource) -> Option<&'s Backup> {
    let Resource::Backup(id) = resource else {
        return None;
    };
    state.backups.get(id).map(AsRef::as_ref)
}

fn becomes(
    state: &State,
    resource: &Resource,
    then: ClusterState,
    card: &'static Card,
) -> Vec<State> {
    changed(state, resource, |cluster, _| cluster.state = by(card, then))
}

/// The state after `change` to a cluster, and to the HSM whose id it is given.
fn changed(
    state: &State,
    resource: &Resource,
    change: impl FnOnce(&mut Cluster, &str),
) -> Vec<State> {
    let (id, hsm) = match resource {
        Resource::Cluster(id) => (id, ""),
        Resource::Hsm(id, hsm) => (id, hsm.as_str()),
        _ => return Vec::new(),
    };
    let mut next = state.clone();
    let Some(cluster) = next.cluster_mut(id) else {
        return Vec::new();
    };
    change(cluster, hsm);
    let now = state.now;
    match cluster.hsms.get_mut(hsm) {
        Some(hsm) => hsm.since = now,
        None => cluster.since = now,
    }
    vec![next]
}

fn set_hsm(cluster: &mut Cluster, id: &str, state: Traced<HsmState>) {
    if let Some(hsm) = cluster.hsms.get_mut(id) {
        hsm.state = state;
    }
}

fn hsm_outcomes(state: &State, resource: &Resource, switches: &Switches) -> Vec<State> {
    let active = changed(state, resource, |cluster, hsm| {
        set_hsm(cluster, hsm, by(&HSM_CREATED.card, HsmState::Active));
        // A cluster that has its certificate before it was ever initialised comes from a backup.
        let restored =
            cluster.state.value == ClusterState::Uninitialized && cluster.certificate.is_some();
        if restored && switches.is_on(crate::catalog::DRIFT, &RESTORED_BECOMES_ACTIVE) {
            cluster.state = by(&RESTORED_BECOMES_ACTIVE, ClusterState::Active);
            cluster.since = state.now;
        }
    });
    let degraded = changed(state, resource, |cluster, hsm| {
        set_hsm(cluster, hsm, by(&HSM_CREATED.card, HsmState::Degraded));
    });
    let subnet = hsm(state, resource).and_then(|hsm| state.outside.subnets.get(&hsm.subnet));
    match subnet {
        Some(subnet) if !has_place(subnet) => [degraded, active].concat(),
        Some(_) if state.outside.known => active,
        _ => [active, degraded].concat(),
    }
}

fn has_place(subnet: &Subnet) -> bool {
    subnet.has_free_addresses && !subnet.deleted
}

fn backup_becomes(state: &State, resource: &Resource, then: Traced<BackupState>) -> Vec<State> {
    let Resource::Backup(id) = resource else {
        return Vec::new();
    };
    let mut next = state.clone();
    let Some(backup) = next.backup_mut(id) else {
        return Vec::new();
    };
    backup.state = then;
    backup.since = state.now;
    vec![next]
}
