//! The Region that a belief looks at.

use super::Belief;

impl Belief {
    /// Brings another Region to the front of every state: what is observed from here on happens there.
    pub fn turn_to(&mut self, region: &str) {
        self.states
            .iter_mut()
            .for_each(|state| state.turn_to(region));
    }
}
