//! CreateCluster: makes a cluster, empty or from a backup.

use super::cards::{REFUSED, documented, inferred, observed};
use super::cluster_view::{self, NEW_TYPE, OLD_TYPE};
use super::retention::{BringsRetention, retention_rules};
use super::shapes::*;
use super::tags::{self, BringsTags, tag_rules};
use crate::error_code::ErrorCode::*;
use crate::input::input;
use crate::mint::Form;
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::resource::Resource;
use crate::rule::{Promise, Refusal, Stage, always, may, must};
use crate::shape::Member;
use crate::state::{Backup, BackupState, Cluster, ClusterState, State, Subnet};
use crate::success::Success;
use crate::time::MINUTE;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

input! {
    /// Input of CreateCluster.
    CreateCluster, MEMBERS {
        retention: Option<Retention> = "BackupRetentionPolicy", RETENTION;
        hsm_type: String = "HsmType", HSM_TYPE;
        source_backup: Option<String> = "SourceBackupId", BACKUP_ARN;
        subnets: Vec<String> = "SubnetIds", SUBNET_IDS;
        network: Option<String> = "NetworkType", NETWORK_TYPE;
        tags: Option<Vec<HsmTag>> = "TagList", TAG_LIST;
        mode: Option<String> = "Mode", CLUSTER_MODE;
    }
}

const API: &str = "cloudhsm/latest/APIReference/API_CreateCluster.html";
const TYPES: &str = "cloudhsm/latest/userguide/cluster-hsm-types.html";
const RECORDING: &str = "recording issues/cloudhsm-quick-setup-2025-07";

/// How many clusters an account may have in a Region unless AWS raises it.
const MOST_CLUSTERS: usize = 4;

impl CreateCluster {
    /// The backup to restore; `None` where it is not one of this account and Region.
    fn source<'s>(&self, state: &'s State) -> Option<&'s Arc<Backup>> {
        let name = self.source_backup.as_deref()?;
        let id = match name.strip_prefix(&state.account.arn("cloudhsm", "backup/")) {
            Some(id) => id,
            None => name,
        };
        let backup = state.backups.get(id)?;
        (backup.state.value != BackupState::Deleted).then_some(backup)
    }

    /// The subnets it names that are known.
    fn known_subnets<'s>(&'s self, state: &'s State) -> impl Iterator<Item = &'s Subnet> {
        self.subnets
            .iter()
            .filter_map(|id| state.outside.subnets.get(id))
    }

    /// The subnet in each zone, as far as the network is known.
    fn mapping(&self, state: &State) -> BTreeMap<String, String> {
        let zone = |id: &String| state.outside.subnets.get(id).map(|it| it.zone.clone());
        self.subnets
            .iter()
            .filter_map(|id| Some((zone(id)?, id.clone())))
            .collect()
    }
}

impl BringsTags for CreateCluster {
    fn tags(&self) -> &[HsmTag] {
        self.tags.as_deref().unwrap_or_default()
    }
}

impl BringsRetention for CreateCluster {
    fn retention(&self) -> Option<&Retention> {
        self.retention.as_ref()
    }
}

impl Operation for CreateCluster {
    const NAME: &'static str = "CreateCluster";
    const SERVICE: Service = Service::CloudHsm;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &[
            SUBNETS_EXIST,
            ONE_SUBNET_PER_ZONE,
            ONE_VPC,
            SUBNETS_ARE_NOT_DELETED,
            TYPE_EXISTS,
            NO_NEW_OLD_CLUSTERS,
            OLD_CLUSTERS_FROM_BACKUPS,
            MODE_IS_GIVEN,
            MODE_OF_THE_BACKUP,
            DUALSTACK_NEEDS_NEW_TYPE,
            BACKUP_EXISTS,
            BACKUP_IS_READY,
            TYPE_OF_THE_BACKUP,
            FOUR_CLUSTERS,
            LEAVING_CLUSTERS_COUNT,
        ],
        &retention_rules(),
        &tag_rules(),
    ];
    const PROMISES: &'static [Promise<Self>] = &[
        A_NEW_CLUSTER,
        STANDS_IN_ITS_SUBNETS,
        MODE_IS_KEPT,
        NETWORK_IS_KEPT,
        RETENTION_IS_KEPT,
        TAGS_ARE_KEPT,
        REMEMBERS_THE_BACKUP,
        HOLDS_WHAT_THE_BACKUP_HELD,
        SHOWS_THE_CLUSTER,
    ];
}

