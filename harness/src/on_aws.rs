//! A run on AWS: what it may do, how it is interrupted, and what it leaves.

use crate::error::Error;
use crate::options::{AwsSettings, Strictness, TargetOptions};
use crate::player::Playing;
use crate::reach::Reached;
use crate::session::Identity;
use crate::settling::OldAnswers;
use crate::summary::AwsNote;
use crate::template::NEVER_EXISTED;
use kms_conformance_model::Level;
use kms_conformance_targets::aws::{
    Attached, AwsOptions, AwsTarget, CannotStart, Cleaned, Description, Journal, JournalError,
    Setup, Thing,
};
use kms_conformance_targets::{Clock, Lost};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::watch;

/// A run on AWS.
#[derive(Clone)]
pub(crate) struct OnAws {
    pub(crate) target: Arc<AwsTarget>,
    pub(crate) old: OldAnswers,
    pub(crate) attached: Option<Description>,
    journal: PathBuf,
    interrupted: watch::Receiver<bool>,
}

/// Operations that are never asked for unless clusters may be made.
const OF_CLUSTERS: &[&str] = &["CopyBackupToRegion", "CreateCluster", "CreateHsm"];

impl OnAws {
    /// Begins a run. The account and the Region that the credentials and the profile tell are written
    /// into the options.
    pub(crate) async fn begin(options: &mut TargetOptions, run: &str) -> Result<OnAws, Error> {
        let settings = &options.aws;
        if !settings.yes {
            return Err(Error::Usage(
                "a run on AWS costs money; give --yes to let it".to_owned(),
            ));
        }
        let region = Some(options.region.as_str()).filter(|region| !region.is_empty());
        let setup = Setup::load(region).await.map_err(Error::Usage)?;
        let named = settings.journal.clone();
        let journal =
            named.unwrap_or_else(|| PathBuf::from(format!("kms-conformance-{run}.journal")));
        let target = AwsTarget::start(
            setup,
            allowed(settings, run),
            options.account.as_deref(),
            &journal,
        );
        let target = target.await.map_err(|why| cannot_start(why, &journal))?;
        let attached = target.describe_attached().await.map_err(Error::Usage)?;
        options.account = Some(target.account());
        target.region().clone_into(&mut options.region);
        Ok(OnAws {
            target: Arc::new(target),
            old: OldAnswers::default(),
            attached,
            journal,
            interrupted: interruption(),
        })
    }

    /// The operations that are not asked for.
    pub(crate) fn not_asked_for(settings: &AwsSettings) -> &'static [&'static str] {
        match settings.creates_clusters {
            true => &[],
            false => OF_CLUSTERS,
        }
    }

    /// Ends when somebody interrupts the run.
    pub(crate) async fn interrupted(&self) {
        let mut interrupted = self.interrupted.clone();
        if interrupted.wait_for(|it| *it).await.is_err() {
            std::future::pending().await
        }
    }

    /// Whether somebody has interrupted the run.
    pub(crate) fn was_interrupted(&self) -> bool {
        *self.interrupted.borrow()
    }

    /// Takes away everything that the run made, and says what it came to.
    pub(crate) async fn finish(&self) -> AwsNote {
        let cleaned = self.target.clean_up().await;
        let totals = self.target.totals();
        AwsNote {
            journal: self.journal.display().to_string(),
            requests: totals.sent,
            throttled: totals.throttled,
            held_back: totals.held_back,
            old: self.old.number(),
            made: self.target.made(),
            most: totals.spent.to_string(),
            left: left(&cleaned),
        }
    }
}

/// How plans are played on a target that was reached.
pub(crate) fn playing<'t>(
    reached: &'t Reached,
    identity: &Identity,
    strictness: Strictness,
    aws: Option<&OnAws>,
) -> Playing<'t> {
    Playing {
        texts: strictness.deepest() >= Level::MessageText,
        old: aws.map(|aws| aws.old.clone()).unwrap_or_default(),
        deadline: None,
        attached: aws.and_then(|aws| aws.attached.clone()),
        ..Playing::new(reached.target(), identity)
    }
}

/// Cleans up after a run that was cut off.
pub(crate) async fn clean_up(journal: &Path, settings: &AwsSettings) -> Result<AwsNote, Error> {
    let opened = Journal::open(journal).map_err(|why| cannot_start(why.into(), journal))?;
    let region = opened.header.region.clone();
    let setup = Setup::load(Some(&region)).await.map_err(Error::Usage)?;
    let options = allowed(settings, &opened.header.run);
    let target = AwsTarget::resume(setup, options, opened).await;
    let target = target.map_err(|why| cannot_start(why, journal))?;
    let on_aws = OnAws {
        target: Arc::new(target),
        old: OldAnswers::default(),
        attached: None,
        journal: journal.to_owned(),
        interrupted: interruption(),
    };
    Ok(on_aws.finish().await)
}

fn allowed(settings: &AwsSettings, run: &str) -> AwsOptions {
    AwsOptions {
        run: run.to_owned(),
        most_keys: settings.most_keys,
        most: settings.most,
        creates_clusters: settings.creates_clusters,
        attached: Attached {
            cluster: settings.cluster.clone(),
            key_store: settings.key_store.clone(),
        },
        quota_share: settings.quota_share,
        consistency: settings.consistency,
        never_existed: NEVER_EXISTED,
        ..AwsOptions::default()
    }
}

/// The name of a run, which no other one has.
pub(crate) fn name_of_a_run() -> String {
    let moment = Clock::Real.now();
    format!("r{moment:x}-{:x}", std::process::id())
}

fn left(cleaned: &Cleaned) -> Vec<String> {
    let named = |(thing, why): &(Thing, String)| {
        let Thing { kind, id, region } = thing;
        format!("{} {id} in {region}: {why}", kind.word())
    };
    let left = cleaned.left.iter().map(named);
    left.chain(cleaned.unsure.iter().cloned()).collect()
}

fn cannot_start(why: CannotStart, journal: &Path) -> Error {
    match why {
        CannotStart::Aws(lost) => unreachable_aws(&lost),
        CannotStart::Journal(JournalError::File { why, .. }) => Error::CannotUseJournal {
            place: journal.display().to_string(),
            why: why.to_string(),
        },
        CannotStart::Journal(JournalError::Line { line, why, .. }) => Error::CannotUseJournal {
            place: format!("{}:{line}", journal.display()),
            why,
        },
        CannotStart::NotTheAccount { .. } => Error::Usage(format!("{why}; leave it out")),
        CannotStart::OtherAccount { .. } => {
            Error::Usage(format!("{why}; use those of the journal"))
        }
    }
}

fn unreachable_aws(lost: &Lost) -> Error {
    Error::Unreachable {
        url: "aws".to_owned(),
        why: lost.to_string(),
    }
}

/// Tells when somebody interrupts the run. Who does so twice does not want to wait for the clean-up.
fn interruption() -> watch::Receiver<bool> {
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        signalled().await;
        // Nobody looks any more only where the run is over.
        let _ = sender.send(true);
        signalled().await;
        std::process::exit(i32::from(crate::exit_code::ExitCode::Inconclusive as u8));
    });
    receiver
}

#[cfg(unix)]
async fn signalled() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminated) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminated.recv() => {}
    }
}

#[cfg(not(unix))]
async fn signalled() {
    let _ = tokio::signal::ctrl_c().await;
}
