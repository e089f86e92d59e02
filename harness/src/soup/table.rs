//! The table of an exam.

use super::{Missed, Outcome, Why};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// What came of all soups with the same number of faults.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Row {
    /// How many soups there were.
    pub soups: usize,
    /// How many faults were planted.
    pub planted: usize,
    /// How many of them could be shown in their soup without `/_outside`.
    pub showable: usize,
    /// How many were found.
    pub found: usize,
    /// How many findings there were that no fault is behind.
    pub alarms: usize,
    /// The median of the calls until a fault was found.
    pub median_calls: usize,
}

impl Row {
    /// How many of the faults that could be shown were found, in percent.
    pub fn percent(&self) -> f64 {
        let of = |number: usize| u32::try_from(number).map_or(0.0, f64::from);
        of(self.found) * 100.0 / of(self.showable.max(1))
    }
}

/// What came of an exam.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Table {
    /// A row for each number of faults.
    pub rows: BTreeMap<usize, Row>,
    /// What came of each soup.
    pub soups: Vec<Outcome>,
}

impl Table {
    /// The table of these soups.
    pub fn new(soups: Vec<Outcome>) -> Table {
        let mut by_count: BTreeMap<usize, Vec<&Outcome>> = BTreeMap::new();
        for soup in &soups {
            by_count.entry(soup.planted.len()).or_default().push(soup);
        }
        let rows = by_count.into_iter();
        Table {
            rows: rows.map(|(count, soups)| (count, row(&soups))).collect(),
            soups,
        }
    }
}

fn row(soups: &[&Outcome]) -> Row {
    let sum = |of: fn(&Outcome) -> usize| soups.iter().map(|soup| of(soup)).sum();
    let calls = soups.iter().flat_map(|soup| &soup.found);
    let mut calls: Vec<usize> = calls.map(|found| found.calls).collect();
    calls.sort_unstable();
    let found: usize = sum(|soup| soup.found.len());
    let missed: usize = sum(|soup| soup.missed.iter().filter(|it| it.why.counts()).count());
    Row {
        soups: soups.len(),
        planted: sum(|soup| soup.planted.len()),
        showable: found + missed,
        found,
        alarms: sum(|soup| soup.alarms.len()),
        median_calls: calls.get(calls.len() / 2).copied().unwrap_or_default(),
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for soup in &self.soups {
            let place = format!("k={} seed={}", soup.planted.len(), soup.seed);
            for missed in &soup.missed {
                writeln!(f, "{place} {}", in_words(missed))?;
            }
            for (word, alarms) in [("together", &soup.together), ("FALSE ALARM", &soup.alarms)] {
                for alarm in alarms {
                    let plan = alarm.plan.display();
                    writeln!(f, "{place} {word}: {} ({plan})", alarm.headline)?;
                }
            }
        }
        writeln!(
            f,
            "| k | soups | planted | showable | found | % | false alarms | median calls until found |"
        )?;
        writeln!(f, "|--:|--:|--:|--:|--:|--:|--:|--:|")?;
        for (count, row) in &self.rows {
            writeln!(
                f,
                "| {count} | {} | {} | {} | {} | {:.1} | {} | {} |",
                row.soups,
                row.planted,
                row.showable,
                row.found,
                row.percent(),
                row.alarms,
                row.median_calls
            )?;
        }
        Ok(())
    }
}

fn in_words(missed: &Missed) -> String {
    let name = &missed.name;
    match &missed.why {
        Why::Missed { plan, calls } => {
            let plan = if plan.is_empty() {
                "a drawn plan"
            } else {
                plan
            };
            format!("MISSED {name}: shown by {plan:?}, {calls} calls")
        }
        Why::NeedsAdmin { reason } => format!("not showable {name}: {reason}"),
        Why::NeverShows => format!("not showable {name}: no plan shows it, even with /_outside"),
        Why::Hidden { by } if by.is_empty() => format!("hidden {name}: by several faults together"),
        Why::Hidden { by } => format!("hidden {name}: by {}", by.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::soup::Found;

    #[test]
    fn what_cannot_be_shown_does_not_count() {
        let missed = |why| Missed {
            name: "a".to_owned(),
            why,
        };
        let found = |calls| Found {
            name: "b".to_owned(),
            calls,
            fingerprint: String::new(),
        };
        let soup = Outcome {
            seed: 1,
            planted: vec![String::new(); 5],
            found: vec![found(30), found(10)],
            missed: vec![
                missed(Why::NeverShows),
                missed(Why::Hidden { by: Vec::new() }),
                missed(Why::Missed {
                    plan: String::new(),
                    calls: 3,
                }),
            ],
            together: Vec::new(),
            alarms: Vec::new(),
            findings: 2,
            neighbour_calls: 0,
            seconds: 1.0,
        };
        let table = Table::new(vec![soup]);
        let row = &table.rows[&5];
        assert_eq!((row.planted, row.showable, row.found), (5, 3, 2));
        assert_eq!(row.median_calls, 30);
        assert!(
            table
                .to_string()
                .ends_with("| 5 | 1 | 5 | 3 | 2 | 66.7 | 0 | 30 |\n")
        );
    }
}
