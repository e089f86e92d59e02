//! What states may have become by themselves, and which of them need not be kept.

use super::MOST_STATES;
use crate::drift::closure_of_all;
use crate::resource::Resource;
use crate::state::State;
use serde_json::Value;

/// All that `state` may have become by what happens to these resources by themselves; cut off just
/// beyond what a belief may hold.
pub(super) fn variants(state: &State, resources: &[Resource]) -> Vec<State> {
    closure_of_all(state, resources, MOST_STATES)
}

/// The states from which all others can still come about by themselves: what may have happened
/// already may as well happen later, so nothing is lost, and beliefs stay small. The least settled
/// states come last.
pub(super) fn least_settled(states: Vec<State>, body: &Value) -> Vec<State> {
    if states.len() == 1 {
        return states;
    }
    let mut kept: Vec<State> = Vec::new();
    let mut reached: Vec<State> = Vec::new();
    for state in states.into_iter().rev() {
        if !reached.contains(&state) {
            reached.extend(variants(&state, &state.named_in(body)));
            kept.push(state);
        }
    }
    kept.reverse();
    kept
}
