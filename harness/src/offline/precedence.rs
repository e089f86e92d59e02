//! Which of several rules that all refuse a request AWS names: what was observed, and what was not.

use super::Note;
use super::note::{Outcome, orders};
use super::settle::{needs_outside, slice, used};
use crate::error::Error;
use crate::generate::{Plans, Wishes, private_emulator, scenario};
use crate::plan::{Act, Plan};
use crate::player::{Playing, Watch, play_watched};
use crate::session::{Identity, Session, Timing};
use crate::setup::runtime;
use crate::taken::Taken;
use kms_conformance_model::{Reply, Rival, Switches};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What was observed of the order of errors, by operation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Precedence(BTreeMap<String, Vec<Order>>);

/// One thing that was observed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// The id of the rule that was named.
    pub winner: String,
    /// The id of the rule that refused too and was not.
    pub loser: String,
    /// `OBS` where AWS answered so, `OBS*` where somebody only says so, and `run` for other targets.
    pub evidence: String,
    /// The file and the line.
    #[serde(rename = "where")]
    pub place: String,
}

impl Precedence {
    /// What a file holds; nothing where there is none.
    pub fn read(path: &Path) -> Result<Precedence, Error> {
        let bad = |why: String| Error::BadRecording {
            place: path.display().to_string(),
            why: format!("{why}; give a file that `judge --precedence` wrote, or a new name"),
        };
        match std::fs::read_to_string(path) {
            Ok(text) => serde_json::from_str(&text).map_err(|why| bad(why.to_string())),
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(Precedence::default()),
            Err(why) => Err(bad(why.to_string())),
        }
    }

    /// Adds what exchanges show that is not known yet.
    pub fn learn(&mut self, notes: &[Note]) {
        for note in notes
            .iter()
            .filter(|note| note.outcome == Outcome::Conforms)
        {
            for (winner, loser) in note.orders() {
                let new = Order {
                    winner: winner.id.to_owned(),
                    loser: loser.id.to_owned(),
                    evidence: note.evidence().to_owned(),
                    place: note.place.clone(),
                };
                let known = self.0.entry(note.operation.clone()).or_default();
                let same = |it: &Order| {
                    (&it.winner, &it.loser, &it.evidence)
                        == (&new.winner, &new.loser, &new.evidence)
                };
                if !known.iter().any(same) {
                    known.push(new);
                    known.sort();
                }
            }
        }
    }

    /// The file that holds it.
    pub fn render(&self) -> String {
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        format!("{text}\n")
    }

    /// How many orders were observed.
    pub fn len(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }

    /// Whether none was.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether AWS was seen to name one of these two rules before the other.
    fn decides(&self, operation: &str, pair: &(String, String)) -> bool {
        let known = self.0.get(operation);
        let is_it = |it: &Order| {
            let both = [&it.winner, &it.loser];
            it.evidence != "run" && both.contains(&&pair.0) && both.contains(&&pair.1)
        };
        known.is_some_and(|orders| orders.iter().any(is_it))
    }
}

/// A pair of rules of an operation that refuse the same request with different errors, of which nobody
/// saw which is named.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The label of the operation.
    pub operation: String,
    /// The ids of the rules, in order.
    pub rules: (String, String),
    /// The errors of each.
    pub errors: (String, String),
    /// The shortest plan that was found whose last request both refuse.
    pub plan: Plan,
    /// How many steps that request depends on, itself included.
    pub steps: usize,
}

impl Question {
    /// What it is about.
    pub fn key(&self) -> Key {
        let (one, other) = self.rules.clone();
        (self.operation.clone(), one, other)
    }

    fn request(&self) -> Value {
        match self.plan.steps.last().map(|step| &step.act) {
            Some(Act::Call { body, .. }) => body.clone(),
            _ => Value::Null,
        }
    }
}

/// The questions that so many generated plans come across beside the directed ones, and that
/// `known` leaves open. They are played in process. Where `outside` is false, only those count that need
/// nothing but AWS.
pub fn questions(known: &Precedence, plans: u64, outside: bool) -> Result<Vec<Question>, Error> {
    let runtime = runtime()?;
    let identity = asking_identity();
    let wishes = Wishes {
        outside,
        ..Wishes::default()
    };
    let directed = (0..).map_while(|nth| scenario(nth, &identity));
    let drawn = (0..plans).filter_map(|seed| Plans::of(&wishes, &identity).from_seed(seed).next());
    let mut asking = Asking::default();
    for generated in directed.chain(drawn) {
        asking.plan = generated.plan;
        let plan = asking.plan.clone();
        runtime.block_on(listened(&plan, &mut asking))?;
    }
    let mut open = Vec::new();
    let mut known_to_ask: BTreeMap<String, BTreeSet<Key>> = BTreeMap::new();
    for mut question in asking.found.into_values() {
        if known.decides(&question.operation, &question.rules) {
            continue;
        }
        let ways = [
            used(&question.plan),
            slice(&question.plan),
            question.plan.clone(),
        ];
        for way in ways
            .into_iter()
            .filter(|way| outside || !needs_outside(way))
        {
            let text = serde_json::to_string(&way).unwrap_or_default();
            let asks = match known_to_ask.get(&text) {
                Some(asks) => asks,
                None => {
                    let asks = runtime.block_on(asked(&way))?;
                    known_to_ask.entry(text).or_insert(asks)
                }
            };
            if asks.contains(&question.key()) {
                question.steps = way.steps.len();
                question.plan = way;
                open.push(question);
                break;
            }
        }
    }
    Ok(open)
}

