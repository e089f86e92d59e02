//! Key stores that finish connecting or disconnecting.

use crate::card::{Card, Evidence};
use crate::kms::PASSWORD_IS_TOLD;
use crate::resource::Resource;
use crate::rule::Drift;
use crate::state::{
    Cluster, ClusterState, Connection, ConnectionError, KeyState, KeyStore, KeyStoreKind, Password,
    Proxy, State, Traced,
};
use crate::switches::Switches;
use crate::time::{HOUR, MINUTE, Millis};

const CODES_PAGE: &str = "kms/latest/APIReference/API_CustomKeyStoresListEntry.html";

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

const fn documented(id: &'static str, says: &'static str, cite: &'static str) -> Card {
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

const PASSWORD_IS_ROTATED: Card = documented(
    "KS-CONN-07",
    "On connecting, KMS gives kmsuser a password that only KMS knows.",
    "kms/latest/developerguide/keystore-cloudhsm.html",
);

const KEYS_RETURN: Card = documented(
    "KST-21",
    "When its key store is connected again, a key returns to its previous state.",
    "kms/latest/developerguide/fix-keystore.html",
);

const CLUSTER_NOT_FOUND: Card = documented(
    "KS-CONN-20",
    "Connecting to a cluster that was deleted fails with CLUSTER_NOT_FOUND.",
    CODES_PAGE,
);

const NO_HSM: Card = documented(
    "KS-CONN-21",
    "Connecting to a cluster without an active HSM fails with INSUFFICIENT_CLOUDHSM_HSMS.",
    CODES_PAGE,
);

const NO_FREE_ADDRESS: Card = documented(
    "KS-CONN-22",
    "Connecting with a full subnet fails with INSUFFICIENT_FREE_ADDRESSES_IN_SUBNET.",
    CODES_PAGE,
);

const WRONG_PASSWORD: Card = documented(
    "KS-CONN-23",
    "Connecting with a password that kmsuser has not fails with INVALID_CREDENTIALS.",
    CODES_PAGE,
);

const LOCKED_OUT: Card = documented(
    "KS-CONN-24",
    "Connecting while kmsuser is locked out fails with USER_LOCKED_OUT.",
    CODES_PAGE,
);

const LOGGED_IN: Card = documented(
    "KS-CONN-25",
    "Connecting while somebody is logged in as kmsuser fails with USER_LOGGED_IN.",
    CODES_PAGE,
);

const NO_USER: Card = documented(
    "KS-CONN-26",
    "Connecting to a cluster that lacks kmsuser, even on one HSM, fails with USER_NOT_FOUND.",
    CODES_PAGE,
);

const NO_SUBNET: Card = documented(
    "KS-CONN-27",
    "Connecting to a cluster one of whose subnets was deleted fails with SUBNET_NOT_FOUND.",
    CODES_PAGE,
);

const PROXY_FAILS: Card = documented(
    "XKS-07",
    "Connecting to a proxy that fails gives the error code of the failure.",
    CODES_PAGE,
);

/// The codes of failures that have passing causes, or causes that nobody here watches.
const PASSING: [ConnectionError; 2] = [
    ConnectionError::NetworkErrors,
    ConnectionError::InternalError,
];

const CLUSTER_ERRORS: [ConnectionError; 8] = [
    ConnectionError::ClusterNotFound,
    ConnectionError::InsufficientCloudHsmHsms,
    ConnectionError::InsufficientFreeAddressesInSubnet,
    ConnectionError::InvalidCredentials,
    ConnectionError::SubnetNotFound,
    ConnectionError::UserLockedOut,
    ConnectionError::UserLoggedIn,
    ConnectionError::UserNotFound,
];

const PROXY_ERRORS: [ConnectionError; 9] = [
    ConnectionError::InvalidCredentials,
    ConnectionError::XksProxyAccessDenied,
    ConnectionError::XksProxyInvalidConfiguration,
    ConnectionError::XksProxyInvalidResponse,
    ConnectionError::XksProxyInvalidTlsConfiguration,
    ConnectionError::XksProxyNotReachable,
    ConnectionError::XksProxyTimedOut,
    ConnectionError::XksVpcEndpointServiceInvalidConfiguration,
    ConnectionError::XksVpcEndpointServiceNotFound,
];

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
        by: DISCONNECTS,
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
    let (mut failures, by, possible) = match &store.kind {
        KeyStoreKind::CloudHsm { password, .. } => (
            cluster_failures(state, store, &password.value),
            CONNECTS,
            &CLUSTER_ERRORS[..],
        ),
        KeyStoreKind::External(proxy) => (
            proxy_failures(state, proxy),
            CONNECTS_TO_PROXY,
            &PROXY_ERRORS[..],
        ),
    };
    failures.retain(|(_, card)| switches.is_on("", card));
    blame_password(state, store, &mut failures);
    let works = failures.is_empty() || !state.outside.known;
    let changed = state
        .cluster_of(store)
        .is_some_and(|cluster| cluster.security_group_changed);
    if !state.outside.known {
        failures.extend(possible.iter().map(|error| (*error, by)));
    }
    if !state.outside.known || changed {
        failures.extend(PASSING.map(|error| (error, by)));
    }
    let failed = failures.into_iter().map(|(error, by)| {
        let value = Connection::Failed(error);
        settled(state, resource, Traced { value, by })
    });
    let by = updated_password(store).unwrap_or(by);
    let success = works.then(|| success(state, resource, by, switches));
    success.into_iter().chain(failed).collect()
}

