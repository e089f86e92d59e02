//! Requests of the run itself, not of its plans: to look around and to clean up.

use super::clean_up::{FIRST_PAUSE, LONGEST_PAUSE};
use super::target::AwsTarget;
use crate::target::{Lost, Request};
use crate::wire::{Answer, reply};
use kms_conformance_model::{Refused, Reply, Service};
use serde_json::Value;

/// How often a request is sent that gets no answer, or one of an internal error.
const TRIES: u32 = 8;

impl AwsTarget {
    /// Asks for something that may be asked for again if no answer comes.
    pub(super) async fn call(
        &self,
        service: Service,
        operation: &str,
        region: &str,
        body: &Value,
    ) -> Result<Value, CallError> {
        let request = Request::new(service, operation, body).to_region(region);
        let mut last = CallError::of("it was not tried");
        let mut pause = FIRST_PAUSE;
        for _ in 0..TRIES {
            last = match self.send_at_pace(&request).await {
                Ok(response) => match reply(&response) {
                    Answer::Reply(Reply::Done(response)) => return Ok(response),
                    Answer::Reply(Reply::Refused(refused)) if refused.status < 500 => {
                        return Err(CallError::refused(refused));
                    }
                    Answer::Reply(Reply::Refused(refused)) => CallError::refused(refused),
                    Answer::Reply(Reply::Lost(why))
                    | Answer::Unsupported(why)
                    | Answer::Untyped(why) => CallError::of(&why),
                },
                Err(Lost::Denied(why)) => {
                    return Err(CallError {
                        denied: true,
                        ..CallError::of(&why)
                    });
                }
                Err(Lost::Unreachable(why)) => {
                    return Err(CallError {
                        hopeless: true,
                        ..CallError::of(&why)
                    });
                }
                Err(lost) => CallError::of(&lost.to_string()),
            };
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        Err(last)
    }
}

/// Why a request of the clean-up did not succeed.
#[derive(Clone, Debug)]
pub(super) struct CallError {
    /// The error type; empty where none came.
    pub(super) error: String,
    /// What there is to tell.
    pub(super) why: String,
    /// Whether the caller may not ask for it.
    pub(super) denied: bool,
    /// Whether AWS cannot be reached, or not with these credentials: nothing else will work either.
    pub(super) hopeless: bool,
}

impl CallError {
    fn of(why: &str) -> CallError {
        CallError {
            error: String::new(),
            why: why.to_owned(),
            denied: false,
            hopeless: false,
        }
    }

    fn refused(refused: Refused) -> CallError {
        let message = refused.message.unwrap_or_default();
        CallError {
            why: format!("{} {message}", refused.error).trim_end().to_owned(),
            denied: refused.error.ends_with("AccessDeniedException"),
            hopeless: false,
            error: refused.error,
        }
    }

    pub(super) fn is(&self, error: &str) -> bool {
        self.error == error
    }
}
