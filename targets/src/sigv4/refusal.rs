//! Why a request is not believed to come from who it says.

use thiserror::Error;

/// Why a signature is refused. The texts follow those that AWS sends.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// There is no `Authorization` header.
    #[error("Missing Authentication Token")]
    Unsigned,
    /// Parts are missing that every signature has: parameters of the header, or `Date`.
    #[error("{}", missing(.0))]
    Incomplete(Vec<&'static str>),
    /// The credential has not the five parts of one.
    #[error(
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term"
    )]
    MalformedCredential,
    /// The date cannot be read.
    #[error("Date must be in ISO-8601 'basic format'. Got '{0}'.")]
    MalformedDate(String),
    /// The scope is of another day than the request.
    #[error(
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{scope}' != '{request}'"
    )]
    ScopeOfAnotherDay {
        /// The day in the scope.
        scope: String,
        /// The moment of the request.
        request: String,
    },
    /// The scope names no Region that is served.
    #[error("Credential should be scoped to a valid region, not '{0}'.")]
    ScopeOfAnotherRegion(String),
    /// The scope names another service than the request is sent to.
    #[error("Credential should be scoped to correct service: '{0}'.")]
    ScopeOfAnotherService(String),
    /// The scope does not end as each does.
    #[error("Credential should be scoped with a valid terminator: 'aws4_request', not '{0}'.")]
    ScopeWithoutEnd(String),
    /// The request was signed too long ago.
    #[error("Signature expired: {request} is now earlier than {limit} ({now} - 5 min.)")]
    TooOld {
        /// The moment of the request.
        request: String,
        /// The earliest that is taken.
        limit: String,
        /// The moment of the server.
        now: String,
    },
    /// The request was signed for the future.
    #[error("Signature not yet current: {request} is still later than {limit} ({now} + 5 min.)")]
    TooEarly {
        /// The moment of the request.
        request: String,
        /// The latest that is taken.
        limit: String,
        /// The moment of the server.
        now: String,
    },
    /// Nobody has this access key.
    #[error("The security token included in the request is invalid.")]
    UnknownAccessKey,
    /// The session token is not the one that belongs to the access key.
    #[error("The security token included in the request is invalid.")]
    OtherToken,
    /// The session token is no longer valid.
    #[error("The security token included in the request is expired")]
    ExpiredToken,
    /// A header is not signed that must be.
    #[error("'{0}' must be a 'SignedHeader' in the AWS Authorization.")]
    UnsignedHeader(String),
    /// `X-Amz-Content-Sha256` is not the hash of the body.
    #[error("The value of x-amz-content-sha256 is not that of the body.")]
    OtherBody,
    /// The signature is not that of the request with the secret of the access key.
    #[error(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method."
    )]
    OtherSignature,
}

fn missing(parts: &[&str]) -> String {
    let sentences: Vec<String> = parts
        .iter()
        .map(|part| match *part {
            "Date" => "Authorization header requires existence of either a 'X-Amz-Date' or a \
                       'Date' header."
                .to_owned(),
            part => format!("Authorization header requires '{part}' parameter."),
        })
        .collect();
    sentences.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_missing_is_named() {
        let refusal = Refusal::Incomplete(vec!["Signature", "Date"]);
        let text = refusal.to_string();
        assert!(
            text.contains("'Signature' parameter. Authorization"),
            "{text}"
        );
        assert!(text.ends_with("'Date' header."), "{text}");
    }
}
