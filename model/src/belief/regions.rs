//! What a belief is told rather than shown: the Region that it looks at, and what is there already.

use super::Belief;
use serde_json::Value;

impl Belief {
    /// Brings another Region to the front of every state: what is observed from here on happens there.
    pub fn turn_to(&mut self, region: &str) {
        self.states
            .iter_mut()
            .for_each(|state| state.turn_to(region));
    }

    /// Believes in a connected key store and its cluster, as somebody described them.
    pub fn attach(&mut self, store: &Value, cluster: &Value) {
        for state in &mut self.states {
            state.attach(store, cluster);
        }
    }
}
