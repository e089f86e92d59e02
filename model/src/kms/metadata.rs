//! `KeyMetadata`, which CreateKey and DescribeKey show.

use super::cancel_key_deletion::is_disabled_or_unavailable;
use super::materials::show_material;
use super::shapes::CUSTOMER_MASTER_KEY_SPEC;
use crate::path::Path;
use crate::shape::Shape;
use crate::state::{Key, KeySpec, KeyState, KeyStoreKind, KeyUsage, Origin};
use crate::success::Success;
use serde_json::{Value, json};

/// Shows the members that every key has.
pub(crate) fn show_common(success: &mut Success<'_>, key: &Key) {
    let at = Path::of("KeyMetadata");
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
    success.show(&at.then("MultiRegion"), key.multi_region);
}

fn has_older_name(spec: KeySpec) -> bool {
    match CUSTOMER_MASTER_KEY_SPEC {
        Shape::Choice(names) => names.contains(&spec.wire_name()),
        _ => true,
    }
}

/// Shows the state of a key: `KeyState`, `Enabled`, `Description` and what deletion adds.
pub(crate) fn show_state(success: &mut Success<'_>, key: &Key) {
    let at = Path::of("KeyMetadata");
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
    success.show_traced(
        &at.then("Description"),
        &key.description,
        key.description.value.as_str(),
    );
    match &key.deletion {
        Some(date) => {
            let seconds = crate::time::epoch_seconds(date.value);
            success.show_traced(&at.then("DeletionDate"), date, seconds);
        }
        None => success.absent_traced(&at.then("DeletionDate"), &key.state),
    }
    // Only primary keys whose replicas are waited for show it, and keys here have no replicas.
    success.absent(&at.then("PendingDeletionWindowInDays"));
}

/// Shows the algorithms that fit the spec and usage of a key, and hides all others.
pub(crate) fn show_algorithms(success: &mut Success<'_>, key: &Key) {
    let at = Path::of("KeyMetadata");
    for (member, usage) in [
        ("EncryptionAlgorithms", KeyUsage::EncryptDecrypt),
        ("SigningAlgorithms", KeyUsage::SignVerify),
        ("MacAlgorithms", KeyUsage::GenerateVerifyMac),
        ("KeyAgreementAlgorithms", KeyUsage::KeyAgreement),
    ] {
        if key.usage == usage {
            success.show(&at.then(member), algorithms(key.spec, usage));
        } else {
            success.absent(&at.then(member));
        }
    }
}

/// Shows the members that depend on where the material comes from.
pub(crate) fn show_origin(success: &mut Success<'_>, key: &Key) {
    let at = Path::of("KeyMetadata");
    success.show_or_absent(&at.then("CustomKeyStoreId"), key.key_store.as_deref());
    show_cluster(success, key);
    let xks = key.xks_key.as_ref().map(|id| json!({ "Id": id }));
    success.show_or_absent(&at.then("XksKeyConfiguration"), xks);
    show_current_material(success, key);
}

/// Shows the cluster behind the key store. Nothing says whether a key follows its store to a related
/// cluster, so that each of them will do.
fn show_cluster(success: &mut Success<'_>, key: &Key) {
    let at = Path::of("KeyMetadata.CloudHsmClusterId");
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
    let at = Path::of("KeyMetadata");
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

/// Shows that a multi-Region key is the primary one, and that others are no multi-Region keys.
pub(crate) fn show_regions(success: &mut Success<'_>, key: &Key) {
    let at = Path::of("KeyMetadata.MultiRegionConfiguration");
    if !key.multi_region {
        return success.absent(&at);
    }
    let primary = json!({
        "Arn": success.state.key_arn(&key.id),
        "Region": success.state.account.region,
    });
    success.show(&at.then("MultiRegionKeyType"), "PRIMARY");
    success.show(&at.then("PrimaryKey"), primary);
    success.show(&at.then("ReplicaKeys"), Value::Array(Vec::new()));
}

/// The algorithms that a key of this spec and usage has.
pub(crate) fn algorithms(spec: KeySpec, usage: KeyUsage) -> Value {
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
