//! What became of a request, as far as figures go; the judge says later whether it was right.

use kms_conformance_model::Reply;
use kms_conformance_targets::{Answer, Lost, Response, reply};
use serde::{Deserialize, Serialize};

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// It succeeded.
    Success,
    /// The target asked for fewer requests.
    Throttled,
    /// It failed with an error of this type.
    Error(String),
    /// No answer came; why.
    Lost(String),
    /// It was planned, and could not be sent before the time was over.
    NotStarted,
}

impl Outcome {
    /// What a response, or its lack, comes to.
    pub(super) fn of(answer: &Result<Response, Lost>) -> Outcome {
        match answer {
            Ok(response) if (200..300).contains(&response.status) => Outcome::Success,
            Ok(response) => Outcome::of_failure(response),
            Err(lost) => Outcome::Lost(
                match lost {
                    Lost::Unreachable(_) => "no connection",
                    Lost::TimedOut => "no response in time",
                    Lost::Broken(_) => "the connection broke",
                    Lost::NotSent(_) | Lost::Denied(_) => "not sent",
                }
                .to_owned(),
            ),
        }
    }

    fn of_failure(response: &Response) -> Outcome {
        let status = response.status;
        match reply(response) {
            Answer::Reply(Reply::Refused(refused)) if is_throttle(&refused.error) => {
                Outcome::Throttled
            }
            Answer::Reply(Reply::Refused(refused)) if !refused.error.is_empty() => {
                Outcome::Error(refused.error)
            }
            Answer::Unsupported(_) => Outcome::Error(format!("HTTP {status}, unsupported")),
            _ => Outcome::Error(format!("HTTP {status}")),
        }
    }

    /// What reports call it.
    pub(crate) fn name(&self) -> String {
        match self {
            Outcome::Success => "success".to_owned(),
            Outcome::Throttled => "throttled".to_owned(),
            Outcome::Error(kind) => kind.clone(),
            Outcome::Lost(why) => format!("lost: {why}"),
            Outcome::NotStarted => "not started".to_owned(),
        }
    }
}

/// Whether an error asks for fewer requests. `LimitExceededException` does not: waiting is no help.
pub(super) fn is_throttle(error: &str) -> bool {
    matches!(
        error,
        "ThrottlingException" | "Throttling" | "TooManyRequestsException"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, body: &str) -> Outcome {
        Outcome::of(&Ok(Response {
            status,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
        }))
    }

    #[test]
    fn throttles_stand_apart_from_failures() {
        assert_eq!(answered(200, "{}"), Outcome::Success);
        let throttled = r#"{"__type":"ThrottlingException"}"#;
        assert_eq!(answered(400, throttled), Outcome::Throttled);
        let limit = r#"{"__type":"LimitExceededException"}"#;
        let error = Outcome::Error("LimitExceededException".to_owned());
        assert_eq!(answered(400, limit), error);
        assert_eq!(answered(503, "busy"), Outcome::Error("HTTP 503".to_owned()));
        let lost = Outcome::of(&Err(Lost::TimedOut));
        assert_eq!(lost.name(), "lost: no response in time");
    }
}
