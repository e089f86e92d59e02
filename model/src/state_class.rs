//! The class of state that a request is about: what was the matter, in AWS's words, with the thing
//! that it names at the moment it was sent.

use crate::catalog;
use crate::operation::AnyOperation;
use crate::state::{Backup, BackupState, Cluster, ClusterState, Key, KeyState};
use crate::state::{KeyStore, Names, State};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::LazyLock;

/// A kind of thing that requests name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A KMS key.
    Key,
    /// A custom key store.
    KeyStore,
    /// A CloudHSM cluster.
    Cluster,
    /// A CloudHSM backup.
    Backup,
}

impl Kind {
    const fn words(self) -> &'static str {
        match self {
            Kind::Key => "key",
            Kind::KeyStore => "key store",
            Kind::Cluster => "cluster",
            Kind::Backup => "backup",
        }
    }
}

/// Where the material of a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Material {
    /// In KMS itself.
    Kms,
    /// In a custom key store that is CONNECTED.
    Connected,
    /// In a custom key store that is not.
    NotConnected,
}

/// In how many Availability Zones a cluster has active HSMs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Zones {
    /// In none.
    None,
    /// In one.
    One,
    /// In two or more.
    More,
}

/// The class of state that a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StateClass {
    /// It was refused before AWS looks at anything that the account holds.
    Unread,
    /// The believed states disagree, so nobody can say.
    Unsure,
    /// It names nothing of this kind.
    Unnamed(Kind),
    /// It lists things of this kind, and there are none.
    NoneToList(Kind),
    /// It lists things of this kind, and there are some.
    SomeToList(Kind),
    /// What it names is not there.
    Absent(Kind),
    /// A key.
    Key(KeyState, Material),
    /// A key store, by the wire name of its connection state.
    KeyStore(&'static str),
    /// A cluster.
    Cluster(ClusterState, Zones),
    /// A backup.
    Backup(BackupState),
}

impl fmt::Display for StateClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StateClass::Unread => f.write_str("refused unread"),
            StateClass::Unsure => f.write_str("unsure"),
            StateClass::Unnamed(kind) => write!(f, "no {} named", kind.words()),
            StateClass::NoneToList(kind) => write!(f, "no {}s", kind.words()),
            StateClass::SomeToList(kind) => write!(f, "some {}s", kind.words()),
            StateClass::Absent(kind) => write!(f, "no such {}", kind.words()),
            StateClass::Key(state, material) => {
                write!(f, "key {}", state.wire_name())?;
                f.write_str(match material {
                    Material::Kms => "",
                    Material::Connected => ", key store CONNECTED",
                    Material::NotConnected => ", key store not CONNECTED",
                })
            }
            StateClass::KeyStore(connection) => write!(f, "key store {connection}"),
            StateClass::Cluster(state, zones) => {
                write!(f, "cluster {}", state.wire_name())?;
                f.write_str(match zones {
                    Zones::None => ", no active zone",
                    Zones::One => ", 1 active zone",
                    Zones::More => ", 2 or more active zones",
                })
            }
            StateClass::Backup(state) => write!(f, "backup {}", state.wire_name()),
        }
    }
}

/// The class of what a request names, in this state. Of several keys it is the first that is not
/// Enabled: that one decides. Whoever judges adds [`StateClass::Unread`] and [`StateClass::Unsure`].
pub fn class_of(state: &State, operation: &dyn AnyOperation, body: &Value) -> StateClass {
    let text = |member: &str| body.get(member).and_then(Value::as_str);
    let has = |member: &str| operation.members().iter().any(|it| it.name == member);
    match kind_of(operation) {
        Kind::Key => {
            let classes = key_names(operation, body)
                .into_iter()
                .map(|name| class_of_key(state, operation, name));
            let classes: Vec<StateClass> = classes.collect();
            let decides =
                |class: &&StateClass| !matches!(class, StateClass::Key(KeyState::Enabled, _));
            let decisive = classes.iter().find(decides).or(classes.first()).copied();
            decisive.unwrap_or_else(|| unnamed(state, operation, Kind::Key))
        }
        Kind::KeyStore => {
            let named = text("CustomKeyStoreId").or_else(|| text("CustomKeyStoreName"));
            named.map_or_else(
                || unnamed(state, operation, Kind::KeyStore),
                |name| class_of_key_store(state, name),
            )
        }
        Kind::Cluster => match text("ClusterId").or_else(|| text("CloudHsmClusterId")) {
            Some(id) => class_of_cluster(state, id),
            None => unnamed(state, operation, Kind::Cluster),
        },
        Kind::Backup if has("ResourceId") => {
            let id = text("ResourceId").unwrap_or_default();
            match id.starts_with("cluster-") {
                true => class_of_cluster(state, id),
                false => class_of_backup(state, id),
            }
        }
        Kind::Backup => {
            let members = ["BackupId", "SourceBackupId", "ResourceArn"];
            match members.into_iter().find_map(text) {
                Some(id) => class_of_backup(state, id.rsplit('/').next().unwrap_or(id)),
                None => unnamed(state, operation, Kind::Backup),
            }
        }
    }
}

