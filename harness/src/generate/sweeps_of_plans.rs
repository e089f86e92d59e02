//! Small plans about one rule or class of arguments each: names of grants, tags at their limit, waiting
//! periods, dry runs, and refused calls that leave no trace.

use super::draft::Draft;
use super::pieces::{alias, grant, key_of, new_alias, new_key, root};
use super::scenes::with;
use super::sweeps_of_ciphertexts::{altered, contexts};
use serde_json::{Value, json};

type Write = fn(&mut Draft<'_>);

/// The plans.
pub(super) const PLANS: &[(&str, Write)] = &[
    ("encryption contexts that are near each other", contexts),
    ("altered ciphertexts", altered),
    ("grants of one name", grant_names),
    ("tags at their limit in two steps", tag_limit),
    ("waiting periods", waiting_periods),
    ("dry runs and what they leave", dry_runs),
    ("refused calls leave no trace", no_trace),
    ("members that no operation has", unknown_members),
    ("two members for one value", two_members_for_one),
];

/// Writes a plan by its number, and gives its title.
pub(super) fn write(number: usize, draft: &mut Draft<'_>) -> Option<String> {
    let (title, write) = PLANS.get(number)?;
    write(draft);
    Some((*title).to_owned())
}

/// The spec of a key by either of its names and by both, and the length of a data key in either way, in
/// both and in none.
fn two_members_for_one(draft: &mut Draft<'_>) {
    let specs = ["SYMMETRIC_DEFAULT", "RSA_2048"];
    for usage in ["ENCRYPT_DECRYPT", "SIGN_VERIFY"] {
        let usage = json!({ "KeyUsage": usage });
        for spec in specs {
            draft.kms("CreateKey", with(&usage, &json!({ "KeySpec": spec })));
            let old = json!({ "CustomerMasterKeySpec": spec });
            draft.kms("CreateKey", with(&usage, &old));
            for other in specs {
                let both = with(&old, &json!({ "KeySpec": other }));
                draft.kms("CreateKey", with(&usage, &both));
            }
        }
    }
    let key = json!({ "KeyId": new_key(draft, json!({})) });
    for operation in ["GenerateDataKey", "GenerateDataKeyWithoutPlaintext"] {
        for length in [
            json!({}),
            json!({ "KeySpec": "AES_128" }),
            json!({ "NumberOfBytes": 16 }),
            json!({ "KeySpec": "AES_128", "NumberOfBytes": 16 }),
        ] {
            draft.kms(operation, with(&key, &length));
        }
    }
}

/// Grants with a name: the same request gives the same grant, any other a new one.
fn grant_names(draft: &mut Draft<'_>) {
    let (key, other) = (new_key(draft, json!({})), new_key(draft, json!({})));
    let account = json!({ "$account": true });
    let constrained = json!({ "Constraints": {"EncryptionContextSubset": {"purpose": "test"}} });
    let named = grant(
        &key,
        &json!({ "Name": "once", "Operations": ["Encrypt", "DescribeKey"] }),
    );
    let named = with(&named, &constrained);
    let first = draft.kms("CreateGrant", named.clone());
    for changes in [
        json!({}),
        json!({ "Operations": ["DescribeKey", "Encrypt"] }),
        json!({ "Operations": ["Encrypt"] }),
        json!({ "GranteePrincipal": account }),
        json!({ "RetiringPrincipal": root() }),
        json!({ "Constraints": null }),
        json!({ "Constraints": {"EncryptionContextEquals": {"purpose": "test"}} }),
        json!({ "Constraints": {"EncryptionContextSubset": {"purpose": "other"}} }),
        json!({ "Name": "twice" }),
        json!({ "Name": "ONCE" }),
        json!({ "Name": null }),
        json!({ "Name": null }),
        json!({ "KeyId": other }),
        json!({}),
    ] {
        draft.kms("CreateGrant", with(&named, &changes));
    }
    let this = json!({ "KeyId": key });
    draft.kms("ListGrants", this.clone());
    let id = json!({ "GrantId": {"$of": [first, "GrantId"]} });
    draft.kms("RevokeGrant", with(&this, &id));
    draft.kms("ListGrants", this.clone());
    draft.kms("CreateGrant", named);
    draft.kms("ListGrants", this);
    draft.kms("ListGrants", json!({ "KeyId": other }));
}

fn tags(numbers: std::ops::Range<usize>, value: &str) -> Value {
    let tag = |n: usize| json!({ "TagKey": format!("t{n}"), "TagValue": value });
    numbers.map(tag).collect()
}

/// Fifty tags in two steps, one replaced, one too many, and one more after another went.
fn tag_limit(draft: &mut Draft<'_>) {
    let made = new_key(draft, json!({ "Tags": tags(0..25, "first") }));
    let full = new_key(draft, json!({ "Tags": tags(0..50, "first") }));
    draft.kms(
        "TagResource",
        json!({ "KeyId": made, "Tags": tags(25..50, "second") }),
    );
    for key in [&made, &full] {
        let this = json!({ "KeyId": key });
        for (operation, more) in [
            ("TagResource", json!({ "Tags": tags(10..12, "replaced") })),
            ("TagResource", json!({ "Tags": tags(50..51, "too many") })),
            (
                "TagResource",
                json!({ "Tags": tags(49..51, "half too many") }),
            ),
            (
                "UntagResource",
                json!({ "TagKeys": ["t0", "t1", "no-such-tag"] }),
            ),
            (
                "TagResource",
                json!({ "Tags": tags(60..62, "in their place") }),
            ),
            (
                "TagResource",
                json!({ "Tags": [{"TagKey": "T10", "TagValue": "another case"}] }),
            ),
        ] {
            draft.kms(operation, with(&this, &more));
            draft.kms("ListResourceTags", with(&this, &json!({ "Limit": 50 })));
        }
    }
    draft.kms("CreateKey", json!({ "Tags": tags(0..51, "too many") }));
}

/// Deletions with each waiting period at and beyond the limits, each called off again.
fn waiting_periods(draft: &mut Draft<'_>) {
    let key = new_key(draft, json!({}));
    let this = json!({ "KeyId": key });
    for days in [
        json!(6),
        json!(7),
        json!(8),
        json!(30),
        json!(31),
        json!(0),
        json!(null),
    ] {
        draft.kms(
            "ScheduleKeyDeletion",
            with(&this, &json!({ "PendingWindowInDays": days })),
        );
        draft.kms("DescribeKey", this.clone());
        draft.kms("CancelKeyDeletion", this.clone());
        draft.kms("DescribeKey", this.clone());
    }
    for days in [89, 90, 365, 2560, 2561] {
        draft.kms("EnableKey", this.clone());
        draft.kms(
            "EnableKeyRotation",
            with(&this, &json!({ "RotationPeriodInDays": days })),
        );
        draft.kms("GetKeyRotationStatus", this.clone());
    }
}

/// Dry runs of requests that would succeed, and a look that nothing came of them.
fn dry_runs(draft: &mut Draft<'_>) {
    let key = new_key(draft, json!({}));
    let this = json!({ "KeyId": key });
    let made = draft.kms(
        "CreateGrant",
        grant(&key, &json!({ "RetiringPrincipal": root() })),
    );
    let id = json!({ "GrantId": {"$of": [made, "GrantId"]} });
    let sealed = draft.kms(
        "Encrypt",
        with(&this, &json!({ "Plaintext": {"$bytes": [3, 16]} })),
    );
    let blob = json!({ "CiphertextBlob": {"$of": [sealed, "CiphertextBlob"]} });
    let signer = json!({ "KeyId": key_of(draft, "ECC_NIST_P256", "SIGN_VERIFY") });
    let coder = json!({ "KeyId": key_of(draft, "HMAC_256", "GENERATE_VERIFY_MAC") });
    let message = json!({ "Message": {"$bytes": [3, 16]} });
    let sign = with(
        &with(&signer, &message),
        &json!({ "SigningAlgorithm": "ECDSA_SHA_256" }),
    );
    let code = with(
        &with(&coder, &message),
        &json!({ "MacAlgorithm": "HMAC_SHA_256" }),
    );
    let calls = [
        ("CreateGrant", grant(&key, &json!({}))),
        ("RevokeGrant", with(&this, &id)),
        ("RetireGrant", with(&this, &id)),
        (
            "Encrypt",
            with(&this, &json!({ "Plaintext": {"$bytes": [3, 16]} })),
        ),
        ("Decrypt", with(&this, &blob)),
        (
            "ReEncrypt",
            with(&blob, &json!({ "DestinationKeyId": key })),
        ),
        (
            "GenerateDataKey",
            with(&this, &json!({ "NumberOfBytes": 16 })),
        ),
        (
            "GenerateDataKeyPair",
            with(&this, &json!({ "KeyPairSpec": "ECC_NIST_P256" })),
        ),
        ("Sign", sign),
        ("GenerateMac", code),
    ];
    for (operation, body) in &calls {
        draft.kms(operation, with(body, &json!({ "DryRun": true })));
        draft.kms(
            operation,
            with(
                body,
                &json!({ "DryRun": true, "KeyId": {"$unknown": "KeyId"} }),
            ),
        );
        if operation.ends_with("Grant") {
            draft.kms("ListGrants", this.clone());
        }
    }
    draft.kms("DisableKey", this);
    for (operation, body) in &calls {
        draft.kms(operation, with(body, &json!({ "DryRun": true })));
    }
    for (operation, body) in calls.iter().skip(3) {
        draft.kms(operation, with(body, &json!({ "DryRun": false })));
    }
}

/// Calls that must fail, each followed by a look at what it might have touched.
fn no_trace(draft: &mut Draft<'_>) {
    let tag = |key: &str| json!({ "TagKey": key, "TagValue": "v" });
    let key = new_key(
        draft,
        json!({ "Description": "as it was", "Tags": [tag("kept")] }),
    );
    let signer = key_of(draft, "ECC_NIST_P256", "SIGN_VERIFY");
    let name = new_alias(draft, "kept", &key);
    let this = json!({ "KeyId": key });
    let long: Value = json!({ "$text": ["d", 8193] });
    let unknown = json!({ "$unknown": "KeyId" });
    let calls = [
        (
            "UpdateKeyDescription",
            json!({ "Description": long }),
            "DescribeKey",
        ),
        (
            "TagResource",
            json!({ "Tags": [tag("new"), tag("new")] }),
            "ListResourceTags",
        ),
        (
            "TagResource",
            json!({ "Tags": [tag("new"), tag("aws:no")] }),
            "ListResourceTags",
        ),
        (
            "TagResource",
            json!({ "Tags": [tag("new"), {"TagKey": "long", "TagValue": {"$text": ["v", 257]}}] }),
            "ListResourceTags",
        ),
        (
            "UntagResource",
            json!({ "TagKeys": ["kept", {"$text": ["k", 129]}] }),
            "ListResourceTags",
        ),
        (
            "PutKeyPolicy",
            json!({ "Policy": "this is no policy" }),
            "GetKeyPolicy",
        ),
        (
            "PutKeyPolicy",
            json!({ "Policy": "{}", "PolicyName": "other" }),
            "GetKeyPolicy",
        ),
        (
            "ScheduleKeyDeletion",
            json!({ "PendingWindowInDays": 366 }),
            "DescribeKey",
        ),
        (
            "ScheduleKeyDeletion",
            json!({ "PendingWindowInDays": 6 }),
            "DescribeKey",
        ),
        ("CancelKeyDeletion", json!({}), "DescribeKey"),
        (
            "EnableKeyRotation",
            json!({ "RotationPeriodInDays": 89 }),
            "GetKeyRotationStatus",
        ),
        (
            "CreateGrant",
            grant(&key, &json!({ "Operations": ["Sign"] })),
            "ListGrants",
        ),
        (
            "CreateGrant",
            grant(&key, &json!({ "GranteePrincipal": "nobody" })),
            "ListGrants",
        ),
        ("DeleteImportedKeyMaterial", json!({}), "DescribeKey"),
        (
            "ReplicateKey",
            json!({ "ReplicaRegion": {"$elsewhere": 0} }),
            "DescribeKey",
        ),
        (
            "RotateKeyOnDemand",
            json!({ "KeyId": signer }),
            "ListKeyRotations",
        ),
    ];
    for (operation, more, look) in calls {
        draft.kms(operation, with(&this, &more));
        draft.kms(look, this.clone());
    }
    let aliases = [
        (
            "CreateAlias",
            json!({ "AliasName": name, "TargetKeyId": signer }),
        ),
        (
            "UpdateAlias",
            json!({ "AliasName": name, "TargetKeyId": signer }),
        ),
        (
            "UpdateAlias",
            json!({ "AliasName": name, "TargetKeyId": unknown }),
        ),
        (
            "UpdateAlias",
            json!({ "AliasName": alias("not-there"), "TargetKeyId": key }),
        ),
        (
            "CreateAlias",
            json!({ "AliasName": alias("not-there"), "TargetKeyId": unknown }),
        ),
        ("DeleteAlias", json!({ "AliasName": alias("not-there") })),
    ];
    for (operation, body) in aliases {
        draft.kms(operation, body);
        for name in [&name, &alias("not-there")] {
            draft.kms("DescribeKey", json!({ "KeyId": name }));
        }
    }
    draft.kms("ListAliases", this);
}

/// Requests with a member that the operation does not have, which changes nothing.
fn unknown_members(draft: &mut Draft<'_>) {
    let more = json!({ "NoSuchMember": "x", "Another": {"deep": [1]} });
    let key = new_key(draft, more.clone());
    let this = with(&json!({ "KeyId": key }), &more);
    let plaintext = json!({ "Plaintext": {"$bytes": [3, 16]} });
    let sealed = draft.kms("Encrypt", with(&this, &plaintext));
    let blob = json!({ "CiphertextBlob": {"$of": [sealed, "CiphertextBlob"]} });
    draft.kms("Decrypt", with(&blob, &more));
    for operation in [
        "DescribeKey",
        "ListGrants",
        "DisableKey",
        "EnableKey",
        "GetKeyPolicy",
    ] {
        draft.kms(operation, this.clone());
    }
    for operation in ["ListKeys", "ListAliases", "DescribeCustomKeyStores"] {
        draft.kms(operation, more.clone());
    }
    draft.hsm("DescribeClusters", more);
}
