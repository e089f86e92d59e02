//! Recordings: what was asked of a target and what it answered, one JSON document a line, without ids
//! and secrets. The first line is the [`Header`], each other one a [`Line`].

mod disguise;
mod names;
mod read;
mod recorder;
mod replayed;
mod stand_ins;

pub use read::read;
pub(crate) use recorder::Recorder;
pub(crate) use replayed::Replayed;

use crate::plan::Act;
use kms_conformance_model::state::{KeySpec, Wrapped};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// The schema version of recordings that this harness reads and writes.
pub const SCHEMA: u32 = 1;

/// What the header of a recording says it is.
pub const KIND: &str = "recording";

/// A recording that was read.
#[derive(Clone, Debug)]
pub struct Recording {
    /// The file.
    pub path: PathBuf,
    /// What it says of itself.
    pub header: Header,
    /// What happened, each with the number of its line in the file.
    pub lines: Vec<(usize, Line)>,
    /// What is inside wrapped key material, by its base64.
    pub wrapped: BTreeMap<String, Wrapped>,
}

/// The first line of a recording.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The schema version.
    pub schema: u32,
    /// [`KIND`].
    pub kind: String,
    /// Who wrote it: the program and its version, or a source.
    pub tool: String,
    /// What answered: `aws`, or another target.
    pub target: String,
    /// The Region of requests that name none.
    pub region: String,
    /// The account, by its name in the recording.
    pub account: String,
    /// Whether everything that requests name was made in this recording, if it exists at all.
    /// Otherwise the account has a past that nobody here knows of.
    pub fresh: bool,
    /// Whether nobody else used the account, so that lists and quotas are exact, and everything outside
    /// AWS is known.
    pub exclusive: bool,
    /// The moment at which it begins, in milliseconds since the Unix epoch, by the target's clock.
    pub at: i64,
    /// Where facts come from that this program did not record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The step of the plan that it belongs to.
    #[serde(default)]
    pub step: u32,
    /// The moment at which it was over, in milliseconds since the Unix epoch, by the target's clock.
    pub at: i64,
    /// What was done, with everything resolved.
    #[serde(flatten)]
    pub act: Act,
    /// What came back; `None` for what nothing answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Came>,
    /// Where a fact comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// How well a fact is known: `OBS`, or `OBS*` where somebody only says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// Whether only a part of the reply is known, so that what is absent says nothing.
    #[serde(default, skip_serializing_if = "is_false")]
    pub partial: bool,
    /// Members that AWS did not have yet when it answered so.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub lacks: BTreeSet<String>,
    /// Whether the request is not known but guessed, so that only forms are judged.
    #[serde(default, skip_serializing_if = "is_false")]
    pub guessed: bool,
    /// Whether it is a fact of its own, about another account than the line before.
    #[serde(default, skip_serializing_if = "is_false")]
    pub alone: bool,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Came {
    /// An HTTP response.
    Http {
        /// Its status.
        status: u16,
        /// The headers that a judge reads.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        headers: BTreeMap<String, String>,
        /// Its body: a JSON document.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<Value>,
        /// Its body, where it is no JSON.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
    /// Nothing, for this reason. The request may have been carried out.
    Lost(String),
    /// What the world outside AWS answered.
    Outside(Value),
    /// Why nothing happened outside AWS.
    Impossible(String),
}

/// A line that tells what is inside wrapped key material.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Inside {
    /// What is inside, by what stands for the material.
    pub(crate) wrapped: BTreeMap<String, InsideOne>,
}

/// What is known of wrapped key material, which itself is in no recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InsideOne {
    public_key: String,
    algorithm: String,
    digest: String,
    length: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    private_key: Option<KeySpec>,
}

impl From<&Wrapped> for InsideOne {
    fn from(wrapped: &Wrapped) -> InsideOne {
        InsideOne {
            public_key: wrapped.public_key.clone(),
            algorithm: wrapped.algorithm.clone(),
            digest: wrapped.digest.clone(),
            length: wrapped.length,
            private_key: wrapped.private_key,
        }
    }
}

impl From<InsideOne> for Wrapped {
    fn from(inside: InsideOne) -> Wrapped {
        Wrapped {
            public_key: inside.public_key,
            algorithm: inside.algorithm,
            digest: inside.digest,
            length: inside.length,
            private_key: inside.private_key,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}
