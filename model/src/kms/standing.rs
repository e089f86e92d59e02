//! How certain it is that a key is still there, which decides how lists may show it.

use crate::drift::{closure, waiting};
use crate::resource::Resource;
use crate::state::State;

impl State {
    /// Whether the key is certain to be there; `None` where it is certain to be gone. What belongs to a
    /// key that is surely there must be listed, and what belongs to one that may be gone by now, or that
    /// nothing is expected of any more, may be.
    pub(crate) fn certainty_of(&self, key: &str) -> Option<bool> {
        let resource = Resource::Key(key.to_owned());
        if self.distrusted.contains(&resource) {
            return Some(false);
        }
        if waiting(self, &resource).is_none() {
            return self.keys.contains_key(key).then_some(true);
        }
        let options = closure(self, &resource);
        let there = options
            .iter()
            .filter(|option| option.keys.contains_key(key))
            .count();
        (there > 0).then_some(there == options.len())
    }

    /// Whether a list must show what belongs to this key.
    pub(crate) fn is_certain(&self, key: &str) -> bool {
        self.certainty_of(key) == Some(true)
    }
}
