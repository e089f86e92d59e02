//! How long a page of ListKeys takes, by the number of keys.

use crate::rounds::side_by_side;
use crate::settings::Settings;
use crate::table::{Goal, Unit, Yardstick, grouped, ratio};
use kms_conformance_benches::Failure;
use kms_conformance_benches::calls::{filled, kms};
use kms_conformance_targets::Emulator;
use serde_json::{Value, json};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// The entries of a page that is measured.
const LIMIT: usize = 100;

/// The entries of the pages on the way to the middle: the most that AWS gives.
const STRIDE: usize = 1_000;

/// How long to look for the middle of a list. Where that is not enough, the page that was reached is
/// measured.
const PATIENCE: Duration = Duration::from_secs(20);

/// How much slower a page of a longer list may be and still count as no slower.
const TOLERANCE: f64 = 1.25;

/// Adds the rows. `many` is the account with very many keys.
pub fn measure(many: &Emulator, settings: &Settings) -> Result<(), Failure> {
    let few = filled(settings.few_keys)?;
    let some = filled(settings.some_keys)?;
    let (_, middle_of_few) = middle(&few, settings.few_keys)?;
    let counts = [settings.some_keys, settings.many_keys];
    for (emulator, keys) in [&some, many].into_iter().zip(counts) {
        let (at, middle) = middle(emulator, keys)?;
        let pages = [
            (1, json!({"Limit": LIMIT}), &json!({"Limit": LIMIT})),
            (at, middle, &middle_of_few),
        ];
        for (at, page, page_of_few) in pages {
            let (ours, theirs) = side_by_side(
                settings.rounds,
                || time(emulator, &page, settings.pages),
                || time(&few, page_of_few, settings.pages),
            )?;
            let [at, keys, few] = [at, keys, settings.few_keys].map(|it| grouped(it as f64));
            ratio(
                &format!("a page of ListKeys, from key {at} of {keys}"),
                Unit::Nanoseconds,
                &ours,
                Yardstick {
                    name: &format!("the same of {few}"),
                    samples: &theirs,
                },
                Goal::RatioTo(TOLERANCE),
            );
        }
    }
    Ok(())
}

/// Nanoseconds that a page takes.
fn time(emulator: &Emulator, page: &Value, times: usize) -> Result<f64, Failure> {
    let begun = Instant::now();
    for _ in 0..times {
        black_box(kms(emulator, "ListKeys", page)?);
    }
    Ok(begun.elapsed().as_nanos() as f64 / times as f64)
}

/// The request for a page from the middle of the list, and the number of its first key.
fn middle(emulator: &Emulator, keys: usize) -> Result<(usize, Value), Failure> {
    let begun = Instant::now();
    let stride = STRIDE.min(keys / 2);
    let mut next = json!({"Limit": stride});
    let mut passed = 0;
    loop {
        let page = kms(emulator, "ListKeys", &next)?;
        passed += stride;
        let marker = page
            .get("NextMarker")
            .ok_or("a list ends before its middle")?;
        if passed >= keys / 2 || begun.elapsed() >= PATIENCE {
            return Ok((passed + 1, json!({"Limit": LIMIT, "Marker": marker})));
        }
        next = json!({"Limit": stride, "Marker": marker});
    }
}
