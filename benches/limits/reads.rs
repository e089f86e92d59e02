//! How long DescribeKey takes in process while somebody writes to the same account, beside how long it
//! takes while somebody does the same work in another account.
//!
//! Reads are planned at equal distances, and each counts from its planned moment, so that one that has
//! to wait makes those behind it late as well.

use crate::rounds::{Samples, in_turns};
use crate::settings::Settings;
use crate::table::{Goal, Unit, Yardstick, figure, ratio};
use kms_conformance_benches::Failure;
use kms_conformance_benches::calls::{fill, kms, new_key, text};
use kms_conformance_model::Service;
use kms_conformance_targets::{Config, Emulator, Request, RsaKeys};
use serde_json::json;
use std::hint::{black_box, spin_loop};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// The time from one planned read to the next.
const DISTANCE: Duration = Duration::from_micros(100);

/// How many times as long as planned a round may take. What was not read by then counts as late by as
/// much as it was then.
const PATIENCE: u32 = 2;

/// How much longer a read may take while its own account is written to.
const TOLERANCE: f64 = 2.0;

/// Keys in both accounts at the beginning.
const KEYS: usize = 1_000;

/// What somebody writes, again and again.
#[derive(Clone, Copy, Debug)]
enum Writing {
    /// A symmetric key.
    Key,
    /// An RSA key, whose pair is made when its public key is first asked for.
    RsaKey,
}

/// Adds the rows.
pub fn measure(settings: &Settings) -> Result<(), Failure> {
    let (own, other) = (account()?, account()?);
    let key = new_key(&own)?;
    let describe = Request::new(Service::Kms, "DescribeKey", &json!({"KeyId": key}));
    let read = || read(&own, &describe, settings.reads);
    read();
    let alone: Vec<_> = (0..settings.rounds).map(|_| read()).collect();
    for percentile in Late::PERCENTILES {
        let late = Late::samples(&alone, percentile);
        let name = format!("DescribeKey while nobody writes: p{percentile}");
        figure(&name, Unit::Nanoseconds, &late, Goal::None);
    }
    for writing in [Writing::Key, Writing::RsaKey] {
        let (ours, theirs) = in_turns(
            settings.rounds,
            || beside(&own, writing, read),
            || beside(&other, writing, read),
        )?;
        for percentile in Late::PERCENTILES {
            ratio(
                &format!("DescribeKey while {}: p{percentile}", writing.name()),
                Unit::Nanoseconds,
                &Late::samples(&ours, percentile),
                Yardstick {
                    name: "in another account",
                    samples: &Late::samples(&theirs, percentile),
                },
                Goal::RatioTo(TOLERANCE),
            );
        }
    }
    Ok(())
}

fn account() -> Result<Emulator, Failure> {
    let emulator = Emulator::new(Config {
        rsa: RsaKeys::Fresh,
        ..Config::default()
    });
    fill(&emulator, KEYS)?;
    Ok(emulator)
}

/// How late reads were after their planned moments, in nanoseconds, in order.
struct Late(Vec<u128>);

impl Late {
    const PERCENTILES: [usize; 2] = [50, 99];

    /// A percentile of each round.
    fn samples(rounds: &[Late], percentile: usize) -> Samples {
        Samples(rounds.iter().map(|late| late.at(percentile)).collect())
    }

    fn at(&self, percentile: usize) -> f64 {
        let rank = (self.0.len() * percentile).div_ceil(100).saturating_sub(1);
        self.0.get(rank).map_or(f64::NAN, |late| *late as f64)
    }
}

/// Reads this often, as planned.
fn read(emulator: &Emulator, request: &Request, reads: usize) -> Late {
    let begun = Instant::now();
    let count = u32::try_from(reads).unwrap_or(u32::MAX);
    let mut late: Vec<u128> = (0..count)
        .map(|nth| {
            let planned = begun + DISTANCE * nth;
            while Instant::now() < planned {
                spin_loop();
            }
            if begun.elapsed() < DISTANCE * count * PATIENCE {
                black_box(emulator.handle(request));
            }
            planned.elapsed().as_nanos()
        })
        .collect();
    late.sort_unstable();
    Late(late)
}

/// Does `work` while another thread writes.
fn beside<T>(
    emulator: &Emulator,
    writing: Writing,
    work: impl FnOnce() -> T,
) -> Result<T, Failure> {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                writing.once(emulator)?;
            }
            Ok::<_, Failure>(())
        });
        let done = work();
        is_over.store(true, Ordering::Relaxed);
        writer.join().map_err(|_| "the writer panicked")??;
        Ok(done)
    })
}

impl Writing {
    fn name(self) -> &'static str {
        match self {
            Writing::Key => "keys are made without a pause",
            Writing::RsaKey => "RSA keys are made",
        }
    }

    fn once(self, emulator: &Emulator) -> Result<(), Failure> {
        match self {
            Writing::Key => {
                new_key(emulator)?;
            }
            Writing::RsaKey => {
                let create = json!({"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"});
                let key = text(&kms(emulator, "CreateKey", &create)?, "/KeyMetadata/KeyId")?;
                kms(emulator, "GetPublicKey", &json!({ "KeyId": key }))?;
            }
        }
        Ok(())
    }
}
