//! ModifyCluster: changes how long backups are kept, or the type of the HSMs.

use super::cards::{REFUSED, documented, inferred};
use super::cluster_view::{self, NEW_TYPE, OLD_TYPE};
use super::lookups::{OnCluster, cluster_lookups};
use super::retention::{BringsRetention, retention_rules};
use super::shapes::*;
use crate::error_code::ErrorCode::{CloudHsmInvalidRequest, CloudHsmService, Validation};
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::resource::Resource;
use crate::rule::{Promise, Refusal, Stage, always, may, must};
use crate::shape::Member;
use crate::state::{Cluster, ClusterState, State};
use crate::success::Success;
use crate::time::DAY;

input! {
    /// Input of ModifyCluster.
    ModifyCluster, MEMBERS {
        hsm_type: Option<String> = "HsmType", HSM_TYPE;
        retention: Option<Retention> = "BackupRetentionPolicy", RETENTION;
        cluster: String = "ClusterId", CLUSTER_ID;
    }
}

const API: &str = "cloudhsm/latest/APIReference/API_ModifyCluster.html";
const MIGRATION: &str = "cloudhsm/latest/userguide/hsm1-to-hsm2-migration.html";

/// The most HSMs of a cluster whose type can be changed.
const MOST_MIGRATED: usize = 27;

impl OnCluster for ModifyCluster {
    fn cluster_id(&self) -> &str {
        &self.cluster
    }
}

impl BringsRetention for ModifyCluster {
    fn retention(&self) -> Option<&Retention> {
        self.retention.as_ref()
    }
}

impl ModifyCluster {
    /// The cluster, where the request asks for another type than it has.
    fn migrating<'s>(&self, state: &'s State) -> Option<&'s Cluster> {
        let cluster = self.cluster(state)?;
        let wanted = self.hsm_type.as_ref()?;
        (cluster.hsm_type.value != *wanted).then_some(cluster)
    }

    fn is_rollback(&self, state: &State) -> bool {
        let wanted = self.hsm_type.as_deref();
        self.migrating(state).is_some_and(|cluster| {
            cluster
                .rollback
                .as_ref()
                .is_some_and(|(old, until)| Some(old.as_str()) == wanted && state.now < *until)
        })
    }

    fn is_migration(&self, state: &State) -> bool {
        self.hsm_type.as_deref() == Some(NEW_TYPE) && self.migrating(state).is_some()
    }
}

impl Operation for ModifyCluster {
    const NAME: &'static str = "ModifyCluster";
    const SERVICE: Service = Service::CloudHsm;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &cluster_lookups(),
        &retention_rules(),
        &[
            CHANGES_SOMETHING,
            TYPE_EXISTS,
            ONLY_FORWARD,
            ONLY_ACTIVE_CLUSTERS,
            SAME_TYPE,
            NOT_WHILE_IT_GOES_AWAY,
            AT_MOST_27_HSMS,
        ],
    ];
    const PROMISES: &'static [Promise<Self>] = &[
        RETENTION_IS_CHANGED,
        TYPE_IS_BEING_CHANGED,
        TYPE_IS_BEING_ROLLED_BACK,
        SHOWS_THE_CLUSTER,
    ];
}

const CHANGES_SOMETHING: Refusal<ModifyCluster> = Refusal {
    card: inferred(
        "HSM-MC-01",
        "A request that changes nothing may be refused.",
        API,
    ),
    stage: Stage::Condition,
    error: may(&[CloudHsmInvalidRequest, CloudHsmService, Validation]),
    when: |_, input| input.hsm_type.is_none() && input.retention.is_none(),
};

const TYPE_EXISTS: Refusal<ModifyCluster> = Refusal {
    card: documented(
        "HSM-MC-100",
        "The HSM type must be hsm1.medium or hsm2m.medium.",
        MIGRATION,
    ),
    stage: Stage::Condition,
    error: must(&[CloudHsmInvalidRequest, CloudHsmService, Validation]),
    when: |_, input| {
        input
            .hsm_type
            .as_deref()
            .is_some_and(|wanted| ![OLD_TYPE, NEW_TYPE].contains(&wanted))
    },
};

