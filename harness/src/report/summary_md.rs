//! `summary.md`: one page for a pull request or the summary of a CI job.

use crate::coverage::OperationStatus;
use crate::finding::{Finding, counted, link};
use crate::summary::Summary;
use std::fmt::Write;

/// The text of `summary.md`.
pub fn render(summary: &Summary) -> String {
    let mut page = format!("# {} {}\n\n", summary.target.name, summary.verdict());
    let totals = &summary.totals;
    let _ = writeln!(
        page,
        "{} {}, seed {}: {} and {} in {:.1} s. {}. {}.\n",
        summary.tool,
        summary.version,
        summary.seed,
        counted(totals.cases as usize, "case"),
        counted(totals.calls as usize, "call"),
        totals.seconds,
        summary.coverage.totals_line(),
        summary.coverage.cells_line()
    );
    findings(&mut page, summary);
    operations(&mut page, summary);
    notes(&mut page, summary);
    page
}

fn findings(page: &mut String, summary: &Summary) {
    if summary.findings.is_empty() {
        page.push_str("No findings.\n\n");
        return;
    }
    page.push_str(
        "| finding | severity | operation | rule | expected | observed | steps | reproduced |\n\
         |---|---|---|---|---|---|---:|---:|\n",
    );
    for finding in &summary.findings {
        let _ = writeln!(
            page,
            "| `{}` {} | {} | {} | {} | {} | {} | {} | {} |",
            finding.fingerprint,
            finding.status.word(),
            finding.severity.word(),
            finding.operation,
            rule(finding),
            cell(&finding.expected.join(" or ")),
            cell(&finding.observed_with_status()),
            finding.steps,
            finding.reproduced_word()
        );
    }
    page.push('\n');
}

fn rule(finding: &Finding) -> String {
    let Some(card) = finding.rule() else {
        return "no rule".to_owned();
    };
    let target = link(&card.cite);
    let id = if target == card.cite {
        card.id.clone()
    } else {
        format!("[{}]({target})", card.id)
    };
    format!("{id} {}", cell(&card.says))
}

fn operations(page: &mut String, summary: &Summary) {
    page.push_str("| operations | |\n|---|---:|\n");
    for status in [
        OperationStatus::Judged,
        OperationStatus::Unsupported,
        OperationStatus::NotRun,
    ] {
        let labels = summary.coverage.labels(status).count();
        let _ = writeln!(page, "| {} | {labels} |", status.word());
    }
    page.push('\n');
}

fn notes(page: &mut String, summary: &Summary) {
    if !summary.unsupported.is_empty() {
        page.push_str("Unsupported, which is not a pass:\n\n");
        for note in &summary.unsupported {
            let _ = writeln!(page, "- {}: {}", note.operation, cell(&note.answer));
        }
        page.push('\n');
    }
    if !summary.unknown.is_empty() {
        page.push_str("Not judged:\n\n");
        for note in &summary.unknown {
            let _ = writeln!(
                page,
                "- {} ({}): {}",
                note.place(),
                note.count,
                cell(&note.reason)
            );
        }
        page.push('\n');
    }
}

/// A text that stays inside its cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
        .replace('\n', " ")
        .replace('<', "&lt;")
}
