//! Scenarios about the life of keys, their aliases and ciphertexts.

use super::draft::Draft;
use super::scenes::{LONG, connected_store, key_in_store};
use serde_json::{Value, json};

/// What a person does in the console: choose the key store, name the key, describe and tag it, say
/// who administers and uses it, look at the policy, and find the key with its store and cluster.
pub(super) fn console_procedure(draft: &mut Draft<'_>) {
    let (store, cluster) = connected_store(draft, "my-key-store");
    draft.kms("DescribeCustomKeyStores", json!({}));
    draft.hsm(
        "DescribeClusters",
        json!({ "Filters": {"clusterIds": [cluster]} }),
    );
    let account = json!({ "$account": true });
    let user = |path: &str| json!({ "$concat": ["arn:aws:iam::", account, path] });
    let administers = [
        "kms:Create*",
        "kms:Describe*",
        "kms:Put*",
        "kms:ScheduleKeyDeletion",
    ];
    let uses = [
        "kms:Encrypt",
        "kms:Decrypt",
        "kms:ReEncrypt*",
        "kms:GenerateDataKey*",
    ];
    let allow = |who: Value, what: Value| json!({"Effect": "Allow", "Principal": {"AWS": who}, "Action": what, "Resource": "*"});
    let policy = json!({ "$json": {
        "Version": "2012-10-17",
        "Id": "key-consolepolicy-3",
        "Statement": [
            allow(user(":root"), json!("kms:*")),
            allow(user(":role/KeyAdministrators"), json!(administers)),
            allow(json!([user(":user/alice"), "arn:aws:iam::444455556666:root"]), json!(uses)),
        ],
    }});
    let made = draft.kms(
        "CreateKey",
        json!({
            "Origin": "AWS_CLOUDHSM",
            "CustomKeyStoreId": store,
            "KeySpec": "SYMMETRIC_DEFAULT",
            "KeyUsage": "ENCRYPT_DECRYPT",
            "Description": "made as in the console",
            "Tags": [{"TagKey": "Department", "TagValue": "HR"}],
            "Policy": policy,
        }),
    );
    let key = json!({ "$of": [made, "KeyMetadata.KeyId"] });
    let alias = json!({ "$concat": ["alias/", {"$name": "console"}] });
    draft.kms(
        "CreateAlias",
        json!({ "AliasName": alias, "TargetKeyId": key }),
    );
    draft.kms("DescribeKey", json!({ "KeyId": alias }));
    draft.kms(
        "GetKeyPolicy",
        json!({ "KeyId": key, "PolicyName": "default" }),
    );
    draft.kms("ListResourceTags", json!({ "KeyId": key }));
    let sealed = draft.kms(
        "Encrypt",
        json!({ "KeyId": alias, "Plaintext": {"$bytes": [1, 32]} }),
    );
    draft.kms(
        "Decrypt",
        json!({ "CiphertextBlob": {"$of": [sealed, "CiphertextBlob"]} }),
    );
}

pub(super) fn deletion(draft: &mut Draft<'_>) {
    let (store, _) = connected_store(draft, "emptied");
    let inside = key_in_store(draft, &store);
    let made = draft.kms("CreateKey", json!({}));
    let plain = json!({ "$of": [made, "KeyMetadata.KeyId"] });
    let alias = json!({ "$concat": ["alias/", {"$name": "doomed"}] });
    draft.kms(
        "CreateAlias",
        json!({ "AliasName": alias, "TargetKeyId": plain }),
    );
    let sealed = draft.kms(
        "Encrypt",
        json!({ "KeyId": plain, "Plaintext": {"$bytes": [4, 16]} }),
    );
    for key in [&inside, &plain] {
        draft.kms(
            "ScheduleKeyDeletion",
            json!({ "KeyId": key, "PendingWindowInDays": 7 }),
        );
        draft.kms("DescribeKey", json!({ "KeyId": key }));
    }
    draft.kms("ListKeys", json!({}));
    draft.wait(9 * 86_400);
    draft.kms("ListKeys", json!({}));
    draft.kms("DescribeKey", json!({ "KeyId": plain }));
    draft.kms("DescribeKey", json!({ "KeyId": alias }));
    draft.kms(
        "Decrypt",
        json!({ "CiphertextBlob": {"$of": [sealed, "CiphertextBlob"]} }),
    );
    let body = json!({ "CustomKeyStoreId": store });
    draft.kms("DisconnectCustomKeyStore", body.clone());
    draft.wait(LONG);
    draft.kms("DeleteCustomKeyStore", body.clone());
    draft.kms("DescribeCustomKeyStores", body);
}

pub(super) fn alias_limit(draft: &mut Draft<'_>) {
    let made = draft.kms("CreateKey", json!({}));
    let key = json!({ "$of": [made, "KeyMetadata.KeyId"] });
    for number in 0..51 {
        let alias = json!({ "$concat": ["alias/", {"$name": format!("n{number}")}] });
        draft.kms(
            "CreateAlias",
            json!({ "AliasName": alias, "TargetKeyId": key }),
        );
    }
    let first = draft.kms("ListAliases", json!({ "KeyId": key }));
    let marker = json!({ "$of": [first, "NextMarker"] });
    draft.kms("ListAliases", json!({ "KeyId": key, "Marker": marker }));
    let many: Value = (0..30)
        .map(|n| json!({"TagKey": format!("t{n}"), "TagValue": "v"}))
        .collect();
    draft.kms("TagResource", json!({ "KeyId": key, "Tags": many }));
    let more: Value = (20..51)
        .map(|n| json!({"TagKey": format!("t{n}"), "TagValue": "w"}))
        .collect();
    draft.kms("TagResource", json!({ "KeyId": key, "Tags": more }));
    let first = draft.kms("ListResourceTags", json!({ "KeyId": key, "Limit": 7 }));
    let marker = json!({ "$of": [first, "NextMarker"] });
    draft.kms("ListAliases", json!({ "KeyId": key, "Marker": marker }));
    let made = draft.kms("CreateKey", json!({}));
    let other = json!({ "$of": [made, "KeyMetadata.KeyId"] });
    draft.kms(
        "ListResourceTags",
        json!({ "KeyId": other, "Marker": marker }),
    );
    let first = draft.kms("ListAliases", json!({ "KeyId": key, "Limit": 7 }));
    let marker = json!({ "$of": [first, "NextMarker"] });
    draft.kms("ListAliases", json!({ "KeyId": other, "Marker": marker }));
    let alias = json!({ "$concat": ["alias/", {"$name": "one-more"}] });
    draft.kms(
        "CreateAlias",
        json!({ "AliasName": alias, "TargetKeyId": other }),
    );
    draft.kms(
        "UpdateAlias",
        json!({ "AliasName": alias, "TargetKeyId": key }),
    );
}

