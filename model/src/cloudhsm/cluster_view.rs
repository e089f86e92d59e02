//! How a cluster and its HSMs are shown.

use super::tags;
use crate::mint::Form;
use crate::path::Path;
use crate::resource::Resource;
use crate::state::{Cluster, ClusterState, Hsm, HsmState, State};
use crate::success::Success;
use crate::time::{DAY, HOUR, Millis};
use serde_json::{Map, Value, json};

/// For how long AWS may go on showing what was deleted, and that it is busy with HSMs.
const LINGERING: Millis = HOUR;

/// The HSM type that has no modes and that old responses describe with fewer members.
pub(crate) const OLD_TYPE: &str = "hsm1.medium";

/// The only HSM type that new clusters can have.
pub(crate) const NEW_TYPE: &str = "hsm2m.medium";

/// The states that a cluster may be shown in, the emulator's first. Nobody documents what a cluster
/// is called while an HSM is added, removed or broken, or when it was restored and has no HSM yet.
pub(crate) fn visible_states(cluster: &Cluster, now: Millis) -> Vec<ClusterState> {
    let mut states = vec![cluster.state.value];
    match cluster.state.value {
        ClusterState::Active => {
            if is_busy(cluster, now) {
                states.push(ClusterState::UpdateInProgress);
            }
            if cluster
                .hsms
                .values()
                .any(|hsm| hsm.state.value == HsmState::Degraded)
            {
                states.push(ClusterState::Degraded);
            }
        }
        ClusterState::Uninitialized if cluster.certificate.is_some() => {
            states.extend([ClusterState::Initialized, ClusterState::Active]);
        }
        _ => {}
    }
    states
}

/// Whether an HSM came or went so recently that AWS may still be at it.
pub(crate) fn is_busy(cluster: &Cluster, now: Millis) -> bool {
    cluster.hsms.values().any(|hsm| {
        now - hsm.since <= LINGERING
            || matches!(
                hsm.state.value,
                HsmState::CreateInProgress | HsmState::DeleteInProgress
            )
    })
}

/// Whether a deleted cluster is still listed, as far as the emulator is concerned.
pub(crate) fn is_listed_by_emulator(cluster: &Cluster, now: Millis) -> bool {
    cluster.state.value != ClusterState::Deleted || now - cluster.since <= LINGERING
}

/// Lets the response at `at` say what has become of a cluster and its HSMs by themselves.
pub(crate) fn settle(success: &mut Success<'_>, at: &Path, id: &str) {
    let cluster = Resource::Cluster(id.to_owned());
    let mut resources = success.state.around(&cluster);
    // A key store may wait on the cluster too, but the response says nothing about it.
    resources.retain(|it| matches!(it, Resource::Cluster(_) | Resource::Hsm(..)));
    // What becomes of the cluster may follow from what became of its HSMs.
    resources.push(cluster);
    success.settle_all(&resources, at, |state| possible_views(state, id));
}

fn possible_views(state: &State, id: &str) -> Vec<Value> {
    let Some(cluster) = state.clusters.get(id) else {
        return Vec::new();
    };
    let hsms = |lingering: bool| -> Value {
        cluster
            .hsms
            .values()
            .filter(|hsm| lingering || hsm.state.value != HsmState::Deleted)
            .map(|hsm| json!({"HsmId": hsm.id, "State": hsm.state.value.wire_name()}))
            .collect()
    };
    visible_states(cluster, state.now)
        .into_iter()
        .flat_map(|shown| {
            [false, true]
                .map(|lingering| json!({"State": shown.wire_name(), "Hsms": hsms(lingering)}))
        })
        .collect()
}

/// Shows the state of a cluster.
pub(crate) fn show_state(success: &mut Success<'_>, at: &Path, cluster: &Cluster) {
    let states: Vec<Value> = visible_states(cluster, success.state.now)
        .into_iter()
        .map(Value::from)
        .collect();
    success.show_one_of(&at.then("State"), &cluster.state, &states);
}

