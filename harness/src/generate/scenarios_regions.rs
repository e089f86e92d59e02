//! Scenarios about multi-Region keys, in two or three Regions.

use super::dice::Dice;
use super::draft::Draft;
use super::extras::EXTRAS;
use super::scalars::policies;
use serde_json::{Value, json};

/// Long enough for a key to be created or updated.
const SOON: i64 = 600;

/// Longer than the shortest waiting period of a deletion.
const NINE_DAYS: i64 = 9 * 86_400;

fn primary(draft: &mut Draft<'_>) -> Value {
    let tags = json!([{ "TagKey": "of", "TagValue": "the primary" }]);
    let body = json!({ "MultiRegion": true, "Description": "the primary key", "Tags": tags });
    let made = draft.kms("CreateKey", body);
    json!({ "$of": [made, "KeyMetadata.KeyId"] })
}

fn elsewhere(number: usize) -> Value {
    json!({ "$elsewhere": number })
}

fn replicate(draft: &mut Draft<'_>, key: &Value, number: usize) -> u32 {
    let body = json!({ "KeyId": key, "ReplicaRegion": elsewhere(number) });
    draft.kms("ReplicateKey", body)
}

/// A primary key with a replica key in one other Region, both ready.
pub(super) fn primary_with_replica(draft: &mut Draft<'_>) -> Value {
    let key = primary(draft);
    replicate(draft, &key, 0);
    draft.wait(SOON);
    key
}

/// Looks at the related keys of a key in three Regions.
fn look(draft: &mut Draft<'_>, key: &Value) {
    let looked = |draft: &mut Draft<'_>| {
        draft.kms("DescribeKey", json!({ "KeyId": key }));
        draft.kms("ListKeys", json!({}));
    };
    looked(draft);
    for number in 0..2 {
        draft.elsewhere(number, looked);
    }
}

/// A key that rotates by itself: what its replica key and a key pending deletion show of that.
pub(super) fn rotation_is_shared(draft: &mut Draft<'_>) {
    let key = primary(draft);
    let named = json!({ "KeyId": key });
    draft.kms("EnableKeyRotation", named.clone());
    replicate(draft, &key, 0);
    draft.wait(SOON);
    let look = |draft: &mut Draft<'_>| {
        draft.kms("GetKeyRotationStatus", named.clone());
    };
    draft.elsewhere(0, look);
    draft.elsewhere(0, |draft| {
        draft.kms("ScheduleKeyDeletion", named.clone());
    });
    look(draft);
    draft.kms("ScheduleKeyDeletion", named.clone());
    look(draft);
    draft.kms("CancelKeyDeletion", named.clone());
    look(draft);
    let alone = draft.kms("CreateKey", json!({}));
    let alone = json!({ "KeyId": {"$of": [alone, "KeyMetadata.KeyId"]} });
    for operation in [
        "EnableKeyRotation",
        "ScheduleKeyDeletion",
        "GetKeyRotationStatus",
        "CancelKeyDeletion",
        "GetKeyRotationStatus",
    ] {
        draft.kms(operation, alone.clone());
    }
}

/// A replica key that waits for its deletion: its primary key still shows it, and its Region is taken.
pub(super) fn replica_pending_deletion(draft: &mut Draft<'_>) {
    let key = primary_with_replica(draft);
    look(draft, &key);
    let named = json!({ "KeyId": key });
    for operation in ["ScheduleKeyDeletion", "CancelKeyDeletion"] {
        draft.elsewhere(0, |draft| {
            draft.kms(operation, named.clone());
        });
        look(draft, &key);
        replicate(draft, &key, 0);
        look(draft, &key);
    }
    for region in ["cn-north-1", "us-gov-west-1"] {
        let body = json!({ "KeyId": key, "ReplicaRegion": region });
        draft.kms("ReplicateKey", body);
    }
    look(draft, &key);
}

