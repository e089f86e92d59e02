//! Requests that must be signed: who signed one, and how the refusals are written.

use super::Emulator;
use crate::sigv4::{Credentials, Expected, Refusal, Seen, Verified, verify};
use crate::target::Response;
use crate::wire;
use hyper::http::request::Parts;
use kms_conformance_model::{ErrorCode, Service};

/// Finds out who signed a request to the service of this signing name.
///
/// A client signs with the time of its machine, so that is what the skew is measured against: the
/// clock of the emulator as it is configured, without what outside calls added to it.
pub(super) fn signer(
    emulator: &Emulator,
    credentials: &Credentials,
    service: &str,
    head: &Parts,
    body: &[u8],
) -> Result<Verified, Refusal> {
    let headers: Vec<(String, String)> = head
        .headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect();
    let seen = Seen {
        method: head.method.as_str(),
        path: head.uri.path(),
        query: head.uri.query().unwrap_or_default(),
        headers: &headers,
        body,
    };
    let expected = Expected {
        service,
        is_region: &|region| emulator.has_region(region),
        now: emulator.config.clock.now(),
    };
    verify(&seen, credentials, &expected)
}

/// The answer of KMS or CloudHSM to a signature that it refuses.
pub(super) fn refused(service: Service, refusal: &Refusal) -> Response {
    wire::refused(service, error_code(refusal), Some(&refusal.to_string()))
}

/// The error types are those of the page Common Errors, in the form in which services that speak
/// JSON were seen to send them.
fn error_code(refusal: &Refusal) -> ErrorCode {
    match refusal {
        Refusal::Unsigned => ErrorCode::MissingAuthenticationToken,
        Refusal::Incomplete(_) | Refusal::MalformedCredential | Refusal::MalformedDate(_) => {
            ErrorCode::IncompleteSignature
        }
        Refusal::UnknownAccessKey | Refusal::OtherToken => ErrorCode::UnrecognizedClient,
        Refusal::ExpiredToken => ErrorCode::ExpiredToken,
        Refusal::ScopeOfAnotherDay { .. }
        | Refusal::ScopeOfAnotherRegion(_)
        | Refusal::ScopeOfAnotherService(_)
        | Refusal::ScopeWithoutEnd(_)
        | Refusal::TooOld { .. }
        | Refusal::TooEarly { .. }
        | Refusal::UnsignedHeader(_)
        | Refusal::OtherBody
        | Refusal::OtherSignature => ErrorCode::InvalidSignature,
    }
}

/// The names under which STS, which speaks XML, sends the same errors, and their statuses.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html>
pub(super) fn query_error(refusal: &Refusal) -> (u16, &'static str) {
    match error_code(refusal) {
        ErrorCode::MissingAuthenticationToken => (403, "MissingAuthenticationToken"),
        ErrorCode::IncompleteSignature => (400, "IncompleteSignature"),
        ErrorCode::UnrecognizedClient => (403, "InvalidClientTokenId"),
        ErrorCode::ExpiredToken => (403, "ExpiredToken"),
        _ => (403, "SignatureDoesNotMatch"),
    }
}
