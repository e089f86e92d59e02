//! Whether a response shows what it should.

use crate::lenient::says_the_same;
use serde_json::Value;

/// Whether `observed` shows everything that `expected` has. Objects may hold more, lists may come in
/// any order, and numbers may differ by the rounding of a date to milliseconds.
pub fn shows(observed: &Value, expected: &Value) -> bool {
    compared(observed, expected, &|_, _| false)
}

/// Whether `observed` shows everything that `expected` has, in whatever form.
pub(super) fn shows_somehow(observed: &Value, expected: &Value) -> bool {
    compared(observed, expected, &says_the_same)
}

/// Whether `observed` shows everything that `expected` has, or what is `as_good` in its place.
fn compared(observed: &Value, expected: &Value, as_good: &dyn Fn(&Value, &Value) -> bool) -> bool {
    match (observed, expected) {
        (Value::Object(observed), Value::Object(expected)) => {
            expected
                .iter()
                .all(|(name, value)| match observed.get(name) {
                    Some(found) => compared(found, value, as_good),
                    None => value.is_null(),
                })
        }
        (Value::Array(observed), Value::Array(expected)) => {
            let mut left: Vec<&Value> = observed.iter().collect();
            observed.len() == expected.len()
                && expected.iter().all(|value| {
                    left.iter()
                        .position(|candidate| compared(candidate, value, as_good))
                        .is_some_and(|index| {
                            left.swap_remove(index);
                            true
                        })
                })
        }
        (Value::Number(one), Value::Number(other)) => {
            let near = match (one.as_f64(), other.as_f64()) {
                (Some(one), Some(other)) => (one - other).abs() < 0.0015,
                _ => one == other,
            };
            near || as_good(observed, expected)
        }
        _ => observed == expected || as_good(observed, expected),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_shown_may_hold_more_in_any_order() {
        let expected = json!({"Tags": [{"Key": "a"}, {"Key": "b"}], "Period": 365, "Gone": null});
        let observed = json!({"Tags": [{"Key": "b", "More": 1}, {"Key": "a"}], "Period": 365});
        assert!(shows(&observed, &expected));
        let text = json!({"Tags": [{"Key": "b"}, {"Key": "a"}], "Period": "365"});
        assert!(!shows(&text, &expected));
        assert!(shows_somehow(&text, &expected));
        let other = json!({"Tags": [{"Key": "b"}, {"Key": "a"}], "Period": "366"});
        assert!(!shows_somehow(&other, &expected));
    }
}
