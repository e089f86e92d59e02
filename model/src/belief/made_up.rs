//! What a belief is told that the plan made up by itself.

use super::Belief;
use crate::state::{MadeUp, Wrapped};
use std::collections::BTreeMap;

impl Belief {
    /// Learns what the plan made up, altered or encrypted by itself: whoever else uses the account,
    /// the judge knows what that is.
    pub fn learn_made_up(&mut self, made: &MadeUp) {
        for state in &mut self.states {
            state.learn_made_up(made);
        }
    }

    /// Learns what is inside wrapped key material, by its base64. Where texts stand for secrets, what is
    /// inside a ciphertext that the plan made with the public key of a KMS key is known by its length
    /// alone.
    pub fn learn_wrapped(&mut self, wrapped: &BTreeMap<String, Wrapped>) {
        for state in &mut self.states {
            if state.wrapped.len() < wrapped.len() {
                let new = wrapped.iter();
                let new = new.map(|(base64, known)| (base64.clone(), known.clone()));
                state.wrapped.extend(new);
            }
            if self.terms.stand_ins {
                state.learn_hidden(wrapped);
            }
        }
    }
}
