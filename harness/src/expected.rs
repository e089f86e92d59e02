//! The classes of state in which each operation must have been tried, told by what it names.
//!
//! Only states that last are listed, and those in between where an answer can tell them: what a
//! cluster is about to become anyway, no answer tells from what it is.

use kms_conformance_model::state::{BackupState, ClusterState, KeyState};
use kms_conformance_model::{AnyOperation, Kind, Material, StateClass, Zones, catalog, kind_of};

const KEYS: &[StateClass] = &[
    StateClass::Absent(Kind::Key),
    StateClass::Key(KeyState::Enabled, Material::Kms),
    StateClass::Key(KeyState::Disabled, Material::Kms),
    StateClass::Key(KeyState::PendingDeletion, Material::Kms),
    StateClass::Key(KeyState::PendingImport, Material::Kms),
    StateClass::Key(KeyState::PendingReplicaDeletion, Material::Kms),
    StateClass::Key(KeyState::Creating, Material::Kms),
    StateClass::Key(KeyState::Updating, Material::Kms),
    StateClass::Key(KeyState::Enabled, Material::Connected),
    StateClass::Key(KeyState::Disabled, Material::Connected),
    StateClass::Key(KeyState::PendingDeletion, Material::Connected),
    StateClass::Key(KeyState::PendingDeletion, Material::NotConnected),
    StateClass::Key(KeyState::Unavailable, Material::NotConnected),
];

const KEY_STORES: &[StateClass] = &[
    StateClass::Absent(Kind::KeyStore),
    StateClass::KeyStore("DISCONNECTED"),
    StateClass::KeyStore("CONNECTING"),
    StateClass::KeyStore("CONNECTED"),
    StateClass::KeyStore("FAILED"),
    StateClass::KeyStore("DISCONNECTING"),
];

const CLUSTERS: &[StateClass] = &[
    StateClass::Absent(Kind::Cluster),
    StateClass::Cluster(ClusterState::Uninitialized, Zones::None),
    StateClass::Cluster(ClusterState::Uninitialized, Zones::One),
    StateClass::Cluster(ClusterState::Initialized, Zones::One),
    StateClass::Cluster(ClusterState::Active, Zones::None),
    StateClass::Cluster(ClusterState::Active, Zones::One),
    StateClass::Cluster(ClusterState::Active, Zones::More),
    StateClass::Cluster(ClusterState::Deleted, Zones::None),
];

const BACKUPS: &[StateClass] = &[
    StateClass::Absent(Kind::Backup),
    StateClass::Backup(BackupState::Ready),
    StateClass::Backup(BackupState::PendingDeletion),
    StateClass::Backup(BackupState::Deleted),
];

/// Operations that make sense without naming what others name.
const NEED_NO_NAME: &[&str] = &[
    "CreateKey",
    "GenerateRandom",
    "CreateCustomKeyStore",
    "CreateCluster",
    "GetResourcePolicy",
    "PutResourcePolicy",
    "DeleteResourcePolicy",
];

/// The classes of state in which this operation must have been tried.
pub fn expected(operation: &dyn AnyOperation) -> Vec<StateClass> {
    let has = |names: &[&str]| {
        let mut members = operation.members().iter();
        members.any(|member| names.contains(&member.name))
    };
    let kind = kind_of(operation);
    let mut classes: Vec<StateClass> = Vec::new();
    if has(&["KeyId", "TargetKeyId", "DestinationKeyId", "AliasName"]) {
        classes.extend(KEYS);
    }
    if has(&["CustomKeyStoreId"]) {
        classes.extend(KEY_STORES);
    }
    if has(&["ClusterId", "CloudHsmClusterId", "ResourceId"]) && kind != Kind::KeyStore {
        classes.extend(CLUSTERS);
    }
    if has(&["BackupId", "SourceBackupId", "ResourceArn", "ResourceId"]) {
        classes.extend(BACKUPS);
    }
    if NEED_NO_NAME.contains(&operation.name()) {
        classes.push(StateClass::Unnamed(kind));
    }
    let lists = has(&["Marker", "NextToken"]);
    let needs_nothing = !operation.members().iter().any(|member| member.required);
    if lists && needs_nothing {
        classes.extend([StateClass::NoneToList(kind), StateClass::SomeToList(kind)]);
    }
    classes
}

/// The operation with this label; `None` for what stands above all operations.
pub(crate) fn operation(label: &str) -> Option<&'static dyn AnyOperation> {
    catalog::operations().find(|operation| operation.label() == label)
}
