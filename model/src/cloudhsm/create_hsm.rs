//! CreateHsm: adds an HSM to a cluster.

use super::cards::{REFUSED, documented, inferred, observed};
use super::cluster_view;
use super::lookups::{OnCluster, cluster_lookups};
use super::shapes::*;
use crate::error_code::ErrorCode::*;
use crate::input::input;
use crate::mint::Form;
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::resource::Resource;
use crate::rule::{Promise, Refusal, Stage, always, may, must};
use crate::shape::Member;
use crate::state::{Cluster, ClusterState, Hsm, HsmState, State, Subnet};
use crate::time::DAY;

input! {
    /// Input of CreateHsm.
    CreateHsm, MEMBERS {
        cluster: String = "ClusterId", CLUSTER_ID;
        zone: String = "AvailabilityZone", ZONE;
        ip_address: Option<String> = "IpAddress", IP_ADDRESS;
    }
}

const API: &str = "cloudhsm/latest/APIReference/API_CreateHsm.html";

/// How many HSMs an account may have in a Region unless AWS raises it.
const MOST_HSMS: usize = 6;

impl OnCluster for CreateHsm {
    fn cluster_id(&self) -> &str {
        &self.cluster
    }
}

impl CreateHsm {
    fn subnet<'s>(&self, state: &'s State) -> Option<&'s Subnet> {
        let id = self.cluster(state)?.subnets.get(&self.zone)?;
        state.outside.subnets.get(id)
    }
}

impl Operation for CreateHsm {
    const NAME: &'static str = "CreateHsm";
    const SERVICE: Service = Service::CloudHsm;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &cluster_lookups(),
        &[
            ZONE_OF_THE_CLUSTER,
            ONE_HSM_BEFORE_ACTIVATION,
            CLUSTER_CAN_TAKE_HSMS,
            INITIALISED_WITHOUT_HSM,
            CLUSTER_MAY_BE_BUSY,
            ADDRESS_IS_FREE,
            SUBNET_HAS_A_PLACE,
            SIX_HSMS,
            LEAVING_HSMS_COUNT,
        ],
    ];
    const PROMISES: &'static [Promise<Self>] = &[A_NEW_HSM, MAKES_A_BACKUP];
}

const ZONE_OF_THE_CLUSTER: Refusal<CreateHsm> = Refusal {
    card: documented(
        "HSM-CH-01",
        "The Availability Zone must be one of those that the cluster has a subnet in.",
        API,
    ),
    stage: Stage::Condition,
    error: must(REFUSED),
    when: |state, input| {
        input.cluster(state).is_some_and(|cluster| {
            !cluster.subnets.is_empty() && !cluster.subnets.contains_key(&input.zone)
        })
    },
};

const ONE_HSM_BEFORE_ACTIVATION: Refusal<CreateHsm> = Refusal {
    card: observed(
        "HSM-CH-03",
        "A cluster has one HSM until it is ACTIVE.",
        "recording issues/cloudhsmv2-observations",
    ),
    stage: Stage::Condition,
    error: must(&[CloudHsmInvalidRequest]).saying(|_, input| {
        format!(
            "Cluster '{}' already contains an HSM but has not yet been fully activated",
            input.cluster
        )
    }),
    when: |state, input| {
        use ClusterState::{InitializeInProgress, Initialized, Uninitialized};
        input.is_in(state, &[Uninitialized, InitializeInProgress, Initialized])
            && input.cluster(state).is_some_and(|cluster| {
                cluster
                    .standing_hsms()
                    .any(|hsm| hsm.state.value != HsmState::DeleteInProgress)
            })
    },
};

const CLUSTER_CAN_TAKE_HSMS: Refusal<CreateHsm> = Refusal {
    card: documented(
        "HSM-CH-100",
        "A cluster that is being created, modified, rolled back or deleted takes no HSM.",
        "cloudhsm/latest/userguide/hsm1-to-hsm2-migration.html",
    ),
    stage: Stage::Condition,
    error: must(REFUSED),
    when: |state, input| {
        use ClusterState::*;
        input.is_in(
            state,
            &[
                CreateInProgress,
                ModifyInProgress,
                RollbackInProgress,
                DeleteInProgress,
            ],
        )
    },
};

const INITIALISED_WITHOUT_HSM: Refusal<CreateHsm> = Refusal {
    card: inferred(
        "HSM-CH-101",
        "A cluster that lost its only HSM before it was activated may take no other.",
        API,
    ),
    stage: Stage::Condition,
    error: may(REFUSED),
    when: |state, input| {
        use ClusterState::{InitializeInProgress, Initialized, Uninitialized};
        input.is_in(state, &[InitializeInProgress, Initialized])
            || (input.is_in(state, &[Uninitialized])
                && input
                    .cluster(state)
                    .is_some_and(|cluster| cluster_view::is_busy(cluster, state.now)))
    },
};

