//! Pieces of which sweeps are made: keys of a kind, aliases, grants, requests that use a key.

use super::draft::Draft;
use super::scenes::with;
use serde_json::{Value, json};

/// A new key. The result is the reference to its id.
pub(super) fn new_key(draft: &mut Draft<'_>, body: Value) -> Value {
    let made = draft.kms("CreateKey", body);
    json!({ "$of": [made, "KeyMetadata.KeyId"] })
}

/// A new key of this spec and usage.
pub(super) fn key_of(draft: &mut Draft<'_>, spec: &str, usage: &str) -> Value {
    new_key(draft, json!({ "KeySpec": spec, "KeyUsage": usage }))
}

/// The principal that is the account itself.
pub(super) fn root() -> Value {
    json!({ "$concat": ["arn:aws:iam::", {"$account": true}, ":root"] })
}

/// An alias that only this plan makes.
pub(super) fn alias(name: &str) -> Value {
    json!({ "$concat": ["alias/", {"$name": name}] })
}

/// A new alias of a key.
pub(super) fn new_alias(draft: &mut Draft<'_>, name: &str, key: &Value) -> Value {
    let alias = alias(name);
    draft.kms(
        "CreateAlias",
        json!({ "AliasName": alias, "TargetKeyId": key }),
    );
    alias
}

/// The body of a grant that lets the account describe a key.
pub(super) fn grant(key: &Value, changes: &Value) -> Value {
    let body = json!({
        "KeyId": key, "GranteePrincipal": root(), "Operations": ["DescribeKey"],
    });
    with(&body, changes)
}

/// A kind of key, and how it is used: what makes something, and what checks or opens that.
pub(super) struct Kind {
    /// What it is called in titles.
    pub(super) title: &'static str,
    spec: &'static str,
    usage: &'static str,
}

/// A kind of key for each purpose.
pub(super) const KINDS: &[Kind] = &[
    Kind {
        title: "a symmetric key",
        spec: "SYMMETRIC_DEFAULT",
        usage: "ENCRYPT_DECRYPT",
    },
    Kind {
        title: "an RSA key for encryption",
        spec: "RSA_2048",
        usage: "ENCRYPT_DECRYPT",
    },
    Kind {
        title: "a key for signatures",
        spec: "ECC_NIST_P256",
        usage: "SIGN_VERIFY",
    },
    Kind {
        title: "an HMAC key",
        spec: "HMAC_256",
        usage: "GENERATE_VERIFY_MAC",
    },
    Kind {
        title: "a key for key agreement",
        spec: "ECC_NIST_P256",
        usage: "KEY_AGREEMENT",
    },
];

impl Kind {
    /// A new key of this kind.
    pub(super) fn make(&self, draft: &mut Draft<'_>) -> Value {
        key_of(draft, self.spec, self.usage)
    }

