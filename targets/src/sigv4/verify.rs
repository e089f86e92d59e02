//! Who signed a request, or why that cannot be believed.

use super::authorization::{self, Authorization};
use super::canonical::{self, TERMINATOR, hex};
use super::credentials::{Credential, Credentials};
use super::moment::{self, Moment};
use super::refusal::Refusal;
use crate::http::basic_date;
use kms_conformance_model::time::{MINUTE, Millis};
use sha2::{Digest, Sha256};

/// How far the moment of a request may be from that of the server, in both directions.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-signing.html>
pub const MOST_SKEW: Millis = 5 * MINUTE;

/// The value of `X-Amz-Content-Sha256` of a request that leaves its body out of the signature. Only S3
/// documents it; that others refuse it is documented nowhere either, so it is taken.
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// A request as it came.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'r> {
    /// The method, in capitals.
    pub method: &'r str,
    /// The path, as it came.
    pub path: &'r str,
    /// What stands after the question mark, as it came; empty where there is none.
    pub query: &'r str,
    /// The headers in the order in which they came, names in any case.
    pub headers: &'r [(String, String)],
    /// The body.
    pub body: &'r [u8],
}

impl<'r> Seen<'r> {
    /// The values of a header in their order. The name is in lower case.
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = &'r str> {
        let headers = self.headers.iter();
        headers
            .filter(move |(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The value of a header that stands there once.
    pub(super) fn value(&self, name: &str) -> Option<&'r str> {
        let mut values = self.values(name);
        values.next().filter(|_| values.next().is_none())
    }
}

/// What a signature must be for.
#[derive(Clone, Copy)]
pub struct Expected<'e> {
    /// The service that the request is sent to, as it signs.
    pub service: &'e str,
    /// Whether this is a Region that answers.
    pub is_region: &'e dyn Fn(&str) -> bool,
    /// The moment, in milliseconds since the Unix epoch.
    pub now: Millis,
}

/// Who signed, and what for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The id of the access key.
    pub access_key: String,
    /// The Region.
    pub region: String,
    /// The service, as it signs.
    pub service: String,
}

/// Finds out who signed a request.
///
/// AWS documents each of these checks and not which comes first. Here those come first that need no
/// secret, so that whoever knows none learns nothing about it from the answer.
///
/// # Errors
/// The first reason not to believe it.
pub fn verify(
    seen: &Seen<'_>,
    credentials: &Credentials,
    expected: &Expected<'_>,
) -> Result<Verified, Refusal> {
    let header = seen.value("authorization").ok_or(Refusal::Unsigned)?;
    let authorization = authorization::read(header)?;
    let moment = moment::of(seen)?;
    check_scope(&authorization, &moment, expected)?;
    check_skew(&moment, expected.now)?;
    let credential = credentials.of(authorization.access_key);
    let credential = credential.ok_or(Refusal::UnknownAccessKey)?;
    check_token(seen, credential)?;
    check_signed_headers(seen, &authorization)?;
    check_signature(seen, &authorization, &moment, credential)?;
    if credential.expires.is_some_and(|end| end <= expected.now) {
        return Err(Refusal::ExpiredToken);
    }
    Ok(Verified {
        access_key: authorization.access_key.to_owned(),
        region: authorization.region.to_owned(),
        service: authorization.service.to_owned(),
    })
}

fn check_scope(
    authorization: &Authorization<'_>,
    moment: &Moment,
    expected: &Expected<'_>,
) -> Result<(), Refusal> {
    if authorization.terminator != TERMINATOR {
        return Err(Refusal::ScopeWithoutEnd(
            authorization.terminator.to_owned(),
        ));
    }
    if moment.text.split('T').next() != Some(authorization.date) {
        return Err(Refusal::ScopeOfAnotherDay {
            scope: authorization.date.to_owned(),
            request: moment.text.clone(),
        });
    }
    if !(expected.is_region)(authorization.region) {
        let region = authorization.region.to_owned();
        return Err(Refusal::ScopeOfAnotherRegion(region));
    }
    match authorization.service == expected.service {
        true => Ok(()),
        false => Err(Refusal::ScopeOfAnotherService(expected.service.to_owned())),
    }
}

fn check_skew(moment: &Moment, now: Millis) -> Result<(), Refusal> {
    let request = moment.text.clone();
    if moment.millis < now - MOST_SKEW {
        Err(Refusal::TooOld {
            request,
            limit: basic_date(now - MOST_SKEW),
            now: basic_date(now),
        })
    } else if moment.millis > now + MOST_SKEW {
        Err(Refusal::TooEarly {
            request,
            limit: basic_date(now + MOST_SKEW),
            now: basic_date(now),
        })
    } else {
        Ok(())
    }
}

fn check_token(seen: &Seen<'_>, credential: &Credential) -> Result<(), Refusal> {
    let tokens: Vec<&str> = seen.values("x-amz-security-token").collect();
    let is_right = match (tokens.as_slice(), &credential.token) {
        ([], None) => true,
        ([given], Some(token)) => *given == token.as_str(),
        _ => false,
    };
    match is_right {
        true => Ok(()),
        false => Err(Refusal::OtherToken),
    }
}

/// The host and all headers of AWS must be signed.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
fn check_signed_headers(seen: &Seen<'_>, authorization: &Authorization<'_>) -> Result<(), Refusal> {
    let names = seen.headers.iter().map(|(name, _)| name.to_lowercase());
    let mut must = names.filter(|name| name.starts_with("x-amz-"));
    let is_signed = |name: &str| authorization.signed_headers.contains(&name);
    if !is_signed("host") {
        return Err(Refusal::UnsignedHeader("host".to_owned()));
    }
    match must.find(|name| !is_signed(name)) {
        Some(name) => Err(Refusal::UnsignedHeader(name)),
        None => Ok(()),
    }
}

fn check_signature(
    seen: &Seen<'_>,
    authorization: &Authorization<'_>,
    moment: &Moment,
    credential: &Credential,
) -> Result<(), Refusal> {
    let signed = &authorization.signed_headers;
    // What is signed is a list in lower case, sorted, in which no name comes twice.
    let in_order = signed.is_sorted_by(|one, next| one < next);
    let in_lower_case = signed.iter().all(|name| *name == name.to_lowercase());
    let hash = hex(&Sha256::digest(seen.body));
    let payload = match seen.value("x-amz-content-sha256") {
        None => hash,
        Some(UNSIGNED) => UNSIGNED.to_owned(),
        Some(given) if given == hash => hash,
        Some(_) => return Err(Refusal::OtherBody),
    };
    let request = canonical::request(seen, signed, &payload);
    let (Some(request), true) = (request, in_order && in_lower_case) else {
        return Err(Refusal::OtherSignature);
    };
    let (date, region, service) = (
        authorization.date,
        authorization.region,
        authorization.service,
    );
    let scope = format!("{date}/{region}/{service}/{TERMINATOR}");
    let to_sign = canonical::string_to_sign(&moment.text, &scope, &request);
    let key = canonical::signing_key(&credential.secret, date, region, service);
    let signature = canonical::from_hex(authorization.signature).unwrap_or_default();
    match canonical::is_signed(&key, to_sign.as_bytes(), &signature) {
        true => Ok(()),
        false => Err(Refusal::OtherSignature),
    }
}
