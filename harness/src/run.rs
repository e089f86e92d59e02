//! Running plans against a target.
//!
//! REPLACED BY THE RUNNER: both functions only say that it is missing.

use crate::error::Error;
use crate::options::{CheckOptions, ReplayOptions};
use crate::report::Report;
use crate::summary::Summary;

/// Makes plans, runs and judges them, and emits all events, `RunFinished` included.
pub fn check(_options: CheckOptions, _report: &mut dyn Report) -> Result<Summary, Error> {
    Err(Error::Internal("the runner is not linked".to_owned()))
}

/// Runs and judges one plan, and emits all events, `RunFinished` included.
pub fn replay(_options: ReplayOptions, _report: &mut dyn Report) -> Result<Summary, Error> {
    Err(Error::Internal("the runner is not linked".to_owned()))
}
