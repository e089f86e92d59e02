//! Which cards may say more now: rules that were inferred, and that an answer of AWS shows.

use super::Note;
use super::note::{Outcome, is_guess};
use kms_conformance_model::{Card, Evidence};
use std::collections::BTreeMap;

/// The better evidence that these exchanges give to rules, one a line, as in
/// `CK-36  INF -> OBS  recording.jsonl:12`: the first place for each rule, or every place for the
/// rule that is asked for. What another target than AWS answered is no evidence.
pub fn upgrades(notes: &[Note], asked: Option<&str>) -> String {
    let mut found: BTreeMap<&str, (Card, Vec<&str>)> = BTreeMap::new();
    let good = notes
        .iter()
        .filter(|note| note.of_aws && note.outcome == Outcome::Conforms)
        .filter(|note| note.level.as_deref().is_none_or(|level| level == "OBS"));
    for note in good {
        for card in note.shows.iter().filter(|card| is_guess(card)) {
            if asked.is_none_or(|id| id == card.id) {
                let entry = found.entry(card.id).or_insert_with(|| (*card, Vec::new()));
                entry.1.push(&note.place);
            }
        }
    }
    let mut text = String::new();
    for (id, (card, places)) in &found {
        let shown = if asked.is_some() { places.len() } else { 1 };
        for place in places.iter().take(shown) {
            let line = format!("{id}  {} -> OBS  {place}\n", word(card.evidence));
            text.push_str(&line);
        }
    }
    let elsewhere = notes.iter().filter(|note| !note.of_aws).count();
    if text.is_empty() {
        text.push_str("no card gains evidence\n");
    }
    if elsewhere > 0 {
        text.push_str(&format!(
            "{elsewhere} exchanges were not recorded on AWS and are no evidence\n"
        ));
    }
    text
}

const fn word(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Documented => "DOC",
        Evidence::Observed => "OBS",
        Evidence::SecondHand => "OBS*",
        Evidence::Inferred => "INF",
    }
}
