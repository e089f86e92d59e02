//! Facts: what others recorded of AWS, normalised by `scripts/convert_recordings.py`. The model agrees
//! with all of them but those that the ledger beside them names.

use crate::snapshots::top;
use kms_conformance::offline::{Note, Outcome, Precedence, judge_recording};
use kms_conformance::recording::{Came, Line, Recording, read};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// What a fact says that the model does not believe, and why not.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Contradiction {
    source: String,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ledger {
    contradiction: Vec<Contradiction>,
}

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
    let text = std::fs::read_to_string(folder().join("contradictions.toml")).unwrap();
    let ledger: Ledger = toml::from_str(&text).unwrap();
    let mut listed = BTreeSet::new();
    for Contradiction { source, reason } in &ledger.contradiction {
        assert!(!reason.is_empty(), "{source} has no reason");
        assert!(listed.insert(source.clone()), "{source} is listed twice");
    }
    let mut found = BTreeSet::new();
    let (mut exchanges, mut conform, mut unknown) = (0, 0, 0);
    for note in facts().iter().flat_map(notes) {
        exchanges += 1;
        match &note.outcome {
            Outcome::Conforms => conform += 1,
            Outcome::Unknown(why) => {
                unknown += 1;
                println!("unknown: {} {}: {why}", note.place, note.what);
            }
            Outcome::Contradicts {
                expected, observed, ..
            } => {
                let source = note.source.clone().unwrap();
                println!("{note} ({source}): {observed} instead of {expected:?}");
                found.insert(source);
            }
        }
    }
    println!(
        "{exchanges} exchanges: {conform} conform, {unknown} unknown, {} contradict",
        found.len()
    );
    assert_eq!(found, listed);
    assert!(conform * 10 > exchanges * 8, "{conform} of {exchanges}");
}

/// A way to falsify a fact; `None` where it does not apply.
type Falsify = fn(&mut Line) -> Option<()>;

fn body(line: &mut Line) -> Option<(u16, &mut Value)> {
    match line.reply.as_mut()? {
        Came::Http {
            status,
            body: Some(body),
            ..
        } => Some((*status, body)),
        _ => None,
    }
}

fn another_error(line: &mut Line) -> Option<()> {
    let (status, body) = body(line)?;
    let kind = body.get_mut("__type").filter(|_| status >= 400)?;
    *kind = Value::from("TagException");
    Some(())
}

fn success_instead(line: &mut Line) -> Option<()> {
    let Came::Http { status, body, .. } = line.reply.as_mut()? else {
        return None;
    };
    let refused = *status >= 400;
    (*status, *body) = (200, Some(Value::Object(serde_json::Map::new())));
    refused.then_some(())
}

fn error_instead(line: &mut Line) -> Option<()> {
    let Came::Http { status, body, .. } = line.reply.as_mut()? else {
        return None;
    };
    let succeeded = *status < 400;
    (*status, *body) = (400, Some(serde_json::json!({ "__type": "TagException" })));
    succeeded.then_some(())
}

/// Members that AWS has shown in all answers about these things from the beginning.
const MEMBERS: &[&str] = &[
    "Arn",
    "KeyArn",
    "KeyState",
    "AliasArn",
    "Truncated",
    "ClusterId",
    "BackupId",
    "TagKey",
    "Key",
    "Policy",
    "KeyRotationEnabled",
    "GrantId",
    "RotationDate",
];

fn a_member_less(line: &mut Line) -> Option<()> {
    if line.partial {
        return None;
    }
    let (_, body) = body(line)?;
    MEMBERS.iter().find_map(|name| removed(body, name))
}

fn removed(document: &mut Value, name: &str) -> Option<()> {
    match document {
        Value::Object(members) => match members.remove(name) {
            Some(_) => Some(()),
            None => members.values_mut().find_map(|it| removed(it, name)),
        },
        Value::Array(entries) => entries.iter_mut().find_map(|it| removed(it, name)),
        _ => None,
    }
}

fn a_malformed_id(line: &mut Line) -> Option<()> {
    let (status, body) = body(line)?;
    let ids = [
        "KeyId",
        "Arn",
        "KeyArn",
        "AliasArn",
        "ClusterId",
        "BackupId",
        "HsmId",
    ];
    ids.iter()
        .filter(|_| status < 400)
        .find_map(|name| spoilt(body, name))
}

