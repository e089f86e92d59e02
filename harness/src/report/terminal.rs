//! The terminal: findings as they come, and the summary at the end. Plain text, unless colours were
//! asked for.

use super::{Progress, Report};
use crate::coverage::OperationStatus;
use crate::event::Event;
use crate::exit_code::ExitCode;
use crate::finding::{Finding, Severity, Status, counted};
use crate::summary::{AwsNote, Summary};
use anstyle::{AnsiColor, Style};
use std::fmt::Write as _;
use std::io::Write;
use std::path::PathBuf;

/// Prints to a terminal, or to a pipe that somebody reads.
pub struct Terminal<W: Write> {
    out: W,
    colours: bool,
    report_dir: Option<PathBuf>,
    progress: Option<Progress>,
    closed: bool,
}

impl<W: Write> Terminal<W> {
    /// Prints to `out`. `report_dir` is where findings are kept, for the hint how to replay them.
    pub fn new(out: W, colours: bool, report_dir: Option<PathBuf>) -> Terminal<W> {
        Terminal {
            out,
            colours,
            report_dir,
            progress: None,
            closed: false,
        }
    }

    /// The same with a line that shows how far the run is.
    pub fn with_progress(self, progress: Progress) -> Terminal<W> {
        Terminal {
            progress: Some(progress),
            ..self
        }
    }

    fn print(&mut self, text: &str) {
        // Whoever closed the pipe has read enough; the verdict does not depend on it.
        if self.closed {
            return;
        }
        let out = &mut self.out;
        let mut print = || writeln!(out, "{text}").and_then(|()| out.flush());
        let printed = match &self.progress {
            Some(progress) => progress.around(print),
            None => print(),
        };
        self.closed = printed.is_err();
    }

    fn summary(&self, summary: &Summary) -> String {
        let mut text = String::new();
        for group in groups(&summary.findings) {
            let _ = writeln!(text, "\n{}", self.heading(&group));
            for variants in group.chunk_by(|one, other| one.cause == other.cause) {
                for (nth, finding) in variants.iter().enumerate() {
                    let _ = match (finding.status, nth) {
                        (Status::Known, _) => writeln!(text, "\n{}", self.known(finding)),
                        (Status::Fixed, _) | (_, 0) => {
                            writeln!(text, "\n{}", self.finding(finding))
                        }
                        _ => writeln!(text, "  {:<9} {}", "variant", finding.variant()),
                    };
                }
            }
        }
        let _ = write!(text, "\n{}", summary.coverage.table());
        notes(&mut text, summary);
        let totals = &summary.totals;
        let cases = counted(totals.cases as usize, "case");
        let calls = counted(totals.calls as usize, "call");
        let suspicions = summary.of_severity(Severity::Suspicion).count();
        let _ = writeln!(text, "\n{}", summary.coverage.totals_line());
        let _ = writeln!(text, "{}", summary.coverage.cells_line());
        let _ = writeln!(
            text,
            "{cases}, {calls} in {:.1} s, seed {}; {}",
            totals.seconds,
            summary.seed,
            summary.ended.words()
        );
        if totals.unjudged > 0 {
            let share = totals.unjudged as f64 * 100.0 / totals.calls.max(1) as f64;
            let _ = writeln!(
                text,
                "{} of {calls} not judged ({share:.1} %)",
                counted(totals.unjudged as usize, "answer")
            );
        }
        if suspicions > 0 {
            let _ = writeln!(text, "{}, not counted", counted(suspicions, "suspicion"));
        }
        let verdict = format!("{} {}", summary.target.name, summary.verdict());
        let colour = match summary.exit_code() {
            ExitCode::Conforms => AnsiColor::Green,
            ExitCode::Divergences => AnsiColor::Red,
            _ => AnsiColor::Yellow,
        };
        text.push_str(&self.painted(&verdict, colour));
        text
    }

    fn heading(&self, group: &[&Finding]) -> String {
        let Some(first) = group.first() else {
            return String::new();
        };
        let number = counted(group.len(), first.severity.word());
        let heading = format!("{}: {number}", first.impact.words());
        match self.colours {
            true => format!(
                "{style}{heading}{style:#}",
                style = Style::new().bold().underline()
            ),
            false => heading,
        }
    }

