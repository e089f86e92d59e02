//! Operations that a target does not have: how it tells, and what speaks for it.
//!
//! Many emulators answer a page for browsers both where an operation is missing and where it fell
//! over a request. Whoever answered the operation before has it.

use crate::judge::{Judged, judge_page};
use crate::metamorphic::At;
use crate::session::{Session, Taken};
use kms_conformance_model::{AnyOperation, Reply, Verdict};
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
        self.says || self.broke >= 6 || self.broke_on_legal >= 2
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

    /// A server that answered the operation before has it, and fell over it now.
    pub(crate) fn broke(
        &mut self,
        operation: &'static dyn AnyOperation,
        body: Value,
        page: String,
        status: u16,
    ) -> Taken {
        let reply = Reply::Lost(page.clone());
        let foresight = self
            .belief
            .foresee(&self.exchange(operation, &body, &reply));
        let known = (operation.service(), operation.name());
        let at = At {
            operation,
            body: &body,
            reply: &reply,
        };
        // Nothing can be compared with a page, but what fell over may have been half done.
        self.relations.observe(&at, &Verdict::Unknown(page.clone()));
        let mut taken = Taken {
            reply: Some(reply.clone()),
            status,
            ..Taken::nothing()
        };
        if self.answered.contains(&known) {
            // It may have been half done.
            let unknown = self.observe(operation, &body, &reply);
            let verdict = match foresight.expected.is_empty() {
                true => unknown,
                false => judge_page(operation, foresight, status),
            };
            taken.judged = vec![Judged::exchange(operation.label(), verdict)];
        } else {
            // Where successes are not modelled nobody knows whether the request was a good one: its
            // grant, say, may not exist.
            taken.lacking = Some(Lacking::Broke {
                page,
                legal: foresight.may_succeed && !foresight.unmodelled,
            });
        }
        Taken { body, ..taken }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broke(legal: bool) -> Lacks {
        let page = "HTTP 500".to_owned();
        Lacks::from(&Lacking::Broke { page, legal })
    }

    #[test]
    fn what_says_so_is_enough_and_one_crash_is_not() {
        assert!(Lacks::from(&Lacking::Says("HTTP 501".to_owned())).is_enough());
        let mut lacks = broke(true);
        assert!(!lacks.is_enough());
        lacks.merge(&broke(true));
        assert!(lacks.is_enough());
    }

    #[test]
    fn crashes_on_nonsense_count_less() {
        let mut lacks = broke(false);
        for _ in 0..4 {
            lacks.merge(&broke(false));
        }
        assert!(!lacks.is_enough());
        lacks.merge(&broke(false));
        assert!(lacks.is_enough());
    }
}