/// A primary key and its replica key rotate together.
pub(super) fn rotations(draft: &mut Draft<'_>) {
    let key = primary_with_replica(draft);
    let named = json!({ "KeyId": key });
    let rotation = [
        "EnableKeyRotation",
        "DisableKeyRotation",
        "RotateKeyOnDemand",
    ];
    let seal = json!({ "KeyId": key, "Plaintext": {"$bytes": [7, 20]} });
    let sealed = draft.kms("Encrypt", seal.clone());
    let sealed = json!({ "CiphertextBlob": {"$of": [sealed, "CiphertextBlob"]} });
    draft.elsewhere(0, |draft| {
        for operation in rotation {
            draft.kms(operation, named.clone());
        }
    });
    for operation in rotation {
        draft.kms(operation, named.clone());
        draft.wait(2 * 3_600);
        for number in [None, Some(0)] {
            let look = |draft: &mut Draft<'_>| {
                draft.kms("DescribeKey", named.clone());
                draft.kms("GetKeyRotationStatus", named.clone());
                draft.kms("ListKeyRotations", named.clone());
                draft.kms("Decrypt", sealed.clone());
                draft.kms("Encrypt", seal.clone());
            };
            match number {
                Some(number) => draft.elsewhere(number, look),
                None => look(draft),
            }
        }
    }
}

/// A replica key from its first moment on: what it shares with its primary key and what it does not.
pub(super) fn replicas(draft: &mut Draft<'_>) {
    let key = primary(draft);
    let named = json!({ "KeyId": key });
    let sealed = draft.kms(
        "Encrypt",
        json!({ "KeyId": key, "Plaintext": {"$bytes": [7, 20]} }),
    );
    let sealed = json!({ "CiphertextBlob": {"$of": [sealed, "CiphertextBlob"]} });
    let tags = json!([{ "TagKey": "of", "TagValue": "the replica" }]);
    draft.kms(
        "ReplicateKey",
        json!({
            "KeyId": key, "ReplicaRegion": elsewhere(0), "Description": "the replica key",
            "Tags": tags, "Policy": open_policy(),
        }),
    );
    draft.elsewhere(0, |draft| {
        draft.kms("DescribeKey", named.clone());
        draft.kms("Decrypt", sealed.clone());
        let other = draft.kms("CreateKey", json!({}));
        let other = json!({ "$of": [other, "KeyMetadata.KeyId"] });
        let body = json!({ "KeyId": other, "Plaintext": {"$bytes": [1, 8]} });
        let of_other = draft.kms("Encrypt", body);
        let of_other = json!({ "$of": [of_other, "CiphertextBlob"] });
        draft.kms(
            "ReEncrypt",
            json!({ "CiphertextBlob": of_other, "DestinationKeyId": key }),
        );
        let mut body = sealed.clone();
        super::sweeps::set(&mut body, "DestinationKeyId", other);
        draft.kms("ReEncrypt", body);
        draft.kms("CancelKeyDeletion", named.clone());
        let body = json!({ "KeyId": key, "ReplicaRegion": elsewhere(1) });
        draft.kms("ReplicateKey", body);
        let body = json!({ "KeyId": key, "PrimaryRegion": elsewhere(0) });
        draft.kms("UpdatePrimaryRegion", body);
        let body = json!({ "KeyId": key, "PrimaryRegion": {"$region": true} });
        draft.kms("UpdatePrimaryRegion", body);
        let body = json!({ "KeyId": key, "NumberOfBytes": 32 });
        draft.kms("GenerateDataKey", body.clone());
        draft.kms("GenerateDataKeyWithoutPlaintext", body);
    });
    let body = json!({ "KeyId": key, "PrimaryRegion": elsewhere(0) });
    draft.kms("UpdatePrimaryRegion", body);
    for region in [
        elsewhere(0),
        json!({ "$region": true }),
        json!("cn-north-1"),
        json!("me-south-1"),
    ] {
        let body = json!({ "KeyId": key, "ReplicaRegion": region });
        draft.kms("ReplicateKey", body);
    }
    draft.wait(SOON);
    look(draft, &key);
    draft.elsewhere(0, |draft| {
        draft.kms("Decrypt", sealed.clone());
        draft.kms("ListResourceTags", named.clone());
        draft.kms("GetKeyPolicy", named.clone());
        let body = json!({ "KeyId": key, "ReplicaRegion": elsewhere(1) });
        draft.kms("ReplicateKey", body);
        let body = json!({ "KeyId": key, "PrimaryRegion": elsewhere(0) });
        draft.kms("UpdatePrimaryRegion", body);
        let body = json!({ "KeyId": key, "Description": "changed there only" });
        draft.kms("UpdateKeyDescription", body);
        let alias = json!({ "$concat": ["alias/", {"$name": "elsewhere"}] });
        draft.kms(
            "CreateAlias",
            json!({ "AliasName": alias, "TargetKeyId": key }),
        );
        draft.kms("DisableKey", named.clone());
        draft.kms("ListAliases", json!({}));
    });
    draft.kms("ListAliases", json!({}));
    draft.kms("ListResourceTags", named.clone());
    replicate(draft, &key, 1);
    draft.wait(SOON);
    look(draft, &key);
    draft.elsewhere(1, |draft| {
        draft.kms("GetKeyPolicy", named.clone());
        draft.kms("ListResourceTags", named.clone());
        let body = json!({ "KeyId": key, "Plaintext": {"$bytes": [8, 20]} });
        draft.kms("Encrypt", body);
    });
    single_region_ciphertext(draft);
}

