//! An account with very many keys beside one with few: the memory of a key, CreateKey over HTTP and
//! pages of ListKeys.

use crate::listing;
use crate::memory::resident;
use crate::rounds::{Samples, side_by_side};
use crate::settings::{CONNECTIONS, Settings};
use crate::table::{Goal, Unit, Yardstick, figure, grouped, ratio};
use kms_conformance_benches::Failure;
use kms_conformance_benches::Runtimes;
use kms_conformance_benches::calls::{fill, filled};
use kms_conformance_targets::{Config, Emulator, Running};
use std::sync::Arc;

/// The most bytes that a key may take.
const MOST_BYTES: f64 = 1_024.0;

/// Adds the rows.
pub fn measure(settings: &Settings) -> Result<(), Failure> {
    let many = Arc::new(Emulator::new(Config::default()));
    let before = resident()?;
    fill(&many, settings.many_keys)?;
    let taken = resident()?.saturating_sub(before) as f64;
    figure(
        &format!(
            "memory of a key, of {} keys",
            grouped(settings.many_keys as f64)
        ),
        Unit::Bytes,
        &Samples(vec![taken / settings.many_keys as f64]),
        Goal::To(MOST_BYTES),
    );
    let runtimes = Runtimes::start()?;
    let running = runtimes
        .servers
        .block_on(Running::start(Arc::clone(&many)))?;
    for connections in CONNECTIONS {
        let requests = settings.few_requests;
        let (ours, theirs) = side_by_side(
            settings.rounds,
            || runtimes.create_keys(running.addr, connections, requests),
            || {
                let few = Arc::new(filled(settings.few_keys)?);
                let running = runtimes.servers.block_on(Running::start(few))?;
                runtimes.create_keys(running.addr, connections, requests)
            },
        )?;
        let more = grouped(settings.many_keys as f64);
        ratio(
            &format!("CreateKey over HTTP, {connections} at the same time, {more} keys"),
            Unit::PerSecond,
            &ours,
            Yardstick {
                name: &format!("{} keys", grouped(settings.few_keys as f64)),
                samples: &theirs,
            },
            Goal::RatioFrom(0.8),
        );
    }
    drop(running);
    listing::measure(&many, settings)
}
