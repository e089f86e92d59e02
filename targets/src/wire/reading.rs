//! What a response means, whoever sent it. AWS, this emulator and foreign ones write errors and
//! missing features in their own ways.

use crate::target::Response;
use kms_conformance_model::{ErrorCode, Refused, Reply};
use serde_json::Value;

/// What a response means.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It is an answer to the operation.
    Reply(Reply),
    /// The target does not have the operation or this part of it; why, in its own words.
    Unsupported(String),
    /// An error without a type of AWS's: a crash, or a page of another protocol. A server that lacks
    /// the operation may answer so, and one that has it and crashed; its status and what it wrote.
    Untyped(String),
}

/// Says what a response means.
///
/// A success whose body is not JSON is `Done` with the text as a JSON string, so that it shows no
/// member. A 502, 503 or 504 without a type of these services is `Lost`: something before the service
/// may answer so for a while.
pub fn reply(response: &Response) -> Answer {
    let json = serde_json::from_slice::<Value>(&response.body).ok();
    if (200..300).contains(&response.status) {
        return Answer::Reply(Reply::Done(success(response, json)));
    }
    let text = String::from_utf8_lossy(&response.body);
    let error = error_type(response, json.as_ref(), &text);
    let message = json.as_ref().and_then(message_of);
    if is_unsupported(response, json.as_ref(), &error, &text) {
        let reason = message.unwrap_or_else(|| excerpt(&text));
        return Answer::Unsupported(format!("HTTP {} {error} {reason}", response.status));
    }
    let is_typed = match response.status {
        500.. => ErrorCode::from_wire(&error).is_some(),
        _ => json.is_some() && !error.is_empty(),
    };
    if !is_typed {
        let shown = format!("HTTP {} {}", response.status, one_line(&text));
        return match response.status {
            502..=504 => Answer::Reply(Reply::Lost(shown)),
            _ => Answer::Untyped(shown),
        };
    }
    Answer::Reply(Reply::Refused(Refused {
        error,
        message,
        status: response.status,
    }))
}

fn success(response: &Response, json: Option<Value>) -> Value {
    match json {
        Some(json) => json,
        None if response.body.is_empty() => Value::Object(serde_json::Map::new()),
        None => Value::from(String::from_utf8_lossy(&response.body).into_owned()),
    }
}

/// The error type without a namespace before `#` or a URL after `:`; empty where there is none.
fn error_type(response: &Response, json: Option<&Value>, text: &str) -> String {
    let written = ["__type", "code", "Code"]
        .iter()
        .find_map(|name| json?.get(name)?.as_str())
        .or_else(|| response.header("x-amzn-errortype"))
        .or_else(|| xml_code(text))
        .unwrap_or_default();
    let without_url = written.split(':').next().unwrap_or(written);
    let bare = without_url.rsplit('#').next().unwrap_or(without_url);
    bare.trim().to_owned()
}

/// What stands in `<Code>`: some emulators answer XML to what they do not know.
fn xml_code(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("<Code>")?;
    rest.split_once("</Code>").map(|(code, _)| code)
}

fn message_of(json: &Value) -> Option<String> {
    let written = json.get("message").or_else(|| json.get("Message"))?;
    written.as_str().map(str::to_owned)
}

fn is_unsupported(response: &Response, json: Option<&Value>, error: &str, text: &str) -> bool {
    const TYPES: &[&str] = &[
        "InvalidAction",
        "NotImplemented",
        "NotImplementedError",
        "NotImplementedException",
        "UnknownOperation",
        "UnknownOperationException",
    ];
    response.status == 501
        || TYPES.contains(&error)
        || response.status == 405
        || (response.status == 404 && json.is_none())
        || says_not_implemented(text)
}

fn says_not_implemented(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "not implemented",
        "not been implemented",
        "not yet implemented",
        "notimplemented",
    ];
    let lower = text.to_lowercase();
    WORDS.iter().any(|words| lower.contains(words))
}

/// The beginning of a body without its line breaks.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(80).collect()
}

