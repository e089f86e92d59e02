//! Signatures, version 4, made by the signer of the AWS SDK.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html>

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_runtime_api::client::identity::Identity;
use std::time::SystemTime;

/// What a signature is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope<'a> {
    /// The Region, as in `us-east-1`.
    pub region: &'a str,
    /// The service, as in `kms`; CloudHSM v2 signs as `cloudhsm`.
    pub service: &'a str,
}

/// Who signs.
#[derive(Clone, Copy)]
pub struct Signer<'a> {
    /// The access key id.
    pub access_key: &'a str,
    /// The secret access key.
    pub secret_key: &'a str,
    /// The session token of temporary credentials.
    pub token: Option<&'a str>,
}

/// A request cannot be signed; why.
#[derive(Debug, thiserror::Error)]
#[error("the request cannot be signed: {0}")]
pub struct SigningFailed(String);

/// The headers that sign a `POST` of these headers and this body to `url`: `Authorization`,
/// `X-Amz-Date`, and `X-Amz-Security-Token` for temporary credentials.
///
/// # Errors
/// When `url` is none or a header cannot be sent.
pub fn sign(
    url: &str,
    headers: &[(&str, &str)],
    body: &[u8],
    scope: Scope<'_>,
    signer: Signer<'_>,
    at: SystemTime,
) -> Result<Vec<(String, String)>, SigningFailed> {
    let failed = |why: &dyn std::fmt::Display| SigningFailed(why.to_string());
    let token = signer.token.map(str::to_owned);
    let credentials = Credentials::new(signer.access_key, signer.secret_key, token, None, "given");
    let identity = Identity::from(credentials);
    let params = SigningParams::builder()
        .identity(&identity)
        .region(scope.region)
        .name(scope.service)
        .time(at)
        .settings(SigningSettings::default())
        .build()
        .map_err(|why| failed(&why))?
        .into();
    let headers = headers.iter().copied();
    let signable = SignableRequest::new("POST", url, headers, SignableBody::Bytes(body))
        .map_err(|why| failed(&why))?;
    let signed = aws_sigv4::http_request::sign(signable, &params).map_err(|why| failed(&why))?;
    let (instructions, _) = signed.into_parts();
    let headers = instructions.headers();
    Ok(headers
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect())
}
