//! Operations that a target does not have: how it tells, and what speaks for it.
//!
//! Many emulators answer an internal error both where an operation is missing and where it crashed on a
//! request. A target that answered the operation before has it.

use crate::judge::{Judged, judge_crash};
use crate::metamorphic::At;
use crate::session::{Session, Taken};
use kms_conformance_model::{AnyOperation, Refused, Reply, Verdict};
use serde_json::Value;

/// Signs that a target does not have an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lacking {
    /// It says so, in these words.
    Says(String),
    /// It broke before it ever answered this operation.
    Broke {
        /// What it wrote.
        page: String,
        /// Whether the request was one that may succeed.
        legal: bool,
    },
}

/// What speaks for it that a target does not have an operation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lacks {
    /// What it answered first, or how it said that it lacks the operation.
    pub answer: String,
    /// Whether it said so.
    pub says: bool,
    /// How often it broke instead of answering.
    pub broke: u64,
    /// How often it did so though the request was legal.
    pub broke_on_legal: u64,
}

impl Lacks {
    /// Adds what was seen elsewhere.
    pub fn merge(&mut self, other: &Lacks) {
        if self.answer.is_empty() || (other.says && !self.says) {
            self.answer.clone_from(&other.answer);
        }
        self.says |= other.says;
        self.broke += other.broke;
        self.broke_on_legal += other.broke_on_legal;
    }

    /// Whether asking again is a waste of time.
    pub fn is_enough(&self) -> bool {
        self.says || self.broke >= 8 || (self.broke >= 4 && self.broke_on_legal >= 3)
    }
}

impl From<&Lacking> for Lacks {
    fn from(sign: &Lacking) -> Lacks {
        match sign {
            Lacking::Says(answer) => Lacks {
                answer: answer.clone(),
                says: true,
                ..Lacks::default()
            },
            Lacking::Broke { page, legal } => Lacks {
                answer: page.clone(),
                broke: 1,
                broke_on_legal: u64::from(*legal),
                ..Lacks::default()
            },
        }
    }
}

impl Session<'_> {
    /// The reference emulator has every operation, but not every success is modelled.
    pub(crate) fn unsupported(
        &mut self,
        operation: &'static dyn AnyOperation,
        body: Value,
        why: String,
    ) -> Taken {
        let reply = Reply::Lost(why.clone());
        let unmodelled = self.outside && {
            let foresight = self
                .belief
                .foresee(&self.exchange(operation, &body, &reply));
            foresight.unmodelled
        };
        let (judged, lacking) = match unmodelled {
            true => {
                let verdict = Verdict::Unknown("this success is not modelled".to_owned());
                (vec![Judged::exchange(operation.label(), verdict)], None)
            }
            false => (Vec::new(), Some(Lacking::Says(why))),
        };
        Taken {
            body,
            reply: Some(reply),
            judged,
            lacking,
            ..Taken::nothing()
        }
    }

    /// An error without a type of AWS's. A target that answered the operation before has it, and crashed
    /// now or forgot the type.
    pub(crate) fn untyped(
        &mut self,
        operation: &'static dyn AnyOperation,
        body: Value,
        why: String,
        status: u16,
    ) -> Taken {
        let known = (operation.service(), operation.name());
        let crashed = status >= 500;
        let reply = match crashed {
            true => Reply::Lost(why.clone()),
            false => Reply::Refused(Refused {
                error: UNTYPED.to_owned(),
                message: None,
                status,
            }),
        };
        let foresight = self
            .belief
            .foresee(&self.exchange(operation, &body, &reply));
        if !self.answered.contains(&known) {
            let at = At {
                operation,
                body: &body,
                reply: &reply,
            };
            self.relations.observe(&at, &Verdict::Unknown(why.clone()));
            // Where successes are not modelled nobody knows whether the request was a good one: its
            // grant, say, may not exist.
            let legal = foresight.may_succeed && !foresight.unmodelled;
            return Taken {
                body,
                reply: Some(Reply::Lost(why.clone())),
                status,
                lacking: Some(Lacking::Broke { page: why, legal }),
                ..Taken::nothing()
            };
        }
        let mut judged = self.judged(operation, &body, &reply);
        if crashed {
            // What was asked for may have been half done, which the belief knows now.
            let verdict = judge_crash(operation, foresight, &why, status);
            judged = vec![Judged::exchange(operation.label(), verdict)];
        }
        Taken {
            body,
            reply: Some(reply),
            status,
            judged,
            ..Taken::nothing()
        }
    }
}

/// What stands for the type of an error that has none.
const UNTYPED: &str = "an error without a type";

#[cfg(test)]
mod tests {
    use super::*;

    fn broke(legal: bool) -> Lacks {
        let page = "HTTP 500".to_owned();
        Lacks::from(&Lacking::Broke { page, legal })
    }

    #[test]
    fn a_target_that_says_so_is_believed_at_once() {
        assert!(Lacks::from(&Lacking::Says("HTTP 501".to_owned())).is_enough());
    }

    #[test]
    fn crashes_on_legal_requests_count_more_than_others() {
        let after = |legal: bool, times: usize| {
            let mut lacks = broke(legal);
            for _ in 1..times {
                lacks.merge(&broke(legal));
            }
            lacks.is_enough()
        };
        assert!(!after(true, 3) && after(true, 4));
        assert!(!after(false, 7) && after(false, 8));
    }
}
