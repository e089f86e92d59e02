//! How the emulator answers: bodies and headers as AWS was recorded to send them.

use crate::target::Response;
use kms_conformance_model::{ErrorCode, Service};
use serde_json::{Map, Value};
use uuid::Uuid;

/// A success. The operations without output answer with no body at all (WIRE-08).
pub fn done(response: &Value, empty_body: bool) -> Response {
    let body = if empty_body {
        Vec::new()
    } else {
        written(response)
    };
    answer(200, body)
}

/// A refusal.
pub(crate) fn refused(service: Service, code: ErrorCode, message: Option<&str>) -> Response {
    let body = error_body(service, code.wire_name(), message);
    answer(code.status(), body)
}

/// The answer to an operation that AWS has and this emulator has not.
pub(crate) fn not_modelled(service: Service, operation: &str) -> Response {
    let message = format!("{operation} is not implemented by this emulator");
    answer(501, error_body(service, "NotImplemented", Some(&message)))
}

/// The answer of a service that is down for the moment, whatever it was asked.
pub(crate) fn unavailable(service: Service) -> Response {
    let message = "The request has failed due to a temporary failure of the server.";
    answer(
        503,
        error_body(service, "ServiceUnavailableException", Some(message)),
    )
}

/// `__type` without a namespace, and the message under the name that the service uses: KMS writes
/// it small except in AccessDeniedException (WIRE-04, WIRE-05), CloudHSM with a capital.
fn error_body(service: Service, name: &str, message: Option<&str>) -> Vec<u8> {
    let member = match service {
        Service::Kms if name != ErrorCode::AccessDenied.wire_name() => "message",
        _ => "Message",
    };
    let mut body = Map::new();
    body.insert("__type".to_owned(), name.into());
    if let Some(message) = message {
        body.insert(member.to_owned(), message.into());
    }
    written(&Value::Object(body))
}

fn written(body: &Value) -> Vec<u8> {
    // Only a map with keys that are no texts could fail.
    serde_json::to_vec(body).unwrap_or_default()
}

/// The headers of WIRE-03. Date and Content-Length are left to the server.
fn answer(status: u16, body: Vec<u8>) -> Response {
    let headers = [
        ("x-amzn-RequestId", Uuid::new_v4().to_string()),
        (
            "Cache-Control",
            "no-cache, no-store, must-revalidate, private".to_owned(),
        ),
        ("Expires", "0".to_owned()),
        ("Pragma", "no-cache".to_owned()),
        ("Content-Type", "application/x-amz-json-1.1".to_owned()),
    ];
    Response {
        status,
        headers: headers
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        body,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn body(response: &Response) -> Value {
        serde_json::from_slice(&response.body).unwrap()
    }

    #[test]
    fn kms_writes_message_small_except_when_access_is_denied() {
        let refusal = refused(Service::Kms, ErrorCode::NotFound, Some("no"));
        assert_eq!(refusal.status, 400);
        assert_eq!(
            body(&refusal),
            json!({"__type": "NotFoundException", "message": "no"})
        );
        let denial = refused(Service::Kms, ErrorCode::AccessDenied, Some("no"));
        assert_eq!(
            body(&denial),
            json!({"__type": "AccessDeniedException", "Message": "no"})
        );
    }

    #[test]
    fn cloudhsm_writes_message_with_a_capital() {
        let refusal = refused(Service::CloudHsm, ErrorCode::CloudHsmTag, Some("no"));
        assert_eq!(
            body(&refusal),
            json!({"__type": "CloudHsmTagException", "Message": "no"})
        );
    }

    #[test]
    fn an_error_without_a_message_has_no_such_member() {
        let refusal = refused(Service::Kms, ErrorCode::InvalidCiphertext, None);
        assert_eq!(
            body(&refusal),
            json!({"__type": "InvalidCiphertextException"})
        );
    }

    #[test]
    fn internal_errors_have_status_500() {
        for code in [
            ErrorCode::KmsInternal,
            ErrorCode::DependencyTimeout,
            ErrorCode::KeyUnavailable,
        ] {
            assert_eq!(refused(Service::Kms, code, None).status, 500);
        }
    }

    #[test]
    fn every_answer_has_the_recorded_headers_and_a_request_id_of_its_own() {
        let (one, two) = (done(&json!({}), false), done(&json!({}), true));
        assert_eq!(
            one.header("content-type"),
            Some("application/x-amz-json-1.1")
        );
        assert_eq!(one.header("expires"), Some("0"));
        assert_ne!(
            one.header("x-amzn-requestid"),
            two.header("x-amzn-requestid")
        );
        assert_eq!(
            (one.body.as_slice(), two.body.as_slice()),
            (b"{}" as &[u8], b"" as &[u8])
        );
    }
}
