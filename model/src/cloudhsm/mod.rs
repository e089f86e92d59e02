//! The operations of CloudHSM v2, one file each.





use crate::operation::AnyOperation;

/// Every operation of CloudHSM that is modelled.
pub const OPERATIONS: &[&dyn AnyOperation] = &[
];
