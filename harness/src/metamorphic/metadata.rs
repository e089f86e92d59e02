//! Descriptions: the members of one description agree with each other.

use super::Family;
use super::at::Names;
use super::said::{Clash, Said};
use super::view::View;
use kms_conformance_model::relations::DESCRIPTIONS_AGREE;
use serde_json::Value;

/// A member that is shown only where another one has one of these values.
type Only = (&'static str, &'static str, &'static [&'static str]);

const OF_KEYS: &[Only] = &[
    ("CloudHsmClusterId", "Origin", &["AWS_CLOUDHSM"]),
    (
        "CustomKeyStoreId",
        "Origin",
        &["AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"],
    ),
    ("DeletionDate", "KeyState", &["PendingDeletion"]),
    ("EncryptionAlgorithms", "KeyUsage", &["ENCRYPT_DECRYPT"]),
    ("ExpirationModel", "Origin", &["EXTERNAL"]),
    ("KeyAgreementAlgorithms", "KeyUsage", &["KEY_AGREEMENT"]),
    ("MacAlgorithms", "KeyUsage", &["GENERATE_VERIFY_MAC"]),
    (
        "PendingDeletionWindowInDays",
        "KeyState",
        &["PendingReplicaDeletion"],
    ),
    ("SigningAlgorithms", "KeyUsage", &["SIGN_VERIFY"]),
    ("ValidTo", "ExpirationModel", &["KEY_MATERIAL_EXPIRES"]),
    ("XksKeyConfiguration", "Origin", &["EXTERNAL_KEY_STORE"]),
];

const OF_STORES: &[Only] = &[
    ("CloudHsmClusterId", "CustomKeyStoreType", &["AWS_CLOUDHSM"]),
    ("ConnectionErrorCode", "ConnectionState", &["FAILED"]),
    (
        "TrustAnchorCertificate",
        "CustomKeyStoreType",
        &["AWS_CLOUDHSM"],
    ),
    (
        "XksProxyConfiguration",
        "CustomKeyStoreType",
        &["EXTERNAL_KEY_STORE"],
    ),
];

const OF_BACKUPS: &[Only] = &[(
    "DeleteTimestamp",
    "BackupState",
    &["PENDING_DELETION", "DELETED"],
)];

/// One description by itself.
pub(super) struct Metadata;

impl Family for Metadata {
    fn look(&mut self, at: &View<'_>, said: &mut Said) {
        let Some(response) = at.done() else { return };
        for member in ["KeyMetadata", "ReplicaKeyMetadata"] {
            if let Some(key) = response.get(member) {
                let clash = alone(at, key, OF_KEYS).or_else(|| agrees(at, key));
                said.relate(DESCRIPTIONS_AGREE, at, clash);
            }
        }
        for (list, only) in [("CustomKeyStores", OF_STORES), ("Backups", OF_BACKUPS)] {
            for entry in at.entries(list) {
                said.relate(DESCRIPTIONS_AGREE, at, alone(at, entry, only));
            }
        }
    }

    fn forget(&mut self, _: &Names) {}
}

/// Whether a member is shown where it should not be.
fn alone(at: &View<'_>, description: &Value, only: &[Only]) -> Option<Clash> {
    let is_shown = |member: &str| {
        let value = description.get(member);
        value.is_some_and(|value| !value.is_null() && value != &Value::Array(Vec::new()))
    };
    let wrong = only.iter().find(|(member, of, values)| {
        let other = description.get(*of).and_then(Value::as_str);
        is_shown(member)
            && !at.is_blamed(member)
            && !at.is_blamed(of)
            && other.is_some_and(|other| !values.contains(&other))
    });
    wrong.map(|(member, of, values)| {
        let expected = format!("{member} only where {of} is {}", values.join(" or "));
        let other = description.get(*of).and_then(Value::as_str);
        let observed = format!("{member} where {of} is {}", other.unwrap_or_default());
        Clash::words(member, &expected, &observed)
    })
}

/// Whether members that say the same of a key agree.
fn agrees(at: &View<'_>, key: &Value) -> Option<Clash> {
    let text = |member: &str| key.get(member).and_then(Value::as_str);
    let flag = |member: &str| key.get(member).and_then(Value::as_bool);
    let clash = |member: &str, other: &str| {
        let is_known = !at.is_blamed(member) && !at.is_blamed(other);
        is_known.then(|| {
            let expected = format!("{member} that says what {other} does");
            let observed = format!("{member} that says something else than {other}");
            Clash::words(member, &expected, &observed)
        })
    };
    if let (Some(enabled), Some(state)) = (flag("Enabled"), text("KeyState"))
        && enabled != (state == "Enabled")
    {
        return clash("Enabled", "KeyState");
    }
    if let (Some(spec), Some(other)) = (text("KeySpec"), text("CustomerMasterKeySpec"))
        && spec != other
    {
        return clash("CustomerMasterKeySpec", "KeySpec");
    }
    let regions = key.get("MultiRegionConfiguration");
    let has_regions = regions.is_some_and(Value::is_object);
    if flag("MultiRegion").is_some_and(|multi| !multi && has_regions) {
        return clash("MultiRegionConfiguration", "MultiRegion");
    }
    None
}
