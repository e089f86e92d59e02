//! On what terms answers are read that nobody here received: recorded ones, without secrets and
//! perhaps in part.

use crate::operation::Outcome;
use crate::path::Path;
use crate::reading::Reading;
use crate::reply::Refused;
use serde_json::Value;
use std::collections::BTreeSet;

/// What is not held against an answer because it was recorded.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// Whether other texts may stand for secrets, the same for the same secret.
    pub stand_ins: bool,
    /// What an absent member says.
    pub absent: Absent,
    /// Whether the account has a past: what a request names may have been made before anybody looked.
    pub has_past: bool,
    /// Whether the request is not known but guessed: only the forms of the answer are judged.
    pub guessed: bool,
}

/// What a member says that is absent from an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Absent {
    /// That the answer lacked it.
    #[default]
    Lacking,
    /// Nothing if it is one of these, which AWS did not have yet.
    Later(BTreeSet<String>),
    /// Nothing: only a part of the answer is known.
    Unknown,
}

impl Terms {
    pub(super) fn reading<'v>(&self, response: &'v Value) -> Reading<'v> {
        match self.stand_ins {
            true => Reading::of_recording(response),
            false => Reading::new(response),
        }
    }

    /// Whether the text of a refusal is known.
    pub(super) fn hears_texts(&self, refused: &Refused) -> bool {
        self.absent != Absent::Unknown || refused.message.is_some()
    }

    /// Takes what these terms do not hold against an answer out of what was broken.
    pub(super) fn excuse(&self, outcome: &mut Outcome) {
        outcome.broken.retain(|broken| {
            let mismatch = &broken.mismatch;
            mismatch.observed.is_some() || self.holds(&mismatch.at)
        });
    }

    /// Whether it is held against an answer that it shows nothing there.
    pub(super) fn holds(&self, at: &Path) -> bool {
        match &self.absent {
            Absent::Lacking => true,
            Absent::Later(names) => {
                let pattern = at.pattern();
                !pattern
                    .split(['.', '[', ']'])
                    .any(|part| names.contains(part))
            }
            Absent::Unknown => false,
        }
    }
}
