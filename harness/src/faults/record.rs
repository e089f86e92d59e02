//! Grading the finding engine: how many calls it takes to find each fault, and how short the plan is
//! that it makes of the finding.

use super::{Fault, Faulty, faults};
use crate::error::Error;
use crate::generate::{Plans, Wishes, at_once, scenario};
use crate::plan::Plan;
use crate::player::{Played, Playing, play};
use crate::run::SHRINK_BUDGET;
use crate::session::{Identity, Timing};
use crate::shrink::Shrinker;
use crate::workers::each_of;
use std::collections::BTreeSet;
use std::fmt;

/// How much a grading may cost, and how often faults show.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// The most plans that are played to find one fault.
    pub plans: usize,
    /// How many plans are played after that in search of a finding that shows it better.
    pub more: usize,
    /// In how many of 100 cases a fault shows.
    pub percent: usize,
    /// How many threads play.
    pub threads: usize,
}

/// What became of one fault.
#[derive(Clone, Debug)]
pub struct Row {
    /// What it is called.
    pub name: &'static str,
    /// How many steps the shortest plan has that shows it.
    pub minimum: usize,
    /// How many plans were played until it was found.
    pub plans: usize,
    /// How many requests were sent until it was found; `None` where it was not.
    pub found: Option<usize>,
    /// How many steps each finding was shrunk to, and how many requests that took; the shortest
    /// first.
    pub shrunk: Vec<(usize, usize)>,
    /// The shortest finding and its plan, in words.
    pub shortest: String,
}

impl Row {
    /// Whether a plan of the minimal length was found.
    pub fn is_minimal(&self) -> bool {
        self.length() == Some(self.minimum)
    }

    /// Whether a plan was found that is shorter than any should be.
    pub fn beats_minimum(&self) -> bool {
        self.length().is_some_and(|length| length < self.minimum)
    }

    /// The length of the shortest plan.
    pub fn length(&self) -> Option<usize> {
        self.shrunk.first().map(|(steps, _)| *steps)
    }
}

/// The result of a grading.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// A row for each fault.
    pub rows: Vec<Row>,
}

impl Record {
    /// The names of the faults that were not found.
    pub fn missed(&self) -> Vec<&'static str> {
        let missed = self.rows.iter().filter(|row| row.found.is_none());
        missed.map(|row| row.name).collect()
    }

    /// How many faults were shrunk to their minimum, in percent.
    pub fn minimal_percent(&self) -> usize {
        let minimal = self.rows.iter().filter(|row| row.is_minimal()).count();
        minimal * 100 / self.rows.len().max(1)
    }

    /// The median of the requests per shrink.
    pub fn median_calls_to_shrink(&self) -> usize {
        let shrunk = self.rows.iter().flat_map(|row| &row.shrunk);
        median(shrunk.map(|(_, calls)| *calls).collect())
    }

    /// How many of the findings took at most so many requests to shrink, in percent.
    pub fn cheap_percent(&self, most: usize) -> usize {
        let shrunk = || self.rows.iter().flat_map(|row| &row.shrunk);
        let cheap = shrunk().filter(|(_, calls)| *calls <= most).count();
        cheap * 100 / shrunk().count().max(1)
    }

    /// The median of the requests until a fault was found.
    pub fn median_calls_to_find(&self) -> usize {
        median(self.rows.iter().filter_map(|row| row.found).collect())
    }
}

fn median(mut numbers: Vec<usize>) -> usize {
    numbers.sort_unstable();
    numbers.get(numbers.len() / 2).copied().unwrap_or_default()
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<58} {:>5} {:>7} {:>7} {:>7} {:>6}",
            "fault", "plans", "found", "minimum", "shrunk", "calls"
        )?;
        for row in &self.rows {
            let found = row
                .found
                .map_or("MISSED".to_owned(), |calls| calls.to_string());
            let (shrunk, calls) = row
                .shrunk
                .first()
                .map_or_else(Default::default, |it| (it.0.to_string(), it.1.to_string()));
            let (name, plans, minimum) = (row.name, row.plans, row.minimum);
            let note = if row.is_minimal() { "" } else { &*row.shortest };
            writeln!(
                f,
                "{name:<58} {plans:>5} {found:>7} {minimum:>7} {shrunk:>7} {calls:>6}  {note}"
            )?;
        }
        let most = self.rows.iter().flat_map(|row| &row.shrunk).map(|it| it.1);
        writeln!(
            f,
            "{} of {} faults found, median {} calls; {} % at their minimum, median {} calls per shrink, {} % within 150, at most {}",
            self.rows.len() - self.missed().len(),
            self.rows.len(),
            self.median_calls_to_find(),
            self.minimal_percent(),
            self.median_calls_to_shrink(),
            self.cheap_percent(150),
            most.max().unwrap_or_default(),
        )
    }
}

