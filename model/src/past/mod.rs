//! What was made before anybody looked: recordings of accounts with a past name keys, key stores and
//! clusters that nobody here saw being made. What an answer shows of them is judged by itself, and by
//! what earlier answers showed that cannot change.

mod forms;
mod hypotheses;
mod metadata;
mod named;

pub(crate) use forms::{Misshapen, has_forms, misshapen};
pub(crate) use hypotheses::hypotheses;
pub(crate) use metadata::{as_customers, described, set_state};
pub(crate) use named::{Stranger, strangers};

use crate::state::Key;
use std::collections::BTreeMap;

/// What answers showed so far of keys that nobody saw being made, by their id.
pub(crate) type Recalled = BTreeMap<String, Key>;
