//! How near is each part to its limit? Ratios, both sides of each measured in the same run, as a
//! Markdown table.
//!
//! `cargo bench -p kms-conformance-benches --bench limits -- [--test] [PART]...`

mod bare;
mod check;
mod floor;
mod http;
mod keys;
mod listing;
mod memory;
mod reads;
mod rounds;
mod settings;
mod steps;
mod table;

use clap::{Parser, ValueEnum};
use kms_conformance_benches::Failure;
use settings::Settings;
use std::env;
use std::process::Command;

/// What is measured together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// CreateKey over HTTP beside a server that answers a constant.
    Http,
    /// An account with very many keys beside one with few: CreateKey, ListKeys, memory.
    Keys,
    /// DescribeKey while somebody writes.
    Reads,
    /// CreateKey in process beside the least that any KMS must do for a key.
    Floor,
    /// `check` beside a client that sends the same requests and judges nothing.
    Check,
    /// What generating and judging a step costs.
    Steps,
    /// The memory of a short `check` beside that of a long one.
    Memory,
}

#[derive(Debug, Parser)]
struct Arguments {
    /// Measures hardly anything, to see that it works.
    #[arg(long)]
    test: bool,
    /// What `cargo bench` passes, and `cargo test` does not.
    #[arg(long, hide = true)]
    bench: bool,
    /// Prints the rows alone.
    #[arg(long, hide = true)]
    rows: bool,
    /// What to measure; everything where nothing is named.
    parts: Vec<Part>,
}

fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    let is_test = arguments.test || !arguments.bench;
    if let (true, [part]) = (arguments.rows, arguments.parts.as_slice()) {
        return measure(*part, &Settings::of(is_test));
    }
    table::begin(is_test);
    let parts = match arguments.parts.as_slice() {
        [] => Part::value_variants(),
        parts => parts,
    };
    for part in parts {
        apart(*part, is_test)?;
    }
    Ok(())
}

/// Measures in a process of its own, so that none works with the memory that another one left.
fn apart(part: Part, is_test: bool) -> Result<(), Failure> {
    let name = part.to_possible_value().ok_or("a part without a name")?;
    let mut command = Command::new(env::current_exe()?);
    command.args(["--rows", name.get_name()]);
    command.arg(if is_test { "--test" } else { "--bench" });
    match command.status()? {
        status if status.success() => Ok(()),
        status => Err(format!("{}: {status}", name.get_name()).into()),
    }
}

fn measure(part: Part, settings: &Settings) -> Result<(), Failure> {
    match part {
        Part::Http => http::measure(settings),
        Part::Keys => keys::measure(settings),
        Part::Reads => reads::measure(settings),
        Part::Floor => floor::measure(settings),
        Part::Check => check::measure(settings),
        Part::Steps => steps::measure(settings),
        Part::Memory => memory::measure(settings),
    }
}
