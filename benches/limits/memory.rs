//! The memory of a `check` in process, early and late in the same run. What it keeps must not grow
//! with the number of requests.

use crate::rounds::Samples;
use crate::settings::Settings;
use crate::table::{Goal, Unit, Yardstick, grouped, ratio};
use kms_conformance::event::Event;
use kms_conformance::options::{
    AwsSettings, CheckOptions, Profile, Strictness, TargetChoice, TargetOptions,
};
use kms_conformance::report::Report;
use kms_conformance::run;
use kms_conformance_benches::Failure;
use std::fs;

/// How much more memory a long run may take and still count as bounded.
const TOLERANCE: f64 = 1.1;

/// Adds the row.
pub fn measure(settings: &Settings) -> Result<(), Failure> {
    let mut memory = Memory::default();
    run::check(options(settings.long), &mut memory)?;
    let [short, long] = [settings.short, settings.long];
    ratio(
        &format!("memory of a check after {} requests", grouped(long as f64)),
        Unit::Bytes,
        &memory.around(long)?,
        Yardstick {
            name: &format!("after {}", grouped(short as f64)),
            samples: &memory.around(short)?,
        },
        Goal::RatioTo(TOLERANCE),
    );
    Ok(())
}

/// The bytes of this process that are in memory.
pub fn resident() -> Result<u64, Failure> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|rest| rest.trim().strip_suffix(" kB"));
    let kibibytes = kibibytes.ok_or("the system does not tell the memory of a process")?;
    Ok(1_024 * kibibytes.trim().parse::<u64>()?)
}

/// Looks at the memory at the beginning of each plan.
#[derive(Default)]
struct Memory {
    steps: u64,
    /// How many steps were taken before, and the memory then.
    seen: Vec<(u64, u64)>,
}

impl Report for Memory {
    fn on(&mut self, event: &Event) {
        if let Event::CaseStarted { steps, .. } = event {
            self.seen.push((self.steps, resident().unwrap_or_default()));
            self.steps += u64::try_from(*steps).unwrap_or_default();
        }
    }
}

impl Memory {
    /// What was seen in the second half of so many requests: where the run was, some plans in a row.
    fn around(&self, requests: u64) -> Result<Samples, Failure> {
        let range = requests / 2..=requests;
        let seen = self.seen.iter().filter(|(steps, _)| range.contains(steps));
        let memory: Vec<f64> = seen.map(|(_, memory)| *memory as f64).collect();
        match memory.is_empty() {
            true => Err("the run was too short to see its memory".into()),
            false => Ok(Samples(memory)),
        }
    }
}

fn options(requests: u64) -> CheckOptions {
    CheckOptions {
        target: TargetOptions {
            choice: TargetChoice::Model,
            region: "us-east-1".to_owned(),
            account: None,
            shared: false,
            aws: AwsSettings::default(),
        },
        seed: 1,
        cases: None,
        max_calls: Some(requests),
        time: None,
        operations: Vec::new(),
        profile: Profile::All,
        strictness: Strictness::default(),
        must_cover: false,
        shard: None,
        concurrency: 1,
        known: kms_conformance::known::Ledger::default(),
    }
}