const SUBNETS_EXIST: Refusal<CreateCluster> = Refusal {
    card: documented("HSM-CC-01", "The subnets must exist.", API),
    stage: Stage::Condition,
    error: must(REFUSED),
    when: |state, input| {
        let known = &state.outside.subnets;
        state.outside.known && input.subnets.iter().any(|id| !known.contains_key(id))
    },
};

const ONE_SUBNET_PER_ZONE: Refusal<CreateCluster> = Refusal {
    card: documented(
        "HSM-CC-01a",
        "Only one subnet may be given for each Availability Zone.",
        API,
    ),
    stage: Stage::Condition,
    error: must(REFUSED),
    when: |state, input| {
        let mut zones = BTreeSet::new();
        input
            .known_subnets(state)
            .any(|subnet| !zones.insert(subnet.zone.as_str()))
    },
};

const ONE_VPC: Refusal<CreateCluster> = Refusal {
    card: documented("HSM-CC-01b", "All subnets must be in one VPC.", API),
    stage: Stage::Condition,
    error: must(REFUSED),
    when: |state, input| {
        let vpcs: BTreeSet<&str> = input
            .known_subnets(state)
            .map(|subnet| subnet.vpc.as_str())
            .collect();
        vpcs.len() > 1
    },
};

const SUBNETS_ARE_NOT_DELETED: Refusal<CreateCluster> = Refusal {
    card: documented("HSM-CC-01c", "The subnets must not have been deleted.", API),
    stage: Stage::Condition,
    error: must(REFUSED),
    when: |state, input| input.known_subnets(state).any(|subnet| subnet.deleted),
};

const TYPE_EXISTS: Refusal<CreateCluster> = Refusal {
    card: documented(
        "HSM-CC-02",
        "The HSM type must be hsm1.medium or hsm2m.medium.",
        API,
    ),
    stage: Stage::Condition,
    error: must(&[CloudHsmInvalidRequest, CloudHsmService, Validation]),
    when: |_, input| ![OLD_TYPE, NEW_TYPE].contains(&input.hsm_type.as_str()),
};

const NO_NEW_OLD_CLUSTERS: Refusal<CreateCluster> = Refusal {
    card: documented(
        "HSM-CC-02a",
        "New clusters of type hsm1.medium cannot be made any more.",
        TYPES,
    ),
    stage: Stage::Condition,
    error: must(REFUSED),
    when: |_, input| input.hsm_type == OLD_TYPE && input.source_backup.is_none(),
};

const OLD_CLUSTERS_FROM_BACKUPS: Refusal<CreateCluster> = Refusal {
    card: inferred(
        "HSM-CC-02b",
        "A cluster of type hsm1.medium may be refused even when it is made from a backup of one.",
        TYPES,
    ),
    stage: Stage::Condition,
    error: may(REFUSED),
    when: |_, input| input.hsm_type == OLD_TYPE && input.source_backup.is_some(),
};

/// No page of AWS says that the mode is required; Terraform's provider does, and a cluster has to have
/// one.
const MODE_IS_GIVEN: Refusal<CreateCluster> = Refusal {
    card: inferred(
        "HSM-CC-03",
        "A cluster of a type other than hsm1.medium needs a mode.",
        TYPES,
    ),
    stage: Stage::Condition,
    error: must(REFUSED),
    when: |_, input| {
        input.hsm_type == NEW_TYPE && input.mode.is_none() && input.source_backup.is_none()
    },
};

