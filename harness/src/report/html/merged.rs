//! Several targets on one page.

use super::page::{grouped, page};
use crate::finding::counted;
use crate::merge::{Cell, Column, Kind, Matrix, Row};
use maud::{Markup, html};

/// The page that `merge --out` writes.
pub fn render(matrix: &Matrix) -> String {
    let names: Vec<&str> = matrix.columns.iter().map(|it| it.name.as_str()).collect();
    let title = format!("KMS conformance of {}", names.join(", "));
    let content = html! {
        header {
            p.kicker { "Conformance to AWS KMS and CloudHSM v2" }
            h1 { (counted(matrix.columns.len(), "target")) " side by side" }
            div.targets { @for column in &matrix.columns { (target(column)) } }
        }
        nav aria-label="Sections" {
            a href="#operations" { "Operations" }
            a href="#rules" { "Rules that differ" }
        }
        main {
            section #operations aria-labelledby="operations-title" {
                h2 #operations-title { "Operations" }
                (table("Operation", matrix, &matrix.operations))
            }
            section #rules aria-labelledby="rules-title" {
                h2 #rules-title { "Rules that differ" }
                @if matrix.rules.is_empty() {
                    p.none { "No rule is broken by some of the targets and not by the others." }
                } @else {
                    p { (counted(matrix.rules.len(), "rule")) " that some of the targets break and others do not. "
                        "Starved means that no request came to the rule." }
                    (table("Rule", matrix, &matrix.rules))
                }
            }
        }
        footer { p { "An operation that a target does not have is unsupported. That is not a pass." } }
    };
    page(&title, &content)
}

fn target(column: &Column) -> Markup {
    let class = match column.divergences {
        0 => "verdict conforms",
        _ => "verdict diverges",
    };
    html! {
        div.target-card {
            h3 { (column.name) }
            p class=(class) { strong { (counted(column.divergences, "divergence")) } ", "
                (counted(column.suspicions, "suspicion")) }
            p.source { (grouped(column.calls)) " calls, seed " (column.seed) }
            @if !column.url.is_empty() && !column.url.ends_with(&column.name) { p.source { (column.url) } }
        }
    }
}

fn table(first: &str, matrix: &Matrix, rows: &[Row]) -> Markup {
    html! {
        div.table tabindex="0" {
            table.merged {
                thead { tr {
                    th scope="col" { (first) }
                    @for column in &matrix.columns { th scope="col" { (column.name) } }
                } }
                tbody {
                    @for row in rows {
                        tr {
                            th scope="row" { (row.name)
                                @if !row.says.is_empty() { span.source { (row.says) } } }
                            @for cell in &row.cells { (one(cell)) }
                        }
                    }
                }
            }
        }
    }
}

fn one(cell: &Cell) -> Markup {
    let class = match cell.kind {
        Kind::Held => "held",
        Kind::Refuted => "refuted",
        Kind::Suspected => "suspected",
        Kind::Unsupported => "unsupported",
        Kind::Starved => "starved",
    };
    html! {
        td class={ "is-" (class) } { span class={ "cell " (class) } aria-hidden="true" {} "\u{a0}" (cell.text) }
    }
}
