//! The one operation of STS that is answered: who calls. Clients ask it to learn the account.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>

use super::Emulator;
use crate::sigv4::Refusal;
use crate::target::Response;
use hyper::HeaderMap;
use kms_conformance_model::authorisation::Caller;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The name with which requests to STS are signed.
pub(super) const SIGNING_NAME: &str = "sts";

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// Whether a `POST /` is sent to STS: it is a form, and the other services get none.
pub(super) fn is_asked(headers: &HeaderMap) -> bool {
    let kind = headers.get("content-type").map(|value| value.as_bytes());
    !headers.contains_key("x-amz-target")
        && kind.is_some_and(|kind| kind.starts_with(b"application/x-www-form-urlencoded"))
}

/// Answers a request of whoever has this access key.
pub(super) fn answer(emulator: &Emulator, body: &[u8], access_key: Option<&str>) -> Response {
    let form = String::from_utf8_lossy(body);
    let has = |pair: &str| form.split('&').any(|given| given == pair);
    if !has("Action=GetCallerIdentity") || !has("Version=2011-06-15") {
        let message = "Only GetCallerIdentity of version 2011-06-15 is answered here.";
        return error(400, "InvalidAction", message);
    }
    let state = emulator.state();
    let principals = emulator.config.principals.as_ref();
    let named = principals.and_then(|known| known.get(access_key?));
    let arn = match named {
        Some(arn) => arn.clone(),
        None => Caller::root(&state).arn,
    };
    let (arn, user, account) = (
        escaped(&arn),
        escaped(&user_id(&arn, &state.account.id)),
        &state.account.id,
    );
    xml(
        200,
        "GetCallerIdentityResponse",
        &format!(
            "<GetCallerIdentityResult><Arn>{arn}</Arn><UserId>{user}</UserId>\
             <Account>{account}</Account></GetCallerIdentityResult><ResponseMetadata>",
        ),
        "</ResponseMetadata>",
    )
}

/// The answer to a signature that is refused.
pub(super) fn refused(refusal: &Refusal) -> Response {
    let (status, code) = super::signatures::query_error(refusal);
    error(status, code, &refusal.to_string())
}

/// The unique id of a principal: that of the account for its root user, otherwise one made of the
/// ARN, with the prefix of its kind and for a session of a role its name.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>
fn user_id(arn: &str, account: &str) -> String {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
    let parts: Vec<&str> = resource.split('/').collect();
    match parts.as_slice() {
        ["root"] => account.to_owned(),
        ["assumed-role", role, session] => format!("{}:{session}", unique("AROA", role)),
        _ => unique("AIDA", arn),
    }
}

fn unique(prefix: &str, name: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let hash = Sha256::digest(name.as_bytes());
    let letters = hash.iter().take(17).filter_map(|byte| {
        let letter = ALPHABET.get(usize::from(*byte) % ALPHABET.len());
        letter.map(|letter| char::from(*letter))
    });
    prefix.chars().chain(letters).collect()
}

fn error(status: u16, code: &str, message: &str) -> Response {
    let message = escaped(message);
    let begin = format!(
        "<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    xml(status, "ErrorResponse", &begin, "")
}

/// A document with the id of the request between its parts, which is in a header too.
fn xml(status: u16, name: &str, begin: &str, end: &str) -> Response {
    let id = Uuid::new_v4();
    let body =
        format!("<{name} xmlns=\"{NAMESPACE}\">{begin}<RequestId>{id}</RequestId>{end}</{name}>\n");
    Response {
        status,
        headers: vec![
            ("x-amzn-RequestId".to_owned(), id.to_string()),
            ("Content-Type".to_owned(), "text/xml".to_owned()),
        ],
        body: body.into_bytes(),
    }
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::Config;
    use std::collections::BTreeMap;

    fn text(emulator: &Emulator, body: &str, access_key: Option<&str>) -> String {
        let response = answer(emulator, body.as_bytes(), access_key);
        String::from_utf8(response.body).unwrap()
    }

    const ASKED: &str = "Action=GetCallerIdentity&Version=2011-06-15";

    #[test]
    fn who_is_not_named_is_the_root_user() {
        let emulator = Emulator::new(Config::default());
        let text = text(&emulator, ASKED, Some("AK"));
        assert!(
            text.contains("<Arn>arn:aws:iam::123456789012:root</Arn>"),
            "{text}"
        );
        assert!(text.contains("<UserId>123456789012</UserId><Account>123456789012<"));
    }

    #[test]
    fn a_principal_is_who_the_configuration_says() {
        let arn = "arn:aws:sts::123456789012:assumed-role/a&b/session";
        let emulator = Emulator::new(Config {
            principals: Some(BTreeMap::from([("AK".to_owned(), arn.to_owned())])),
            ..Config::default()
        });
        let shown = text(&emulator, ASKED, Some("AK"));
        assert!(
            shown.contains("assumed-role/a&amp;b/session</Arn><UserId>AROA"),
            "{shown}"
        );
        assert!(shown.contains(":session</UserId>"), "{shown}");
        assert!(text(&emulator, ASKED, Some("AK2")).contains(":root<"));
        assert!(text(&emulator, ASKED, None).contains(":root<"));
    }

    #[test]
    fn another_action_is_refused() {
        let emulator = Emulator::new(Config::default());
        for body in [
            "",
            "Action=AssumeRole&Version=2011-06-15",
            "Action=GetCallerIdentity",
        ] {
            let response = answer(&emulator, body.as_bytes(), None);
            assert_eq!(response.status, 400, "{body}");
        }
    }
}