const MODE_OF_THE_BACKUP: Refusal<CreateCluster> = Refusal {
    card: documented(
        "HSM-CC-07a",
        "A cluster made from a backup has the mode of the cluster that was backed up.",
        TYPES,
    ),
    stage: Stage::Condition,
    error: must(REFUSED),
    when: |state, input| {
        let mode = input.source(state).and_then(|backup| backup.mode.as_ref());
        mode.is_some_and(|mode| input.mode.as_ref().is_some_and(|wanted| wanted != mode))
    },
};

const DUALSTACK_NEEDS_NEW_TYPE: Refusal<CreateCluster> = Refusal {
    card: documented(
        "HSM-CC-04",
        "Network type DUALSTACK needs HSM type hsm2m.medium.",
        API,
    ),
    stage: Stage::Condition,
    error: must(REFUSED),
    when: |_, input| input.hsm_type == OLD_TYPE && input.network.as_deref() == Some("DUALSTACK"),
};

const BACKUP_EXISTS: Refusal<CreateCluster> = Refusal {
    card: inferred(
        "HSM-CC-07",
        "The backup to restore must exist, or be shared by its owner.",
        API,
    ),
    stage: Stage::Condition,
    error: must(&[
        CloudHsmResourceNotFound,
        CloudHsmInvalidRequest,
        CloudHsmAccessDenied,
    ]),
    when: |state, input| input.source_backup.is_some() && input.source(state).is_none(),
};

const BACKUP_IS_READY: Refusal<CreateCluster> = Refusal {
    card: documented(
        "HSM-CC-07b",
        "The backup to restore must be READY.",
        "cloudhsm/latest/userguide/create-cluster-from-backup.html",
    ),
    stage: Stage::Condition,
    error: must(&[
        CloudHsmInvalidRequest,
        CloudHsmService,
        CloudHsmResourceNotFound,
    ]),
    when: |state, input| {
        input
            .source(state)
            .is_some_and(|backup| backup.state.value != BackupState::Ready)
    },
};

const TYPE_OF_THE_BACKUP: Refusal<CreateCluster> = Refusal {
    card: documented(
        "HSM-CC-07c",
        "A backup of hsm2m.medium HSMs can only be restored to such HSMs.",
        TYPES,
    ),
    stage: Stage::Condition,
    error: must(REFUSED),
    when: |state, input| {
        input
            .source(state)
            .is_some_and(|backup| backup.hsm_type == NEW_TYPE && input.hsm_type == OLD_TYPE)
    },
};

const FOUR_CLUSTERS: Refusal<CreateCluster> = Refusal {
    card: inferred(
        "HSM-CC-08",
        "An account has at most four clusters in a Region, unless AWS raises the quota.",
        "cloudhsm/latest/userguide/limits.html",
    ),
    stage: Stage::Condition,
    error: must(&[
        CloudHsmInvalidRequest,
        CloudHsmService,
        CloudHsmResourceLimitExceeded,
    ]),
    when: |state, _| {
        state.account.exclusive
            && count(
                state,
                &[ClusterState::Deleted, ClusterState::DeleteInProgress],
            ) >= MOST_CLUSTERS
    },
};

const LEAVING_CLUSTERS_COUNT: Refusal<CreateCluster> = Refusal {
    card: inferred(
        "HSM-CC-08a",
        "A cluster that is being deleted, or one of somebody else, may still count.",
        "cloudhsm/latest/userguide/limits.html",
    ),
    stage: Stage::Condition,
    error: may(&[
        CloudHsmInvalidRequest,
        CloudHsmService,
        CloudHsmResourceLimitExceeded,
    ]),
    when: |state, _| {
        !state.account.exclusive || count(state, &[ClusterState::Deleted]) >= MOST_CLUSTERS
    },
};

fn count(state: &State, without: &[ClusterState]) -> usize {
    state
        .clusters
        .values()
        .filter(|cluster| !without.contains(&cluster.state.value))
        .count()
}

