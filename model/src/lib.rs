//! What AWS KMS and CloudHSM v2 do, as a state machine made of cited rules.
//!
//! A [`State`] is what an account holds. An [`Operation`] has [`Refusal`]s, which say when AWS
//! answers an error, and [`Promise`]s, which say what a success changes and shows. A [`Drift`] is
//! what changes by itself. Each rule carries a [`Card`] that cites who says so.
//!
//! The same rules run in two places. The reference emulator runs them with a [`Mint`] that makes
//! ids and ciphertexts; the judge folds exchanges through a [`Belief`], whose mint reads them out of
//! the responses it observed.
//!
//! Absent on purpose: HTTP, async, clocks and random numbers. Of cryptography there is what it takes to
//! verify what a target made: [`asymmetric`].

mod answer;
pub mod asymmetric;
pub mod authorisation;
mod belief;
mod blind;
mod card;
pub mod catalog;
pub mod cloudhsm;
pub mod drift;
mod drifts;
mod error_code;
mod form;
mod input;
pub mod kms;
mod lenient;
mod lists;
mod mint;
mod operation;
mod outside;
mod past;
mod path;
mod reading;
pub mod relations;
mod reply;
mod resource;
mod rule;
mod service;
pub mod shape;
mod sighting;
pub mod state;
mod state_class;
mod success;
mod switches;
#[cfg(test)]
mod testing;
pub mod time;
pub mod wire;
mod wire_enum;
mod writing;

pub use answer::{Answered, answer};
pub use belief::{
    Absent, Belief, Divergence, Exchange, Expected, Foresight, Level, MOST_STATES, Terms, Verdict,
};
pub use blind::Blind;
pub use card::{Card, Evidence};
pub use error_code::ErrorCode;
pub use input::Blob;
pub use lists::{Listed, Paging};
pub use mint::{
    Claim, Computation, Form, Learnt, Mint, Mismatch, Page, Paged, Plaintext, Sealed, Seen,
};
pub use operation::{
    Allowed, AnyOperation, Call, Erased, Fired, Operation, Outcome, Rule, RuleKind, Service,
    allowed,
};
pub use outside::{Impossible, OutsideAction};
pub use path::{Path, Segment};
pub use reading::{Reading, shows};
pub use reply::{Refused, Reply};
pub use resource::Resource;
pub use rule::{Answer, Drift, Force, Promise, Refusal, Stage, always, may, must};
pub use shape::{Member, Shape};
pub use sighting::{Rival, Sighting};
pub use state::{MEMBERS_THAT_NAME_KEYS, State};
pub use state_class::{Kind, Material, StateClass, Zones, class_of, kind_of};
pub use success::{Broken, Success};
pub use switches::{Sabotage, Switches};
pub use writing::{Source, Writing};
