//! What becomes of a step.

use crate::judge::Judged;
use crate::lacking::Lacking;
use kms_conformance_model::Reply;
use serde_json::Value;

/// What became of a step.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The resolved body, or what stood for it.
    pub body: Value,
    /// The Region that the request was sent to, unless it was that of the run.
    pub region: Option<String>,
    /// What came back, if anything was sent.
    pub reply: Option<Reply>,
    /// The HTTP status; 0 where there was none.
    pub status: u16,
    /// What the judge says, a row for each thing judged.
    pub judged: Vec<Judged>,
    /// How the target said that it does not have the operation, or what may mean that.
    pub lacking: Option<Lacking>,
    /// Why the target held the request back, so that it was never sent.
    pub not_sent: Option<String>,
}

impl Taken {
    pub(crate) fn nothing() -> Taken {
        Taken {
            body: Value::Null,
            region: None,
            reply: None,
            status: 0,
            judged: Vec::new(),
            lacking: None,
            not_sent: None,
        }
    }
}