/// What the requests of an operation name, told by its members. Tags of CloudHSM, which are those of
/// clusters or backups, count among what names backups.
pub fn kind_of(operation: &dyn AnyOperation) -> Kind {
    let has = |names: &[&str]| {
        let mut members = operation.members().iter();
        members.any(|member| names.contains(&member.name))
    };
    if has(&["KeyId", "TargetKeyId", "DestinationKeyId", "AliasName"]) {
        Kind::Key
    } else if has(&["CustomKeyStoreId"]) {
        Kind::KeyStore
    } else if has(&["ClusterId", "CloudHsmClusterId"]) || operation.name() == "DescribeClusters" {
        Kind::Cluster
    } else if operation.service() == crate::operation::Service::CloudHsm {
        Kind::Backup
    } else {
        Kind::Key
    }
}

/// The texts of a request that lead to keys, those that it reads first before the others.
fn key_names<'b>(operation: &dyn AnyOperation, body: &'b Value) -> Vec<&'b str> {
    let text = |member: &str| body.get(member).and_then(Value::as_str);
    let opened = text("KeyId").or_else(|| text("SourceKeyId"));
    let target = text("TargetKeyId").or_else(|| text("DestinationKeyId"));
    let mut names = vec![opened.or_else(|| text("CiphertextBlob")), target];
    if operation.name() == "DeleteAlias" {
        names.push(text("AliasName"));
    }
    names.into_iter().flatten().collect()
}

fn unnamed(state: &State, operation: &dyn AnyOperation, kind: Kind) -> StateClass {
    let pages = ["Marker", "NextToken"];
    let mut members = operation.members().iter();
    if !members.any(|member| pages.contains(&member.name)) {
        return StateClass::Unnamed(kind);
    }
    let empty = match kind {
        Kind::Key => state.keys.is_empty(),
        Kind::KeyStore => state.key_stores.is_empty(),
        Kind::Cluster => state.clusters.is_empty(),
        Kind::Backup => state.backups.is_empty(),
    };
    match empty {
        true => StateClass::NoneToList(kind),
        false => StateClass::SomeToList(kind),
    }
}

/// The rule by which an operation takes no alias in the place of a key.
const TAKES_NO_ALIAS: &str = "KID-09";

fn names_of(operation: &dyn AnyOperation) -> Names {
    static BY_ID: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
        let rules = catalog::rules().filter(|rule| rule.card.id == TAKES_NO_ALIAS);
        rules.map(|rule| rule.operation).collect()
    });
    match BY_ID.contains(operation.label()) {
        true => Names::IdOrArn,
        false => Names::All,
    }
}

fn class_of_key(state: &State, operation: &dyn AnyOperation, name: &str) -> StateClass {
    let key = match state.ciphertexts.get(name) {
        Some(sealed) => state.keys.get(&sealed.key),
        None => state.key_named(name, names_of(operation)),
    };
    key.map_or(StateClass::Absent(Kind::Key), |key| of_key(state, key))
}

fn of_key(state: &State, key: &Key) -> StateClass {
    let material = match (key.is_in_store(), state.store_of(key)) {
        (false, _) => Material::Kms,
        (true, Some(store)) if store.is_connected() => Material::Connected,
        (true, _) => Material::NotConnected,
    };
    StateClass::Key(state.visible_state(key).value, material)
}

fn class_of_key_store(state: &State, name: &str) -> StateClass {
    let by_name = || {
        let mut stores = state.key_stores.values();
        stores.find(|store| store.name.value == name)
    };
    let found = state.key_stores.get(name).or_else(by_name);
    found.map_or(StateClass::Absent(Kind::KeyStore), |store| {
        of_key_store(store)
    })
}

