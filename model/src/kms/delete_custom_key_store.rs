//! DeleteCustomKeyStore: deletes a disconnected key store without keys. Its cluster stays.

use super::key_stores::{OnKeyStore, store_exists};
use super::shapes::KEY_STORE_ID;
use crate::card::{Card, Evidence};
use crate::drift::closure;
use crate::error_code::ErrorCode::{CustomKeyStoreHasCmks, CustomKeyStoreInvalidState};
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::resource::Resource;
use crate::rule::{Promise, Refusal, Stage, always, may, must};
use crate::shape::Member;
use crate::state::{Key, State};

input! {
    /// Input of DeleteCustomKeyStore.
    DeleteCustomKeyStore, MEMBERS {
        store: String = "CustomKeyStoreId", KEY_STORE_ID;
    }
}

const API: &str = "kms/latest/APIReference/API_DeleteCustomKeyStore.html";

impl OnKeyStore for DeleteCustomKeyStore {
    fn store_id(&self) -> &str {
        &self.store
    }
}

impl Operation for DeleteCustomKeyStore {
    const NAME: &'static str = "DeleteCustomKeyStore";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[&[
        store_exists("KS-DEL-05", API),
        HAS_NO_KEYS,
        MAY_HAVE_KEYS,
        IS_DISCONNECTED,
    ]];
    const PROMISES: &'static [Promise<Self>] = &[IS_GONE];
}

const HAS_NO_KEYS: Refusal<DeleteCustomKeyStore> = Refusal {
    card: Card {
        id: "KS-DEL-02",
        says: "A key store with a key in it, even one pending deletion, cannot be deleted.",
        cite: API,
        evidence: Evidence::Documented,
    },
    stage: Stage::Condition,
    error: must(&[CustomKeyStoreHasCmks]),
    when: |state, input| {
        let mut keys = state.keys_in(&input.store);
        keys.any(|key| is_surely_there(state, key))
    },
};

const MAY_HAVE_KEYS: Refusal<DeleteCustomKeyStore> = Refusal {
    card: Card {
        id: "KS-DEL-02a",
        says: "A key whose waiting period is over counts until it is really gone.",
        cite: "kms/latest/developerguide/delete-keystore.html",
        evidence: Evidence::Documented,
    },
    stage: Stage::Condition,
    error: may(&[CustomKeyStoreHasCmks]),
    when: |state, input| {
        let mut keys = state.keys_in(&input.store);
        keys.any(|key| !is_surely_there(state, key))
    },
};

const IS_DISCONNECTED: Refusal<DeleteCustomKeyStore> = Refusal {
    card: Card {
        id: "KS-DEL-03",
        says: "Only a disconnected key store can be deleted.",
        cite: API,
        evidence: Evidence::Documented,
    },
    stage: Stage::Condition,
    error: must(&[CustomKeyStoreInvalidState]),
    when: |state, input| {
        input
            .store(state)
            .is_some_and(|store| !store.is_disconnected())
    },
};

const IS_GONE: Promise<DeleteCustomKeyStore> = Promise {
    card: Card {
        id: "KS-DEL-01",
        says: "A deleted key store is gone, and its name and cluster are free again.",
        cite: API,
        evidence: Evidence::Documented,
    },
    when: always,
    make: |input, success| {
        let card = *success.traced(()).by;
        let state = &mut *success.state;
        // A success shows that keys which might have been there are gone.
        let keys: Vec<String> = state
            .keys_in(&input.store)
            .map(|key| key.id.clone())
            .collect();
        for key in keys {
            state.forget_key(&key);
        }
        if state.key_stores.remove(&input.store).is_some() {
            state.gone.insert(input.store.clone(), card);
        }
        let resource = Resource::KeyStore(input.store.clone());
        state.unsettled.remove(&resource);
    },
};

/// Whether a key cannot have gone by itself meanwhile.
fn is_surely_there(state: &State, key: &Key) -> bool {
    let resource = Resource::Key(key.id.clone());
    !state.distrusted.contains(&resource)
        && closure(state, &resource)
            .iter()
            .all(|state| state.keys.contains_key(&key.id))
}

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use serde_json::{Value, json};

    fn named(store: &Value) -> Value {
        json!({ "CustomKeyStoreId": store })
    }

    #[test]
    fn a_deleted_store_frees_its_name_and_cluster() {
        let mut world = World::new();
        let store = world.store();
        world.ok("DeleteCustomKeyStore", named(&store));
        for operation in ["DescribeCustomKeyStores", "DeleteCustomKeyStore"] {
            assert_eq!(
                world.refused(operation, named(&store)),
                ["CustomKeyStoreNotFoundException"]
            );
        }
        assert_ne!(world.store(), store);
    }

    #[test]
    fn a_store_that_is_connected_or_failed_stays() {
        let mut world = World::new();
        let store = world.store();
        world.ok("ConnectCustomKeyStore", named(&store));
        assert_eq!(
            world.refused("DeleteCustomKeyStore", named(&store)),
            ["CustomKeyStoreInvalidStateException"]
        );
        world.ok("DisconnectCustomKeyStore", named(&store));
        world.outside(crate::outside::OutsideAction::DeleteKmsUser {
            cluster: "cluster-aaaaaaaaaaa".to_owned(),
        });
        world.ok("ConnectCustomKeyStore", named(&store));
        assert_eq!(
            world.refused("DeleteCustomKeyStore", named(&store)),
            ["CustomKeyStoreInvalidStateException"]
        );
    }

    #[test]
    fn a_store_with_a_key_stays() {
        let mut world = World::new();
        let store = world.store();
        world.ok("ConnectCustomKeyStore", named(&store));
        let body = json!({"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": store});
        world.ok("CreateKey", body);
        assert_eq!(
            world.refused("DeleteCustomKeyStore", named(&store)),
            [
                "CustomKeyStoreHasCMKsException",
                "CustomKeyStoreInvalidStateException"
            ]
        );
        world.ok("DisconnectCustomKeyStore", named(&store));
        assert_eq!(
            world.refused("DeleteCustomKeyStore", named(&store)),
            ["CustomKeyStoreHasCMKsException"]
        );
    }
}
