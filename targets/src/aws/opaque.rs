//! What cannot be told from a request: what is behind a ciphertext or a token, and what AWS makes of a
//! request that is not understood here.

use super::asked::Asked;
use crate::target::Request;
use serde_json::Value;

/// Shorter texts are no ciphertexts and no tokens.
const SHORTEST: usize = 64;

/// The ciphertexts and tokens of a request by which AWS finds a key or a grant that nothing else names.
pub(super) fn tokens_of(asked: &Asked) -> impl Iterator<Item = &str> {
    let names_key = |member: &str| asked.body.get(member).is_some_and(|it| !it.is_null());
    let ciphertext = match asked.operation.as_str() {
        "Decrypt" if !names_key("KeyId") => asked.text("CiphertextBlob"),
        "ReEncrypt" if !names_key("SourceKeyId") => asked.text("CiphertextBlob"),
        _ => None,
    };
    let retired = (asked.operation == "RetireGrant").then(|| asked.text("GrantToken"));
    let brought = asked.body.get("GrantTokens").and_then(Value::as_array);
    let brought = brought.into_iter().flatten().filter_map(Value::as_str);
    let all = ciphertext
        .into_iter()
        .chain(retired.flatten())
        .chain(brought);
    all.filter(|token| token.len() >= SHORTEST)
}

/// Whether AWS may find an operation and members in a request in which none are found here: its target
/// looks like one, and its body has something in quotes.
pub(super) fn may_be_understood(request: &Request) -> bool {
    let target = request.target.as_deref().unwrap_or_default().to_lowercase();
    let services = ["trentservice", "baldrapiservice"];
    let reading = [".describe", ".get", ".list"];
    services.iter().any(|service| target.contains(service))
        && !reading.iter().any(|verb| target.contains(verb))
        && request.body.contains(&b'"')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tokens(operation: &str, body: Value) -> usize {
        let asked = Asked {
            body,
            ..Asked::kms(operation)
        };
        tokens_of(&asked).count()
    }

    #[test]
    fn what_only_aws_can_read_is_looked_at_where_nothing_else_names_a_key() {
        let blob = "A".repeat(100);
        assert_eq!(tokens("Decrypt", json!({ "CiphertextBlob": blob })), 1);
        assert_eq!(
            tokens("Decrypt", json!({ "CiphertextBlob": blob, "KeyId": "k" })),
            0
        );
        assert_eq!(tokens("Decrypt", json!({ "CiphertextBlob": "AAAA" })), 0);
        let to_ours = json!({ "CiphertextBlob": blob, "DestinationKeyId": "k" });
        assert_eq!(tokens("ReEncrypt", to_ours), 1);
        assert_eq!(tokens("RetireGrant", json!({ "GrantToken": blob })), 1);
        assert_eq!(
            tokens("Encrypt", json!({ "GrantTokens": [blob, "short"] })),
            1
        );
    }

    #[test]
    fn a_request_that_is_only_nearly_one_is_not_sent() {
        let request = |target: &str, body: &str| Request {
            target: Some(target.to_owned()),
            body: body.as_bytes().to_vec(),
            region: None,
        };
        let body = r#"{"KeyId":"\ud800"}"#;
        for target in [
            "TrentService.DisableKey ",
            " TrentService.CreateKey",
            "trentservice.X",
        ] {
            assert!(may_be_understood(&request(target, body)), "{target}");
        }
        assert!(!may_be_understood(&request(
            "TrentService.DescribeKey",
            body
        )));
        assert!(!may_be_understood(&request("TrentService.CreateKey", "{")));
        assert!(!may_be_understood(&request("Unknown.Target", body)));
    }
}
