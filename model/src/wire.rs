//! Rules about the envelope of an answer: status, headers and the form of error bodies. They hold
//! for every operation alike.

use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode;
use crate::operation::Service;
use crate::shape::matches;

/// An answer as HTTP brought it.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// The service that was asked.
    pub service: Service,
    /// Whether a success of the operation has an empty body.
    pub empty_body: bool,
    /// The HTTP status.
    pub status: u16,
    /// The header `Content-Type`.
    pub content_type: Option<String>,
    /// The header `x-amzn-RequestId`.
    pub request_id: Option<String>,
    /// The length of the body.
    pub length: usize,
    /// What the body says of an error.
    pub error: Option<ErrorBody>,
}

/// The body of an error.
#[derive(Clone, Debug)]
pub struct ErrorBody {
    /// The member `__type`, as it came.
    pub kind: String,
    /// The name of the member that holds the message, if one does.
    pub message_member: Option<String>,
}

/// A rule about envelopes.
pub struct WireRule {
    /// What it says and who says it.
    pub card: Card,
    /// Whether it applies.
    pub when: fn(&Envelope) -> bool,
    /// Whether it holds.
    pub holds: fn(&Envelope) -> bool,
    /// What is expected, in words.
    pub expected: &'static str,
    /// The member of the envelope it is about.
    pub member: &'static str,
}

const COMMON_ERRORS: &str = "kms/latest/APIReference/CommonErrors.html";

/// Every answer is JSON.
pub const JSON_ANSWERS: Card = Card {
    id: "WIRE-03",
    says: "Every answer has the Content-Type application/x-amz-json-1.1.",
    cite: "recording cloud-custodian/placebo.kms",
    evidence: Evidence::Observed,
};

/// The rules about every answer.
pub const WIRE_RULES: &[WireRule] = &[
    WireRule {
        card: JSON_ANSWERS,
        when: |envelope| envelope.length > 0,
        holds: |envelope| envelope.content_type.as_deref() == Some("application/x-amz-json-1.1"),
        expected: "application/x-amz-json-1.1",
        member: "Content-Type",
    },
    WireRule {
        card: Card {
            id: "WIRE-03a",
            says: "Every answer has an x-amzn-RequestId, a UUID.",
            cite: "recording cloud-custodian/placebo.kms",
            evidence: Evidence::Observed,
        },
        when: |_| true,
        holds: |envelope| {
            envelope
                .request_id
                .as_deref()
                .is_some_and(|id| matches("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", id))
        },
        expected: "a UUID",
        member: "x-amzn-RequestId",
    },
    WireRule {
        card: Card {
            id: "WIRE-04",
            says: "An error of KMS has an unqualified __type and its message in lower case.",
            cite: "recording local-kms/postman-expectations",
            evidence: Evidence::Observed,
        },
        // AccessDeniedException alone writes its message with a capital letter.
        when: |envelope| {
            envelope.service == Service::Kms
                && envelope
                    .error
                    .as_ref()
                    .is_some_and(|error| error.kind != "AccessDeniedException")
        },
        holds: |envelope| {
            envelope.error.as_ref().is_some_and(|error| {
                !error.kind.contains('#')
                    && error
                        .message_member
                        .as_deref()
                        .is_none_or(|name| name == "message")
            })
        },
        expected: "an unqualified __type, and message in lower case",
        member: "__type",
    },
    WireRule {
        card: Card {
            id: "HSM-ER-01",
            says: "An error of CloudHSM carries its text in Message.",
            cite: "cloudhsm/latest/APIReference/API_CloudHsmInvalidRequestException.html",
            evidence: Evidence::Documented,
        },
        // The errors that every AWS service has may come from its framework instead.
        when: |envelope| {
            envelope.service == Service::CloudHsm
                && envelope
                    .error
                    .as_ref()
                    .is_some_and(|error| error.kind.contains("CloudHsm"))
        },
        holds: |envelope| {
            envelope.error.as_ref().is_some_and(|error| {
                error
                    .message_member
                    .as_deref()
                    .is_none_or(|name| name == "Message")
            })
        },
        expected: "Message with a capital letter",
        member: "Message",
    },
    WireRule {
        card: Card {
            id: "WIRE-40",
            says: "Each error type has its documented HTTP status.",
            cite: COMMON_ERRORS,
            evidence: Evidence::Documented,
        },
        when: |envelope| documented_status(envelope).is_some(),
        holds: |envelope| documented_status(envelope) == Some(envelope.status),
        expected: "the documented status of the error type",
        member: "status",
    },
    WireRule {
        card: Card {
            id: "WIRE-08",
            says: "An operation without output answers 200 with an empty body.",
            cite: "recording cloud-custodian/placebo.kms, content-length 0",
            evidence: Evidence::Observed,
        },
        when: |envelope| envelope.empty_body && envelope.status == 200,
        holds: |envelope| envelope.length == 0,
        expected: "an empty body",
        member: "body",
    },
];