const A_NEW_CLUSTER: Promise<CreateCluster> = Promise {
    card: observed(
        "HSM-CC-06",
        "A new cluster has an id of its own, no HSMs, the default retention of 90 days, and is \
         being created.",
        RECORDING,
    ),
    when: always,
    make: |input, success| {
        let Some(id) = success.text(&Path::of("Cluster.ClusterId"), Form::ClusterId) else {
            return;
        };
        let now = success.state.now;
        let created = success.date(&Path::of("Cluster.CreateTimestamp"), now, 5 * MINUTE);
        let mode = input.source(success.state).and_then(|it| it.mode.clone());
        let cluster = Cluster {
            id: id.clone(),
            created: created.unwrap_or(now),
            state: success.traced(ClusterState::CreateInProgress),
            since: now,
            hsm_type: success.traced(input.hsm_type.clone()),
            mode: mode.map(|mode| success.traced(mode)),
            network: success.traced("IPV4".to_owned()),
            vpc: None,
            subnets: imbl::OrdMap::new(),
            security_group: None,
            retention: success.traced("90".to_owned()),
            source_backup: None,
            lineage: id.clone(),
            csr: None,
            certificate: None,
            trust_anchor: None,
            hardware_certificates: imbl::OrdMap::new(),
            hsms: imbl::OrdMap::new(),
            tags: imbl::OrdMap::new(),
            kmsuser: None,
            keys: imbl::OrdSet::new(),
            security_group_changed: false,
            unnamed_backups: 0,
            rollback: None,
        };
        success.show(&Path::of("Cluster.Hsms"), Value::Array(Vec::new()));
        success.show(&Path::of("Cluster.Certificates"), json!({}));
        success.subject.clone_from(&id);
        success
            .state
            .unsettled
            .insert(Resource::Cluster(id.clone()));
        success.state.clusters.insert(id, Arc::new(cluster));
    },
};

const STANDS_IN_ITS_SUBNETS: Promise<CreateCluster> = Promise {
    card: observed(
        "HSM-CC-06a",
        "A new cluster shows the VPC, and the subnet of each Availability Zone it may have HSMs in.",
        RECORDING,
    ),
    when: always,
    make: |input, success| {
        let at = Path::of("Cluster");
        let (subnets, vpc) = if success.state.outside.known {
            let mapping = input.mapping(success.state);
            let vpc = input.known_subnets(success.state).next();
            let vpc = vpc.map(|subnet| subnet.vpc.clone());
            success.show(&at.then("SubnetMapping"), json!(mapping));
            success.show_or_absent(&at.then("VpcId"), vpc.clone());
            (mapping, vpc)
        } else {
            let shown = success.learn_map(&at.then("SubnetMapping"), &BTreeMap::new());
            (shown, success.text(&at.then("VpcId"), Form::VpcId))
        };
        change(success, |cluster| {
            cluster.subnets = subnets.into_iter().collect();
            cluster.vpc = vpc;
        });
    },
};

const MODE_IS_KEPT: Promise<CreateCluster> = Promise {
    card: documented("HSM-CC-03a", "A new cluster has the given mode.", API),
    when: |_, input| input.mode.is_some(),
    make: |input, success| {
        let mode = input.mode.clone().map(|mode| success.traced(mode));
        change(success, |cluster| cluster.mode = mode);
    },
};

const NETWORK_IS_KEPT: Promise<CreateCluster> = Promise {
    card: documented(
        "HSM-CC-04a",
        "A new cluster has the given network type.",
        API,
    ),
    when: |_, input| input.network.is_some(),
    make: |input, success| {
        let network = success.traced(input.network.clone().unwrap_or_default());
        change(success, |cluster| cluster.network = network);
    },
};

const RETENTION_IS_KEPT: Promise<CreateCluster> = Promise {
    card: documented(
        "HSM-CC-05a",
        "A new cluster keeps its backups as long as the request says.",
        API,
    ),
    when: |_, input| input.retained_days().is_some(),
    make: |input, success| {
        let retention = success.traced(input.retained_days().unwrap_or_default().to_owned());
        change(success, |cluster| cluster.retention = retention);
    },
};

const TAGS_ARE_KEPT: Promise<CreateCluster> = Promise {
    card: documented("HSM-CC-100", "A new cluster has the given tags.", API),
    when: |_, input| !input.tags().is_empty(),
    make: |input, success| {
        let mut kept = imbl::OrdMap::new();
        tags::put(success, &mut kept, input.tags());
        success.may_show(&Path::of("Cluster.TagList"), tags::shown(&kept));
        change(success, |cluster| cluster.tags = kept);
    },
};

