//! How external key store proxies fail: the rows of the table of failures in the specification of
//! their API, github.com/aws/aws-kms-xksproxy-api-spec, section on KMS considerations.

use super::ConnectionError;
use crate::wire_enum::wire_enum;

wire_enum! {
    /// A failure of a proxy. Names ending in `Exception` are the errors that a proxy answers with;
    /// the others are what KMS notices by itself.
    ProxyFailure {
        Validation = "ValidationException",
        InvalidState = "InvalidStateException",
        InvalidCiphertext = "InvalidCiphertextException",
        InvalidKeyUsage = "InvalidKeyUsageException",
        AuthenticationFailed = "AuthenticationFailedException",
        AccessDenied = "AccessDeniedException",
        KeyNotFound = "KeyNotFoundException",
        InvalidUriPath = "InvalidUriPathException",
        UnsupportedOperation = "UnsupportedOperationException",
        DependencyTimeout = "DependencyTimeoutException",
        Throttling = "ThrottlingException",
        Internal = "InternalException",
        NoConnection = "NoConnection",
        NoTls = "NoTls",
        SocketTimeout = "SocketTimeout",
        Malformed = "MalformedResponse",
        OtherCiphertext = "InvalidCiphertext",
        UnfitKey = "UnfitKey",
    }
}

impl ProxyFailure {
    /// The text with which KMS tells of it; `None` where the table has none.
    pub const fn message(self) -> Option<&'static str> {
        use ProxyFailure::*;
        Some(match self {
            Validation | Malformed => {
                "AWS KMS cannot interpret the response from the external key store proxy. If you \
                 see this error repeatedly, report it to your external key store proxy \
                 administrator."
            }
            InvalidState => {
                "The external key associated with this KMS key in an external key store is not \
                 enabled in the external key manager. Enable the external key in the external key \
                 manager and retry the request."
            }
            InvalidCiphertext => {
                "The external key store proxy rejected the request because the specified \
                 ciphertext or encryption context is corrupted, missing, or otherwise invalid."
            }
            OtherCiphertext => {
                "The ciphertext that the external key store proxy submitted for decryption, or \
                 the encryption context, is corrupted, missing, or otherwise invalid."
            }
            InvalidKeyUsage => {
                "The external key associated with this KMS key in an external key store does not \
                 support the requested operation. Enable the operation on the key in your external \
                 key manager, and try the request again."
            }
            AuthenticationFailed => {
                "The external key store proxy rejected the request because it could not \
                 authenticate AWS KMS. Verify the XKS proxy authentication credentials for your \
                 external key store and update if necessary."
            }
            AccessDenied => {
                "The external key store proxy denied access to the operation. Verify that the \
                 user and the external key are both authorized for this operation, and try the \
                 request again."
            }
            KeyNotFound => {
                "The external key associated with this KMS key in an external key store was not \
                 found in its external key manager. If the external key ID associated with this \
                 KMS key is incorrect, create a new KMS key with the correct external key ID."
            }
            InvalidUriPath => {
                "The external key store proxy rejected the request because of an invalid URI \
                 path. Verify the URI path for your external key store and update if necessary."
            }
            UnsupportedOperation => {
                "The external key store proxy rejected the request because it does not support \
                 the requested operation. If you see this error repeatedly, report it to your \
                 external key store proxy administrator."
            }
            DependencyTimeout => {
                "The external key store proxy did not respond to the request in the time \
                 allotted. Retry the request. If you see this error repeatedly, report it to your \
                 external key store proxy administrator."
            }
            Throttling => {
                "The external key store proxy rejected the request due to a very high request \
                 rate. Reduce the frequency of your calls using KMS keys in this external key \
                 store."
            }
            Internal => {
                "The external key store proxy rejected the request because it cannot communicate \
                 with the external key manager. Verify that the external key store proxy \
                 configuration is correct and that the external key manager is available."
            }
            NoConnection => {
                "AWS KMS cannot communicate with the external key store proxy. This might be a \
                 transient network issue. If you see this error repeatedly, verify that your \
                 external key store proxy is active and is connected to the network, and that its \
                 endpoint URI is correct in your external keystore."
            }
            NoTls => {
                "AWS KMS cannot establish a TLS connection to the external key store proxy. \
                 Verify the TLS configuration, including its certificate."
            }
            SocketTimeout => {
                "AWS KMS rejected the request because the external key store proxy did not \
                 respond in time. Retry the request. If you see this error repeatedly, report it \
                 to your external key store proxy administrator."
            }
            UnfitKey => return None,
        })
    }

    /// The error codes that connecting to a proxy which fails so may end with, the likeliest first;
    /// none where it is a failure of single keys or ciphertexts.
    pub const fn connection_errors(self) -> &'static [ConnectionError] {
        use ConnectionError::*;
        use ProxyFailure as Failure;
        match self {
            Failure::Validation | Failure::Malformed => &[XksProxyInvalidResponse],
            Failure::AuthenticationFailed => &[InvalidCredentials],
            Failure::InvalidUriPath => &[XksProxyInvalidConfiguration],
            Failure::DependencyTimeout => &[XksProxyTimedOut, XksProxyNotReachable],
            Failure::SocketTimeout => &[XksProxyTimedOut],
            Failure::Throttling => &[XksProxyNotReachable, XksProxyTimedOut, XksProxyAccessDenied],
            Failure::Internal => &[XksProxyInvalidResponse, XksProxyNotReachable, InternalError],
            Failure::NoConnection => &[XksProxyNotReachable],
            Failure::NoTls => &[XksProxyInvalidTlsConfiguration],
            Failure::InvalidState
            | Failure::InvalidCiphertext
            | Failure::InvalidKeyUsage
            | Failure::AccessDenied
            | Failure::KeyNotFound
            | Failure::UnsupportedOperation
            | Failure::OtherCiphertext
            | Failure::UnfitKey => &[],
        }
    }

    /// Whether the proxy as a whole fails so, whichever key it is asked about.
    pub const fn is_of_the_proxy(self) -> bool {
        !self.connection_errors().is_empty()
    }
}