const ONLY_FORWARD: Refusal<ModifyCluster> = Refusal {
    card: documented(
        "HSM-MC-101",
        "HSMs of type hsm2m.medium become hsm1.medium only by a rollback within a day.",
        MIGRATION,
    ),
    stage: Stage::Condition,
    error: must(REFUSED),
    when: |state, input| {
        input.hsm_type.as_deref() == Some(OLD_TYPE)
            && input.migrating(state).is_some()
            && !input.is_rollback(state)
    },
};

const ONLY_ACTIVE_CLUSTERS: Refusal<ModifyCluster> = Refusal {
    card: documented(
        "HSM-MC-102",
        "The HSM type of a cluster that is not ACTIVE cannot be changed.",
        MIGRATION,
    ),
    stage: Stage::Condition,
    error: must(REFUSED),
    when: |state, input| {
        input
            .migrating(state)
            .is_some_and(|cluster| cluster.state.value != ClusterState::Active)
    },
};

const SAME_TYPE: Refusal<ModifyCluster> = Refusal {
    card: inferred(
        "HSM-MC-103",
        "A change to the HSM type that the cluster already has may be refused.",
        MIGRATION,
    ),
    stage: Stage::Condition,
    error: may(REFUSED),
    when: |state, input| {
        input.hsm_type.is_some()
            && input.cluster(state).is_some()
            && input.migrating(state).is_none()
    },
};

const NOT_WHILE_IT_GOES_AWAY: Refusal<ModifyCluster> = Refusal {
    card: inferred(
        "HSM-MC-104",
        "A cluster that is being made, changed or deleted may refuse to be modified.",
        API,
    ),
    stage: Stage::Condition,
    error: may(REFUSED),
    when: |state, input| {
        use ClusterState::*;
        input.is_in(
            state,
            &[
                CreateInProgress,
                InitializeInProgress,
                ModifyInProgress,
                RollbackInProgress,
                DeleteInProgress,
            ],
        )
    },
};

const AT_MOST_27_HSMS: Refusal<ModifyCluster> = Refusal {
    card: documented(
        "HSM-MC-105",
        "The HSM type of a cluster with more than 27 HSMs cannot be changed.",
        MIGRATION,
    ),
    stage: Stage::Condition,
    error: must(REFUSED),
    when: |state, input| {
        input
            .migrating(state)
            .is_some_and(|cluster| cluster.standing_hsms().count() > MOST_MIGRATED)
    },
};

const RETENTION_IS_CHANGED: Promise<ModifyCluster> = Promise {
    card: documented(
        "HSM-MC-01a",
        "ModifyCluster changes how long backups are kept.",
        API,
    ),
    when: |_, input| input.retained_days().is_some(),
    make: |input, success| {
        let retention = success.traced(input.retained_days().unwrap_or_default().to_owned());
        if let Some(cluster) = success.state.cluster_mut(&input.cluster) {
            cluster.retention = retention;
        }
    },
};

const TYPE_IS_BEING_CHANGED: Promise<ModifyCluster> = Promise {
    card: documented(
        "HSM-MC-106",
        "A change from hsm1.medium to hsm2m.medium makes the cluster MODIFY_IN_PROGRESS, and can be \
         rolled back within a day.",
        MIGRATION,
    ),
    when: |state, input| input.is_migration(state) && !input.is_rollback(state),
    make: |input, success| {
        let until = success.state.now + DAY;
        let old = input
            .cluster(success.state)
            .map(|cluster| cluster.hsm_type.value.clone());
        set_going(input, success, ClusterState::ModifyInProgress);
        if let Some(cluster) = success.state.cluster_mut(&input.cluster) {
            cluster.rollback = old.map(|old| (old, until));
        }
    },
};

const TYPE_IS_BEING_ROLLED_BACK: Promise<ModifyCluster> = Promise {
    card: documented(
        "HSM-MC-107",
        "A change back to the old HSM type makes the cluster ROLLBACK_IN_PROGRESS.",
        MIGRATION,
    ),
    when: |state, input| input.is_rollback(state),
    make: |input, success| set_going(input, success, ClusterState::RollbackInProgress),
};

