//! Every AWS error type once: its wire name and its documented HTTP status.

macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident = $wire:literal, $status:literal;)+) => {
        /// An error type of AWS.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ErrorCode {
            $($(#[$doc])* #[doc = $wire] $name,)+
        }

        impl ErrorCode {
            /// All of them.
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$name),+];

            /// The name on the wire.
            pub const fn wire_name(self) -> &'static str {
                match self { $(ErrorCode::$name => $wire),+ }
            }

            /// The documented HTTP status.
            pub const fn status(self) -> u16 {
                match self { $(ErrorCode::$name => $status),+ }
            }
        }
    };
}

error_codes! {
    AccessDenied = "AccessDeniedException", 400;
    AlreadyExists = "AlreadyExistsException", 400;
    CloudHsmAccessDenied = "CloudHsmAccessDeniedException", 400;
    CloudHsmClusterInUse = "CloudHsmClusterInUseException", 400;
    CloudHsmClusterInvalidConfiguration = "CloudHsmClusterInvalidConfigurationException", 400;
    CloudHsmClusterNotActive = "CloudHsmClusterNotActiveException", 400;
    CloudHsmClusterNotFound = "CloudHsmClusterNotFoundException", 400;
    CloudHsmClusterNotRelated = "CloudHsmClusterNotRelatedException", 400;
    CloudHsmInternalFailure = "CloudHsmInternalFailureException", 500;
    CloudHsmInvalidRequest = "CloudHsmInvalidRequestException", 400;
    CloudHsmResourceLimitExceeded = "CloudHsmResourceLimitExceededException", 400;
    CloudHsmResourceNotFound = "CloudHsmResourceNotFoundException", 400;
    CloudHsmService = "CloudHsmServiceException", 400;
    CloudHsmTag = "CloudHsmTagException", 400;
    Conflict = "ConflictException", 400;
    CustomKeyStoreHasCmks = "CustomKeyStoreHasCMKsException", 400;
    CustomKeyStoreInvalidState = "CustomKeyStoreInvalidStateException", 400;
    CustomKeyStoreNameInUse = "CustomKeyStoreNameInUseException", 400;
    CustomKeyStoreNotFound = "CustomKeyStoreNotFoundException", 400;
    DependencyTimeout = "DependencyTimeoutException", 500;
    Disabled = "DisabledException", 400;
    DryRunOperation = "DryRunOperationException", 400;
    ExpiredImportToken = "ExpiredImportTokenException", 400;
    ExpiredToken = "ExpiredTokenException", 400;
    IncompleteSignature = "IncompleteSignatureException", 400;
    IncorrectKey = "IncorrectKeyException", 400;
    IncorrectKeyMaterial = "IncorrectKeyMaterialException", 400;
    IncorrectTrustAnchor = "IncorrectTrustAnchorException", 400;
    InvalidAliasName = "InvalidAliasNameException", 400;
    InvalidArn = "InvalidArnException", 400;
    InvalidCiphertext = "InvalidCiphertextException", 400;
    InvalidGrantId = "InvalidGrantIdException", 400;
    InvalidGrantToken = "InvalidGrantTokenException", 400;
    InvalidImportToken = "InvalidImportTokenException", 400;
    InvalidKeyUsage = "InvalidKeyUsageException", 400;
    InvalidMarker = "InvalidMarkerException", 400;
    InvalidSignature = "InvalidSignatureException", 400;
    KeyUnavailable = "KeyUnavailableException", 500;
    KmsInternal = "KMSInternalException", 500;
    KmsInvalidMac = "KMSInvalidMacException", 400;
    KmsInvalidSignature = "KMSInvalidSignatureException", 400;
    KmsInvalidState = "KMSInvalidStateException", 400;
    LimitExceeded = "LimitExceededException", 400;
    MalformedPolicyDocument = "MalformedPolicyDocumentException", 400;
    MissingAuthenticationToken = "MissingAuthenticationTokenException", 400;
    NotFound = "NotFoundException", 400;
    RequestEntityTooLarge = "RequestEntityTooLargeException", 413;
    Serialization = "SerializationException", 400;
    Tag = "TagException", 400;
    Throttling = "ThrottlingException", 400;
    UnknownOperation = "UnknownOperationException", 404;
    UnrecognizedClient = "UnrecognizedClientException", 400;
    UnsupportedOperation = "UnsupportedOperationException", 400;
    Validation = "ValidationException", 400;
    XksKeyAlreadyInUse = "XksKeyAlreadyInUseException", 400;
    XksKeyInvalidConfiguration = "XksKeyInvalidConfigurationException", 400;
    XksKeyNotFound = "XksKeyNotFoundException", 400;
    XksProxyIncorrectAuthenticationCredential = "XksProxyIncorrectAuthenticationCredentialException", 400;
    XksProxyInvalidConfiguration = "XksProxyInvalidConfigurationException", 400;
    XksProxyInvalidResponse = "XksProxyInvalidResponseException", 400;
    XksProxyUriEndpointInUse = "XksProxyUriEndpointInUseException", 400;
    XksProxyUriInUse = "XksProxyUriInUseException", 400;
    XksProxyUriUnreachable = "XksProxyUriUnreachableException", 400;
    XksProxyVpcEndpointServiceInUse = "XksProxyVpcEndpointServiceInUseException", 400;
    XksProxyVpcEndpointServiceInvalidConfiguration = "XksProxyVpcEndpointServiceInvalidConfigurationException", 400;
    XksProxyVpcEndpointServiceNotFound = "XksProxyVpcEndpointServiceNotFoundException", 400;
}

impl ErrorCode {
    /// The error type with this wire name; `None` for a name that AWS does not use here.
    pub fn from_wire(name: &str) -> Option<ErrorCode> {
        ErrorCode::ALL
            .iter()
            .copied()
            .find(|code| code.wire_name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wire_names_are_found_again() {
        for code in ErrorCode::ALL {
            assert_eq!(ErrorCode::from_wire(code.wire_name()), Some(*code));
        }
    }
}
