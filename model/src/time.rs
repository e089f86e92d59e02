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

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar. Counting years
/// from March puts the leap day at the end of a year, and 400 years always have 146097 days.
pub fn civil(day: i64) -> (i64, i64, i64) {
    let from_march_0000 = day + 719_468;
    let era = from_march_0000.div_euclid(146_097);
    let of_era = from_march_0000.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = year + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_dates() {
        for (day, expected) in [
            (0, (1970, 1, 1)),
            (11_016, (2000, 2, 29)),
            (11_017, (2000, 3, 1)),
            (20_781, (2026, 11, 24)),
            (20_818, (2026, 12, 31)),
            (20_819, (2027, 1, 1)),
        ] {
            assert_eq!(civil(day), expected);
        }
    }
}
