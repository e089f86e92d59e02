//! A check as a library, for the tests of a crate that has something to judge.

use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::finding::{Finding, Severity, counted};
use crate::options::{CheckOptions, Profile, Strictness, cases};
use crate::plan::Plan;
use crate::report::{Directory, Reports};
use crate::run;
use crate::summary::Summary;
use crate::under_test::{Target, target};
use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

/// The seed of a check that is given none: a test should make the same plans each time.
const USUAL_SEED: u64 = 1;

/// A check that is being described. It does nothing before [`Check::run`] or
/// [`Check::assert_conforms`].
///
/// Both block the thread, and may be called inside a tokio runtime too. A target that is served by
/// that same runtime then needs one with several threads, as in
/// `#[tokio::test(flavor = "multi_thread")]`; otherwise it gets no time to answer.
#[derive(Clone, Debug)]
#[must_use = "a check does nothing before it runs"]
pub struct Check {
    pub(crate) target: Target,
    seed: u64,
    cases: Option<u64>,
    max_calls: Option<u64>,
    time: Option<Duration>,
    pub(crate) operations: Vec<String>,
    profile: Profile,
    must_cover: bool,
    concurrency: usize,
    report_dir: Option<PathBuf>,
}

/// A check of whatever answers at this URL.
///
/// ```no_run
/// kms_conformance::check("http://127.0.0.1:4599").assert_conforms();
/// ```
///
/// This project's emulator is emptied before each plan; anything else is left with what the plans
/// made. `emulator` and `model` in the place of the URL are the embedded ones.
pub fn check(url: impl Into<String>) -> Check {
    Check {
        target: target(url),
        seed: USUAL_SEED,
        cases: None,
        max_calls: None,
        time: None,
        operations: Vec::new(),
        profile: Profile::default(),
        must_cover: false,
        concurrency: 1,
        report_dir: None,
    }
}

/// A check of the reference emulator, started on a free port of 127.0.0.1 for as long as it runs.
pub fn check_emulator() -> Check {
    check("emulator")
}

impl From<&str> for Check {
    fn from(url: &str) -> Check {
        check(url)
    }
}

impl Check {
    /// The seed of all plans; 1 where it is not given. A target that answers alike gets the same plans.
    pub const fn seed(mut self, seed: u64) -> Check {
        self.seed = seed;
        self
    }

    /// The most plans to run. Without any limit it is `PROPTEST_CASES`, or 256.
    pub const fn cases(mut self, most: u64) -> Check {
        self.cases = Some(most);
        self
    }

    /// The most requests to send, not counting those that make findings smaller.
    pub const fn max_calls(mut self, most: u64) -> Check {
        self.max_calls = Some(most);
        self
    }

    /// The longest the run may take, apart from the request that is under way then.
    pub const fn time(mut self, most: Duration) -> Check {
        self.time = Some(most);
        self
    }

