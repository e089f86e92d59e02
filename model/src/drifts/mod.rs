//! What changes by itself, by the kind of resource it changes.

mod cluster;
mod connection_failures;
mod key;
mod key_store;
mod rotation;

pub use cluster::CLUSTER;
pub use key::KEY;
pub use key_store::KEY_STORE;
pub use rotation::ROTATION;
pub(crate) use rotation::tolerance as rotation_tolerance;
