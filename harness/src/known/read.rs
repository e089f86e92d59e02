//! Reading a ledger. Whatever cannot match anything is an error that names its line and the fix.

use super::{Accepted, Entry, Ledger, NO_RULE};
use crate::catalogue;
use crate::error::Error;
use crate::nearest::nearest;
use kms_conformance_model::{RuleKind, catalog};
use serde::Deserialize;
use std::path::Path;
use toml::value::{Datetime, Table};
use toml::{Spanned, Value};

/// The fields of an entry, in the order in which they are written.
const FIELDS: &[&str] = &["rule", "operation", "fingerprint", "since", "reason"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    known: Vec<Spanned<Table>>,
}

impl Ledger {
    /// Reads the ledger in this file.
    ///
    /// # Errors
    /// `BadLedger` when it cannot be read, or when an entry can never match a finding: an unknown
    /// rule, operation or field, a malformed date or fingerprint, or a deviation accepted twice.
    pub fn read(path: &Path) -> Result<Ledger, Error> {
        let text = std::fs::read_to_string(path).map_err(|why| Error::BadLedger {
            place: path.display().to_string(),
            why: format!("{why}; `check --write-known {}` makes one", path.display()),
        })?;
        Ledger::parse(path, &text)
    }

    /// The ledger that this text is; `path` is its name in messages.
    pub fn parse(path: &Path, text: &str) -> Result<Ledger, Error> {
        let bad = |line: usize, why: String| Error::BadLedger {
            place: format!("{}, line {line}", path.display()),
            why,
        };
        let document: Document = toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            bad(line_of(text, start), one_line(error.message()))
        })?;
        let mut entries: Vec<Entry> = Vec::new();
        for table in &document.known {
            let line = line_of(text, table.span().start);
            let entry = entry(table.get_ref(), line).map_err(|why| bad(line, why))?;
            let earlier = entries
                .iter()
                .find(|earlier| earlier.covers(&entry) || entry.covers(earlier));
            if let Some(earlier) = earlier {
                let (operation, rule) = (&entry.operation, &entry.rule);
                return Err(bad(
                    line,
                    format!(
                        "{operation} {rule} is accepted in line {} already; remove one of the two, \
                         or give each another fingerprint",
                        earlier.line
                    ),
                ));
            }
            entries.push(entry);
        }
        Ok(Ledger {
            path: path.to_owned(),
            entries,
        })
    }
}

fn entry(table: &Table, line: usize) -> Result<Entry, String> {
    if let Some(name) = table.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        let meant = match nearest(name, FIELDS.iter().copied()).first() {
            Some(field) => format!("did you mean {field}?"),
            None => format!("the fields are {}", FIELDS.join(", ")),
        };
        return Err(format!("there is no field {name}; {meant}"));
    }
    let fingerprint = match table.contains_key("fingerprint") {
        true => Some(fingerprint(text(table, "fingerprint")?)?),
        false => None,
    };
    let (rule, operation) = (text(table, "rule")?, text(table, "operation")?);
    check_operation(operation)?;
    match (rule, &fingerprint) {
        (NO_RULE, Some(_)) => {}
        (NO_RULE, None) => return Err("a finding without a rule needs its fingerprint".to_owned()),
        _ => check_rule(operation, rule)?,
    }
    Ok(Entry {
        rule: rule.to_owned(),
        operation: operation.to_owned(),
        fingerprint,
        accepted: Accepted {
            reason: text(table, "reason")?.to_owned(),
            since: date(table)?,
        },
        line,
        remark: String::new(),
    })
}

fn text<'t>(table: &'t Table, field: &str) -> Result<&'t str, String> {
    let value = table
        .get(field)
        .ok_or_else(|| format!("the entry has no {field}; add {field} = \"…\""))?;
    value.as_str().ok_or_else(|| {
        format!(
            "{field} is of type {}; write it as {field} = \"…\"",
            value.type_str()
        )
    })
}

fn fingerprint(text: &str) -> Result<String, String> {
    let is_hex = |letter: char| matches!(letter, '0'..='9' | 'a'..='f');
    if text.len() == 16 && text.chars().all(is_hex) {
        return Ok(text.to_owned());
    }
    Err(format!(
        "{text:?} is no fingerprint; copy the 16 hex digits from a report, or leave it out"
    ))
}

fn date(table: &Table) -> Result<String, String> {
    let wish = "write the day as since = 2026-11-24";
    let moment = match table.get("since") {
        None => return Err(format!("the entry has no since; {wish}")),
        Some(Value::Datetime(moment)) => Some(*moment),
        Some(Value::String(text)) => text.parse::<Datetime>().ok(),
        Some(_) => None,
    };
    match moment {
        Some(Datetime {
            date: Some(date),
            time: None,
            ..
        }) => Ok(date.to_string()),
        _ => {
            let given = table.get("since").map_or(String::new(), Value::to_string);
            Err(format!("since {given} is no day; {wish}"))
        }
    }
}

fn check_operation(name: &str) -> Result<(), String> {
    if name == catalog::WIRE {
        return Ok(());
    }
    catalogue::check_operation(name).map_err(|error| error.to_string())
}

/// A refusal can only be broken where it stands, or by a request that no operation ever sees. What an
/// operation promises may show elsewhere.
fn check_rule(operation: &str, id: &str) -> Result<(), String> {
    catalogue::check(None, id).map_err(|error| error.to_string())?;
    let mut rows = catalog::rules().filter(|rule| rule.card.id == id);
    let may_blame =
        rows.any(|rule| rule.operation == operation || !matches!(rule.kind, RuleKind::Refusal(_)));
    if may_blame || operation == catalog::WIRE {
        return Ok(());
    }
    Err(format!(
        "{operation} has no rule {id}; `kms-conformance rules {id}` shows which have it"
    ))
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or(text);
    before.matches('\n').count() + 1
}

fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}