    fn finding(&self, finding: &Finding) -> String {
        let block = finding.to_string();
        let (head, rest) = block.split_once('\n').unwrap_or((&block, ""));
        let head = self.painted(head, colour(finding));
        if finding.status == Status::Fixed {
            return format!("{head}\n{rest}");
        }
        let hint = match &self.report_dir {
            Some(dir) => {
                let file = |ending: &str| {
                    let name = format!("{}.{ending}", finding.fingerprint);
                    dir.join("findings").join(name).display().to_string()
                };
                let replay = format!("kms-conformance replay {}", file("json"));
                match &finding.script {
                    Some(_) => format!("{replay}\n  {:<9} sh {} ENDPOINT", "script", file("sh")),
                    None => replay,
                }
            }
            None => "give --report-dir DIR to keep the plan".to_owned(),
        };
        format!("{head}\n{rest}\n  {:<9} {hint}", "replay")
    }

    /// What is accepted needs no more than a line or two.
    fn known(&self, finding: &Finding) -> String {
        let head = self.painted(&finding.headline(), colour(finding));
        format!("{head}\n  {:<9} {}", "accepted", finding.acceptance())
    }

    fn painted(&self, text: &str, colour: AnsiColor) -> String {
        if self.colours {
            let style = Style::new().bold().fg_color(Some(colour.into()));
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }
}

impl<W: Write> Report for Terminal<W> {
    fn on(&mut self, event: &Event) {
        if let Some(progress) = &mut self.progress {
            progress.on(event);
        }
        match event {
            Event::RunStarted {
                version,
                target,
                seed,
            } => {
                let url = if target.url.is_empty() {
                    String::new()
                } else {
                    format!(" at {}", target.url)
                };
                self.print(&format!(
                    "kms-conformance {version} judges {}{url}, seed {seed}",
                    target.name
                ));
            }
            Event::FindingFound(finding) => {
                let head = self.painted(&finding.headline(), colour(finding));
                self.print(&format!("found {head}"));
            }
            Event::Unsupported { operation, answer } => {
                self.print(&format!("unsupported {operation}: {answer}"));
            }
            Event::CleanedUp(note) => self.print(&cleaned_up(note)),
            Event::RunFinished(summary) => {
                let text = self.summary(summary);
                self.print(&text);
            }
            Event::CaseStarted { .. }
            | Event::Exchange { .. }
            | Event::Shrinking { .. }
            | Event::FindingShrunk(_) => {}
        }
    }
}

/// The findings by severity and impact, divergences first.
fn groups(findings: &[Finding]) -> Vec<Vec<&Finding>> {
    let sorted: Vec<&Finding> = findings.iter().collect();
    let alike = |one: &&Finding, other: &&Finding| {
        (one.severity, one.impact) == (other.severity, other.impact)
    };
    sorted.chunk_by(alike).map(<[_]>::to_vec).collect()
}

fn colour(finding: &Finding) -> AnsiColor {
    if finding.fails() {
        AnsiColor::Red
    } else {
        AnsiColor::Yellow
    }
}

/// What a run on AWS sent, cost and left.
pub(crate) fn cleaned_up(note: &AwsNote) -> String {
    let held_back: u64 = note.held_back.values().sum();
    let number = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    let mut text = format!(
        "\non AWS: {}, {} throttled, {} held back, {}; {} made, {} at the most",
        counted(number(note.requests), "request"),
        note.throttled,
        held_back,
        counted(number(note.old), "old answer"),
        counted(note.made, "thing"),
        note.most,
    );
    for (why, count) in &note.held_back {
        let _ = write!(text, "\n  held back ({count}): {why}");
    }
    if note.left.is_empty() {
        text.push_str("\n  nothing is left but keys that AWS deletes in seven days");
        return text;
    }
    for left in &note.left {
        let _ = write!(text, "\n  left: {left}");
    }
    let _ = write!(
        text,
        "\n  later: kms-conformance cleanup --journal {}",
        note.journal
    );
    text
}

fn notes(text: &mut String, summary: &Summary) {
    let not_run = summary.coverage.labels(OperationStatus::NotRun).count();
    if not_run > 0 {
        let _ = writeln!(text, "\nnot run: {}", counted(not_run, "operation"));
    }
    if !summary.unsupported.is_empty() {
        text.push_str("\nunsupported, which is not a pass:\n");
        for note in &summary.unsupported {
            let _ = writeln!(text, "  {}: {}", note.operation, note.answer);
        }
    }
    if !summary.unknown.is_empty() {
        text.push_str("\nnot judged:\n");
        for (reason, count, places) in summary.unjudged_reasons() {
            let _ = writeln!(text, "  {count}: {reason} ({})", some(&places));
        }
    }
}

/// The first few of these, and how many more there are.
fn some(places: &[&str]) -> String {
    const FEW: usize = 4;
    let first: Vec<&str> = places.iter().take(FEW).copied().collect();
    match places.len().saturating_sub(FEW) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}
