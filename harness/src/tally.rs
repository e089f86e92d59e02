//! What a run has added up to so far.

use crate::coverage::{Coverage, OperationStatus};
use crate::finding::Finding;
use crate::generate::Wishes;
use crate::known::Mark;
use crate::lacking::Lacks;
use crate::on_aws::OnAws;
use crate::options::{CheckOptions, Profile, Shard, TargetChoice};
use crate::player::Played;
use crate::summary::{Summary, Totals, UnknownNote, UnsupportedNote};
use kms_conformance_model::{Service, catalog};
use std::collections::{BTreeMap, BTreeSet};

/// What a run has added up to so far.
pub(crate) struct Tally {
    /// The findings, each cause once.
    pub(crate) findings: Vec<Finding>,
    /// Everything that diverged, whether it was compared or not.
    pub(crate) seen: BTreeSet<Mark>,
    /// What the run cost.
    pub(crate) totals: Totals,
    /// How many plans were begun.
    pub(crate) begun: u64,
    /// How many of the last plans sent nothing.
    idle: u64,
    coverage: Coverage,
    unknown: BTreeMap<(String, String), u64>,
    lacking: BTreeMap<String, Lacks>,
    /// The operations, by label, that were answered.
    pub(crate) answered: BTreeSet<String>,
    claimed: BTreeSet<String>,
}

/// How many operations of a service a target must lack to lack the service.
const ENOUGH: usize = 3;

/// How many plans in a row may send nothing.
const MOST_IDLE: u64 = 20;

impl Default for Tally {
    fn default() -> Tally {
        Tally {
            findings: Vec::new(),
            seen: BTreeSet::new(),
            totals: Totals::default(),
            begun: 0,
            idle: 0,
            coverage: Coverage::of_catalogue(),
            unknown: BTreeMap::new(),
            lacking: BTreeMap::new(),
            answered: BTreeSet::new(),
            claimed: BTreeSet::new(),
        }
    }
}

impl Tally {
    /// The number of the next plan, of those that are this shard's.
    pub(crate) fn begin_case(&mut self, shard: Option<Shard>) -> u64 {
        let nth = self.begun;
        self.begun += 1;
        shard.map_or(nth, |shard| nth * shard.of + shard.index - 1)
    }

    /// Adds what a plan did, and gives the operations that turned out not to be supported.
    pub(crate) fn add(&mut self, played: &Played) -> Vec<(String, String)> {
        self.totals.cases += 1;
        self.idle = match played.calls {
            0 => self.idle + 1,
            _ => 0,
        };
        self.totals.calls += u64::try_from(played.calls).unwrap_or(u64::MAX);
        self.coverage.merge(&played.coverage);
        let seen = played.seen.iter().map(|seen| Mark::from(&seen.divergence));
        self.seen.extend(seen);
        for (why, count) in &played.unknown {
            *self.unknown.entry(why.clone()).or_default() += count;
        }
        let before = self.unsupported();
        self.answered.extend(played.answered.iter().cloned());
        for (operation, lacks) in &played.lacking {
            let entry = self.lacking.entry(operation.clone()).or_default();
            entry.merge(lacks);
        }
        let new = self.unsupported().into_iter();
        new.filter(|(label, _)| !before.contains_key(label))
            .collect()
    }

    /// The operations that need not be asked for again, by label, and how the target told: none that was
    /// ever answered. A target that lacks some operations of a service, and never answered any, lacks
    /// the service.
    fn unsupported(&self) -> BTreeMap<String, String> {
        let lacking = self
            .lacking
            .iter()
            .filter(|(label, lacks)| lacks.is_enough() && !self.answered.contains(*label));
        let mut unsupported: BTreeMap<String, String> = lacking
            .map(|(label, lacks)| (label.clone(), lacks.answer.clone()))
            .collect();
        for service in [Service::Kms, Service::CloudHsm] {
            let operations = || catalog::operations().filter(|it| it.service() == service);
            let told = operations().filter_map(|it| unsupported.get(it.label()));
            let told: Vec<String> = told.cloned().collect();
            let is_there = operations().any(|it| self.answered.contains(it.label()));
            if let Some(answer) = told.first().filter(|_| told.len() >= ENOUGH && !is_there) {
                for operation in operations() {
                    let entry = unsupported.entry(operation.label().to_owned());
                    entry.or_insert_with(|| answer.clone());
                }
            }
        }
        unsupported
    }

    /// Whether nothing is left to ask for: so many plans in a row sent nothing.
    pub(crate) const fn is_idle(&self) -> bool {
        self.idle >= MOST_IDLE
    }

    /// Whether this fingerprint is new; from now on it is not.
    pub(crate) fn claim(&mut self, fingerprint: &str) -> bool {
        self.claimed.insert(fingerprint.to_owned())
    }

    /// What the next plan should be like.
    pub(crate) fn wishes(&self, options: &CheckOptions, outside: bool) -> Wishes {
        let rule = |(operation, id): (&str, &str)| (operation.to_owned(), id.to_owned());
        Wishes {
            operations: options.operations.iter().cloned().collect(),
            key_stores: options.profile == Profile::KeyStores,
            unsupported: self
                .unsupported()
                .into_keys()
                .chain(held_back(options).iter().map(|name| (*name).to_owned()))
                .collect(),
            outside,
            starved: self.coverage.starved().map(rule).collect(),
        }
    }

    /// Writes everything into the summary.
    pub(crate) fn fill(&mut self, summary: &mut Summary) {
        summary.coverage.merge(&self.coverage);
        summary.totals = self.totals;
        summary.findings = std::mem::take(&mut self.findings);
        summary.sort_findings();
        summary.unknown = self
            .unknown
            .iter()
            .map(|((operation, reason), count)| UnknownNote {
                operation: operation.clone(),
                reason: reason.clone(),
                count: *count,
            })
            .collect();
        summary.totals.unknown = self
            .unknown
            .iter()
            .filter(|((_, reason), _)| leaves_the_run_open(reason))
            .map(|(_, count)| count)
            .sum();
        summary.totals.unjudged = self.unknown.values().sum();
        // An operation that was answered elsewhere is lacking in part, if the target says so.
        let lacking = self.lacking.iter();
        let lacking = lacking
            .filter(|(label, lacks)| lacks.says || !self.answered.contains(*label))
            .map(|(label, lacks)| (label.clone(), lacks.answer.clone()));
        let mut unsupported: BTreeMap<String, String> = lacking.collect();
        unsupported.extend(self.unsupported());
        for label in unsupported.keys() {
            let entry = summary.coverage.operation(label);
            if entry.status == OperationStatus::NotRun {
                entry.status = OperationStatus::Unsupported;
            }
        }
        summary.unsupported = unsupported
            .into_iter()
            .map(|(operation, answer)| UnsupportedNote { operation, answer })
            .collect();
    }
}

/// The operations that the target would hold back.
fn held_back(options: &CheckOptions) -> &'static [&'static str] {
    match options.target.choice {
        TargetChoice::Aws => OnAws::not_asked_for(&options.target.aws),
        _ => &[],
    }
}

/// Whether answers that could not be judged for this reason leave the verdict on the run open. What
/// follows from a finding is no news, and what is not modelled is listed as such.
fn leaves_the_run_open(reason: &str) -> bool {
    !reason.ends_with("not known well enough any more") && !reason.ends_with("modelled")
}
