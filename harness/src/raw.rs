//! Requests that no operation stands behind.

use kms_conformance_model::{Refused, Reply, Service, catalog};
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

/// Whether an `X-Amz-Target` names a service that is neither KMS nor CloudHSM.
pub(crate) fn names_other_service(target: &str) -> bool {
    let prefixes = [Service::Kms, Service::CloudHsm].map(Service::target_prefix);
    let service = target.split_once('.').map(|(service, _)| service);
    service.is_some_and(|service| !service.is_empty() && !prefixes.contains(&service))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_target_with_another_prefix_names_another_service() {
        for (target, other) in [
            ("NoSuchService.ListKeys", true),
            ("DynamoDB_20120810.CreateTable", true),
            ("TrentService.NoSuchOperation", false),
            ("BaldrApiService.ListKeys", false),
            ("ListKeys", false),
            (".ListKeys", false),
            ("", false),
        ] {
            assert_eq!(names_other_service(target), other, "{target}");
        }
    }
}