/// A ciphertext of a single-Region key, which opens in no other Region.
fn single_region_ciphertext(draft: &mut Draft<'_>) {
    let made = draft.kms("CreateKey", json!({}));
    let key = json!({ "$of": [made, "KeyMetadata.KeyId"] });
    let body = json!({ "KeyId": key, "Plaintext": {"$bytes": [7, 20]} });
    let sealed = draft.kms("Encrypt", body);
    let sealed = json!({ "CiphertextBlob": {"$of": [sealed, "CiphertextBlob"]} });
    draft.elsewhere(0, |draft| {
        draft.kms("Decrypt", sealed);
        draft.kms("DescribeKey", json!({ "KeyId": key }));
        let arn = json!({ "$of": [made, "KeyMetadata.Arn"] });
        draft.kms("DescribeKey", json!({ "KeyId": arn }));
    });
}

/// Replica keys that cannot be, for what is given with them.
pub(super) fn unfit_replicas(draft: &mut Draft<'_>) {
    let unfit = |draft: &mut Draft<'_>, member: &str, value: Value| {
        let key = primary(draft);
        let body = json!({ "KeyId": key, "ReplicaRegion": elsewhere(0), member: value });
        draft.kms("ReplicateKey", body);
    };
    for (member, value) in EXTRAS {
        if matches!(*member, "Tags" | "Policy") {
            unfit(draft, member, value());
        }
    }
    let mut dice = Dice::new(0);
    for _ in 0..30 {
        let value = dice.draw(&policies());
        unfit(draft, "Policy", value);
    }
}

