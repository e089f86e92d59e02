//! Breaking a request on purpose: values at and beyond a limit, malformed, of the wrong type, absent.

use super::classes::{at_limits, outside, wrong_types};
use super::dice::Dice;
use kms_conformance_model::{Member, Shape};
use serde_json::{Map, Value, json};

/// Breaks one member of `body`, chosen at random: more often one that is there.
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
    let values = match dice.below(100) {
        0..=17 => wrong_types(&member.shape),
        18..=37 => at_limits(member.name, &member.shape),
        _ => outside(member.name, &member.shape),
    };
    let value = dice.pick(&values).cloned().unwrap_or(Value::Null);
    given.insert(member.name.to_owned(), value);
}

/// A member, and the value that it is given; `None` where it is left out.
pub(crate) type Change = (&'static str, Option<Value>);

/// Every way to break one of the members: it is left out, of another type, outside its shape, and, since
/// that is no mistake, null where it is optional, and at its limits.
pub(crate) fn changes(members: &[Member]) -> Vec<Change> {
    let mut all = Vec::new();
    for (nth, member) in members.iter().enumerate() {
        if member.required {
            all.push((member.name, None));
        }
        all.push((member.name, Some(Value::Null)));
        // Two other types for each member, and all of them over several members.
        let types = wrong_types(&member.shape);
        let types = types.iter().cycle().skip(nth).take(types.len().min(2));
        let values = types
            .cloned()
            .chain(outside(member.name, &member.shape))
            .chain(at_limits(member.name, &member.shape));
        all.extend(values.map(|value| (member.name, Some(value))));
    }
    all
}

/// `body` with a member changed.
pub(crate) fn changed(body: &Map<String, Value>, (name, value): &Change) -> Value {
    let mut body = body.clone();
    match value {
        Some(value) => body.insert((*name).to_owned(), value.clone()),
        None => body.remove(*name),
    };
    Value::Object(body)
}

/// `body` with one member broken, once for each member and each way to break it.
pub(crate) fn broken_in_each_way(members: &[Member], body: &Value) -> Vec<Value> {
    let Value::Object(given) = body else {
        return Vec::new();
    };
    let changes = changes(members);
    changes
        .iter()
        .map(|change| changed(given, change))
        .collect()
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
