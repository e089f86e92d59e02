//! GenerateRandom: random bytes, of KMS itself or of the cluster behind a key store.
//!
//! Absent on purpose: `Recipient`, which seals the bytes for an enclave.

use super::shapes::{KEY_STORE_ID, NUMBER_OF_BYTES};
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::*;
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::rule::{Promise, Refusal, Stage, always, may, must};
use crate::shape::Member;
use crate::state::{KeyStore, State};
use std::sync::Arc;

input! {
    /// Input of GenerateRandom.
    GenerateRandom, MEMBERS {
        length: Option<i64> = "NumberOfBytes", NUMBER_OF_BYTES;
        key_store: Option<String> = "CustomKeyStoreId", KEY_STORE_ID;
    }
}

const API: &str = "kms/latest/APIReference/API_GenerateRandom.html";

const fn documented(id: &'static str, says: &'static str) -> Card {
    Card {
        id,
        says,
        cite: API,
        evidence: Evidence::Documented,
    }
}

impl GenerateRandom {
    fn store<'s>(&self, state: &'s State) -> Option<&'s KeyStore> {
        state
            .key_stores
            .get(self.key_store.as_ref()?)
            .map(Arc::as_ref)
    }
}

impl Operation for GenerateRandom {
    const NAME: &'static str = "GenerateRandom";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[&[
        LENGTH_IS_GIVEN,
        STORE_EXISTS,
        STORE_IS_A_CLUSTER,
        STORE_IS_CONNECTED,
        CLUSTER_MAY_NOT_ANSWER,
    ]];
    const PROMISES: &'static [Promise<Self>] = &[GIVES_RANDOM_BYTES];
}

const LENGTH_IS_GIVEN: Refusal<GenerateRandom> = Refusal {
    card: Card {
        id: "VAL-100",
        says: "GenerateRandom needs NumberOfBytes, although the service model leaves it out.",
        cite: "recording LocalStack test_kms test_generate_random_invalid_number_of_bytes",
        evidence: Evidence::Observed,
    },
    stage: Stage::Condition,
    error: must(&[Validation]).saying(|_, _| "NumberOfBytes is required.".to_owned()),
    when: |_, input| input.length.is_none(),
};

const STORE_EXISTS: Refusal<GenerateRandom> = Refusal {
    card: documented("CKX-20a", "The custom key store must exist."),
    stage: Stage::Condition,
    error: must(&[CustomKeyStoreNotFound]),
    when: |state, input| input.key_store.is_some() && input.store(state).is_none(),
};

const STORE_IS_A_CLUSTER: Refusal<GenerateRandom> = Refusal {
    card: documented("CKX-20b", "An external key store gives no random bytes."),
    stage: Stage::Condition,
    error: must(&[UnsupportedOperation]),
    when: |state, input| {
        input
            .store(state)
            .is_some_and(|store| store.proxy().is_some())
    },
};

const STORE_IS_CONNECTED: Refusal<GenerateRandom> = Refusal {
    card: documented("CKX-20", "The custom key store must be connected."),
    stage: Stage::Condition,
    error: must(&[CustomKeyStoreInvalidState]),
    when: |state, input| {
        input
            .store(state)
            .is_some_and(|store| !store.is_connected())
    },
};

const CLUSTER_MAY_NOT_ANSWER: Refusal<GenerateRandom> = Refusal {
    card: Card {
        id: "CKX-100",
        says: "What a connected key store answers whose cluster cannot be reached is not \
               documented for GenerateRandom.",
        cite: "kms/latest/developerguide/fix-keystore.html",
        evidence: Evidence::Inferred,
    },
    stage: Stage::Condition,
    error: may(&[
        CustomKeyStoreInvalidState,
        KmsInvalidState,
        DependencyTimeout,
        KmsInternal,
    ]),
    when: |state, input| {
        let store = input.store(state);
        let store = store.filter(|store| store.cluster_id().is_some());
        store.is_some_and(|store| {
            let cluster = state.cluster_of(store);
            cluster.is_none_or(|cluster| cluster.active_zones() == 0) || !state.outside.known
        })
    },
};

const GIVES_RANDOM_BYTES: Promise<GenerateRandom> = Promise {
    card: documented(
        "CKX-20c",
        "GenerateRandom gives as many bytes as were asked for.",
    ),
    when: always,
    make: |input, success| {
        let length = input.length.and_then(|length| usize::try_from(length).ok());
        success.random(&Path::of("Plaintext"), length.unwrap_or_default());
    },
};

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use serde_json::json;

    #[test]
    fn random_bytes_have_the_length_that_was_asked_for() {
        let answer = World::new().ok("GenerateRandom", json!({"NumberOfBytes": 3}));
        assert_eq!(answer["Plaintext"].as_str().map(str::len), Some(4));
    }

    #[test]
    fn the_length_is_required_though_it_is_optional() {
        let refused = World::new().refused("GenerateRandom", json!({}));
        assert_eq!(refused, ["ValidationException"]);
    }

    #[test]
    fn a_disconnected_store_gives_no_bytes() {
        let mut world = World::new();
        let store = world.store();
        let body = json!({"NumberOfBytes": 8, "CustomKeyStoreId": store});
        assert_eq!(
            world.refused("GenerateRandom", body.clone()),
            ["CustomKeyStoreInvalidStateException"]
        );
        world.ok("ConnectCustomKeyStore", json!({"CustomKeyStoreId": store}));
        world.ok("GenerateRandom", body);
        let unknown = json!({"NumberOfBytes": 8, "CustomKeyStoreId": "cks-0"});
        assert_eq!(
            world.refused("GenerateRandom", unknown),
            ["CustomKeyStoreNotFoundException"]
        );
    }

    #[test]
    fn an_external_store_gives_no_bytes() {
        let mut world = World::new();
        let store = world.external_store("x", "https://xks.example.com");
        world.ok("ConnectCustomKeyStore", json!({"CustomKeyStoreId": store}));
        let body = json!({"NumberOfBytes": 8, "CustomKeyStoreId": store});
        assert_eq!(
            world.refused("GenerateRandom", body),
            ["UnsupportedOperationException"]
        );
    }
}
