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
