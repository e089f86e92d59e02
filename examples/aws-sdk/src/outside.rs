//! What no AWS operation does, asked of the emulator with curl.

use crate::Failed;
use serde_json::Value;
use std::io::Write;
use std::process::{Command, Stdio};

/// The emulator's `/_outside`.
pub struct Outside {
    url: String,
}

impl Outside {
    /// That of the emulator at this URL.
    pub fn new(url: &str) -> Outside {
        Outside {
            url: format!("{}/_outside", url.trim_end_matches('/')),
        }
    }

    /// Sends a call, by standard input so that a password is on no command line.
    pub fn call(&self, call: &Value) -> Result<Value, Failed> {
        let mut curl = Command::new("curl")
            .args([
                "--silent",
                "--show-error",
                "--fail-with-body",
                "--noproxy",
                "*",
            ])
            .args(["--max-time", "10", "--data-binary", "@-", &self.url])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut input = curl.stdin.take().ok_or("curl takes no input")?;
        input.write_all(call.to_string().as_bytes())?;
        drop(input);
        let output = curl.wait_with_output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() {
            return Err(format!("an outside call was refused: {text}").into());
        }
        Ok(serde_json::from_str(&text)?)
    }
}
