//! Values with a meaning: for each member a reference to something that exists, or a fitting new
//! value. Names come from small pools, so that they collide.

use super::contexts::contexts;
use super::dice::Dice;
use super::draft::Draft;
use super::key_names::key_name;
use super::scalars::scalars;
use kms_conformance_model::{Member, State};
use serde_json::{Value, json};

/// A value that the member may well hold; `None` to leave it out.
pub(crate) fn meaningful(
    dice: &mut Dice,
    draft: &Draft<'_>,
    operation: &str,
    member: &Member,
) -> Option<Value> {
    let state = draft.state()?;
    Some(match member.name {
        "KeyId" | "TargetKeyId" | "SourceKeyId" | "DestinationKeyId" => {
            key_name(dice, draft, state)
        }
        "AliasName" => alias(dice, draft, state, operation == "CreateAlias"),
        "CustomKeyStoreId" => {
            let stores = draft.in_order(state.key_stores.keys());
            existing(dice, draft, &stores, "CustomKeyStoreId")
        }
        "CustomKeyStoreName" | "NewCustomKeyStoreName" => {
            json!({ "$name": format!("store-{}", dice.below(4)) })
        }
        "CloudHsmClusterId" | "ClusterId" => {
            let clusters = draft.in_order(state.clusters.keys());
            existing(dice, draft, &clusters, "ClusterId")
        }
        "BackupId" => {
            let backups = draft.in_order(state.backups.keys());
            existing(dice, draft, &backups, "BackupId")
        }
        "SourceBackupId" if dice.chance(30) => {
            let backups = draft.in_order(state.backups.keys());
            existing(dice, draft, &backups, "BackupId")
        }
        "ResourceId" => {
            let ids = draft.in_order(state.clusters.keys().chain(state.backups.keys()));
            existing(dice, draft, &ids, "ClusterId")
        }
        "ResourceArn" => backup_arn(dice, draft, state),
        "HsmId" => {
            let clusters = state.clusters.values();
            let hsms = draft.in_order(clusters.flat_map(|cluster| cluster.hsms.keys()));
            existing(dice, draft, &hsms, "HsmId")
        }
        "CiphertextBlob" => ciphertext(dice, draft, state),
        "GrantId" => {
            let grants = draft.in_order(state.grants.keys());
            existing(dice, draft, &grants, "GrantId")
        }
        "GrantToken" => grant_token(dice, draft, state),
        "GrantTokens" => json!([grant_token(dice, draft, state)]),
        "EncryptionContext" | "SourceEncryptionContext" | "DestinationEncryptionContext" => {
            dice.draw(&contexts())
        }
        "Marker" | "NextToken" => marker(dice, draft, state)?,
        "Limit" | "MaxResults" => json!(1 + dice.below(3)),
        "Filters" => return None,
        _ => dice.draw(&scalars(member)),
    })
}

fn existing(dice: &mut Dice, draft: &Draft<'_>, ids: &[&String], kind: &str) -> Value {
    match dice.pick(ids) {
        Some(id) if !dice.chance(4) => draft.name(id),
        _ => json!({ "$unknown": kind }),
    }
}

fn alias(dice: &mut Dice, draft: &Draft<'_>, state: &State, new: bool) -> Value {
    let known = draft.in_order(state.aliases.keys());
    match dice.below(100) {
        0..=2 => json!({ "$name": "no-prefix" }),
        3..=5 => json!({ "$concat": ["alias/aws/", {"$name": "a"}] }),
        6 => json!({ "$concat": ["alias/a:", {"$name": "b"}] }),
        7..=70 if !new && !known.is_empty() => dice.pick(&known).map_or_else(
            || json!({ "$concat": ["alias/", {"$name": "x"}] }),
            |name| draft.name(name),
        ),
        _ => json!({ "$concat": ["alias/", {"$name": format!("a{}", dice.below(5))}] }),
    }
}

fn backup_arn(dice: &mut Dice, draft: &Draft<'_>, state: &State) -> Value {
    let backups = draft.in_order(state.backups.keys());
    let id = existing(dice, draft, &backups, "BackupId");
    let (region, account) = (json!({ "$region": true }), json!({ "$account": true }));
    json!({ "$concat": ["arn:aws:cloudhsm:", region, ":", account, ":backup/", id] })
}

fn ciphertext(dice: &mut Dice, draft: &Draft<'_>, state: &State) -> Value {
    let known = draft.in_order(state.ciphertexts.keys());
    match dice.pick(&known) {
        Some(blob) if dice.chance(90) => draft.name(blob),
        Some(blob) => json!({ "$tampered": [draft.name(blob), dice.below(400)] }),
        None => json!({ "$unknown": "CiphertextBlob" }),
    }
}

fn grant_token(dice: &mut Dice, draft: &Draft<'_>, state: &State) -> Value {
    let known = draft.in_order(state.grant_tokens.keys());
    match dice.pick(&known) {
        Some(token) if !dice.chance(5) => draft.name(token),
        _ => json!("no grant token"),
    }
}

fn marker(dice: &mut Dice, draft: &Draft<'_>, state: &State) -> Option<Value> {
    let known = draft.in_order(state.markers.keys());
    match dice.pick(&known) {
        Some(marker) => Some(draft.name(marker)),
        None if dice.chance(20) => Some(json!({ "$unknown": "NextMarker" })),
        None => None,
    }
}
