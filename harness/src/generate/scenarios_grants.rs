//! Scenarios about grants.

use super::draft::Draft;
use super::scenes::{LONG, connected_store, key_in_store, with};
use serde_json::{Value, json};

/// Two keys with grants of several principals: lists with and without filters and page by page, and
/// after each grant that goes a look at those that stay.
pub(super) fn side_by_side(draft: &mut Draft<'_>) {
    let keys = [(); 2].map(|()| new_key(draft, json!({})));
    let [left, right] = &keys;
    let named = with(&grant(left, root()), &json!({ "Name": "named" }));
    let confined = json!({ "EncryptionContextSubset": {"purpose": "test"} });
    let bodies = [
        named.clone(),
        with(
            &grant(left, role("user-0")),
            &json!({ "Constraints": confined }),
        ),
        with(
            &grant(left, root()),
            &json!({ "RetiringPrincipal": root() }),
        ),
        with(
            &grant(left, root()),
            &json!({ "Constraints": {"EncryptionContextEquals": {"purpose": "test"}} }),
        ),
        with(&named, &json!({ "KeyId": right })),
        with(
            &grant(right, root()),
            &json!({ "RetiringPrincipal": root() }),
        ),
        with(
            &grant(right, root()),
            &json!({ "RetiringPrincipal": role("user-0") }),
        ),
        with(&grant(right, root()), &json!({ "Constraints": {} })),
    ];
    let made = bodies.map(|body| draft.kms("CreateGrant", body));
    let again = draft.kms("CreateGrant", named.clone());
    look(draft, &keys);
    let other = with(&named, &json!({ "Operations": ["DescribeKey"] }));
    draft.kms("CreateGrant", other);
    draft.kms("CreateGrant", with(&named, &json!({ "DryRun": true })));
    look(draft, &keys);
    pages(draft, left);
    for (filter, value) in [
        ("GranteePrincipal", role("user-0")),
        ("GranteePrincipal", json!({ "$account": true })),
        ("GrantId", id(made[1])),
        ("GrantId", id(made[4])),
        ("GrantId", json!({ "$unknown": "GrantId" })),
    ] {
        draft.kms(
            "ListGrants",
            with(&json!({ "KeyId": left }), &json!({ filter: value })),
        );
    }
    uses(draft, left, &[made[0], again, made[4]]);
    ends(draft, &keys, &made, again);
    // What was retired can be made anew.
    draft.kms("CreateGrant", named);
    look(draft, &keys);
}

/// Every way in which a grant goes, and those in which it does not.
fn ends(draft: &mut Draft<'_>, keys: &[Value; 2], made: &[u32; 8], again: u32) {
    let [left, right] = keys;
    for body in [
        json!({ "GrantToken": token(made[3]), "KeyId": left }),
        json!({ "GrantToken": token(again), "DryRun": true }),
        json!({ "GrantToken": token(again), "GrantId": id(made[1]) }),
        json!({ "GrantToken": token(again) }),
        json!({ "GrantToken": token(made[0]) }),
        json!({ "KeyId": left, "GrantId": id(made[4]) }),
        json!({ "KeyId": left, "GrantId": id(made[2]) }),
        json!({ "KeyId": arn(right), "GrantId": id(made[5]) }),
        json!({ "KeyId": left }),
        json!({ "GrantId": id(made[1]) }),
        json!({}),
    ] {
        draft.kms("RetireGrant", body);
        look(draft, keys);
    }
    for body in [
        json!({ "KeyId": right, "GrantId": id(made[1]) }),
        json!({ "KeyId": left, "GrantId": id(made[1]), "DryRun": true }),
        json!({ "KeyId": left, "GrantId": id(made[1]) }),
        json!({ "KeyId": left, "GrantId": id(made[1]) }),
        json!({ "KeyId": arn(right), "GrantId": id(made[4]) }),
    ] {
        draft.kms("RevokeGrant", body);
        look(draft, keys);
    }
    uses(draft, left, &[made[0], made[4]]);
}