/// What is wrong with a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyTrouble {
    /// Connecting to it fails with this code; how its answers look is not known.
    Code(ConnectionError),
    /// It fails in this way.
    Failure(ProxyFailure),
}

impl ProxyTrouble {
    /// The trouble of this name: a connection error code, or a [`ProxyFailure`].
    pub fn named(name: &str) -> Option<ProxyTrouble> {
        let code = serde_json::from_value(name.into()).map(ProxyTrouble::Code);
        let failure = || serde_json::from_value(name.into()).map(ProxyTrouble::Failure);
        code.or_else(|_| failure()).ok()
    }

    /// The error codes that connecting to the proxy may end with, the likeliest first.
    pub fn connection_errors(self) -> Vec<ConnectionError> {
        match self {
            ProxyTrouble::Code(code) => vec![code],
            ProxyTrouble::Failure(failure) => failure.connection_errors().to_vec(),
        }
    }

    /// How the proxy fails, if that is known.
    pub const fn failure(self) -> Option<ProxyFailure> {
        match self {
            ProxyTrouble::Code(_) => None,
            ProxyTrouble::Failure(failure) => Some(failure),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn troubles_are_codes_or_failures() {
        let code = ProxyTrouble::named("XKS_PROXY_TIMED_OUT");
        assert_eq!(
            code.map(ProxyTrouble::connection_errors),
            Some(vec![ConnectionError::XksProxyTimedOut])
        );
        for name in ProxyFailure::NAMES {
            let failure = ProxyTrouble::named(name).and_then(ProxyTrouble::failure);
            assert_eq!(failure.map(ProxyFailure::wire_name), Some(*name));
        }
        assert_eq!(ProxyTrouble::named("OutOfCoffeeException"), None);
    }

    #[test]
    fn every_row_of_the_table_has_its_text() {
        for name in ProxyFailure::NAMES {
            let failure = ProxyTrouble::named(name).and_then(ProxyTrouble::failure);
            let text = failure.and_then(ProxyFailure::message);
            assert_eq!(text.is_none(), *name == "UnfitKey", "{name}");
        }
    }
}
