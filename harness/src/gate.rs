//! What `--must-cover` demands of a run: that each rule was seen in both directions, and each
//! operation in each class of state that it can meet, of the operations that were judged at all.

use crate::coverage::{Coverage, OperationCount, OperationStatus, is_operation};
use crate::expected::{expected, operation};
use crate::out_of_reach::{never_seen, never_spared, reason};
use kms_conformance_model::catalog::{DRIFT, RELATION};
use std::fmt;

/// Something that a run could have tried and did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The rule of an operation never fired.
    Fired(String, String),
    /// The rule of an operation was never spared.
    Spared(String, String),
    /// The operation was never tried in this class of state.
    Class(String, String),
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Missing::Fired(label, id) => write!(f, "{label}/{id}"),
            Missing::Spared(label, id) => write!(f, "{label}/{id} never spared"),
            Missing::Class(label, class) => write!(f, "{label} with {class}"),
        }
    }
}

impl Coverage {
    /// What the operations that were judged have left untried, though a plan could try it.
    pub fn missing(&self) -> Vec<Missing> {
        let everything_ran = self.labels(OperationStatus::NotRun).next().is_none();
        let judged = self.operations().filter(|(label, entry)| match *label {
            DRIFT | RELATION => everything_ran,
            _ => entry.status == OperationStatus::Judged,
        });
        let mut missing: Vec<(bool, Missing)> = judged
            .flat_map(|(label, entry)| {
                let above = !is_operation(label);
                let missing = missing_of(label, entry).into_iter();
                missing.map(move |it| (above, it))
            })
            .collect();
        // What stands above all operations comes last: it says least about what to try.
        missing.sort_by_key(|(above, _)| *above);
        missing.into_iter().map(|(_, it)| it).collect()
    }

    /// One line about classes of state and directions.
    pub fn cells_line(&self) -> String {
        let missing = self.missing();
        let count = |wanted: fn(&Missing) -> bool| missing.iter().filter(|it| wanted(it)).count();
        let classes = count(|it| matches!(it, Missing::Class(..)));
        let spared = count(|it| matches!(it, Missing::Spared(..)));
        let rules = self
            .operations()
            .flat_map(|(_, entry)| entry.rules.values());
        let both = rules.filter(|it| it.fired > 0 && it.spared > 0).count();
        let left = |number: usize, what: &str| match number {
            0 => String::new(),
            number => format!(", {number} {what}"),
        };
        format!(
            "{} cells of operation and state class seen{}; {both} rules both fired and spared{}",
            self.cells(),
            left(classes, "missing"),
            left(spared, "never spared")
        )
    }
}

fn missing_of(label: &str, entry: &OperationCount) -> Vec<Missing> {
    let rules = entry.rules.iter().filter_map(|(id, count)| {
        if count.is_starved() {
            let missing = Missing::Fired(label.to_owned(), id.clone());
            reason(label, id).is_none().then_some(missing)
        } else {
            let starved = count.spared == 0 && never_spared(label, id).is_none();
            starved.then(|| Missing::Spared(label.to_owned(), id.clone()))
        }
    });
    let classes = operation(label).map(expected).unwrap_or_default();
    let classes = classes.into_iter().filter_map(|class| {
        let name = class.to_string();
        let missing = !entry.classes.contains_key(&name) && never_seen(label, class).is_none();
        missing.then(|| Missing::Class(label.to_owned(), name))
    });
    rules.chain(classes).collect()
}

/// The first of these names, and how many there are beyond.
pub fn some_of(missing: &[Missing]) -> String {
    const MOST: usize = 10;
    let names: Vec<String> = missing.iter().take(MOST).map(Missing::to_string).collect();
    match missing.len().saturating_sub(MOST) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::RuleCount;
    use crate::exit_code::ExitCode;
    use crate::out_of_reach::never_seen;
    use crate::summary::{Summary, TargetRef};

    /// A run in which everything about this operation was tried.
    fn covered(label: &str) -> Summary {
        let mut summary = Summary::new(TargetRef::default(), 1);
        summary.must_cover = true;
        let entry = summary.coverage.operation(label);
        entry.status = OperationStatus::Judged;
        for count in entry.rules.values_mut() {
            *count = RuleCount {
                fired: 1,
                held: 1,
                spared: 1,
                ..*count
            };
        }
        for class in expected(operation(label).unwrap()) {
            let tried = never_seen(label, class).is_none();
            if tried {
                entry.classes.entry(class.to_string()).or_default().calls = 1;
            }
        }
        summary
    }

    fn fails(summary: &Summary, naming: &str) {
        assert_eq!(summary.exit_code(), ExitCode::Inconclusive);
        let verdict = summary.verdict();
        assert_eq!(verdict, format!("inconclusive (not covered: {naming})"));
    }

    #[test]
    fn what_was_tried_in_every_way_passes() {
        for label in ["CreateKey", "Sign", "CloudHsm/TagResource", "ListAliases"] {
            let summary = covered(label);
            assert_eq!(summary.coverage.missing(), []);
            assert_eq!(summary.exit_code(), ExitCode::Conforms);
        }
    }

    #[test]
    fn a_rule_that_starves_in_one_direction_is_named() {
        let mut summary = covered("CreateKey");
        summary.coverage.count("CreateKey", "CK-36").spared = 0;
        fails(&summary, "CreateKey/CK-36 never spared");
        let mut summary = covered("CreateKey");
        summary.coverage.count("CreateKey", "CK-36").fired = 0;
        fails(&summary, "CreateKey/CK-36");
        summary.must_cover = false;
        assert_eq!(summary.exit_code(), ExitCode::Conforms);
    }

    #[test]
    fn a_class_of_state_that_was_never_tried_is_named() {
        let mut summary = covered("EnableKey");
        let classes = &mut summary.coverage.operation("EnableKey").classes;
        assert!(classes.remove("key PendingDeletion").is_some());
        fails(&summary, "EnableKey with key PendingDeletion");
    }

    #[test]
    fn an_operation_that_was_not_judged_lacks_nothing() {
        let mut summary = covered("EnableKey");
        let entry = summary.coverage.operation("CreateKey");
        entry.status = OperationStatus::Unsupported;
        assert_eq!(summary.coverage.missing(), []);
    }

    #[test]
    fn of_many_names_ten_are_told() {
        let missing: Vec<Missing> = (0..12)
            .map(|n| Missing::Fired("A".to_owned(), n.to_string()))
            .collect();
        assert!(some_of(&missing).ends_with("A/9 and 2 more"));
        assert_eq!(some_of(&missing[..1]), "A/0");
    }
}
