//! Classes of values for each shape: of another type, at a valid limit, and outside the shape in each
//! way there is.

use super::dice::{Dice, matching};
use super::faults::{broken_in_each_way, plain};
use super::scenes::{proxy, vpc_service};
use kms_conformance_model::Shape;
use kms_conformance_model::shape::matches;
use serde_json::{Value, json};

/// Longer texts and blobs cost more than they teach.
const FAR: usize = 20_000;

/// How many characters beside those that a pattern allows are tried.
const MOST_NEIGHBOURS: usize = 3;

/// Values of other JSON types than the shape wants.
pub(super) fn wrong_types(shape: &Shape) -> Vec<Value> {
    match shape {
        Shape::Text { .. } | Shape::Choice(_) => {
            vec![json!(42), json!(["a"]), json!({ "a": "a" }), json!(true)]
        }
        Shape::Whole { .. } => vec![json!("twelve"), json!("12"), json!([1]), json!(true)],
        Shape::Date => vec![json!("twelve")],
        Shape::Flag => vec![json!("yes"), json!("true"), json!(1)],
        Shape::Blob { .. } => vec![json!("not base64!"), json!(42), json!([1])],
        Shape::List { .. } => vec![json!({}), json!("a"), json!(1)],
        Shape::Map { .. } | Shape::Structure(_) => vec![json!([1]), json!("a"), json!(true)],
    }
}

/// Values at the limits of the shape, which meet it.
pub(super) fn at_limits(member: &str, shape: &Shape) -> Vec<Value> {
    match shape {
        Shape::Text { min, max, pattern } => match (salted(member), *max) {
            (Some(name), Some(max)) => vec![json!({ "$sized": [name, max] })],
            (Some(_), None) => Vec::new(),
            (None, max) => [Some(*min).filter(|min| *min > 0), max]
                .into_iter()
                .flatten()
                .filter_map(|length| text_of(*pattern, length))
                .collect(),
        },
        Shape::Whole { min, max } => vec![json!(min), json!(max)],
        Shape::Blob { min, max } => vec![bytes(*min), bytes(*max)],
        Shape::List { of, min, max } => {
            let entries = |length: usize| -> Value { (0..length).map(|n| plain(of, n)).collect() };
            [Some(*min), *max]
                .into_iter()
                .flatten()
                .map(entries)
                .collect()
        }
        Shape::Map { .. } => vec![json!({})],
        Shape::Choice(all) => [all.first(), all.last()]
            .into_iter()
            .flatten()
            .map(|value| json!(value))
            .collect(),
        Shape::Flag => vec![json!(true), json!(false)],
        Shape::Structure(_) | Shape::Date => Vec::new(),
    }
}

/// Values of the right type that are outside the shape, one of each class.
pub(super) fn outside(member: &str, shape: &Shape) -> Vec<Value> {
    match shape {
        Shape::Text { min, max, pattern } => {
            let mut values = lengths(member, *min, *max, *pattern);
            values.extend(pattern.iter().flat_map(|pattern| match salted(member) {
                Some(name) => around(&name),
                None => inside(pattern, *min, max.unwrap_or(FAR)),
            }));
            values
        }
        Shape::Choice(all) => {
            let first = all.first().copied().unwrap_or_default();
            let wrong = [
                "NO_SUCH_VALUE".to_owned(),
                String::new(),
                swapped_case(first),
                format!("{first} "),
                first.chars().skip(1).collect(),
            ];
            let wrong = wrong
                .into_iter()
                .filter(|text| !all.contains(&text.as_str()));
            wrong.map(Value::from).collect()
        }
        Shape::Whole { min, max } => {
            let numbers = [min - 1, max.saturating_add(1), 0, -1, i64::from(i32::MAX)];
            let mut wrong: Vec<i64> = Vec::new();
            for number in numbers {
                if !(*min..=*max).contains(&number) && !wrong.contains(&number) {
                    wrong.push(number);
                }
            }
            wrong.into_iter().map(Value::from).collect()
        }
        Shape::Blob { min, max } => {
            let short = min.checked_sub(1).map(bytes);
            let far = (2 * max < FAR).then(|| bytes(2 * max));
            short
                .into_iter()
                .chain([bytes(max + 1)])
                .chain(far)
                .collect()
        }
        Shape::List { of, min, max } => {
            let entries = |length: usize| -> Value { (0..length).map(|n| plain(of, n)).collect() };
            let short = min.checked_sub(1).map(entries);
            let long = max.map(|max| entries(max + 1));
            let within = outside("", of).into_iter().map(|value| json!([value]));
            let behind = outside("", of).into_iter().next();
            let behind = behind.map(|value| json!([plain(of, 0), value]));
            short
                .into_iter()
                .chain(long)
                .chain(within)
                .chain(behind)
                .collect()
        }
        Shape::Map { key, value, max } => outside_map(key, value, *max),
        Shape::Structure(members) => broken_in_each_way(members, &plain(shape, 0)),
        Shape::Flag | Shape::Date => Vec::new(),
    }
}