/// Shows the members that a cluster has from its birth.
pub(crate) fn show_common(success: &mut Success<'_>, at: &Path, cluster: &Cluster) {
    success.show(&at.then("ClusterId"), cluster.id.as_str());
    success.show(&at.then("BackupPolicy"), "DEFAULT");
    success.show_date(&at.then("CreateTimestamp"), cluster.created);
    let retention = json!({"Type": "DAYS", "Value": cluster.retention.value});
    success.show_traced(
        &at.then("BackupRetentionPolicy"),
        &cluster.retention,
        retention,
    );
    show_hsm_type(success, at, cluster);
    let is_old = cluster.hsm_type.value == OLD_TYPE;
    let network = cluster.network.value.as_str();
    let at_network = at.then("NetworkType");
    match is_old {
        true => success.may_show_traced(&at_network, &cluster.network, network),
        false => success.show_traced(&at_network, &cluster.network, network),
    }
    match &cluster.mode {
        Some(mode) if is_old => {
            success.may_show_traced(&at.then("Mode"), mode, mode.value.as_str());
        }
        Some(mode) => success.show_traced(&at.then("Mode"), mode, mode.value.as_str()),
        None => {}
    }
    if !cluster.subnets.is_empty() {
        let subnets: Map<String, Value> = cluster
            .subnets
            .iter()
            .map(|(zone, subnet)| (zone.clone(), Value::from(subnet.as_str())))
            .collect();
        success.show(&at.then("SubnetMapping"), subnets);
    }
    if let Some(vpc) = &cluster.vpc {
        success.show(&at.then("VpcId"), vpc.as_str());
    }
    match &cluster.source_backup {
        Some(backup) => {
            success.show_traced(&at.then("SourceBackupId"), backup, backup.value.as_str());
        }
        None => success.absent(&at.then("SourceBackupId")),
    }
}

/// Shows the HSM type; while it is being changed, it may be the old or the new one.
fn show_hsm_type(success: &mut Success<'_>, at: &Path, cluster: &Cluster) {
    let current = Value::from(cluster.hsm_type.value.as_str());
    let changing = matches!(
        cluster.state.value,
        ClusterState::ModifyInProgress | ClusterState::RollbackInProgress
    );
    let types = match changing {
        true => vec![current, Value::from(OLD_TYPE), Value::from(NEW_TYPE)],
        false => vec![current],
    };
    success.show_one_of(&at.then("HsmType"), &cluster.hsm_type, &types);
    let deadline = cluster.rollback.as_ref().map(|(_, deadline)| *deadline);
    if let Some(deadline) = deadline.filter(|it| !changing && *it > success.state.now) {
        success.date(&at.then("HsmTypeRollbackExpiration"), deadline, DAY);
    }
}

/// Shows the HSMs of a cluster, and remembers the network interfaces it sees for the first time.
pub(crate) fn show_hsms(success: &mut Success<'_>, at: &Path, cluster: &Cluster) {
    let list = at.then("Hsms");
    let ids = |lingering: bool| -> Value {
        cluster
            .hsms
            .values()
            .filter(|hsm| hsm.state.value != HsmState::Deleted || lingering)
            .map(|hsm| json!({"HsmId": hsm.id}))
            .collect()
    };
    let shown_here = success.traced(());
    success.show_one_of(&list, &shown_here, &[ids(false), ids(true)]);
    for hsm in cluster.hsms.values() {
        let at = list.entry("HsmId", hsm.id.as_str());
        if hsm.state.value != HsmState::Deleted {
            show_hsm(success, &at, cluster, hsm);
            show_interface(success, &at, cluster, hsm);
        } else if !success.is_settled() {
            success.may_still_show(&at.then("State"), &hsm.state, hsm.state.value);
        }
    }
}

/// Shows an HSM, all but its network interface.
pub(crate) fn show_hsm(success: &mut Success<'_>, at: &Path, cluster: &Cluster, hsm: &Hsm) {
    success.show(&at.then("HsmId"), hsm.id.as_str());
    success.show(&at.then("ClusterId"), cluster.id.as_str());
    success.show(&at.then("AvailabilityZone"), hsm.zone.as_str());
    success.show(&at.then("SubnetId"), hsm.subnet.as_str());
    success.show_traced(&at.then("State"), &hsm.state, hsm.state.value);
    let changing = matches!(
        cluster.state.value,
        ClusterState::ModifyInProgress | ClusterState::RollbackInProgress
    );
    if !changing {
        success.may_show(&at.then("HsmType"), cluster.hsm_type.value.as_str());
    }
}