/// The status that documentation gives for the error in the envelope. Where pages and recordings
/// disagree there is none, and any status will do.
fn documented_status(envelope: &Envelope) -> Option<u16> {
    let kind = envelope.error.as_ref()?.kind.rsplit('#').next()?;
    let code = ErrorCode::from_wire(kind)?;
    let disputed = matches!(
        code,
        ErrorCode::AccessDenied
            | ErrorCode::ExpiredToken
            | ErrorCode::IncompleteSignature
            | ErrorCode::InvalidSignature
            | ErrorCode::MissingAuthenticationToken
            | ErrorCode::UnknownOperation
            | ErrorCode::UnrecognizedClient
    );
    (!disputed).then(|| code.status())
}

/// The rules about requests that no operation ever sees.
pub const RAW_RULES: &[RawRule] = &[
    RawRule {
        card: Card {
            id: "WIRE-48",
            says: "A body that is far too long is refused with 413; from which length on is not \
                   documented.",
            cite: COMMON_ERRORS,
            evidence: Evidence::Inferred,
        },
        error: &[ErrorCode::RequestEntityTooLarge],
        when: |request| request.length > LONGEST_BODY,
    },
    RawRule {
        card: Card {
            id: "WIRE-13",
            says: "A request without X-Amz-Target, or with one that names no operation, is an \
                   UnknownOperationException. What an endpoint answers to the target of another \
                   service, which it may serve too, is not judged.",
            cite: COMMON_ERRORS,
            evidence: Evidence::Documented,
        },
        error: &[ErrorCode::UnknownOperation],
        when: |request| !request.names_operation && !request.names_other_service,
    },
    RawRule {
        card: crate::shape::WRONG_TYPE,
        error: &[ErrorCode::Serialization],
        when: |request| request.names_operation && !request.is_json,
    },
];

/// The longest body that the reference emulator reads, in bytes. AWS documents that there is a
/// limit but not which, so only bodies far beyond any documented member are judged.
pub const LONGEST_BODY: usize = 1 << 20;

/// A request as HTTP brought it, before any operation looks at it.
#[derive(Clone, Copy, Debug)]
pub struct RawRequest {
    /// Whether `X-Amz-Target` names an operation of one of the two services.
    pub names_operation: bool,
    /// Whether `X-Amz-Target` has the form of one and names a service that is neither of the two.
    pub names_other_service: bool,
    /// Whether the body is JSON.
    pub is_json: bool,
    /// The length of the body in bytes.
    pub length: usize,
}

/// A rule about requests that no operation ever sees.
pub struct RawRule {
    /// What it says and who says it.
    pub card: Card,
    /// The error types it allows.
    pub error: &'static [ErrorCode],
    /// Whether it fires.
    pub when: fn(&RawRequest) -> bool,
}

/// The first rule that refuses a raw request.
pub fn raw_refusal(request: &RawRequest) -> Option<&'static RawRule> {
    RAW_RULES.iter().find(|rule| (rule.when)(request))
}
