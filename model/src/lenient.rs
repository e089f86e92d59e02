//! Reading values that have not the form they should have, so that judging can go on with what they
//! say. Nothing here decides whether a form is right.

use crate::time::{Millis, from_epoch_seconds, from_rfc_3339};
use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;

const ANY_PADDING: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const PADDED_OR_NOT: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, ANY_PADDING);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, ANY_PADDING);

/// What a moment in milliseconds is at least, and one in seconds never: the year 2001 in
/// milliseconds is the year 33000 in seconds.
const LEAST_MILLIS: f64 = 1e12;

/// The bytes that a value may stand for, the likeliest first: base64 of either alphabet, padded or
/// not, with or without line breaks; hex digits; PEM; an array of numbers. Each comes once.
pub fn bytes_of(value: &Value) -> Vec<Vec<u8>> {
    let mut found: Vec<Vec<u8>> = Vec::new();
    let mut add = |bytes: Option<Vec<u8>>| {
        if let Some(bytes) = bytes
            && !found.contains(&bytes)
        {
            found.push(bytes);
        }
    };
    match value {
        Value::String(text) => {
            add(STANDARD.decode(text).ok());
            add(pem(text));
            let text: String = text.split_whitespace().collect();
            add(PADDED_OR_NOT.decode(&text).ok());
            add(URL_SAFE.decode(&text).ok());
            add(hex(&text));
            // PEM that is itself in base64.
            let inner = STANDARD.decode(&text).ok();
            add(inner.and_then(|bytes| pem(std::str::from_utf8(&bytes).ok()?)));
        }
        Value::Array(entries) => {
            let byte = |entry: &Value| entry.as_u64().and_then(|number| u8::try_from(number).ok());
            add(entries.iter().map(byte).collect());
        }
        _ => {}
    }
    found
}

/// How many bytes a value says in base64; `None` where it is none.
pub fn length_of(value: &Value) -> Option<usize> {
    Some(STANDARD.decode(value.as_str()?).ok()?.len())
}

fn pem(text: &str) -> Option<Vec<u8>> {
    let (_, after) = text.split_once("-----BEGIN ")?;
    let (_, after) = after.split_once("-----")?;
    let (inside, _) = after.split_once("-----END ")?;
    let inside: String = inside.split_whitespace().collect();
    STANDARD.decode(inside).ok()
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    let pairs = digits.chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).ok().filter(|it| it.len() == 2)?;
        u8::from_str_radix(pair, 16).ok()
    });
    match digits.is_empty() || digits.contains(&b'+') {
        true => None,
        false => pairs.collect(),
    }
}

/// The moment that a value stands for: epoch seconds or milliseconds, as a number or as a text, or a
/// date of RFC 3339. `None` for anything else, and beyond the year 33000.
pub fn moment_of(value: &Value) -> Option<Millis> {
    let number = match value {
        Value::String(text) => match text.parse::<f64>() {
            Ok(number) => number,
            Err(_) => return from_rfc_3339(text),
        },
        value => value.as_f64()?,
    };
    match number.abs() {
        size if size < LEAST_MILLIS => Some(from_epoch_seconds(number)),
        size if size < LEAST_MILLIS * 1_000.0 => Some(number.round() as Millis),
        _ => None,
    }
}

/// Whether `observed` says the same as `expected` in another form: a number or a truth value as a
/// text or the reverse, a date in another form.
pub fn says_the_same(observed: &Value, expected: &Value) -> bool {
    match (observed, expected) {
        (Value::String(text), Value::Bool(_)) => text.eq_ignore_ascii_case(&expected.to_string()),
        (_, Value::Number(number)) => {
            let wanted = number.as_f64();
            let said = match observed {
                Value::String(text) => text.parse().ok(),
                observed => observed.as_f64(),
            };
            let near = |said: f64| wanted.is_some_and(|wanted| (said - wanted).abs() < 0.0015);
            // A small number is no date.
            let date = wanted.filter(|wanted| wanted.abs() > 1e8);
            said.is_some_and(near)
                || date.map(from_epoch_seconds).is_some_and(|date| {
                    let seconds = observed.as_f64().is_some_and(|it| it < LEAST_MILLIS);
                    // Forms without a fraction are as good as they can be.
                    let near = |moment: Millis| (moment - date).abs() < 1_000;
                    !seconds && moment_of(observed).is_some_and(near)
                })
        }
        (Value::Number(_), Value::String(text)) => {
            serde_json::from_str::<Value>(text).is_ok_and(|said| said == *observed)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn bytes_are_read_in_every_usual_form() {
        let bytes = vec![0xfb, 0xff, 0xbe, 0x01];
        for value in [
            json!("+/++AQ=="),
            json!("+/++AQ"),
            json!("-_--AQ=="),
            json!("-_--AQ"),
            json!("+/++\nAQ==\n"),
            json!("fbffbe01"),
            json!("FBFFBE01"),
            json!([0xfb, 0xff, 0xbe, 1]),
            json!("-----BEGIN PUBLIC KEY-----\n+/++\nAQ==\n-----END PUBLIC KEY-----\n"),
        ] {
            assert!(bytes_of(&value).contains(&bytes), "{value}");
        }
        for value in [json!("%"), json!(7), json!([256]), json!({})] {
            assert_eq!(bytes_of(&value), Vec::<Vec<u8>>::new(), "{value}");
        }
    }

    #[test]
    fn moments_are_read_in_every_usual_form() {
        for value in [
            json!(1_700_000_000.5),
            json!(1_700_000_000_500_i64),
            json!("1700000000.5"),
            json!("2023-11-14T22:13:20.500Z"),
            json!("2023-11-14T23:13:20.5+01:00"),
        ] {
            assert_eq!(moment_of(&value), Some(1_700_000_000_500), "{value}");
        }
        assert_eq!(moment_of(&json!("yesterday")), None);
    }

    #[test]
    fn another_form_says_the_same_and_another_value_does_not() {
        for (observed, expected) in [
            (json!("365"), json!(365)),
            (json!("true"), json!(true)),
            (json!(365), json!("365")),
            (json!("2023-11-14T22:13:20Z"), json!(1_700_000_000.25)),
            (json!(1_700_000_000_250_i64), json!(1_700_000_000.25)),
        ] {
            assert!(says_the_same(&observed, &expected), "{observed}");
        }
        for (observed, expected) in [
            (json!("366"), json!(365)),
            (json!("false"), json!(true)),
            (json!("2023-11-14T22:13:25Z"), json!(1_700_000_000.25)),
            (json!(365_000), json!(365)),
            (json!(1_700_000_000), json!(1_700_000_000.25)),
            (json!(null), json!(365)),
        ] {
            assert!(!says_the_same(&observed, &expected), "{observed}");
        }
    }
}
