//! The table, row by row as it comes about.

use crate::rounds::Samples;
use kms_conformance_benches::ALLOCATOR_NAME;
use std::fs;
use std::thread::available_parallelism;

/// What figures count.
#[derive(Clone, Copy, Debug)]
pub enum Unit {
    /// So many in a second.
    PerSecond,
    /// Nanoseconds each.
    Nanoseconds,
    /// Bytes each.
    Bytes,
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Unit::PerSecond => "/s",
            Unit::Nanoseconds => " ns",
            Unit::Bytes => " bytes",
        }
    }
}

/// What a ratio or a figure is to be.
#[derive(Clone, Copy, Debug)]
pub enum Goal {
    /// The ratio is at least this.
    RatioFrom(f64),
    /// The ratio is at most this.
    RatioTo(f64),
    /// The measured figure is at least this.
    From(f64),
    /// The measured figure is at most this.
    To(f64),
    /// It is only told.
    None,
}

/// Says on which machine this is, and begins the table.
pub fn begin(is_test: bool) {
    if is_test {
        println!("A test: the figures mean nothing.");
    }
    let cores = available_parallelism().map_or(0, usize::from);
    println!("{cores} cores, {}, {ALLOCATOR_NAME}\n", processor());
    println!("| what | measured | yardstick | ratio | goal |");
    println!("|---|---|---|---|---|");
}

/// What the other side of a ratio is called, and what it came to.
#[derive(Clone, Copy, Debug)]
pub struct Yardstick<'a> {
    /// What it does, in a few words.
    pub name: &'a str,
    /// What it came to, round by round.
    pub samples: &'a Samples,
}

/// A row with both sides of a ratio.
pub fn ratio(name: &str, unit: Unit, measured: &Samples, yardstick: Yardstick<'_>, goal: Goal) {
    let ratio = measured.per(yardstick.samples);
    let (least, most) = ratio.spread();
    let [middle, least, most] = [ratio.median(), least, most].map(short);
    row(
        name,
        &shown(unit, measured),
        &format!("{}: {}", yardstick.name, shown(unit, yardstick.samples)),
        &format!("{middle} ({least} to {most})"),
        &reached(goal, unit, measured, ratio.median()),
    );
}

/// A row with one figure that no other stands beside.
pub fn figure(name: &str, unit: Unit, measured: &Samples, goal: Goal) {
    let goal = reached(goal, unit, measured, f64::NAN);
    row(name, &shown(unit, measured), "", "", &goal);
}

fn row(name: &str, measured: &str, yardstick: &str, ratio: &str, goal: &str) {
    println!("| {name} | {measured} | {yardstick} | {ratio} | {goal} |");
}

/// The median, and the spread where there is one.
fn shown(unit: Unit, samples: &Samples) -> String {
    let median = format!("{}{}", grouped(samples.median()), unit.name());
    let (least, most) = samples.spread();
    match samples.0.len() {
        1 => median,
        _ => format!("{median} ({} to {})", grouped(least), grouped(most)),
    }
}

fn reached(goal: Goal, unit: Unit, measured: &Samples, ratio: f64) -> String {
    let figure = measured.median();
    let (text, is_met) = match goal {
        Goal::RatioFrom(least) => (format!("ratio ≥ {least}"), ratio >= least),
        Goal::RatioTo(most) => (format!("ratio ≤ {most}"), ratio <= most),
        Goal::From(least) => (
            format!("≥ {}{}", grouped(least), unit.name()),
            figure >= least,
        ),
        Goal::To(most) => (
            format!("≤ {}{}", grouped(most), unit.name()),
            figure <= most,
        ),
        Goal::None => return String::new(),
    };
    format!("{text}, {}", if is_met { "met" } else { "missed" })
}

/// A ratio with two digits that count.
fn short(ratio: f64) -> String {
    match ratio {
        ..0.01 => format!("{ratio:.4}"),
        0.01..0.1 => format!("{ratio:.3}"),
        _ => format!("{ratio:.2}"),
    }
}

/// A whole number with a comma after every thousand.
pub fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The model of the processor, where the system tells it.
fn processor() -> String {
    let told = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = told
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let model = model.and_then(|rest| rest.split_once(':'));
    model
        .map_or("an unknown processor", |(_, name)| name.trim())
        .to_owned()
}
