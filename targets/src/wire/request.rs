//! What a request asks for.

use super::names::is_aws_operation;
use crate::target::Request;
use kms_conformance_model::catalog::WIRE;
use kms_conformance_model::wire::RAW_RULES;
use kms_conformance_model::{AnyOperation, Service, Switches, catalog};
use serde_json::Value;

/// The most bytes a body may have. AWS answers `RequestEntityTooLargeException` (WIRE-48) above a
/// limit that it publishes nowhere; no valid request comes near this one.
pub(crate) const MOST_BYTES: usize = 1024 * 1024;

/// A request that was understood.
pub struct Asked {
    /// The operation.
    pub operation: &'static dyn AnyOperation,
    /// Its input.
    pub body: Value,
}

/// Why a request was not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undecodable {
    /// The body has more than a mebibyte.
    TooLarge,
    /// `X-Amz-Target` is missing or names no operation of AWS.
    UnknownOperation,
    /// AWS has this operation, and it is not modelled here.
    NotModelled(Service, String),
    /// Nothing checks this request, since the rule that would refuse it is switched off.
    Ignored,
    /// The body is not JSON.
    NotJson(Service),
}

/// Understands a request, by those rules that are switched on. Its operation comes first, since
/// without one nobody knows what the body should be.
///
/// # Errors
/// When it cannot be understood.
pub fn decode(request: &Request, switches: &Switches) -> Result<Asked, Undecodable> {
    let is_on = |id: &str| {
        let rule = RAW_RULES.iter().find(|rule| rule.card.id == id);
        rule.is_none_or(|rule| switches.is_on(WIRE, &rule.card))
    };
    if request.body.len() > MOST_BYTES && is_on("WIRE-48") {
        return Err(Undecodable::TooLarge);
    }
    let (service, name) =
        request
            .target
            .as_deref()
            .and_then(named)
            .ok_or_else(|| match is_on("WIRE-13") {
                true => Undecodable::UnknownOperation,
                false => Undecodable::Ignored,
            })?;
    let operation = catalog::operation(service, name)
        .ok_or_else(|| Undecodable::NotModelled(service, name.to_owned()))?;
    let body = parse(&request.body).ok_or(Undecodable::NotJson(service))?;
    Ok(Asked { operation, body })
}

fn named(target: &str) -> Option<(Service, &str)> {
    let (prefix, name) = target.split_once('.')?;
    let service = [Service::Kms, Service::CloudHsm]
        .into_iter()
        .find(|service| service.target_prefix() == prefix)?;
    is_aws_operation(service, name).then_some((service, name))
}

/// The body as JSON. An empty one stands for `{}`, as clients that send no input rely on.
fn parse(body: &[u8]) -> Option<Value> {
    match body {
        [] => Some(Value::Object(serde_json::Map::new())),
        body => serde_json::from_slice(body).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fault(target: Option<&str>, body: &[u8]) -> Option<Undecodable> {
        let request = Request {
            target: target.map(str::to_owned),
            body: body.to_vec(),
            region: None,
        };
        decode(&request, &Switches::none()).err()
    }

    #[test]
    fn a_request_names_its_operation_in_the_target() {
        let body = json!({"Description": "a"});
        let request = Request::new(Service::Kms, "CreateKey", &body);
        let asked = decode(&request, &Switches::none()).ok().unwrap();
        assert_eq!(asked.operation.name(), "CreateKey");
        assert_eq!(asked.body, body);
    }

    #[test]
    fn an_empty_body_is_an_empty_input() {
        assert_eq!(fault(Some("TrentService.CreateKey"), b""), None);
    }

    #[test]
    fn a_target_that_names_no_operation_is_unknown() {
        let unknown = Some(Undecodable::UnknownOperation);
        for target in [
            None,
            Some(""),
            Some("CreateKey"),
            Some("TrentService."),
            Some("TrentService.CreateKeys"),
            Some("BaldrApiService.CreateKey"),
            Some("DynamoDB_20120810.CreateTable"),
        ] {
            assert_eq!(fault(target, b"{}"), unknown, "{target:?}");
        }
    }

    #[test]
    fn a_body_that_is_no_json_is_told_apart() {
        for body in [
            b"{" as &[u8],
            b"hello",
            b"\xff\xfe",
            b"{} {}",
            b"{\"a\": NaN}",
        ] {
            let expected = Some(Undecodable::NotJson(Service::Kms));
            assert_eq!(fault(Some("TrentService.CreateKey"), body), expected);
        }
    }

    #[test]
    fn a_body_above_the_limit_is_too_large_whatever_it_holds() {
        let at_limit = vec![b' '; MOST_BYTES];
        let over = vec![b' '; MOST_BYTES + 1];
        assert_ne!(fault(None, &at_limit), Some(Undecodable::TooLarge));
        assert_eq!(fault(None, &over), Some(Undecodable::TooLarge));
    }
}
