//! A finding as text for the terminal.

use crate::finding::{Finding, Line, Status, counted, link};
use std::fmt;

/// The longest a request or a reply may be on one line of the terminal, in characters.
const LINE_LENGTH: usize = 160;

impl Finding {
    /// What tells it from others of its cause, on one line.
    pub fn variant(&self) -> String {
        let (print, operation) = (&self.fingerprint, &self.operation);
        let parts = [self.member.as_str(), self.class.as_str()];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let observed = match self.member.as_str() {
            "" => format!(", observed {}", self.observed),
            _ => String::new(),
        };
        short(&format!(
            "{print} {operation} {}{observed}",
            parts.join(": ")
        ))
        .to_owned()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline())?;
        for (index, card) in self.rules.iter().enumerate() {
            let label = if index == 0 { "rule" } else { "also" };
            write!(f, "\n  {label:<9} {} {}", card.id, card.says)?;
            write!(f, "\n  {:<9} {}, {}", "", card.evidence, link(&card.cite))?;
        }
        if self.known.is_some() {
            write!(f, "\n  {:<9} {}", "accepted", self.acceptance())?;
        }
        for (index, outcome) in self.expected.iter().enumerate() {
            let label = if index == 0 { "expected" } else { "or" };
            write!(f, "\n  {label:<9} {}", short(outcome))?;
        }
        write!(
            f,
            "\n  {:<9} {}",
            "observed",
            short(&self.observed_with_status())
        )?;
        if !self.class.is_empty() {
            write!(f, "\n  {:<9} {}", "class", short(&self.class))?;
        }
        if self.status == Status::Fixed {
            return Ok(());
        }
        let steps = counted(self.steps, "step");
        let found = match usize::try_from(self.found_after) {
            Ok(calls @ 1..) => format!("found after {}, ", counted(calls, "call")),
            _ => String::new(),
        };
        let calls = counted(self.calls_to_shrink, "call");
        let times = self.reproduced_word();
        write!(
            f,
            "\n  {:<9} {steps}, {found}{calls} to shrink, reproduced {times}",
            "plan"
        )?;
        for line in &self.transcript {
            write!(
                f,
                "\n  {:>4} {} {}",
                line.step,
                line.request,
                short(&line.body.to_string())
            )?;
            if !line.reply.is_null() {
                write!(f, "\n       {}", short(&reply(line)))?;
            }
        }
        Ok(())
    }
}

fn reply(line: &Line) -> String {
    match line.status {
        0 => format!("-> {}", line.reply),
        status => format!("-> {status} {}", line.reply),
    }
}

fn short(text: &str) -> String {
    match text.char_indices().nth(LINE_LENGTH) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
