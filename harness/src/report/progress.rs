//! How far a run is, on one line of the terminal that is overwritten.

use crate::event::Event;
use crate::finding::{Finding, counted};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, stderr};
use std::time::Duration;

const BAR: &str = "{elapsed:>4} [{bar:30}] {pos} of {len} plans{msg}";
const SPINNER: &str = "{elapsed:>4} {spinner} {pos} plans{msg}";

/// A line on standard error, if that is a terminal.
pub struct Progress {
    bar: ProgressBar,
    findings: usize,
    shrinking: Option<String>,
}

impl Progress {
    /// For a run of so many plans, or of an unknown number. Nothing is shown before the run begins.
    pub fn new(cases: Option<u64>) -> Progress {
        let target = match stderr().is_terminal() {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        Progress::to(target, cases)
    }

    fn to(target: ProgressDrawTarget, cases: Option<u64>) -> Progress {
        let bar = ProgressBar::with_draw_target(cases, target);
        let template = if cases.is_some() { BAR } else { SPINNER };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        Progress {
            bar,
            findings: 0,
            shrinking: None,
        }
    }

    /// Prints something else, with the line out of the way.
    pub fn around<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }

    /// Takes note of an event.
    pub fn on(&mut self, event: &Event) {
        match event {
            Event::RunStarted { .. } => self.bar.enable_steady_tick(Duration::from_millis(200)),
            Event::CaseStarted { .. } => self.bar.inc(1),
            Event::FindingFound(finding) => {
                self.findings += 1;
                self.shrinking = Some(named(finding));
            }
            Event::FindingShrunk(_) => self.shrinking = None,
            Event::RunFinished(_) => return self.bar.finish_and_clear(),
            Event::Exchange { .. }
            | Event::Unsupported { .. }
            | Event::Shrinking { .. }
            | Event::CleanedUp(_) => {}
        }
        self.bar.set_message(self.message());
    }

    fn message(&self) -> String {
        let found = match self.findings {
            0 => String::new(),
            findings => format!(", {}", counted(findings, "finding")),
        };
        match &self.shrinking {
            Some(name) => format!("{found}, shrinking {name}"),
            None => found,
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn named(finding: &Finding) -> String {
    let rule = finding.rule().map_or("no rule", |card| card.id.as_str());
    format!("{} {rule}", finding.operation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_counts_plans_and_shows_nothing_where_nobody_looks() {
        let mut progress = Progress::to(ProgressDrawTarget::hidden(), Some(60));
        for case in 0..15 {
            progress.on(&Event::CaseStarted { case, steps: 3 });
        }
        assert_eq!(progress.bar.position(), 15);
        assert_eq!(progress.bar.length(), Some(60));
        assert!(progress.bar.is_hidden());
        assert_eq!(progress.around(|| 7), 7);
    }

    #[test]
    fn the_line_tells_what_is_being_shrunk() {
        let mut progress = Progress::to(ProgressDrawTarget::hidden(), None);
        progress.findings = 2;
        assert_eq!(progress.message(), ", 2 findings");
        progress.shrinking = Some("CreateKey CK-36".to_owned());
        assert_eq!(
            progress.message(),
            ", 2 findings, shrinking CreateKey CK-36"
        );
    }
}
