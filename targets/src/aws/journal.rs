//! The journal of a run: what it is about to make, before it asks, and what it made. Whatever ends
//! the run, the journal names everything that may be left.
//!
//! One JSON document a line. A last line that is cut short tells of something that was not asked for
//! yet: a request is sent only once its line is on the disk.

use super::things::{Kind, Thing};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The version of journals that this program writes and reads.
const SCHEMA: u32 = 1;

/// Whose journal it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The version of the journal.
    pub journal: u32,
    /// The name of the run.
    pub run: String,
    /// The account.
    pub account: String,
    /// The Region of the run.
    pub region: String,
}

impl Header {
    /// The header of the journal of a run.
    pub fn new(run: &str, account: &str, region: &str) -> Header {
        Header {
            journal: SCHEMA,
            run: run.to_owned(),
            account: account.to_owned(),
            region: region.to_owned(),
        }
    }
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "entry")]
pub enum Entry {
    /// Something is about to be made.
    Intends {
        /// A number by which later entries name it.
        n: u64,
        /// What would be made.
        kind: Kind,
        /// In which Region.
        region: String,
        /// When, in milliseconds since the Unix epoch.
        at: i64,
        /// Its name, if it has one before it is made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// It was made.
    Made {
        /// The number of the intent.
        n: u64,
        /// What it is.
        thing: Thing,
        /// When the answer came.
        at: i64,
    },
    /// It was refused, or never sent.
    Nothing {
        /// The number of the intent.
        n: u64,
    },
    /// No answer came, so that it may have been made.
    Unanswered {
        /// The number of the intent.
        n: u64,
        /// When nobody waited for the answer any more.
        at: i64,
    },
    /// Something that was made is gone, or will be by itself.
    Gone {
        /// What.
        thing: Thing,
    },
}

/// Something that may have been made, though no answer told so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Intent {
    pub(super) kind: Kind,
    pub(super) region: String,
    pub(super) at: i64,
    pub(super) name: Option<String>,
}

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It cannot be read or written.
    #[error("{}: {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// A line is no entry.
    #[error("{}:{line}: {why}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The number of the line, from 1.
        line: usize,
        /// Why.
        why: String,
    },
}

/// A journal that is open for more.
#[derive(Debug)]
pub struct Journal {
    /// Whose it is.
    pub header: Header,
    path: PathBuf,
    file: File,
    next: u64,
    /// When each thing was made.
    made: BTreeMap<Thing, i64>,
    gone: BTreeSet<Thing>,
    open: BTreeMap<u64, Intent>,
    /// How many lines could not be read.
    unreadable: usize,
    /// Whether the last line may be cut.
    cut: bool,
    /// When the last thing happened that it tells of.
    last: i64,
}

impl Journal {
    /// Begins a journal. A file that is there already is never written over.
    ///
    /// # Errors
    /// When the file is there already or cannot be written.
    pub fn create(path: &Path, header: Header) -> Result<Journal, JournalError> {
        let failed = |why| JournalError::File {
            path: path.to_owned(),
            why,
        };
        let mut options = OpenOptions::new();
        let file = options.append(true).create_new(true).open(path);
        let mut journal = Journal::on(path, file.map_err(failed)?, header);
        let header = serde_json::to_value(&journal.header).unwrap_or_default();
        journal.write(&header)?;
        Ok(journal)
    }

    /// A journal that tells of nothing yet.
    fn on(path: &Path, file: File, header: Header) -> Journal {
        Journal {
            header,
            path: path.to_owned(),
            file,
            next: 0,
            made: BTreeMap::new(),
            gone: BTreeSet::new(),
            open: BTreeMap::new(),
            unreadable: 0,
            cut: false,
            last: 0,
        }
    }

