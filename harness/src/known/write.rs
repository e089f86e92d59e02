//! Writing a ledger: a start for one, or the old one brought up to date.

use super::{Accepted, Entry, Ledger, rule_of};
use crate::finding::{Finding, Status};
use crate::redact;
use std::fmt::Write;
use std::path::Path;
use toml::Value;

/// What stands at the top of a ledger.
const HEAD: &str = "\
# Deviations that were accepted, each with a reason. Made by `kms-conformance check --write-known`,
# which keeps the reasons but no other comments when it writes the file again.
";

impl Ledger {
    /// This ledger without what is fixed, and with everything that fails the run, since `today`. The
    /// reasons of the new entries are left to be filled in.
    pub fn updated(&self, path: &Path, findings: &[Finding], today: &str) -> Ledger {
        let fixed = |entry: &Entry| {
            let accepted = Some(&entry.accepted);
            findings.iter().any(|finding| {
                finding.status == Status::Fixed
                    && finding.operation == entry.operation
                    && rule_of(finding) == entry.rule
                    && finding.known.as_ref() == accepted
                    && entry
                        .fingerprint
                        .as_ref()
                        .is_none_or(|it| *it == finding.fingerprint)
            })
        };
        let mut entries: Vec<Entry> = self.entries.clone();
        entries.retain(|entry| !fixed(entry));
        let fresh = findings
            .iter()
            .filter(|finding| finding.fails() && finding.status != Status::Fixed);
        for finding in fresh {
            let entry = new_entry(finding, today);
            if !entries.iter().any(|earlier| earlier.covers(&entry)) {
                entries.push(entry);
            }
        }
        for entry in &mut entries {
            let shown = findings.iter().find(|finding| {
                finding.status != Status::Fixed && entry.matches(&(*finding).into())
            });
            if let Some(finding) = shown {
                entry.remark = remark(finding);
            }
        }
        entries.sort_by(|one, other| {
            (&one.operation, &one.rule, &one.fingerprint).cmp(&(
                &other.operation,
                &other.rule,
                &other.fingerprint,
            ))
        });
        Ledger {
            path: path.to_owned(),
            entries,
        }
    }

    /// The text of the file.
    pub fn render(&self) -> String {
        let mut text = HEAD.to_owned();
        for entry in &self.entries {
            text.push_str("\n[[known]]\n");
            for line in entry.remark.lines() {
                let _ = writeln!(text, "# {line}");
            }
            let quoted = |value: &str| Value::from(value).to_string();
            let _ = writeln!(text, "rule = {}", quoted(&entry.rule));
            let _ = writeln!(text, "operation = {}", quoted(&entry.operation));
            if let Some(fingerprint) = &entry.fingerprint {
                let _ = writeln!(text, "fingerprint = {}", quoted(fingerprint));
            }
            let _ = writeln!(text, "since = {}", entry.accepted.since);
            let _ = writeln!(text, "reason = {}", quoted(&entry.accepted.reason));
        }
        text
    }
}

/// A finding that breaks a rule stands for all that break it in the same operation.
fn new_entry(finding: &Finding, today: &str) -> Entry {
    let rule = rule_of(finding);
    Entry {
        rule: rule.to_owned(),
        operation: finding.operation.clone(),
        fingerprint: (rule == super::NO_RULE).then(|| finding.fingerprint.clone()),
        accepted: Accepted {
            reason: String::new(),
            since: today.to_owned(),
        },
        line: 0,
        remark: String::new(),
    }
}

/// What the rule says, and what came instead, without ids: the file must not change with them.
fn remark(finding: &Finding) -> String {
    let says = finding.rule().map_or("", |card| card.says.as_str());
    let observed = redact::outcome(&finding.observed);
    let outcome = observed.split(' ').next().unwrap_or_default();
    let is_outcome = outcome == "success" || outcome.ends_with("Exception");
    let text = match (is_outcome, finding.member.as_str()) {
        (true, "") => format!("{says}\nobserved: {outcome}"),
        (true, member) => format!("{says}\nobserved: {outcome}, {member}"),
        (false, "") => says.to_owned(),
        (false, member) => format!("{says}\ndiffers: {member}"),
    };
    text.trim().to_owned()
}
