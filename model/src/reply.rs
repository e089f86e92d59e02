//! What came back for a request.

use serde_json::Value;

/// An error as it came over the wire.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    /// The error type, without any namespace before `#`.
    pub error: String,
    /// Its message, if it had one.
    pub message: Option<String>,
    /// The HTTP status; 0 where there was none.
    pub status: u16,
}

/// The answer to a request, or the lack of one.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// It happened, and this is the response.
    Done(Value),
    /// It was refused and must have left no trace.
    Refused(Refused),
    /// A time-out, a reset or a 5xx: it may or may not have happened.
    Lost(String),
}
