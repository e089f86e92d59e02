//! Times as the model sees them: numbers that somebody else reads off a clock.

/// Milliseconds: a span, or a moment counted from the Unix epoch.
pub type Millis = i64;

/// One second.
pub const SECOND: Millis = 1_000;
/// One minute.
pub const MINUTE: Millis = 60 * SECOND;
/// One hour.
pub const HOUR: Millis = 60 * MINUTE;
/// One day.
pub const DAY: Millis = 24 * HOUR;

/// A moment as the wire writes it: epoch seconds with a fraction.
pub fn epoch_seconds(moment: Millis) -> f64 {
    moment as f64 / 1_000.0
}

/// A moment read from the wire.
pub fn from_epoch_seconds(seconds: f64) -> Millis {
    (seconds * 1_000.0).round() as Millis
}
