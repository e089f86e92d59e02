//! The integration tests of the harness, in one binary so that they link once.

mod catalogue;
mod cli;
mod reports;
mod snapshots;
mod tidy;
