//! Members that requests are tried with beside those they need.

use serde_json::{Value, json};

/// The name of a member, and how to make a value for it.
type Extra = (&'static str, fn() -> Value);

/// A member, and a value for it that some rule has something to say about.
pub(super) const EXTRAS: &[Extra] = &[
    ("DryRun", || json!(true)),
    ("GrantTokens", || json!(["no grant token"])),
    ("GrantId", || json!("no grant id")),
    ("GrantId", || json!({ "$unknown": "GrantId" })),
    ("GrantToken", || json!("no grant token")),
    ("GranteePrincipal", || json!("nobody")),
    ("RetiringPrincipal", || json!("nobody")),
    ("Operations", || json!(["GenerateDataKeyPair"])),
    (
        "Constraints",
        || json!({ "EncryptionContextEquals": {"purpose": "test"} }),
    ),
    ("EncryptionContext", || json!({ "purpose": "test" })),
    ("SourceEncryptionContext", || json!({ "purpose": "test" })),
    (
        "DestinationEncryptionContext",
        || json!({ "purpose": "test" }),
    ),
    ("Plaintext", || json!({ "$bytes": [9, 4096] })),
    ("EncryptionAlgorithm", || json!("RSAES_OAEP_SHA_256")),
    ("SourceEncryptionAlgorithm", || json!("RSAES_OAEP_SHA_256")),
    ("DestinationEncryptionAlgorithm", || {
        json!("RSAES_OAEP_SHA_256")
    }),
    // Beside the number of bytes that every sweep asks for.
    ("KeySpec", || json!("AES_256")),
    ("MultiRegion", || json!(true)),
    ("PendingWindowInDays", || json!(6)),
    ("Limit", || json!(101)),
    ("IncludeKeyMaterial", || json!("ALL_KEY_MATERIAL")),
    ("Marker", || json!("no marker")),
    ("PolicyName", || json!("other")),
    ("TagKeys", || json!([])),
    ("TagKeys", || json!(["same", "same"])),
    ("Tags", || json!([])),
    ("Tags", || tags(&["same", "same"])),
    ("Tags", || tags(&["aws:reserved"])),
    ("Tags", || tags(&["snow\u{2603}man"])),
    ("Tags", || {
        (0..51).map(|n| tag(&format!("many-{n}"))).collect()
    }),
    (
        "AliasName",
        || json!({ "$concat": ["alias/AWS/", {"$name": "upper"}] }),
    ),
    (
        "AliasName",
        || json!({ "$concat": ["alias/with:", {"$name": "colon"}] }),
    ),
    ("AliasName", || json!("alias/")),
    (
        "AliasName",
        || json!({ "$concat": ["alias/aws/", {"$name": "reserved"}] }),
    ),
    ("AliasName", || json!({ "$name": "no-prefix" })),
    ("Policy", || json!("this is no policy")),
    ("Policy", || policy(json!("nobody"), "kms:*")),
    ("Policy", || {
        policy(json!("arn:aws:iam::444455556666:root"), "kms:*")
    }),
    ("Policy", || policy(account(), "kms:Describe*")),
    (
        "Policy",
        || json!({ "$concat": [policy(account(), "kms:*"), {"$text": [" ", 32768]}] }),
    ),
    ("Policy", long_policy),
];

fn tag(key: &str) -> Value {
    json!({ "TagKey": key, "TagValue": "v" })
}

fn tags(keys: &[&str]) -> Value {
    keys.iter().map(|key| tag(key)).collect()
}

fn account() -> Value {
    json!({"$concat": ["arn:aws:iam::", {"$account": true}, ":root"]})
}

fn policy(who: Value, what: &str) -> Value {
    json!({ "$json": {"Version": "2012-10-17", "Statement": [statement(who, what)]} })
}

fn long_policy() -> Value {
    let statements = json!([statement(account(), "kms:*")]);
    let id = "A".repeat(33_000);
    json!({ "$json": {"Version": "2012-10-17", "Id": id, "Statement": statements} })
}

fn statement(who: Value, what: &str) -> Value {
    json!({ "Effect": "Allow", "Principal": {"AWS": who}, "Action": what, "Resource": "*" })
}
