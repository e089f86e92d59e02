//! Moments as CloudTrail writes them.

use kms_conformance_model::time::{DAY, Millis, civil};

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// When an event happened, as in `2021-10-21T20:17:32Z`.
pub(super) fn of_event(moment: Millis) -> String {
    let (year, month, day) = civil(moment.div_euclid(DAY));
    let (hour, minute, second) = time_of_day(moment);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// A date inside requests and responses, as in `Oct 14, 2021, 5:39:50 PM`.
pub(super) fn inside(moment: Millis) -> String {
    let (year, month, day) = civil(moment.div_euclid(DAY));
    let (hour, minute, second) = time_of_day(moment);
    let half = if hour < 12 { "AM" } else { "PM" };
    let hour = (hour + 11) % 12 + 1;
    let index = usize::try_from(month).unwrap_or_default().wrapping_sub(1);
    let month = MONTHS.get(index).copied().unwrap_or_default();
    format!("{month} {day}, {year}, {hour}:{minute:02}:{second:02} {half}")
}

fn time_of_day(moment: Millis) -> (Millis, Millis, Millis) {
    let seconds = moment.rem_euclid(DAY) / 1_000;
    (seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_two_ways() {
        let moment = 1_634_233_190_123;
        assert_eq!(of_event(moment), "2021-10-14T17:39:50Z");
        assert_eq!(inside(moment), "Oct 14, 2021, 5:39:50 PM");
    }

    #[test]
    fn midnight_and_noon_are_twelve() {
        assert_eq!(inside(0), "Jan 1, 1970, 12:00:00 AM");
        assert_eq!(inside(DAY / 2), "Jan 1, 1970, 12:00:00 PM");
    }
}
