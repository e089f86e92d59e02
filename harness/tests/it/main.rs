//! The integration tests of the harness, in one binary so that they link once.

#![cfg(test)]

mod absurd;
mod acceptance;
mod aws;
mod catalogue;
mod cli;
mod cloudtrail;
mod ends;
mod facts;
mod faults;
mod foreign;
mod known;
mod library;
mod load;
mod lost;
mod metamorphic;
mod pages;
mod plans;
mod recordings;
mod reports;
mod sabotage;
mod scripts;
mod serve;
mod signatures;
mod snapshots;
mod soup;
mod tidy;