    /// Uses a key of this kind by `name` in every way. What it made is checked at once, and so is what
    /// it made before; the result is what checks that later.
    pub(super) fn use_by(
        &self,
        draft: &mut Draft<'_>,
        name: &Value,
        before: &[(&'static str, Value)],
    ) -> Vec<(&'static str, Value)> {
        for (operation, body) in before {
            draft.kms(operation, body.clone());
        }
        let checks = self.made_by(draft, name);
        for (operation, body) in &checks {
            draft.kms(operation, body.clone());
        }
        checks
    }

    fn made_by(&self, draft: &mut Draft<'_>, name: &Value) -> Vec<(&'static str, Value)> {
        let message = json!({ "$bytes": [5, 24] });
        match (self.spec, self.usage) {
            ("SYMMETRIC_DEFAULT", _) => {
                let context = json!({ "EncryptionContext": {"purpose": "test", "stage": "2"} });
                let plain = with(&json!({ "KeyId": name, "Plaintext": message }), &context);
                let data = with(&json!({ "KeyId": name, "NumberOfBytes": 24 }), &context);
                let pair = json!({ "KeyId": name, "KeyPairSpec": "ECC_NIST_P256" });
                let makers = [
                    ("Encrypt", plain, "CiphertextBlob"),
                    ("GenerateDataKey", data.clone(), "CiphertextBlob"),
                    ("GenerateDataKeyWithoutPlaintext", data, "CiphertextBlob"),
                    (
                        "GenerateDataKeyPair",
                        with(&pair, &context),
                        "PrivateKeyCiphertextBlob",
                    ),
                ];
                let opened = makers.map(|(operation, body, member)| {
                    let made = draft.kms(operation, body);
                    let blob = json!({ "$of": [made, member] });
                    let body = json!({ "KeyId": name, "CiphertextBlob": blob });
                    ("Decrypt", with(&body, &context))
                });
                let moved = opened.first().map(|(_, body)| {
                    let blob = body.get("CiphertextBlob");
                    let body = json!({
                        "CiphertextBlob": blob, "SourceKeyId": name, "DestinationKeyId": name,
                        "SourceEncryptionContext": context.get("EncryptionContext"),
                        "DestinationEncryptionContext": {"purpose": "moved"},
                    });
                    ("ReEncrypt", body)
                });
                opened.into_iter().chain(moved).collect()
            }
            (_, "ENCRYPT_DECRYPT") => {
                let algorithm =
                    json!({ "KeyId": name, "EncryptionAlgorithm": "RSAES_OAEP_SHA_256" });
                let body = with(&algorithm, &json!({ "Plaintext": message }));
                let made = draft.kms("Encrypt", body);
                let blob = json!({ "CiphertextBlob": {"$of": [made, "CiphertextBlob"]} });
                vec![
                    ("Decrypt", with(&algorithm, &blob)),
                    ("GetPublicKey", json!({ "KeyId": name })),
                ]
            }
            (_, "SIGN_VERIFY") => {
                let body = json!({
                    "KeyId": name, "Message": message, "SigningAlgorithm": "ECDSA_SHA_256",
                });
                let made = draft.kms("Sign", body.clone());
                let signature = json!({ "Signature": {"$of": [made, "Signature"]} });
                vec![
                    ("Verify", with(&body, &signature)),
                    ("GetPublicKey", json!({ "KeyId": name })),
                ]
            }
            (_, "GENERATE_VERIFY_MAC") => {
                let body = json!({
                    "KeyId": name, "Message": message, "MacAlgorithm": "HMAC_SHA_256",
                });
                let made = draft.kms("GenerateMac", body.clone());
                let mac = json!({ "Mac": {"$of": [made, "Mac"]} });
                vec![("VerifyMac", with(&body, &mac))]
            }
            _ => {
                let shown = draft.kms("GetPublicKey", json!({ "KeyId": name }));
                let body = json!({
                    "KeyId": name, "KeyAgreementAlgorithm": "ECDH",
                    "PublicKey": {"$of": [shown, "PublicKey"]},
                });
                vec![("DeriveSharedSecret", body)]
            }
        }
    }
}

/// Walks a list page by page until it ends, in at most so many pages.
pub(super) fn walk(draft: &mut Draft<'_>, list: &Paged<'_>, most: usize) {
    let mut body = list.body.clone();
    for _ in 0..most {
        let step = draft.call(list.service, list.operation, body);
        if !draft.has_made(step, list.next) {
            return;
        }
        let marker = json!({ "$of": [step, list.next] });
        let place = list.marker;
        body = with(&list.body, &json!({ place: marker }));
    }
}

/// A list that is read page by page.
pub(super) struct Paged<'p> {
    /// The service, as the AWS CLI calls it.
    pub(super) service: &'p str,
    /// The operation.
    pub(super) operation: &'p str,
    /// What each page is asked for with, its size included.
    pub(super) body: Value,
    /// The member of a request that says where to go on.
    pub(super) marker: &'p str,
    /// The member of a response that says so.
    pub(super) next: &'p str,
}
