//! `KeyMetadata`, which CreateKey, DescribeKey and ReplicateKey show.

use super::cancel_key_deletion::is_disabled_or_unavailable;
use super::materials::show_material;
use super::shapes::CUSTOMER_MASTER_KEY_SPEC;
use crate::reading::shows;
use crate::shape::Shape;
use crate::state::{Account, Key, KeySpec, KeyState, KeyStoreKind, KeyUsage, Origin, Traced};
use crate::success::Success;
use crate::time::DAY;
use serde_json::{Value, json};
use std::sync::Arc;

/// Shows the members that every key has.
pub(crate) fn show_common(success: &mut Success<'_>, key: &Key) {
    let at = success.metadata.clone();
    let account = success.state.account.id.clone();
    let arn = success.state.key_arn(&key.id);
    success.show(&at.then("KeyId"), key.id.as_str());
    success.show(&at.then("Arn"), arn);
    success.show(&at.then("AWSAccountId"), account);
    success.show_date(&at.then("CreationDate"), key.created);
    success.show(&at.then("KeyUsage"), key.usage);
    success.show(&at.then("KeySpec"), key.spec);
    // The older member has no name for the newest specs, and nothing says what it shows for them.
    let spec = &at.then("CustomerMasterKeySpec");
    if has_older_name(key.spec) {
        success.show(spec, key.spec);
    } else {
        success.may_show(spec, key.spec);
    }
    success.show(&at.then("Origin"), key.origin);
    success.show(&at.then("KeyManager"), "CUSTOMER");
    success.show(&at.then("MultiRegion"), key.multi_region.is_some());
}

fn has_older_name(spec: KeySpec) -> bool {
    match CUSTOMER_MASTER_KEY_SPEC {
        Shape::Choice(names) => names.contains(&spec.wire_name()),
        _ => true,
    }
}

/// Shows the state of a replica key that was just made, which may be ready already.
pub(crate) fn show_new_state(success: &mut Success<'_>, key: &Key) {
    let at = success.metadata.clone();
    let transient = key.transient_in(KeyState::Creating);
    let ready = transient.map_or(key.state.value, |transient| transient.next);
    let enabled = key.state.value == KeyState::Enabled;
    success.show_like(
        &at.then("KeyState"),
        &key.state,
        key.state.value,
        &|shown| *shown == Value::from(ready),
    );
    success.show_like(&at.then("Enabled"), &key.state, enabled, &|shown| {
        *shown == (ready == KeyState::Enabled)
    });
    show_rest_of_state(success, key);
}

/// Shows the state of a key: `KeyState`, `Enabled`, `Description` and what deletion adds.
pub(crate) fn show_state(success: &mut Success<'_>, key: &Key) {
    let at = success.metadata.clone();
    let state = success.state.visible_state(key);
    // Disabled is what it will be again, unavailable what it is; AWS is silent about which it shows.
    let either = is_disabled_or_unavailable(key);
    success.show_like(&at.then("KeyState"), &state, state.value, &|shown| {
        either && *shown == Value::from(KeyState::Disabled)
    });
    success.show_traced(
        &at.then("Enabled"),
        &state,
        state.value == KeyState::Enabled,
    );
    show_rest_of_state(success, key);
}

fn show_rest_of_state(success: &mut Success<'_>, key: &Key) {
    let at = success.metadata.clone();
    success.show_traced(
        &at.then("Description"),
        &key.description,
        key.description.value.as_str(),
    );
    show_deletion(success, key);
}

fn show_deletion(success: &mut Success<'_>, key: &Key) {
    let at = success.metadata.clone();
    let date_at = at.then("DeletionDate");
    match &key.deletion {
        // It is that of the last replica key, which may have been a day late, and the waiting period.
        Some(date) if key.awaits_its_date() => {
            let seen = success.date(&date_at, date.value, DAY);
            if let (Some(seen), Some(key)) = (seen, success.state.key_mut(&key.id)) {
                key.deletion = Some(Traced {
                    value: seen,
                    by: date.by,
                });
                key.multi_region.iter_mut().for_each(|it| it.window = None);
            }
        }
        Some(date) => {
            let seconds = crate::time::epoch_seconds(date.value);
            success.show_traced(&date_at, date, seconds);
        }
        None => success.absent_traced(&date_at, &key.state),
    }
    let window = key.multi_region.as_ref().and_then(|it| it.window.as_ref());
    let window = window.filter(|_| key.state.value == KeyState::PendingReplicaDeletion);
    match window {
        Some(days) => {
            success.show_traced(&at.then("PendingDeletionWindowInDays"), days, days.value);
        }
        None => success.absent(&at.then("PendingDeletionWindowInDays")),
    }
}

