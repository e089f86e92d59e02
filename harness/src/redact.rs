//! Takes secrets out of requests and replies before anything is printed or written.
//!
//! Plans are not redacted: what they hold was made up by the generator, and replaying needs it.

use serde_json::Value;

/// What stands in the place of a secret.
pub const REDACTED: &str = "<redacted>";

/// The members that hold secrets, wherever they stand.
const SECRET_MEMBERS: &[&str] = &[
    "AccessKeyId",
    "CiphertextForRecipient",
    "EncryptedKeyMaterial",
    "ImportToken",
    "KeyStorePassword",
    "Plaintext",
    "PrivateKeyPlaintext",
    "RawSecretAccessKey",
    "SharedSecret",
    "password",
];

/// Shorter texts are too common for the places where they occur to be secrets.
const SHORTEST_ECHO: usize = 4;

/// A request and its reply without secrets. A reply that repeats a secret of the request, as error
/// messages do, loses it too.
pub fn exchange(body: &Value, reply: &Value) -> (Value, Value) {
    let mut secrets = Vec::new();
    collect(body, false, &mut secrets);
    secrets.retain(|secret| secret.len() >= SHORTEST_ECHO);
    let mut reply = value(reply);
    remove(&mut reply, &secrets);
    (value(body), reply)
}

/// A JSON document without secrets.
pub fn value(document: &Value) -> Value {
    match document {
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| {
                let hidden = is_secret(name) && !member.is_null();
                let shown = if hidden {
                    Value::from(REDACTED)
                } else {
                    value(member)
                };
                (name.clone(), shown)
            })
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Array(entries) => entries.iter().map(value).collect(),
        other => other.clone(),
    }
}

/// An outcome as the judge words it, without secrets: `success with Plaintext: "c2VjcmV0"` becomes
/// `success with Plaintext: <redacted>`. A description of a value, such as `base64 of 32 bytes`, is
/// no secret and stays.
pub fn outcome(text: &str) -> String {
    let Some((place, shown)) = text.split_once(": ") else {
        return text.to_owned();
    };
    let Ok(document) = serde_json::from_str::<Value>(shown) else {
        return text.to_owned();
    };
    let member = place.rsplit(['.', ' ']).next().unwrap_or_default();
    if is_secret(member) && !document.is_null() && !is_length(&document) {
        return format!("{place}: {REDACTED}");
    }
    let clean = value(&document);
    if clean == document {
        text.to_owned()
    } else {
        format!("{place}: {clean}")
    }
}

/// Whether this is not a value but what stands for one: how many bytes it has. No secret has a space.
fn is_length(document: &Value) -> bool {
    let text = document.as_str().unwrap_or_default();
    let number = text.strip_suffix(" bytes").unwrap_or_default();
    !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit())
}

/// Whether a member of this name holds a secret.
pub(crate) fn is_secret(member: &str) -> bool {
    SECRET_MEMBERS.contains(&member)
}

fn collect(document: &Value, secret: bool, found: &mut Vec<String>) {
    match document {
        Value::Object(members) => {
            for (name, member) in members {
                collect(member, secret || is_secret(name), found);
            }
        }
        Value::Array(entries) => {
            for entry in entries {
                collect(entry, secret, found);
            }
        }
        Value::String(text) if secret => found.push(text.clone()),
        _ => {}
    }
}

fn remove(document: &mut Value, secrets: &[String]) {
    match document {
        Value::Object(members) => members
            .values_mut()
            .for_each(|member| remove(member, secrets)),
        Value::Array(entries) => entries.iter_mut().for_each(|entry| remove(entry, secrets)),
        Value::String(text) => {
            for secret in secrets {
                if text.contains(secret) {
                    *text = text.replace(secret, REDACTED);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_secret_member_is_hidden_at_any_depth() {
        for name in SECRET_MEMBERS {
            let document = json!({"Outer": [{ *name: "c2VjcmV0" }]});
            let shown = value(&document).to_string();
            assert!(!shown.contains("c2VjcmV0"), "{name} is shown: {shown}");
        }
    }

    #[test]
    fn the_credential_of_an_external_key_store_is_hidden() {
        let body = json!({"XksProxyAuthenticationCredential": {
            "AccessKeyId": "ABCDE12345670EXAMPLE",
            "RawSecretAccessKey": "DXjSUawnel2fr6SKC7G25CNxTyWKE5PF9XX6H/u9pSo=",
        }});
        let hidden = json!({"XksProxyAuthenticationCredential": {
            "AccessKeyId": REDACTED, "RawSecretAccessKey": REDACTED,
        }});
        assert_eq!(value(&body), hidden);
    }

    #[test]
    fn what_is_no_secret_stays() {
        let body =
            json!({"KeyId": "alias/a", "Tags": [{"TagKey": "k", "TagValue": "v"}], "Limit": 3});
        assert_eq!(value(&body), body);
    }

    #[test]
    fn an_absent_secret_stays_absent() {
        let body = json!({"KeyStorePassword": null});
        assert_eq!(value(&body), body);
    }

    #[test]
    fn an_error_message_does_not_repeat_a_secret() {
        let body = json!({"KeyStorePassword": "kmsPswd1"});
        let reply = json!({"message": "Value 'kmsPswd1' at 'keyStorePassword' is wrong"});
        let (body, reply) = exchange(&body, &reply);
        assert_eq!(body, json!({"KeyStorePassword": REDACTED}));
        assert_eq!(
            reply["message"],
            "Value '<redacted>' at 'keyStorePassword' is wrong"
        );
    }

    #[test]
    fn an_outcome_does_not_show_a_secret() {
        assert_eq!(
            outcome(r#"success with Plaintext: "c2VjcmV0""#),
            "success with Plaintext: <redacted>"
        );
        assert_eq!(
            outcome(r#"success with Store: {"AccessKeyId":"ABCDE"}"#),
            r#"success with Store: {"AccessKeyId":"<redacted>"}"#
        );
        for stays in [
            "success",
            "NotFoundException",
            "success with Plaintext: base64 of 32 bytes",
            "success with Plaintext: \"16 bytes\"",
            "success with Plaintext: absent",
            r#"success with KeyMetadata.Origin: "AWS_KMS""#,
        ] {
            assert_eq!(outcome(stays), stays);
        }
    }
}