const REMEMBERS_THE_BACKUP: Promise<CreateCluster> = Promise {
    card: documented(
        "HSM-CC-07d",
        "A cluster made from a backup shows the id of the backup.",
        "cloudhsm/latest/APIReference/API_Cluster.html",
    ),
    when: |_, input| input.source_backup.is_some(),
    make: |input, success| {
        let id = input.source(success.state).map(|backup| backup.id.clone());
        let id = id.map(|id| success.traced(id));
        change(success, |cluster| cluster.source_backup = id);
    },
};

const HOLDS_WHAT_THE_BACKUP_HELD: Promise<CreateCluster> = Promise {
    card: documented(
        "HSM-SM-05",
        "A cluster made from a backup has the certificate, the users and the keys of the cluster \
         that was backed up.",
        "cloudhsm/latest/userguide/create-cluster-from-backup.html",
    ),
    when: |_, input| input.source_backup.is_some(),
    make: |input, success| {
        let Some(contents) = input
            .source(success.state)
            .map(|it| Arc::clone(&it.contents))
        else {
            return;
        };
        let certificate = contents.certificate.as_ref();
        let certificate = certificate.map(|it| success.traced(it.value.clone()));
        change(success, |cluster| {
            cluster.lineage.clone_from(&contents.lineage);
            cluster.certificate = certificate;
            cluster.trust_anchor.clone_from(&contents.trust_anchor);
            cluster.kmsuser.clone_from(&contents.kmsuser);
            cluster.keys = contents.keys.clone();
        });
    },
};

const SHOWS_THE_CLUSTER: Promise<CreateCluster> = Promise {
    card: observed(
        "HSM-CC-06b",
        "CreateCluster shows the new cluster as DescribeClusters does, without a security group.",
        RECORDING,
    ),
    when: always,
    make: |_, success| {
        if let Some(cluster) = success.state.clusters.get(&success.subject).cloned() {
            let at = Path::of("Cluster");
            cluster_view::show_common(success, &at, &cluster);
            cluster_view::show_state(success, &at, &cluster);
        }
    },
};