fn spoilt(document: &mut Value, name: &str) -> Option<()> {
    match document {
        Value::Object(members) => match members.get_mut(name) {
            Some(Value::String(text)) => {
                text.insert(text.len() / 2, '!');
                Some(())
            }
            _ => members.values_mut().find_map(|it| spoilt(it, name)),
        },
        Value::Array(entries) => entries.iter_mut().find_map(|it| spoilt(it, name)),
        _ => None,
    }
}

fn another_account(line: &mut Line) -> Option<()> {
    let (status, body) = body(line)?;
    let text = body.to_string();
    let other = text.replace("111122223333", "555566667777");
    let changed = other != text && status < 400 && !text.contains("\\\"Principal");
    *body = serde_json::from_str(&other).ok()?;
    changed.then_some(())
}

fn another_type(line: &mut Line) -> Option<()> {
    let (status, body) = body(line)?;
    let names = [
        "Enabled",
        "Truncated",
        "KeyRotationEnabled",
        "CreateTimestamp",
    ];
    let flags = names.iter().filter(|_| status < 400);
    flags.copied().find_map(|name| retyped(body, name))
}

fn retyped(document: &mut Value, name: &str) -> Option<()> {
    match document {
        Value::Object(members) => match members.get_mut(name) {
            Some(value) => {
                *value = Value::from("yes");
                Some(())
            }
            None => members.values_mut().find_map(|it| retyped(it, name)),
        },
        Value::Array(entries) => entries.iter_mut().find_map(|it| retyped(it, name)),
        _ => None,
    }
}

const FALSIFIED: &[(&str, Falsify)] = &[
    ("another error", another_error),
    ("success instead of an error", success_instead),
    ("an error instead of success", error_instead),
    ("a member less", a_member_less),
    ("a malformed id", a_malformed_id),
    ("another account", another_account),
    ("another type", another_type),
];

/// The judge of facts is not vacuous: what AWS did not answer does not conform.
#[test]
fn most_falsified_facts_are_found() {
    let (mut tried, mut caught) = (0, 0);
    for (kind, falsify) in FALSIFIED {
        let (mut of_kind, mut found) = (0, 0);
        for recording in facts() {
            for part in recording.lines.iter().filter(|(_, line)| line.alone) {
                let one = |line: Line| Recording {
                    lines: vec![(part.0, line)],
                    ..recording.clone()
                };
                let mut line = part.1.clone();
                let conforms = |recording: &Recording| {
                    let notes = notes(recording);
                    notes.iter().all(|note| note.outcome == Outcome::Conforms)
                };
                if falsify(&mut line).is_none() || !conforms(&one(part.1.clone())) {
                    continue;
                }
                of_kind += 1;
                let falsified = notes(&one(line.clone()));
                let contradicts = |note: &Note| matches!(note.outcome, Outcome::Contradicts { .. });
                match falsified.iter().any(contradicts) {
                    true => found += 1,
                    false => println!("{kind}: {:?} is not found", line.source),
                }
            }
        }
        println!("{kind}: {found} of {of_kind}");
        tried += of_kind;
        caught += found;
    }
    println!("{caught} of {tried} falsified facts are found");
    assert!(tried > 500, "{tried}");
    assert!(caught * 10 > tried * 9, "{caught} of {tried}");
}

#[test]
fn the_orders_of_errors_that_facts_show_are_kept() {
    let mut precedence = Precedence::default();
    for recording in facts() {
        precedence.learn(&notes(&recording));
    }
    let path = top().join("snapshots/precedence.json");
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        kept,
        precedence.render(),
        "renew it as snapshots/README.md tells"
    );
    // Nothing is decided both ways.
    let all = serde_json::from_str::<Value>(&kept).unwrap();
    for (operation, orders) in all.as_object().unwrap() {
        let orders = orders.as_array().unwrap();
        for order in orders {
            let reverse = orders.iter().any(|other| {
                (&other["winner"], &other["loser"]) == (&order["loser"], &order["winner"])
            });
            assert!(!reverse, "{operation}: {order}");
        }
    }
}
