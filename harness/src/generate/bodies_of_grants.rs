//! Bodies of requests about grants.

use super::bodies::{each_member, leave_out, set};
use super::dice::Dice;
use super::draft::Draft;
use kms_conformance_model::AnyOperation;
use kms_conformance_model::state::KeyUsage;
use serde_json::{Value, json};

/// A grant of a key that exists, usually of operations that the key supports. Names are few, so that
/// the same request is made again.
pub(super) fn create_grant(
    dice: &mut Dice,
    draft: &Draft<'_>,
    operation: &dyn AnyOperation,
) -> Value {
    let mut body = each_member(dice, draft, operation);
    let state = draft.state();
    let keys = state.map(|state| draft.in_order(state.keys.keys()));
    let keys = keys.unwrap_or_default();
    let key = dice.pick(&keys).filter(|_| !dice.chance(8));
    let key = key.and_then(|id| state?.keys.get(*id));
    if let Some(key) = key {
        set(&mut body, "KeyId", draft.name(&key.id));
        let supported: &[&str] = match key.usage {
            KeyUsage::EncryptDecrypt => &["Encrypt", "Decrypt", "ReEncryptFrom"],
            KeyUsage::SignVerify => &["Sign", "Verify", "GetPublicKey"],
            KeyUsage::GenerateVerifyMac => &["GenerateMac", "VerifyMac"],
            KeyUsage::KeyAgreement => &["DeriveSharedSecret", "GetPublicKey"],
        };
        let first = dice.pick(supported).copied().unwrap_or("DescribeKey");
        let other = ["DescribeKey", "RetireGrant", "CreateGrant"];
        let other = dice.pick(&other).copied().unwrap_or("DescribeKey");
        match dice.below(12) {
            0 => set(&mut body, "Operations", json!([other])),
            1 => {}
            _ => set(&mut body, "Operations", json!([first, other])),
        }
    }
    match dice.below(6) {
        0 => set(
            &mut body,
            "Constraints",
            json!({ "EncryptionContextEquals": {"purpose": "test"} }),
        ),
        1 => set(
            &mut body,
            "Constraints",
            json!({ "EncryptionContextSubset": {"stage": "2"} }),
        ),
        2 => set(&mut body, "Constraints", json!({})),
        _ => leave_out(&mut body, "Constraints"),
    }
    match dice.chance(40) {
        true => set(&mut body, "Name", json!(format!("grant-{}", dice.below(2)))),
        false => leave_out(&mut body, "Name"),
    }
    body
}

/// A grant that there is, by its key and id or by a token.
pub(super) fn of_grant(
    dice: &mut Dice,
    draft: &Draft<'_>,
    operation: &dyn AnyOperation,
) -> Option<Value> {
    let state = draft.state()?;
    let grants = draft.in_order(state.grants.keys());
    let id = dice.pick(&grants).filter(|_| dice.chance(85))?;
    let grant = state.grants.get(*id)?;
    let mut body = json!({ "KeyId": draft.name(&grant.key), "GrantId": draft.name(id) });
    if operation.name() == "RetireGrant" && dice.chance(40) {
        let mut tokens = state.grant_tokens.iter();
        let (token, _) = tokens.find(|(_, of)| *of == *id)?;
        body = json!({ "GrantToken": draft.name(token) });
    }
    if dice.chance(5) {
        set(&mut body, "DryRun", json!(true));
    }
    Some(body)
}

/// The grants of a key that has some, filtered now and then.
pub(super) fn list_grants(
    dice: &mut Dice,
    draft: &Draft<'_>,
    operation: &dyn AnyOperation,
) -> Option<Value> {
    let state = draft.state()?;
    let grants = draft.in_order(state.grants.keys());
    let grant = state
        .grants
        .get(*dice.pick(&grants).filter(|_| dice.chance(85))?)?;
    let mut body = each_member(dice, draft, operation);
    set(&mut body, "KeyId", draft.name(&grant.key));
    leave_out(&mut body, "GrantId");
    leave_out(&mut body, "GranteePrincipal");
    match dice.below(4) {
        0 => set(&mut body, "GrantId", draft.name(&grant.id)),
        1 => set(&mut body, "GranteePrincipal", draft.name(&grant.grantee)),
        _ => {}
    }
    Some(body)
}
