//! Identifiers: an ARN holds the id beside it, and all ARNs of an account are of one account and
//! Region.

use super::Family;
use super::at::Names;
use super::said::{Clash, Said};
use super::view::View;
use kms_conformance_model::relations::ARNS_AGREE;
use serde_json::Value;

/// An id, the ARN beside it, and what stands before the id there.
const PAIRS: &[(&str, &str, &str)] = &[
    ("AliasName", "AliasArn", ":"),
    ("BackupId", "BackupArn", "/"),
    ("KeyId", "Arn", "/"),
    ("KeyId", "KeyArn", "/"),
];

/// Lists of what the account itself holds in its Region.
const OWN_LISTS: &[(&str, &str)] = &[("Aliases", "AliasArn"), ("Keys", "KeyArn")];

/// Where the account is, as the first new key shows it.
#[derive(Default)]
pub(super) struct Idents {
    /// Partition, Region and account.
    place: Option<[String; 3]>,
}

impl Family for Idents {
    fn look(&mut self, at: &View<'_>, said: &mut Said) {
        let Some(response) = at.done() else { return };
        let mut clash = None;
        let mut number = 0;
        objects(response, &mut |object| {
            for (id, arn, before) in PAIRS {
                let text = |member: &str| object.get(member).and_then(Value::as_str);
                let (Some(id), Some(shown)) = (text(id), text(arn)) else {
                    continue;
                };
                number += 1;
                if !id.starts_with("arn:") && !shown.ends_with(&format!("{before}{id}")) {
                    let observed = format!("{arn} that does not hold it");
                    clash = Some(Clash::words(arn, "the ARN of the id beside it", &observed));
                }
            }
            let arn = object.get("Arn").and_then(Value::as_str).and_then(place);
            let account = object.get("AWSAccountId").and_then(Value::as_str);
            if let (Some([_, _, of_arn]), Some(account)) = (arn, account)
                && of_arn != account
            {
                let observed = "Arn of another account";
                clash = Some(Clash::words("Arn", "an ARN of the account", observed));
            }
        });
        if number > 0 {
            said.relate(ARNS_AGREE, at, clash);
        }
        self.is_here(at, said);
    }

    fn forget(&mut self, _: &Names) {}
}

impl Idents {
    /// Whether what the account holds is where its first key is.
    fn is_here(&mut self, at: &View<'_>, said: &mut Said) {
        let made = at.shown("/KeyMetadata/Arn").and_then(place);
        if let (Some("CreateKey"), Some(made)) = (at.kms(), made) {
            let known = self.place.get_or_insert_with(|| made.map(str::to_owned));
            let clash = elsewhere("Arn", known, made);
            said.relate(ARNS_AGREE, at, clash);
        }
        let Some(known) = &self.place else { return };
        let lists = OWN_LISTS.iter().flat_map(|(list, arn)| {
            let entries = at.entries(list).iter();
            entries.filter_map(move |entry| Some((*arn, place(entry.get(*arn)?.as_str()?)?)))
        });
        for (arn, found) in lists {
            said.relate(ARNS_AGREE, at, elsewhere(arn, known, found));
        }
    }
}

fn elsewhere(member: &str, known: &[String; 3], found: [&str; 3]) -> Option<Clash> {
    let same = known.iter().zip(found).all(|(known, found)| known == found);
    (!same).then(|| {
        let observed = format!("{member} of another account or Region");
        Clash::words(member, "an ARN of this account and Region", &observed)
    })
}

/// The partition, the Region and the account of an ARN.
fn place(arn: &str) -> Option<[&str; 3]> {
    let mut parts = arn.split(':');
    let (Some("arn"), Some(partition), Some(_)) = (parts.next(), parts.next(), parts.next()) else {
        return None;
    };
    Some([partition, parts.next()?, parts.next()?])
}

/// Visits each object of a document.
fn objects(document: &Value, visit: &mut dyn FnMut(&Value)) {
    match document {
        Value::Object(members) => {
            visit(document);
            members.values().for_each(|member| objects(member, visit));
        }
        Value::Array(entries) => entries.iter().for_each(|entry| objects(entry, visit)),
        _ => {}
    }
}
