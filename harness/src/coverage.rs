//! Coverage: which rules fired, held and were refuted, and which operations were judged at all.

use crate::cells::ClassCount;
use crate::out_of_reach::reason;
use kms_conformance_model::{AnyOperation, Card, Force, RuleKind, Verdict, catalog};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::LazyLock;

/// Whether an operation could be judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OperationStatus {
    /// It was not called.
    #[default]
    NotRun,
    /// At least one of its answers got a verdict.
    Judged,
    /// The target does not implement it. This is not a pass.
    Unsupported,
}

impl OperationStatus {
    /// The word used in reports.
    pub const fn word(self) -> &'static str {
        match self {
            OperationStatus::Judged => "judged",
            OperationStatus::Unsupported => "unsupported",
            OperationStatus::NotRun => "not-run",
        }
    }
}

/// What happened to one rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleCount {
    /// How often it applied.
    pub fired: u64,
    /// How often it applied and the answer agreed.
    pub held: u64,
    /// How often the answer broke it.
    pub refuted: u64,
    /// How often it did not apply where the answer would have been another if it had.
    #[serde(default)]
    pub spared: u64,
    /// Whether it only says what may happen, so that it holds whenever it fires.
    #[serde(default)]
    pub optional: bool,
}

impl RuleCount {
    /// Whether nothing was learned about the rule.
    pub fn is_starved(&self) -> bool {
        self.fired == 0 || (self.held == 0 && !self.optional)
    }

    fn add(&mut self, other: &RuleCount) {
        self.fired += other.fired;
        self.held += other.held;
        self.refuted += other.refuted;
        self.spared += other.spared;
        self.optional |= other.optional;
    }
}

/// What happened to one operation and its rules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationCount {
    /// Whether it could be judged.
    pub status: OperationStatus,
    /// How often it was called.
    pub calls: u64,
    /// Its rules, by id.
    pub rules: BTreeMap<String, RuleCount>,
    /// The classes of state that its requests were about, by their words.
    #[serde(default)]
    pub classes: BTreeMap<String, ClassCount>,
}

/// The counts of a run, by the label of the operation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    operations: BTreeMap<String, OperationCount>,
}

/// How many rules there are and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RuleTotals {
    /// All of them.
    pub rules: usize,
    /// Those that fired and held at least once.
    pub held: usize,
    /// The others that a plan could reach.
    pub starved: usize,
    /// Those that no plan reached, since none can.
    pub out_of_reach: usize,
    /// Those that an answer broke at least once.
    pub refuted: usize,
}

impl Coverage {
    /// Nothing has happened yet to any rule of the catalogue.
    pub fn of_catalogue() -> Coverage {
        let mut coverage = Coverage::default();
        for operation in catalog::operations() {
            for rule in operation.rules() {
                let optional = rule.kind == RuleKind::Refusal(Force::May);
                coverage.know(rule.operation, rule.card.id, optional);
            }
        }
        for rule in catalog::rules() {
            if matches!(
                rule.kind,
                RuleKind::Drift | RuleKind::Wire | RuleKind::Relation
            ) {
                coverage.know(rule.operation, rule.card.id, false);
            }
        }
        coverage
    }

    /// Makes a rule known that has not fired yet.
    pub fn know(&mut self, operation: &str, id: &str, optional: bool) {
        self.count(operation, id).optional = optional;
    }

    /// Counts a call and what its verdict says about the rules.
    pub fn observe(&mut self, operation: &dyn AnyOperation, verdict: &Verdict) {
        self.observe_as(operation.label(), verdict);
    }

    /// The same for what stands under a label that is no operation.
    pub fn observe_as(&mut self, label: &str, verdict: &Verdict) {
        let label = label.to_owned();
        let entry = self.operations.entry(label.clone()).or_default();
        entry.calls += 1;
        if !matches!(verdict, Verdict::Unknown(_)) {
            entry.status = OperationStatus::Judged;
        }
        match verdict {
            Verdict::Conforms(cards) => {
                for card in cards {
                    let count = self.blamed(&label, card);
                    count.fired += 1;
                    count.held += 1;
                }
            }
            Verdict::Diverges(_) => {
                for card in verdict.rules() {
                    let count = self.blamed(&label, &card);
                    count.fired += 1;
                    count.refuted += 1;
                }
            }
            Verdict::Unknown(_) => {}
        }
    }

    /// Counts a call that the target says it does not implement.
    pub fn unsupported(&mut self, operation: &dyn AnyOperation) {
        let entry = self
            .operations
            .entry(operation.label().to_owned())
            .or_default();
        entry.calls += 1;
        if entry.status == OperationStatus::NotRun {
            entry.status = OperationStatus::Unsupported;
        }
    }

    /// The counts of one rule, for what the verdicts do not tell.
    pub fn count(&mut self, operation: &str, id: &str) -> &mut RuleCount {
        let entry = self.operations.entry(operation.to_owned()).or_default();
        entry.rules.entry(id.to_owned()).or_default()
    }

