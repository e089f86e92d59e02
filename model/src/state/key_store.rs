//! Custom key stores.

use super::{Password, Traced};
use crate::time::Millis;
use crate::wire_enum::wire_enum;

wire_enum! {
    /// Why a connection attempt failed.
    ConnectionError {
        ClusterNotFound = "CLUSTER_NOT_FOUND",
        InsufficientCloudHsmHsms = "INSUFFICIENT_CLOUDHSM_HSMS",
        InsufficientFreeAddressesInSubnet = "INSUFFICIENT_FREE_ADDRESSES_IN_SUBNET",
        InternalError = "INTERNAL_ERROR",
        InvalidCredentials = "INVALID_CREDENTIALS",
        NetworkErrors = "NETWORK_ERRORS",
        SubnetNotFound = "SUBNET_NOT_FOUND",
        UserLockedOut = "USER_LOCKED_OUT",
        UserLoggedIn = "USER_LOGGED_IN",
        UserNotFound = "USER_NOT_FOUND",
        XksProxyAccessDenied = "XKS_PROXY_ACCESS_DENIED",
        XksProxyInvalidConfiguration = "XKS_PROXY_INVALID_CONFIGURATION",
        XksProxyInvalidResponse = "XKS_PROXY_INVALID_RESPONSE",
        XksProxyInvalidTlsConfiguration = "XKS_PROXY_INVALID_TLS_CONFIGURATION",
        XksProxyNotReachable = "XKS_PROXY_NOT_REACHABLE",
        XksProxyTimedOut = "XKS_PROXY_TIMED_OUT",
        XksVpcEndpointServiceInvalidConfiguration = "XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION",
        XksVpcEndpointServiceNotFound = "XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND",
    }
}

wire_enum! {
    /// How KMS reaches an external key store proxy.
    Connectivity {
        PublicEndpoint = "PUBLIC_ENDPOINT",
        VpcEndpointService = "VPC_ENDPOINT_SERVICE",
    }
}

/// Whether a key store is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// Never connected, or disconnected by request.
    Disconnected,
    /// A connection attempt is under way.
    Connecting,
    /// Connected, whatever has become of the cluster since.
    Connected,
    /// The connection attempt failed.
    Failed(ConnectionError),
    /// A disconnection is under way.
    Disconnecting,
}

impl Connection {
    /// The name on the wire.
    pub const fn wire_name(self) -> &'static str {
        match self {
            Connection::Disconnected => "DISCONNECTED",
            Connection::Connecting => "CONNECTING",
            Connection::Connected => "CONNECTED",
            Connection::Failed(_) => "FAILED",
            Connection::Disconnecting => "DISCONNECTING",
        }
    }

    /// Why it failed, if it did.
    pub const fn error(self) -> Option<ConnectionError> {
        match self {
            Connection::Failed(error) => Some(error),
            _ => None,
        }
    }
}

/// The proxy of an external key store.
#[derive(Clone, Debug, PartialEq)]
pub struct Proxy {
    /// How KMS reaches it.
    pub connectivity: Traced<Connectivity>,
    /// `https://` and a host name.
    pub endpoint: Traced<String>,
    /// The path of its API.
    pub path: Traced<String>,
    /// The name of the VPC endpoint service.
    pub vpc_service: Option<Traced<String>>,
    /// The account that owns the VPC endpoint service.
    pub vpc_owner: Option<Traced<String>>,
    /// The id of the access key KMS signs with. The secret part is never kept.
    pub access_key: Traced<String>,
}

/// What is behind a key store.
#[derive(Clone, Debug, PartialEq)]
pub enum KeyStoreKind {
    /// A CloudHSM cluster.
    CloudHsm {
        /// The id of the cluster.
        cluster: Traced<String>,
        /// The certificate that the cluster was initialised with, as it was given.
        trust_anchor: String,
        /// The password that KMS believes `kmsuser` to have.
        password: Traced<Password>,
    },
    /// An external key manager behind a proxy.
    External(Box<Proxy>),
}

/// A custom key store.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyStore {
    /// `cks-` and hex digits.
    pub id: String,
    /// Its name, unique in account and Region.
    pub name: Traced<String>,
    /// When it was made.
    pub created: Millis,
    /// What is behind it.
    pub kind: KeyStoreKind,
    /// Whether it is connected.
    pub connection: Traced<Connection>,
    /// When `connection` last changed.
    pub since: Millis,
}

impl KeyStore {
    /// The id of the cluster behind it; `None` for an external key store.
    pub fn cluster_id(&self) -> Option<&str> {
        match &self.kind {
            KeyStoreKind::CloudHsm { cluster, .. } => Some(&cluster.value),
            KeyStoreKind::External(_) => None,
        }
    }

    /// Its proxy; `None` for a CloudHSM key store.
    pub fn proxy(&self) -> Option<&Proxy> {
        match &self.kind {
            KeyStoreKind::CloudHsm { .. } => None,
            KeyStoreKind::External(proxy) => Some(proxy),
        }
    }

    /// Whether it is connected.
    pub fn is_connected(&self) -> bool {
        self.connection.value == Connection::Connected
    }

    /// Whether it is disconnected.
    pub fn is_disconnected(&self) -> bool {
        self.connection.value == Connection::Disconnected
    }
}
