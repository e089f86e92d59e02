//! CreateKey in process on one thread, beside the least that any KMS must do for a key: random bytes
//! for its id and its material, the id as text, and a place in a map.

use crate::rounds::{Samples, in_turns};
use crate::settings::Settings;
use crate::table::{Goal, Unit, Yardstick, figure, ratio};
use imbl::OrdMap;
use kms_conformance_benches::Failure;
use kms_conformance_benches::calls::fill;
use kms_conformance_targets::{Config, Emulator};
use std::collections::HashMap;
use std::hint::black_box;
use std::time::Instant;
use uuid::Builder;

type Id = [u8; 16];
type Material = [u8; 32];

/// Keys in a second that one core is to make.
const GOAL: f64 = 1_000_000.0;

/// Adds the rows.
pub fn measure(settings: &Settings) -> Result<(), Failure> {
    let keys = settings.keys;
    let in_a_second = |work: fn(usize)| 1e9 / nanoseconds(keys, || work(keys));
    let (ours, floors) = in_turns(
        settings.rounds,
        || {
            let emulator = Emulator::new(Config::default());
            let begun = Instant::now();
            fill(&emulator, keys)?;
            Ok(keys as f64 / begun.elapsed().as_secs_f64())
        },
        || Ok((in_a_second(hashed), in_a_second(ordered))),
    )?;
    let ours = Samples(ours);
    let (hashed, ordered): (Vec<f64>, Vec<f64>) = floors.into_iter().unzip();
    for (name, samples) in [
        ("the floor with a HashMap", &Samples(hashed)),
        ("the floor with an imbl::OrdMap", &Samples(ordered)),
    ] {
        let name_of_ours = "CreateKey in process, one thread";
        let yardstick = Yardstick { name, samples };
        ratio(
            name_of_ours,
            Unit::PerSecond,
            &ours,
            yardstick,
            Goal::From(GOAL),
        );
    }
    for piece in pieces(keys) {
        let times = (0..settings.rounds).map(|_| nanoseconds(keys, || (piece.work)()));
        let name = format!("of the floor: {}", piece.name);
        figure(
            &name,
            Unit::Nanoseconds,
            &Samples(times.collect()),
            Goal::None,
        );
    }
    Ok(())
}

/// A part of the floor by itself.
struct Piece {
    name: &'static str,
    /// Does it once for each key.
    work: Box<dyn Fn()>,
}

fn pieces(keys: usize) -> [Piece; 4] {
    let named: Vec<(String, Material)> = (0..keys).map(|_| (name(random()), random())).collect();
    let others = named.clone();
    [
        Piece {
            name: "16 and 32 random bytes",
            work: Box::new(move || {
                for _ in 0..keys {
                    black_box::<(Id, Material)>((random(), random()));
                }
            }),
        },
        Piece {
            name: "an id as text",
            work: Box::new(move || {
                let id = random();
                for _ in 0..keys {
                    black_box(name(black_box(id)));
                }
            }),
        },
        Piece {
            name: "a place in a HashMap (and a copy of the id)",
            work: Box::new(move || {
                let mut map = HashMap::new();
                for (id, material) in &named {
                    map.insert(id.clone(), *material);
                }
                black_box(map);
            }),
        },
        Piece {
            name: "a place in an imbl::OrdMap (and a copy of the id)",
            work: Box::new(move || {
                let mut map = OrdMap::new();
                for (id, material) in &others {
                    map.insert(id.clone(), *material);
                }
                black_box(map);
            }),
        },
    ]
}

/// The whole floor with a `HashMap`.
fn hashed(keys: usize) {
    let mut map = HashMap::new();
    for _ in 0..keys {
        map.insert(name(random()), random::<32>());
    }
    black_box(map);
}

/// The whole floor with the map that the emulator has.
fn ordered(keys: usize) {
    let mut map = OrdMap::new();
    for _ in 0..keys {
        map.insert(name(random()), random::<32>());
    }
    black_box(map);
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes);
    bytes
}

fn name(id: Id) -> String {
    Builder::from_random_bytes(id).into_uuid().to_string()
}

/// Nanoseconds for each key.
fn nanoseconds(keys: usize, work: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    work();
    begun.elapsed().as_nanos() as f64 / keys as f64
}
