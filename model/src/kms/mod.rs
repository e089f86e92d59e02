//! The operations of KMS, one file each, and the rules that many of them share.

mod create_key;
mod describe_key;
mod key_states;
mod lookups;
mod metadata;
pub mod policy;
mod shapes;
mod tags;

pub use create_key::CreateKey;
pub use describe_key::DescribeKey;

use crate::operation::{AnyOperation, Erased};

/// Every operation of KMS that is modelled.
pub const OPERATIONS: &[&dyn AnyOperation] =
    &[&Erased::<CreateKey>::NEW, &Erased::<DescribeKey>::NEW];