/// Shows the algorithms that fit the spec and usage of a key, and hides all others.
pub(crate) fn show_algorithms(success: &mut Success<'_>, key: &Key) {
    let at = success.metadata.clone();
    for usage in [
        KeyUsage::EncryptDecrypt,
        KeyUsage::SignVerify,
        KeyUsage::GenerateVerifyMac,
        KeyUsage::KeyAgreement,
    ] {
        let shown = (key.usage == usage).then(|| algorithms(key.spec, usage));
        success.show_or_absent(&at.then(algorithms_member(usage)), shown);
    }
}

/// The member that shows the algorithms of keys of this usage.
pub(crate) const fn algorithms_member(usage: KeyUsage) -> &'static str {
    match usage {
        KeyUsage::EncryptDecrypt => "EncryptionAlgorithms",
        KeyUsage::SignVerify => "SigningAlgorithms",
        KeyUsage::GenerateVerifyMac => "MacAlgorithms",
        KeyUsage::KeyAgreement => "KeyAgreementAlgorithms",
    }
}

/// Shows the members that depend on where the material comes from.
pub(crate) fn show_origin(success: &mut Success<'_>, key: &Key) {
    let at = success.metadata.clone();
    success.show_or_absent(&at.then("CustomKeyStoreId"), key.key_store.as_deref());
    show_cluster(success, key);
    let xks = key.xks_key.as_ref().map(|id| json!({ "Id": id }));
    success.show_or_absent(&at.then("XksKeyConfiguration"), xks);
    show_current_material(success, key);
}

/// Shows the cluster behind the key store. Nothing says whether a key follows its store to a related
/// cluster, so that each of them will do.
fn show_cluster(success: &mut Success<'_>, key: &Key) {
    let at = success.metadata.then("CloudHsmClusterId");
    let store = success.state.store_of(key).cloned();
    let Some(KeyStoreKind::CloudHsm { cluster, .. }) = store.map(|store| store.kind) else {
        return success.absent(&at);
    };
    let clusters = success.state.clusters.clone();
    let lineage = |id: &str| clusters.get(id).map(|cluster| &cluster.lineage);
    let current = lineage(&cluster.value);
    success.show_like(&at, &cluster, cluster.value.as_str(), &|shown| {
        let shown = shown.as_str().and_then(lineage);
        shown.is_some() && shown == current
    });
}

fn show_current_material(success: &mut Success<'_>, key: &Key) {
    let at = success.metadata.clone();
    let current = &at.then("CurrentKeyMaterialId");
    match key.origin {
        Origin::AwsKms if key.can_rotate() => {
            show_material(success, key, key.current_material(), current, true);
        }
        // Recordings from before keys with imported material could rotate do not have it.
        Origin::External if key.can_rotate() && key.was_imported() => {
            show_material(success, key, key.current_material(), current, false);
        }
        _ => success.absent(current),
    }
    let (model, date) = (at.then("ExpirationModel"), at.then("ValidTo"));
    let import = key.materials.last().and_then(|it| it.import.as_ref());
    let (Some(import), true) = (import, key.is_complete()) else {
        success.absent(&model);
        success.absent(&date);
        return;
    };
    match key.expires() {
        Some(expires) => {
            let seconds = expires.value.map(crate::time::epoch_seconds);
            success.show_traced(&model, expires, "KEY_MATERIAL_EXPIRES");
            success.show_traced(&date, expires, seconds);
        }
        None => {
            success.show_traced(&model, &import.expires, "KEY_MATERIAL_DOES_NOT_EXPIRE");
            success.absent_traced(&date, &import.expires);
        }
    }
}