    /// The only operations to judge, by name, as in `["CreateKey", "DescribeKey"]`.
    pub fn operations<I>(mut self, names: I) -> Check
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.operations = names.into_iter().map(Into::into).collect();
        self
    }

    /// Which operations to draw from.
    pub const fn profile(mut self, profile: Profile) -> Check {
        self.profile = profile;
        self
    }

    /// Fails the check if an operation that was judged left something untried: a rule in either
    /// direction, or a class of state that it can meet.
    pub const fn must_cover(mut self) -> Check {
        self.must_cover = true;
        self
    }

    /// How much is compared.
    pub fn strictness(mut self, strictness: Strictness) -> Check {
        self.target = self.target.strictness(strictness);
        self
    }

    /// The ledger of accepted deviations, as `--known` takes it. Relative paths begin where the test
    /// runs: in the folder of its package.
    pub fn known(mut self, ledger: impl Into<PathBuf>) -> Check {
        self.target = self.target.known(ledger);
        self
    }

    /// The Region in the target's ARNs; us-east-1 where it is not given.
    pub fn region(mut self, region: impl Into<String>) -> Check {
        self.target = self.target.region(region);
        self
    }

    /// The account in the target's ARNs; 123456789012 where it is not given.
    pub fn account(mut self, account: impl Into<String>) -> Check {
        self.target = self.target.account(account);
        self
    }

    /// Other clients use the account meanwhile: it is not reset, and what they do is no finding.
    pub fn shared_account(mut self) -> Check {
        self.target = self.target.shared_account();
        self
    }

    /// How many clients send at the same time; one where it is not given. With more than one, runs
    /// with the same seed need not be alike.
    pub const fn concurrency(mut self, clients: usize) -> Check {
        self.concurrency = clients;
        self
    }

    /// Where to write the reports and the plans of the findings.
    pub fn report_dir(mut self, dir: impl Into<PathBuf>) -> Check {
        self.report_dir = Some(dir.into());
        self
    }

    /// Lowers the limit on plans, if it is higher.
    pub(crate) fn at_most(mut self, cases: u64) -> Check {
        self.cases = Some(self.cases.map_or(cases, |most| most.min(cases)));
        self
    }

    /// Runs the check, and says what came of it, findings and all.
    ///
    /// # Errors
    /// When the check makes no sense (an unknown operation, a ledger that cannot be read), when the
    /// target cannot be reached, or when reports cannot be written. Findings are no error.
    pub fn run(&self) -> Result<Summary, Error> {
        let options = self.options()?;
        self.target.in_turn(|| {
            let mut reports = Reports::default();
            if let Some(dir) = &self.report_dir {
                reports.push(Directory::create(dir)?);
            }
            let summary = run::check(options, &mut reports)?;
            crate::report::Report::finish(&mut reports)?;
            Ok(summary)
        })
    }

    /// Runs the check, and panics unless the target conforms. For tests: the message lists the
    /// findings, each with the plan that shows it and how to replay that.
    ///
    /// # Panics
    /// When there is a finding that fails a run, when some answers could not be judged or none was,
    /// and with every error of [`Check::run`].
    #[track_caller]
    pub fn assert_conforms(&self) {
        let complaint = match self.run() {
            Ok(summary) => self.complaint(&summary),
            Err(error) => Some(error.to_string()),
        };
        assert!(complaint.is_none(), "{}", complaint.unwrap_or_default());
    }

    /// Plays the plan in this file, or the one of the finding in it, and judges the answers. Neither
    /// the ledger nor anything else that limits a run matters here.
    ///
    /// # Errors
    /// When the file holds no plan, or the target cannot be reached.
    pub fn replay(&self, file: impl Into<PathBuf>) -> Result<Summary, Error> {
        self.target.judge(&Plan::read(&file.into())?)
    }

    /// Why a run does not pass; `None` if it does.
    fn complaint(&self, summary: &Summary) -> Option<String> {
        if summary.exit_code() == ExitCode::Conforms {
            return None;
        }
        let mut text = format!("{} {}", summary.target.name, summary.verdict());
        for finding in summary.findings.iter().filter(|finding| finding.fails()) {
            let _ = write!(text, "\n\n{}", self.explain(finding));
        }
        let judged = summary.unknown.iter();
        for note in judged.filter(|_| summary.totals.unknown > 0) {
            let (place, count, why) = (note.place(), note.count, &note.reason);
            let _ = write!(text, "\nnot judged: {place} ({count}): {why}");
        }
        let suspicions = summary.of_severity(Severity::Suspicion).count();
        let cases = usize::try_from(summary.totals.cases).unwrap_or(usize::MAX);
        let _ = write!(
            text,
            "\n\n{}\n{}, seed {}; {}, not counted",
            summary.coverage.totals_line(),
            counted(cases, "case"),
            summary.seed,
            counted(suspicions, "suspicion")
        );
        Some(text)
    }

    /// A finding, and how to replay it.
    pub(crate) fn explain(&self, finding: &Finding) -> String {
        let findings = self.report_dir.as_ref().map(|dir| dir.join("findings"));
        self.target.explain(finding, findings)
    }

    fn options(&self) -> Result<CheckOptions, Error> {
        for name in &self.operations {
            crate::catalogue::check_operation(name)?;
        }
        let limited = self.max_calls.is_some() || self.time.is_some();
        Ok(CheckOptions {
            target: self.target.options()?,
            seed: self.seed,
            cases: cases(self.cases, limited)?,
            max_calls: self.max_calls,
            time: self.time,
            operations: self.operations.clone(),
            profile: self.profile,
            strictness: self.target.compares(),
            must_cover: self.must_cover,
            shard: None,
            concurrency: self.concurrency,
            known: self.target.ledger()?,
        })
    }
}
