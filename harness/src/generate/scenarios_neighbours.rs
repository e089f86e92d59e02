//! Scenarios about things of one kind side by side: what is done to one leaves the other alone, and
//! a name that is given up can be given again.

use super::draft::Draft;
use super::scenes::{LONG, external_store};
use serde_json::{Value, json};

/// Two keys with two aliases each: every change of one key or alias, with a look at all after it.
pub(super) fn keys(draft: &mut Draft<'_>) {
    let made = |draft: &mut Draft<'_>, name: &str| {
        let tags = json!([{"TagKey": name, "TagValue": "v"}, {"TagKey": "both", "TagValue": name}]);
        let made = draft.kms("CreateKey", json!({ "Description": name, "Tags": tags }));
        let key = json!({ "$of": [made, "KeyMetadata.KeyId"] });
        for nth in ["first", "second"] {
            let alias = alias(&format!("{name}-{nth}"));
            draft.kms(
                "CreateAlias",
                json!({ "AliasName": alias, "TargetKeyId": key }),
            );
        }
        key
    };
    let left = made(draft, "left");
    let right = made(draft, "right");
    let moved = alias("left-first");
    let changes = [
        (
            "UpdateKeyDescription",
            json!({ "KeyId": left, "Description": "changed" }),
        ),
        (
            "TagResource",
            json!({ "KeyId": left, "Tags": [{"TagKey": "new", "TagValue": "n"}] }),
        ),
        (
            "UntagResource",
            json!({ "KeyId": left, "TagKeys": ["both"] }),
        ),
        ("DisableKey", json!({ "KeyId": left })),
        ("EnableKey", json!({ "KeyId": left })),
        (
            "UpdateAlias",
            json!({ "AliasName": moved, "TargetKeyId": right }),
        ),
        ("DeleteAlias", json!({ "AliasName": moved })),
        (
            "CreateAlias",
            json!({ "AliasName": moved, "TargetKeyId": left }),
        ),
        (
            "ScheduleKeyDeletion",
            json!({ "KeyId": left, "PendingWindowInDays": 7 }),
        ),
        ("CancelKeyDeletion", json!({ "KeyId": left })),
    ];
    for (operation, body) in changes {
        draft.kms(operation, body);
        for key in [&left, &right] {
            draft.kms("DescribeKey", json!({ "KeyId": key }));
            draft.kms("ListResourceTags", json!({ "KeyId": key }));
            draft.kms("ListAliases", json!({ "KeyId": key }));
        }
    }
    for name in ["left-first", "left-second", "right-first", "right-second"] {
        let alias = alias(name);
        draft.kms("DeleteAlias", json!({ "AliasName": alias }));
        draft.kms(
            "CreateAlias",
            json!({ "AliasName": alias, "TargetKeyId": right }),
        );
    }
    draft.kms("ListAliases", json!({}));
}

/// Two external key stores: every change of one, with a look at both after it.
pub(super) fn stores(draft: &mut Draft<'_>) {
    let made = |draft: &mut Draft<'_>, name: &str, proxy: usize| {
        let made = draft.kms("CreateCustomKeyStore", external_store(name, proxy));
        json!({ "$of": [made, "CustomKeyStoreId"] })
    };
    let left = made(draft, "left", 1);
    let right = made(draft, "right", 2);
    look_at_stores(draft, &[&left, &right]);
    for store in [&left, &right] {
        for name in ["right", "left"] {
            let name = json!({ "$name": name });
            let update = json!({ "CustomKeyStoreId": store, "NewCustomKeyStoreName": name });
            draft.kms("UpdateCustomKeyStore", update);
        }
    }
    let renamed =
        json!({ "CustomKeyStoreId": left, "NewCustomKeyStoreName": {"$name": "renamed"} });
    for (operation, body) in [
        ("UpdateCustomKeyStore", renamed),
        ("ConnectCustomKeyStore", json!({ "CustomKeyStoreId": left })),
        (
            "DisconnectCustomKeyStore",
            json!({ "CustomKeyStoreId": left }),
        ),
        ("DeleteCustomKeyStore", json!({ "CustomKeyStoreId": left })),
    ] {
        draft.kms(operation, body);
        look_at_stores(draft, &[&left, &right]);
        draft.wait(LONG);
        look_at_stores(draft, &[&left, &right]);
    }
    // A name is free again, whether it was given by an update or when the store was made.
    let mut again = made(draft, "renamed", 1);
    for name in ["renamed", "left"] {
        look_at_stores(draft, &[&again, &right]);
        draft.kms("DeleteCustomKeyStore", json!({ "CustomKeyStoreId": again }));
        again = made(draft, name, 1);
    }
    look_at_stores(draft, &[&again, &right]);
}

fn look_at_stores(draft: &mut Draft<'_>, stores: &[&Value]) {
    for store in stores {
        draft.kms(
            "DescribeCustomKeyStores",
            json!({ "CustomKeyStoreId": store }),
        );
    }
    draft.kms("DescribeCustomKeyStores", json!({}));
}

fn alias(name: &str) -> Value {
    json!({ "$concat": ["alias/", {"$name": name}] })
}

/// Lists that take more than one page, more than once.
pub(super) fn pages(draft: &mut Draft<'_>) {
    for _ in 0..3 {
        draft.kms("CreateKey", json!({}));
    }
    for _ in 0..4 {
        let first = draft.kms("ListKeys", json!({ "Limit": 1 }));
        let mut marker = json!({ "$of": [first, "NextMarker"] });
        for _ in 0..2 {
            let page = draft.kms("ListKeys", json!({ "Limit": 1, "Marker": marker }));
            marker = json!({ "$of": [page, "NextMarker"] });
        }
    }
}
