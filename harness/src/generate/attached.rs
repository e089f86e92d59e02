//! Plans about a key store that is there already and is not theirs to change.

use crate::plan::{Act, Plan, Step};
use serde_json::{Value, json};

/// What makes a key store usable, or changes one: what is there already needs none of it and must not
/// be changed.
const SCAFFOLDING: &[&str] = &[
    "ConnectCustomKeyStore",
    "CreateCluster",
    "CreateCustomKeyStore",
    "CreateHsm",
    "DeleteCluster",
    "DeleteCustomKeyStore",
    "DeleteHsm",
    "DisconnectCustomKeyStore",
    "InitializeCluster",
    "UpdateCustomKeyStore",
];

/// The plan with this key store in place of those that it makes on clusters. It begins by looking at
/// the store.
pub(crate) fn attached(plan: &Plan, store: &str) -> Plan {
    let made: Vec<u32> = plan.steps.iter().filter_map(makes_store).collect();
    let last = plan.steps.iter().map(|step| step.id).max();
    let look = Step {
        id: last.unwrap_or_default() + 1,
        act: Act::Call {
            service: "kms".to_owned(),
            operation: "DescribeCustomKeyStores".to_owned(),
            body: json!({ "CustomKeyStoreId": store }),
            region: None,
        },
    };
    let kept = plan.steps.iter().filter(|step| !is_scaffolding(step));
    let steps = kept.map(|step| Step {
        id: step.id,
        act: match &step.act {
            Act::Call {
                service,
                operation,
                body,
                region,
            } => Act::Call {
                service: service.clone(),
                operation: operation.clone(),
                body: instead(body, &made, store),
                region: region.clone(),
            },
            other => other.clone(),
        },
    });
    Plan {
        steps: std::iter::once(look).chain(steps).collect(),
        ..plan.clone()
    }
}

fn makes_store(step: &Step) -> Option<u32> {
    let Act::Call {
        operation, body, ..
    } = &step.act
    else {
        return None;
    };
    let on_cluster = body.get("CloudHsmClusterId").is_some();
    (operation == "CreateCustomKeyStore" && on_cluster).then_some(step.id)
}

fn is_scaffolding(step: &Step) -> bool {
    match &step.act {
        Act::Call { operation, .. } => SCAFFOLDING.contains(&operation.as_str()),
        Act::Raw { .. } => false,
        Act::Outside(_) | Act::LookInside { .. } | Act::Advance { .. } => true,
    }
}

/// A body with the store in place of references to those that were made.
fn instead(body: &Value, made: &[u32], store: &str) -> Value {
    match body {
        Value::Object(members) => {
            let of = members.get("$of");
            let step = of.and_then(|of| of.get(0)).and_then(Value::as_u64);
            let names_store = of
                .and_then(|of| of.get(1))
                .is_some_and(|it| it == "CustomKeyStoreId");
            let replaced = step
                .and_then(|step| u32::try_from(step).ok())
                .is_some_and(|step| names_store && made.contains(&step));
            if replaced {
                return json!(store);
            }
            let members = members.iter();
            members
                .map(|(name, value)| (name.clone(), instead(value, made, store)))
                .collect()
        }
        Value::Array(entries) => entries.iter().map(|it| instead(it, made, store)).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(id: u32, operation: &str, body: Value) -> Step {
        Step {
            id,
            act: Act::Call {
                service: "kms".to_owned(),
                operation: operation.to_owned(),
                body,
                region: None,
            },
        }
    }

    #[test]
    fn keys_are_made_in_the_store_that_is_there() {
        let store = json!({ "$of": [3, "CustomKeyStoreId"] });
        let plan = Plan::new(
            "",
            vec![
                call(1, "CreateCluster", json!({})),
                call(
                    3,
                    "CreateCustomKeyStore",
                    json!({ "CloudHsmClusterId": "c" }),
                ),
                call(
                    4,
                    "ConnectCustomKeyStore",
                    json!({ "CustomKeyStoreId": store }),
                ),
                call(5, "CreateKey", json!({ "CustomKeyStoreId": store })),
                Step {
                    id: 6,
                    act: Act::Advance { seconds: 5 },
                },
            ],
        );
        let steps = attached(&plan, "cks-1").steps;
        let operations: Vec<&str> = steps.iter().map(|it| it.operation().unwrap().1).collect();
        assert_eq!(operations, ["DescribeCustomKeyStores", "CreateKey"]);
        let made = call(5, "CreateKey", json!({ "CustomKeyStoreId": "cks-1" }));
        assert_eq!(steps[1], made);
    }
}
