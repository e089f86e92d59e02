//! The two services.

use crate::error_code::ErrorCode;

/// One of the two services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// AWS Key Management Service.
    Kms,
    /// AWS CloudHSM, version 2 of its API.
    CloudHsm,
}

impl Service {
    /// What `X-Amz-Target` holds before the dot.
    pub const fn target_prefix(self) -> &'static str {
        match self {
            Service::Kms => "TrentService",
            Service::CloudHsm => "BaldrApiService",
        }
    }

    /// The name that the AWS CLI knows the service by.
    pub const fn cli_name(self) -> &'static str {
        match self {
            Service::Kms => "kms",
            Service::CloudHsm => "cloudhsmv2",
        }
    }

    /// The service that the AWS CLI knows by this name; KMS where it knows none.
    pub fn of_cli_name(name: &str) -> Service {
        match name == Service::CloudHsm.cli_name() {
            true => Service::CloudHsm,
            false => Service::Kms,
        }
    }

    /// The service that an `X-Amz-Target` is sent to; KMS where it names none.
    pub fn of_target(target: &str) -> Service {
        match target.starts_with(Service::CloudHsm.target_prefix()) {
            true => Service::CloudHsm,
            false => Service::Kms,
        }
    }

    /// The name in the credential scope of a signature.
    pub const fn signing_name(self) -> &'static str {
        match self {
            Service::Kms => "kms",
            Service::CloudHsm => "cloudhsm",
        }
    }

    /// The error types that AWS may answer a broken member constraint with. What CloudHSM sends has
    /// never been recorded.
    pub const fn constraint_errors(self) -> &'static [ErrorCode] {
        match self {
            Service::Kms => &[ErrorCode::Validation],
            Service::CloudHsm => &[ErrorCode::Validation, ErrorCode::CloudHsmInvalidRequest],
        }
    }
}
