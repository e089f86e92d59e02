//! What a request asked for and what the answer was, without what must be in no log.

use super::moment;
use kms_conformance_model::shape::{Member, Shape};
use serde_json::{Map, Value, json};

/// Members that are not shown, wherever they stand, besides secrets and bytes in requests: tokens, the
/// first password of a cluster, and certificates, which the samples leave out too.
const LEFT_OUT: &[&str] = &[
    "Certificates",
    "GrantToken",
    "GrantTokens",
    "PreCoPassword",
    "Recipient",
    "SignedCert",
    "TrustAnchor",
    "TrustAnchorCertificate",
];

/// Operations whose request is not shown at all.
const WITHOUT_PARAMETERS: &[&str] = &["GenerateRandom", "RetireGrant"];

/// The request, with the values that AWS takes where it gives none. `null` where nothing is left.
pub(super) fn parameters(operation: &str, members: &[Member], body: &Value) -> Value {
    if WITHOUT_PARAMETERS.contains(&operation) {
        return Value::Null;
    }
    let mut shown = structure(members, body).unwrap_or_default();
    for (name, value) in defaults(operation, &shown) {
        shown.entry(name).or_insert(value);
    }
    or_null(shown)
}

/// A response, with the names of CloudTrail.
pub(super) fn response(body: &Value) -> Map<String, Value> {
    match lower(body) {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// Members, or `null` where there are none.
pub(super) fn or_null(members: Map<String, Value>) -> Value {
    if members.is_empty() {
        Value::Null
    } else {
        Value::Object(members)
    }
}

fn structure(members: &[Member], body: &Value) -> Option<Map<String, Value>> {
    let given = body.as_object()?;
    let shown = members.iter().filter_map(|member| {
        let hidden = member.sensitive || LEFT_OUT.contains(&member.name);
        let value = given.get(member.name).filter(|_| !hidden)?;
        // The cluster of a key store has another name in requests than in responses.
        let name = match member.name {
            "CloudHsmClusterId" => "clusterId".to_owned(),
            other => name(other),
        };
        Some((name, shown(&member.shape, value)?))
    });
    Some(shown.collect())
}

/// The value of a member, or nothing if it holds bytes or is not what the member may hold.
fn shown(shape: &Shape, value: &Value) -> Option<Value> {
    match shape {
        Shape::Text { .. } | Shape::Choice(_) => value.is_string().then(|| value.clone()),
        Shape::Whole { .. } => value.is_number().then(|| value.clone()),
        Shape::Flag => value.is_boolean().then(|| value.clone()),
        Shape::Blob { .. } => None,
        Shape::Date => date(value),
        Shape::List { of, .. } => {
            let entries = value.as_array()?.iter();
            Some(entries.filter_map(|entry| shown(of, entry)).collect())
        }
        Shape::Map { value: of, .. } => {
            let entries = value.as_object()?.iter();
            let entries = entries.filter_map(|(key, entry)| Some((key.clone(), shown(of, entry)?)));
            Some(Value::Object(entries.collect()))
        }
        Shape::Structure(members) => structure(members, value).map(Value::Object),
    }
}

/// What AWS takes where the request gives nothing, for the operations whose samples show it.
fn defaults(operation: &str, given: &Map<String, Value>) -> Vec<(String, Value)> {
    let spec = || {
        let given = given
            .get("keySpec")
            .or_else(|| given.get("customerMasterKeySpec"));
        given.cloned().unwrap_or_else(|| json!("SYMMETRIC_DEFAULT"))
    };
    let defaults = match operation {
        "CreateKey" => vec![
            ("bypassPolicyLockoutSafetyCheck", json!(false)),
            ("customerMasterKeySpec", spec()),
            ("description", json!("")),
            ("keySpec", spec()),
            ("keyUsage", json!("ENCRYPT_DECRYPT")),
            ("origin", json!("AWS_KMS")),
        ],
        "Decrypt" | "Encrypt" => vec![("encryptionAlgorithm", json!("SYMMETRIC_DEFAULT"))],
        "PutKeyPolicy" => vec![
            ("bypassPolicyLockoutSafetyCheck", json!(false)),
            ("policyName", json!("default")),
        ],
        "ReEncrypt" => vec![
            ("destinationEncryptionAlgorithm", json!("SYMMETRIC_DEFAULT")),
            ("sourceEncryptionAlgorithm", json!("SYMMETRIC_DEFAULT")),
        ],
        "ReplicateKey" => vec![
            ("bypassPolicyLockoutSafetyCheck", json!(false)),
            ("description", json!("")),
        ],
        "ScheduleKeyDeletion" => vec![("pendingWindowInDays", json!(30))],
        "Sign" | "Verify" => vec![("messageType", json!("RAW"))],
        _ => Vec::new(),
    };
    defaults
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn lower(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .filter(|(name, _)| !LEFT_OUT.contains(&name.as_str()))
            .map(|(known, member)| {
                let is_date = ["Date", "Timestamp", "ValidTo"]
                    .iter()
                    .any(|end| known.ends_with(end));
                let date = date(member).filter(|_| is_date);
                (name(known), date.unwrap_or_else(|| lower(member)))
            })
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(entries) => entries.iter().map(lower).collect(),
        other => other.clone(),
    }
}

/// A number of epoch seconds as a date.
fn date(value: &Value) -> Option<Value> {
    let seconds = value.as_f64()?;
    // Dates of AWS are far below the numbers at which this would round.
    Some(moment::inside((seconds * 1_000.0).round() as i64).into())
}

/// The name of a member: its first letter is small.
fn name(wire: &str) -> String {
    let mut letters = wire.chars();
    letters
        .next()
        .map(|first| first.to_ascii_lowercase())
        .into_iter()
        .chain(letters)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kms_conformance_model::{Service, catalog};

    fn shown_of(operation: &str, body: &Value) -> Value {
        let members = catalog::operation(Service::Kms, operation)
            .unwrap()
            .members();
        parameters(operation, members, body)
    }

    #[test]
    fn a_key_shows_what_it_is_made_of_by_default() {
        let shown = shown_of("CreateKey", &json!({"KeySpec": "RSA_2048"}));
        let expected = json!({
            "bypassPolicyLockoutSafetyCheck": false, "customerMasterKeySpec": "RSA_2048",
            "description": "", "keySpec": "RSA_2048", "keyUsage": "ENCRYPT_DECRYPT",
            "origin": "AWS_KMS",
        });
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_key_store_shows_its_name_and_cluster_alone() {
        let body = json!({
            "CustomKeyStoreName": "n", "CloudHsmClusterId": "c", "KeyStorePassword": "p",
            "TrustAnchorCertificate": "t",
        });
        let expected = json!({"customKeyStoreName": "n", "clusterId": "c"});
        assert_eq!(shown_of("CreateCustomKeyStore", &body), expected);
    }

    #[test]
    fn bytes_and_tokens_are_not_shown_and_contexts_keep_their_names() {
        let body = json!({
            "KeyId": "k", "Plaintext": "c2VjcmV0", "GrantTokens": ["t"],
            "EncryptionContext": {"Department": "IT"},
        });
        let expected = json!({
            "keyId": "k", "encryptionAlgorithm": "SYMMETRIC_DEFAULT",
            "encryptionContext": {"Department": "IT"},
        });
        assert_eq!(shown_of("Encrypt", &body), expected);
    }

    #[test]
    fn what_a_member_cannot_hold_or_is_not_known_is_not_shown() {
        let body = json!({"KeyId": {"Plaintext": "s"}, "Unknown": "s"});
        assert_eq!(shown_of("DescribeKey", &body), Value::Null);
        assert_eq!(
            shown_of("GenerateRandom", &json!({"NumberOfBytes": 5})),
            Value::Null
        );
    }

    #[test]
    fn a_response_has_small_letters_and_dates_in_words() {
        let body = json!({"KeyMetadata": {"AWSAccountId": "1", "CreationDate": 0.5,
            "CloudHsmClusterId": "c"}, "GrantToken": "s"});
        let expected = json!({"keyMetadata": {"aWSAccountId": "1",
            "creationDate": "Jan 1, 1970, 12:00:00 AM", "cloudHsmClusterId": "c"}});
        assert_eq!(Value::Object(response(&body)), expected);
    }
}
