//! What is looked for, how often, and for how long.

use kms_conformance::faults::{Fault, faults};
use std::ops::RangeInclusive;

/// The most requests that may be sent before a fault is found.
pub const BUDGET: usize = 20_000;

/// How many requests to a target without a fault must find nothing, for each seed.
pub const HONEST: usize = 5_000;

pub const SEEDS: RangeInclusive<u64> = 1..=5;

/// Faults by name, which all engines can come across with [`OPERATIONS`].
pub const PROBLEMS: [&str; 12] = [
    "the encryption context is ignored",
    "a deleted alias stays",
    "disabling a key disables all",
    "a key whose deletion was cancelled is enabled",
    "the aliases of a key are those of all keys",
    "a list of aliases ends with its first page",
    "a key is described as it was first",
    "the wrong key is not found",
    "the tags of a key are those of all keys",
    "a moved alias stays where it is",
    "deleting an alias deletes all aliases of the key",
    "moving an alias moves all aliases of the key",
];

/// What the engines may send.
pub const OPERATIONS: [&str; 17] = [
    "CancelKeyDeletion",
    "CreateAlias",
    "CreateKey",
    "Decrypt",
    "DeleteAlias",
    "DescribeKey",
    "DisableKey",
    "EnableKey",
    "Encrypt",
    "ListAliases",
    "ListKeys",
    "ListResourceTags",
    "ScheduleKeyDeletion",
    "TagResource",
    "UntagResource",
    "UpdateAlias",
    "UpdateKeyDescription",
];

/// The fault of this name.
pub fn fault(name: &str) -> Result<&'static Fault, String> {
    let found = faults().find(|fault| fault.name == name);
    found.ok_or_else(|| format!("there is no fault {name:?}"))
}
