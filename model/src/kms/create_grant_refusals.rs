//! What CreateGrant refuses about the grant that it is asked for.

use super::create_grant::CreateGrant;
use super::key_states::key_of;
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::{LimitExceeded, Validation};
use crate::rule::{Refusal, Stage, may, must};
use crate::state::{Key, KeySpec, KeyUsage};

const API: &str = "kms/latest/APIReference/API_CreateGrant.html";

/// The most grants that a key may have.
const MOST_GRANTS: usize = 50_000;

/// The most pairs that the encryption context of a constraint may have.
const MOST_PAIRS: usize = 8;

/// The longest value in the encryption context of a constraint, in characters.
const LONGEST_VALUE: usize = 384;

/// What keeps a grant of this operation for the keys that support it.
fn supports(key: &Key, operation: &str) -> bool {
    let symmetric = is_symmetric(key);
    match operation {
        "CreateGrant" | "DescribeKey" | "RetireGrant" => true,
        "Decrypt" | "Encrypt" | "ReEncryptFrom" | "ReEncryptTo" => {
            key.usage == KeyUsage::EncryptDecrypt
        }
        "GenerateMac" | "VerifyMac" => key.usage == KeyUsage::GenerateVerifyMac,
        "Sign" | "Verify" => key.usage == KeyUsage::SignVerify,
        "DeriveSharedSecret" => key.usage == KeyUsage::KeyAgreement,
        "GetPublicKey" => !symmetric && key.usage != KeyUsage::GenerateVerifyMac,
        _ => symmetric,
    }
}

fn is_symmetric(key: &Key) -> bool {
    key.usage == KeyUsage::EncryptDecrypt && key.spec == KeySpec::SymmetricDefault
}

pub(super) const NO_OPERATIONS: Refusal<CreateGrant> = Refusal {
    card: Card {
        id: "GR-102",
        says: "A grant that allows nothing may be refused.",
        cite: API,
        evidence: Evidence::Inferred,
    },
    stage: Stage::Condition,
    error: may(&[Validation]),
    when: |_, input| input.operations.is_empty(),
};

pub(super) const MORE_THAN_CREATE_GRANT: Refusal<CreateGrant> = Refusal {
    card: Card {
        id: "GR-02a",
        says: "A grant does not allow CreateGrant alone.",
        cite: "github.com/ansible/ansible/pull/31960",
        evidence: Evidence::Observed,
    },
    stage: Stage::Condition,
    error: must(&[Validation])
        .saying(|_, _| "Grants must not contain only the CreateGrant operation.".to_owned()),
    when: |_, input| {
        let mut operations = input.operations.iter();
        !input.operations.is_empty() && operations.all(|name| name == CREATE_GRANT)
    },
};

const CREATE_GRANT: &str = "CreateGrant";

pub(super) const FITS_THE_KEY: Refusal<CreateGrant> = Refusal {
    card: Card {
        id: "GR-02",
        says: "A grant allows only operations that its key supports.",
        cite: API,
        evidence: Evidence::Documented,
    },
    stage: Stage::Condition,
    error: must(&[Validation]),
    when: |state, input| {
        let mut operations = input.operations.iter();
        key_of(state, input).is_some_and(|key| operations.any(|name| !supports(key, name)))
    },
};

pub(super) const PAIRS_IN_A_KEY_STORE: Refusal<CreateGrant> = Refusal {
    card: Card {
        id: "GR-02c",
        says: "Data key pairs, which no key in a key store makes, may be refused in its grants.",
        cite: API,
        evidence: Evidence::Inferred,
    },
    stage: Stage::Condition,
    error: may(&[Validation]),
    when: |state, input| {
        let mut operations = input.operations.iter();
        key_of(state, input).is_some_and(|key| key.is_in_store())
            && operations.any(|name| name.starts_with("GenerateDataKeyPair"))
    },
};

pub(super) const CONTEXT_NEEDS_A_SYMMETRIC_KEY: Refusal<CreateGrant> = Refusal {
    card: Card {
        id: "GR-02b",
        says: "Only a grant of a symmetric encryption key is confined to an encryption context.",
        cite: API,
        evidence: Evidence::Documented,
    },
    stage: Stage::Condition,
    error: must(&[Validation]),
    when: |state, input| {
        let mut contexts = input.contexts();
        key_of(state, input).is_some_and(|key| !is_symmetric(key))
            && contexts.any(|context| !context.is_empty())
    },
};

pub(super) const FITTING_CONSTRAINTS: Refusal<CreateGrant> = Refusal {
    card: Card {
        id: "GR-103",
        says: "The encryption context of a constraint has at most 8 pairs, and a value at most 384 \
               characters.",
        cite: API,
        evidence: Evidence::Documented,
    },
    stage: Stage::Condition,
    error: must(&[Validation, LimitExceeded]),
    when: |_, input| {
        let mut contexts = input.contexts();
        contexts.any(|context| {
            let mut values = context.values();
            context.len() > MOST_PAIRS || values.any(|value| value.chars().count() > LONGEST_VALUE)
        })
    },
};

pub(super) const ONE_CONSTRAINT: Refusal<CreateGrant> = Refusal {
    card: Card {
        id: "GR-104",
        says: "Both constraints on the encryption context at once may be refused.",
        cite: API,
        evidence: Evidence::Inferred,
    },
    stage: Stage::Condition,
    error: may(&[Validation]),
    when: |_, input| input.contexts().count() > 1,
};

