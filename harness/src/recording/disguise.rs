//! Requests and replies as a recording holds them: with names in the place of ids, and stand-ins in
//! the place of secrets.

use super::names::Names;
use super::stand_ins::StandIns;
use crate::redact::is_secret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::collections::BTreeMap;

/// Secrets that are texts; all others are bytes in base64.
const TEXTS: &[&str] = &[
    "AccessKeyId",
    "KeyStorePassword",
    "RawSecretAccessKey",
    "check_value",
    "password",
];

/// What is no secret, but holds ids in a form that cannot be renamed. Only whether two of them are
/// equal is judged.
const SEALED: &[&str] = &[
    "CiphertextBlob",
    "DestinationCiphertextBlob",
    "GrantToken",
    "GrantTokens",
    "Marker",
    "NextMarker",
    "NextToken",
    "PrivateKeyCiphertextBlob",
    "SourceCiphertextBlob",
    "check_value",
];

/// What is public, and what a judge verifies byte by byte.
const PUBLIC: &[&str] = &[
    "AwsHardwareCertificate",
    "ClusterCertificate",
    "ClusterCsr",
    "HsmCertificate",
    "Mac",
    "ManufacturerHardwareCertificate",
    "Message",
    "PublicKey",
    "Signature",
    "SignedCert",
    "TrustAnchor",
    "TrustAnchorCertificate",
    "WrappingPublicKey",
];

/// Shorter texts are too common for the places where they occur to be secrets.
const SHORTEST_ECHO: usize = 4;

/// The names and stand-ins of a recording.
#[derive(Debug, Default)]
pub(crate) struct Disguise {
    names: Names,
    stand_ins: StandIns,
}

impl Disguise {
    /// Nothing is disguised yet but this account.
    pub(crate) fn of_account(account: &str) -> Disguise {
        Disguise {
            names: Names::of_account(account),
            stand_ins: StandIns::default(),
        }
    }

    /// A text outside any member, such as a Region or the target of a raw request.
    pub(crate) fn text(&mut self, text: &str) -> String {
        self.names.in_text(text)
    }

    /// What stands for wrapped key material.
    pub(crate) fn wrapped(&mut self, base64: &str) -> String {
        self.stand_ins.of_blob(base64)
    }

    /// A request and its reply. What the reply repeats of the secrets in the request, as messages do,
    /// is disguised too.
    pub(crate) fn exchange(&mut self, body: &Value, reply: &Value) -> (Value, Value) {
        let shown = self.value(body);
        let mut echoes = BTreeMap::new();
        pairs(body, &shown, false, &mut echoes);
        let reply = replaced(reply, &echoes);
        (shown, self.value(&reply))
    }

    /// The text of a request that is malformed on purpose. Where it is JSON all the same, its secrets
    /// are disguised.
    pub(crate) fn raw(&mut self, body: &str) -> String {
        let mut text = body.to_owned();
        if let Ok(document) = serde_json::from_str::<Value>(body) {
            let mut echoes = BTreeMap::new();
            pairs(&document, &self.value(&document), false, &mut echoes);
            for (secret, stand_in) in &echoes {
                text = text.replace(secret, stand_in);
            }
        }
        self.text(&text)
    }

    /// A JSON document.
    pub(crate) fn value(&mut self, document: &Value) -> Value {
        match document {
            Value::Object(members) => {
                let pairs = members.iter();
                pairs
                    .map(|(name, value)| (self.text(name), self.member(name, value)))
                    .collect::<serde_json::Map<_, _>>()
                    .into()
            }
            Value::Array(entries) => entries.iter().map(|entry| self.value(entry)).collect(),
            Value::String(text) => Value::from(self.text(text)),
            other => other.clone(),
        }
    }

    fn member(&mut self, name: &str, value: &Value) -> Value {
        match value {
            Value::Array(entries) => entries
                .iter()
                .map(|entry| self.member(name, entry))
                .collect(),
            Value::String(text) if TEXTS.contains(&name) => self.stand_ins.of_text(text).into(),
            Value::String(text) if is_hidden(name) => self.stand_ins.of_blob(text).into(),
            // Nobody can tell what a secret of another type is. Its type is what is judged.
            Value::Number(_) if is_hidden(name) => Value::from(0),
            Value::String(text) if PUBLIC.contains(&name) && is_material(text) => value.clone(),
            _ => self.value(value),
        }
    }
}

