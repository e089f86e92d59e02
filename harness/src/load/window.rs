//! The time that is measured: what comes before it is warm-up.

use std::time::Duration;
use tokio::time::Instant;

/// The time that is measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    /// When requests begin.
    pub(super) start: Instant,
    /// When they begin to count.
    pub(super) from: Instant,
    /// When they end.
    pub(super) to: Instant,
}

impl Window {
    /// One that begins now.
    pub(super) fn now(warm_up: Duration, duration: Duration) -> Window {
        let start = Instant::now();
        let from = start + warm_up;
        Window {
            start,
            from,
            to: from + duration,
        }
    }

    /// Whether a moment counts.
    pub(super) fn counts(&self, moment: Instant) -> bool {
        self.from <= moment && moment < self.to
    }

    /// How long it is, in seconds.
    pub(super) fn seconds(&self) -> f64 {
        (self.to - self.from).as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warm_up_and_what_comes_after_do_not_count() {
        let second = Duration::from_secs(1);
        let window = Window::now(second, 2 * second);
        assert!(!window.counts(window.start));
        assert!(window.counts(window.start + second));
        assert!(!window.counts(window.start + 3 * second));
        assert!((window.seconds() - 2.0).abs() < 1e-9);
    }
}
