//! Rules as values: when AWS refuses, what it promises on success, what changes by itself.

use crate::card::Card;
use crate::error_code::ErrorCode;
use crate::resource::Resource;
use crate::state::State;
use crate::success::Success;
use crate::switches::Switches;
use crate::time::Millis;

/// When in the handling of a request a rule is checked. Two rules of an operation stand in
/// different stages only where documentation or a recording orders them, or where one needs the
/// outcome of the other; otherwise AWS may answer with either. An order that somebody only states to
/// have measured is no evidence: it is the order in which an operation lists its rules, which the
/// emulator keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// JSON types.
    Wire,
    /// Constraints of single members.
    Constraint,
    /// Combinations of members that need no lookup.
    Combination,
    /// Whether what the request names exists. Nothing orders this and what follows: where both fail,
    /// AWS may answer with either.
    Lookup,
    /// Whether the kind and the state of what the request names, and its members among each other,
    /// allow it.
    Condition,
    /// What only the key can tell once it may be used: whether it made a signature or a code.
    Content,
    /// Whether the request was only a rehearsal of one that would have worked.
    DryRun,
}

impl Stage {
    /// Whether a rule of this stage may be what AWS answers with where one of the stage `decisive`
    /// must refuse.
    pub fn is_heard(self, decisive: Stage) -> bool {
        self <= decisive || (decisive == Stage::Lookup && self == Stage::Condition)
    }
}

/// Whether AWS must refuse when a rule fires, or may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Force {
    /// It must: success breaks the rule.
    Must,
    /// It may: documentation contradicts itself or is silent, so success is allowed too.
    May,
}

/// The error a rule answers with.
pub struct Answer<Op> {
    /// The allowed error types; the emulator answers with the first.
    pub codes: &'static [ErrorCode],
    /// Whether AWS must refuse.
    pub force: Force,
    /// The recorded message. Messages never fail a run by default.
    pub message: Option<fn(&State, &Op) -> String>,
    /// Whether AWS sends this error without any message.
    pub silent: bool,
}

/// AWS must answer with one of `codes`.
pub const fn must<Op>(codes: &'static [ErrorCode]) -> Answer<Op> {
    Answer {
        codes,
        force: Force::Must,
        message: None,
        silent: false,
    }
}

/// AWS may answer with one of `codes`, or go on.
pub const fn may<Op>(codes: &'static [ErrorCode]) -> Answer<Op> {
    Answer {
        codes,
        force: Force::May,
        message: None,
        silent: false,
    }
}

impl<Op> Clone for Answer<Op> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Op> Copy for Answer<Op> {}

impl<Op> Answer<Op> {
    /// The same answer, with the text that AWS was recorded to send.
    pub const fn saying(self, message: fn(&State, &Op) -> String) -> Self {
        Answer {
            message: Some(message),
            ..self
        }
    }

    /// The same answer, without any message member.
    pub const fn silently(self) -> Self {
        Answer {
            silent: true,
            ..self
        }
    }
}

/// When `when(state, input)` holds, AWS answers `error`.
pub struct Refusal<Op: 'static> {
    /// What the rule says and who says it.
    pub card: Card,
    /// When it is checked.
    pub stage: Stage,
    /// What AWS answers.
    pub error: Answer<Op>,
    /// Whether it fires.
    pub when: fn(&State, &Op) -> bool,
}

impl<Op> Clone for Refusal<Op> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Op> Copy for Refusal<Op> {}

/// What a success shows in its response and changes in the state.
pub struct Promise<Op: 'static> {
    /// What the rule says and who says it.
    pub card: Card,
    /// Whether it applies to this request; the state is the one before.
    pub when: fn(&State, &Op) -> bool,
    /// Changes the state and shows the response. It must cope with a state that earlier promises
    /// did not prepare, since the saboteur can switch any of them off.
    pub make: fn(&Op, &mut Success<'_>),
}

/// The `when` of a promise that always applies.
pub fn always<Op>(_: &State, _: &Op) -> bool {
    true
}

/// What happens by itself, some time after something was set going.
pub struct Drift {
    /// What the rule says and who says it.
    pub card: Card,
    /// When it was set going, if this resource is waiting for it.
    pub since: fn(&State, &Resource) -> Option<Millis>,
    /// How long it takes at the least.
    pub not_before: Millis,
    /// How long it takes at the most; later is a divergence.
    pub not_after: Millis,
    /// How long the emulator takes when it keeps AWS's times.
    pub usual: Millis,
    /// The cards of further effects that `outcomes` has and the saboteur can switch off.
    pub also: &'static [Card],
    /// The states it may lead to, the likeliest first.
    pub outcomes: fn(&State, &Resource, &Switches) -> Vec<State>,
}
