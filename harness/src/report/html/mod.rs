//! `report.html`: a run on one page, to be sent to those who maintain the target.

mod classes;
pub(crate) mod finding;
mod matrix;
mod merged;
mod page;

pub use merged::render as merged;
pub(crate) use page::{grouped, page};

use crate::coverage::OperationStatus;
use crate::exit_code::ExitCode;
use crate::finding::{Finding, Severity, counted};
use crate::summary::Summary;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// The text of `report.html`.
pub fn render(summary: &Summary) -> String {
    let title = format!("{} {}", summary.target.name, summary.verdict());
    let content = html! {
        header { (head(summary)) }
        nav aria-label="Sections" {
            a href="#findings" { "Findings" }
            a href="#matrix" { "Rules by operation" }
            a href="#classes" { "Classes of state" }
            @if !summary.unsupported.is_empty() { a href="#unsupported" { "Unsupported" } }
            @if !summary.unknown.is_empty() { a href="#unknown" { "Not judged" } }
            a href="#reading" { "How to read this" }
        }
        main {
            (findings(summary))
            (matrix::section(summary))
            (classes::section(summary))
            (unsupported(summary))
            (unknown(summary))
            (reading(summary))
        }
        footer {
            p { (summary.tool) " " (summary.version) ", seed " (summary.seed)
                ". Passwords, plaintexts and key material are left out." }
        }
    };
    page(&title, &content)
}

fn head(summary: &Summary) -> Markup {
    let totals = &summary.totals;
    let class = match summary.exit_code() {
        ExitCode::Conforms => "verdict conforms",
        ExitCode::Divergences => "verdict diverges",
        _ => "verdict inconclusive",
    };
    let count = |severity| summary.of_severity(severity).count();
    let status = |status| summary.coverage.labels(status).count();
    let word = summary.verdict();
    html! {
        p.kicker { "Conformance to AWS KMS and CloudHSM v2" }
        h1 { span.target { (summary.target.name) } " " span class=(class) { (word) } }
        p.lead {
            strong { (counted(count(Severity::Divergence), "divergence")) }
            " from documented or observed behaviour of AWS and "
            (counted(count(Severity::Suspicion), "suspicion"))
            ", each with the smallest sequence of requests that was found to show it."
        }
        dl.facts {
            (fact("Target", if summary.target.url.is_empty() { &summary.target.name } else { &summary.target.url }))
            (fact("Seed", &summary.seed.to_string()))
            (fact("Calls", &grouped(totals.calls)))
            (fact("Plans", &grouped(totals.cases)))
            (fact("Time", &format!("{:.1} s", totals.seconds)))
            (fact("Operations judged", &status(OperationStatus::Judged).to_string()))
            (fact("Unsupported", &status(OperationStatus::Unsupported).to_string()))
            (fact("Not run", &status(OperationStatus::NotRun).to_string()))
        }
        (matrix::proportions(summary))
    }
}

pub(crate) fn fact(name: &str, value: &str) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}

fn findings(summary: &Summary) -> Markup {
    let mut groups: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in &summary.findings {
        groups.entry(&finding.operation).or_default().push(finding);
    }
    for group in groups.values_mut() {
        group.sort_by_key(|finding| (finding.severity, &finding.fingerprint));
    }
    html! {
        section #findings aria-labelledby="findings-title" {
            h2 #findings-title { "Findings" }
            @if groups.is_empty() {
                p.none { "No answer that was judged differs from what AWS documents." }
            } @else {
                (filter(&groups))
                @for (operation, group) in &groups {
                    div.group data-operation=(operation) {
                        h3 { (operation) " " span.count { (counted(group.len(), "finding")) } }
                        @for finding in group { (finding::card(finding)) }
                    }
                }
                p.none #no-match hidden { "No finding matches." }
            }
        }
    }
}

/// It does nothing without scripts, and is not shown then.
fn filter(groups: &BTreeMap<&str, Vec<&Finding>>) -> Markup {
    html! {
        form #filter hidden role="search" aria-label="Filter the findings" {
            label { span { "Operation" }
                select name="operation" {
                    option value="" { "all" }
                    @for (operation, group) in groups {
                        option value=(operation) { (operation) " (" (group.len()) ")" }
                    }
                }
            }
            label { span { "Severity" }
                select name="severity" {
                    option value="" { "all" }
                    @for severity in [Severity::Divergence, Severity::Suspicion] {
                        option value=(severity.word()) { (severity.word()) }
                    }
                }
            }
            label.grow { span { "Text" }
                input type="search" name="text" placeholder="rule, error, member…";
            }
            div.buttons {
                button type="button" data-all="open" { "Open all" }
                button type="button" data-all="close" { "Close all" }
            }
            output { "" }
        }
    }
}

fn unsupported(summary: &Summary) -> Markup {
    html! {
        @if !summary.unsupported.is_empty() {
            section #unsupported aria-labelledby="unsupported-title" {
                h2 #unsupported-title { "Unsupported" }
                p { "The target says, or lets one see, that it does not have these operations, or "
                    "parts of them. That is not a pass." }
                dl.notes {
                    @for note in &summary.unsupported {
                        dt { (note.operation) } dd { (note.answer) }
                    }
                }
            }
        }
    }
}

fn unknown(summary: &Summary) -> Markup {
    html! {
        @if !summary.unknown.is_empty() {
            section #unknown aria-labelledby="unknown-title" {
                h2 #unknown-title { "Not judged" }
                p { "Answers about which nothing can be said, and why." }
                dl.notes {
                    @for note in &summary.unknown {
                        dt { (note.place()) } dd { (note.count) " × " (note.reason) }
                    }
                }
            }
        }
    }
}

fn reading(summary: &Summary) -> Markup {
    html! {
        section #reading aria-labelledby="reading-title" {
            h2 #reading-title { "How to read this" }
            p { "Requests were made up from a seed, and every answer was compared with rules that "
                "each cite AWS. What differed was reduced to a small sequence and repeated." }
            dl.notes {
                dt { "Divergence" }
                dd { "A rule was broken that AWS documents, or that AWS was recorded to keep." }
                dt { "Suspicion" }
                dd { "A rule was broken that is known second-hand or only inferred. It may be the rule "
                    "that is wrong." }
                dt { "AWS documents" }
                dd { "Every outcome that the rules allow. Where AWS does not say which of several errors "
                    "comes first, all of them are allowed." }
                dt { "Script" }
                dd { "A shell script for the AWS CLI that shows the finding; it takes the endpoint as its "
                    "argument. The report directory holds each as " code { "findings/…​.sh" } "." }
                dt { "Again" }
                dd { code { "kms-conformance check --target " (summary.target.url) " --seed " (summary.seed) } }
            }
        }
    }
}