const SHOWS_THE_CLUSTER: Promise<ModifyCluster> = Promise {
    card: documented(
        "HSM-MC-108",
        "ModifyCluster shows the cluster as DescribeClusters does.",
        API,
    ),
    when: always,
    make: |input, success| {
        if let Some(cluster) = input.cluster(success.state).cloned() {
            let at = Path::of("Cluster");
            cluster_view::show_common(success, &at, &cluster);
            cluster_view::show_state(success, &at, &cluster);
            cluster_view::show_hsms(success, &at, &cluster);
        }
    },
};

fn set_going(input: &ModifyCluster, success: &mut Success<'_>, then: ClusterState) {
    let state = success.traced(then);
    let now = success.state.now;
    if let Some(cluster) = success.state.cluster_mut(&input.cluster) {
        cluster.state = state;
        cluster.since = now;
    }
    success
        .state
        .unsettled
        .insert(Resource::Cluster(input.cluster.clone()));
}

#[cfg(test)]
mod tests {
    use crate::state::State;
    use crate::testing::World;
    use serde_json::{Value, json};

    fn retention(cluster: &str, days: &str) -> Value {
        let policy = json!({"Type": "DAYS", "Value": days});
        json!({"ClusterId": cluster, "BackupRetentionPolicy": policy})
    }

    fn of_type(cluster: &str, hsm_type: &str) -> Value {
        json!({"ClusterId": cluster, "HsmType": hsm_type})
    }

    /// An active cluster of the type that cannot be made any more.
    fn old_cluster(world: &mut World) -> String {
        let id = world.active_cluster();
        let make_old = |state: &mut State| {
            state.cluster_mut(&id).unwrap().hsm_type.value = "hsm1.medium".to_owned();
        };
        make_old(&mut world.state);
        world.belief.outside(make_old);
        id
    }

    #[test]
    fn the_retention_can_be_changed() {
        let mut world = World::new();
        let id = world.active_cluster();
        let changed = world.ok("ModifyCluster", retention(&id, "379"));
        assert_eq!(changed["Cluster"]["BackupRetentionPolicy"]["Value"], "379");
        let refused = world.fired("ModifyCluster", retention(&id, "380"));
        assert_eq!(refused, ["HSM-CC-05"]);
        world.refused("ModifyCluster", retention(&id, "6"));
    }

    #[test]
    fn new_hsms_do_not_become_old_ones() {
        let mut world = World::new();
        let id = world.active_cluster();
        let body = of_type(&id, "hsm1.medium");
        assert_eq!(world.fired("ModifyCluster", body.clone()), ["HSM-MC-101"]);
        world.refused("ModifyCluster", body);
        let body = of_type(&id, "hsm9.large");
        assert_eq!(world.fired("ModifyCluster", body), ["HSM-MC-100"]);
    }

    #[test]
    fn old_hsms_become_new_ones_and_can_be_rolled_back() {
        let mut world = World::new();
        let id = old_cluster(&mut world);
        let changed = world.ok("ModifyCluster", of_type(&id, "hsm2m.medium"));
        assert_eq!(changed["Cluster"]["State"], "MODIFY_IN_PROGRESS");
        let shown = world.ok("DescribeClusters", json!({}));
        assert_eq!(shown["Clusters"][0]["HsmType"], "hsm2m.medium");
        assert!(shown["Clusters"][0]["HsmTypeRollbackExpiration"].is_number());
        let back = world.ok("ModifyCluster", of_type(&id, "hsm1.medium"));
        assert_eq!(back["Cluster"]["State"], "ROLLBACK_IN_PROGRESS");
        let shown = world.ok("DescribeClusters", json!({}));
        assert_eq!(shown["Clusters"][0]["HsmType"], "hsm1.medium");
        assert_eq!(shown["Clusters"][0]["State"], "ACTIVE");
    }

    #[test]
    fn a_rollback_must_come_within_a_day() {
        let mut world = World::new();
        let id = old_cluster(&mut world);
        world.ok("ModifyCluster", of_type(&id, "hsm2m.medium"));
        world.ok("DescribeClusters", json!({}));
        world.advance(2 * crate::time::DAY);
        world.refused("ModifyCluster", of_type(&id, "hsm1.medium"));
    }
}