    /// The counts of one operation, for what the verdicts do not tell.
    pub fn operation(&mut self, label: &str) -> &mut OperationCount {
        self.operations.entry(label.to_owned()).or_default()
    }

    /// The operations and their rules, by label. Drifts stand under [`catalog::DRIFT`].
    pub fn operations(&self) -> impl Iterator<Item = (&str, &OperationCount)> {
        self.operations
            .iter()
            .map(|(label, entry)| (label.as_str(), entry))
    }

    /// Whether the operation with this label could be judged.
    pub fn status(&self, label: &str) -> OperationStatus {
        let entry = self.operations.get(label);
        entry.map_or(OperationStatus::NotRun, |entry| entry.status)
    }

    /// The counts of one rule, as far as they are about this operation. What an operation shows of
    /// the promises of another one counts there.
    pub fn rule(&self, label: &str, id: &str) -> RuleCount {
        let entry = self.operations.get(home(label, id));
        let count = entry.and_then(|entry| entry.rules.get(id));
        count.copied().unwrap_or_default()
    }

    /// The labels of the operations with this status.
    pub fn labels(&self, status: OperationStatus) -> impl Iterator<Item = &str> {
        let operations = self.operations().filter(|(label, _)| is_operation(label));
        operations
            .filter(move |(_, entry)| entry.status == status)
            .map(|(label, _)| label)
    }

    /// The counts of every rule, added up over the operations it stands in.
    pub fn rules(&self) -> BTreeMap<&str, RuleCount> {
        let mut rules: BTreeMap<&str, RuleCount> = BTreeMap::new();
        for entry in self.operations.values() {
            for (id, count) in &entry.rules {
                rules.entry(id).or_default().add(count);
            }
        }
        rules
    }

    /// The rules about which nothing was learned though a plan could, as operation and id.
    pub fn starved(&self) -> impl Iterator<Item = (&str, &str)> {
        self.operations.iter().flat_map(|(label, entry)| {
            let starved = entry.rules.iter().filter(|(_, count)| count.is_starved());
            let starved = starved.map(|(id, _)| (label.as_str(), id.as_str()));
            starved.filter(|(label, id)| reason(label, id).is_none())
        })
    }

    /// Adds the counts of another run.
    pub fn merge(&mut self, other: &Coverage) {
        for (label, theirs) in &other.operations {
            let ours = self.operations.entry(label.clone()).or_default();
            ours.calls += theirs.calls;
            ours.status = match (ours.status, theirs.status) {
                (OperationStatus::NotRun, status) | (status, OperationStatus::NotRun) => status,
                (OperationStatus::Judged, _) | (_, OperationStatus::Judged) => {
                    OperationStatus::Judged
                }
                _ => OperationStatus::Unsupported,
            };
            for (id, count) in &theirs.rules {
                ours.rules.entry(id.clone()).or_default().add(count);
            }
            for (class, count) in &theirs.classes {
                ours.classes.entry(class.clone()).or_default().add(count);
            }
        }
    }

    /// How many rules there are and what became of them. A rule counts once per operation.
    pub fn totals(&self) -> RuleTotals {
        let all = || {
            self.operations
                .values()
                .flat_map(|entry| entry.rules.values())
        };
        let (rules, starved) = (all().count(), self.starved().count());
        let refuted = all().filter(|count| count.refuted > 0).count();
        let held = all().filter(|count| !count.is_starved()).count();
        RuleTotals {
            rules,
            held,
            starved,
            out_of_reach: rules.saturating_sub(held + starved),
            refuted,
        }
    }

    /// One line, as in `412 rules: 405 fired and held, 7 starved`. How many were refuted follows
    /// where any were; a rule that was refuted in some answers may have held in others.
    pub fn totals_line(&self) -> String {
        let totals = self.totals();
        let refuted = match totals.refuted {
            0 => String::new(),
            refuted => format!(", {refuted} refuted"),
        };
        let beyond = match totals.out_of_reach {
            0 => String::new(),
            beyond => format!(", {beyond} not reachable here"),
        };
        format!(
            "{} rules: {} fired and held, {} starved{beyond}{refuted}",
            totals.rules, totals.held, totals.starved
        )
    }

    /// One line for each operation that was called, with its starved and refuted rules, in aligned
    /// columns.
    pub fn table(&self) -> String {
        let called = |entry: &OperationCount| {
            entry.calls > 0 || entry.rules.values().any(|count| count.fired > 0)
        };
        let rows: Vec<_> = self
            .operations()
            .filter(|(_, entry)| called(entry))
            .collect();
        let width = rows
            .iter()
            .map(|(label, _)| label.len())
            .max()
            .unwrap_or_default()
            .max(9);
        let mut table = format!(
            "{:<width$} {:<11} {:>7} {:>5} {:>5} {:>7}  starved or refuted\n",
            "operation", "status", "calls", "rules", "held", "refuted"
        );
        for (label, entry) in rows {
            let held = entry
                .rules
                .values()
                .filter(|count| !count.is_starved())
                .count();
            let refuted = entry
                .rules
                .values()
                .filter(|count| count.refuted > 0)
                .count();
            let status = if !is_operation(label) {
                "-"
            } else {
                entry.status.word()
            };
            let calls = entry.calls;
            let rules = entry.rules.len();
            let row = format!(
                "{label:<width$} {status:<11} {calls:>7} {rules:>5} {held:>5} {refuted:>7}  {}",
                noteworthy(label, entry)
            );
            let _ = writeln!(table, "{}", row.trim_end());
        }
        table
    }

