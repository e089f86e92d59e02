//! Bodies of requests about what only key material can make: signatures, authentication codes, shared
//! secrets, asymmetric ciphertexts, and about material to import.

use super::bodies::{each_member, set};
use super::dice::Dice;
use super::draft::Draft;
use kms_conformance_model::AnyOperation;
use kms_conformance_model::state::{Key, KeySpec, KeyUsage};
use kms_conformance_targets::peers::CURVES;
use serde_json::{Value, json};

/// The algorithms of a key of this spec and usage.
pub(super) fn algorithms(key: &Key) -> Vec<String> {
    let all = kms_conformance_model::kms::algorithms(key.spec, key.usage);
    let all = all.as_array().into_iter().flatten();
    all.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// One of the keys for this purpose.
fn key_for<'d>(dice: &mut Dice, draft: &'d Draft<'_>, usage: KeyUsage) -> Option<&'d Key> {
    let state = draft.state()?;
    let fit = state.keys.values().filter(|key| key.usage == usage);
    let ids = draft.in_order(fit.map(|key| &key.id));
    state.keys.get(*dice.pick(&ids)?).map(AsRef::as_ref)
}

/// A request to make something, to a key that can, with an algorithm that it has.
pub(super) fn making(
    dice: &mut Dice,
    draft: &Draft<'_>,
    operation: &dyn AnyOperation,
) -> Option<Value> {
    let (usage, algorithm) = match operation.name() {
        "Sign" => (KeyUsage::SignVerify, "SigningAlgorithm"),
        "GenerateMac" => (KeyUsage::GenerateVerifyMac, "MacAlgorithm"),
        _ => {
            let usages = [KeyUsage::SignVerify, KeyUsage::KeyAgreement];
            (*dice.pick(&usages)?, "")
        }
    };
    let key = key_for(dice, draft, usage).filter(|_| dice.chance(90))?;
    let mut body = each_member(dice, draft, operation);
    set(&mut body, "KeyId", draft.name(&key.id));
    if !algorithm.is_empty() {
        set(&mut body, algorithm, json!(dice.pick(&algorithms(key))?));
    }
    if operation.name() == "Sign" {
        set_message(dice, &mut body, key.spec);
    }
    Some(body)
}

/// A message of a type that fits, usually.
fn set_message(dice: &mut Dice, body: &mut Value, spec: KeySpec) {
    let algorithm = body.get("SigningAlgorithm").and_then(Value::as_str);
    let digest = match algorithm {
        Some(name) if name.ends_with("SHA_384") => 48,
        Some(name) if name.ends_with("SHA_512") => 64,
        _ => 32,
    };
    let prehashed = algorithm == Some("ED25519_PH_SHA_512");
    let post_quantum = matches!(spec, KeySpec::MlDsa44 | KeySpec::MlDsa65 | KeySpec::MlDsa87);
    let (kind, length) = match dice.below(10) {
        0..=2 if post_quantum => ("EXTERNAL_MU", 64),
        0..=3 => ("DIGEST", digest),
        _ if prehashed => ("DIGEST", digest),
        _ => ("RAW", 1 + dice.below(100)),
    };
    set(body, "MessageType", json!(kind));
    set(
        body,
        "Message",
        json!({ "$bytes": [dice.below(4), length] }),
    );
}

/// A request to verify what an earlier step made, sometimes of something else.
pub(super) fn verifying(
    dice: &mut Dice,
    draft: &Draft<'_>,
    maker: &str,
    made: &str,
) -> Option<Value> {
    let makers = draft.calls_of(maker);
    let makers: Vec<_> = makers
        .filter(|(step, _)| draft.has_made(*step, made))
        .collect();
    let (step, request) = dice.pick(&makers).filter(|_| dice.chance(90))?;
    let mut body = (*request).clone();
    let of = json!({ "$of": [step, made] });
    set(&mut body, made, of.clone());
    match dice.below(10) {
        0 => set(
            &mut body,
            made,
            json!({ "$tampered": [of, dice.below(24)] }),
        ),
        1 => set(&mut body, "Message", json!({ "$bytes": [9, 32] })),
        2 => {
            let (_, other) = dice.pick(&makers)?;
            set(&mut body, "KeyId", other.get("KeyId")?.clone());
        }
        _ => {}
    }
    Some(body)
}

/// A key and the public key of another, usually on one curve, or of a peer on its curve.
pub(super) fn agreeing(dice: &mut Dice, draft: &Draft<'_>) -> Option<Value> {
    let key = key_for(dice, draft, KeyUsage::KeyAgreement)?;
    if CURVES.contains(&key.spec) && dice.chance(40) {
        let name = format!("peer {}", dice.below(3));
        return Some(json!({
            "KeyId": draft.name(&key.id),
            "KeyAgreementAlgorithm": "ECDH",
            "PublicKey": {"$peer": [key.spec.wire_name(), name]},
        }));
    }
    let shown = draft.calls_of("GetPublicKey");
    let shown: Vec<_> = shown
        .filter(|(step, _)| draft.has_made(*step, "PublicKey"))
        .collect();
    let (step, _) = dice.pick(&shown)?;
    Some(json!({
        "KeyId": draft.name(&key.id),
        "KeyAgreementAlgorithm": "ECDH",
        "PublicKey": {"$of": [step, "PublicKey"]},
    }))
}

/// A request to a key pair now and then, with an algorithm that it has.
pub(super) fn encrypting(
    dice: &mut Dice,
    draft: &Draft<'_>,
    operation: &dyn AnyOperation,
) -> Option<Value> {
    let key = key_for(dice, draft, KeyUsage::EncryptDecrypt)?;
    if key.spec == KeySpec::SymmetricDefault || !dice.chance(80) {
        return None;
    }
    let mut body = each_member(dice, draft, operation);
    set(&mut body, "KeyId", draft.name(&key.id));
    let algorithm = dice.pick(&algorithms(key)).cloned();
    set(&mut body, "EncryptionAlgorithm", json!(algorithm));
    if let Some(members) = body.as_object_mut().filter(|_| dice.chance(90)) {
        members.remove("EncryptionContext");
    }
    Some(body)
}

/// Material, for parameters that an earlier step asked for.
pub(super) fn import(dice: &mut Dice, draft: &Draft<'_>) -> Option<Value> {
    let asked: Vec<_> = draft.calls_of("GetParametersForImport").collect();
    let (step, asked) = dice.pick(&asked).filter(|_| dice.chance(90))?;
    let public_key = json!({ "$of": [step, "PublicKey"] });
    let name = format!("material {}", dice.below(3));
    let bytes = dice.pick(&[32, 32, 32, 32, 64, 31])?;
    let material = match dice.chance(15) {
        true => json!({ "name": name, "private": true }),
        false => json!({ "name": name, "bytes": bytes }),
    };
    let mut body = json!({
        "KeyId": asked.get("KeyId")?,
        "ImportToken": {"$of": [step, "ImportToken"]},
        "EncryptedKeyMaterial": {"$wrapped": [public_key, asked.get("WrappingAlgorithm")?, material]},
    });
    match dice.chance(50) {
        true => set(
            &mut body,
            "ExpirationModel",
            json!("KEY_MATERIAL_DOES_NOT_EXPIRE"),
        ),
        false => set(
            &mut body,
            "ValidTo",
            json!({ "$later": dice.pick(&[86_400, 9 * 86_400])? }),
        ),
    }
    if dice.chance(40) {
        let types = ["NEW_KEY_MATERIAL", "EXISTING_KEY_MATERIAL"];
        set(&mut body, "ImportType", json!(dice.pick(&types)?));
    }
    Some(body)
}
