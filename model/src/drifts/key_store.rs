//! Key stores that finish connecting or disconnecting.

use super::connection_failures::{
    CLUSTER_NOT_FOUND, LOCKED_OUT, LOGGED_IN, NO_FREE_ADDRESS, NO_HSM, NO_SUBNET, NO_USER,
    PROXY_FAILS, WRONG_PASSWORD, certain_failures, possible_failures,
};
use crate::card::{Card, Evidence};
use crate::kms::{PASSWORD_IS_TOLD, SHOWS_LATER};
use crate::resource::Resource;
use crate::rule::Drift;
use crate::state::{Connection, KeyState, KeyStore, KeyStoreKind, Password, State, Traced};
use crate::switches::Switches;
use crate::time::{HOUR, MINUTE, Millis};

/// The drifts of key stores.
pub const KEY_STORE: &[Drift] = &[
    Drift {
        card: CONNECTS,
        since: |state, resource| connecting(state, resource, false),
        not_before: 0,
        not_after: HOUR,
        usual: 20 * MINUTE,
        also: &[
            PASSWORD_IS_ROTATED,
            KEYS_RETURN,
            CLUSTER_NOT_FOUND,
            NO_HSM,
            NO_FREE_ADDRESS,
            WRONG_PASSWORD,
            LOCKED_OUT,
            LOGGED_IN,
            NO_USER,
            NO_SUBNET,
        ],
        outcomes: connected,
    },
    Drift {
        card: CONNECTS_TO_PROXY,
        since: |state, resource| connecting(state, resource, true),
        not_before: 0,
        not_after: HOUR,
        usual: 5 * MINUTE,
        also: &[PROXY_FAILS],
        outcomes: connected,
    },
    Drift {
        card: DISCONNECTS,
        since: disconnecting,
        not_before: 0,
        not_after: HOUR,
        usual: 5 * MINUTE,
        also: &[],
        outcomes: disconnected,
    },
];

pub(super) const fn documented(id: &'static str, says: &'static str, cite: &'static str) -> Card {
    Card {
        id,
        says,
        cite,
        evidence: Evidence::Documented,
    }
}

const CONNECTS: Card = documented(
    "KS-CONN-02",
    "A key store that connects to its cluster is CONNECTED or FAILED after some 20 minutes.",
    "kms/latest/developerguide/connect-keystore.html",
);

const CONNECTS_TO_PROXY: Card = documented(
    "KS-CONN-02a",
    "A key store that connects to a proxy is CONNECTED or FAILED after some five minutes.",
    "kms/latest/developerguide/xks-connect-disconnect.html",
);

const DISCONNECTS: Card = documented(
    "KS-DISC-01",
    "A key store that disconnects is DISCONNECTED after some minutes.",
    "kms/latest/APIReference/API_DisconnectCustomKeyStore.html",
);

pub(super) const PASSWORD_IS_ROTATED: Card = documented(
    "KS-CONN-07",
    "On connecting, KMS gives kmsuser a password that only KMS knows.",
    "kms/latest/developerguide/keystore-cloudhsm.html",
);

const KEYS_RETURN: Card = documented(
    "KST-21",
    "When its key store is connected again, a key returns to its previous state.",
    "kms/latest/developerguide/fix-keystore.html",
);

fn store_of<'s>(state: &'s State, resource: &Resource) -> Option<&'s KeyStore> {
    match resource {
        Resource::KeyStore(id) => state.key_stores.get(id).map(std::sync::Arc::as_ref),
        _ => None,
    }
}

/// Since when a store is connecting. A connected one is unsettled after another
/// ConnectCustomKeyStore, since AWS may connect it anew.
fn connecting(state: &State, resource: &Resource, external: bool) -> Option<Millis> {
    let store = store_of(state, resource)?;
    let anew = store.is_connected() && state.unsettled.contains(resource);
    let waits = store.connection.value == Connection::Connecting || anew;
    (waits && store.proxy().is_some() == external).then_some(store.since)
}

fn disconnecting(state: &State, resource: &Resource) -> Option<Millis> {
    let store = store_of(state, resource)?;
    (store.connection.value == Connection::Disconnecting).then_some(store.since)
}