/// Plays plans on the emulator with each fault until a finding shows it, and some more after that,
/// and shrinks each finding, until a plan of the minimal length shows the fault.
///
/// # Errors
/// `Internal` when the private emulator does not answer, which means that this crate is broken.
pub fn record(seed: u64, effort: Effort) -> Result<Record, Error> {
    let identity = Identity {
        account: "123456789012".to_owned(),
        region: "us-east-1".to_owned(),
        salt: "fault".to_owned(),
    };
    let pool = pool(seed, &identity)
        .ok_or_else(|| Error::Internal("the private emulator does not answer".to_owned()))?;
    let all: Vec<&'static Fault> = faults().collect();
    let rows = each_of(&all, effort.threads, |fault| {
        row(fault, &pool, &identity, seed, effort)
    });
    Ok(Record { rows })
}

/// How many plans are drawn at once for all faults.
const DRAWN: usize = 200;

/// What a run plays: the scenarios, then plans that are drawn.
fn pool(seed: u64, identity: &Identity) -> Option<Vec<Plan>> {
    let directed = (0..).map_while(|number| scenario(number, identity));
    let mut plans: Vec<Plan> = directed.map(|made| made.plan).collect();
    plans.extend(drawn(seed, identity, DRAWN)?);
    Some(plans)
}

fn drawn(seed: u64, identity: &Identity, count: usize) -> Option<Vec<Plan>> {
    let wishes = Wishes {
        outside: true,
        ..Wishes::default()
    };
    let plans = Plans::of(&wishes, identity);
    let drawn = plans.from_seed(seed).take(count);
    Some(drawn.map(|made| made.plan).collect())
}

fn row(
    fault: &'static Fault,
    pool: &[Plan],
    identity: &Identity,
    seed: u64,
    effort: Effort,
) -> Row {
    let target = Faulty::new(fault, identity, effort.percent, seed);
    let playing = Playing {
        timing: Timing::Still,
        ..Playing::new(&target, identity)
    };
    let mut row = Row {
        name: fault.name,
        minimum: fault.minimum(),
        plans: 0,
        found: None,
        shrunk: Vec::new(),
        shortest: String::new(),
    };
    let mut calls = 0;
    let mut left = None;
    let mut known = BTreeSet::new();
    let rest = effort.plans.saturating_sub(pool.len());
    let rest = std::iter::once_with(|| drawn(seed.wrapping_add(1), identity, rest));
    let plans = pool.iter().cloned().chain(rest.flatten().flatten());
    for plan in plans.take(effort.plans) {
        if left == Some(0) || row.length().is_some_and(|length| length <= row.minimum) {
            break;
        }
        let Some(Ok(played)) = at_once(play(&plan, &playing)) else {
            break;
        };
        if row.found.is_none() {
            row.plans += 1;
        }
        if !played.seen.is_empty() && row.found.is_none() {
            row.found = Some(calls + calls_until_found(&plan, &played));
        }
        shrink_all(&plan, &played, &playing, &mut known, &mut row);
        calls += played.calls;
        left = match left {
            None => row.found.map(|_| effort.more),
            Some(left) => Some(left.saturating_sub(1)),
        };
    }
    row
}

fn calls_until_found(plan: &Plan, played: &Played) -> usize {
    let at = played.seen.first().map_or(0, |seen| seen.step);
    plan.retain(|index, _| index <= at).calls()
}

/// Shrinks every finding of a plan that is not known yet, as a run does.
fn shrink_all(
    plan: &Plan,
    played: &Played,
    playing: &Playing<'_>,
    known: &mut BTreeSet<String>,
    row: &mut Row,
) {
    for seen in &played.seen {
        if !known.insert(seen.fingerprint()) {
            continue;
        }
        let shrinker = Shrinker::new(seen, played, SHRINK_BUDGET, playing);
        if let Some(Ok(shrunk)) = at_once(shrinker.shrink(plan)) {
            let steps = shrunk.plan.steps.len();
            if row.length().is_none_or(|known| steps < known) {
                row.shortest = in_words(seen.divergence.fingerprint(), &shrunk.plan);
            }
            row.shrunk.push((steps, shrunk.calls));
            row.shrunk.sort_unstable();
        }
    }
}

fn in_words(fingerprint: String, plan: &Plan) -> String {
    let mut words = fingerprint + ":";
    for step in &plan.steps {
        let word = match step.operation() {
            Some((_, name)) => name.to_owned(),
            None => format!("{:?}", step.act)
                .split([' ', '('])
                .next()
                .unwrap_or_default()
                .to_lowercase(),
        };
        words.push(' ');
        words.push_str(&word);
    }
    words
}
