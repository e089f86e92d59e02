//! Operations by rules: what became of each rule.

use super::page::{cite, grouped};
use crate::coverage::{OperationCount, RuleCount, is_operation};
use crate::finding::counted;
use crate::out_of_reach::reason;
use crate::rule_state::{RuleState, STATES, rule_state};
use crate::summary::Summary;
use kms_conformance_model::{Card, catalog};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// A rule of a row.
struct Cell<'s> {
    id: &'s str,
    count: &'s RuleCount,
    state: RuleState,
    card: Option<Card>,
}

const SPARED: &str = "the rule did not apply, and the answer would have been another if it had";

/// How many rules are in each state, as a bar and its legend.
pub(super) fn proportions(summary: &Summary) -> Markup {
    let mut numbers: BTreeMap<RuleState, usize> = BTreeMap::new();
    for (label, entry) in summary.coverage.operations() {
        for (id, count) in &entry.rules {
            let state = rule_state(label, entry.status, id, count);
            *numbers.entry(state).or_default() += 1;
        }
    }
    let all: usize = numbers.values().sum();
    let number = |state: &RuleState| numbers.get(state).copied().unwrap_or_default();
    html! {
        div.proportions {
            div.bar aria-hidden="true" {
                @for state in STATES.iter().filter(|state| number(state) > 0) {
                    span class={ "cell " (state.class()) } style={ "flex-grow:" (number(state)) } {}
                }
            }
            ul.legend aria-label={ "What became of the " (all) " rules" } {
                @for state in &STATES {
                    li title=(state.meaning()) {
                        span class={ "cell " (state.class()) } aria-hidden="true" {}
                        strong { (number(state)) } " " (state.word())
                    }
                }
            }
        }
    }
}

/// The operations, a row for each; opened, it lists its rules.
pub(super) fn section(summary: &Summary) -> Markup {
    let cards: BTreeMap<(&str, &str), Card> = catalog::rules()
        .map(|rule| ((rule.operation, rule.card.id), rule.card))
        .collect();
    let operations = summary.coverage.operations().count();
    html! {
        section #matrix aria-labelledby="matrix-title" {
            h2 #matrix-title { "Rules by operation" }
            p { "A square is a rule. Open a row to read its rules. "
                (counted(operations, "row")) "; those in brackets stand above all operations." }
            ul.legend {
                @for state in &STATES {
                    li { span class={ "cell " (state.class()) } aria-hidden="true" {}
                        span { strong { (state.word()) } ": " (state.meaning()) } }
                }
            }
            div.rows {
                @for (label, entry) in summary.coverage.operations() {
                    (row(summary, label, entry, &cards))
                }
            }
        }
    }
}

fn row(
    summary: &Summary,
    label: &str,
    entry: &OperationCount,
    cards: &BTreeMap<(&str, &str), Card>,
) -> Markup {
    let cells: Vec<Cell<'_>> = entry
        .rules
        .iter()
        .map(|(id, count)| Cell {
            id,
            count,
            state: rule_state(label, entry.status, id, count),
            card: cards.get(&(label, id.as_str())).copied(),
        })
        .collect();
    let number = |state: RuleState| cells.iter().filter(|cell| cell.state == state).count();
    let numbers: Vec<String> = STATES
        .iter()
        .filter(|state| number(**state) > 0)
        .map(|state| format!("{} {}", number(*state), state.word()))
        .collect();
    let status = if is_operation(label) {
        entry.status.word()
    } else {
        ""
    };
    html! {
        details.row {
            summary {
                span.operation { (label) }
                span.strip aria-hidden="true" {
                    @for cell in &cells {
                        span class={ "cell " (cell.state.class()) } title={ (cell.id) ", " (cell.state.word()) } {}
                    }
                }
                span.numbers {
                    @if !status.is_empty() && status != "judged" { span.pill.status { (status) } " " }
                    (numbers.join(", "))
                    @if entry.calls > 0 { span.calls { ", " (grouped(entry.calls)) " calls" } }
                }
            }
            (rules(summary, label, &cells))
        }
    }
}

fn rules(summary: &Summary, label: &str, cells: &[Cell<'_>]) -> Markup {
    html! {
        div.table {
            table {
                thead { tr {
                    th scope="col" { "Rule" } th scope="col" { "State" } th scope="col" { "It says" }
                    th.number scope="col" { "Fired" } th.number scope="col" { "Held" } th.number scope="col" { "Refuted" }
                    th.number scope="col" title=(SPARED) { "Spared" }
                } }
                tbody {
                    @for cell in cells {
                        tr {
                            th scope="row" { (cell.id) }
                            td { span class={ "cell " (cell.state.class()) } aria-hidden="true" {} "\u{a0}" (cell.state.word())
                                (found(summary, label, cell)) }
                            td {
                                @if let Some(card) = &cell.card {
                                    (card.says) " " span.source { (card.evidence.word()) ", " (cite(card.cite)) }
                                }
                                @if let (RuleState::NotReachable, Some(why)) = (cell.state, reason(label, cell.id)) {
                                    " " em { (why) }
                                }
                            }
                            td.number { (cell.count.fired) } td.number { (cell.count.held) } td.number { (cell.count.refuted) }
                            td.number { (cell.count.spared) }
                        }
                    }
                }
            }
        }
    }
}

/// Links to the findings that blame the rule most, those of its operation first.
fn found(summary: &Summary, label: &str, cell: &Cell<'_>) -> Markup {
    const MOST: usize = 3;
    let blamed =
        |finding: &&crate::finding::Finding| finding.rules.iter().any(|card| card.id == cell.id);
    let mut findings: Vec<_> = summary.findings.iter().filter(blamed).collect();
    findings.sort_by_key(|finding| finding.operation != label);
    html! {
        @if cell.state == RuleState::Refuted {
            @for finding in findings.iter().take(MOST) {
                " " a href={ "#f-" (finding.fingerprint) } title=(finding.operation) { (finding.fingerprint.get(..6).unwrap_or_default()) }
            }
        }
    }
}