fn disconnected(state: &State, resource: &Resource, _: &Switches) -> Vec<State> {
    let traced = Traced {
        value: Connection::Disconnected,
        by: &DISCONNECTS,
    };
    vec![settled(state, resource, traced)]
}

fn connected(state: &State, resource: &Resource, switches: &Switches) -> Vec<State> {
    let Some(store) = store_of(state, resource) else {
        return Vec::new();
    };
    if store.is_connected() {
        return vec![
            settled(state, resource, store.connection.clone()),
            connecting_anew(state, store),
        ];
    }
    let by = match store.kind {
        KeyStoreKind::CloudHsm { .. } => &CONNECTS,
        KeyStoreKind::External(_) => &CONNECTS_TO_PROXY,
    };
    let mut failures = certain_failures(state, store, switches);
    let works = failures.is_empty() || !state.outside.known;
    for error in possible_failures(state, store) {
        if !failures.iter().any(|(certain, _)| *certain == error) {
            failures.push((error, by));
        }
    }
    let failed = failures.into_iter().map(|(error, by)| {
        let value = Connection::Failed(error);
        settled(state, resource, Traced { value, by })
    });
    let by = updated_password(store).unwrap_or(by);
    let success = works.then(|| success(state, resource, by, switches));
    success.into_iter().chain(failed).collect()
}

/// The rule that changed the stored password, to which a store owes that it can connect.
fn updated_password(store: &KeyStore) -> Option<&'static Card> {
    match &store.kind {
        KeyStoreKind::CloudHsm { password, .. } => {
            (*password.by == PASSWORD_IS_TOLD).then_some(password.by)
        }
        KeyStoreKind::External(_) => None,
    }
}

/// The store as it is once it is connected: its password rotated, its keys within reach.
fn success(state: &State, resource: &Resource, by: &'static Card, switches: &Switches) -> State {
    let value = Connection::Connected;
    let mut next = settled(state, resource, Traced { value, by });
    let Resource::KeyStore(id) = resource else {
        return next;
    };
    if switches.is_on(crate::catalog::DRIFT, &PASSWORD_IS_ROTATED) {
        rotate(&mut next, id);
    }
    if switches.is_on(crate::catalog::DRIFT, &KEYS_RETURN) {
        return_keys(&mut next, id);
    }
    next
}

fn rotate(state: &mut State, id: &str) {
    let rotated = Password::Rotated(state.now);
    let Some(store) = state.key_store_mut(id) else {
        return;
    };
    let KeyStoreKind::CloudHsm {
        cluster, password, ..
    } = &mut store.kind
    else {
        return;
    };
    *password = Traced {
        value: rotated.clone(),
        by: &PASSWORD_IS_ROTATED,
    };
    let cluster = cluster.value.clone();
    let user = state
        .cluster_mut(&cluster)
        .and_then(|cluster| cluster.kmsuser.as_mut());
    if let Some(user) = user {
        user.password = rotated;
        user.bad_logins = 0;
    }
}

fn return_keys(state: &mut State, store: &str) {
    let away = state.keys_in(store).filter(|key| !key.reachable.value);
    let away: Vec<String> = away.map(|key| key.id.clone()).collect();
    for id in away {
        if let Some(key) = state.key_mut(&id) {
            key.reachable = Traced {
                value: true,
                by: &KEYS_RETURN,
            };
            // What was done to the key meanwhile shows only now, and stays to blame.
            let usable = matches!(key.state.value, KeyState::Enabled | KeyState::Disabled);
            if usable && *key.state.by != SHOWS_LATER {
                key.state.by = &KEYS_RETURN;
            }
        }
    }
}

/// The store at the end of what it waited for.
fn settled(state: &State, resource: &Resource, connection: Traced<Connection>) -> State {
    let mut next = state.clone();
    let now = next.now;
    if let Resource::KeyStore(id) = resource
        && let Some(store) = next.key_store_mut(id)
    {
        store.connection = connection;
        store.since = now;
    }
    next.unsettled.remove(resource);
    next
}

fn connecting_anew(state: &State, store: &KeyStore) -> State {
    let mut next = state.clone();
    if let Some(store) = next.key_store_mut(&store.id) {
        store.connection.value = Connection::Connecting;
    }
    next
}
