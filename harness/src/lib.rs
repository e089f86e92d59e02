//! The harness: it makes plans, runs them against a target, judges the answers and reports.
//!
//! What AWS does is none of its business; that is the model's. How to reach a target is not either.

pub mod coverage;
pub mod error;
pub mod event;
pub mod exit_code;
pub mod finding;
pub mod redact;
pub mod report;
pub mod summary;
