//! Stands for a project with a KMS that has a fault.

use kms_conformance_model::{Sabotage, Switches};
use kms_conformance_targets::{Config, Emulator, Running};
use std::io;
use std::sync::Arc;
use tokio::runtime::Runtime;

/// A KMS that answers at a URL for as long as this lives.
pub struct Kms {
    running: Running,
    _runtime: Runtime,
}

impl Kms {
    /// Starts a KMS in which `operation` does not keep the rule of this id.
    ///
    /// # Errors
    /// When no port of 127.0.0.1 is free.
    pub fn without(operation: &str, rule: &str) -> io::Result<Kms> {
        let mut switches = Switches::none();
        switches.break_rule(Some(operation), rule, Sabotage::Off);
        let emulator = Emulator::new(Config {
            switches,
            ..Config::default()
        });
        let runtime = Runtime::new()?;
        let running = runtime.block_on(Running::start(Arc::new(emulator)))?;
        Ok(Kms {
            running,
            _runtime: runtime,
        })
    }

    /// Where it answers.
    pub fn url(&self) -> String {
        self.running.url()
    }
}
