//! DisconnectCustomKeyStore: takes a key store off its cluster or proxy.

use super::key_stores::{OnKeyStore, store_exists};
use super::shapes::KEY_STORE_ID;
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::CustomKeyStoreInvalidState;
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::resource::Resource;
use crate::rule::{Promise, Refusal, Stage, always, must};
use crate::shape::Member;
use crate::state::Connection;

input! {
    /// Input of DisconnectCustomKeyStore.
    DisconnectCustomKeyStore, MEMBERS {
        store: String = "CustomKeyStoreId", KEY_STORE_ID;
    }
}

const API: &str = "kms/latest/APIReference/API_DisconnectCustomKeyStore.html";

impl OnKeyStore for DisconnectCustomKeyStore {
    fn store_id(&self) -> &str {
        &self.store
    }
}

impl Operation for DisconnectCustomKeyStore {
    const NAME: &'static str = "DisconnectCustomKeyStore";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] =
        &[&[store_exists("KS-DISC-100", API), STATE_ALLOWS_IT]];
    const PROMISES: &'static [Promise<Self>] = &[STARTS_DISCONNECTING, KEYS_ARE_OUT_OF_REACH];
}

const STATE_ALLOWS_IT: Refusal<DisconnectCustomKeyStore> = Refusal {
    card: Card {
        id: "KS-DISC-02",
        says: "A key store that is disconnected or disconnecting cannot be disconnected.",
        cite: API,
        evidence: Evidence::Documented,
    },
    stage: Stage::Condition,
    error: must(&[CustomKeyStoreInvalidState]),
    when: |state, input| {
        matches!(
            input.connection(state),
            Some(Connection::Disconnected | Connection::Disconnecting)
        )
    },
};

const STARTS_DISCONNECTING: Promise<DisconnectCustomKeyStore> = Promise {
    card: Card {
        id: "KS-STATE-05",
        says: "A key store that is connected, connecting or failed leads to DISCONNECTED only by \
               way of DISCONNECTING.",
        cite: API,
        evidence: Evidence::Documented,
    },
    when: always,
    make: |input, success| {
        let (now, leaving) = (success.state.now, success.traced(Connection::Disconnecting));
        if let Some(store) = success.state.key_store_mut(&input.store) {
            store.connection = leaving;
            store.since = now;
            let resource = Resource::KeyStore(input.store.clone());
            success.state.unsettled.insert(resource);
        }
    },
};

const KEYS_ARE_OUT_OF_REACH: Promise<DisconnectCustomKeyStore> = Promise {
    card: Card {
        id: "KS-DISC-03",
        says: "The keys of a key store that was disconnected are unavailable, unless they are \
               pending deletion.",
        cite: "kms/latest/developerguide/disconnect-keystore.html",
        evidence: Evidence::Documented,
    },
    when: always,
    make: |input, success| {
        let out_of_reach = success.traced(false);
        let keys = success.state.keys_in(&input.store);
        let keys: Vec<String> = keys.map(|key| key.id.clone()).collect();
        for id in keys {
            if let Some(key) = success.state.key_mut(&id) {
                key.reachable = out_of_reach.clone();
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use crate::drift::Latency;
    use crate::testing::World;
    use crate::time::MINUTE;
    use serde_json::{Value, json};

    fn named(store: &Value) -> Value {
        json!({ "CustomKeyStoreId": store })
    }

    fn state_of(world: &mut World, key: &Value) -> String {
        let key = world.ok("DescribeKey", json!({ "KeyId": key }));
        let state = key["KeyMetadata"]["KeyState"].as_str();
        state.unwrap_or_default().to_owned()
    }

    #[test]
    fn only_a_store_that_is_not_disconnected_can_be() {
        let mut world = World::new();
        let store = world.store();
        assert_eq!(
            world.refused("DisconnectCustomKeyStore", named(&store)),
            ["CustomKeyStoreInvalidStateException"]
        );
        assert_eq!(
            world.refused("DisconnectCustomKeyStore", named(&json!("cks-0"))),
            ["CustomKeyStoreNotFoundException"]
        );
    }

    #[test]
    fn disconnecting_takes_some_minutes() {
        let mut world = World::new();
        world.latency = Latency::Aws;
        let store = world.store();
        world.ok("ConnectCustomKeyStore", named(&store));
        world.ok("DisconnectCustomKeyStore", named(&store));
        let mut shown = || {
            let answer = world.ok("DescribeCustomKeyStores", named(&store));
            let state = answer["CustomKeyStores"][0]["ConnectionState"].clone();
            world.advance(5 * MINUTE);
            state
        };
        assert_eq!(shown(), "DISCONNECTING");
        assert_eq!(shown(), "DISCONNECTED");
    }

    #[test]
    fn keys_are_unavailable_until_the_store_is_connected_again() {
        let mut world = World::new();
        let store = world.store();
        world.ok("ConnectCustomKeyStore", named(&store));
        let body = json!({"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": store});
        let key = world.ok("CreateKey", body)["KeyMetadata"]["KeyId"].clone();
        world.ok("DisconnectCustomKeyStore", named(&store));
        assert_eq!(state_of(&mut world, &key), "Unavailable");
        world.ok("ConnectCustomKeyStore", named(&store));
        assert_eq!(state_of(&mut world, &key), "Enabled");
    }

    #[test]
    fn a_failed_reconnection_leaves_keys_unavailable() {
        let mut world = World::new();
        let store = world.store();
        world.ok("ConnectCustomKeyStore", named(&store));
        let body = json!({"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": store});
        let key = world.ok("CreateKey", body)["KeyMetadata"]["KeyId"].clone();
        world.ok("DisconnectCustomKeyStore", named(&store));
        world.outside(crate::outside::OutsideAction::DeleteKmsUser {
            cluster: "cluster-aaaaaaaaaaa".to_owned(),
        });
        world.ok("ConnectCustomKeyStore", named(&store));
        assert_eq!(state_of(&mut world, &key), "Unavailable");
    }
}
