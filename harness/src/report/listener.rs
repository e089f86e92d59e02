//! What a report is.

use crate::error::Error;
use crate::event::Event;

/// Something that listens to a run.
pub trait Report {
    /// Takes note of an event.
    fn on(&mut self, event: &Event);

    /// Says, after the run, whether everything could be written.
    fn finish(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

/// Several reports that listen to the same run.
#[derive(Default)]
pub struct Reports(Vec<Box<dyn Report>>);

impl Reports {
    /// Adds a report.
    pub fn push(&mut self, report: impl Report + 'static) {
        self.0.push(Box::new(report));
    }
}

impl Report for Reports {
    fn on(&mut self, event: &Event) {
        for report in &mut self.0 {
            report.on(event);
        }
    }

    fn finish(&mut self) -> Result<(), Error> {
        // Every report gets its turn, even after one has failed.
        self.0
            .iter_mut()
            .fold(Ok(()), |before, report| before.and(report.finish()))
    }
}
