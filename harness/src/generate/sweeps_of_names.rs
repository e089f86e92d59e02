//! Every operation that names a key, with each form of name, on keys of each kind that can do it.

use super::draft::Draft;
use super::key_names::{forms, names_near_an_alias};
use super::pieces::{KINDS, grant, new_alias, new_key, root};
use super::scenes::with;
use serde_json::{Value, json};

/// How many plans there are: one for each form of name, and one for names near an alias.
pub(super) const FORMS: usize = 5;

/// Writes a plan by its number, and gives its title.
pub(super) fn write(number: usize, draft: &mut Draft<'_>) -> Option<String> {
    if number + 1 == FORMS {
        near(draft);
        return Some("names that are near an alias".to_owned());
    }
    let mut title = None;
    for kind in KINDS {
        let key = kind.make(draft);
        let alias = new_alias(
            draft,
            &format!("form {}", kind.title).replace(' ', "-"),
            &key,
        );
        let (form, name) = forms(&key, &alias).into_iter().nth(number)?;
        kind.use_by(draft, &name, &[]);
        title = Some(format!("keys by their {form}"));
    }
    let key = new_key(draft, json!({}));
    let alias = new_alias(draft, "form", &key);
    let (_, name) = forms(&key, &alias).into_iter().nth(number)?;
    manage(draft, &key, &name);
    title
}

/// Everything that is not cryptography, by this name of the key.
fn manage(draft: &mut Draft<'_>, key: &Value, name: &Value) {
    let this = json!({ "KeyId": name });
    let calls = [
        ("UpdateKeyDescription", json!({ "Description": "by name" })),
        ("DescribeKey", json!({})),
        (
            "TagResource",
            json!({ "Tags": [{"TagKey": "a", "TagValue": "1"}] }),
        ),
        ("ListResourceTags", json!({})),
        ("UntagResource", json!({ "TagKeys": ["a"] })),
        ("ListResourceTags", json!({})),
        ("GetKeyPolicy", json!({})),
        ("ListKeyPolicies", json!({})),
        ("EnableKeyRotation", json!({ "RotationPeriodInDays": 180 })),
        ("GetKeyRotationStatus", json!({})),
        ("DisableKeyRotation", json!({})),
        ("RotateKeyOnDemand", json!({})),
        ("ListKeyRotations", json!({})),
        ("GetKeyLastUsage", json!({})),
        ("ListAliases", json!({})),
        ("DisableKey", json!({})),
        ("DescribeKey", json!({})),
        ("EnableKey", json!({})),
        ("DescribeKey", json!({})),
    ];
    for (operation, more) in calls {
        draft.kms(operation, with(&this, &more));
    }
    let policy = json!({ "$json": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": root()}, "Action": "kms:*", "Resource": "*"},
    ]}});
    draft.kms("PutKeyPolicy", with(&this, &json!({ "Policy": policy })));
    let granted = draft.kms("CreateGrant", grant(name, &json!({})));
    let id = json!({ "GrantId": {"$of": [granted, "GrantId"]} });
    draft.kms("ListGrants", this.clone());
    draft.kms("ListGrants", with(&this, &id));
    draft.kms("RevokeGrant", with(&this, &id));
    let retired = draft.kms("CreateGrant", grant(name, &json!({})));
    let id = json!({ "GrantId": {"$of": [retired, "GrantId"]} });
    draft.kms("RetireGrant", with(&this, &id));
    draft.kms("ListGrants", json!({ "KeyId": key }));
    for operation in ["CreateAlias", "UpdateAlias"] {
        let alias = super::pieces::alias("form-second");
        draft.kms(
            operation,
            json!({ "AliasName": alias, "TargetKeyId": name }),
        );
    }
    draft.kms(
        "ScheduleKeyDeletion",
        with(&this, &json!({ "PendingWindowInDays": 7 })),
    );
    draft.kms("DescribeKey", json!({ "KeyId": key }));
    draft.kms("CancelKeyDeletion", this);
    draft.kms("DescribeKey", json!({ "KeyId": key }));
}

/// An alias, and names that are a part of it or of which it is a part, some of which exist too.
fn near(draft: &mut Draft<'_>) {
    let key = new_key(draft, json!({}));
    let other = new_key(draft, json!({}));
    let alias = new_alias(draft, "near", &key);
    for name in names_near_an_alias(&alias) {
        draft.kms("DescribeKey", json!({ "KeyId": name }));
        let body = json!({ "KeyId": name, "Plaintext": {"$bytes": [1, 8]} });
        draft.kms("Encrypt", body);
        draft.kms("DeleteAlias", json!({ "AliasName": name }));
        draft.kms("DescribeKey", json!({ "KeyId": alias }));
    }
    let longer = json!({ "$concat": [alias, "-and-more"] });
    let nested = json!({ "$concat": [alias, "/and/more"] });
    for name in [&longer, &nested] {
        draft.kms(
            "CreateAlias",
            json!({ "AliasName": name, "TargetKeyId": other }),
        );
    }
    for name in [&alias, &longer, &nested] {
        draft.kms("DescribeKey", json!({ "KeyId": name }));
    }
    draft.kms("DeleteAlias", json!({ "AliasName": alias }));
    for name in [&alias, &longer, &nested] {
        draft.kms("DescribeKey", json!({ "KeyId": name }));
    }
    draft.kms("ListAliases", json!({ "KeyId": other }));
}
