//! Who answers AWS requests in the place of a served emulator.

use super::Emulator;
use crate::target::{Request, Response};
use std::fmt::Debug;

/// Answers AWS requests with the help of an emulator, as one that is wrong on purpose does.
pub trait Answerer: Debug + Send + Sync {
    /// Answers a request that was signed with this access key, if with any.
    fn answer(&self, emulator: &Emulator, request: &Request, access_key: Option<&str>) -> Response;

    /// The account was emptied: forgets what was in it.
    fn forget(&self);
}
