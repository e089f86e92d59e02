//! Breaking a request on purpose: values just beyond a limit, malformed, of the wrong type, absent.

use super::dice::Dice;
use kms_conformance_model::{Member, Shape};
use serde_json::{Value, json};

/// Breaks one member of `body`, chosen at random: half the time one that is there.
pub(crate) fn break_one(dice: &mut Dice, members: &[Member], body: &mut Value) {
    let Value::Object(given) = body else { return };
    let present: Vec<&Member> = members
        .iter()
        .filter(|member| given.contains_key(member.name))
        .collect();
    let all: Vec<&Member> = members.iter().collect();
    let from = if dice.chance(60) && !present.is_empty() {
        present
    } else {
        all
    };
    let Some(member) = dice.pick(&from).copied() else {
        return;
    };
    if dice.chance(12) {
        given.remove(member.name);
        return;
    }
    // A list may say the same thing twice.
    if let Some(Value::Array(entries)) = given.get_mut(member.name)
        && let Some(entry) = dice.pick(entries).cloned()
        && dice.chance(35)
    {
        entries.push(entry);
        return;
    }
    let value = match dice.chance(15) {
        true => wrong_type(&member.shape),
        false => beyond(dice, &member.shape),
    };
    given.insert(member.name.to_owned(), value);
}

/// A value of another JSON type than the shape wants.
fn wrong_type(shape: &Shape) -> Value {
    match shape {
        Shape::Text { .. } | Shape::Choice(_) => json!(42),
        Shape::Whole { .. } | Shape::Date => json!("twelve"),
        Shape::Flag => json!("yes"),
        Shape::Blob { .. } => json!("not base64!"),
        Shape::List { .. } => json!({}),
        Shape::Map { .. } | Shape::Structure(_) => json!([1]),
    }
}

/// A value at a limit of the shape, or one beyond it.
fn beyond(dice: &mut Dice, shape: &Shape) -> Value {
    match shape {
        Shape::Text { min, max, pattern } => {
            let longest = max.unwrap_or(64);
            let lengths = [min.saturating_sub(1), *min, longest, longest + 1];
            let length = dice.pick(&lengths).copied().unwrap_or(1);
            match pattern {
                Some(_) if dice.chance(50) => json!("\u{2603} does not match"),
                _ => json!({ "$text": ["a", length] }),
            }
        }
        Shape::Choice(_) => json!("NO_SUCH_VALUE"),
        Shape::Whole { min, max } => {
            let numbers = [min - 1, *min, *max, max + 1];
            json!(dice.pick(&numbers).copied().unwrap_or(0))
        }
        Shape::Blob { min, max } => {
            let lengths = [min.saturating_sub(1), *min, *max, max + 1];
            json!({ "$bytes": [7, dice.pick(&lengths).copied().unwrap_or(1)] })
        }
        Shape::List { of, min, max } => {
            let most = max.unwrap_or(60);
            let lengths = [min.saturating_sub(1), most, most + 1];
            let length = dice.pick(&lengths).copied().unwrap_or(0);
            match dice.chance(50) {
                true => Value::Array(vec![beyond(dice, of)]),
                false => (0..length).map(|index| plain(of, index)).collect(),
            }
        }
        Shape::Map { value, max, .. } => match dice.chance(50) {
            true => json!({ "a": wrong_type(value) }),
            false => {
                let most = max.unwrap_or(8) + 1;
                (0..most)
                    .map(|index| (format!("k{index}"), plain(value, index)))
                    .collect()
            }
        },
        Shape::Structure(members) => {
            let mut body = plain(shape, 0);
            break_one(dice, members, &mut body);
            body
        }
        Shape::Flag => json!(null),
        Shape::Date => json!(-1),
    }
}

/// `body` with one member broken, once for each member and each way to break it.
pub(crate) fn broken_in_each_way(members: &[Member], body: &Value) -> Vec<Value> {
    let Value::Object(given) = body else {
        return Vec::new();
    };
    let mut broken = Vec::new();
    for member in members {
        let mut with = |value: Option<Value>| {
            let mut body = given.clone();
            match value {
                Some(value) => body.insert(member.name.to_owned(), value),
                None => body.remove(member.name),
            };
            broken.push(Value::Object(body));
        };
        if member.required {
            with(None);
        }
        with(Some(wrong_type(&member.shape)));
        for value in each_beyond(&member.shape) {
            with(Some(value));
        }
    }
    broken
}

/// Values of the right type that break each constraint of the shape, one at a time where they can.
fn each_beyond(shape: &Shape) -> Vec<Value> {
    match shape {
        Shape::Text { min, max, pattern } => {
            let mut values = Vec::new();
            if *min > 0 {
                values.push(json!({ "$text": ["a", min - 1] }));
            }
            values.extend(max.map(|max| json!({ "$text": ["a", max + 1] })));
            if pattern.is_some() {
                let filler = "!".repeat(min.saturating_sub(1));
                values.push(json!(format!("\u{2603}{filler}")));
            }
            values
        }
        Shape::Choice(_) => vec![json!("NO_SUCH_VALUE")],
        Shape::Whole { min, max } => vec![json!(min - 1), json!(max.saturating_add(1))],
        Shape::Blob { min, max } => {
            let short = (*min > 0).then(|| json!({ "$bytes": [7, min - 1] }));
            let long = json!({ "$bytes": [7, max + 1] });
            short.into_iter().chain([long]).collect()
        }
        Shape::List { of, min, max } => {
            let entries = |length: usize| -> Value { (0..length).map(|n| plain(of, n)).collect() };
            let short = (*min > 0).then(|| entries(min - 1));
            let long = max.map(|max| entries(max + 1));
            let inside = each_beyond(of).into_iter().map(|value| json!([value]));
            short.into_iter().chain(long).chain(inside).collect()
        }
        Shape::Map { key, value, max } => {
            let many = max.map(|max| {
                (0..=max)
                    .map(|n| (format!("k{n}"), plain(value, n)))
                    .collect()
            });
            let inside = each_beyond(value)
                .into_iter()
                .map(|value| json!({ "a": value }));
            let keys = match key {
                Shape::Text { max: Some(max), .. } => vec!["a".repeat(max + 1)],
                Shape::Text {
                    pattern: Some(_), ..
                } => vec!["\u{2603}".to_owned()],
                _ => Vec::new(),
            };
            let keys = keys.into_iter().map(|key| json!({ key: plain(value, 0) }));
            many.into_iter().chain(inside).chain(keys).collect()
        }
        Shape::Structure(members) => broken_in_each_way(members, &plain(shape, 0)),
        Shape::Flag | Shape::Date => Vec::new(),
    }
}

/// A value that meets the limits of the shape, without any meaning.
pub(crate) fn plain(shape: &Shape, index: usize) -> Value {
    match shape {
        Shape::Text { min, .. } => {
            let text = format!("a{index}");
            json!(format!(
                "{text}{}",
                "a".repeat(min.saturating_sub(text.len()))
            ))
        }
        Shape::Choice(allowed) => json!(allowed.first().copied().unwrap_or_default()),
        Shape::Whole { min, .. } => json!(min),
        Shape::Blob { min, .. } => json!({ "$bytes": [7, (*min).max(1)] }),
        Shape::List { of, min, .. } => (0..(*min).max(1)).map(|index| plain(of, index)).collect(),
        Shape::Map { value, .. } => json!({ "a": plain(value, 0) }),
        Shape::Structure(members) => members
            .iter()
            .map(|member| (member.name.to_owned(), plain(&member.shape, index)))
            .collect(),
        Shape::Flag => json!(true),
        Shape::Date => json!(1_700_000_000),
    }
}
