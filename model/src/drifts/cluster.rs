//! Clusters, HSMs and backups that finish what they were set to do.

use crate::rule::Drift;

/// The drifts of clusters, HSMs and backups.
pub const CLUSTER: &[Drift] = &[];