/// Grants that AWS refuses, each for its own reason, and a look that nothing came of them.
pub(super) fn refused(draft: &mut Draft<'_>) {
    let symmetric = new_key(draft, json!({}));
    let kinds = [
        ("RSA_2048", "ENCRYPT_DECRYPT"),
        ("RSA_2048", "SIGN_VERIFY"),
        ("HMAC_256", "GENERATE_VERIFY_MAC"),
        ("ECC_NIST_P256", "KEY_AGREEMENT"),
    ];
    let others =
        kinds.map(|(spec, usage)| new_key(draft, json!({ "KeySpec": spec, "KeyUsage": usage })));
    let operations = [
        "Decrypt",
        "GenerateDataKeyPair",
        "Sign",
        "GetPublicKey",
        "GenerateMac",
        "DeriveSharedSecret",
        "DescribeKey",
    ];
    for key in others.iter().chain([&symmetric]) {
        for operation in operations {
            let body = with(&grant(key, root()), &json!({ "Operations": [operation] }));
            draft.kms("CreateGrant", body);
        }
    }
    let many: Value = (0..9).map(|n| (format!("k{n}"), json!("v"))).collect();
    let context = json!({ "purpose": "test" });
    let base = grant(&symmetric, root());
    for changes in [
        json!({ "Operations": [] }),
        json!({ "Operations": ["CreateGrant"] }),
        json!({ "Operations": ["CreateGrant", "CreateGrant"] }),
        json!({ "Operations": ["CreateGrant", "Decrypt"] }),
        json!({ "GranteePrincipal": "nobody" }),
        json!({ "GranteePrincipal": "arn:aws:s3:::bucket" }),
        json!({ "GranteePrincipal": role("user-0") }),
        json!({ "RetiringPrincipal": "nobody" }),
        json!({ "Constraints": {"EncryptionContextSubset": many} }),
        json!({ "Constraints": {"EncryptionContextEquals": {"k": {"$text": ["v", 385]}}} }),
        json!({ "Constraints": {
            "EncryptionContextEquals": context, "EncryptionContextSubset": context,
        } }),
        json!({ "GrantTokens": ["no grant token"] }),
        json!({ "KeyId": others[0], "Constraints": {"EncryptionContextEquals": context} }),
        json!({ "KeyId": {"$unknown": "KeyId"} }),
    ] {
        draft.kms("CreateGrant", with(&base, &changes));
        draft.kms("ListGrants", json!({ "KeyId": symmetric }));
    }
    for principal in [json!("nobody"), role("user-0"), root()] {
        draft.kms(
            "ListRetirableGrants",
            json!({ "RetiringPrincipal": principal }),
        );
    }
    draft.kms("RetireGrant", json!({ "GrantToken": "no grant token" }));
}

/// Grants of keys that are disabled, unavailable with their key store, pending deletion and gone.
pub(super) fn of_unusable_keys(draft: &mut Draft<'_>) {
    let (store, _) = connected_store(draft, "granted");
    let stored = key_in_store(draft, &store);
    let doomed = new_key(draft, json!({}));
    let retiring = json!({ "RetiringPrincipal": root() });
    let mut made = Vec::new();
    for key in [&stored, &doomed] {
        for _ in 0..2 {
            made.push(draft.kms("CreateGrant", with(&grant(key, root()), &retiring)));
        }
    }
    let pair = json!({ "Operations": ["GenerateDataKeyPair"] });
    draft.kms("CreateGrant", with(&grant(&stored, root()), &pair));
    draft.kms(
        "DisconnectCustomKeyStore",
        json!({ "CustomKeyStoreId": store }),
    );
    draft.wait(LONG);
    draft.kms("CreateGrant", grant(&stored, root()));
    draft.kms("ListGrants", json!({ "KeyId": stored }));
    let first = made.first().copied().unwrap_or_default();
    draft.kms("RetireGrant", json!({ "GrantToken": token(first) }));
    draft.kms("ListGrants", json!({ "KeyId": stored }));
    draft.kms("DisableKey", json!({ "KeyId": doomed }));
    draft.kms("CreateGrant", grant(&doomed, root()));
    let body = json!({ "KeyId": doomed, "PendingWindowInDays": 7 });
    draft.kms("ScheduleKeyDeletion", body);
    draft.kms("CreateGrant", grant(&doomed, root()));
    draft.kms("ListGrants", json!({ "KeyId": doomed }));
    draft.kms(
        "ListRetirableGrants",
        json!({ "RetiringPrincipal": root() }),
    );
    let third = made.get(2).copied().unwrap_or_default();
    draft.kms(
        "RevokeGrant",
        json!({ "KeyId": doomed, "GrantId": id(third) }),
    );
    draft.kms("ListGrants", json!({ "KeyId": doomed }));
    draft.wait(9 * 86_400);
    draft.kms("ListGrants", json!({ "KeyId": doomed }));
    draft.kms(
        "ListRetirableGrants",
        json!({ "RetiringPrincipal": root() }),
    );
    let last = made.last().copied().unwrap_or_default();
    draft.kms("RetireGrant", json!({ "GrantToken": token(last) }));
}

