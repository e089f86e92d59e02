//! The ledger: deviations of a target that somebody accepted, each with a reason. What it lists
//! fails no run. What it lists and the target does right by now does, so that the list stays true.

mod read;
mod today;
mod write;

pub use today::today;

use crate::coverage::{Coverage, OperationStatus, RuleCount};
use crate::finding::{CardRef, Finding, Severity, Status, counted, hash_of};
use crate::impact::Impact;
use kms_conformance_model::{Divergence, catalog};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// What a ledger calls the rule of a finding that breaks none.
pub const NO_RULE: &str = "none";

/// Accepted deviations, and the file they come from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledger {
    path: PathBuf,
    entries: Vec<Entry>,
}

/// One accepted deviation.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    rule: String,
    operation: String,
    fingerprint: Option<String>,
    accepted: Accepted,
    /// Where it begins in the file, from 1.
    line: usize,
    /// What it is about, for readers of the file.
    remark: String,
}

/// Why and since when a deviation is accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// Why; empty where nobody has said.
    pub reason: String,
    /// The day, as in 2026-11-24.
    pub since: String,
}

/// What tells one deviation from another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mark {
    operation: String,
    rule: String,
    fingerprint: String,
}

impl From<&Divergence> for Mark {
    fn from(divergence: &Divergence) -> Mark {
        Mark {
            operation: divergence.operation.to_owned(),
            rule: divergence
                .rules
                .first()
                .map_or(NO_RULE, |card| card.id)
                .to_owned(),
            fingerprint: crate::finding::fingerprint(divergence),
        }
    }
}

impl From<&Finding> for Mark {
    fn from(finding: &Finding) -> Mark {
        Mark {
            operation: finding.operation.clone(),
            rule: rule_of(finding).to_owned(),
            fingerprint: finding.fingerprint.clone(),
        }
    }
}

impl Entry {
    fn matches(&self, mark: &Mark) -> bool {
        let same = |known: &String| *known == mark.fingerprint;
        self.operation == mark.operation
            && self.rule == mark.rule
            && self.fingerprint.as_ref().is_none_or(same)
    }

    /// Whether whatever the other one accepts is accepted by this one.
    fn covers(&self, other: &Entry) -> bool {
        self.operation == other.operation
            && self.rule == other.rule
            && (self.fingerprint.is_none() || self.fingerprint == other.fingerprint)
    }

    /// What the run says about the rule, if it tried it without ever seeing the deviation. Where a
    /// fingerprint is named, the rule may still be broken in another way.
    fn kept(&self, coverage: &Coverage, seen: &BTreeSet<Mark>) -> Option<RuleCount> {
        let count = coverage.rule(&self.operation, &self.rule);
        let exercised = coverage.status(&self.operation) == OperationStatus::Judged
            && count.fired > 0
            && (self.fingerprint.is_some() || count.refuted == 0);
        let shown = seen.iter().any(|mark| self.matches(mark));
        (exercised && !shown).then_some(count)
    }

    fn fixed(&self, path: &std::path::Path, count: &RuleCount) -> Finding {
        let rule = catalog::rules().find(|rule| rule.card.id == self.rule);
        let rules: Vec<CardRef> = rule.iter().map(|rule| (&rule.card).into()).collect();
        let condemns = rule.is_some_and(|rule| rule.card.evidence.condemns());
        let place = format!("{}, line {}", path.display(), self.line);
        let name = format!("{}/{}/fixed", self.operation, self.rule);
        let held = usize::try_from(count.held).unwrap_or(usize::MAX);
        Finding {
            cause: String::new(),
            class: String::new(),
            impact: Impact::default(),
            fingerprint: self.fingerprint.clone().unwrap_or_else(|| hash_of(&name)),
            severity: if condemns {
                Severity::Divergence
            } else {
                Severity::Suspicion
            },
            status: Status::Fixed,
            operation: self.operation.clone(),
            rules,
            expected: vec![format!("the deviation that {place} accepts")],
            observed: format!(
                "it is gone, and the rule held {}: remove the entry",
                counted(held, "time")
            ),
            http_status: 0,
            member: String::new(),
            steps: 0,
            found_after: 0,
            calls_to_shrink: 0,
            reproduced: (0, 0),
            plan: Value::Null,
            script: None,
            transcript: Vec::new(),
            known: Some(self.accepted.clone()),
        }
    }
}

impl Ledger {
    /// Marks a finding as known, if it is.
    pub fn accept(&self, finding: &mut Finding) {
        let mark = Mark::from(&*finding);
        if let Some(entry) = self.entries.iter().find(|entry| entry.matches(&mark)) {
            finding.status = Status::Known;
            finding.known = Some(entry.accepted.clone());
        }
    }

