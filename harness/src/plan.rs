//! A Plan: a program of requests, outside actions and waits. Everything that the harness runs,
//! replays, shrinks or keeps is one.

use crate::error::Error;
use kms_conformance_model::{AnyOperation, Service, catalog};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

/// The schema version of plans that this harness reads and writes.
pub const SCHEMA: u32 = 1;

/// A program. Steps name what earlier steps made by [`crate::template`] references, so any
/// subsequence of a plan is a plan too.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The schema version.
    pub schema: u32,
    /// What it shows, in a few words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// What to do, in order.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The name by which later steps refer to it. It never changes, whatever is removed before it.
    pub id: u32,
    /// What to do.
    #[serde(flatten)]
    pub act: Act,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Sends a request.
    Call {
        /// `kms` or `cloudhsmv2`.
        service: String,
        /// The operation.
        operation: String,
        /// Its body, with references.
        body: Value,
        /// The Region that it is sent to, or a reference to one; that of the run where there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        region: Option<Value>,
    },
    /// Sends a request whose target or body is malformed on purpose.
    Raw {
        /// The header `X-Amz-Target`, if any.
        target: Option<String>,
        /// The body, as text.
        body: String,
        /// How often the body is repeated.
        #[serde(default = "once")]
        times: usize,
    },
    /// Lets something happen outside AWS; the action with references. Targets that cannot do it
    /// skip it.
    Outside(Value),
    /// Looks at the keys inside the HSMs of a cluster. Targets that cannot do it skip it.
    LookInside {
        /// The id of the cluster, or a reference to it.
        cluster: Value,
    },
    /// Lets time pass.
    Advance {
        /// How much, in seconds.
        seconds: i64,
    },
}

/// What a plan needs of a target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// The operations that it calls, by label.
    pub operations: BTreeSet<&'static str>,
    /// Whether it lets something happen that no AWS API does, or moves the clock.
    pub environment: bool,
}

/// What a target can do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Abilities<'t> {
    /// Whether it lets things happen that no AWS API does, and has a clock that can be moved.
    pub(crate) environment: bool,
    /// The operations that it lacks, by label.
    pub(crate) unsupported: &'t BTreeSet<String>,
}

impl Abilities<'_> {
    /// Whether the target can take the step.
    pub(crate) fn allow(&self, step: &Step) -> bool {
        let operation = step.in_catalogue();
        (self.environment || !step.needs_environment())
            && operation.is_none_or(|it| !self.unsupported.contains(it.label()))
    }
}

const fn once() -> usize {
    1
}

impl Plan {
    /// A plan of these steps.
    pub fn new(title: &str, steps: Vec<Step>) -> Plan {
        Plan {
            schema: SCHEMA,
            title: title.to_owned(),
            steps,
        }
    }

    /// Reads a plan from a file that holds one, or a finding with one inside.
    pub fn read(path: &Path) -> Result<Plan, Error> {
        let bad = |why: String| Error::BadFile {
            path: path.to_owned(),
            why,
        };
        let text = std::fs::read_to_string(path).map_err(|why| bad(why.to_string()))?;
        let document: Value =
            serde_json::from_str(&text).map_err(|why| bad(format!("it is not JSON: {why}")))?;
        let plan = document.get("plan").unwrap_or(&document);
        match plan.get("schema").and_then(Value::as_u64) {
            Some(schema) if schema == u64::from(SCHEMA) => {}
            Some(schema) => {
                return Err(bad(format!(
                    "it has schema {schema}, but this version reads schema {SCHEMA}"
                )));
            }
            None => return Err(bad("it has no member `schema`".to_owned())),
        }
        serde_json::from_value(plan.clone()).map_err(|why| bad(format!("it is no plan: {why}")))
    }

    /// The plan without the steps for which `keep` is false.
    pub fn retain(&self, mut keep: impl FnMut(usize, &Step) -> bool) -> Plan {
        let kept = self
            .steps
            .iter()
            .enumerate()
            .filter(|(index, step)| keep(*index, step));
        Plan {
            steps: kept.map(|(_, step)| step.clone()).collect(),
            ..self.clone()
        }
    }

    /// What it needs of a target.
    pub fn needs(&self) -> Needs {
        let operations = self.steps.iter().filter_map(Step::in_catalogue);
        Needs {
            operations: operations.map(|operation| operation.label()).collect(),
            environment: self.steps.iter().any(Step::needs_environment),
        }
    }

    /// How many requests it sends.
    pub fn calls(&self) -> usize {
        let is_call = |step: &&Step| matches!(step.act, Act::Call { .. } | Act::Raw { .. });
        self.steps.iter().filter(is_call).count()
    }
}

/// One line for each step, as it is written in a plan's file.
impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Plan { title, steps, .. } = self;
        write!(f, "Plan of {} steps {title:?}", steps.len())?;
        for step in steps {
            let text = serde_json::to_string(step).map_err(|_| fmt::Error)?;
            write!(f, "\n    {text}")?;
        }
        Ok(())
    }
}

impl Step {
    /// Whether it lets something happen that no AWS API does, or moves the clock.
    pub const fn needs_environment(&self) -> bool {
        match self.act {
            Act::Call { .. } | Act::Raw { .. } => false,
            Act::Outside(_) | Act::LookInside { .. } | Act::Advance { .. } => true,
        }
    }

    /// The steps whose results this step uses.
    pub fn uses(&self) -> Vec<u32> {
        let mut used = Vec::new();
        match &self.act {
            Act::Call { body, .. } => crate::template::steps_in(body, &mut used),
            Act::Outside(action) => crate::template::steps_in(action, &mut used),
            Act::LookInside { cluster } => crate::template::steps_in(cluster, &mut used),
            Act::Raw { .. } | Act::Advance { .. } => {}
        }
        used
    }

    /// The operation it calls, if the catalogue has it.
    pub fn in_catalogue(&self) -> Option<&'static dyn AnyOperation> {
        let (service, name) = self.operation()?;
        catalog::operation(Service::of_cli_name(service), name)
    }

    /// The operation it calls, with its service.
    pub fn operation(&self) -> Option<(&str, &str)> {
        match &self.act {
            Act::Call {
                service, operation, ..
            } => Some((service, operation)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_call_without_a_region_is_sent_to_that_of_the_run() {
        let call = json!({ "service": "kms", "operation": "ListKeys", "body": {} });
        let step: Step = serde_json::from_value(json!({ "id": 1, "call": call })).unwrap();
        assert!(matches!(step.act, Act::Call { region: None, .. }));
        assert_eq!(serde_json::to_value(&step).unwrap()["call"], call);
    }

    #[test]
    fn a_plan_survives_json() {
        let plan = Plan::new(
            "t",
            vec![
                Step {
                    id: 1,
                    act: Act::Call {
                        service: "kms".to_owned(),
                        operation: "CreateKey".to_owned(),
                        body: json!({}),
                        region: None,
                    },
                },
                Step {
                    id: 2,
                    act: Act::Advance { seconds: 60 },
                },
                Step {
                    id: 3,
                    act: Act::Outside(json!({"action": "DeleteSubnet", "subnet": "s"})),
                },
            ],
        );
        let text = serde_json::to_string(&plan).unwrap();
        assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
    }
}