/// Shows the network interface of an HSM, which it has once it is active.
fn show_interface(success: &mut Success<'_>, at: &Path, cluster: &Cluster, hsm: &Hsm) {
    let at_id = at.then("EniId");
    let at_ip = at.then("EniIp");
    let is_active = hsm.state.value == HsmState::Active;
    let eni_id = match &hsm.eni_id {
        Some(id) if is_active => {
            success.show(&at_id, id.as_str());
            Some(id.clone())
        }
        None if is_active => success.text(&at_id, Form::EniId),
        known => known.clone(),
    };
    let eni_ip = match &hsm.eni_ip {
        Some(ip) if is_active => {
            success.show(&at_ip, ip.as_str());
            Some(ip.clone())
        }
        None if is_active => success.text(&at_ip, Form::IpAddress),
        known => known.clone(),
    };
    let hsms = success.state.cluster_mut(&cluster.id);
    if let Some(hsm) = hsms.and_then(|cluster| cluster.hsms.get_mut(&hsm.id)) {
        hsm.eni_id = eni_id;
        hsm.eni_ip = eni_ip;
    }
}

/// Shows the security group, which every cluster has from when it was created.
pub(crate) fn show_security_group(success: &mut Success<'_>, at: &Path, cluster: &Cluster) {
    let at = at.then("SecurityGroup");
    match &cluster.security_group {
        Some(group) => success.show(&at, group.as_str()),
        None if cluster.state.value == ClusterState::CreateInProgress => {}
        None => {
            let group = success.text(&at, Form::SecurityGroupId);
            if let Some(cluster) = success.state.cluster_mut(&cluster.id) {
                cluster.security_group = group;
            }
        }
    }
}

/// Shows the signing request, which exists only while the cluster waits for its certificate and has
/// an HSM; and what the hardware says about itself meanwhile.
pub(crate) fn show_signing_request(success: &mut Success<'_>, at: &Path, cluster: &Cluster) {
    let at = at.then("Certificates");
    let waits = cluster.state.value == ClusterState::Uninitialized && cluster.certificate.is_none();
    let has_active = cluster.active_hsms().next().is_some();
    let has_any = cluster.standing_hsms().next().is_some();
    let at_csr = at.then("ClusterCsr");
    if !waits || !has_any {
        return success.absent(&at_csr);
    }
    if !has_active {
        // While the HSM is on its way the signing request may be there already.
        return;
    }
    let csr = match &cluster.csr {
        Some(csr) => {
            success.show(&at_csr, csr.as_str());
            Some(csr.clone())
        }
        None => success.text(&at_csr, Form::ClusterCsr),
    };
    let mut hardware = cluster.hardware_certificates.clone();
    for name in [
        "AwsHardwareCertificate",
        "HsmCertificate",
        "ManufacturerHardwareCertificate",
    ] {
        let at = at.then(name);
        match hardware.get(name) {
            Some(certificate) => success.may_show(&at, certificate.as_str()),
            None => {
                if let Some(certificate) = success.may_text(&at, Form::Certificate) {
                    hardware.insert(name.to_owned(), certificate);
                }
            }
        }
    }
    if let Some(cluster) = success.state.cluster_mut(&cluster.id) {
        cluster.csr = csr;
        cluster.hardware_certificates = hardware;
    }
}

/// Shows the certificate that the cluster was initialised with. White space at its ends does not
/// count.
pub(crate) fn show_certificate(success: &mut Success<'_>, at: &Path, cluster: &Cluster) {
    let at = at.then("Certificates.ClusterCertificate");
    let Some(certificate) = &cluster.certificate else {
        return;
    };
    let must_show = matches!(
        cluster.state.value,
        ClusterState::Initialized | ClusterState::Active
    );
    if must_show {
        let shown = success.learn(&at, &certificate.value);
        if shown.is_none_or(|shown| shown.trim() != certificate.value.trim()) {
            success.show_traced(&at, certificate, certificate.value.as_str());
        }
    }
}

/// Shows the tags of a cluster. Responses to changes leave them out.
pub(crate) fn show_tags(success: &mut Success<'_>, at: &Path, cluster: &Cluster) {
    let at = at.then("TagList");
    match cluster.tags.is_empty() {
        true => success.may_show(&at, Value::Array(Vec::new())),
        false => tags::show(success, &at, &cluster.tags),
    }
}