    /// The counts of the rule, where the catalogue has it: in this operation, or in the one whose
    /// effect this operation shows.
    fn blamed(&mut self, label: &str, card: &Card) -> &mut RuleCount {
        self.count(home(label, card.id), card.id)
    }
}

/// The label under which the catalogue has a rule that the answers of this operation are about.
pub fn home<'l>(label: &'l str, id: &str) -> &'l str {
    match HOMES.get(id).map(Vec::as_slice) {
        Some(homes @ [first, ..]) if !homes.contains(&label) => first,
        _ => label,
    }
}

/// The labels that each rule of the catalogue stands under.
static HOMES: LazyLock<BTreeMap<&str, Vec<&str>>> = LazyLock::new(|| {
    let mut homes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for rule in catalog::rules() {
        homes.entry(rule.card.id).or_default().push(rule.operation);
    }
    homes
});

/// Whether a label is that of an operation, and not of the rules that stand above all of them.
pub fn is_operation(label: &str) -> bool {
    ![catalog::DRIFT, catalog::WIRE, catalog::RELATION].contains(&label)
}

/// The rules of an operation that a reader should look at. An operation that never ran has nothing
/// to say about its rules.
fn noteworthy(label: &str, entry: &OperationCount) -> String {
    const MOST: usize = 6;
    let ran = entry.calls > 0 || label == catalog::DRIFT;
    let starved =
        |id: &str, count: &RuleCount| ran && count.is_starved() && reason(label, id).is_none();
    let ids: Vec<&str> = entry
        .rules
        .iter()
        .map(|(id, count)| (id.as_str(), count))
        .filter(|(id, count)| count.refuted > 0 || starved(id, count))
        .map(|(id, _)| id)
        .collect();
    let shown: Vec<&str> = ids.iter().copied().take(MOST).collect();
    match ids.len().checked_sub(MOST) {
        Some(more) if more > 0 => format!("{} and {more} more", shown.join(" ")),
        _ => shown.join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kms_conformance_model::Service;

    fn create_key() -> &'static dyn AnyOperation {
        catalog::operation(Service::Kms, "CreateKey").unwrap()
    }

    #[test]
    fn every_rule_starves_before_the_first_call() {
        let coverage = Coverage::of_catalogue();
        let totals = coverage.totals();
        assert_eq!(totals.held, 0);
        assert!(totals.rules > 0);
        assert_eq!(totals.starved + totals.out_of_reach, totals.rules);
    }

    #[test]
    fn a_rule_that_may_fire_holds_when_it_does() {
        let mut count = RuleCount {
            fired: 1,
            ..RuleCount::default()
        };
        assert!(count.is_starved());
        count.optional = true;
        assert!(!count.is_starved());
    }

    #[test]
    fn a_verdict_counts_for_its_rules() {
        let mut coverage = Coverage::of_catalogue();
        let card = create_key().rules()[0].card;
        coverage.observe(create_key(), &Verdict::Conforms(vec![card]));
        let count = *coverage.count("CreateKey", card.id);
        assert_eq!((count.fired, count.held, count.refuted), (1, 1, 0));
        assert_eq!(
            coverage.operation("CreateKey").status,
            OperationStatus::Judged
        );
    }

    #[test]
    fn an_unknown_verdict_judges_nothing() {
        let mut coverage = Coverage::of_catalogue();
        coverage.observe(create_key(), &Verdict::Unknown("lost".to_owned()));
        assert_eq!(
            coverage.operation("CreateKey").status,
            OperationStatus::NotRun
        );
        assert_eq!(coverage.operation("CreateKey").calls, 1);
    }

    #[test]
    fn merging_adds_up() {
        let mut left = Coverage::default();
        left.count("CreateKey", "CK-1").fired = 2;
        left.operation("CreateKey").status = OperationStatus::Unsupported;
        let mut right = Coverage::default();
        right.count("CreateKey", "CK-1").fired = 3;
        right.operation("CreateKey").status = OperationStatus::Judged;
        right.operation("ListKeys").calls = 4;
        left.merge(&right);
        assert_eq!(left.count("CreateKey", "CK-1").fired, 5);
        assert_eq!(left.operation("CreateKey").status, OperationStatus::Judged);
        assert_eq!(left.operation("ListKeys").calls, 4);
    }
}
