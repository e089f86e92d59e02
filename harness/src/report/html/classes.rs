//! Operations by classes of state: how many answers were judged in each.

use super::page::grouped;
use crate::coverage::OperationCount;
use crate::expected::{expected, operation};
use crate::out_of_reach::never_seen;
use crate::summary::Summary;
use kms_conformance_model::{AnyOperation, Kind, kind_of};
use maud::{Markup, html};

/// An operation that was called, and what was counted.
type Row<'s> = (&'static dyn AnyOperation, &'s OperationCount);

/// A table for each kind of thing that operations name.
pub(super) fn section(summary: &Summary) -> Markup {
    html! {
        section #classes aria-labelledby="classes-title" {
            h2 #classes-title { "Operations by class of state" }
            p { "What the request named, and how it stood when the request was sent. A number is how "
                "many answers were judged there; 0 is a class that was never tried, and a dash one that "
                "cannot be. " (summary.coverage.cells_line()) "." }
            @for (kind, title) in [
                (Kind::Key, "Keys"), (Kind::KeyStore, "Key stores"), (Kind::Cluster, "Clusters"),
                (Kind::Backup, "Backups and tags"),
            ] {
                @let rows = rows(summary, kind);
                @if !rows.is_empty() { h3 { (title) } (table(title, &rows)) }
            }
        }
    }
}

fn rows(summary: &Summary, kind: Kind) -> Vec<Row<'_>> {
    let operations = summary.coverage.operations();
    let tried = operations.filter(|(_, entry)| !entry.classes.is_empty());
    tried
        .filter_map(|(label, entry)| Some((operation(label)?, entry)))
        .filter(|(operation, _)| kind_of(*operation) == kind)
        .collect()
}

/// The classes of these operations: those that were expected, in their order, then the others.
fn columns(rows: &[Row<'_>]) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    let wanted = rows.iter().flat_map(|(operation, _)| expected(*operation));
    let wanted = wanted.map(|class| class.to_string());
    let seen = rows
        .iter()
        .flat_map(|(_, entry)| entry.classes.keys().cloned());
    for class in wanted.chain(seen) {
        if !columns.contains(&class) {
            columns.push(class);
        }
    }
    columns
}

fn table(title: &str, rows: &[Row<'_>]) -> Markup {
    let columns = columns(rows);
    html! {
        div.table tabindex="0" {
            table aria-label={ (title) " by class of state" } {
                thead { tr {
                    th scope="col" { "Operation" }
                    @for class in &columns { th.number scope="col" { (class) } }
                } }
                tbody {
                    @for (operation, entry) in rows {
                        tr {
                            th scope="row" { (operation.label()) }
                            @for class in &columns { (cell(*operation, entry, class)) }
                        }
                    }
                }
            }
        }
    }
}

fn cell(operation: &dyn AnyOperation, entry: &OperationCount, class: &str) -> Markup {
    if let Some(count) = entry.classes.get(class) {
        return html! { td.number { (grouped(count.calls)) } };
    }
    let mut classes = expected(operation).into_iter();
    let wanted = classes.find(|wanted| wanted.to_string() == class);
    match wanted.map(|class| never_seen(operation.label(), class)) {
        None => html! { td {} },
        Some(Some(why)) => html! { td.number title=(why) { "–" } },
        Some(None) => html! { td class="number is-refuted" { "0" } },
    }
}
