//! Eventual consistency: for a time after a change, an answer may be about what was there before it.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/accessing-kms.html>
//!
//! What such an answer seems to get wrong is asked again until it is right or the time is over; only
//! then is it judged. So an old answer is never a finding, and a wrong one is found all the same.

use crate::finding::fingerprint;
use crate::metamorphic::At;
use kms_conformance_model::{Expected, Reply, Verdict};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What several sessions on one target know of old answers.
#[derive(Clone, Debug, Default)]
pub struct OldAnswers {
    /// The fingerprints of what stayed wrong to the end, which need not be waited for again.
    lasting: Arc<Mutex<BTreeSet<String>>>,
    /// How many answers were old.
    number: Arc<AtomicU64>,
}

impl OldAnswers {
    /// How many answers were wrong at first and right later.
    pub fn number(&self) -> u64 {
        self.number.load(Ordering::Relaxed)
    }

    fn is_lasting(&self, fingerprint: &str) -> bool {
        let lasting = self.lasting.lock().unwrap_or_else(PoisonError::into_inner);
        lasting.contains(fingerprint)
    }

    fn lasts(&self, fingerprint: String) {
        let mut lasting = self.lasting.lock().unwrap_or_else(PoisonError::into_inner);
        lasting.insert(fingerprint);
    }
}

/// When the changes of a session must show everywhere.
#[derive(Debug)]
pub(crate) struct Settling {
    bound: Duration,
    changed: Option<Instant>,
    pub(crate) old: OldAnswers,
}

/// The first wait before an answer is asked for again; each later one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(25);

/// The longest one.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

impl Settling {
    /// Changes show everywhere after this time. What was changed before the session may not, yet.
    pub(crate) fn within(bound: Duration) -> Settling {
        Settling {
            bound,
            changed: Some(Instant::now()),
            old: OldAnswers::default(),
        }
    }

    /// Something was changed, or may have been.
    pub(crate) fn stir(&mut self) {
        self.changed = Some(Instant::now());
    }

    /// Whether changes may not show yet.
    fn is_under_way(&self) -> bool {
        !self.left().is_zero()
    }

    /// Waits until everything has shown.
    pub(crate) async fn finish(&self) {
        tokio::time::sleep(self.left()).await;
    }

    /// Whether answers of the target can be old at all.
    pub(crate) fn is_ever_old(&self) -> bool {
        !self.bound.is_zero()
    }

    /// How long changes may still need to show.
    fn left(&self) -> Duration {
        let since = self.changed.map(|changed| changed.elapsed());
        since.map_or(Duration::ZERO, |since| self.bound.saturating_sub(since))
    }

    /// Waits a little if the answer should be asked for again. It is the `tries`th one; the moments are
    /// those at which the first one and this one were asked for. What changed something cannot be asked
    /// for again. Others and time may change things too, so that an answer may always be as old as the
    /// bound.
    pub(crate) async fn asks_again(
        &self,
        at: &At<'_>,
        verdict: &Verdict,
        tries: u32,
        [began, asked]: [Instant; 2],
    ) -> bool {
        let Verdict::Diverges(divergences) = verdict else {
            self.old
                .number
                .fetch_add(u64::from(tries > 0), Ordering::Relaxed);
            return false;
        };
        let repeatable = !at.writes() || matches!(at.reply, Reply::Refused(_));
        let fingerprints: Vec<String> = divergences.iter().map(fingerprint).collect();
        if !repeatable || fingerprints.iter().all(|it| self.old.is_lasting(it)) {
            return false;
        }
        // What counts is how old the answer may be, however late it is looked at.
        let since = self.changed.map_or(began, |changed| changed.max(began));
        let left = self
            .bound
            .saturating_sub(asked.saturating_duration_since(since));
        if left.is_zero() {
            fingerprints.into_iter().for_each(|it| self.old.lasts(it));
            return false;
        }
        let pause = FIRST_PAUSE * 2_u32.saturating_pow(tries.min(8));
        tokio::time::sleep(pause.min(LONGEST_PAUSE).min(left)).await;
        true
    }

    /// The verdict on what cannot be asked again: a success that should have been refused may have been
    /// allowed by what was there before, unless what is there does not matter to the refusal.
    pub(crate) fn tempered(&self, at: &At<'_>, verdict: Verdict) -> Verdict {
        match &verdict {
            Verdict::Diverges(divergences)
                if self.is_under_way()
                    && at.writes()
                    && at.done().is_some()
                    && divergences.iter().all(|it| it.member.is_empty())
                    && !divergences
                        .iter()
                        .flat_map(|it| &it.expected)
                        .any(is_about_the_request) =>
            {
                let why = "it may have been allowed by what was there before";
                Verdict::Unknown(why.to_owned())
            }
            _ => verdict,
        }
    }
}

/// Whether an error is about the request by itself, whatever the account holds.
fn is_about_the_request(expected: &Expected) -> bool {
    const ERRORS: &[&str] = &[
        "InvalidAliasNameException",
        "InvalidArnException",
        "MalformedPolicyDocumentException",
        "SerializationException",
        "TagException",
        "ValidationException",
    ];
    ERRORS.contains(&expected.outcome.as_str())
}
