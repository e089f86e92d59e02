//! The emulator's clock: a real or a fixed one, and what was added to it.

use kms_conformance_model::time::Millis;
use std::time::{SystemTime, UNIX_EPOCH};

/// Where the time comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The clock of the system.
    Real,
    /// A clock that stands still, in milliseconds since the Unix epoch.
    Fixed(Millis),
}

impl Clock {
    /// Milliseconds since the Unix epoch.
    pub fn now(self) -> Millis {
        match self {
            Clock::Fixed(now) => now,
            Clock::Real => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .ok()
                .and_then(|age| Millis::try_from(age.as_millis()).ok())
                .unwrap_or_default(),
        }
    }
}
