//! The emulator's clock: a real or a fixed one, and what was added to it.

use kms_conformance_model::time::Millis;
use std::sync::atomic::{AtomicI64, Ordering};
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

/// A clock that can be put forward and never goes back, even where that of the system does.
#[derive(Debug)]
pub(super) struct Hands {
    clock: Clock,
    added: AtomicI64,
    latest: AtomicI64,
}

impl Hands {
    pub(super) fn new(clock: Clock) -> Hands {
        Hands {
            clock,
            added: AtomicI64::new(0),
            latest: AtomicI64::new(0),
        }
    }

    /// Milliseconds since the Unix epoch.
    pub(super) fn now(&self) -> Millis {
        let added = self.added.load(Ordering::Acquire);
        let now = self.clock.now().saturating_add(added);
        self.latest.fetch_max(now, Ordering::AcqRel).max(now)
    }

    /// Puts it forward by this many milliseconds.
    pub(super) fn advance(&self, by: Millis) {
        let added = self.added.load(Ordering::Acquire);
        self.added
            .store(added.saturating_add(by), Ordering::Release);
    }

    /// Sets it right.
    pub(super) fn reset(&self) {
        self.added.store(0, Ordering::Release);
        self.latest.store(0, Ordering::Release);
    }
}
