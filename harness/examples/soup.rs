//! The exam of `docs/soup.md`: soups of faults are served and checked, and a table says what was found.

use clap::Parser;
use kms_conformance::session::Identity;
use kms_conformance::soup::{Exam, Outcome, Repertoire, Table, draw};
use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Serves soups of planted faults, checks them, and says what was found.
#[derive(Debug, Parser)]
struct Arguments {
    /// The program that serves and checks
    #[arg(
        long,
        value_name = "FILE",
        default_value = "target/release/kms-conformance"
    )]
    program: PathBuf,
    /// How many faults are planted at once
    #[arg(
        long,
        value_name = "A,B",
        value_delimiter = ',',
        default_value = "5,15,40"
    )]
    k: Vec<usize>,
    /// How many soups are served of each size
    #[arg(long, value_name = "N", default_value_t = 30)]
    soups: u64,
    /// The seed of the first soup; the next ones follow it
    #[arg(long, value_name = "N", default_value_t = 1)]
    first_seed: u64,
    /// The most requests of a check
    #[arg(long, value_name = "N", default_value_t = 30_000)]
    calls: u64,
    /// The longest that a check may take, in seconds
    #[arg(long, value_name = "N", default_value_t = 600)]
    seconds: u64,
    /// How many threads replay plans
    #[arg(long, value_name = "N", default_value_t = 2)]
    threads: usize,
    /// Where to write soup.json, and the reports of the checks
    #[arg(long, value_name = "DIR", default_value = "target/soup")]
    out: PathBuf,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    fs::create_dir_all(&arguments.out)?;
    let exam = Exam {
        program: arguments.program,
        out: arguments.out.clone(),
        calls: arguments.calls,
        time: Duration::from_secs(arguments.seconds),
        threads: arguments.threads,
    };
    let plans = Repertoire::new(&Identity {
        account: "123456789012".to_owned(),
        region: "us-east-1".to_owned(),
        salt: "soup".to_owned(),
    });
    let mut outcomes: Vec<Outcome> = Vec::new();
    let mut table = Table::default();
    for k in arguments.k {
        for seed in (arguments.first_seed..).take(usize::try_from(arguments.soups)?) {
            let started = Instant::now();
            let outcome = exam.examine(&draw(k, seed), seed, &plans)?;
            eprintln!(
                "k={k} seed={seed}: {} of {k} found, {} findings, {:.0} s to check, {:.0} s in all",
                outcome.found.len(),
                outcome.findings,
                outcome.seconds,
                started.elapsed().as_secs_f64(),
            );
            outcomes.push(outcome);
            // After each soup, so that a run that is ended leaves what it has.
            table = Table::new(outcomes.clone());
            let text = serde_json::to_string_pretty(&table)?;
            fs::write(arguments.out.join("soup.json"), text + "\n")?;
        }
    }
    print!("{table}");
    println!("{}", arguments.out.join("soup.json").display());
    Ok(())
}