pub(super) const MANY_GRANTS: Refusal<CreateGrant> = Refusal {
    card: Card {
        id: "GR-04",
        says: "A key has at most 50,000 grants.",
        cite: "kms/latest/developerguide/resource-limits.html",
        evidence: Evidence::Documented,
    },
    stage: Stage::Condition,
    error: must(&[LimitExceeded]),
    when: |state, input| {
        state.grants.len() >= MOST_GRANTS
            && key_of(state, input)
                .is_some_and(|key| state.grants_of(&key.id).count() >= MOST_GRANTS)
    },
};

#[cfg(test)]
mod tests {
    use crate::state::Grant;
    use crate::testing::World;
    use serde_json::{Value, json};
    use std::sync::Arc;

    const ROOT: &str = "arn:aws:iam::111122223333:root";

    fn body(key: &str, operations: &[&str]) -> Value {
        json!({ "KeyId": key, "GranteePrincipal": ROOT, "Operations": operations })
    }

    #[test]
    fn a_grant_allows_what_its_key_supports() {
        let mut world = World::new();
        let symmetric = world.key(json!({}));
        let rsa = world.key(json!({ "KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT" }));
        let signing = world.key(json!({ "KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY" }));
        let mac = json!({ "KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC" });
        let mac = world.key(mac);
        let agreeing = json!({ "KeySpec": "ECC_NIST_P256", "KeyUsage": "KEY_AGREEMENT" });
        let agreeing = world.key(agreeing);
        for (key, good, bad) in [
            (&symmetric, "GenerateDataKeyPair", "Sign"),
            (&symmetric, "ReEncryptTo", "GetPublicKey"),
            (&rsa, "GetPublicKey", "GenerateDataKey"),
            (&rsa, "Encrypt", "Verify"),
            (&signing, "Sign", "Decrypt"),
            (&mac, "VerifyMac", "GetPublicKey"),
            (&agreeing, "DeriveSharedSecret", "Sign"),
            (&agreeing, "GetPublicKey", "GenerateMac"),
        ] {
            assert_eq!(
                world.fired("CreateGrant", body(key, &[good, "DescribeKey"])),
                [""; 0]
            );
            assert_eq!(
                world.fired("CreateGrant", body(key, &["DescribeKey", bad])),
                ["GR-02"]
            );
        }
        assert_eq!(
            world.refused("CreateGrant", body(&symmetric, &["Sign"])),
            ["ValidationException"]
        );
    }

    #[test]
    fn a_grant_allows_something_and_not_create_grant_alone() {
        let mut world = World::new();
        let key = world.key(json!({}));
        assert_eq!(
            world.fired("CreateGrant", body(&key, &["CreateGrant"])),
            ["GR-02a"]
        );
        let both = body(&key, &["CreateGrant", "Decrypt"]);
        assert_eq!(world.fired("CreateGrant", both), [""; 0]);
        assert_eq!(world.fired("CreateGrant", body(&key, &[])), ["GR-102"]);
        world.ok("CreateGrant", body(&key, &[]));
    }

    #[test]
    fn constraints_are_for_symmetric_keys_and_small() {
        let mut world = World::new();
        let key = world.key(json!({}));
        let rsa = world.key(json!({ "KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT" }));
        let confined = |key: &str, constraints: Value| {
            let mut body = body(key, &["Decrypt"]);
            body["Constraints"] = constraints;
            body
        };
        let equals = json!({ "EncryptionContextEquals": {"a": "b"} });
        assert_eq!(
            world.fired("CreateGrant", confined(&rsa, equals.clone())),
            ["GR-02b"]
        );
        assert_eq!(world.fired("CreateGrant", confined(&key, equals)), [""; 0]);
        assert_eq!(
            world.fired("CreateGrant", confined(&rsa, json!({}))),
            [""; 0]
        );
        let many: Value = (0..9)
            .map(|n| (n.to_string(), json!("v")))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let many = json!({ "EncryptionContextSubset": many });
        assert_eq!(world.fired("CreateGrant", confined(&key, many)), ["GR-103"]);
        let long = json!({ "EncryptionContextSubset": {"a": "v".repeat(385)} });
        assert_eq!(world.fired("CreateGrant", confined(&key, long)), ["GR-103"]);
        let both = json!({
            "EncryptionContextSubset": {"a": "b"}, "EncryptionContextEquals": {"a": "b"},
        });
        assert_eq!(world.fired("CreateGrant", confined(&key, both)), ["GR-104"]);
    }

    #[test]
    fn data_key_pairs_of_a_key_in_a_key_store_may_be_refused() {
        use super::super::store_fixture::{KEY, world_with_store};
        let mut world = world_with_store();
        let pair = body(KEY, &["GenerateDataKeyPair"]);
        assert_eq!(world.fired("CreateGrant", pair), ["GR-02c"]);
        assert_eq!(world.fired("CreateGrant", body(KEY, &["Decrypt"])), [""; 0]);
    }

    #[test]
    fn a_key_has_fifty_thousand_grants_at_most() {
        let mut world = World::new();
        let key = world.key(json!({}));
        let made = world.ok("CreateGrant", body(&key, &["Decrypt"]));
        let first = made["GrantId"].as_str().unwrap().to_owned();
        world.given(|state| {
            let grant = state.grants[&first].clone();
            for n in 1..50_000 {
                let id = format!("f{n:063}");
                let another = Grant {
                    id: id.clone(),
                    ..(*grant).clone()
                };
                state.grants.insert(id, Arc::new(another));
            }
        });
        assert_eq!(
            world.refused("CreateGrant", body(&key, &["Decrypt"])),
            ["LimitExceededException"]
        );
    }
}
