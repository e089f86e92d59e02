//! A target as tests name it, and one plan judged on it.

use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::finding::Finding;
use crate::known::Ledger;
use crate::options::{AwsSettings, Strictness, TargetChoice, TargetOptions};
use crate::plan::Plan;
use crate::report::{Reports, json};
use crate::run;
use crate::summary::Summary;
use clap::ValueEnum;
use proptest::test_runner::TestCaseError;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use tokio::runtime::{Handle, RuntimeFlavor};

/// A target, and how its answers are compared.
///
/// What asks it blocks the thread, and may be called inside a tokio runtime too. A target that is served
/// by that same runtime then needs one with several threads, as in
/// `#[tokio::test(flavor = "multi_thread")]`; otherwise it gets no time to answer.
///
/// The tests of one process take turns at a URL, since a target with this project's admin path is emptied
/// before each plan. Several processes that ask the same target, as cargo-nextest starts them, each need
/// a target of their own, or a test group with one thread.
#[derive(Clone, Debug)]
#[must_use = "a target is not asked for anything before a plan is judged"]
pub struct Target {
    url: String,
    region: String,
    account: Option<String>,
    shared: bool,
    strictness: Strictness,
    known: Option<PathBuf>,
}

/// Whatever answers at this URL; `emulator` and `model` in the place of the URL are the embedded ones.
pub fn target(url: impl Into<String>) -> Target {
    Target {
        url: url.into(),
        region: "us-east-1".to_owned(),
        account: None,
        shared: false,
        strictness: Strictness::default(),
        known: None,
    }
}

impl Target {
    /// The Region in the target's ARNs; us-east-1 where it is not given.
    pub fn region(mut self, region: impl Into<String>) -> Target {
        self.region = region.into();
        self
    }

    /// The account in the target's ARNs; 123456789012 where it is not given.
    pub fn account(mut self, account: impl Into<String>) -> Target {
        self.account = Some(account.into());
        self
    }

    /// Other clients use the account meanwhile: it is not reset, and what they do is no finding.
    pub const fn shared_account(mut self) -> Target {
        self.shared = true;
        self
    }

    /// How much is compared.
    pub const fn strictness(mut self, strictness: Strictness) -> Target {
        self.strictness = strictness;
        self
    }

    /// The ledger of accepted deviations, as `--known` takes it. Relative paths begin where the test
    /// runs: in the folder of its package.
    pub fn known(mut self, ledger: impl Into<PathBuf>) -> Target {
        self.known = Some(ledger.into());
        self
    }

    /// Plays a plan and judges every answer, for tests that draw plans from
    /// [`plans`](crate::plans()):
    ///
    /// ```no_run
    /// use proptest::prelude::*;
    ///
    /// proptest! {
    ///     #[test]
    ///     fn conforms(plan in kms_conformance::plans()) {
    ///         kms_conformance::target("http://127.0.0.1:4599").conforms(&plan)?;
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// A failure with all findings that fail a run, or with why the target could not be asked. A
    /// rejection where an answer could not be judged, or where the target says that it does not have an
    /// operation: that is neither a pass nor a failure. An internal error without a type is a crash.
    pub fn conforms(&self, plan: &Plan) -> Result<(), TestCaseError> {
        let judged = self.ledger().and_then(|ledger| {
            let mut summary = self.judge(plan)?;
            for finding in &mut summary.findings {
                ledger.accept(finding);
            }
            Ok(summary)
        });
        let summary = judged.map_err(|why| TestCaseError::fail(why.to_string()))?;
        let failing = summary.findings.iter().filter(|finding| finding.fails());
        let failing: Vec<String> = failing.map(ToString::to_string).collect();
        if !failing.is_empty() {
            return Err(TestCaseError::fail(failing.join("\n\n")));
        }
        if let Some(lacking) = summary.unsupported.first() {
            let name = &lacking.operation;
            return Err(TestCaseError::reject(format!(
                "the target does not have {name}; leave it out with plans().without([{name:?}])"
            )));
        }
        match summary.exit_code() {
            ExitCode::Conforms if summary.totals.unjudged == 0 => Ok(()),
            _ => Err(TestCaseError::reject(not_judged(&summary))),
        }
    }

    /// Plays a plan and judges every answer. The summary holds the findings, those too that the ledger
    /// accepts.
    ///
    /// # Errors
    /// When the target cannot be reached. Findings are no error.
    pub fn judge(&self, plan: &Plan) -> Result<Summary, Error> {
        let options = self.options()?;
        self.in_turn(|| run::judge(plan, options, self.strictness, &mut Reports::default()))
    }