/// The primary Region moves, once, at once back, and with a third Region looking on.
pub(super) fn primary_moves(draft: &mut Draft<'_>) {
    let key = primary_with_replica(draft);
    let update = |draft: &mut Draft<'_>, region: Value| {
        let body = json!({ "KeyId": key, "PrimaryRegion": region });
        draft.kms("UpdatePrimaryRegion", body)
    };
    let home = json!({ "$region": true });
    replicate(draft, &key, 1);
    draft.wait(SOON);
    update(draft, home.clone());
    update(draft, json!("ca-central-1"));
    draft.elsewhere(1, |draft| draft.kms("DisableKey", json!({ "KeyId": key })));
    update(draft, elsewhere(1));
    update(draft, elsewhere(0));
    look(draft, &key);
    for operation in ["DisableKey", "EnableKey", "ScheduleKeyDeletion", "Encrypt"] {
        let body = match operation {
            "Encrypt" => json!({ "KeyId": key, "Plaintext": {"$bytes": [1, 8]} }),
            _ => json!({ "KeyId": key }),
        };
        draft.kms(operation, body.clone());
        draft.elsewhere(0, |draft| draft.kms(operation, body));
    }
    draft.elsewhere(0, |draft| {
        let body = json!({ "KeyId": key, "ReplicaRegion": "us-east-2" });
        draft.kms("ReplicateKey", body);
        update(draft, home.clone());
    });
    draft.wait(SOON);
    look(draft, &key);
    draft.elsewhere(0, |draft| update(draft, home.clone()));
    draft.wait(SOON);
    look(draft, &key);
    update(draft, elsewhere(0));
    draft.wait(SOON);
    draft.elsewhere(0, |draft| {
        let body = json!({ "KeyId": key, "ReplicaRegion": "us-east-2" });
        draft.kms("ReplicateKey", body);
    });
    draft.wait(SOON);
    look(draft, &key);
}

/// A primary key that waits for the deletion of its replica keys.
pub(super) fn deletion(draft: &mut Draft<'_>) {
    let key = primary_with_replica(draft);
    replicate(draft, &key, 1);
    draft.wait(SOON);
    let named = json!({ "KeyId": key });
    let doomed = json!({ "KeyId": key, "PendingWindowInDays": 7 });
    draft.kms("ScheduleKeyDeletion", doomed.clone());
    look(draft, &key);
    draft.kms("CancelKeyDeletion", named.clone());
    look(draft, &key);
    draft.kms("ScheduleKeyDeletion", doomed.clone());
    let alias = json!({ "$concat": ["alias/", {"$name": "waiting"}] });
    draft.kms(
        "CreateAlias",
        json!({ "AliasName": alias, "TargetKeyId": key }),
    );
    replicate(draft, &key, 2);
    draft.elsewhere(0, |draft| {
        draft.kms("ScheduleKeyDeletion", doomed.clone());
        draft.kms("CancelKeyDeletion", named.clone());
        draft.kms("ScheduleKeyDeletion", doomed.clone());
    });
    draft.wait(NINE_DAYS);
    look(draft, &key);
    draft.elsewhere(1, |draft| {
        draft.kms("ScheduleKeyDeletion", doomed.clone());
    });
    look(draft, &key);
    draft.wait(NINE_DAYS);
    look(draft, &key);
    draft.wait(NINE_DAYS);
    look(draft, &key);
    // A primary key that nobody looks at until it is gone.
    let key = primary_with_replica(draft);
    let doomed = json!({ "KeyId": key, "PendingWindowInDays": 7 });
    draft.kms("ScheduleKeyDeletion", doomed.clone());
    draft.elsewhere(0, |draft| draft.kms("ScheduleKeyDeletion", doomed));
    draft.wait(2 * NINE_DAYS);
    look(draft, &key);
    // A replica key that is made once more.
    let key = primary_with_replica(draft);
    let doomed = json!({ "KeyId": key, "PendingWindowInDays": 7 });
    draft.elsewhere(0, |draft| draft.kms("ScheduleKeyDeletion", doomed));
    replicate(draft, &key, 0);
    draft.wait(NINE_DAYS);
    look(draft, &key);
    replicate(draft, &key, 0);
    draft.wait(SOON);
    look(draft, &key);
}

fn open_policy() -> Value {
    let root = json!({ "$concat": ["arn:aws:iam::", {"$account": true}, ":root"] });
    json!({ "$json": {"Version": "2012-10-17", "Id": "of-the-replica", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"},
    ]}})
}
