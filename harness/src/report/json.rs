//! `report.json` and the files of the findings. Scripts rely on the names of their members.

use crate::cells::{ClassCount, Directions};
use crate::coverage::{OperationStatus, RuleCount, is_operation};
use crate::error::Error;
use crate::finding::{Finding, Severity, Status};
use crate::impact::Impact;
use crate::summary::{AwsNote, Summary, TargetRef, UnknownNote};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The version of both formats.
pub const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    tool: String,
    target: &'a TargetRef,
    seed: u64,
    totals: Totals,
    operations: BTreeMap<&'a str, Operation>,
    rules: BTreeMap<&'a str, Rule>,
    findings: Vec<Entry<'a>>,
    unknown: &'a [UnknownNote],
    #[serde(skip_serializing_if = "Option::is_none")]
    aws: Option<&'a AwsNote>,
}

#[derive(Serialize)]
struct Totals {
    cases: u64,
    calls: u64,
    unjudged: u64,
    seconds: f64,
}

#[derive(Serialize)]
struct Operation {
    status: OperationStatus,
    calls: u64,
    classes: BTreeMap<String, Class>,
}

/// What happened in one class of state; `fired` and `spared` are by the id of the rule.
#[derive(Serialize)]
struct Class {
    calls: u64,
    fired: BTreeMap<String, u64>,
    spared: BTreeMap<String, u64>,
}

#[derive(Serialize)]
struct Rule {
    fired: u64,
    held: u64,
    refuted: u64,
    spared: u64,
}

/// A finding, as both `report.json` and `load.json` hold it.
#[derive(Serialize)]
pub(crate) struct Entry<'a> {
    fingerprint: &'a str,
    cause: &'a str,
    class: &'a str,
    impact: Impact,
    status: Status,
    severity: Severity,
    operation: &'a str,
    rule: Option<&'a str>,
    cite: Option<&'a str>,
    evidence: Option<&'a str>,
    expected: &'a [String],
    observed: String,
    steps: usize,
    found_after: u64,
    calls_to_shrink: usize,
    reproduced: String,
    plan: &'a Value,
    script: Option<&'a str>,
}

/// What `findings/<fingerprint>.json` holds; `replay` reads it.
#[derive(Serialize)]
struct FindingFile<'a> {
    schema: u32,
    #[serde(flatten)]
    finding: &'a Finding,
}

/// The text of `report.json`.
pub fn render(summary: &Summary) -> Result<String, Error> {
    let operations = summary
        .coverage
        .operations()
        .filter(|(label, _)| is_operation(label));
    let rules = summary
        .coverage
        .rules()
        .into_iter()
        .map(|(id, count)| (id, rule(&count)));
    pretty(&Document {
        schema: SCHEMA,
        tool: format!("{} {}", summary.tool, summary.version),
        target: &summary.target,
        seed: summary.seed,
        totals: Totals {
            cases: summary.totals.cases,
            calls: summary.totals.calls,
            unjudged: summary.totals.unjudged,
            seconds: summary.totals.seconds,
        },
        operations: operations
            .map(|(label, entry)| {
                (
                    label,
                    Operation {
                        status: entry.status,
                        calls: entry.calls,
                        classes: classes(&entry.classes),
                    },
                )
            })
            .collect(),
        rules: rules.collect(),
        findings: summary.findings.iter().map(entry).collect(),
        unknown: &summary.unknown,
        aws: summary.aws.as_ref(),
    })
}

/// The text of `findings/<fingerprint>.json`.
pub fn finding_file(finding: &Finding) -> Result<String, Error> {
    pretty(&FindingFile {
        schema: SCHEMA,
        finding,
    })
}

fn classes(counts: &BTreeMap<String, ClassCount>) -> BTreeMap<String, Class> {
    let by_rule = |count: &ClassCount, number: fn(&Directions) -> u64| {
        let numbers = count.rules.iter().map(|(id, it)| (id.clone(), number(it)));
        numbers.filter(|(_, number)| *number > 0).collect()
    };
    let class = |count: &ClassCount| Class {
        calls: count.calls,
        fired: by_rule(count, |it| it.fired),
        spared: by_rule(count, |it| it.spared),
    };
    let classes = counts.iter();
    classes
        .map(|(name, count)| (name.clone(), class(count)))
        .collect()
}

fn rule(count: &RuleCount) -> Rule {
    Rule {
        fired: count.fired,
        held: count.held,
        refuted: count.refuted,
        spared: count.spared,
    }
}

/// What is written of a finding.
pub(crate) fn entry(finding: &Finding) -> Entry<'_> {
    let card = finding.rule();
    Entry {
        fingerprint: &finding.fingerprint,
        cause: &finding.cause,
        class: &finding.class,
        impact: finding.impact,
        status: finding.status,
        severity: finding.severity,
        operation: &finding.operation,
        rule: card.map(|card| card.id.as_str()),
        cite: card.map(|card| card.cite.as_str()),
        evidence: card.map(|card| card.evidence.as_str()),
        expected: &finding.expected,
        observed: finding.observed_with_status(),
        steps: finding.steps,
        found_after: finding.found_after,
        calls_to_shrink: finding.calls_to_shrink,
        reproduced: finding.reproduced_word(),
        plan: &finding.plan,
        script: finding.script.as_deref(),
    }
}

/// A document as it is written into a file.
pub(crate) fn pretty(document: &impl Serialize) -> Result<String, Error> {
    let text = serde_json::to_string_pretty(document);
    text.map(|text| text + "\n")
        .map_err(|error| Error::Internal(error.to_string()))
}
