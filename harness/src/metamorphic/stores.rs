//! Key stores, clusters, HSMs and backups: they are what was asked for, until something else is.

use super::Family;
use super::at::Names;
use super::said::{Clash, Said};
use super::view::View;
use kms_conformance_model::relations::{ASKED_STAYS, FACTS_STAY};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Members of requests for a key store, and where its description shows them. The members are paths
/// without the slash in front.
const OF_A_STORE: &[(&str, &str)] = &[
    ("CloudHsmClusterId", "/CloudHsmClusterId"),
    ("CustomKeyStoreName", "/CustomKeyStoreName"),
    ("CustomKeyStoreType", "/CustomKeyStoreType"),
    ("NewCustomKeyStoreName", "/CustomKeyStoreName"),
    (
        "XksProxyConnectivity",
        "/XksProxyConfiguration/Connectivity",
    ),
    ("XksProxyUriEndpoint", "/XksProxyConfiguration/UriEndpoint"),
    ("XksProxyUriPath", "/XksProxyConfiguration/UriPath"),
    (
        "XksProxyVpcEndpointServiceName",
        "/XksProxyConfiguration/VpcEndpointServiceName",
    ),
];

/// The same of a cluster.
const OF_A_CLUSTER: &[(&str, &str)] = &[(
    "BackupRetentionPolicy/Value",
    "/BackupRetentionPolicy/Value",
)];

/// The same of a backup.
const OF_A_BACKUP: &[(&str, &str)] = &[("NeverExpires", "/NeverExpires")];

/// Members of the request for an HSM or for a copy of a backup, and of the answer.
const ECHOES: &[(&str, &str, &str)] = &[
    (
        "CopyBackupToRegion",
        "BackupId",
        "/DestinationBackup/SourceBackup",
    ),
    ("CreateHsm", "AvailabilityZone", "/Hsm/AvailabilityZone"),
    ("CreateHsm", "ClusterId", "/Hsm/ClusterId"),
    ("CreateHsm", "IpAddress", "/Hsm/EniIp"),
    ("DeleteBackup", "BackupId", "/Backup/BackupId"),
    ("DeleteCluster", "ClusterId", "/Cluster/ClusterId"),
    ("DeleteHsm", "HsmId", "/HsmId"),
    ("ModifyBackupAttributes", "BackupId", "/Backup/BackupId"),
    (
        "ModifyBackupAttributes",
        "NeverExpires",
        "/Backup/NeverExpires",
    ),
    (
        "ModifyCluster",
        "BackupRetentionPolicy/Value",
        "/Cluster/BackupRetentionPolicy/Value",
    ),
    ("ModifyCluster", "ClusterId", "/Cluster/ClusterId"),
    ("RestoreBackup", "BackupId", "/Backup/BackupId"),
];

/// What was asked of each thing last, by the place that shows it.
#[derive(Default)]
pub(super) struct Asked {
    asked: BTreeMap<String, Map<String, Value>>,
}

impl Family for Asked {
    fn look(&mut self, at: &View<'_>, said: &mut Said) {
        let Some(response) = at.done() else { return };
        if let Some(name) = at.hsm() {
            for (_, asked, shown) in ECHOES.iter().filter(|(of, ..)| *of == name) {
                let asked = asked_of(at, asked);
                if let (Some(asked), Some(shown_value)) = (asked, response.pointer(shown)) {
                    let clash = differs(shown, asked, shown_value);
                    said.relate(FACTS_STAY, at, clash);
                }
            }
        }
        match (at.kms(), at.hsm()) {
            (Some("CreateCustomKeyStore"), _) => {
                self.learn(at, at.shown("/CustomKeyStoreId"), OF_A_STORE);
            }
            (Some("UpdateCustomKeyStore"), _) => {
                // Its name here is not a new one.
                self.learn(at, at.asked("CustomKeyStoreId"), OF_A_STORE);
            }
            (Some("DescribeCustomKeyStores"), _) => {
                self.compare(at, "CustomKeyStores", "CustomKeyStoreId", said);
            }
            (_, Some("CreateCluster")) => {
                self.learn(at, at.shown("/Cluster/ClusterId"), OF_A_CLUSTER);
            }
            (_, Some("ModifyCluster")) => {
                self.learn(at, at.asked("ClusterId"), OF_A_CLUSTER);
            }
            (_, Some("DescribeClusters")) => self.compare(at, "Clusters", "ClusterId", said),
            (_, Some("ModifyBackupAttributes")) => {
                self.learn(at, at.asked("BackupId"), OF_A_BACKUP);
            }
            (_, Some("DescribeBackups")) => self.compare(at, "Backups", "BackupId", said),
            _ => {}
        }
    }

    fn forget(&mut self, names: &Names) {
        self.asked.retain(|id, _| !names.has(id));
    }
}

impl Asked {
    fn learn(&mut self, at: &View<'_>, id: Option<&str>, members: &[(&str, &str)]) {
        let Some(id) = id.filter(|id| at.is_own(id)) else {
            return;
        };
        let known = self.asked.entry(id.to_owned()).or_default();
        for (member, place) in members {
            let asked = asked_of(at, member);
            // Where only a part of the member is given, the rest has a default.
            let whole = member.split('/').next().unwrap_or_default();
            if at.body.get(whole).is_some() {
                known.remove(*place);
            }
            known.extend(asked.map(|value| ((*place).to_owned(), value.clone())));
        }
    }

    fn compare(&self, at: &View<'_>, list: &str, id: &str, said: &mut Said) {
        for entry in at.entries(list) {
            let name = entry.get(id).and_then(Value::as_str).unwrap_or_default();
            let Some(asked) = self.asked.get(name) else {
                continue;
            };
            let mut pairs = asked.iter();
            let clash = pairs.find_map(|(place, asked)| {
                differs(place, asked, entry.pointer(place)?).filter(|it| !at.is_blamed(&it.member))
            });
            said.relate(ASKED_STAYS, at, clash);
        }
    }
}

/// A value of the request, by its path without the slash in front.
fn asked_of<'e>(at: &View<'e>, path: &str) -> Option<&'e Value> {
    let asked = at.body.pointer(&format!("/{path}"));
    asked.filter(|value| !value.is_null())
}

fn differs(place: &str, asked: &Value, shown: &Value) -> Option<Clash> {
    let member = place.rsplit('/').next().unwrap_or_default();
    (asked != shown).then(|| Clash::values(member, Some(asked), Some(shown)))
}
