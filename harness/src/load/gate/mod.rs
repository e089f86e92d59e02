//! The regression gate: is the target slower than what it is compared with, beyond what chance and
//! tolerance explain?

mod interval;
mod verdict;

pub(crate) use verdict::{Gate, Pair, Verdict};
pub(super) use verdict::{compare, compare_with, needs_more};
