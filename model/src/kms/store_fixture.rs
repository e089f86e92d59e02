//! An account with a connected key store, for unit tests.

use crate::card::{Card, Evidence};
use crate::state::*;
use crate::testing::World;
use imbl::{OrdMap, OrdSet};
use std::sync::Arc;

/// The cluster behind the key store.
pub(crate) const CLUSTER: &str = "cluster-aaaaaaaaaaa";
/// The key store.
pub(crate) const STORE: &str = "cks-0a1b2c3d4e5f60718";
/// A key in the key store.
pub(crate) const KEY: &str = "0a1b2c3d-0000-0000-0000-0a1b2c3d4e5f";

/// A world with one enabled key in a connected key store with two active HSMs.
pub(crate) fn world_with_store() -> World {
    let mut world = World::new();
    world.given(|state| {
        let arn = state.key_arn(KEY);
        state
            .clusters
            .insert(CLUSTER.to_owned(), Arc::new(cluster(arn)));
        state.key_stores.insert(STORE.to_owned(), Arc::new(store()));
        state.keys.insert(KEY.to_owned(), Arc::new(key()));
    });
    world
}

/// Changes the key in the store.
pub(crate) fn given_key(world: &mut World, change: impl Fn(&mut Key)) {
    world.given(|state| change(state.key_mut(KEY).expect("the fixture has the key")));
}

/// A value that the fixture put there.
pub(crate) fn given<T>(value: T) -> Traced<T> {
    let by: &'static Card = &Card {
        id: "TEST",
        says: "A test put it there.",
        cite: "this test",
        evidence: Evidence::Inferred,
    };
    Traced { value, by }
}

fn hsm(id: &str, zone: &str) -> Hsm {
    Hsm {
        id: id.to_owned(),
        zone: zone.to_owned(),
        subnet: "subnet-0a1b2c3d4e5f60711".to_owned(),
        state: given(HsmState::Active),
        since: 0,
        eni_id: None,
        eni_ip: None,
    }
}

fn cluster(key_arn: String) -> Cluster {
    let hsms = [
        hsm("hsm-aaaaaaaaaaa", "us-east-1a"),
        hsm("hsm-bbbbbbbbbbb", "us-east-1b"),
    ];
    Cluster {
        id: CLUSTER.to_owned(),
        created: 0,
        state: given(ClusterState::Active),
        since: 0,
        hsm_type: given("hsm2m.medium".to_owned()),
        mode: None,
        network: given("IPV4".to_owned()),
        vpc: None,
        subnets: OrdMap::new(),
        security_group: None,
        retention: given("90".to_owned()),
        source_backup: None,
        lineage: CLUSTER.to_owned(),
        csr: None,
        certificate: None,
        trust_anchor: None,
        hardware_certificates: OrdMap::new(),
        hsms: hsms.into_iter().map(|hsm| (hsm.id.clone(), hsm)).collect(),
        tags: OrdMap::new(),
        kmsuser: Some(KmsUser {
            password: Password::Rotated(0),
            logged_in: false,
            bad_logins: 0,
            missing_on: OrdSet::new(),
        }),
        keys: OrdSet::unit(key_arn),
        security_group_changed: false,
        unnamed_backups: 0,
        rollback: None,
    }
}

fn store() -> KeyStore {
    KeyStore {
        id: STORE.to_owned(),
        name: given("store".to_owned()),
        created: 0,
        kind: KeyStoreKind::CloudHsm {
            cluster: given(CLUSTER.to_owned()),
            trust_anchor: "anchor".to_owned(),
            password: given(Password::Rotated(0)),
        },
        connection: given(Connection::Connected),
        since: 0,
    }
}

fn key() -> Key {
    Key {
        id: KEY.to_owned(),
        created: 0,
        description: given(String::new()),
        usage: KeyUsage::EncryptDecrypt,
        spec: KeySpec::SymmetricDefault,
        origin: Origin::AwsCloudHsm,
        state: given(KeyState::Enabled),
        reachable: given(true),
        deletion: None,
        key_store: Some(STORE.to_owned()),
        xks_key: None,
        multi_region: None,
        policy: given(None),
        tags: OrdMap::new(),
        public_key: None,
        materials: first_material(),
        pending: None,
        rotation: Rotation::none(given(()).by),
        uses: Uses::default(),
    }
}
