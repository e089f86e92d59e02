//! The day on which a ledger is written.

use kms_conformance_model::time::{DAY, Millis, civil};
use kms_conformance_targets::Clock;

/// Today in UTC, as in 2026-11-24.
pub fn today() -> String {
    date(Clock::Real.now())
}

fn date(moment: Millis) -> String {
    let (year, month, day) = civil(moment.div_euclid(DAY));
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_dates() {
        for (day, expected) in [
            (0, "1970-01-01"),
            (11_016, "2000-02-29"),
            (11_017, "2000-03-01"),
            (20_781, "2026-11-24"),
            (20_818, "2026-12-31"),
            (20_819, "2027-01-01"),
        ] {
            assert_eq!(date(day * DAY), expected);
        }
    }
}