fn outside_map(key: &Shape, value: &Shape, max: Option<usize>) -> Vec<Value> {
    let many = max.map(|max| {
        (0..=max)
            .map(|n| (format!("k{n}"), plain(value, n)))
            .collect()
    });
    let types = wrong_types(value).into_iter().take(2);
    let values = types.chain(outside("", value));
    let values = values.map(|value| json!({ "a": value }));
    let keys = match key {
        Shape::Text { max: Some(max), .. } => vec!["a".repeat(max + 1)],
        Shape::Text {
            pattern: Some(_), ..
        } => vec!["\u{2603}".to_owned(), "a ".to_owned()],
        _ => Vec::new(),
    };
    let keys = keys.into_iter().map(|key| json!({ key: plain(value, 0) }));
    many.into_iter().chain(values).chain(keys).collect()
}

/// Texts that are too short, too long by one and far too long.
fn lengths(
    member: &str,
    min: usize,
    max: Option<usize>,
    pattern: Option<&'static str>,
) -> Vec<Value> {
    let short = min.checked_sub(1);
    let short = short.map(|length| json!({ "$text": ["a", length] }));
    let long = max.into_iter().flat_map(|max| {
        let far = (2 * max).min(FAR).max(max + 2);
        [max + 1, far].map(|length| match salted(member) {
            Some(name) => json!({ "$sized": [name, length] }),
            None => {
                let text = pattern.and_then(|pattern| example(pattern, min, max));
                let last = text.and_then(|text| text.chars().last()).unwrap_or('a');
                json!({ "$text": [last, length] })
            }
        })
    });
    short.into_iter().chain(long).collect()
}

/// What only one plan may hold: a name that is new to an account, as a reference.
fn salted(member: &str) -> Option<Value> {
    match member {
        "AliasName" => Some(json!({ "$concat": ["alias/", {"$name": "broken"}] })),
        "CustomKeyStoreName" | "NewCustomKeyStoreName" => Some(json!({ "$name": "broken" })),
        "XksProxyUriEndpoint" => Some(proxy(7)),
        "XksProxyUriPath" => Some(json!({ "$concat": ["/", {"$name": "broken"}, "/kms/xks/v1"] })),
        "XksProxyVpcEndpointServiceName" => Some(vpc_service(7)),
        _ => None,
    }
}

/// A name with something before, in and behind it that no name has.
fn around(name: &Value) -> Vec<Value> {
    [
        json!(["\u{2603}", name]),
        json!([name, "\u{2603}", "x"]),
        json!([name, "\u{e9}"]),
        json!([name, " "]),
        json!([" ", name]),
        json!([name, "\n"]),
        json!([name, "!"]),
        json!([name, "@x"]),
    ]
    .into_iter()
    .map(|parts| json!({ "$concat": parts }))
    .collect()
}