const fn of_key_store(store: &KeyStore) -> StateClass {
    StateClass::KeyStore(store.connection.value.wire_name())
}

fn class_of_cluster(state: &State, id: &str) -> StateClass {
    let found = state.clusters.get(id);
    found.map_or(StateClass::Absent(Kind::Cluster), |cluster| {
        of_cluster(cluster)
    })
}

fn of_cluster(cluster: &Cluster) -> StateClass {
    let zones = match cluster.active_zones() {
        0 => Zones::None,
        1 => Zones::One,
        _ => Zones::More,
    };
    StateClass::Cluster(cluster.state.value, zones)
}

fn class_of_backup(state: &State, id: &str) -> StateClass {
    let found = state.backups.get(id);
    found.map_or(StateClass::Absent(Kind::Backup), |backup| of_backup(backup))
}

const fn of_backup(backup: &Backup) -> StateClass {
    StateClass::Backup(backup.state.value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::Service;
    use crate::testing::World;
    use serde_json::json;

    fn class(world: &World, service: Service, name: &str, body: Value) -> String {
        let operation = catalog::operation(service, name).unwrap();
        class_of(&world.state, operation, &body).to_string()
    }

    fn kms(world: &World, name: &str, body: Value) -> String {
        class(world, Service::Kms, name, body)
    }

    #[test]
    fn a_key_has_the_class_of_its_state() {
        let mut world = World::new();
        let key = world.key(json!({}));
        let named = json!({ "KeyId": key });
        assert_eq!(kms(&world, "DescribeKey", named.clone()), "key Enabled");
        world.ok("DisableKey", named.clone());
        assert_eq!(kms(&world, "Encrypt", named.clone()), "key Disabled");
        world.ok("ScheduleKeyDeletion", named.clone());
        assert_eq!(kms(&world, "EnableKey", named), "key PendingDeletion");
        let imported = world.key(json!({ "Origin": "EXTERNAL" }));
        let named = json!({ "KeyId": imported });
        assert_eq!(kms(&world, "Encrypt", named), "key PendingImport");
        let unknown = json!({ "KeyId": "1234abcd-12ab-34cd-56ef-1234567890ab" });
        assert_eq!(kms(&world, "Encrypt", unknown), "no such key");
    }

    #[test]
    fn an_alias_leads_to_a_key_only_where_it_is_taken() {
        let mut world = World::new();
        let key = world.key(json!({}));
        world.ok(
            "CreateAlias",
            json!({ "AliasName": "alias/a", "TargetKeyId": key }),
        );
        let named = json!({ "KeyId": "alias/a" });
        assert_eq!(kms(&world, "DescribeKey", named.clone()), "key Enabled");
        assert_eq!(kms(&world, "EnableKey", named), "no such key");
        let named = json!({ "AliasName": "alias/a" });
        assert_eq!(kms(&world, "DeleteAlias", named), "key Enabled");
    }

    #[test]
    fn of_two_keys_the_one_that_is_not_enabled_decides() {
        let mut world = World::new();
        let (one, other) = (world.key(json!({})), world.key(json!({})));
        world.ok("DisableKey", json!({ "KeyId": other }));
        let body = json!({ "SourceKeyId": one, "DestinationKeyId": other });
        assert_eq!(kms(&world, "ReEncrypt", body), "key Disabled");
    }

    #[test]
    fn a_list_is_about_what_there_is() {
        let mut world = World::new();
        assert_eq!(kms(&world, "ListKeys", json!({})), "no keys");
        world.key(json!({}));
        assert_eq!(kms(&world, "ListAliases", json!({})), "some keys");
        let stores = kms(&world, "DescribeCustomKeyStores", json!({}));
        assert_eq!(stores, "no key stores");
        assert_eq!(kms(&world, "CreateKey", json!({})), "no key store named");
    }

    #[test]
    fn a_cluster_has_the_class_of_its_state_and_its_zones() {
        let mut world = World::new();
        let cluster = world.active_cluster();
        let named = json!({ "ClusterId": cluster });
        let class = class(&world, Service::CloudHsm, "ModifyCluster", named);
        assert_eq!(class, "cluster ACTIVE, 2 or more active zones");
    }
}
