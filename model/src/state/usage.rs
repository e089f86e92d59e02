//! What a key was last used for.

use super::Traced;
use crate::time::{HOUR, Millis};

/// How long it may take until a use shows.
pub const LONGEST_DELAY: Millis = HOUR;

/// A use of a key, or several of the same kind whose last one may not show yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The operation.
    pub operation: &'static str,
    /// When the first one was.
    pub from: Millis,
    /// When the last one was.
    pub at: Millis,
    /// The ids of the event and of the request that were shown for it.
    pub ids: [Option<String>; 2],
}

/// The uses of a key of which one is shown as the last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// The latest last: all that may not show yet, and the one before them.
    pub known: Vec<Traced<Use>>,
    /// Whether it may have been used in other ways too.
    pub unsure: bool,
}

impl Uses {
    /// Adds a use.
    pub(crate) fn add(&mut self, new: Traced<Use>) {
        if self.unsure {
            return;
        }
        let shown_by_now = new.value.at - LONGEST_DELAY;
        let settled = self.known.iter().rposition(|it| it.value.at < shown_by_now);
        self.known.drain(..settled.unwrap_or(0));
        let same = |it: &Traced<Use>| {
            it.value.operation == new.value.operation && it.value.at >= shown_by_now
        };
        let earlier = self.known.iter().position(same);
        let from = match earlier.map(|place| self.known.remove(place)) {
            Some(earlier) => earlier.value.from,
            None => new.value.from,
        };
        self.known.push(Traced {
            value: Use { from, ..new.value },
            by: new.by,
        });
    }

    /// Nothing is known of its uses any more.
    pub(crate) fn forget(&mut self) {
        self.known.clear();
        self.unsure = true;
    }
}