const CLUSTER_MAY_BE_BUSY: Refusal<CreateHsm> = Refusal {
    card: inferred(
        "HSM-CH-06a",
        "An ACTIVE cluster to which an HSM was just added, or from which one was removed, may \
         refuse another.",
        "cloudhsm/latest/userguide/add-hsm.html",
    ),
    stage: Stage::Condition,
    error: may(REFUSED),
    when: |state, input| {
        input.is_in(state, &[ClusterState::Active])
            && input
                .cluster(state)
                .is_some_and(|cluster| cluster_view::is_busy(cluster, state.now))
    },
};

const ADDRESS_IS_FREE: Refusal<CreateHsm> = Refusal {
    card: documented(
        "HSM-CH-04",
        "An IP address that is asked for must be free in the subnet.",
        API,
    ),
    stage: Stage::Condition,
    error: must(REFUSED),
    when: |state, input| {
        let subnet = input
            .cluster(state)
            .and_then(|cluster| cluster.subnets.get(&input.zone));
        let taken = |cluster: &Cluster| {
            cluster.hsms.values().any(|hsm| {
                let stays = !matches!(
                    hsm.state.value,
                    HsmState::Deleted | HsmState::DeleteInProgress
                );
                stays && Some(&hsm.subnet) == subnet && hsm.eni_ip == input.ip_address
            })
        };
        input.ip_address.is_some() && state.clusters.values().any(|cluster| taken(cluster))
    },
};

const SUBNET_HAS_A_PLACE: Refusal<CreateHsm> = Refusal {
    card: inferred(
        "HSM-CH-07",
        "A subnet that is full or was deleted may refuse an HSM at once; otherwise the HSM is \
         DEGRADED later.",
        "recording issues/cloudhsmv2-observations",
    ),
    stage: Stage::Condition,
    error: may(REFUSED),
    when: |state, input| {
        input
            .subnet(state)
            .is_some_and(|subnet| subnet.deleted || !subnet.has_free_addresses)
    },
};

const SIX_HSMS: Refusal<CreateHsm> = Refusal {
    card: inferred(
        "HSM-CH-05",
        "An account has at most six HSMs in a Region, unless AWS raises the quota.",
        "cloudhsm/latest/userguide/limits.html",
    ),
    stage: Stage::Condition,
    error: must(&[
        CloudHsmInvalidRequest,
        CloudHsmService,
        CloudHsmResourceLimitExceeded,
    ]),
    when: |state, _| {
        let gone = [HsmState::Deleted, HsmState::DeleteInProgress];
        state.account.exclusive && count(state, &gone) >= MOST_HSMS
    },
};

const LEAVING_HSMS_COUNT: Refusal<CreateHsm> = Refusal {
    card: inferred(
        "HSM-CH-05a",
        "An HSM that is being deleted, or one of somebody else, may still count.",
        "cloudhsm/latest/userguide/limits.html",
    ),
    stage: Stage::Condition,
    error: may(&[
        CloudHsmInvalidRequest,
        CloudHsmService,
        CloudHsmResourceLimitExceeded,
    ]),
    when: |state, _| !state.account.exclusive || count(state, &[HsmState::Deleted]) >= MOST_HSMS,
};

fn count(state: &State, without: &[HsmState]) -> usize {
    state
        .clusters
        .values()
        .flat_map(|cluster| cluster.hsms.values())
        .filter(|hsm| !without.contains(&hsm.state.value))
        .count()
}

const A_NEW_HSM: Promise<CreateHsm> = Promise {
    card: observed(
        "HSM-CH-02",
        "A new HSM is being created, in the cluster's subnet of the given zone.",
        "recording issues/cloudhsm-quick-setup-2025-07",
    ),
    when: always,
    make: |input, success| {
        let at = Path::of("Hsm");
        let Some(id) = success.text(&at.then("HsmId"), Form::HsmId) else {
            return;
        };
        let cluster = input.cluster(success.state).cloned();
        let subnet = cluster.as_ref().and_then(|it| it.subnets.get(&input.zone));
        // A cluster that was not seen being made has no known subnets; the response names one.
        let subnet = match subnet {
            Some(subnet) => Some(subnet.clone()),
            None => success.learn(&at.then("SubnetId"), ""),
        };
        let hsm = Hsm {
            id: id.clone(),
            zone: input.zone.clone(),
            subnet: subnet.unwrap_or_default(),
            state: success.traced(HsmState::CreateInProgress),
            since: success.state.now,
            eni_id: None,
            eni_ip: input.ip_address.clone(),
        };
        if let Some(cluster) = cluster {
            cluster_view::show_hsm(success, &at, &cluster, &hsm);
        }
        let resource = Resource::Hsm(input.cluster.clone(), id.clone());
        success.state.unsettled.insert(resource);
        let now = success.state.now;
        if let Some(cluster) = success.state.cluster_mut(&input.cluster) {
            forget_deleted_hsms(cluster, now);
            cluster.hsms.insert(id, hsm);
        }
    },
};

