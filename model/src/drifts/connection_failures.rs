//! Why connecting a key store fails.

use super::key_store::{PASSWORD_IS_ROTATED, documented};
use crate::card::Card;
use crate::state::{
    Cluster, ClusterState, ConnectionError, KeyStore, KeyStoreKind, Password, Proxy, State,
};
use crate::switches::Switches;

const CODES_PAGE: &str = "kms/latest/APIReference/API_CustomKeyStoresListEntry.html";

pub(super) const CLUSTER_NOT_FOUND: Card = documented(
    "KS-CONN-20",
    "Connecting to a cluster that was deleted fails with CLUSTER_NOT_FOUND.",
    CODES_PAGE,
);

pub(super) const NO_HSM: Card = documented(
    "KS-CONN-21",
    "Connecting to a cluster without an active HSM fails with INSUFFICIENT_CLOUDHSM_HSMS.",
    CODES_PAGE,
);

pub(super) const NO_FREE_ADDRESS: Card = documented(
    "KS-CONN-22",
    "Connecting with a full subnet fails with INSUFFICIENT_FREE_ADDRESSES_IN_SUBNET.",
    CODES_PAGE,
);

pub(super) const WRONG_PASSWORD: Card = documented(
    "KS-CONN-23",
    "Connecting with a password that kmsuser has not fails with INVALID_CREDENTIALS.",
    CODES_PAGE,
);

pub(super) const LOCKED_OUT: Card = documented(
    "KS-CONN-24",
    "Connecting while kmsuser is locked out fails with USER_LOCKED_OUT.",
    CODES_PAGE,
);

pub(super) const LOGGED_IN: Card = documented(
    "KS-CONN-25",
    "Connecting while somebody is logged in as kmsuser fails with USER_LOGGED_IN.",
    CODES_PAGE,
);

pub(super) const NO_USER: Card = documented(
    "KS-CONN-26",
    "Connecting to a cluster that lacks kmsuser, even on one HSM, fails with USER_NOT_FOUND.",
    CODES_PAGE,
);

pub(super) const NO_SUBNET: Card = documented(
    "KS-CONN-27",
    "Connecting to a cluster one of whose subnets was deleted fails with SUBNET_NOT_FOUND.",
    CODES_PAGE,
);

pub(super) const PROXY_FAILS: Card = documented(
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

/// Everything that stands in the way of connecting a store, with the rule that says so.
pub(super) fn certain_failures(
    state: &State,
    store: &KeyStore,
    switches: &Switches,
) -> Vec<(ConnectionError, &'static Card)> {
    let mut failures = match &store.kind {
        KeyStoreKind::CloudHsm { password, .. } => cluster_failures(state, store, &password.value),
        KeyStoreKind::External(proxy) => proxy_failures(state, proxy),
    };
    failures.retain(|(_, card)| switches.is_on(crate::catalog::DRIFT, card));
    blame_password(state, store, &mut failures);
    failures
}

/// What may also stand in the way, for all that is known.
pub(super) fn possible_failures(state: &State, store: &KeyStore) -> Vec<ConnectionError> {
    let unknown: &[ConnectionError] = match store.kind {
        _ if state.outside.known => &[],
        KeyStoreKind::CloudHsm { .. } => &CLUSTER_ERRORS,
        KeyStoreKind::External(_) => &PROXY_ERRORS,
    };
    // The security group was looked at before, and may have been changed since.
    let cluster = state.cluster_of(store);
    let changed = cluster.is_some_and(|cluster| cluster.security_group_changed);
    let passing: &[ConnectionError] = match changed || !state.outside.known {
        true => &PASSING,
        false => &[],
    };
    unknown.iter().chain(passing).copied().collect()
}
/// Names the rule that rotated the password where a password that was right before is wrong now.
fn blame_password(
    state: &State,
    store: &KeyStore,
    failures: &mut [(ConnectionError, &'static Card)],
) {
    let cluster = state.cluster_of(store);
    let user = cluster.and_then(|cluster| cluster.kmsuser.as_ref());
    if user.is_some_and(|user| matches!(user.password, Password::Rotated(_))) {
        let wrong = failures
            .iter_mut()
            .filter(|(error, _)| *error == ConnectionError::InvalidCredentials);
        wrong.for_each(|(_, card)| *card = &PASSWORD_IS_ROTATED);
    }
}

fn proxy_failures(state: &State, proxy: &Proxy) -> Vec<(ConnectionError, &'static Card)> {
    let (endpoint, path) = (&proxy.endpoint.value, &proxy.path.value);
    let failing = state.outside.trouble_at(endpoint, path);
    let service = proxy.vpc_service.as_ref();
    let missing = &state.outside.missing_vpc_services;
    let no_service = service
        .filter(|service| missing.contains(&service.value))
        .map(|_| ConnectionError::XksVpcEndpointServiceNotFound);
    let failing = failing.map(|trouble| trouble.connection_errors());
    failing
        .into_iter()
        .flatten()
        .chain(no_service)
        .map(|error| (error, &PROXY_FAILS))
        .collect()
}

/// Everything that stands in the way of connecting to the cluster of a store.
fn cluster_failures(
    state: &State,
    store: &KeyStore,
    stored: &Password,
) -> Vec<(ConnectionError, &'static Card)> {
    use ConnectionError::*;
    let Some(cluster) = state.cluster_of(store) else {
        return vec![(ClusterNotFound, &CLUSTER_NOT_FOUND)];
    };
    let deleted = cluster.state.value == ClusterState::DeleteInProgress;
    let subnets = || {
        let subnets = cluster.subnets.values();
        subnets.filter_map(|id| state.outside.subnets.get(id))
    };
    let full = subnets().any(|subnet| !subnet.deleted && !subnet.has_free_addresses);
    let user = cluster.kmsuser.as_ref();
    let failures = [
        (deleted, ClusterNotFound, &CLUSTER_NOT_FOUND),
        (
            cluster.active_zones() == 0,
            InsufficientCloudHsmHsms,
            &NO_HSM,
        ),
        (
            subnets().any(|subnet| subnet.deleted),
            SubnetNotFound,
            &NO_SUBNET,
        ),
        (full, InsufficientFreeAddressesInSubnet, &NO_FREE_ADDRESS),
        (lacks_user(cluster), UserNotFound, &NO_USER),
        (
            user.is_some_and(|user| user.is_locked_out()),
            UserLockedOut,
            &LOCKED_OUT,
        ),
        (
            user.is_some_and(|user| user.logged_in),
            UserLoggedIn,
            &LOGGED_IN,
        ),
        (
            user.is_some_and(|user| user.password != *stored),
            InvalidCredentials,
            &WRONG_PASSWORD,
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
