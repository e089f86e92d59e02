//! Another process that serves the emulator: this program or another build of it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

/// How long a program may take to say where it listens.
const GREETING: Duration = Duration::from_secs(10);

/// A process that serves until this is dropped.
#[derive(Debug)]
pub(super) struct Served {
    process: Child,
    /// Where it is reached.
    pub(super) url: String,
}

impl Served {
    /// Starts a program as this one is started to serve. The error is why that is no use.
    pub(super) fn start(program: &Path, region: &str) -> Result<Served, String> {
        let mut process = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env("AWS_REGION", region)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|why| format!("it is no load.json and cannot be run: {why}"))?;
        let (sender, greeting) = channel();
        let output = process.stdout.take();
        // It ends with the first line, or with the process.
        thread::spawn(move || {
            let mut line = String::new();
            let read = output.map(|output| BufReader::new(output).read_line(&mut line));
            let _ = sender.send(read.is_some_and(|read| read.is_ok()).then_some(line));
        });
        let mut served = Served {
            process,
            url: String::new(),
        };
        let line = greeting.recv_timeout(GREETING).ok().flatten();
        let line = line.ok_or("it did not say where it listens")?;
        served.url = url_in(&line).ok_or("it did not say where it listens")?;
        Ok(served)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself, which is as well.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The URL in a greeting, as in `serving … at http://127.0.0.1:4599, account …`.
fn url_in(greeting: &str) -> Option<String> {
    let address = greeting.split("http://").nth(1)?;
    let address = address.split([',', ' ', '\n']).next()?;
    Some(format!("http://{address}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_is_read_from_the_greeting() {
        let greeting = "serving KMS and CloudHSM v2 at http://127.0.0.1:7, account 1 in x\n";
        assert_eq!(url_in(greeting).as_deref(), Some("http://127.0.0.1:7"));
        assert_eq!(url_in("hello"), None);
    }

    #[test]
    fn a_program_that_is_none_is_said_to_be_so() {
        let why = Served::start(Path::new("/no/such/program"), "us-east-1").unwrap_err();
        assert!(
            why.starts_with("it is no load.json and cannot be run"),
            "{why}"
        );
    }
}