/// The pairs that a plan asks about: the operation and the ids of the rules.
pub async fn asked(plan: &Plan) -> Result<BTreeSet<Key>, Error> {
    let mut asking = Asking {
        plan: plan.clone(),
        ..Asking::default()
    };
    listened(plan, &mut asking).await?;
    Ok(asking.found.into_keys().collect())
}

fn asking_identity() -> Identity {
    Identity {
        account: crate::identity::USUAL_ACCOUNT.to_owned(),
        region: "us-east-1".to_owned(),
        salt: "asked".to_owned(),
    }
}

async fn listened(plan: &Plan, asking: &mut Asking) -> Result<(), Error> {
    let identity = asking_identity();
    let emulator = private_emulator(&identity, &Switches::none());
    let playing = Playing {
        timing: Timing::Still,
        ..Playing::new(&emulator, &identity)
    };
    let played = play_watched(plan, &playing, asking).await;
    played.map_err(|lost| Error::Internal(format!("the private emulator: {lost}")))?;
    Ok(())
}

/// The operation and the two rules of a question.
pub type Key = (String, String, String);

/// Collects the smallest witness of each pair.
#[derive(Default)]
struct Asking {
    plan: Plan,
    found: BTreeMap<Key, Question>,
}

impl Watch for Asking {
    fn before(&mut self, _: usize, _: &crate::plan::Step, _: &mut Session<'_>) {}

    fn after(&mut self, index: usize, _: &Session<'_>, taken: &Taken) {
        let (Some(step), Some(judged)) = (self.plan.steps.get(index), taken.judged.first()) else {
            return;
        };
        let (Act::Call { .. }, Some(Reply::Refused(_))) = (&step.act, &taken.reply) else {
            return;
        };
        let rivals: Vec<&Rival> = judged
            .sighting
            .rivals
            .iter()
            .filter(|it| it.must && it.heard)
            .collect();
        if rivals.len() < 2 {
            return;
        }
        let plan = self.plan.retain(|nth, _| nth <= index);
        let steps = used(&plan).steps.len();
        for (nth, one) in rivals.iter().enumerate() {
            let others = rivals.iter().skip(nth + 1);
            let differ = |other: &&&Rival| !other.codes.iter().any(|it| one.codes.contains(it));
            for other in others.filter(differ) {
                let (first, second) = match one.card.id <= other.card.id {
                    true => (one, other),
                    false => (other, one),
                };
                let question = Question {
                    operation: judged.operation.clone(),
                    rules: (first.card.id.to_owned(), second.card.id.to_owned()),
                    errors: (named(first), named(second)),
                    plan: plan.clone(),
                    steps,
                };
                let known = self.found.get(&question.key());
                if known.is_none_or(|known| steps < known.steps) {
                    self.found.insert(question.key(), question);
                }
            }
        }
    }
}

fn named(rival: &Rival) -> String {
    let names: Vec<&str> = rival.codes.iter().map(|code| code.wire_name()).collect();
    names.join(" or ")
}

/// The questions as text, one after the other.
pub fn render(questions: &[Question]) -> String {
    let mut text = String::new();
    for question in questions {
        let Question {
            operation,
            rules: (one, other),
            errors: (first, second),
            steps,
            ..
        } = question;
        text.push_str(&format!(
            "{operation}: {one} ({first}) or {other} ({second})?\n  after {steps} steps: {}\n",
            crate::redact::value(&question.request())
        ));
    }
    text.push_str(&format!(
        "{} pairs of refusals of which nobody saw which one AWS names\n",
        questions.len()
    ));
    text
}

impl Note {
    /// Which rule was named before which other one that refused too.
    pub fn orders(&self) -> Vec<(kms_conformance_model::Card, kms_conformance_model::Card)> {
        orders(&self.rivals, &self.came)
    }

    fn evidence(&self) -> &str {
        match self.of_aws {
            true => self.level.as_deref().unwrap_or("OBS"),
            false => "run",
        }
    }
}