    /// Opens a journal that a run left, to go on with it.
    ///
    /// # Errors
    /// When it cannot be read, is none, or a line but the last cannot be understood.
    pub fn open(path: &Path) -> Result<Journal, JournalError> {
        let failed = |why| JournalError::File {
            path: path.to_owned(),
            why,
        };
        let text = std::fs::read(path).map_err(failed)?;
        let text = String::from_utf8_lossy(&text);
        let wrong = |line: usize, why: String| JournalError::Line {
            path: path.to_owned(),
            line,
            why,
        };
        let mut lines = text.split_inclusive('\n');
        let first = lines.next().unwrap_or_default();
        let header: Header = serde_json::from_str(first)
            .map_err(|why| wrong(1, format!("it is no journal of a run: {why}")))?;
        if header.journal != SCHEMA {
            let why = format!("version {}, but {SCHEMA} is known here", header.journal);
            return Err(wrong(1, why));
        }
        let file = OpenOptions::new().append(true).open(path);
        let mut journal = Journal::on(path, file.map_err(failed)?, header);
        for (index, line) in lines.enumerate() {
            match serde_json::from_str::<Entry>(line.trim_end()) {
                Ok(entry) => journal.apply(&entry),
                // It was cut short; others follow it if somebody went on with the journal. What it told
                // of was not asked for yet.
                Err(why) if why.is_eof() => {}
                Err(why) if why.is_syntax() => journal.unreadable += 1,
                Err(why) => return Err(wrong(index + 2, why.to_string())),
            }
        }
        if !text.ends_with('\n') {
            // What comes next must not go on where the last line was cut.
            journal.file.write_all(b"\n").map_err(failed)?;
        }
        Ok(journal)
    }

    /// Notes that something is about to be made, and gives the number of the intent.
    ///
    /// # Errors
    /// When it cannot be written; then nothing must be made.
    pub(super) fn intend(&mut self, intent: Intent) -> Result<u64, JournalError> {
        let n = self.next;
        self.add(Entry::Intends {
            n,
            kind: intent.kind,
            region: intent.region,
            at: intent.at,
            name: intent.name,
        })?;
        Ok(n)
    }

    /// Notes what became of an intent, or of a thing.
    ///
    /// # Errors
    /// When it cannot be written; it is known in memory all the same.
    pub(super) fn add(&mut self, entry: Entry) -> Result<(), JournalError> {
        self.apply(&entry);
        let line = serde_json::to_value(&entry).unwrap_or_default();
        self.write(&line)
    }

    /// Whether the run made something of this id or name in this Region, gone or not.
    pub(super) fn knows(&self, id: &str, region: &str) -> bool {
        let is_it = |thing: &Thing| thing.id == id && thing.region == region;
        self.made.keys().any(is_it)
    }

    /// What is there still, with when it was made.
    pub(super) fn left(&self) -> Vec<(Thing, i64)> {
        let left = self.made.iter();
        let left = left.filter(|(thing, _)| !self.gone.contains(thing));
        left.map(|(thing, at)| (thing.clone(), *at)).collect()
    }

    /// What may have been made though no answer told so.
    pub(super) fn unanswered(&self) -> Vec<(u64, Intent)> {
        let open = self.open.iter();
        open.map(|(n, intent)| (*n, intent.clone())).collect()
    }

    /// How many lines could not be read, so that nobody knows what they told of.
    pub(super) fn unreadable(&self) -> usize {
        self.unreadable
    }

    /// When the last thing happened that it tells of, in milliseconds since the Unix epoch.
    pub(super) fn last(&self) -> i64 {
        self.last
    }

    /// How many things were made.
    pub(super) fn count(&self) -> usize {
        self.made.len()
    }

