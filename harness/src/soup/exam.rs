//! One soup: served, used by another client, checked, and what the findings are about.

use super::Ingredient;
use super::cause::{Cause, cause};
use super::missed::{Repertoire, Why};
use super::neighbour::use_account;
use super::report::{self, Sighted};
use super::served::{self, Limits, Served};
use crate::error::Error;
use crate::session::Identity;
use crate::workers::each_of;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How soups are examined.
#[derive(Clone, Debug)]
pub struct Exam {
    /// The program that serves and checks.
    pub program: PathBuf,
    /// The folder for the reports, one folder in it for each soup.
    pub out: PathBuf,
    /// The most requests of a check.
    pub calls: u64,
    /// The longest that a check may take.
    pub time: Duration,
    /// How many threads replay plans.
    pub threads: usize,
}

/// A fault that was found.
#[derive(Clone, Debug, Serialize)]
pub struct Found {
    /// What it is called.
    pub name: String,
    /// How many steps the check had played until then.
    pub calls: usize,
    /// The finding that names it.
    pub fingerprint: String,
}

/// A fault that was not found.
#[derive(Clone, Debug, Serialize)]
pub struct Missed {
    /// What it is called.
    pub name: String,
    /// Why it was not found.
    #[serde(flatten)]
    pub why: Why,
}

/// A finding that no fault of the soup is behind.
#[derive(Clone, Debug, Serialize)]
pub struct Alarm {
    /// The finding.
    pub fingerprint: String,
    /// What it says, on one line.
    pub headline: String,
    /// Where its plan is.
    pub plan: PathBuf,
}

/// What came of one soup.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// The seed of the draw and of the check.
    pub seed: u64,
    /// The faults that were planted.
    pub planted: Vec<String>,
    /// Those that were found.
    pub found: Vec<Found>,
    /// Those that were not.
    pub missed: Vec<Missed>,
    /// Findings that only several faults together show; no fault counts as found by them.
    pub together: Vec<Alarm>,
    /// Findings that no fault is behind.
    pub alarms: Vec<Alarm>,
    /// How many findings there were.
    pub findings: usize,
    /// How many requests the other client sent.
    pub neighbour_calls: usize,
    /// How long the check took, in seconds.
    pub seconds: f64,
}

/// The account that the emulator serves.
pub(super) fn identity() -> Identity {
    Identity {
        account: crate::identity::USUAL_ACCOUNT.to_owned(),
        region: "us-east-1".to_owned(),
        salt: "soup".to_owned(),
    }
}

impl Exam {
    /// Serves a soup, checks it, and finds out what each finding is about.
    ///
    /// # Errors
    /// When the program cannot be run, or its report cannot be read.
    pub fn examine(
        &self,
        soup: &[Ingredient],
        seed: u64,
        plans: &Repertoire,
    ) -> Result<Outcome, Error> {
        let name = format!("k{}-seed{seed}", soup.len());
        let report_dir = self.out.join(name);
        let started = Instant::now();
        let neighbour_calls = self.check(soup, seed, &report_dir)?;
        let seconds = started.elapsed().as_secs_f64();
        let sighted = report::read(&report_dir)?;
        let identity = identity();
        let causes = each_of(&sighted, self.threads, |sighted| {
            let fingerprint = &sighted.finding.fingerprint;
            cause(fingerprint, &sighted.plans, soup, &identity)
        });
        let mut first: BTreeMap<usize, &Sighted> = BTreeMap::new();
        let (mut together, mut alarms) = (Vec::new(), Vec::new());
        for (sighted, cause) in sighted.iter().zip(&causes) {
            match cause {
                Cause::Faults(places) => {
                    for place in places {
                        first.entry(*place).or_insert(sighted);
                    }
                }
                Cause::Together => together.push(alarm(sighted, &report_dir)),
                Cause::Nothing => alarms.push(alarm(sighted, &report_dir)),
            }
        }
        let missed = soup.iter().enumerate();
        let missed = missed.filter(|(place, _)| !first.contains_key(place));
        let missed: Vec<&Ingredient> = missed.map(|(_, fault)| fault).collect();
        let missed = each_of(&missed, self.threads, |fault| Missed {
            name: fault.name(),
            why: plans.why(fault, soup),
        });
        let found = first.iter().filter_map(|(place, sighted)| {
            Some(Found {
                name: soup.get(*place)?.name(),
                calls: sighted.calls,
                fingerprint: sighted.finding.fingerprint.clone(),
            })
        });
        Ok(Outcome {
            seed,
            planted: soup.iter().map(Ingredient::name).collect(),
            found: found.collect(),
            missed,
            together,
            alarms,
            findings: sighted.len(),
            neighbour_calls,
            seconds,
        })
    }

    /// Checks the soup while another client uses the account; how many requests that one sent.
    fn check(&self, soup: &[Ingredient], seed: u64, report_dir: &Path) -> Result<usize, Error> {
        let region = identity().region;
        let served = Served::start(&self.program, soup, &region)?;
        let limits = Limits {
            calls: self.calls,
            time: self.time,
            seed,
        };
        let most = usize::try_from(self.calls).unwrap_or(usize::MAX);
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let neighbour = scope.spawn(|| use_account(&served.url, &region, most, &stop));
            let checked = served::check(&self.program, &served.url, &region, limits, report_dir);
            stop.store(true, Ordering::Release);
            let calls = neighbour.join().unwrap_or_default();
            checked.map(|()| calls)
        })
    }
}

fn alarm(sighted: &Sighted, report_dir: &Path) -> Alarm {
    let finding = &sighted.finding;
    let file = format!("{}.json", finding.fingerprint);
    Alarm {
        fingerprint: finding.fingerprint.clone(),
        headline: format!("{}: {}", finding.headline(), finding.observed),
        plan: report_dir.join("findings").join(file),
    }
}
