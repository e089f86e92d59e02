//! DeleteHsm: removes an HSM from a cluster.

use super::cards::{REFUSED, documented, inferred};
use super::lookups::{OnCluster, cluster_lookups};
use super::shapes::*;
use crate::error_code::ErrorCode::*;
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::resource::Resource;
use crate::rule::{Promise, Refusal, Stage, always, may, must};
use crate::shape::Member;
use crate::state::{ClusterState, Hsm, HsmState, State};

input! {
    /// Input of DeleteHsm.
    DeleteHsm, MEMBERS {
        cluster: String = "ClusterId", CLUSTER_ID;
        hsm: Option<String> = "HsmId", HSM_ID;
        eni_id: Option<String> = "EniId", ENI_ID;
        eni_ip: Option<String> = "EniIp", IP_ADDRESS;
    }
}

const API: &str = "cloudhsm/latest/APIReference/API_DeleteHsm.html";

impl OnCluster for DeleteHsm {
    fn cluster_id(&self) -> &str {
        &self.cluster
    }
}

impl DeleteHsm {
    fn names(&self) -> usize {
        [&self.hsm, &self.eni_id, &self.eni_ip]
            .into_iter()
            .flatten()
            .count()
    }

    /// The HSM that it names.
    fn hsm<'s>(&self, state: &'s State) -> Option<&'s Hsm> {
        let mut standing = self.cluster(state)?.standing_hsms();
        match (&self.hsm, &self.eni_id, &self.eni_ip) {
            (Some(id), ..) => standing.find(|hsm| hsm.id == *id),
            (None, Some(_), _) => standing.find(|hsm| hsm.eni_id == self.eni_id),
            (None, None, Some(_)) => standing.find(|hsm| hsm.eni_ip == self.eni_ip),
            (None, None, None) => None,
        }
    }
}

impl Operation for DeleteHsm {
    const NAME: &'static str = "DeleteHsm";
    const SERVICE: Service = Service::CloudHsm;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &cluster_lookups(),
        &[
            ONE_NAME,
            NOT_SEVERAL_NAMES,
            HSM_EXISTS,
            NOT_TWICE,
            CLUSTER_IS_NOT_CHANGING,
        ],
    ];
    const PROMISES: &'static [Promise<Self>] = &[GOES_AWAY];
}

const ONE_NAME: Refusal<DeleteHsm> = Refusal {
    card: inferred(
        "HSM-DH-01",
        "The HSM is named by its id, or by the id or the address of its network interface.",
        API,
    ),
    stage: Stage::Condition,
    error: must(&[CloudHsmInvalidRequest, Validation]),
    when: |_, input| input.names() == 0,
};

const NOT_SEVERAL_NAMES: Refusal<DeleteHsm> = Refusal {
    card: inferred(
        "HSM-DH-01a",
        "Several names of an HSM in one request may be refused.",
        API,
    ),
    stage: Stage::Condition,
    error: may(&[CloudHsmInvalidRequest, Validation]),
    when: |_, input| input.names() > 1,
};

const HSM_EXISTS: Refusal<DeleteHsm> = Refusal {
    card: documented("HSM-DH-101", "The cluster must have the HSM.", API),
    stage: Stage::Condition,
    error: must(&[CloudHsmResourceNotFound, CloudHsmInvalidRequest]),
    when: |state, input| {
        input.names() > 0 && input.cluster(state).is_some() && input.hsm(state).is_none()
    },
};

const NOT_TWICE: Refusal<DeleteHsm> = Refusal {
    card: inferred(
        "HSM-DH-102",
        "An HSM that is being deleted may refuse to be deleted again.",
        API,
    ),
    stage: Stage::Condition,
    error: may(&[CloudHsmInvalidRequest, CloudHsmResourceNotFound]),
    when: |state, input| {
        input
            .hsm(state)
            .is_some_and(|hsm| hsm.state.value == HsmState::DeleteInProgress)
    },
};

const CLUSTER_IS_NOT_CHANGING: Refusal<DeleteHsm> = Refusal {
    card: documented(
        "HSM-DH-103",
        "A cluster whose HSM type is changing keeps its HSMs.",
        "cloudhsm/latest/userguide/hsm1-to-hsm2-migration.html",
    ),
    stage: Stage::Condition,
    error: must(REFUSED),
    when: |state, input| {
        let changing = [
            ClusterState::ModifyInProgress,
            ClusterState::RollbackInProgress,
        ];
        input.is_in(state, &changing)
    },
};

const GOES_AWAY: Promise<DeleteHsm> = Promise {
    card: documented(
        "HSM-DH-104",
        "DeleteHsm shows the id of the HSM, which is being deleted from then on.",
        API,
    ),
    when: always,
    make: |input, success| {
        let Some(hsm) = input.hsm(success.state).cloned() else {
            return;
        };
        success.show(&Path::of("HsmId"), hsm.id.as_str());
        if hsm.state.value == HsmState::DeleteInProgress {
            return;
        }
        let leaving = success.traced(HsmState::DeleteInProgress);
        let now = success.state.now;
        if let Some(cluster) = success.state.cluster_mut(&input.cluster) {
            if let Some(hsm) = cluster.hsms.get_mut(&hsm.id) {
                hsm.state = leaving;
                hsm.since = now;
            }
            // What an HSM said about itself goes with it; another one has other certificates.
            cluster.csr = None;
            cluster.hardware_certificates.clear();
        }
        let resource = Resource::Hsm(input.cluster.clone(), hsm.id);
        success.state.unsettled.insert(resource);
    },
};

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use serde_json::{Value, json};

    fn hsms(world: &mut World) -> Vec<Value> {
        let shown = world.ok("DescribeClusters", json!({}));
        shown["Clusters"][0]["Hsms"].as_array().unwrap().clone()
    }

    #[test]
    fn an_hsm_is_deleted_by_any_of_its_names() {
        for name in ["HsmId", "EniId", "EniIp"] {
            let mut world = World::new();
            let id = world.active_cluster();
            let before = hsms(&mut world);
            let mut body = json!({"ClusterId": id});
            body[name] = before[0][name].clone();
            let deleted = world.ok("DeleteHsm", body);
            assert_eq!(deleted["HsmId"], before[0]["HsmId"]);
            assert_eq!(hsms(&mut world).len(), before.len() - 1);
        }
    }

    #[test]
    fn a_name_is_needed() {
        let mut world = World::new();
        let id = world.active_cluster();
        world.refused("DeleteHsm", json!({"ClusterId": id}));
    }

    #[test]
    fn a_deleted_hsm_is_not_there() {
        let mut world = World::new();
        let id = world.active_cluster();
        let hsm = hsms(&mut world)[0]["HsmId"].clone();
        world.ok("DeleteHsm", json!({"ClusterId": id, "HsmId": hsm}));
        hsms(&mut world);
        world.refused("DeleteHsm", json!({"ClusterId": id, "HsmId": hsm}));
    }

    #[test]
    fn an_hsm_of_no_cluster_is_not_found() {
        let mut world = World::new();
        let id = world.active_cluster();
        let body = json!({"ClusterId": id, "HsmId": "hsm-zzzzzzzzzzz"});
        assert_eq!(world.fired("DeleteHsm", body), ["HSM-DH-101"]);
    }
}
