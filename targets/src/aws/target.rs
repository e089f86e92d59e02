//! The target: guards, journals, paces, signs and sends.

use super::asked::Asked;
use super::cost::{Dollars, price};
use super::credentials::Setup;
use super::guard::objection;
use super::journal::{Entry, Intent, Journal, JournalError};
use super::opaque::{may_be_understood, tokens_of};
use super::options::AwsOptions;
use super::pace::Pace;
use super::post::{Post, error_of, is_about_credentials, is_throttled, judged};
use super::signing::Scope;
use super::things::{Kind, is_replica_region, made, region_of_what_is_made};
use crate::emulator::Clock;
use crate::outside::{OutsideCall, OutsideError};
use crate::target::{Lost, Request, Response, Sending, Target};
use kms_conformance_model::Service;
use reqwest::Client;
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// AWS, or whatever stands in its place at the endpoints that the environment names.
#[derive(Debug)]
pub struct AwsTarget {
    pub(super) setup: Setup,
    pub(super) options: AwsOptions,
    pub(super) client: Client,
    pub(super) pace: Pace,
    pub(super) journal: Mutex<Journal>,
    pub(super) totals: Mutex<AwsTotals>,
    /// When the last request of a plan that may have changed something was over.
    pub(super) changed: AtomicI64,
    /// Ciphertexts and grant tokens that answers showed.
    pub(super) shown: Mutex<HashSet<String>>,
    /// How far the clock of AWS is before that of this machine, in milliseconds.
    pub(super) skew: AtomicI64,
}

/// What a run has sent, and what it has not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AwsTotals {
    /// The requests that were sent, with those that were throttled and those of the clean-up.
    pub sent: u64,
    /// How often AWS asked to slow down.
    pub throttled: u64,
    /// The requests that were not sent, by the reason.
    pub held_back: BTreeMap<String, u64>,
    /// The keys that were made, replicas and rotated materials included.
    pub keys: u64,
    /// What everything cost at the most.
    pub spent: Dollars,
}

/// How often a request is sent that AWS throttles.
const TRIES: u32 = 8;

/// The first wait after AWS asked to slow down; each later one is twice as long.
pub(super) const FIRST_WAIT: Duration = Duration::from_millis(100);

impl AwsTarget {
    /// The account that the credentials are of.
    pub fn account(&self) -> String {
        self.journal().header.account.clone()
    }

    /// The Region of the run.
    pub fn region(&self) -> &str {
        &self.setup.region
    }

    /// What was sent so far.
    pub fn totals(&self) -> AwsTotals {
        self.counted().clone()
    }

    /// How many things were made so far.
    pub fn made(&self) -> usize {
        self.journal().count()
    }

    pub(super) fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn counted(&self) -> MutexGuard<'_, AwsTotals> {
        self.totals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The moment by this machine's clock.
    pub(super) fn now() -> i64 {
        Clock::Real.now()
    }

    async fn guarded(&self, request: &Request) -> Result<Response, Lost> {
        let asked = Asked::of(request);
        let region = request.region.as_deref().unwrap_or(&self.setup.region);
        if region != self.setup.region && !is_replica_region(region) {
            let why = "the Region is not one that is known here";
            return Err(self.held_back(why.to_owned()));
        }
        if asked.is_none() && may_be_understood(request) {
            let why = "AWS may understand more of it than is understood here";
            return Err(self.held_back(why.to_owned()));
        }
        if let Some(why) = self.objection(asked.as_ref(), region) {
            return Err(self.held_back(why));
        }
        let intent = match &asked {
            Some(asked) => self.intend(asked, region)?,
            None => None,
        };
        let answer = self.send_at_pace(request).await;
        if asked.as_ref().is_none_or(|asked| !asked.reads()) {
            self.changed.store(AwsTarget::now(), Ordering::Relaxed);
        }
        if let Ok(response) = &answer {
            self.remember(response);
        }
        if let Some((asked, n)) = asked.as_ref().zip(intent) {
            self.note(asked, region, n, &answer)?;
        }
        answer
    }

    /// Why the request must not be sent.
    fn objection(&self, asked: Option<&Asked>, region: &str) -> Option<String> {
        let objection = asked.and_then(|asked| {
            let journal = self.journal();
            objection(asked, &self.options, &|id| journal.knows(id, region))
                .or_else(|| self.unknown_token(asked))
        });
        objection.or_else(|| self.charge(asked))
    }

    /// Why a request may use what others made: it brings something that only AWS can read, and that no
    /// answer to this run showed.
    fn unknown_token(&self, asked: &Asked) -> Option<String> {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let unknown = tokens_of(asked).find(|token| !shown.contains(*token));
        unknown.map(|_| "no answer to this run showed the ciphertext or token".to_owned())
    }

    fn remember(&self, response: &Response) {
        let Ok(document) = serde_json::from_slice::<Value>(&response.body) else {
            return;
        };
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let members = document.as_object().into_iter().flatten();
        let tokens =
            members.filter(|(name, _)| name.contains("Ciphertext") || *name == "GrantToken");
        shown.extend(tokens.filter_map(|(_, value)| value.as_str().map(str::to_owned)));
    }

    /// Whether everything that was done shows everywhere by now.
    pub(super) fn has_shown(&self) -> bool {
        let bound = self.options.consistency;
        let bound = i64::try_from(bound.as_millis()).unwrap_or(i64::MAX);
        let since = AwsTarget::now() - self.changed.load(Ordering::Relaxed);
        // A clock that was set back says nothing; the clean-up does not wait for it without end.
        since > bound || since < 0
    }

