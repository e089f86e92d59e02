//! What a belief makes of exchanges that it does not judge.

use super::distrust::{
    absorb, distrust, distrust_new, forget_unmodelled, holds_other_things, lost_success,
};
use super::{Belief, Exchange};
use crate::reading::Reading;
use crate::reply::Reply;
use crate::switches::Switches;
use serde_json::Value;

impl Belief {
    /// What keys made in a success that was not judged is real, though what of is not known.
    pub(super) fn note_unjudged(&mut self, response: &Value) {
        let members = response.as_object().into_iter().flatten();
        let made: Vec<&str> = members
            .filter(|(name, _)| {
                name.ends_with("CiphertextBlob") || matches!(name.as_str(), "Signature" | "Mac")
            })
            .filter_map(|(_, value)| value.as_str())
            .collect();
        for state in &mut self.states {
            let made = made.iter().map(|text| (*text).to_owned());
            state.unjudged.extend(made);
        }
    }

    /// What cannot be judged happened all the same, or may have where the reply was lost: what it
    /// made and changed is believed, but nothing more is expected of it.
    pub(super) fn adopt(&mut self, exchange: &Exchange<'_>) {
        let off = Switches::none();
        let Ok(call) = exchange.operation.read(exchange.body, &off) else {
            return;
        };
        for state in &mut self.states {
            let before = state.clone();
            state.now = exchange.received;
            match exchange.reply {
                Reply::Refused(_) => continue,
                _ if !call.models_success(state) => {
                    forget_unmodelled(exchange, std::slice::from_mut(state));
                    continue;
                }
                Reply::Lost(_) => {
                    let happened = lost_success(exchange, &*call, before.clone());
                    absorb(state, &happened);
                }
                Reply::Done(response) => {
                    call.succeed(state, &mut Reading::new(response), &off);
                }
            }
            if holds_other_things(state, &before) {
                distrust_new(state, &before);
                distrust(state, exchange.body);
            }
        }
    }
}