/// The grants of a key, and of a principal, page by page.
fn pages(draft: &mut Draft<'_>, key: &Value) {
    let lists = [
        ("ListGrants", json!({ "KeyId": key })),
        (
            "ListRetirableGrants",
            json!({ "RetiringPrincipal": root() }),
        ),
    ];
    for (name, body) in lists {
        let mut step = draft.kms(name, with(&body, &json!({ "Limit": 1 })));
        for _ in 0..4 {
            let marker = json!({ "$of": [step, "NextMarker"] });
            step = draft.kms(name, with(&body, &json!({ "Limit": 1, "Marker": marker })));
        }
        draft.kms(name, body.clone());
        let first = draft.kms(name, with(&body, &json!({ "Limit": 1 })));
        let marker = json!({ "$of": [first, "NextMarker"] });
        let elsewhere = json!({
            "Marker": marker, "GranteePrincipal": root(), "RetiringPrincipal": role("user-0"),
        });
        draft.kms(name, with(&body, &elsewhere));
        draft.kms(name, with(&body, &json!({ "Limit": 101 })));
    }
}

/// The key with tokens of grants that are there, are gone or are another key's.
fn uses(draft: &mut Draft<'_>, key: &Value, made: &[u32]) {
    let tokens: Vec<Value> = made.iter().map(|step| token(*step)).collect();
    let data_key = json!({ "KeyId": key, "NumberOfBytes": 32, "GrantTokens": tokens });
    draft.kms("GenerateDataKey", data_key);
    draft.kms(
        "DescribeKey",
        json!({ "KeyId": key, "GrantTokens": tokens }),
    );
    for token in tokens {
        let body = json!({ "KeyId": key, "Plaintext": {"$bytes": [5, 8]}, "GrantTokens": [token] });
        draft.kms("Encrypt", body);
    }
}

/// Looks at the grants of keys and at those that the account may retire.
fn look(draft: &mut Draft<'_>, keys: &[Value]) {
    for key in keys {
        draft.kms("ListGrants", json!({ "KeyId": key }));
    }
    draft.kms(
        "ListRetirableGrants",
        json!({ "RetiringPrincipal": root() }),
    );
}

fn new_key(draft: &mut Draft<'_>, body: Value) -> Value {
    let made = draft.kms("CreateKey", body);
    json!({ "$of": [made, "KeyMetadata.KeyId"] })
}

fn grant(key: &Value, grantee: Value) -> Value {
    json!({ "KeyId": key, "GranteePrincipal": grantee, "Operations": ["Decrypt", "Encrypt"] })
}

fn root() -> Value {
    json!({ "$concat": ["arn:aws:iam::", {"$account": true}, ":root"] })
}

fn role(name: &str) -> Value {
    json!({ "$concat": ["arn:aws:iam::", {"$account": true}, ":role/", name] })
}

fn arn(key: &Value) -> Value {
    let (region, account) = (json!({ "$region": true }), json!({ "$account": true }));
    json!({ "$concat": ["arn:aws:kms:", region, ":", account, ":key/", key] })
}

fn id(step: u32) -> Value {
    json!({ "$of": [step, "GrantId"] })
}

fn token(step: u32) -> Value {
    json!({ "$of": [step, "GrantToken"] })
}
