//! The operations of CloudHSM v2, one file each, and the rules that many of them share.

mod backup_view;
mod cards;
mod cluster_view;
mod copy_backup_to_region;
mod create_cluster;
mod create_hsm;
mod delete_backup;
mod delete_cluster;
mod delete_hsm;
mod delete_resource_policy;
mod describe_backups;
mod describe_clusters;
mod filters;
mod get_resource_policy;
mod initialize_cluster;
mod list_tags;
mod lookups;
mod modify_backup_attributes;
mod modify_cluster;
mod put_resource_policy;
#[cfg(test)]
mod recorded;
mod resource_policies;
mod restore_backup;
mod retention;
mod shapes;
mod tag_resource;
mod tagged;
mod tags;
mod untag_resource;

pub use copy_backup_to_region::CopyBackupToRegion;
pub use create_cluster::CreateCluster;
pub use create_hsm::CreateHsm;
pub use delete_backup::DeleteBackup;
pub use delete_cluster::DeleteCluster;
pub use delete_hsm::DeleteHsm;
pub use delete_resource_policy::DeleteResourcePolicy;
pub use describe_backups::DescribeBackups;
pub use describe_clusters::DescribeClusters;
pub use get_resource_policy::GetResourcePolicy;
pub use initialize_cluster::InitializeCluster;
pub use list_tags::ListTags;
pub use modify_backup_attributes::ModifyBackupAttributes;
pub use modify_cluster::ModifyCluster;
pub use put_resource_policy::PutResourcePolicy;
pub use restore_backup::RestoreBackup;
pub use tag_resource::TagResource;
pub use untag_resource::UntagResource;

use crate::operation::{AnyOperation, Erased};

/// Every operation of CloudHSM that is modelled.
pub const OPERATIONS: &[&dyn AnyOperation] = &[
    &Erased::<CopyBackupToRegion>::NEW,
    &Erased::<CreateCluster>::NEW,
    &Erased::<CreateHsm>::NEW,
    &Erased::<DeleteBackup>::NEW,
    &Erased::<DeleteCluster>::NEW,
    &Erased::<DeleteHsm>::NEW,
    &Erased::<DeleteResourcePolicy>::NEW,
    &Erased::<DescribeBackups>::NEW,
    &Erased::<DescribeClusters>::NEW,
    &Erased::<GetResourcePolicy>::NEW,
    &Erased::<InitializeCluster>::NEW,
    &Erased::<ListTags>::NEW,
    &Erased::<ModifyBackupAttributes>::NEW,
    &Erased::<ModifyCluster>::NEW,
    &Erased::<PutResourcePolicy>::NEW,
    &Erased::<RestoreBackup>::NEW,
    &Erased::<TagResource>::NEW,
    &Erased::<UntagResource>::NEW,
];
