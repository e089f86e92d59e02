//! The report directory: `report.json`, `report.html`, `junit.xml`, `summary.md`, `events.ndjson`,
//! and for each finding a file to replay and a script.

use super::{Events, Report, html, json, junit, summary_md};
use crate::error::Error;
use crate::event::Event;
use crate::finding::Status;
use crate::summary::Summary;
use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

/// Writes the files of a report directory; an error is kept until the run is over.
pub struct Directory {
    dir: PathBuf,
    events: Events<BufWriter<File>>,
    written: Result<(), Error>,
}

impl Directory {
    /// Makes the directory and opens the log of events, so that a directory that cannot be written
    /// is found before the run and not after it.
    pub fn create(dir: &Path) -> Result<Directory, Error> {
        let findings = dir.join("findings");
        fs::create_dir_all(&findings).map_err(|error| cannot_write(&findings, &error))?;
        let log = dir.join("events.ndjson");
        let file = File::create(&log).map_err(|error| cannot_write(&log, &error))?;
        Ok(Directory {
            dir: dir.to_owned(),
            events: Events::new(BufWriter::new(file), log),
            written: Ok(()),
        })
    }

    fn write_all(&self, summary: &Summary) -> Result<(), Error> {
        self.write("report.json", &json::render(summary)?)?;
        self.write("report.html", &html::render(summary))?;
        self.write("junit.xml", &junit::render(summary)?)?;
        self.write("summary.md", &summary_md::render(summary))?;
        // What is fixed has no plan that shows it.
        let shown = summary.findings.iter();
        for finding in shown.filter(|finding| finding.status != Status::Fixed) {
            let name = format!("findings/{}.json", finding.fingerprint);
            self.write(&name, &json::finding_file(finding)?)?;
            if let Some(script) = &finding.script {
                self.write(&format!("findings/{}.sh", finding.fingerprint), script)?;
            }
        }
        Ok(())
    }

    fn write(&self, name: &str, text: &str) -> Result<(), Error> {
        let path = self.dir.join(name);
        fs::write(&path, text).map_err(|error| cannot_write(&path, &error))
    }
}

impl Report for Directory {
    fn on(&mut self, event: &Event) {
        self.events.on(event);
        if let Event::RunFinished(summary) = event {
            self.written = self.write_all(summary);
        }
    }

    fn finish(&mut self) -> Result<(), Error> {
        let log = self.events.finish();
        std::mem::replace(&mut self.written, Ok(())).and(log)
    }
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Error {
    Error::CannotWrite {
        path: path.to_owned(),
        why: error.to_string(),
    }
}
