//! Key stores that finish connecting or disconnecting.

use crate::rule::Drift;

/// The drifts of key stores.
pub const KEY_STORE: &[Drift] = &[];
