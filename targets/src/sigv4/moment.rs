//! The moment of a request, as its headers write it.

use super::refusal::Refusal;
use super::verify::Seen;
use crate::http::basic_date;
use kms_conformance_model::time::{DAY, HOUR, MINUTE, Millis, SECOND};

/// A moment as the string to sign has it, `20150830T123600Z`, and in milliseconds since the Unix
/// epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    pub text: String,
    pub millis: Millis,
}

/// The moment of a request: `X-Amz-Date`, or where there is none `Date`.
pub(super) fn of(seen: &Seen<'_>) -> Result<Moment, Refusal> {
    let written = seen.value("x-amz-date").or_else(|| seen.value("date"));
    let written = written.ok_or(Refusal::Incomplete(vec!["Date"]))?.trim();
    let millis = basic(written).or_else(|| http_date(written));
    let millis = millis.ok_or_else(|| Refusal::MalformedDate(written.to_owned()))?;
    Ok(Moment {
        text: basic_date(millis),
        millis,
    })
}

/// A moment in the basic format of ISO 8601.
pub(super) fn basic(text: &str) -> Option<Millis> {
    let has_form = text.len() == 16
        && text.bytes().enumerate().all(|(place, byte)| match place {
            8 => byte == b'T',
            15 => byte == b'Z',
            _ => byte.is_ascii_digit(),
        });
    let number = |from: usize, to: usize| -> Option<i64> { text.get(from..to)?.parse().ok() };
    if !has_form {
        return None;
    }
    let day = day(number(0, 4)?, number(4, 6)?, number(6, 8)?);
    let time = number(9, 11)? * HOUR + number(11, 13)? * MINUTE + number(13, 15)? * SECOND;
    // What is no moment, such as one on the 31st of June, would be written as another.
    Some(day * DAY + time).filter(|millis| basic_date(*millis) == text)
}

/// A moment as the `Date` header of HTTP writes it: `Sun, 30 Aug 2015 12:36:00 GMT`.
fn http_date(text: &str) -> Option<Millis> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let parts: Vec<&str> = text.split_ascii_whitespace().collect();
    let [_, of_month, month, year, time, "GMT"] = parts.as_slice() else {
        return None;
    };
    let month = MONTHS.iter().position(|name| name == month)? + 1;
    let time: String = time.split(':').collect();
    basic(&format!("{year}{month:02}{of_month:0>2}T{time}Z"))
}

/// A day of the Gregorian calendar, counted from 1970-01-01. Counting years from March puts the leap
/// day at the end of a year, and 400 years always have 146097 days.
fn day(year: i64, month: i64, of_month: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let from_march = (month + 9) % 12;
    let of_year = (153 * from_march + 2) / 5 + of_month - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, value: &str) -> Result<Moment, Refusal> {
        let headers = [(name.to_owned(), value.to_owned())];
        of(&Seen {
            method: "POST",
            path: "/",
            query: "",
            headers: &headers,
            body: b"",
        })
    }

    #[test]
    fn both_forms_give_the_same_moment() {
        let moment = Moment {
            text: "20150830T123600Z".to_owned(),
            millis: 1_440_938_160_000,
        };
        assert_eq!(read("X-Amz-Date", "20150830T123600Z"), Ok(moment.clone()));
        assert_eq!(read("date", "Sun, 30 Aug 2015 12:36:00 GMT"), Ok(moment));
    }

    #[test]
    fn moments_are_read_as_they_are_written() {
        for millis in [0, 951_782_400_000, 1_709_164_800_000, 4_102_444_799_000] {
            assert_eq!(basic(&basic_date(millis)), Some(millis));
        }
    }

    #[test]
    fn what_is_no_moment_is_malformed() {
        for wrong in [
            "",
            "2015-08-30T12:36:00Z",
            "20150830T123600",
            "20150631T123600Z",
            "20150830T250000Z",
            "+0150830T123600Z",
            "Wed, 31 Jun 2015 12:36:00 GMT",
            "Sun, 30 Foo 2015 12:36:00 GMT",
            "Sun, 30 Aug 2015 12:36:00 CET",
            "yesterday",
        ] {
            let malformed = Err(Refusal::MalformedDate(wrong.to_owned()));
            assert_eq!(read("x-amz-date", wrong), malformed);
        }
        assert_eq!(read("host", "x"), Err(Refusal::Incomplete(vec!["Date"])));
    }
}