fn excerpt(text: &str) -> String {
    text.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answer(status: u16, body: &str) -> Answer {
        reply(&Response {
            status,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
        })
    }

    fn refusal(error: &str, message: Option<&str>, status: u16) -> Answer {
        Answer::Reply(Reply::Refused(Refused {
            error: error.to_owned(),
            message: message.map(str::to_owned),
            status,
        }))
    }

    #[test]
    fn an_empty_success_shows_nothing() {
        assert_eq!(answer(200, ""), Answer::Reply(Reply::Done(json!({}))));
        assert_eq!(
            answer(200, r#"{"A":1}"#),
            Answer::Reply(Reply::Done(json!({"A": 1})))
        );
    }

    #[test]
    fn a_success_that_is_no_json_shows_no_member() {
        assert_eq!(
            answer(200, "<html>"),
            Answer::Reply(Reply::Done(json!("<html>")))
        );
    }

    #[test]
    fn the_error_type_is_stripped_of_namespace_and_url() {
        for written in [
            "NotFoundException",
            "com.amazonaws.kms#NotFoundException",
            "NotFoundException:http://internal.amazon.com/coral/",
            "aws.kms#NotFoundException:http://internal.amazon.com/coral/",
        ] {
            let body = json!({"__type": written, "message": "gone"}).to_string();
            assert_eq!(
                answer(400, &body),
                refusal("NotFoundException", Some("gone"), 400)
            );
        }
    }

    #[test]
    fn the_message_may_have_a_capital_or_be_missing() {
        assert_eq!(
            answer(400, r#"{"__type":"AccessDeniedException","Message":"no"}"#),
            refusal("AccessDeniedException", Some("no"), 400)
        );
        assert_eq!(
            answer(400, r#"{"__type":"SerializationException"}"#),
            refusal("SerializationException", None, 400)
        );
    }

    #[test]
    fn the_error_type_may_stand_in_a_header() {
        let response = Response {
            status: 400,
            headers: vec![(
                "X-Amzn-ErrorType".to_owned(),
                "TagException:http://x/".to_owned(),
            )],
            body: b"{}".to_vec(),
        };
        assert_eq!(reply(&response), refusal("TagException", None, 400));
    }

    #[test]
    fn internal_errors_of_the_service_are_refusals_and_other_5xx_have_no_type() {
        assert_eq!(
            answer(500, r#"{"__type":"KMSInternalException"}"#),
            refusal("KMSInternalException", None, 500)
        );
        for body in [r#"{"__type":"InternalFailure"}"#, "", "busy"] {
            assert!(matches!(answer(500, body), Answer::Untyped(_)));
            assert!(matches!(answer(503, body), Answer::Reply(Reply::Lost(_))));
        }
    }

    #[test]
    fn each_emulator_says_not_implemented_in_its_own_way() {
        for (status, body) in [
            (501, ""),
            (404, r#"{"__type":"UnknownOperationException"}"#),
            (400, r#"{"__type":"InvalidAction"}"#),
            (
                400,
                "<Response><Error><Code>InvalidAction</Code></Error></Response>",
            ),
            (404, "not found"),
            (405, "<Error><Code>MethodNotAllowed</Code></Error>"),
            (500, "<html>This action is not implemented</html>"),
            (
                500,
                r#"{"__type":"InternalFailure","message":"API action 'X' not yet implemented"}"#,
            ),
            (
                500,
                "NotImplementedError: The x action has not been implemented",
            ),
        ] {
            assert!(
                matches!(answer(status, body), Answer::Unsupported(_)),
                "{status} {body}"
            );
        }
    }

    #[test]
    fn an_error_without_a_type_leaves_open_whether_the_operation_is_there() {
        for (status, body) in [
            (
                500,
                "<!doctype html>\n<title>500 Internal Server Error</title>",
            ),
            (500, r#"{"message":"'KeyId'"}"#),
            (400, "<Error><Code>NoSuchBucket</Code></Error>"),
            (400, "{}"),
            (403, ""),
        ] {
            let answered = answer(status, body);
            assert!(matches!(answered, Answer::Untyped(_)), "{status} {body}");
        }
    }

    #[test]
    fn an_unsupported_key_is_a_refusal() {
        let body = r#"{"__type":"UnsupportedOperationException"}"#;
        assert_eq!(
            answer(400, body),
            refusal("UnsupportedOperationException", None, 400)
        );
    }
}