/// HSMs that were deleted long ago are not shown any more and need not be remembered.
fn forget_deleted_hsms(cluster: &mut Cluster, now: i64) {
    let kept = |hsm: &Hsm| hsm.state.value != HsmState::Deleted || now - hsm.since <= DAY;
    cluster.hsms = cluster
        .hsms
        .iter()
        .filter(|(_, hsm)| kept(hsm))
        .map(|(id, hsm)| (id.clone(), hsm.clone()))
        .collect();
}

/// The rule to blame where a backup is missing.
pub(crate) const MAKES_A_BACKUP: Promise<CreateHsm> = Promise {
    card: documented(
        "HSM-CH-06",
        "Adding an HSM to an ACTIVE cluster that has one makes a backup.",
        "cloudhsm/latest/userguide/add-hsm.html",
    ),
    when: |state, input| {
        input.is_in(state, &[ClusterState::Active])
            && input
                .cluster(state)
                .is_some_and(|cluster| cluster.active_hsms().next().is_some())
    },
    make: |input, success| {
        if let Some(cluster) = success.state.cluster_mut(&input.cluster) {
            cluster.unnamed_backups += 1;
        }
    },
};

#[cfg(test)]
mod tests {
    use crate::OutsideAction;
    use crate::testing::{SUBNETS, World};
    use serde_json::{Value, json};

    fn hsm(cluster: &str, zone: &str) -> Value {
        json!({"ClusterId": cluster, "AvailabilityZone": zone})
    }

    #[test]
    fn an_active_cluster_has_hsms_in_two_zones() {
        let mut world = World::new();
        let id = world.active_cluster();
        assert_eq!(world.state.clusters[&id].active_zones(), 2);
    }

    #[test]
    fn the_zone_must_be_one_of_the_cluster() {
        let mut world = World::new();
        let id = world.active_cluster();
        let refused = world.fired("CreateHsm", hsm(&id, "us-east-1f"));
        assert!(refused.contains(&"HSM-CH-01"));
    }

    #[test]
    fn an_unknown_cluster_is_not_found() {
        let refused = World::new().refused("CreateHsm", hsm("cluster-aaaaaaaaaaa", "us-east-1a"));
        assert_eq!(refused, ["CloudHsmResourceNotFoundException"]);
    }

    #[test]
    fn a_second_hsm_needs_an_active_cluster() {
        let mut world = World::new();
        let id = world.new_cluster();
        world.ok("CreateHsm", hsm(&id, "us-east-1a"));
        let refused = world.refused("CreateHsm", hsm(&id, "us-east-1b"));
        assert_eq!(refused[0], "CloudHsmInvalidRequestException");
    }

    #[test]
    fn an_address_can_be_taken_only_once() {
        let mut world = World::new();
        let id = world.active_cluster();
        let mut body = hsm(&id, "us-east-1a");
        body["IpAddress"] = json!("10.0.0.77");
        world.ok("CreateHsm", body.clone());
        world.refused("CreateHsm", body);
    }

    #[test]
    fn an_account_has_six_hsms() {
        let mut world = World::new();
        let id = world.active_cluster();
        for _ in 0..4 {
            world.ok("CreateHsm", hsm(&id, "us-east-1c"));
        }
        world.refused("CreateHsm", hsm(&id, "us-east-1c"));
    }

    #[test]
    fn an_hsm_in_a_full_subnet_is_degraded() {
        let mut world = World::new();
        let id = world.active_cluster();
        world.outside(OutsideAction::FillSubnet {
            subnet: SUBNETS[2].to_owned(),
            full: true,
        });
        let made = world.ok("CreateHsm", hsm(&id, "us-east-1c"));
        let made = made["Hsm"]["HsmId"].clone();
        let shown = world.ok("DescribeClusters", json!({}));
        let hsms = shown["Clusters"][0]["Hsms"].as_array().unwrap().clone();
        let of = |id: &Value| hsms.iter().find(|hsm| hsm["HsmId"] == *id).unwrap();
        assert_eq!(of(&made)["State"], "DEGRADED");
    }
}
