//! One exchange, with what the relations need to know to look at it.

use super::at::{At, Names, key_id};
use super::trust::Blamed;
use kms_conformance_model::asymmetric::PrivateKey;
use kms_conformance_model::state::Wrapped;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::sync::Arc;

/// Whose account the relations watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// All that is written is known.
    Exclusive,
    /// Others write too, but not to what was made here. Names that we choose hold this salt.
    Shared {
        /// What only our names hold.
        salt: String,
    },
    /// Others write too, and an answer may be about what was there before a change.
    Delayed,
}

/// What the harness itself holds.
#[derive(Clone, Default)]
pub(super) struct Held {
    /// What is inside material that was wrapped here, by the base64 of the wrapped bytes.
    pub(super) wrapped: Arc<BTreeMap<String, Wrapped>>,
    /// The private keys, by the base64 of their public keys.
    pub(super) peers: Arc<BTreeMap<String, PrivateKey>>,
    /// The moment of the target's clock at which the answer was there, in milliseconds; `None` where
    /// nobody knows it.
    pub(super) now: Option<i64>,
    /// Whether other texts stand for plaintexts and ciphertexts, so that their bytes say nothing.
    pub(super) stand_ins: bool,
}

/// What was made here and not touched by a write whose end nobody knows.
pub(super) struct Own {
    standing: Standing,
    made: BTreeSet<String>,
}

impl Own {
    pub(super) fn new(standing: Standing) -> Own {
        Own {
            standing,
            made: BTreeSet::new(),
        }
    }

    /// Whether all that is written is known.
    pub(super) fn is_alone(&self) -> bool {
        self.standing == Standing::Exclusive
    }

    /// Whether answers show what was written last.
    pub(super) fn is_current(&self) -> bool {
        self.standing != Standing::Delayed
    }

    /// Whether nobody else writes to the thing of this id, ARN or name.
    pub(super) fn has(&self, name: &str) -> bool {
        match self.standing {
            Standing::Exclusive => true,
            Standing::Shared { .. } => {
                self.made.contains(name) || key_id(name).is_some_and(|id| self.made.contains(id))
            }
            Standing::Delayed => false,
        }
    }

    /// Learns what a success made.
    pub(super) fn learn(&mut self, at: &At<'_>) {
        let made = match (at.kms(), at.hsm()) {
            (Some("CreateKey"), _) => at.shown("/KeyMetadata/KeyId"),
            (Some("CreateCustomKeyStore"), _) => at.shown("/CustomKeyStoreId"),
            (Some("CreateGrant"), _) if at.asked_key().is_some_and(|key| self.has(key)) => {
                at.shown("/GrantId")
            }
            (Some("CreateAlias"), _) if at.done().is_some() => self.salted(at.asked("AliasName")),
            (_, Some("CreateCluster")) => at.shown("/Cluster/ClusterId"),
            (_, Some("CreateHsm")) => at.shown("/Hsm/HsmId"),
            _ => None,
        };
        self.made.extend(made.map(str::to_owned));
    }

    /// A name that nobody else chooses.
    fn salted<'n>(&self, name: Option<&'n str>) -> Option<&'n str> {
        match &self.standing {
            Standing::Shared { salt } => name.filter(|name| name.contains(salt.as_str())),
            Standing::Exclusive | Standing::Delayed => name,
        }
    }

    /// Somebody may yet write to these.
    pub(super) fn forget(&mut self, names: &Names) {
        self.made.retain(|name| !names.has(name));
    }
}

/// One exchange, as a family of relations looks at it.
pub(super) struct View<'e> {
    pub(super) at: At<'e>,
    pub(super) own: &'e Own,
    pub(super) held: &'e Held,
    pub(super) blamed: &'e Blamed,
}

impl<'e> Deref for View<'e> {
    type Target = At<'e>;

    fn deref(&self) -> &At<'e> {
        &self.at
    }
}

impl View<'_> {
    /// Whether nobody else writes to the thing of this id, ARN or name.
    pub(super) fn is_own(&self, name: &str) -> bool {
        self.own.has(name)
    }

    /// A document without the members that the judge blamed.
    pub(super) fn scrubbed<'v>(&self, document: &'v Value) -> Cow<'v, Value> {
        self.blamed.scrubbed(document)
    }

    /// Whether the judge blamed a member of this name, so that nothing is said of it.
    pub(super) fn is_blamed(&self, member: &str) -> bool {
        self.blamed.has(member)
    }
}
