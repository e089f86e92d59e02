//! ConnectCustomKeyStore: starts to connect a key store to its cluster or proxy.
//!
//! What becomes of it is a drift, in `drifts/key_store.rs`.

use super::key_stores::{OnKeyStore, is_being_changed, is_inactive, lacks_subnets, store_exists};
use super::shapes::KEY_STORE_ID;
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::*;
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::resource::Resource;
use crate::rule::{Answer, Promise, Refusal, Stage, always, may, must};
use crate::shape::Member;
use crate::state::{Cluster, Connection, State};

input! {
    /// Input of ConnectCustomKeyStore.
    ConnectCustomKeyStore, MEMBERS {
        store: String = "CustomKeyStoreId", KEY_STORE_ID;
    }
}

const API: &str = "kms/latest/APIReference/API_ConnectCustomKeyStore.html";

impl OnKeyStore for ConnectCustomKeyStore {
    fn store_id(&self) -> &str {
        &self.store
    }
}

impl ConnectCustomKeyStore {
    /// The cluster behind the store, if it is there.
    fn cluster<'s>(&self, state: &'s State) -> Option<&'s Cluster> {
        state.cluster_of(self.store(state)?)
    }

    /// Whether the store is connected already, or about to be.
    fn is_under_way(&self, state: &State) -> bool {
        matches!(
            self.connection(state),
            Some(Connection::Connecting | Connection::Connected)
        )
    }

    /// The cluster that AWS looks at before it starts to connect.
    fn looked_at<'s>(&self, state: &'s State) -> Option<&'s Cluster> {
        self.cluster(state).filter(|_| !self.is_under_way(state))
    }
}

impl Operation for ConnectCustomKeyStore {
    const NAME: &'static str = "ConnectCustomKeyStore";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[&[
        store_exists("KS-CONN-06", API),
        STATE_ALLOWS_IT,
        CLUSTER_IS_ACTIVE,
        CLUSTER_MAY_BE_INACTIVE,
        SECURITY_GROUP_IS_UNCHANGED,
        CLUSTER_MAY_BE_UNUSABLE,
        CONNECTED_STORE_MAY_BE_CHECKED,
    ]];
    const PROMISES: &'static [Promise<Self>] = &[STARTS_CONNECTING];
}

