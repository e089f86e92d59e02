//! What one recorded exchange shows.

use crate::plan::Act;
use crate::recording::{Line, Recording};
use crate::taken::Taken;
use kms_conformance_model::{Card, Evidence, Reply, Rival, Verdict};
use std::fmt;

/// What one recorded exchange shows.
#[derive(Clone, Debug)]
pub struct Note {
    /// The file and the line, as in `recording.jsonl:12`.
    pub place: String,
    /// What was done, as in `kms CreateKey`.
    pub what: String,
    /// The label of the operation in the catalogue; empty where it has none.
    pub operation: String,
    /// What came: an error type, `success` or `no reply`.
    pub came: String,
    /// What the judge says.
    pub outcome: Outcome,
    /// The rules that held.
    pub confirms: Vec<Card>,
    /// Those of them to which the answer can only be due.
    pub shows: Vec<Card>,
    /// What it tells that was open before.
    pub settles: Vec<Settled>,
    /// The rules that refused the request, whichever of them was named.
    pub rivals: Vec<Rival>,
    /// Whether AWS answered so.
    pub of_aws: bool,
    /// Where the fact comes from, if this program did not record it.
    pub source: Option<String>,
    /// How well it is known, as the recording says.
    pub level: Option<String>,
}

/// What the judge says of an exchange.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It conforms.
    Conforms,
    /// It contradicts these rules, the first one most; what came instead of what.
    Contradicts {
        /// The rules.
        rules: Vec<Card>,
        /// What was allowed, in words.
        expected: Vec<String>,
        /// What came, in words.
        observed: String,
    },
    /// It cannot be said, for this reason.
    Unknown(String),
}

/// What an exchange tells that was open before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Of two rules that both refused, the first was named.
    Order {
        /// The rule that was named.
        winner: Card,
        /// The rule that was not.
        loser: Card,
    },
    /// A rule that nobody had seen in an answer of AWS held.
    Rule(Card),
}

impl fmt::Display for Settled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Settled::Order { winner, loser } => write!(f, "{} before {}", winner.id, loser.id),
            Settled::Rule(card) => write!(f, "{}", card.id),
        }
    }
}

impl Note {
    /// What the judge made of a line; `None` for what is not judged.
    pub(super) fn new(
        place: String,
        recording: &Recording,
        line: &Line,
        taken: &Taken,
    ) -> Option<Note> {
        let what = match &line.act {
            Act::Call {
                service, operation, ..
            } => format!("{service} {operation}"),
            Act::Raw { .. } => "raw request".to_owned(),
            Act::LookInside { .. } => "outside HsmKeys".to_owned(),
            Act::Outside(_) | Act::Advance { .. } => return None,
        };
        let first = taken.judged.first();
        let operation = first.map(|judged| judged.operation.clone());
        let sighting = first
            .map(|judged| judged.sighting.clone())
            .unwrap_or_default();
        let mut note = Note {
            place,
            what,
            operation: operation.unwrap_or_default(),
            came: came(taken),
            outcome: outcome(taken),
            confirms: Vec::new(),
            shows: sighting.shown,
            settles: Vec::new(),
            rivals: sighting.rivals,
            of_aws: is_of_aws(recording),
            source: line.source.clone(),
            level: line.level.clone(),
        };
        for judged in &taken.judged {
            if let Verdict::Conforms(held) = &judged.verdict {
                let new = held.iter().filter(|card| !note.confirms.contains(card));
                let new: Vec<Card> = new.copied().collect();
                note.confirms.extend(new);
            }
        }
        note.settles = note.settled();
        Some(note)
    }

    fn settled(&self) -> Vec<Settled> {
        if self.outcome != Outcome::Conforms {
            return Vec::new();
        }
        let open: Vec<Rival> = self.rivals.iter().filter(|it| it.heard).copied().collect();
        let orders = orders(&open, &self.came).into_iter();
        let orders = orders.map(|(winner, loser)| Settled::Order { winner, loser });
        let guessed = self.shows.iter().filter(|card| is_guess(card)).copied();
        orders.chain(guessed.map(Settled::Rule)).collect()
    }
}

/// Which rule was named before which other one that refused too, told by the error that came.
pub(super) fn orders(rivals: &[Rival], came: &str) -> Vec<(Card, Card)> {
    let sends = |rival: &&Rival| {
        let mut codes = rival.codes.iter();
        codes.any(|code| code.wire_name() == came)
    };
    let named: Vec<&Rival> = rivals.iter().filter(sends).collect();
    let [winner] = named.as_slice() else {
        return Vec::new();
    };
    let silent = rivals.iter().filter(|rival| rival.must && !sends(rival));
    silent.map(|loser| (winner.card, loser.card)).collect()
}

/// Whether nobody has seen an answer of AWS that shows this rule.
pub(crate) const fn is_guess(card: &Card) -> bool {
    matches!(card.evidence, Evidence::Inferred | Evidence::SecondHand)
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  {}: {}", self.place, self.what, self.came)?;
        let ids = |cards: &[Card]| {
            let ids: Vec<&str> = cards.iter().map(|card| card.id).collect();
            ids.join(" ")
        };
        match &self.outcome {
            Outcome::Conforms => {}
            Outcome::Contradicts { rules, .. } => write!(f, "; contradicts {}", ids(rules))?,
            Outcome::Unknown(why) => write!(f, "; unknown: {why}")?,
        }
        if !self.confirms.is_empty() {
            write!(f, "; confirms {}", ids(&self.confirms))?;
        }
        if !self.settles.is_empty() {
            let settled: Vec<String> = self.settles.iter().map(Settled::to_string).collect();
            write!(f, "; settles {}", settled.join(", "))?;
        }
        Ok(())
    }
}

fn came(taken: &Taken) -> String {
    match &taken.reply {
        Some(Reply::Done(_)) => "success".to_owned(),
        Some(Reply::Refused(refused)) => refused.error.clone(),
        Some(Reply::Lost(_)) | None => "no reply".to_owned(),
    }
}

fn outcome(taken: &Taken) -> Outcome {
    let mut unknown = None;
    let mut judged = false;
    for row in &taken.judged {
        match &row.verdict {
            Verdict::Diverges(divergences) => {
                let expected = divergences.iter().flat_map(|it| &it.expected);
                let observed = divergences.iter().map(|it| it.observed.as_str());
                let observed: Vec<&str> = observed.collect();
                return Outcome::Contradicts {
                    rules: row.verdict.rules(),
                    expected: expected.map(|it| it.outcome.clone()).collect(),
                    observed: crate::redact::outcome(&observed.join("; ")),
                };
            }
            Verdict::Unknown(why) => unknown = Some(why.clone()),
            Verdict::Conforms(_) => judged = true,
        }
    }
    match (unknown, judged) {
        (Some(why), _) => Outcome::Unknown(why),
        (None, true) => Outcome::Conforms,
        (None, false) => Outcome::Unknown("nothing was judged".to_owned()),
    }
}

fn is_of_aws(recording: &Recording) -> bool {
    let target = &recording.header.target;
    let host = target.split(['/', ':']).next().unwrap_or_default();
    target == "aws" || host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn")
}