    /// The accepted deviations that a run tried and did not see, as findings. `seen` is everything
    /// that diverged, whether it was compared or not.
    pub(crate) fn fixed(&self, coverage: &Coverage, seen: &BTreeSet<Mark>) -> Vec<Finding> {
        let kept = self.entries.iter().filter_map(|entry| {
            let count = entry.kept(coverage, seen)?;
            Some(entry.fixed(&self.path, &count))
        });
        kept.collect()
    }

    /// What is not wrong with it, but should be better.
    pub fn warning(&self) -> Option<String> {
        let silent = || {
            let entries = self.entries.iter();
            entries.filter(|entry| entry.accepted.reason.trim().is_empty())
        };
        let first = silent().next()?;
        let count = match silent().count() {
            1 => "1 entry has".to_owned(),
            number => format!("{number} entries have"),
        };
        Some(format!(
            "{}, line {}: {count} an empty reason; say why the deviation is accepted",
            self.path.display(),
            first.line
        ))
    }

    /// How many deviations it accepts.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it accepts nothing.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

fn rule_of(finding: &Finding) -> &str {
    finding.rule().map_or(NO_RULE, |card| card.id.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use kms_conformance_model::{Card, Evidence, Expected, Level};
    use std::path::Path;

    const ENTRY: &str = "\n[[known]]\nrule = \"CK-36\"\noperation = \"CreateKey\"\n\
                         since = 2026-11-24\nreason = \"no clusters\"\n";

    fn parse(text: &str) -> Result<Ledger, String> {
        Ledger::parse(Path::new("moto.toml"), text).map_err(|error| error.to_string())
    }

    fn complaint(from: &str, to: &str) -> String {
        let text = ENTRY.replace(from, to);
        assert_ne!(text, ENTRY);
        let said = parse(&text).unwrap_err();
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.starts_with("cannot use moto.toml, line "), "{said}");
        said
    }

    fn finding(operation: &'static str, id: &'static str, observed: &str) -> Finding {
        let card = Card {
            id,
            says: "It says so.",
            cite: "kms/latest/x.html",
            evidence: Evidence::Documented,
        };
        let divergence = Divergence {
            class: String::new(),
            operation,
            level: Level::ErrorType,
            rules: vec![card],
            expected: vec![Expected {
                rule: Some(card),
                outcome: "TagException".to_owned(),
            }],
            observed: observed.to_owned(),
            status: 200,
            member: String::new(),
            at: None,
        };
        Finding::new(&divergence, Value::Null, Vec::new())
    }

    /// A run in which the rule fired, held and was broken this often.
    fn coverage(fired: u64, held: u64, refuted: u64) -> Coverage {
        let mut coverage = Coverage::of_catalogue();
        let count = coverage.count("CreateKey", "CK-36");
        (count.fired, count.held, count.refuted) = (fired, held, refuted);
        coverage.operation("CreateKey").status = OperationStatus::Judged;
        coverage
    }

    #[test]
    fn an_entry_accepts_what_breaks_its_rule_in_its_operation() {
        let ledger = parse(ENTRY).unwrap();
        let mut known = finding("CreateKey", "CK-36", "success");
        ledger.accept(&mut known);
        assert_eq!(known.status, Status::Known);
        assert!(!known.fails());
        assert_eq!(known.known.unwrap().reason, "no clusters");
        for mut other in [
            finding("CreateKey", "CK-34", "success"),
            finding("DescribeKey", "CK-36", "success"),
        ] {
            ledger.accept(&mut other);
            assert_eq!(other.status, Status::New);
        }
    }

    #[test]
    fn a_fingerprint_narrows_an_entry() {
        let mut known = finding("CreateKey", "CK-36", "success");
        let mut other = finding("CreateKey", "CK-36", "TagException");
        let ledger = parse(&format!("{ENTRY}fingerprint = \"{}\"\n", known.fingerprint)).unwrap();
        ledger.accept(&mut known);
        ledger.accept(&mut other);
        assert_eq!((known.status, other.status), (Status::Known, Status::New));
    }

    #[test]
    fn what_was_tried_and_is_gone_is_fixed_and_fails() {
        let ledger = parse(ENTRY).unwrap();
        let fixed = ledger.fixed(&coverage(3, 3, 0), &BTreeSet::new());
        assert_eq!(fixed.len(), 1);
        assert_eq!(fixed[0].status, Status::Fixed);
        assert!(fixed[0].fails());
        let text = fixed[0].to_string();
        assert!(text.contains("moto.toml, line 2"), "{text}");
        assert!(text.contains("held 3 times: remove the entry"), "{text}");
        assert!(text.contains("no clusters"), "{text}");
    }

    #[test]
    fn what_was_not_tried_or_is_still_there_is_not_fixed() {
        let ledger = parse(ENTRY).unwrap();
        let nothing = BTreeSet::new();
        assert_eq!(ledger.fixed(&coverage(0, 0, 0), &nothing), []);
        assert_eq!(ledger.fixed(&coverage(3, 2, 1), &nothing), []);
        assert_eq!(ledger.fixed(&Coverage::of_catalogue(), &nothing), []);
        let seen = BTreeSet::from([Mark::from(&finding("CreateKey", "CK-36", "success"))]);
        assert_eq!(ledger.fixed(&coverage(3, 3, 0), &seen), []);
    }

    #[test]
    fn one_way_to_break_a_rule_is_fixed_though_another_is_left() {
        let gone = finding("CreateKey", "CK-36", "success").fingerprint;
        let ledger = parse(&format!("{ENTRY}fingerprint = \"{gone}\"\n")).unwrap();
        let left = BTreeSet::from([Mark::from(&finding("CreateKey", "CK-36", "TagException"))]);
        let fixed = ledger.fixed(&coverage(3, 0, 3), &left);
        assert_eq!(fixed[0].fingerprint, gone);
    }

    #[test]
    fn whatever_can_never_match_is_an_error_that_names_the_fix() {
        for (from, to, fix) in [
            ("\"CK-36\"", "\"CK-360\"", "did you mean CK-36"),
            ("\"CreateKey\"", "\"CreateKye\"", "did you mean CreateKey"),
            (
                "\"CreateKey\"",
                "\"ListKeys\"",
                "`kms-conformance rules CK-36`",
            ),
            ("reason", "raeson", "did you mean reason?"),
            ("reason = \"no clusters\"", "", "add reason = \"…\""),
            ("\"no clusters\"", "7", "write it as reason = \"…\""),
            ("2026-11-24", "2026-02-30", "line 5"),
            (
                "2026-11-24",
                "\"last week\"",
                "write the day as since = 2026-11-24",
            ),
            ("2026-11-24", "2026-11-24T01:02:03Z", "write the day as"),
            (
                "since",
                "fingerprint = \"12\"\nsince",
                "copy the 16 hex digits",
            ),
            ("\"CK-36\"", "\"none\"", "needs its fingerprint"),
            ("[[known]]", "[[knwon]]", "expected `known`"),
            ("\"CK-36\"", "\"CK-36", "line 3"),
        ] {
            let said = complaint(from, to);
            assert!(said.contains(fix), "{said}");
        }
    }

    #[test]
    fn a_deviation_is_accepted_once() {
        let said = parse(&format!("{ENTRY}{ENTRY}")).unwrap_err();
        assert!(
            said.contains("line 8: CreateKey CK-36 is accepted in line 2"),
            "{said}"
        );
        let narrow = format!("{ENTRY}fingerprint = \"0123456789abcdef\"\n");
        assert!(parse(&format!("{ENTRY}{narrow}")).is_err());
        let other = narrow.replace("0123", "4567");
        assert!(parse(&format!("{narrow}{other}")).is_ok());
    }

    #[test]
    fn an_empty_reason_is_only_warned_about() {
        let text = ENTRY.replace("no clusters", " ");
        let warning = parse(&text).unwrap().warning().unwrap();
        assert!(
            warning.starts_with("moto.toml, line 2: 1 entry has"),
            "{warning}"
        );
        assert_eq!(parse(ENTRY).unwrap().warning(), None);
    }

    #[test]
    fn what_is_written_can_be_read_and_accepts_the_findings() {
        let mut findings = [
            finding("CreateKey", "CK-34", "success with KeyMetadata: \"x\""),
            finding("CreateKey", "CK-36", "success"),
        ];
        let old = parse(ENTRY).unwrap();
        findings.iter_mut().for_each(|it| old.accept(it));
        let path = Path::new("new.toml");
        let text = old.updated(path, &findings, "2027-01-01").render();
        let new = Ledger::parse(path, &text).unwrap();
        assert_eq!(new.len(), 2, "{text}");
        assert!(
            text.contains("since = 2027-01-01\nreason = \"\"\n"),
            "{text}"
        );
        assert!(
            text.contains("since = 2026-11-24\nreason = \"no clusters\"\n"),
            "{text}"
        );
        for finding in &mut findings {
            new.accept(finding);
            assert_eq!(finding.status, Status::Known);
        }
    }

    #[test]
    fn what_is_fixed_is_not_written_again() {
        let ledger = parse(ENTRY).unwrap();
        let fixed = ledger.fixed(&coverage(3, 3, 0), &BTreeSet::new());
        assert!(
            ledger
                .updated(Path::new("new.toml"), &fixed, "2027-01-01")
                .is_empty()
        );
    }

    #[test]
    fn nothing_secret_is_written() {
        let secret = finding("CreateKey", "CK-36", "success with Plaintext: \"c2VjcmV0\"");
        let ledger = Ledger::default().updated(Path::new("x"), &[secret], "2027-01-01");
        assert!(!ledger.render().contains("c2VjcmV0"));
    }
}
