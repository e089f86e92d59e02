//! The operations of CloudHSM v2, one file each, and the rules that many of them share.

mod backup_view;
mod cards;
mod cluster_view;
mod create_cluster;
mod create_hsm;
mod delete_cluster;
mod delete_hsm;
mod describe_clusters;
mod filters;
mod initialize_cluster;
mod lookups;
mod retention;
mod shapes;
mod tags;

pub use create_cluster::CreateCluster;
pub use create_hsm::CreateHsm;
pub use delete_cluster::DeleteCluster;
pub use delete_hsm::DeleteHsm;
pub use describe_clusters::DescribeClusters;
pub use initialize_cluster::InitializeCluster;

use crate::operation::{AnyOperation, Erased};

/// Every operation of CloudHSM that is modelled.
pub const OPERATIONS: &[&dyn AnyOperation] = &[
    &Erased::<CreateCluster>::NEW,
    &Erased::<CreateHsm>::NEW,
    &Erased::<DeleteCluster>::NEW,
    &Erased::<DeleteHsm>::NEW,
    &Erased::<DescribeClusters>::NEW,
    &Erased::<InitializeCluster>::NEW,
];