/// Whether a text is base64 or PEM. The message of an error may have the name of a message to sign.
fn is_material(text: &str) -> bool {
    STANDARD.decode(text).is_ok() || text.contains("-----BEGIN ")
}

fn is_hidden(member: &str) -> bool {
    is_secret(member) || SEALED.contains(&member)
}

/// The secrets of a document, with what stands for them in another that has the same shape.
fn pairs(document: &Value, shown: &Value, hidden: bool, found: &mut BTreeMap<String, String>) {
    match (document, shown) {
        (Value::Object(members), Value::Object(shown)) => {
            for ((name, value), shown) in members.iter().zip(shown.values()) {
                pairs(value, shown, hidden || is_secret(name), found);
            }
        }
        (Value::Array(entries), Value::Array(shown)) => {
            for (entry, shown) in entries.iter().zip(shown) {
                pairs(entry, shown, hidden, found);
            }
        }
        (Value::String(text), Value::String(shown)) if hidden && text.len() >= SHORTEST_ECHO => {
            found.insert(text.clone(), shown.clone());
        }
        _ => {}
    }
}

/// `document` with stand-ins where messages repeat secrets.
fn replaced(document: &Value, echoes: &BTreeMap<String, String>) -> Value {
    match document {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| {
                let value = match is_message(name) {
                    true => replaced(value, echoes),
                    false => value.clone(),
                };
                (name.clone(), value)
            })
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::String(text) => {
            let mut text = text.clone();
            for (secret, stand_in) in echoes {
                text = text.replace(secret, stand_in);
            }
            Value::from(text)
        }
        other => other.clone(),
    }
}

fn is_message(member: &str) -> bool {
    member.eq_ignore_ascii_case("message")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn no_secret_member_is_shown_at_any_depth() {
        for name in TEXTS
            .iter()
            .chain(SEALED)
            .chain(&["Plaintext", "SharedSecret"])
        {
            let document =
                json!({"Outer": [{ *name: "c2VjcmV0c2VjcmV0" }], *name: ["c2VjcmV0c2VjcmV0"]});
            let shown = Disguise::default().value(&document).to_string();
            assert!(
                !shown.contains("c2VjcmV0c2VjcmV0"),
                "{name} is shown: {shown}"
            );
        }
    }

    #[test]
    fn a_message_repeats_the_stand_in() {
        let body = json!({"KeyStorePassword": "kmsPswd1"});
        let reply =
            json!({"__type": "ValidationException", "message": "Value 'kmsPswd1' is wrong"});
        let (body, reply) = Disguise::default().exchange(&body, &reply);
        let stand_in = body["KeyStorePassword"].as_str().unwrap();
        assert_ne!(stand_in, "kmsPswd1");
        assert_eq!(reply["message"], format!("Value '{stand_in}' is wrong"));
    }

    #[test]
    fn what_is_public_stays_and_ids_are_renamed_in_all_else() {
        let id = "0d990263-018e-4e65-a703-eff731de951e";
        let body = json!({"PublicKey": "MFkw", "Message": "aGVsbG8=", "KeyId": id, "Tags": [{"TagKey": id}]});
        let name = "00000000-0000-4000-8000-000000000001";
        let shown = json!({"PublicKey": "MFkw", "Message": "aGVsbG8=", "KeyId": name, "Tags": [{"TagKey": name}]});
        assert_eq!(Disguise::default().value(&body), shown);
    }

    #[test]
    fn the_message_of_an_error_is_no_message_to_sign() {
        let reply = json!({"__type": "x", "Message": "Cluster cluster-rhuxbiveqa2 is not there"});
        let shown = Disguise::default().value(&reply);
        assert_eq!(shown["Message"], "Cluster cluster-aaaaaaaaaab is not there");
    }

    #[test]
    fn a_malformed_body_loses_its_secrets_where_it_is_json() {
        let text = r#"{"KeyStorePassword":"kmsPswd1","x":1}"#;
        let shown = Disguise::default().raw(text);
        assert_eq!(shown.len(), text.len());
        assert!(!shown.contains("kmsPswd1"));
        assert_eq!(Disguise::default().raw("{not json"), "{not json");
    }
}