/// Asymmetric keys with too long a plaintext or a context, and ciphertexts of deleted keys.
pub(super) fn ciphertexts(draft: &mut Draft<'_>) {
    let created = |draft: &mut Draft<'_>, body: Value| {
        let made = draft.kms("CreateKey", body);
        json!({ "$of": [made, "KeyMetadata.KeyId"] })
    };
    let plain = created(draft, json!({}));
    let doomed = created(draft, json!({}));
    let rsa = json!({ "KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT" });
    let rsa = created(draft, rsa);
    let imported = created(draft, json!({ "Origin": "EXTERNAL" }));
    let oaep = "RSAES_OAEP_SHA_256";
    let long = json!({ "$bytes": [6, 400] });
    draft.kms(
        "Encrypt",
        json!({ "KeyId": rsa, "Plaintext": long, "EncryptionAlgorithm": oaep }),
    );
    let sealed = |draft: &mut Draft<'_>, key: &Value| {
        let step = draft.kms("Encrypt", json!({ "KeyId": key, "Plaintext": long }));
        json!({ "$of": [step, "CiphertextBlob"] })
    };
    let kept = sealed(draft, &plain);
    let lost = sealed(draft, &doomed);
    draft.kms(
        "ReEncrypt",
        json!({
            "CiphertextBlob": kept, "DestinationKeyId": rsa,
            "DestinationEncryptionAlgorithm": oaep,
        }),
    );
    draft.kms(
        "Decrypt",
        json!({ "CiphertextBlob": kept, "KeyId": doomed }),
    );
    draft.kms(
        "ReEncrypt",
        json!({ "CiphertextBlob": kept, "SourceKeyId": doomed, "DestinationKeyId": plain }),
    );
    created(
        draft,
        json!({ "KeySpec": "ML_DSA_65", "KeyUsage": "SIGN_VERIFY", "Origin": "EXTERNAL" }),
    );
    let mac = json!({ "KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC" });
    let mac = created(draft, mac);
    draft.kms(
        "GenerateMac",
        json!({ "KeyId": mac, "Message": {"$bytes": [1, 8]}, "MacAlgorithm": "HMAC_SHA_512" }),
    );
    draft.kms(
        "VerifyMac",
        json!({
            "KeyId": mac, "Message": {"$bytes": [1, 8]}, "Mac": {"$bytes": [2, 64]},
            "MacAlgorithm": "HMAC_SHA_512",
        }),
    );
    draft.kms(
        "Decrypt",
        json!({
            "CiphertextBlob": {"$bytes": [8, 256]}, "KeyId": rsa, "EncryptionAlgorithm": oaep,
            "EncryptionContext": {"purpose": "test"},
        }),
    );
    asymmetric_with_context(draft, &rsa, &plain, &kept);
    for key in [&doomed, &imported] {
        let body = json!({ "KeyId": key, "PendingWindowInDays": 7 });
        draft.kms("ScheduleKeyDeletion", body);
    }
    draft.kms(
        "GetParametersForImport",
        json!({
            "KeyId": imported, "WrappingAlgorithm": "RSAES_OAEP_SHA_256",
            "WrappingKeySpec": "RSA_2048",
        }),
    );
    draft.wait(9 * 86_400);
    draft.kms("ListKeys", json!({}));
    draft.kms(
        "ReEncrypt",
        json!({ "CiphertextBlob": lost, "DestinationKeyId": plain }),
    );
}

/// An encryption context beside an asymmetric key, on either side.
fn asymmetric_with_context(draft: &mut Draft<'_>, rsa: &Value, plain: &Value, sealed: &Value) {
    let oaep = "RSAES_OAEP_SHA_256";
    let context = json!({ "purpose": "test" });
    draft.kms(
        "Encrypt",
        json!({
            "KeyId": rsa, "Plaintext": {"$bytes": [6, 8]}, "EncryptionAlgorithm": oaep,
            "EncryptionContext": context,
        }),
    );
    draft.kms(
        "ReEncrypt",
        json!({
            "CiphertextBlob": {"$bytes": [8, 256]}, "SourceKeyId": rsa,
            "SourceEncryptionAlgorithm": oaep, "SourceEncryptionContext": context,
            "DestinationKeyId": plain,
        }),
    );
    draft.kms(
        "ReEncrypt",
        json!({
            "CiphertextBlob": sealed, "DestinationKeyId": rsa,
            "DestinationEncryptionAlgorithm": oaep, "DestinationEncryptionContext": context,
        }),
    );
    let body = json!({ "KeyId": rsa, "NumberOfBytes": 32 });
    draft.kms("GenerateDataKeyWithoutPlaintext", body.clone());
    draft.kms("GenerateDataKey", body);
}
