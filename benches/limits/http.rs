//! CreateKey over HTTP, beside a server of the same stack that answers a constant.

use crate::bare::Bare;
use crate::rounds::side_by_side;
use crate::settings::{CONNECTIONS, Settings};
use crate::table::{Goal, Unit, Yardstick, ratio};
use kms_conformance_benches::calls::create_key;
use kms_conformance_benches::{Failure, Runtimes};
use kms_conformance_targets::{Config, Emulator, Running};
use std::sync::Arc;

/// Adds the rows.
pub fn measure(settings: &Settings) -> Result<(), Failure> {
    let runtimes = Runtimes::start()?;
    let answer = Emulator::new(Config::default()).handle(&create_key());
    let bare = runtimes.servers.block_on(Bare::start(answer))?;
    for connections in CONNECTIONS {
        let requests = match connections {
            1 => settings.requests,
            _ => 4 * settings.requests,
        };
        let (ours, theirs) = side_by_side(
            settings.rounds,
            || {
                let emulator = Arc::new(Emulator::new(Config::default()));
                let running = runtimes.servers.block_on(Running::start(emulator))?;
                runtimes.create_keys(running.addr, connections, requests)
            },
            || runtimes.create_keys(bare.addr, connections, requests),
        )?;
        ratio(
            &format!("CreateKey over HTTP, {connections} at the same time"),
            Unit::PerSecond,
            &ours,
            Yardstick {
                name: "a constant answer",
                samples: &theirs,
            },
            Goal::RatioFrom(0.8),
        );
    }
    Ok(())
}
