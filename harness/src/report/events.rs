//! The log of events, one JSON document a line.

use super::Report;
use crate::error::Error;
use crate::event::Event;
use std::io::Write;
use std::path::PathBuf;

/// Writes each event as it comes; the first error is kept until the run is over.
pub struct Events<W: Write> {
    out: W,
    path: PathBuf,
    failed: Option<String>,
}

impl<W: Write> Events<W> {
    /// Writes to `out`; `path` is its name in error messages.
    pub fn new(out: W, path: PathBuf) -> Events<W> {
        Events {
            out,
            path,
            failed: None,
        }
    }

    fn write(&mut self, event: &Event) -> std::io::Result<()> {
        serde_json::to_writer(&mut self.out, event)?;
        self.out.write_all(b"\n")
    }
}

impl<W: Write> Report for Events<W> {
    fn on(&mut self, event: &Event) {
        if self.failed.is_none() {
            self.failed = self.write(event).err().map(|error| error.to_string());
        }
    }

    fn finish(&mut self) -> Result<(), Error> {
        let flushed = self.out.flush().map_err(|error| error.to_string());
        match self.failed.take().map_or(flushed, Err) {
            Ok(()) => Ok(()),
            Err(why) => Err(Error::CannotWrite {
                path: self.path.clone(),
                why,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Judged;

    #[test]
    fn an_event_is_one_line() {
        let mut out = Vec::new();
        let mut events = Events::new(&mut out, PathBuf::from("events.ndjson"));
        events.on(&Event::CaseStarted { case: 0, steps: 2 });
        events.on(&Event::Exchange {
            case: 0,
            step: 1,
            operation: "CreateKey".to_owned(),
            outcome: "success".to_owned(),
            status: 200,
            millis: 3,
            judged: Judged::Conforms {
                rules: vec!["CK-01".to_owned()],
            },
        });
        events.finish().unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text,
            concat!(
                r#"{"event":"case_started","case":0,"steps":2}"#,
                "\n",
                r#"{"event":"exchange","case":0,"step":1,"operation":"CreateKey","#,
                r#""outcome":"success","status":200,"millis":3,"#,
                r#""judged":{"verdict":"conforms","rules":["CK-01"]}}"#,
                "\n"
            )
        );
    }
}