    /// Does what asks the target on a thread of its own, when nothing else of this process asks it.
    pub(crate) fn in_turn<T: Send>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send,
    ) -> Result<T, Error> {
        static TURNS: LazyLock<Mutex<HashMap<String, Arc<Mutex<()>>>>> =
            LazyLock::new(Mutex::default);
        let turn = {
            let mut turns = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(turns.entry(self.url.clone()).or_default())
        };
        apart(|| {
            let is_url = self.url.contains("://");
            let _turn = is_url.then(|| turn.lock().unwrap_or_else(PoisonError::into_inner));
            work()
        })
    }

    /// A finding, and how to replay it. Its file is kept in this folder, or in one for all where there is
    /// none.
    pub(crate) fn explain(&self, finding: &Finding, findings: Option<PathBuf>) -> String {
        if finding.plan.is_null() {
            return finding.to_string();
        }
        let url = &self.url;
        let hint = match keep(finding, findings) {
            Ok(path) => {
                let path = path.display();
                let account = self.account.as_ref();
                let mut option = account.map_or(String::new(), |it| format!(" --account {it}"));
                let mut call = account.map_or(String::new(), |it| format!(".account({it:?})"));
                if self.shared {
                    option += " --shared-account";
                    call += ".shared_account()";
                }
                if self.strictness != Strictness::default() {
                    let name = self.strictness.to_possible_value().unwrap_or_default();
                    option += &format!(" --strictness {}", name.get_name());
                    call += &format!(".strictness(Strictness::{:?})", self.strictness);
                }
                let region = &self.region;
                format!(
                    "kms-conformance replay {path} --target {url} --region {region}{option}\n  \
                     {:<9} kms_conformance::check({url:?}).region({region:?}){call}.replay({:?})",
                    "or",
                    path.to_string()
                )
            }
            Err(why) => format!("not possible, the plan could not be kept: {why}"),
        };
        format!("{finding}\n  {:<9} {hint}", "replay")
    }

    /// How much is compared.
    pub(crate) const fn compares(&self) -> Strictness {
        self.strictness
    }

    /// The accepted deviations.
    pub(crate) fn ledger(&self) -> Result<Ledger, Error> {
        let known = self.known.as_deref();
        known.map_or_else(|| Ok(Ledger::default()), Ledger::read)
    }

    pub(crate) fn options(&self) -> Result<TargetOptions, Error> {
        let choice = self.url.parse::<TargetChoice>();
        Ok(TargetOptions {
            choice: choice
                .map_err(|hint| Error::Usage(format!("{:?} is no target: {hint}", self.url)))?,
            region: self.region.clone(),
            account: self.account.clone(),
            shared: self.shared,
            aws: AwsSettings::default(),
        })
    }
}

/// The file of a finding: the one in the report, or a new one where there is no report.
fn keep(finding: &Finding, findings: Option<PathBuf>) -> Result<PathBuf, Error> {
    let name = format!("{}.json", finding.fingerprint);
    if let Some(dir) = findings {
        return Ok(dir.join(name));
    }
    let dir = std::env::temp_dir().join("kms-conformance");
    let path = dir.join(name);
    let text = json::finding_file(finding)?;
    let written = std::fs::create_dir_all(&dir).and_then(|()| std::fs::write(&path, text));
    written.map_err(|why| Error::CannotWrite {
        path: path.clone(),
        why: why.to_string(),
    })?;
    Ok(path)
}

fn not_judged(summary: &Summary) -> String {
    let unknown = summary.unknown.first();
    unknown.map_or_else(
        || "no answer was judged".to_owned(),
        |note| format!("not judged: {}: {}", note.place(), note.reason),
    )
}

/// Does the work on a thread of its own: a run starts a runtime, which must not be started inside
/// another one.
pub(crate) fn apart<T: Send>(work: impl FnOnce() -> Result<T, Error> + Send) -> Result<T, Error> {
    let joined = || std::thread::scope(|scope| scope.spawn(work).join());
    let done = match Handle::try_current() {
        // The other tasks of the runtime go on meanwhile.
        Ok(handle) if handle.runtime_flavor() == RuntimeFlavor::MultiThread => {
            tokio::task::block_in_place(joined)
        }
        _ => joined(),
    };
    done.unwrap_or_else(|_| Err(Error::Internal("the run panicked".to_owned())))
}
