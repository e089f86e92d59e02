//! CloudHSM clusters, their HSMs, users and backups.

use super::Traced;
use crate::time::Millis;
use crate::wire_enum::wire_enum;
use imbl::{OrdMap, OrdSet};
use std::collections::BTreeSet;

wire_enum! {
    /// The state of a cluster.
    ClusterState {
        CreateInProgress = "CREATE_IN_PROGRESS",
        Uninitialized = "UNINITIALIZED",
        InitializeInProgress = "INITIALIZE_IN_PROGRESS",
        Initialized = "INITIALIZED",
        Active = "ACTIVE",
        UpdateInProgress = "UPDATE_IN_PROGRESS",
        ModifyInProgress = "MODIFY_IN_PROGRESS",
        RollbackInProgress = "ROLLBACK_IN_PROGRESS",
        DeleteInProgress = "DELETE_IN_PROGRESS",
        Deleted = "DELETED",
        Degraded = "DEGRADED",
    }
}

wire_enum! {
    /// The state of an HSM.
    HsmState {
        CreateInProgress = "CREATE_IN_PROGRESS",
        Active = "ACTIVE",
        Degraded = "DEGRADED",
        DeleteInProgress = "DELETE_IN_PROGRESS",
        Deleted = "DELETED",
    }
}

wire_enum! {
    /// The state of a backup.
    BackupState {
        CreateInProgress = "CREATE_IN_PROGRESS",
        Ready = "READY",
        Deleted = "DELETED",
        PendingDeletion = "PENDING_DELETION",
    }
}

/// A password of `kmsuser`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Password {
    /// One that a person chose.
    Chosen(String),
    /// One that KMS chose when it connected; only KMS knows it. The number tells two apart.
    Rotated(Millis),
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Password::Chosen(_) => f.write_str("Chosen(<redacted>)"),
            Password::Rotated(when) => write!(f, "Rotated({when})"),
        }
    }
}

/// The crypto user that KMS logs in as.
#[derive(Clone, Debug, PartialEq)]
pub struct KmsUser {
    /// Its current password.
    pub password: Password,
    /// Whether a person is logged in as this user, so that KMS cannot rotate the password.
    pub logged_in: bool,
    /// Bad logins in a row; five lock the user out.
    pub bad_logins: u32,
    /// The HSMs of the cluster on which the user does not exist.
    pub missing_on: OrdSet<String>,
}

impl KmsUser {
    /// How many bad logins in a row lock the user out.
    pub const BAD_LOGINS_LOCK_OUT: u32 = 5;

    /// Whether the user is locked out.
    pub fn is_locked_out(&self) -> bool {
        self.bad_logins >= KmsUser::BAD_LOGINS_LOCK_OUT
    }
}

/// An HSM.
#[derive(Clone, Debug, PartialEq)]
pub struct Hsm {
    /// `hsm-` and base32 characters.
    pub id: String,
    /// Its Availability Zone.
    pub zone: String,
    /// The subnet it stands in.
    pub subnet: String,
    /// Its state.
    pub state: Traced<HsmState>,
    /// When `state` last changed.
    pub since: Millis,
    /// Its network interface, once it was seen.
    pub eni_id: Option<String>,
    /// Its address, once it was seen or if it was asked for.
    pub eni_ip: Option<String>,
}

/// A CloudHSM cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    /// `cluster-` and base32 characters.
    pub id: String,
    /// When it was made.
    pub created: Millis,
    /// Its state.
    pub state: Traced<ClusterState>,
    /// When `state` last changed.
    pub since: Millis,
    /// The type of its HSMs.
    pub hsm_type: Traced<String>,
    /// `FIPS` or `NON_FIPS`.
    pub mode: Option<Traced<String>>,
    /// `IPV4` or `DUALSTACK`.
    pub network: Traced<String>,
    /// The VPC, once it was seen.
    pub vpc: Option<String>,
    /// The subnet in each Availability Zone.
    pub subnets: OrdMap<String, String>,
    /// The security group, once it was seen.
    pub security_group: Option<String>,
    /// How many days backups are kept, as a string.
    pub retention: Traced<String>,
    /// The backup it was made from.
    pub source_backup: Option<Traced<String>>,
    /// The id of the cluster that the first backup of its history came from. Clusters of one
    /// lineage have the same cluster certificate.
    pub lineage: String,
    /// The certificate signing request, once it was seen.
    pub csr: Option<String>,
    /// The signed cluster certificate that it was initialised with.
    pub certificate: Option<Traced<String>>,
    /// The certificate that signed the cluster certificate.
    pub trust_anchor: Option<String>,
    /// The certificates of the hardware by the name of their member, once they were seen.
    pub hardware_certificates: OrdMap<String, String>,
    /// Its HSMs by id.
    pub hsms: OrdMap<String, Hsm>,
    /// Its tags.
    pub tags: OrdMap<String, Traced<String>>,
    /// The crypto user `kmsuser`, if somebody made it.
    pub kmsuser: Option<KmsUser>,
    /// The labels of the AES keys inside its HSMs and their backups. KMS uses the key's ARN.
    pub keys: OrdSet<String>,
    /// Whether the rules of its security group were changed.
    pub security_group_changed: bool,
    /// Backups that AWS made by itself and whose ids nobody has seen yet.
    pub unnamed_backups: u32,
    /// The HSM type to go back to and the end of the time in which that is possible, while its HSM
    /// type is being modified and a day afterwards.
    pub rollback: Option<(String, Millis)>,
}

impl Cluster {
    /// The HSMs that are active.
    pub fn active_hsms(&self) -> impl Iterator<Item = &Hsm> {
        self.hsms
            .values()
            .filter(|hsm| hsm.state.value == HsmState::Active)
    }

    /// In how many Availability Zones it has active HSMs.
    pub fn active_zones(&self) -> usize {
        self.active_hsms()
            .map(|hsm| hsm.zone.as_str())
            .collect::<BTreeSet<_>>()
            .len()
    }

    /// The HSMs that are there or on their way.
    pub fn standing_hsms(&self) -> impl Iterator<Item = &Hsm> {
        self.hsms
            .values()
            .filter(|hsm| hsm.state.value != HsmState::Deleted)
    }
}

/// A backup of a cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Backup {
    /// `backup-` and base32 characters.
    pub id: String,
    /// The cluster it was taken of.
    pub cluster: String,
    /// When it was made, once it was seen.
    pub created: Option<Millis>,
    /// Its state.
    pub state: Traced<BackupState>,
    /// When `state` last changed.
    pub since: Millis,
    /// Whether it is kept for ever.
    pub never_expires: Traced<bool>,
    /// When it will be deleted, while it is pending deletion.
    pub deletion: Option<Millis>,
    /// Its tags.
    pub tags: OrdMap<String, Traced<String>>,
    /// Its resource policy.
    pub policy: Option<Traced<String>>,
    /// The type of the HSMs it was taken of.
    pub hsm_type: String,
    /// The mode of the cluster it was taken of.
    pub mode: Option<String>,
    /// The cluster as it was, with its certificate, users and keys.
    pub contents: std::sync::Arc<Cluster>,
}