/// Names the rule that rotated the password where a password that was right before is wrong now.
fn blame_password(state: &State, store: &KeyStore, failures: &mut [(ConnectionError, Card)]) {
    let cluster = state.cluster_of(store);
    let user = cluster.and_then(|cluster| cluster.kmsuser.as_ref());
    if user.is_some_and(|user| matches!(user.password, Password::Rotated(_))) {
        let wrong = failures
            .iter_mut()
            .filter(|(error, _)| *error == ConnectionError::InvalidCredentials);
        wrong.for_each(|(_, card)| *card = PASSWORD_IS_ROTATED);
    }
}

/// The rule that changed the stored password, to which a store owes that it can connect.
fn updated_password(store: &KeyStore) -> Option<Card> {
    match &store.kind {
        KeyStoreKind::CloudHsm { password, .. } => {
            (password.by == PASSWORD_IS_TOLD).then_some(password.by)
        }
        KeyStoreKind::External(_) => None,
    }
}

/// The store as it is once it is connected: its password rotated, its keys within reach.
fn success(state: &State, resource: &Resource, by: Card, switches: &Switches) -> State {
    let value = Connection::Connected;
    let mut next = settled(state, resource, Traced { value, by });
    let Resource::KeyStore(id) = resource else {
        return next;
    };
    if switches.is_on("", &PASSWORD_IS_ROTATED) {
        rotate(&mut next, id);
    }
    if switches.is_on("", &KEYS_RETURN) {
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
        by: PASSWORD_IS_ROTATED,
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
                by: KEYS_RETURN,
            };
            if matches!(key.state.value, KeyState::Enabled | KeyState::Disabled) {
                key.state.by = KEYS_RETURN;
            }
        }
    }
}

/// The store at the end of what it waited for.
fn settled(state: &State, resource: &Resource, connection: Traced<Connection>) -> State {
    let mut next = state.clone();
    let now = next.now;
    if let Resource::KeyStore(id) = resource {
        if let Some(store) = next.key_store_mut(id) {
            store.connection = connection;
            store.since = now;
        }
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

fn proxy_failures(state: &State, proxy: &Proxy) -> Vec<(ConnectionError, Card)> {
    let failing = state.outside.failing_proxies.get(&proxy.endpoint.value);
    let service = proxy.vpc_service.as_ref();
    let missing = &state.outside.missing_vpc_services;
    let no_service = service
        .filter(|service| missing.contains(&service.value))
        .map(|_| ConnectionError::XksVpcEndpointServiceNotFound);
    failing
        .copied()
        .into_iter()
        .chain(no_service)
        .map(|error| (error, PROXY_FAILS))
        .collect()
}

/// Everything that stands in the way of connecting to the cluster of a store.
fn cluster_failures(
    state: &State,
    store: &KeyStore,
    stored: &Password,
) -> Vec<(ConnectionError, Card)> {
    use ConnectionError::*;
    let Some(cluster) = state.cluster_of(store) else {
        return vec![(ClusterNotFound, CLUSTER_NOT_FOUND)];
    };
    let deleted = cluster.state.value == ClusterState::DeleteInProgress;
    let subnets = || {
        let subnets = cluster.subnets.values();
        subnets.filter_map(|id| state.outside.subnets.get(id))
    };
    let full = subnets().any(|subnet| !subnet.deleted && !subnet.has_free_addresses);
    let user = cluster.kmsuser.as_ref();
    let failures = [
        (deleted, ClusterNotFound, CLUSTER_NOT_FOUND),
        (
            cluster.active_zones() == 0,
            InsufficientCloudHsmHsms,
            NO_HSM,
        ),
        (
            subnets().any(|subnet| subnet.deleted),
            SubnetNotFound,
            NO_SUBNET,
        ),
        (full, InsufficientFreeAddressesInSubnet, NO_FREE_ADDRESS),
        (lacks_user(cluster), UserNotFound, NO_USER),
        (
            user.is_some_and(|user| user.is_locked_out()),
            UserLockedOut,
            LOCKED_OUT,
        ),
        (
            user.is_some_and(|user| user.logged_in),
            UserLoggedIn,
            LOGGED_IN,
        ),
        (
            user.is_some_and(|user| user.password != *stored),
            InvalidCredentials,
            WRONG_PASSWORD,
        ),
    ];
    failures
        .into_iter()
        .filter(|(holds, ..)| *holds)
        .map(|(_, error, card)| (error, card))
        .collect()
}

fn lacks_user(cluster: &Cluster) -> bool {
    cluster.kmsuser.as_ref().is_none_or(|user| {
        let mut standing = cluster.standing_hsms();
        standing.any(|hsm| user.missing_on.contains(&hsm.id))
    })
}
