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

/// The day of a date in the Gregorian calendar, counted from 1970-01-01. It undoes [`civil`].
pub fn day_of(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let from_march = (month + 9) % 12;
    let of_year = (153 * from_march + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The moment of a date and time after RFC 3339; without an offset it is one in UTC. `None` for any
/// other text.
pub fn from_rfc_3339(text: &str) -> Option<Millis> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let (year, month, day) = three(date, '-')?;
    let split = time.find(['Z', 'z', '+', '-']).unwrap_or(time.len());
    let (time, zone) = time.split_at_checked(split)?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let (hour, minute, second) = three(time, ':')?;
    let fraction: f64 = format!("0.{fraction}").parse().ok()?;
    let offset = match zone.get(1..).filter(|offset| !offset.is_empty()) {
        None => 0,
        Some(offset) => {
            let (hours, minutes) = offset.split_once(':')?;
            let hours = hours
                .parse::<i64>()
                .ok()
                .filter(|it| (0..24).contains(it))?;
            let minutes = minutes
                .parse::<i64>()
                .ok()
                .filter(|it| (0..60).contains(it))?;
            let minutes = hours * 60 + minutes;
            match zone.starts_with('-') {
                true => -minutes,
                false => minutes,
            }
        }
    };
    let is_date = (1..=12).contains(&month) && (1..=31).contains(&day);
    let is_time =
        (0..24).contains(&hour) && (0..60).contains(&minute) && (0..=60).contains(&second);
    let is_year = (0..10_000).contains(&year);
    (is_year && is_date && is_time).then(|| {
        let moment = day_of(year, month, day) * DAY + hour * HOUR + (minute - offset) * MINUTE;
        moment + second * SECOND + (fraction * 1_000.0).round() as Millis
    })
}

/// Three numbers with a separator between them.
fn three(text: &str, separator: char) -> Option<(i64, i64, i64)> {
    let mut parts = text.split(separator).map(|part| part.parse().ok());
    let numbers = (parts.next()??, parts.next()??, parts.next()??);
    parts.next().is_none().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_moments() {
        for (text, moment) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2023-11-14T22:13:20.250Z", Some(1_700_000_000_250)),
            ("2023-11-14 22:13:20", Some(1_700_000_000_000)),
            ("2023-11-14T20:43:20-01:30", Some(1_700_000_000_000)),
            ("2023-13-14T20:43:20Z", None),
            ("2023-11-14", None),
            ("99999999999999999-01-01T00:00:00Z", None),
            ("2023-11-14T9223372036854775807:00:00Z", None),
            ("2023-11-14T00:00:00+9223372036854775807:00", None),
            ("2023-11-14T20:43Z", None),
            ("soon", None),
        ] {
            assert_eq!(from_rfc_3339(text), moment, "{text}");
        }
    }

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
            assert_eq!(day_of(expected.0, expected.1, expected.2), day);
        }
    }
}