/// A text that matches a pattern, with its first, middle and last character replaced, with spaces and a
/// line end around it, and with characters that are next to those that the pattern allows.
fn inside(pattern: &'static str, min: usize, max: usize) -> Vec<Value> {
    let Some(text) = example(pattern, min, max) else {
        return vec![json!("\u{2603}")];
    };
    let letters: Vec<char> = text.chars().collect();
    let with = |place: usize, new: char| -> String {
        let letters = letters.iter().enumerate();
        letters
            .map(|(at, old)| if at == place { new } else { *old })
            .collect()
    };
    let (middle, last) = (letters.len() / 2, letters.len().saturating_sub(1));
    let mut wrong = Vec::new();
    for place in [0, middle, last] {
        let mut strange = ['!', '\u{e9}', '\u{2603}'].into_iter();
        wrong.extend(strange.find_map(|new| {
            let text = with(place, new);
            (!matches(pattern, &text)).then_some(text)
        }));
    }
    let allowed = |letter: u8| matches(pattern, &with(middle, char::from(letter)));
    let near = (b' '..=b'~').filter(|letter| {
        !allowed(*letter) && (allowed(letter.saturating_sub(1)) || allowed(letter + 1))
    });
    wrong.extend(
        near.take(MOST_NEIGHBOURS)
            .map(|letter| with(middle, char::from(letter))),
    );
    wrong.extend([
        format!("{text}\n"),
        format!(" {text}"),
        format!("{text} "),
        with(middle, '\u{2603}'),
        swapped_case(&text),
    ]);
    let mut values: Vec<Value> = Vec::new();
    for text in wrong {
        if !matches(pattern, &text) && !values.iter().any(|known| *known == text.as_str()) {
            values.push(json!(text));
        }
    }
    values
}

/// A text of this length that matches, where one is easily found.
fn text_of(pattern: Option<&'static str>, length: usize) -> Option<Value> {
    let plain = json!({ "$text": ["a", length] });
    let Some(pattern) = pattern else {
        return Some(plain);
    };
    if matches(pattern, &"a".repeat(length)) {
        return Some(plain);
    }
    let text = example(pattern, length, length)?;
    Some(json!(text))
}

/// A text that matches a pattern and is as long as it must be, and long enough to have a middle where
/// it may be.
fn example(pattern: &'static str, min: usize, max: usize) -> Option<String> {
    let wanted = min.max(3).min(max);
    let fits = |text: &String| {
        let length = text.chars().count();
        (wanted..=max).contains(&length) && matches(pattern, text)
    };
    let usual = ["a", "A", "1"].map(|letter| letter.repeat(wanted));
    let drawn = (0..20).filter_map(|seed| {
        let mut text = Dice::new(seed).draw(&matching(pattern)?);
        // Most patterns go on as they end.
        let last = text.chars().last()?;
        while text.chars().count() < wanted {
            text.push(last);
        }
        Some(text)
    });
    usual.into_iter().chain(drawn).find(fits)
}

fn bytes(length: usize) -> Value {
    json!({ "$bytes": [7, length] })
}

fn swapped_case(text: &str) -> String {
    let swapped = |letter: char| match letter.is_ascii_lowercase() {
        true => letter.to_ascii_uppercase(),
        false => letter.to_ascii_lowercase(),
    };
    text.chars().map(swapped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kms_conformance_model::catalog;

    #[test]
    fn what_is_outside_breaks_the_pattern_at_each_end_and_in_the_middle() {
        let shape = Shape::pattern(1, 8, "^[a-c]+$");
        let values = outside("PolicyName", &shape);
        for wrong in [
            "!aa", "a!a", "aa!", "aaa\n", " aaa", "aaa ", "a`a", "ada", "AAA",
        ] {
            assert!(values.contains(&json!(wrong)), "{wrong:?} in {values:?}");
        }
        for length in [0, 9, 16] {
            assert!(
                values.contains(&json!({ "$text": ["a", length] })),
                "{values:?}"
            );
        }
    }

    #[test]
    fn names_that_must_be_new_are_salted() {
        let shape = Shape::pattern(1, 256, "^[a-zA-Z0-9:/_-]+$");
        let values = outside("AliasName", &shape).into_iter();
        for value in values.chain(at_limits("AliasName", &shape)) {
            let empty = value == json!({ "$text": ["a", 0] });
            assert!(empty || value.to_string().contains("$name"), "{value}");
        }
    }

    #[test]
    fn every_pattern_has_an_example() {
        let mut without = Vec::new();
        for member in catalog::operations().flat_map(|operation| operation.members()) {
            if let Shape::Text {
                min,
                max,
                pattern: Some(pattern),
            } = member.shape
                && salted(member.name).is_none()
                && example(pattern, min, max.unwrap_or(FAR)).is_none()
            {
                without.push(member.name);
            }
        }
        without.dedup();
        assert_eq!(without, Vec::<&str>::new());
    }
}
