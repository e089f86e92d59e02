//! The emulator's side of `/_outside`.

use super::{Emulator, materials};
use crate::outside::{OutsideCall, OutsideError};
use kms_conformance_model::time::Millis;
use kms_conformance_model::{OutsideAction, State};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn outside(emulator: &Emulator, call: &OutsideCall) -> Result<Value, OutsideError> {
    match call {
        OutsideCall::Act(action) => act(emulator, action),
        OutsideCall::Advance { milliseconds } => advance(emulator, *milliseconds),
        OutsideCall::Reset => Ok(reset(emulator)),
        OutsideCall::HsmKeys { cluster } => hsm_keys(emulator, cluster),
        OutsideCall::Subnets => Ok(subnets(&emulator.state())),
        OutsideCall::Clock => Ok(clock(&emulator.state())),
        OutsideCall::Injected => {
            let reason = "nothing goes wrong on purpose here".to_owned();
            Err(OutsideError::Impossible(reason))
        }
    }
}

fn act(emulator: &Emulator, action: &OutsideAction) -> Result<Value, OutsideError> {
    let turn = emulator.turn();
    let mut next = State::clone(&turn.state);
    action
        .act(&mut next)
        .map_err(|impossible| OutsideError::Impossible(impossible.0))?;
    turn.end(next);
    Ok(json!({}))
}

fn advance(emulator: &Emulator, by: Millis) -> Result<Value, OutsideError> {
    if by < 0 {
        let reason = "the clock goes only forward".to_owned();
        return Err(OutsideError::Impossible(reason));
    }
    let turn = emulator.turn();
    emulator.held.hands.advance(by);
    drop(turn);
    Ok(clock(&emulator.state()))
}

fn reset(emulator: &Emulator) -> Value {
    emulator.turn().reset(&emulator.config);
    emulator.proxies.forget();
    json!({})
}

fn hsm_keys(emulator: &Emulator, id: &str) -> Result<Value, OutsideError> {
    // After a turn, so that the material is gone of keys that are.
    let state = Arc::clone(&emulator.turn().state);
    let regions = std::iter::once(state.as_ref());
    let mut regions = regions.chain(state.elsewhere.values().map(AsRef::as_ref));
    let Some(cluster) = regions.find_map(|region| region.clusters.get(id)) else {
        return Err(OutsideError::Impossible(format!(
            "there is no cluster {id}"
        )));
    };
    let keys: Vec<Value> = cluster
        .keys
        .iter()
        .map(|label| {
            json!({
                "label": label,
                "class": "AES",
                "length": 256,
                "persistent": true,
                "extractable": false,
                "check_value": emulator.vault.check_value(materials::key_of(label)),
            })
        })
        .collect();
    Ok(json!({ "keys": keys }))
}

fn subnets(state: &State) -> Value {
    let subnets: Vec<Value> = state
        .outside
        .subnets
        .iter()
        .filter(|(_, subnet)| !subnet.deleted)
        .map(|(id, subnet)| json!({"id": id, "zone": subnet.zone, "vpc": subnet.vpc}))
        .collect();
    json!({ "subnets": subnets })
}

fn clock(state: &State) -> Value {
    json!({ "now": state.now })
}