fn change(success: &mut Success<'_>, change: impl FnOnce(&mut Cluster)) {
    let id = success.subject.clone();
    if let Some(cluster) = success.state.cluster_mut(&id) {
        change(cluster);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{SUBNETS, World};
    use serde_json::{Value, json};

    fn body() -> Value {
        json!({"HsmType": "hsm2m.medium", "Mode": "FIPS", "SubnetIds": SUBNETS})
    }

    fn with(name: &str, value: Value) -> Value {
        let mut body = body();
        body[name] = value;
        body
    }

    #[test]
    fn a_new_cluster_is_shown_as_recorded() {
        let made = World::new().ok("CreateCluster", body());
        assert_eq!(made["Cluster"]["State"], "CREATE_IN_PROGRESS");
        assert_eq!(
            made["Cluster"]["BackupRetentionPolicy"],
            json!({"Type": "DAYS", "Value": "90"})
        );
        assert_eq!(made["Cluster"]["SubnetMapping"]["us-east-1b"], SUBNETS[1]);
        assert_eq!(made["Cluster"]["Certificates"], json!({}));
        assert_eq!(made["Cluster"]["SecurityGroup"], Value::Null);
    }

    #[test]
    fn members_of_the_request_are_kept() {
        let mut world = World::new();
        let mut body = with("NetworkType", json!("DUALSTACK"));
        body["BackupRetentionPolicy"] = json!({"Type": "DAYS", "Value": "7"});
        body["TagList"] = json!([{"Key": "a", "Value": "b"}]);
        world.ok("CreateCluster", body);
        let shown = world.ok("DescribeClusters", json!({}));
        let cluster = &shown["Clusters"][0];
        assert_eq!(cluster["NetworkType"], "DUALSTACK");
        assert_eq!(cluster["BackupRetentionPolicy"]["Value"], "7");
        assert_eq!(cluster["TagList"], json!([{"Key": "a", "Value": "b"}]));
        assert_eq!(cluster["State"], "UNINITIALIZED");
    }

    #[test]
    fn subnets_must_exist_in_different_zones_of_one_vpc() {
        let mut world = World::new();
        let refused = |world: &mut World, subnets: Value, id: &str| {
            let body = with("SubnetIds", subnets);
            assert_eq!(world.fired("CreateCluster", body.clone()), [id]);
            world.refused("CreateCluster", body);
        };
        refused(&mut world, json!(["subnet-00000000"]), "HSM-CC-01");
        refused(&mut world, json!([SUBNETS[0], SUBNETS[0]]), "HSM-CC-01a");
        let mut other = world.state.outside.subnets[SUBNETS[0]].clone();
        other.vpc = "vpc-1".to_owned();
        other.zone = "us-east-1d".to_owned();
        let id = "subnet-00000001".to_owned();
        world
            .state
            .outside
            .subnets
            .insert(id.clone(), other.clone());
        let (again, subnet) = (id.clone(), other);
        world.belief.outside(move |state| {
            state.outside.subnets.insert(again.clone(), subnet.clone());
        });
        refused(&mut world, json!([SUBNETS[0], id]), "HSM-CC-01b");
    }

    #[test]
    fn a_deleted_subnet_is_refused() {
        let mut world = World::new();
        world.outside(crate::OutsideAction::DeleteSubnet {
            subnet: SUBNETS[0].to_owned(),
        });
        assert_eq!(world.fired("CreateCluster", body()), ["HSM-CC-01c"]);
    }

    #[test]
    fn types_and_modes_must_fit() {
        let mut world = World::new();
        let fired = |world: &mut World, body: Value| world.fired("CreateCluster", body);
        assert_eq!(
            fired(&mut world, with("HsmType", json!("hsm9.large"))),
            ["HSM-CC-02"]
        );
        assert_eq!(
            fired(&mut world, with("HsmType", json!("hsm1.medium"))),
            ["HSM-CC-02a"]
        );
        let mut body = body();
        body.as_object_mut().unwrap().remove("Mode");
        assert_eq!(fired(&mut world, body), ["HSM-CC-03"]);
    }

    #[test]
    fn an_account_has_four_clusters() {
        let mut world = World::new();
        for _ in 0..4 {
            world.ok("CreateCluster", body());
        }
        assert!(
            world
                .refused("CreateCluster", body())
                .contains(&"CloudHsmInvalidRequestException")
        );
    }

    #[test]
    fn a_restored_cluster_is_active_with_its_first_hsm() {
        let mut world = World::new();
        let source = world.active_cluster();
        world.ok("DescribeBackups", json!({}));
        let backups = world.ok("DescribeBackups", json!({}));
        let backup = backups["Backups"][0]["BackupId"].clone();
        let restored = world.ok("CreateCluster", with("SourceBackupId", backup.clone()));
        assert_eq!(restored["Cluster"]["SourceBackupId"], backup);
        let id = restored["Cluster"]["ClusterId"]
            .as_str()
            .unwrap()
            .to_owned();
        let hsm = json!({"ClusterId": id, "AvailabilityZone": "us-east-1c"});
        world.ok("CreateHsm", hsm);
        let filter = json!({"Filters": {"clusterIds": [id]}});
        let shown = world.ok("DescribeClusters", filter);
        assert_eq!(shown["Clusters"][0]["State"], "ACTIVE");
        let of = |id: &str| world.state.clusters[id].certificate.clone().unwrap().value;
        assert_eq!(of(&id), of(&source));
        assert_eq!(world.state.clusters[&id].lineage, source);
    }

    #[test]
    fn an_unknown_backup_cannot_be_restored() {
        let body = with("SourceBackupId", json!("backup-aaaaaaaaaaa"));
        let refused = World::new().refused("CreateCluster", body);
        assert!(refused.contains(&"CloudHsmResourceNotFoundException"));
    }
}
