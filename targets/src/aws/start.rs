//! How a run on AWS begins: whose account it is, and where its journal is.

use super::credentials::Setup;
use super::identity;
use super::journal::{Header, Journal, JournalError};
use super::options::AwsOptions;
use super::pace::Pace;
use super::post::Post;
use super::signing::Scope;
use super::target::AwsTarget;
use crate::http;
use crate::target::Lost;
use kms_conformance_model::Service;
use reqwest::Client;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::AtomicI64;

/// Why a run on AWS cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum CannotStart {
    /// AWS does not answer, or not to these credentials.
    #[error("{0}")]
    Aws(Lost),
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The account that was given is not that of the credentials.
    #[error("--account is {given}, but the credentials are of {account}")]
    NotTheAccount {
        /// What was given.
        given: String,
        /// The account of the credentials.
        account: String,
    },
    /// The journal is of another account.
    #[error("the journal is of account {journal}, but the credentials are of {account}")]
    OtherAccount {
        /// The account of the journal.
        journal: String,
        /// The account of the credentials.
        account: String,
    },
}

impl AwsTarget {
    /// Begins a run whose journal is a new file. Where the account is not given, AWS is asked.
    ///
    /// # Errors
    /// When AWS does not accept the credentials, or the journal cannot be written.
    pub async fn start(
        setup: Setup,
        options: AwsOptions,
        account: Option<&str>,
        journal: &Path,
    ) -> Result<AwsTarget, CannotStart> {
        let asking = Asking::new(&setup, &options)?;
        let account = match (account, asking.account(&setup).await) {
            (Some(given), Ok(account)) if given != account => {
                let given = given.to_owned();
                return Err(CannotStart::NotTheAccount { given, account });
            }
            (Some(given), _) => given.to_owned(),
            (None, account) => account.map_err(CannotStart::Aws)?,
        };
        let header = Header::new(&options.run, &account, &setup.region);
        let journal = Journal::create(journal, header)?;
        Ok(asking.target(setup, options, journal))
    }

    /// Goes on with the journal of a run that was cut off, to clean up after it.
    ///
    /// # Errors
    /// When AWS does not accept the credentials, or the journal cannot be used with them.
    pub async fn resume(
        setup: Setup,
        options: AwsOptions,
        journal: Journal,
    ) -> Result<AwsTarget, CannotStart> {
        let options = AwsOptions {
            run: journal.header.run.clone(),
            ..options
        };
        let asking = Asking::new(&setup, &options)?;
        let account = asking.account(&setup).await.map_err(CannotStart::Aws)?;
        if account != journal.header.account {
            return Err(CannotStart::OtherAccount {
                journal: journal.header.account,
                account,
            });
        }
        Ok(asking.target(setup, options, journal))
    }
}

/// What is needed to ask AWS anything.
struct Asking {
    client: Client,
    skew: AtomicI64,
}

impl Asking {
    fn new(setup: &Setup, options: &AwsOptions) -> Result<Asking, CannotStart> {
        let url = setup.endpoints.url(Service::Kms, &setup.region);
        let client = http::client(&url, options.time_out).map_err(CannotStart::Aws)?;
        Ok(Asking {
            client,
            skew: AtomicI64::new(0),
        })
    }

    /// The account that the credentials are of.
    async fn account(&self, setup: &Setup) -> Result<String, Lost> {
        let url = format!("{}/", setup.endpoints.sts(&setup.region));
        let post = Post {
            url: &url,
            headers: &[("content-type", "application/x-www-form-urlencoded")],
            body: identity::QUESTION.as_bytes(),
            scope: Scope {
                region: &setup.region,
                service: "sts",
            },
        };
        // The first answer may tell that the clock is wrong.
        for _ in 0..2 {
            let response = post.send(&self.client, setup, &self.skew).await?;
            let text = String::from_utf8_lossy(&response.body);
            if let Some(account) = identity::account(&text) {
                return Ok(account);
            }
        }
        let why =
            "GetCallerIdentity told no account; are the credentials good? Else give --account";
        Err(Lost::Unreachable(why.to_owned()))
    }

    fn target(self, setup: Setup, options: AwsOptions, journal: Journal) -> AwsTarget {
        let changed = journal.last();
        AwsTarget {
            pace: Pace::new(options.quota_share),
            setup,
            options,
            client: self.client,
            journal: Mutex::new(journal),
            totals: Mutex::default(),
            changed: AtomicI64::new(changed),
            shown: Mutex::default(),
            skew: self.skew,
        }
    }
}
