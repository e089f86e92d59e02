//! What a check of a soup found, read from its report directory.

use crate::error::Error;
use crate::finding::Finding;
use crate::plan::Plan;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// A finding of the check.
#[derive(Clone, Debug)]
pub(super) struct Sighted {
    /// As it stands at the end.
    pub(super) finding: Finding,
    /// Its plans: the smallest one first, then the one that it was found with.
    pub(super) plans: Vec<Plan>,
    /// How many steps were played until it was found.
    pub(super) calls: usize,
}

/// What a check found, in the order in which it did.
pub(super) fn read(report_dir: &Path) -> Result<Vec<Sighted>, Error> {
    let path = report_dir.join("events.ndjson");
    let bad = |why: String| Error::BadFile {
        path: path.clone(),
        why,
    };
    let text = fs::read_to_string(&path).map_err(|why| bad(why.to_string()))?;
    let mut found: Vec<Sighted> = Vec::new();
    let (mut before, mut steps) = (0, 0);
    for line in text.lines() {
        let mut event: Value = serde_json::from_str(line).map_err(|why| bad(why.to_string()))?;
        let members = event.as_object_mut();
        let name = members.and_then(|members| members.remove("event"));
        match name.as_ref().and_then(Value::as_str).unwrap_or_default() {
            "case_started" => {
                before += steps;
                steps = number(&event, "steps");
            }
            "finding_found" => {
                let finding: Finding =
                    serde_json::from_value(event).map_err(|why| bad(why.to_string()))?;
                found.push(Sighted {
                    plans: plan(&finding).into_iter().collect(),
                    calls: before + finding.steps,
                    finding,
                });
            }
            "finding_shrunk" => {
                let finding: Finding =
                    serde_json::from_value(event).map_err(|why| bad(why.to_string()))?;
                let mut all = found.iter_mut();
                if let Some(sighted) = all.find(|it| it.finding.fingerprint == finding.fingerprint)
                {
                    sighted.plans.splice(0..0, plan(&finding));
                    sighted.plans.dedup();
                    sighted.finding = finding;
                }
            }
            _ => {}
        }
    }
    Ok(found)
}

fn plan(finding: &Finding) -> Option<Plan> {
    serde_json::from_value(finding.plan.clone()).ok()
}

fn number(event: &Value, member: &str) -> usize {
    let number = event.get(member).and_then(Value::as_u64);
    number
        .and_then(|it| usize::try_from(it).ok())
        .unwrap_or_default()
}
