//! The operations of KMS, one file each, and the rules that many of them share.

mod connect_custom_key_store;
mod create_custom_key_store;
mod create_key;
mod delete_custom_key_store;
mod describe_custom_key_stores;
mod describe_key;
mod disconnect_custom_key_store;
mod generate_random;
mod key_states;
mod key_stores;
mod lookups;
mod metadata;
pub mod policy;
mod shapes;
mod store_clusters;
mod store_conflicts;
mod tags;
mod update_custom_key_store;
mod xks_proxies;

pub use connect_custom_key_store::ConnectCustomKeyStore;
pub use create_custom_key_store::CreateCustomKeyStore;
pub use create_key::CreateKey;
pub use delete_custom_key_store::DeleteCustomKeyStore;
pub use describe_custom_key_stores::DescribeCustomKeyStores;
pub use describe_key::DescribeKey;
pub use disconnect_custom_key_store::DisconnectCustomKeyStore;
pub use generate_random::GenerateRandom;
pub(crate) use update_custom_key_store::PASSWORD_IS_TOLD;
pub use update_custom_key_store::UpdateCustomKeyStore;

use crate::operation::{AnyOperation, Erased};

/// Every operation of KMS that is modelled.
pub const OPERATIONS: &[&dyn AnyOperation] = &[
    &Erased::<ConnectCustomKeyStore>::NEW,
    &Erased::<CreateCustomKeyStore>::NEW,
    &Erased::<CreateKey>::NEW,
    &Erased::<DeleteCustomKeyStore>::NEW,
    &Erased::<DescribeCustomKeyStores>::NEW,
    &Erased::<DescribeKey>::NEW,
    &Erased::<DisconnectCustomKeyStore>::NEW,
    &Erased::<GenerateRandom>::NEW,
    &Erased::<UpdateCustomKeyStore>::NEW,
];
