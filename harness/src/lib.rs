//! The harness: it makes plans, runs them against a target, judges the answers and reports.
//!
//! What AWS does is none of its business; that is the model's. How to reach a target is not either.

mod args;
pub mod catalogue;
pub mod cli;
pub mod coverage;
pub mod error;
pub mod event;
pub mod exit_code;
pub mod finding;
pub mod generate;
pub mod grade;
pub mod judge;
pub mod lacking;
pub mod merge;
mod nearest;
pub mod options;
pub mod out_of_reach;
pub mod plan;
pub mod player;
mod reach;
pub mod redact;
pub mod report;
pub mod run;
pub mod script;
mod serve;
pub mod session;
pub mod shrink;
pub mod summary;
mod tally;
pub mod template;
