//! Simpler worlds for findings that do not need what they were found with.

use super::scenes::{external_store, with};
use crate::plan::{Act, Plan};
use serde_json::{Value, json};

/// The plan with external key stores, which are made in one step, in place of those that need a
/// cluster.
pub(crate) fn without_clusters(plan: &Plan) -> Plan {
    let mut other = plan.clone();
    for (number, step) in other.steps.iter_mut().enumerate() {
        let Act::Call {
            operation, body, ..
        } = &mut step.act
        else {
            continue;
        };
        match operation.as_str() {
            "CreateCustomKeyStore" if body.get("CloudHsmClusterId").is_some() => {
                let name = body.get("CustomKeyStoreName").cloned();
                let same_name = json!({ "CustomKeyStoreName": name });
                *body = with(&external_store("store", number + 1), &same_name);
            }
            "CreateKey" if body.get("Origin") == Some(&json!("AWS_CLOUDHSM")) => {
                body["Origin"] = json!("EXTERNAL_KEY_STORE");
                body["XksKeyId"] = Value::from(format!("xks-key-{number}"));
            }
            _ => {}
        }
    }
    other
}
