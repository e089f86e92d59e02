//! The emulator of a soup as a process, and the check of it.

use super::Ingredient;
use crate::error::Error;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A served emulator with faults, ended when this is dropped.
pub(super) struct Served {
    process: Child,
    pub(super) url: String,
}

impl Served {
    /// Serves on a free port of 127.0.0.1, as a foreign emulator would be: without `/_outside`.
    pub(super) fn start(
        program: &Path,
        faults: &[Ingredient],
        region: &str,
    ) -> Result<Served, Error> {
        let mut process = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0", "--no-admin"])
            .args(faults.iter().flat_map(Ingredient::arguments))
            .env("AWS_REGION", region)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|why| cannot_run(program, &why.to_string()))?;
        let mut greeting = String::new();
        if let Some(out) = process.stdout.take() {
            let _ = BufReader::new(out).read_line(&mut greeting);
        }
        let url = greeting.split("http://").nth(1);
        let url = url.and_then(|url| url.split(',').next());
        let served = Served {
            url: url.map_or(String::new(), |address| format!("http://{address}")),
            process,
        };
        match served.url.is_empty() {
            true => Err(cannot_run(program, "it does not say where it serves")),
            false => Ok(served),
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What a check is limited to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) calls: u64,
    pub(super) time: Duration,
    pub(super) seed: u64,
}

/// Checks what is served at this URL, and writes the reports there.
pub(super) fn check(
    program: &Path,
    url: &str,
    region: &str,
    limits: Limits,
    report_dir: &Path,
) -> Result<(), Error> {
    let seconds = format!("{}s", limits.time.as_secs().max(1));
    let status = Command::new(program)
        .args(["check", "--target", url, "--region", region])
        .args(["--shared-account", "--time", &seconds])
        .args(["--max-calls", &limits.calls.to_string()])
        .args(["--seed", &limits.seed.to_string()])
        .arg("--report-dir")
        .arg(report_dir)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map_err(|why| cannot_run(program, &why.to_string()))?;
    // Divergences and an open verdict are what a soup is for.
    match status.code() {
        Some(0 | 1 | 4) => Ok(()),
        _ => Err(cannot_run(program, &format!("check ended with {status}"))),
    }
}

fn cannot_run(program: &Path, why: &str) -> Error {
    Error::Usage(format!("cannot run {}: {why}", program.display()))
}
