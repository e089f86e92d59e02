//! What a belief is told that the plan made up by itself.

use super::Belief;
use crate::state::MadeUp;

impl Belief {
    /// Learns what the plan made up, altered or encrypted by itself: whoever else uses the account,
    /// the judge knows what that is.
    pub fn learn_made_up(&mut self, made: &MadeUp) {
        for state in &mut self.states {
            state.learn_made_up(made);
        }
    }
}
