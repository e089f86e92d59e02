//! Requests that no operation stands behind.

use kms_conformance_model::{Refused, Reply, catalog};
use kms_conformance_targets::{Answer, Response, reply};

/// Whether an `X-Amz-Target` names an operation of the catalogue.
pub(crate) fn names_operation(target: &str) -> bool {
    catalog::operations().any(|operation| {
        target
            == format!(
                "{}.{}",
                operation.service().target_prefix(),
                operation.name()
            )
    })
}

/// The reply to a raw request, which no operation stands behind.
pub(crate) fn raw_reply(response: &Response) -> Reply {
    match reply(response) {
        Answer::Reply(reply) => reply,
        Answer::Unsupported(why) | Answer::Untyped(why) => Reply::Refused(Refused {
            error: why,
            message: None,
            status: response.status,
        }),
    }
}