    fn apply(&mut self, entry: &Entry) {
        if let Entry::Intends { at, .. } | Entry::Made { at, .. } | Entry::Unanswered { at, .. } =
            entry
        {
            self.last = self.last.max(*at);
        }
        match entry {
            Entry::Intends {
                n,
                kind,
                region,
                at,
                name,
            } => {
                self.next = self.next.max(n + 1);
                let intent = Intent {
                    kind: *kind,
                    region: region.clone(),
                    at: *at,
                    name: name.clone(),
                };
                self.open.insert(*n, intent);
            }
            Entry::Made { n, thing, at } => {
                self.open.remove(n);
                self.gone.remove(thing);
                self.made.insert(thing.clone(), *at);
            }
            Entry::Nothing { n } => {
                self.open.remove(n);
            }
            Entry::Unanswered { n, at } => {
                if let Some(intent) = self.open.get_mut(n) {
                    intent.at = *at;
                }
            }
            Entry::Gone { thing } => {
                self.gone.insert(thing.clone());
            }
        }
    }

    fn write(&mut self, line: &Value) -> Result<(), JournalError> {
        // What comes after a line that is cut must not be glued to it.
        let begin = if self.cut { "\n" } else { "" };
        let text = format!("{begin}{line}\n");
        let written = self.file.write_all(text.as_bytes());
        let written = written.and_then(|()| self.file.sync_data());
        self.cut = written.is_err();
        written.map_err(|why| JournalError::File {
            path: self.path.clone(),
            why,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thing(id: &str) -> Thing {
        Thing {
            kind: Kind::Key,
            id: id.to_owned(),
            region: "us-east-1".to_owned(),
        }
    }

    fn intent(name: Option<&str>) -> Intent {
        Intent {
            kind: Kind::Key,
            region: "us-east-1".to_owned(),
            at: 5,
            name: name.map(str::to_owned),
        }
    }

    fn journal(path: &Path) -> Journal {
        Journal::create(path, Header::new("r-1", "111122223333", "us-east-1")).unwrap()
    }

    #[test]
    fn what_was_made_and_is_not_gone_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        let mut written = journal(&path);
        let first = written.intend(intent(None)).unwrap();
        let second = written.intend(intent(Some("alias/a"))).unwrap();
        let third = written.intend(intent(None)).unwrap();
        for (n, id) in [(first, "a"), (third, "b")] {
            let thing = thing(id);
            written.add(Entry::Made { n, thing, at: 7 }).unwrap();
        }
        written.add(Entry::Gone { thing: thing("a") }).unwrap();
        for journal in [&written, &Journal::open(&path).unwrap()] {
            assert_eq!(journal.left(), [(thing("b"), 7)]);
            assert_eq!(journal.unanswered(), [(second, intent(Some("alias/a")))]);
            assert!(journal.knows("a", "us-east-1") && !journal.knows("c", "us-east-1"));
            assert!(!journal.knows("a", "eu-west-1"));
        }
    }

    #[test]
    fn a_line_that_was_cut_short_is_left_out_and_what_follows_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        let mut written = journal(&path);
        let n = written.intend(intent(None)).unwrap();
        let mut text = std::fs::read_to_string(&path).unwrap();
        text.push_str(r#"{"entry":"intends","n":1,"ki"#);
        std::fs::write(&path, text).unwrap();
        let mut again = Journal::open(&path).unwrap();
        assert_eq!(again.unanswered().len(), 1);
        again.add(Entry::Nothing { n }).unwrap();
        assert_eq!(Journal::open(&path).unwrap().unanswered(), []);
    }

    #[test]
    fn what_is_no_journal_is_told_by_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        std::fs::write(&path, "{}\n").unwrap();
        assert!(
            Journal::open(&path)
                .unwrap_err()
                .to_string()
                .contains(":1: ")
        );
        std::fs::remove_file(&path).unwrap();
        journal(&path);
        let mut text = std::fs::read_to_string(&path).unwrap();
        text.push_str("{\"entry\":\"unheard\"}\n");
        std::fs::write(&path, text).unwrap();
        assert!(
            Journal::open(&path)
                .unwrap_err()
                .to_string()
                .contains(":2: ")
        );
    }

    #[test]
    fn a_journal_is_never_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        journal(&path);
        let header = Header::new("r-2", "111122223333", "us-east-1");
        assert!(Journal::create(&path, header).is_err());
    }
}
