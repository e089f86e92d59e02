//! Plans for AWS itself, where everything that is made carries the tag of the run.

use crate::plan::{Act, Plan};
use kms_conformance_targets::aws::TAG_KEY;
use serde_json::{Value, json};

/// The plan with the tag of the run on everything that can have one.
pub(crate) fn tagged(plan: &Plan, run: &str) -> Plan {
    let mut tagged = plan.clone();
    for step in &mut tagged.steps {
        let Act::Call {
            operation, body, ..
        } = &mut step.act
        else {
            continue;
        };
        let (member, tag) = match operation.as_str() {
            "CreateKey" | "ReplicateKey" => ("Tags", json!({ "TagKey": TAG_KEY, "TagValue": run })),
            "CreateCluster" => ("TagList", json!({ "Key": TAG_KEY, "Value": run })),
            _ => continue,
        };
        let Some(members) = body.as_object_mut() else {
            continue;
        };
        let tags = members.entry(member).or_insert_with(|| json!([]));
        if tags.is_null() {
            *tags = json!([]);
        }
        // Tags that are no list cannot be added to; the request is not sent then.
        if let Value::Array(tags) = tags {
            tags.push(tag);
        }
    }
    tagged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Step;

    fn body_of(operation: &str, body: Value) -> Value {
        let call = Act::Call {
            service: "kms".to_owned(),
            operation: operation.to_owned(),
            body,
            region: None,
        };
        let plan = Plan::new("", vec![Step { id: 1, act: call }]);
        match &tagged(&plan, "r-1").steps[0].act {
            Act::Call { body, .. } => body.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_made_carries_the_tag_of_the_run() {
        let tag = json!({ "TagKey": TAG_KEY, "TagValue": "r-1" });
        let own = json!({ "TagKey": "a", "TagValue": "b" });
        assert_eq!(body_of("CreateKey", json!({})), json!({ "Tags": [tag] }));
        assert_eq!(
            body_of("ReplicateKey", json!({ "Tags": [own] })),
            json!({ "Tags": [own, tag] })
        );
        let wrong = json!({ "Tags": "x" });
        assert_eq!(body_of("CreateKey", wrong.clone()), wrong);
        assert_eq!(body_of("DescribeKey", json!({})), json!({}));
    }
}
