//! The harness: it makes plans, runs them against a target, judges the answers and reports.
//!
//! In the tests of a crate that has something to judge:
//!
//! ```no_run
//! # use kms_conformance::Error;
//! // One test that fails with the list of findings.
//! kms_conformance::check("http://127.0.0.1:4599").assert_conforms();
//!
//! // Or a look at what came of it.
//! let summary = kms_conformance::check("http://127.0.0.1:4599")
//!     .seed(7)
//!     .max_calls(2_000)
//!     .operations(["CreateKey", "DescribeKey"])
//!     .known("known-deviations.toml")
//!     .run()?;
//! println!("{}", summary.verdict());
//! # Ok::<(), Error>(())
//! ```
//!
//! [`conformance_tests`] makes a named test of each rule. [`plans`] is a strategy for tests of one's own
//! with proptest, and [`target`] judges what it draws.
//!
//! What AWS does is none of its business; that is the model's. How to reach a target is not either.

mod args;
mod asking;
mod aws_cli;
mod blend;
pub mod catalogue;
pub mod cells;
mod check;
pub mod cli;
pub mod coverage;
pub mod error;
pub mod event;
pub mod exit_code;
pub mod expected;
pub mod faults;
pub mod finding;
mod finding_text;
mod foreseeing;
pub mod gate;
pub mod generate;
pub mod grade;
mod identity;
mod imagined;
pub mod impact;
pub mod judge;
pub mod known;
pub mod lacking;
mod load;
mod load_cli;
pub mod merge;
pub mod metamorphic;
pub mod mimic;
mod names;
mod nearest;
pub mod offline;
mod on_aws;
pub mod options;
pub mod out_of_reach;
mod paths;
pub mod plan;
pub mod player;
mod raw;
mod reach;
pub mod record;
pub mod recording;
pub mod redact;
pub mod report;
mod rule_state;
pub mod run;
pub mod script;
mod serve;
mod serve_cli;
pub mod session;
mod settling;
mod setup;
pub mod shrink;
mod single;
mod smaller;
pub mod soup;
mod suite;
pub mod summary;
mod taken;
mod tally;
pub mod template;
mod texts;
mod under_test;
mod workers;

pub use check::{Check, check, check_emulator};
pub use error::Error;
pub use generate::{Plans, plans};
pub use suite::conformance_tests;
pub use under_test::{Target, target};