/// Shows the primary key and the replica keys of a multi-Region key, and that others are none. While
/// one of them is being created or updated, each may be shown as what it was or as what it will be.
pub(crate) fn show_regions(success: &mut Success<'_>, key: &Key) {
    let at = success.metadata.then("MultiRegionConfiguration");
    let Some(regions) = &key.multi_region else {
        return success.absent(&at);
    };
    let state = &*success.state;
    let home = state.account.region.as_str();
    let related: Vec<(&str, &Arc<Key>)> = state.related(&key.id).collect();
    let in_flux = related.iter().any(|(_, key)| is_in_flux(key)) || is_in_flux(key);
    let names = related.iter().map(|(region, _)| *region).chain([home]);
    let (primaries, replicas): (Vec<&str>, Vec<&str>) =
        names.partition(|region| *region == regions.primary.value);
    let named = |region: &&str| {
        let mut account = Account::clone(&state.account);
        (*region).clone_into(&mut account.region);
        json!({ "Arn": account.arn("kms", &format!("key/{}", key.id)), "Region": region })
    };
    let kind = match primaries.first() == Some(&home) {
        true => "PRIMARY",
        false => "REPLICA",
    };
    let primary = primaries.first().map_or(Value::Null, named);
    let replicas: Vec<Value> = replicas.iter().map(named).collect();
    let all: Vec<Value> = replicas.iter().cloned().chain([primary.clone()]).collect();
    let is_known = |shown: &Value| all.iter().any(|known| shows(shown, known));
    let by = regions.primary.clone();
    success.show_like(&at.then("MultiRegionKeyType"), &by, kind, &|shown| {
        in_flux && (shown == "PRIMARY" || shown == "REPLICA")
    });
    success.show_like(&at.then("PrimaryKey"), &by, primary, &|shown| {
        in_flux && is_known(shown)
    });
    success.show_like(&at.then("ReplicaKeys"), &by, replicas, &|shown| {
        let listed = shown.as_array();
        in_flux && listed.is_some_and(|listed| listed.iter().all(is_known))
    });
}

fn is_in_flux(key: &Key) -> bool {
    let regions = key.multi_region.as_ref();
    regions.is_some_and(|regions| regions.transient.is_some())
}

/// The wire names of the algorithms that a key of this spec and usage has, as a JSON array.
pub fn algorithms(spec: KeySpec, usage: KeyUsage) -> Value {
    use KeySpec::*;
    match (usage, spec) {
        (KeyUsage::EncryptDecrypt, SymmetricDefault) => json!(["SYMMETRIC_DEFAULT"]),
        (KeyUsage::EncryptDecrypt, Rsa2048 | Rsa3072 | Rsa4096) => {
            json!(["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"])
        }
        (KeyUsage::EncryptDecrypt, Sm2) => json!(["SM2PKE"]),
        (KeyUsage::GenerateVerifyMac, Hmac224) => json!(["HMAC_SHA_224"]),
        (KeyUsage::GenerateVerifyMac, Hmac256) => json!(["HMAC_SHA_256"]),
        (KeyUsage::GenerateVerifyMac, Hmac384) => json!(["HMAC_SHA_384"]),
        (KeyUsage::GenerateVerifyMac, Hmac512) => json!(["HMAC_SHA_512"]),
        (KeyUsage::SignVerify, Rsa2048 | Rsa3072 | Rsa4096) => json!([
            "RSASSA_PKCS1_V1_5_SHA_256",
            "RSASSA_PKCS1_V1_5_SHA_384",
            "RSASSA_PKCS1_V1_5_SHA_512",
            "RSASSA_PSS_SHA_256",
            "RSASSA_PSS_SHA_384",
            "RSASSA_PSS_SHA_512",
        ]),
        (KeyUsage::SignVerify, EccNistP256 | EccSecgP256k1) => json!(["ECDSA_SHA_256"]),
        (KeyUsage::SignVerify, EccNistP384) => json!(["ECDSA_SHA_384"]),
        (KeyUsage::SignVerify, EccNistP521) => json!(["ECDSA_SHA_512"]),
        (KeyUsage::SignVerify, EccNistEdwards25519) => {
            json!(["ED25519_SHA_512", "ED25519_PH_SHA_512"])
        }
        (KeyUsage::SignVerify, MlDsa44 | MlDsa65 | MlDsa87) => json!(["ML_DSA_SHAKE_256"]),
        (KeyUsage::SignVerify, Sm2) => json!(["SM2DSA"]),
        (KeyUsage::KeyAgreement, _) => json!(["ECDH"]),
        _ => json!([]),
    }
}