const fn refusal(
    (id, evidence): (&'static str, Evidence),
    says: &'static str,
    error: Answer<ConnectCustomKeyStore>,
    when: fn(&State, &ConnectCustomKeyStore) -> bool,
) -> Refusal<ConnectCustomKeyStore> {
    Refusal {
        card: Card {
            id,
            says,
            cite: API,
            evidence,
        },
        stage: Stage::Condition,
        error,
        when,
    }
}

const STATE_ALLOWS_IT: Refusal<ConnectCustomKeyStore> = refusal(
    ("KS-CONN-05", Evidence::Documented),
    "A key store whose connection failed, or that is disconnecting, cannot be connected.",
    must(&[CustomKeyStoreInvalidState]),
    |state, input| {
        matches!(
            input.connection(state),
            Some(Connection::Failed(_) | Connection::Disconnecting)
        )
    },
);

const CLUSTER_IS_ACTIVE: Refusal<ConnectCustomKeyStore> = refusal(
    ("KS-CONN-03", Evidence::Documented),
    "The cluster of a key store must be active to connect it.",
    must(&[CloudHsmClusterNotActive]),
    |state, input| input.looked_at(state).is_some_and(is_inactive),
);

const CLUSTER_MAY_BE_INACTIVE: Refusal<ConnectCustomKeyStore> = refusal(
    ("KS-CONN-03a", Evidence::Inferred),
    "A cluster that is being changed, or is gone, may count as not active.",
    may(&[CloudHsmClusterNotActive, CloudHsmClusterNotFound]),
    |state, input| {
        let store = input.store(state).filter(|store| store.is_disconnected());
        let is_cloud_hsm = store.is_some_and(|store| store.cluster_id().is_some());
        is_cloud_hsm && input.cluster(state).is_none_or(is_being_changed)
    },
);

const SECURITY_GROUP_IS_UNCHANGED: Refusal<ConnectCustomKeyStore> = refusal(
    ("KS-CONN-03b", Evidence::Documented),
    "The security group of the cluster must be as CloudHSM made it.",
    must(&[CloudHsmClusterInvalidConfiguration]),
    |state, input| {
        let cluster = input.looked_at(state);
        cluster.is_some_and(|cluster| cluster.security_group_changed)
    },
);

const CLUSTER_MAY_BE_UNUSABLE: Refusal<ConnectCustomKeyStore> = refusal(
    ("KS-CONN-03c", Evidence::Documented),
    "A cluster without an active HSM or without subnets is refused at once, or fails to connect \
     later.",
    may(&[CloudHsmClusterInvalidConfiguration]),
    |state, input| {
        let cluster = input.looked_at(state);
        cluster.is_some_and(|cluster| {
            cluster.active_zones() == 0 || lacks_subnets(state, cluster) || !state.outside.known
        })
    },
);

const CONNECTED_STORE_MAY_BE_CHECKED: Refusal<ConnectCustomKeyStore> = refusal(
    ("KS-STATE-06", Evidence::Inferred),
    "Whether connecting a store that is connected or connecting looks at its cluster is not \
     documented.",
    may(&[
        CloudHsmClusterNotActive,
        CloudHsmClusterNotFound,
        CloudHsmClusterInvalidConfiguration,
    ]),
    |state, input| {
        let id = input.store(state).and_then(|store| store.cluster_id());
        let doubtful = id.is_some_and(|id| super::store_clusters::is_doubtful(state, id));
        input.is_under_way(state) && doubtful
    },
);

const STARTS_CONNECTING: Promise<ConnectCustomKeyStore> = Promise {
    card: Card {
        id: "KS-CONN-01",
        says: "An accepted ConnectCustomKeyStore starts to connect the store, and leaves one that \
               is connected or connecting so.",
        cite: API,
        evidence: Evidence::Documented,
    },
    when: always,
    make: |input, success| {
        let (now, connecting) = (success.state.now, success.traced(Connection::Connecting));
        let Some(store) = success.state.key_store_mut(&input.store) else {
            return;
        };
        match store.connection.value {
            Connection::Connecting => return,
            // It may connect anew, so the store is unsettled although its state stays.
            Connection::Connected => {}
            _ => store.connection = connecting,
        }
        store.since = now;
        let resource = Resource::KeyStore(input.store.clone());
        success.state.unsettled.insert(resource);
    },
};

#[cfg(test)]
mod tests {
    use crate::drift::Latency;
    use crate::outside::OutsideAction::*;
    use crate::state::HsmState;
    use crate::testing::World;
    use crate::time::{HOUR, MINUTE};
    use serde_json::{Value, json};

    const CLUSTER: &str = "cluster-aaaaaaaaaaa";

    fn named(store: &Value) -> Value {
        json!({ "CustomKeyStoreId": store })
    }

    fn shown(world: &mut World, store: &Value) -> (String, Option<String>) {
        let answer = world.ok("DescribeCustomKeyStores", named(store));
        let entry = &answer["CustomKeyStores"][0];
        let text = |member: &str| entry[member].as_str().map(str::to_owned);
        (
            text("ConnectionState").unwrap_or_default(),
            text("ConnectionErrorCode"),
        )
    }

    fn cluster() -> String {
        CLUSTER.to_owned()
    }

    /// Connects after `break_it` and gives the error code.
    fn failure(break_it: impl Fn(&mut World)) -> Option<String> {
        let mut world = World::new();
        let store = world.store();
        break_it(&mut world);
        world.ok("ConnectCustomKeyStore", named(&store));
        let (state, code) = shown(&mut world, &store);
        assert_eq!(state, "FAILED");
        let refused = world.refused("ConnectCustomKeyStore", named(&store));
        assert!(refused.contains(&"CustomKeyStoreInvalidStateException"));
        world.ok("DisconnectCustomKeyStore", named(&store));
        assert_eq!(shown(&mut world, &store), ("DISCONNECTED".to_owned(), None));
        code
    }

    #[test]
    fn a_store_takes_its_time_to_connect() {
        let mut world = World::new();
        world.latency = Latency::Aws;
        let store = world.store();
        world.ok("ConnectCustomKeyStore", named(&store));
        assert_eq!(shown(&mut world, &store).0, "CONNECTING");
        world.ok("ConnectCustomKeyStore", named(&store));
        world.advance(19 * MINUTE);
        assert_eq!(shown(&mut world, &store).0, "CONNECTING");
        world.advance(MINUTE);
        assert_eq!(shown(&mut world, &store).0, "CONNECTED");
        world.ok("ConnectCustomKeyStore", named(&store));
        assert_eq!(shown(&mut world, &store).0, "CONNECTED");
        world.advance(HOUR);
        assert_eq!(shown(&mut world, &store).0, "CONNECTED");
    }

    #[test]
    fn a_store_that_does_not_exist_is_not_found() {
        assert_eq!(
            World::new().refused("ConnectCustomKeyStore", named(&json!("cks-0"))),
            ["CustomKeyStoreNotFoundException"]
        );
    }

    #[test]
    fn kmsuser_stands_in_the_way() {
        let code = failure(|world| world.outside(DeleteKmsUser { cluster: cluster() }));
        assert_eq!(code.as_deref(), Some("USER_NOT_FOUND"));
        let code = failure(|world| {
            world.outside(CreateKmsUser {
                cluster: cluster(),
                password: "kmsPassword".to_owned(),
                missing_on: vec!["hsm-1".to_owned()],
            });
        });
        assert_eq!(code.as_deref(), Some("USER_NOT_FOUND"));
        let code = failure(|world| {
            world.outside(ChangeKmsUserPassword {
                cluster: cluster(),
                password: "another1".to_owned(),
            });
        });
        assert_eq!(code.as_deref(), Some("INVALID_CREDENTIALS"));
        let code = failure(|world| world.outside(LogInKmsUser { cluster: cluster() }));
        assert_eq!(code.as_deref(), Some("USER_LOGGED_IN"));
        let code = failure(|world| {
            world.outside(FailLogins {
                cluster: cluster(),
                times: 5,
            });
        });
        assert_eq!(code.as_deref(), Some("USER_LOCKED_OUT"));
    }

    #[test]
    fn four_bad_logins_do_not_lock_out() {
        let mut world = World::new();
        let store = world.store();
        world.outside(FailLogins {
            cluster: cluster(),
            times: 4,
        });
        world.ok("ConnectCustomKeyStore", named(&store));
        assert_eq!(shown(&mut world, &store).0, "CONNECTED");
    }

    #[test]
    fn networks_and_hsms_stand_in_the_way() {
        let subnet = || "subnet-0a1b2c3d4e5f60713".to_owned();
        let code = failure(|world| world.outside(DeleteSubnet { subnet: subnet() }));
        assert_eq!(code.as_deref(), Some("SUBNET_NOT_FOUND"));
        let code = failure(|world| {
            world.outside(FillSubnet {
                subnet: subnet(),
                full: true,
            });
        });
        assert_eq!(
            code.as_deref(),
            Some("INSUFFICIENT_FREE_ADDRESSES_IN_SUBNET")
        );
        let code = failure(|world| {
            for hsm in ["hsm-0", "hsm-1"] {
                world.outside(FailHsm {
                    cluster: cluster(),
                    hsm: hsm.to_owned(),
                });
            }
        });
        assert_eq!(code.as_deref(), Some("INSUFFICIENT_CLOUDHSM_HSMS"));
        let code = failure(|world| {
            world.given(|state| {
                state.clusters.remove(CLUSTER);
            });
        });
        assert_eq!(code.as_deref(), Some("CLUSTER_NOT_FOUND"));
    }

    #[test]
    fn one_active_hsm_is_enough() {
        let mut world = World::new();
        let store = world.store();
        world.outside(FailHsm {
            cluster: cluster(),
            hsm: "hsm-0".to_owned(),
        });
        world.ok("ConnectCustomKeyStore", named(&store));
        assert_eq!(shown(&mut world, &store).0, "CONNECTED");
    }

    #[test]
    fn a_broken_cluster_is_refused_at_once() {
        let mut world = World::new();
        let store = world.store();
        world.outside(ChangeSecurityGroup {
            cluster: cluster(),
            changed: true,
        });
        assert_eq!(
            world.refused("ConnectCustomKeyStore", named(&store)),
            ["CloudHsmClusterInvalidConfigurationException"]
        );
        world.given(|state| {
            let cluster = state.cluster_mut(CLUSTER).expect("it was given");
            cluster.security_group_changed = false;
            cluster.state.value = crate::state::ClusterState::Degraded;
        });
        assert_eq!(
            world.refused("ConnectCustomKeyStore", named(&store)),
            ["CloudHsmClusterNotActiveException"]
        );
        assert_eq!(shown(&mut world, &store), ("DISCONNECTED".to_owned(), None));
    }

    #[test]
    fn a_connected_store_stays_so_when_its_cluster_breaks() {
        let mut world = World::new();
        let store = world.store();
        world.ok("ConnectCustomKeyStore", named(&store));
        assert_eq!(shown(&mut world, &store).0, "CONNECTED");
        world.given(|state| {
            let cluster = state.cluster_mut(CLUSTER).expect("it was given");
            for hsm in ["hsm-0", "hsm-1"] {
                cluster.hsms[hsm].state.value = HsmState::Deleted;
            }
        });
        assert_eq!(shown(&mut world, &store).0, "CONNECTED");
    }

    #[test]
    fn what_happens_while_a_store_connects_may_come_too_late() {
        let mut world = World::new();
        let store = world.store();
        world.ok("ConnectCustomKeyStore", named(&store));
        crate::drift::settle_due(
            &mut world.state,
            Latency::Instant,
            &crate::switches::Switches::none(),
        );
        world.outside(DeleteKmsUser { cluster: cluster() });
        assert_eq!(shown(&mut world, &store).0, "CONNECTED");
    }

    #[test]
    fn kms_rotates_the_password_and_keeps_it() {
        let mut world = World::new();
        let store = world.store();
        for _ in 0..2 {
            world.ok("ConnectCustomKeyStore", named(&store));
            assert_eq!(shown(&mut world, &store).0, "CONNECTED");
            world.ok("DisconnectCustomKeyStore", named(&store));
            assert_eq!(shown(&mut world, &store).0, "DISCONNECTED");
        }
        let old = json!({"CustomKeyStoreId": store, "KeyStorePassword": "kmsPassword"});
        world.ok("UpdateCustomKeyStore", old);
        world.ok("ConnectCustomKeyStore", named(&store));
        let failed = ("FAILED".to_owned(), Some("INVALID_CREDENTIALS".to_owned()));
        assert_eq!(shown(&mut world, &store), failed);
    }

    #[test]
    fn a_proxy_decides_how_connecting_to_it_ends() {
        let mut world = World::new();
        let endpoint = "https://xks.example.com";
        let store = world.external_store("x", endpoint);
        world.outside(FailProxy {
            endpoint: endpoint.to_owned(),
            error: Some("XKS_PROXY_TIMED_OUT".to_owned()),
        });
        world.ok("ConnectCustomKeyStore", named(&store));
        let failed = ("FAILED".to_owned(), Some("XKS_PROXY_TIMED_OUT".to_owned()));
        assert_eq!(shown(&mut world, &store), failed);
        world.ok("DisconnectCustomKeyStore", named(&store));
        world.outside(FailProxy {
            endpoint: endpoint.to_owned(),
            error: None,
        });
        world.ok("ConnectCustomKeyStore", named(&store));
        assert_eq!(shown(&mut world, &store).0, "CONNECTED");
    }

    #[test]
    fn without_an_eye_on_the_outside_every_code_is_possible() {
        let mut world = World::new();
        let store = world.store();
        world.outside(DeleteKmsUser { cluster: cluster() });
        world.belief.outside(|state| {
            state.outside.known = false;
            let cluster = state.cluster_mut(CLUSTER).expect("it was given");
            cluster.kmsuser = None;
        });
        world.ok("ConnectCustomKeyStore", named(&store));
        let failed = ("FAILED".to_owned(), Some("USER_NOT_FOUND".to_owned()));
        assert_eq!(shown(&mut world, &store), failed);
    }
}