    /// Why there is no money for the request; it is charged if there is.
    fn charge(&self, asked: Option<&Asked>) -> Option<String> {
        let mut totals = self.counted();
        let makes_key = asked.is_some_and(Asked::pays_for_a_key);
        if makes_key && totals.keys >= self.options.most_keys {
            let most = self.options.most_keys;
            return Some(format!("{most} keys were made, which is the most"));
        }
        let spent = totals.spent + price(asked);
        if spent > self.options.most {
            return Some(format!("it may cost more than {}", self.options.most));
        }
        totals.spent = spent;
        totals.keys += u64::from(makes_key);
        None
    }

    fn held_back(&self, why: String) -> Lost {
        *self.counted().held_back.entry(why.clone()).or_default() += 1;
        Lost::NotSent(why)
    }

    /// Writes down what the request would make, if anything.
    fn intend(&self, asked: &Asked, region: &str) -> Result<Option<u64>, Lost> {
        let Some(kind) = asked.makes() else {
            return Ok(None);
        };
        let name = match kind {
            Kind::Alias => asked.text("AliasName"),
            Kind::KeyStore => asked.text("CustomKeyStoreName"),
            Kind::Hsm => asked.text("ClusterId"),
            Kind::Key | Kind::Cluster => None,
        };
        let intent = Intent {
            kind,
            region: region_of_what_is_made(asked, region).to_owned(),
            at: AwsTarget::now(),
            name: name.map(str::to_owned),
        };
        let written = self.journal().intend(intent);
        written.map(Some).map_err(|error| no_journal(&error))
    }

    /// Writes down what came of an intent. Where nobody can know, it stays open.
    fn note(
        &self,
        asked: &Asked,
        region: &str,
        n: u64,
        answer: &Result<Response, Lost>,
    ) -> Result<(), Lost> {
        let entry = match answer {
            Ok(response) if response.status == 200 => {
                let response = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
                let at = AwsTarget::now();
                made(asked, region, &response).map(|thing| Entry::Made { n, thing, at })
            }
            // CloudHSM says so too where it failed, at a time that nobody knows.
            Ok(response) if error_of(response).0 == "CloudHsmServiceException" => None,
            Ok(response) if response.status < 500 => Some(Entry::Nothing { n }),
            Err(Lost::NotSent(_) | Lost::Denied(_) | Lost::Unreachable(_)) => {
                Some(Entry::Nothing { n })
            }
            _ => None,
        };
        let at = AwsTarget::now();
        let entry = entry.unwrap_or(Entry::Unanswered { n, at });
        let written = self.journal().add(entry);
        written.map_err(|error| no_journal(&error))
    }

    /// Sends a request, more slowly each time that AWS throttles it. Nothing is asked here whether it
    /// may be sent.
    pub(super) async fn send_at_pace(&self, request: &Request) -> Result<Response, Lost> {
        let target = request.target.as_deref().unwrap_or_default();
        let service = Service::of_target(target);
        let operation = target.rsplit('.').next().unwrap_or_default();
        let region = request.region.as_deref().unwrap_or(&self.setup.region);
        let mut wait = FIRST_WAIT;
        for _ in 0..TRIES {
            self.pace.wait(service, operation, region).await;
            let response = self.send_signed(request, service, region).await?;
            let error = error_of(&response);
            if !is_throttled(&error) {
                return judged(response, &error);
            }
            self.counted().throttled += 1;
            tokio::time::sleep(wait.mul_f64(rand::random_range(0.5..1.0))).await;
            wait *= 2;
        }
        Err(self.held_back("AWS throttled it again and again".to_owned()))
    }

    /// Signs and sends; once more if the credentials had run out or the clock was wrong.
    async fn send_signed(
        &self,
        request: &Request,
        service: Service,
        region: &str,
    ) -> Result<Response, Lost> {
        let mut headers = vec![("content-type", "application/x-amz-json-1.1")];
        headers.extend(request.target.as_deref().map(|it| ("x-amz-target", it)));
        let url = format!("{}/", self.setup.endpoints.url(service, region));
        let post = Post {
            url: &url,
            headers: &headers,
            body: &request.body,
            scope: Scope {
                region,
                service: service.signing_name(),
            },
        };
        self.counted().sent += 1;
        let response = post.send(&self.client, &self.setup, &self.skew).await?;
        if !is_about_credentials(&error_of(&response)) {
            return Ok(response);
        }
        self.setup.forget();
        post.send(&self.client, &self.setup, &self.skew).await
    }
}

impl Target for AwsTarget {
    fn name(&self) -> String {
        "aws".to_owned()
    }

    fn send<'a>(&'a self, request: &'a Request) -> Sending<'a, Result<Response, Lost>> {
        Box::pin(self.guarded(request))
    }

    fn offers_outside(&self) -> bool {
        false
    }

    fn outside<'a>(&'a self, _: &'a OutsideCall) -> Sending<'a, Result<Value, OutsideError>> {
        Box::pin(async { Err(OutsideError::NotOffered) })
    }

    fn settles_within(&self) -> Duration {
        self.options.consistency
    }
}

fn no_journal(error: &JournalError) -> Lost {
    Lost::Unreachable(format!("nothing is made without a journal: {error}"))
}
