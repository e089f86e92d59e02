//! The things an account holds, by name.

use std::fmt;

/// One thing that an account holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// A CloudHSM cluster, by its id.
    Cluster(String),
    /// An HSM, by its cluster's id and its own.
    Hsm(String, String),
    /// A backup, by its id.
    Backup(String),
    /// A custom key store, by its id.
    KeyStore(String),
    /// A KMS key, by its id.
    Key(String),
    /// A multi-Region key in another Region, by that Region and its id.
    KeyIn(String, String),
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Resource::Cluster(id)
            | Resource::Hsm(_, id)
            | Resource::Backup(id)
            | Resource::KeyStore(id)
            | Resource::Key(id)
            | Resource::KeyIn(_, id) => f.write_str(id),
        }
    }
}
