//! DeleteCluster: deletes a cluster that has no HSMs left.

use super::cards::{REFUSED, documented, inferred, observed};
use super::cluster_view;
use super::lookups::{OnCluster, cluster_lookups};
use super::shapes::*;
use crate::error_code::ErrorCode::{CloudHsmInvalidRequest, CloudHsmResourceNotFound};
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::resource::Resource;
use crate::rule::{Promise, Refusal, Stage, always, may, must};
use crate::shape::Member;
use crate::state::ClusterState;
use serde_json::json;

input! {
    /// Input of DeleteCluster.
    DeleteCluster, MEMBERS {
        cluster: String = "ClusterId", CLUSTER_ID;
    }
}

const API: &str = "cloudhsm/latest/APIReference/API_DeleteCluster.html";
const RECORDING: &str = "recording cloud-custodian placebo.cloudhsmv2 test_cloudhsm_subnet_delete";

impl OnCluster for DeleteCluster {
    fn cluster_id(&self) -> &str {
        &self.cluster
    }
}

impl Operation for DeleteCluster {
    const NAME: &'static str = "DeleteCluster";
    const SERVICE: Service = Service::CloudHsm;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &cluster_lookups(),
        &[NO_HSMS_LEFT, NOT_TWICE, NOT_WHILE_IT_CHANGES],
    ];
    const PROMISES: &'static [Promise<Self>] = &[IS_BEING_DELETED, SHOWS_THE_CLUSTER];
}

const NO_HSMS_LEFT: Refusal<DeleteCluster> = Refusal {
    card: documented(
        "HSM-DC-01",
        "A cluster that has HSMs cannot be deleted.",
        API,
    ),
    stage: Stage::Condition,
    error: must(REFUSED),
    when: |state, input| {
        input
            .cluster(state)
            .is_some_and(|cluster| cluster.standing_hsms().next().is_some())
    },
};

const NOT_TWICE: Refusal<DeleteCluster> = Refusal {
    card: inferred(
        "HSM-DC-03",
        "A cluster that is being deleted may refuse to be deleted again.",
        API,
    ),
    stage: Stage::Condition,
    error: may(&[CloudHsmInvalidRequest, CloudHsmResourceNotFound]),
    when: |state, input| input.is_in(state, &[ClusterState::DeleteInProgress]),
};

const NOT_WHILE_IT_CHANGES: Refusal<DeleteCluster> = Refusal {
    card: inferred(
        "HSM-DC-100",
        "A cluster that is being created, initialised or changed may refuse to be deleted.",
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
                UpdateInProgress,
                ModifyInProgress,
                RollbackInProgress,
            ],
        )
    },
};

const IS_BEING_DELETED: Promise<DeleteCluster> = Promise {
    card: observed(
        "HSM-DC-01a",
        "A deleted cluster is being deleted, and says so.",
        RECORDING,
    ),
    when: always,
    make: |input, success| {
        let leaving = success.traced(ClusterState::DeleteInProgress);
        let now = success.state.now;
        success.show(&Path::of("Cluster.State"), leaving.value);
        success.learn(
            &Path::of("Cluster.StateMessage"),
            "The cluster is being deleted.",
        );
        if input.is_in(success.state, &[ClusterState::DeleteInProgress]) {
            return;
        }
        if let Some(cluster) = success.state.cluster_mut(&input.cluster) {
            cluster.state = leaving;
            cluster.since = now;
        }
        success
            .state
            .unsettled
            .insert(Resource::Cluster(input.cluster.clone()));
    },
};

const SHOWS_THE_CLUSTER: Promise<DeleteCluster> = Promise {
    card: observed(
        "HSM-DC-01b",
        "DeleteCluster shows the cluster as DescribeClusters does.",
        RECORDING,
    ),
    when: always,
    make: |input, success| {
        if let Some(cluster) = input.cluster(success.state).cloned() {
            let at = Path::of("Cluster");
            success.show(&at.then("Certificates"), json!({}));
            cluster_view::show_common(success, &at, &cluster);
            cluster_view::show_hsms(success, &at, &cluster);
            cluster_view::show_security_group(success, &at, &cluster);
        }
    },
};

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use serde_json::json;

    #[test]
    fn a_cluster_without_hsms_is_deleted_and_listed_for_a_while() {
        let mut world = World::new();
        let id = world.new_cluster();
        world.ok("DescribeClusters", json!({}));
        let deleted = world.ok("DeleteCluster", json!({"ClusterId": id}));
        assert_eq!(deleted["Cluster"]["State"], "DELETE_IN_PROGRESS");
        let shown = world.ok("DescribeClusters", json!({}));
        assert_eq!(shown["Clusters"][0]["State"], "DELETED");
        world.advance(crate::time::DAY);
        let shown = world.ok("DescribeClusters", json!({}));
        assert_eq!(shown["Clusters"], json!([]));
    }

    #[test]
    fn a_cluster_with_hsms_cannot_be_deleted() {
        let mut world = World::new();
        let id = world.active_cluster();
        world.refused("DeleteCluster", json!({"ClusterId": id}));
    }

    #[test]
    fn a_deleted_cluster_cannot_be_deleted_again() {
        let mut world = World::new();
        let id = world.new_cluster();
        world.ok("DeleteCluster", json!({"ClusterId": id}));
        world.ok("DescribeClusters", json!({}));
        world.refused("DeleteCluster", json!({"ClusterId": id}));
    }

    #[test]
    fn an_unknown_cluster_is_not_found() {
        let body = json!({"ClusterId": "cluster-zzzzzzzzzzz"});
        let refused = World::new().refused("DeleteCluster", body);
        assert_eq!(refused, ["CloudHsmResourceNotFoundException"]);
    }
}
