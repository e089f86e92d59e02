//! Blending an honest response with an observed one, so that only what is wrong in the observed one
//! is wrong in the result.

use crate::plan::Plan;
use crate::template::steps_in;
use serde_json::Value;

/// The observed response without list entries about what the plan does not make any more.
pub(crate) fn known_entries(observed: &Value, plan: &Plan) -> Value {
    let is_known = |entry: &Value| {
        let mut used = Vec::new();
        steps_in(entry, &mut used);
        used.iter()
            .all(|id| plan.steps.iter().any(|step| step.id == *id))
    };
    match observed {
        Value::Array(entries) => {
            let known = entries.iter().filter(|entry| is_known(entry));
            known.map(|entry| known_entries(entry, plan)).collect()
        }
        Value::Object(members) if !members.keys().any(|name| name.starts_with('$')) => members
            .iter()
            .map(|(name, value)| (name.clone(), known_entries(value, plan)))
            .collect(),
        other => other.clone(),
    }
}

/// The lists of the honest response with the other members of the observed one.
pub(crate) fn framed(honest: &Value, observed: &Value) -> Value {
    let (Some(ours), Some(theirs)) = (honest.as_object(), observed.as_object()) else {
        return observed.clone();
    };
    let lists = ours.iter().filter(|(_, value)| value.is_array());
    let others = theirs.iter().filter(|(_, value)| !value.is_array());
    let members = lists.chain(others);
    members
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// The observed response with the moments of the honest one, which differ from play to play.
pub(crate) fn blended(honest: &Value, observed: &Value) -> Value {
    match (honest, observed) {
        (Value::Object(ours), Value::Object(theirs)) => {
            let blend = |(name, value): (&String, &Value)| {
                let own = ours.get(name);
                let value = match (own, value) {
                    (Some(own), Value::Number(_)) if name.contains("Date") => own.clone(),
                    (Some(own), value) => blended(own, value),
                    (None, value) => value.clone(),
                };
                (name.clone(), value)
            };
            theirs.iter().map(blend).collect()
        }
        (Value::Array(ours), Value::Array(theirs)) => theirs
            .iter()
            .map(|entry| {
                let twin = ours.iter().find(|own| are_of_the_same(own, entry));
                twin.map_or_else(|| entry.clone(), |own| blended(own, entry))
            })
            .collect(),
        _ => observed.clone(),
    }
}

/// Whether two list entries are about the same thing, by the first member that names one.
fn are_of_the_same(one: &Value, other: &Value) -> bool {
    let (Some(one), Some(other)) = (one.as_object(), other.as_object()) else {
        return one == other;
    };
    let named =
        |name: &str| name.ends_with("Id") || name.ends_with("Name") || name.ends_with("Key");
    one.iter()
        .find(|(name, value)| named(name) && value.is_string())
        .is_some_and(|(name, value)| other.get(name) == Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_frame_goes_around_the_honest_lists() {
        let honest = json!({"Keys": [{"KeyId": "a"}], "Truncated": true, "NextMarker": "m"});
        let observed = json!({"Keys": [{"KeyId": "b"}], "Truncated": false});
        let expected = json!({"Keys": [{"KeyId": "a"}], "Truncated": false});
        assert_eq!(framed(&honest, &observed), expected);
    }

    #[test]
    fn moments_are_those_of_the_honest_response() {
        let honest = json!({"Aliases": [
            {"AliasName": "x", "CreationDate": 2.0, "TargetKeyId": "a"},
            {"AliasName": "y", "CreationDate": 3.0, "TargetKeyId": "a"},
        ]});
        let observed = json!({"Aliases": [
            {"AliasName": "y", "CreationDate": 1.0, "TargetKeyId": "b"},
        ]});
        let expected = json!({"Aliases": [
            {"AliasName": "y", "CreationDate": 3.0, "TargetKeyId": "b"},
        ]});
        assert_eq!(blended(&honest, &observed), expected);
    }

    #[test]
    fn entries_about_what_is_not_made_are_left_out() {
        let entry = |step: u32| json!({"KeyId": {"$of": [step, "KeyMetadata.KeyId"]}});
        let observed = json!({ "Keys": [entry(1), entry(2)] });
        let plan: Plan = serde_json::from_value(json!({
            "schema": 1,
            "steps": [{"id": 2, "advance": {"seconds": 1}}],
        }))
        .unwrap();
        assert_eq!(
            known_entries(&observed, &plan),
            json!({ "Keys": [entry(2)] })
        );
    }
}
