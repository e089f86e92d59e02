//! Self-grading: one fault after the other is switched on in the reference emulator, and plans are
//! played on it until a finding names the broken rule. A judge that misses a fault cannot be trusted
//! about the rule.

use crate::error::Error;
use crate::generate::{Plans, Wishes, at_once, private_emulator, scenario};
use crate::out_of_reach::reason;
use crate::plan::Plan;
use crate::player::{Played, Seen};
use crate::session::{Identity, Session, Timing};
use crate::workers::each_of;
use kms_conformance_model::{Card, Force, Rule, RuleKind, Sabotage, Switches, catalog};
use kms_conformance_targets::InProcess;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// How much a grading may cost.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// How many plans are drawn beside the scenarios.
    pub drawn: usize,
    /// The most plans that are played for one fault.
    pub plays: usize,
    /// How many threads play.
    pub threads: usize,
}

/// One rule, broken on purpose.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The label of the operation.
    pub operation: &'static str,
    /// The rule.
    pub card: Card,
    /// What kind of rule it is.
    pub kind: RuleKind,
}

/// How a fault was found.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// How the rule was broken.
    pub how: Sabotage,
    /// Where the finding names it: 0 for the rule to blame most.
    pub place: usize,
    /// Whether switching the rule off showed nothing, since another rule fired with it in every plan,
    /// so that only its error type could be made wrong.
    pub masked: bool,
}

/// What became of one fault.
#[derive(Clone, Debug)]
pub struct Grade {
    /// The fault.
    pub fault: Fault,
    /// How it was found, if it was.
    pub found: Option<Found>,
    /// How many plans were played.
    pub plays: usize,
    /// In how many plans the rule fired when nothing was broken.
    pub fired: usize,
}

/// The result of a grading.
#[derive(Debug, Default)]
pub struct Grades {
    /// A row for each fault.
    pub rows: Vec<Grade>,
    /// What was found without any fault, as the title of the plan and the fingerprint. Anything here
    /// is a false alarm.
    pub alarms: Vec<String>,
}

impl Grades {
    /// The faults that no plan showed.
    pub fn missed(&self) -> impl Iterator<Item = &Fault> {
        let missed = self.rows.iter().filter(|row| row.found.is_none());
        missed.map(|row| &row.fault)
    }
}

impl fmt::Display for Grades {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in &self.rows {
            let (found, named) = match row.found {
                Some(found) if found.masked => ("masked", place_word(found.place)),
                Some(found) => (broken_word(found.how), place_word(found.place)),
                None => ("MISSED", format!("never, fired in {} plans", row.fired)),
            };
            writeln!(
                f,
                "{:<36} {:<11} {found:<12} {:>4} plays  {named}",
                row.fault.operation, row.fault.card.id, row.plays
            )?;
        }
        let found = self.rows.iter().filter(|row| row.found.is_some()).count();
        writeln!(
            f,
            "self-graded: {found} of {} faults found",
            self.rows.len()
        )
    }
}

const fn broken_word(how: Sabotage) -> &'static str {
    match how {
        Sabotage::Off => "off",
        Sabotage::WrongError => "wrong error",
    }
}

fn place_word(place: usize) -> String {
    match place {
        0 => "named first".to_owned(),
        1 => "named second".to_owned(),
        _ => format!("named as number {}", place + 1),
    }
}

/// Every rule of the catalogue as a fault, except those that no request can reach, and the relations
/// between answers: no switch of the emulator breaks one.
pub fn faults() -> Vec<Fault> {
    catalog::rules()
        .filter(|rule| rule.kind != RuleKind::Relation)
        .filter(|rule| reason(rule.operation, rule.card.id).is_none())
        .map(|rule: Rule| Fault {
            operation: rule.operation,
            card: rule.card,
            kind: rule.kind,
        })
        .collect()
}

/// Grades the judge on every fault of `faults`.
///
/// # Errors
/// `Internal` when the private emulator does not answer, which means that this crate is broken.
pub fn grade(faults: &[Fault], seed: u64, effort: Effort) -> Result<Grades, Error> {
    let identity = Identity {
        account: "123456789012".to_owned(),
        region: "us-east-1".to_owned(),
        salt: "grade".to_owned(),
    };
    let pool = Pool::fill(&identity, seed, effort)
        .ok_or_else(|| Error::Internal("the private emulator does not answer".to_owned()))?;
    let rows = each_of(faults, effort.threads, |fault| {
        pool.grade(fault, &identity, effort.plays)
    });
    Ok(Grades {
        rows,
        alarms: pool.alarms,
    })
}

/// Plans, and the rules that fired in each when nothing was broken.
struct Pool {
    plans: Vec<Plan>,
    fired: BTreeMap<(String, String), Vec<usize>>,
    alarms: Vec<String>,
    wishes: Wishes,
    seed: u64,
}

/// How many more plans are drawn, at the most, for a fault that no plan of the pool shows.
const MORE: usize = 100;

impl Pool {
    fn fill(identity: &Identity, seed: u64, effort: Effort) -> Option<Pool> {
        let mut played: Vec<(Plan, Played)> = Vec::new();
        for made in (0..).map_while(|number| scenario(number, identity)) {
            played.push((made.plan, made.played));
        }
        let directed = played.len();
        let wishes = Wishes {
            operations: BTreeSet::new(),
            key_stores: false,
            unsupported: BTreeSet::new(),
            outside: true,
            starved: BTreeSet::new(),
        };
        let drawn = Plans::of(&wishes, identity);
        for made in drawn.from_seed(seed).take(effort.drawn) {
            played.push((made.plan, made.played));
        }
        // The shortest plan comes first, and those that were drawn last.
        if let Some((directed, drawn)) = played.split_at_mut_checked(directed) {
            directed.sort_by_key(|(plan, _)| plan.steps.len());
            drawn.sort_by_key(|(plan, _)| plan.steps.len());
        }
        let mut pool = Pool {
            plans: Vec::new(),
            fired: BTreeMap::new(),
            alarms: Vec::new(),
            wishes,
            seed: seed.wrapping_add(1),
        };
        for (index, (plan, played)) in played.into_iter().enumerate() {
            let alarms = played.seen.iter().map(|seen| alarm(&plan, seen));
            pool.alarms.extend(alarms);
            for (label, entry) in played.coverage.operations() {
                for (id, _) in entry.rules.iter().filter(|(_, count)| count.fired > 0) {
                    let rule = (label.to_owned(), id.clone());
                    pool.fired.entry(rule).or_default().push(index);
                }
            }
            pool.plans.push(plan);
        }
        Some(pool)
    }

    /// The plans to try: those in which the rule fired, as only there it can be missed. What happens
    /// by itself may also be missed where it was never seen.
    fn candidates(&self, fault: &Fault) -> Vec<&Plan> {
        let rule = (fault.operation.to_owned(), fault.card.id.to_owned());
        let likely = self.fired.get(&rule).cloned().unwrap_or_default();
        let elsewhere = likely.is_empty() || fault.kind == RuleKind::Drift;
        let others = (0..self.plans.len()).filter(|index| elsewhere && !likely.contains(index));
        let order = likely.iter().copied().chain(others);
        order.filter_map(|index| self.plans.get(index)).collect()
    }

    /// Draws plans until one in which the rule fires shows the fault, and gives the place in which
    /// the finding names it.
    fn draw(
        &self,
        fault: &Fault,
        identity: &Identity,
        emulator: &InProcess,
        plays: &mut usize,
    ) -> Option<usize> {
        let rule = (fault.operation.to_owned(), fault.card.id.to_owned());
        let wishes = Wishes {
            starved: BTreeSet::from([rule]),
            ..self.wishes.clone()
        };
        for made in Plans::of(&wishes, identity).from_seed(self.seed).take(MORE) {
            let mut operations = made.played.coverage.operations();
            let fires = operations.any(|(label, entry)| {
                let count = entry.rules.get(fault.card.id);
                label == fault.operation && count.is_some_and(|count| count.fired > 0)
            });
            if fires {
                *plays += 1;
                if let Search::Found(place) = search(&made.plan, fault, emulator, identity) {
                    return Some(place);
                }
            }
        }
        None
    }

    fn grade(&self, fault: &Fault, identity: &Identity, most: usize) -> Grade {
        let candidates = self.candidates(fault);
        let rule = (fault.operation.to_owned(), fault.card.id.to_owned());
        let fired = self.fired.get(&rule).map_or(0, Vec::len);
        let graded = |found, plays| Grade {
            fault: fault.clone(),
            found,
            plays,
            fired,
        };
        let mut plays = 0;
        let mut cut_off = false;
        let mut how = match fault.kind {
            RuleKind::Refusal(Force::May) => Sabotage::WrongError,
            _ => Sabotage::Off,
        };
        loop {
            let masked = how == Sabotage::WrongError
                && fault.kind == RuleKind::Refusal(Force::Must)
                && !cut_off;
            let mut switches = Switches::none();
            switches.break_rule(Some(fault.operation), fault.card.id, how);
            let emulator = private_emulator(identity, &switches);
            for plan in candidates.iter().take(most) {
                plays += 1;
                match search(plan, fault, &emulator, identity) {
                    Search::Found(place) => {
                        let found = Some(Found { how, place, masked });
                        return graded(found, plays);
                    }
                    Search::CutOff => cut_off = true,
                    Search::Nothing => {}
                }
            }
            // Without the refusal the emulator has to do what nobody modelled, or refuses all the same
            // since another rule always fires with this one. It can still refuse wrongly.
            let refuses = matches!(fault.kind, RuleKind::Refusal(_));
            if !refuses || how == Sabotage::WrongError {
                let place = self.draw(fault, identity, &emulator, &mut plays);
                return graded(place.map(|place| Found { how, place, masked }), plays);
            }
            how = Sabotage::WrongError;
        }
    }
}

fn alarm(plan: &Plan, seen: &Seen) -> String {
    format!("{}: {}", plan.title, seen.divergence.fingerprint())
}

/// What playing a plan on a sabotaged emulator showed.
enum Search {
    /// A finding that names the rule in this place.
    Found(usize),
    /// The emulator had to do what it has no model of.
    CutOff,
    /// Nothing, or findings that name other rules.
    Nothing,
}

fn search(plan: &Plan, fault: &Fault, emulator: &InProcess, identity: &Identity) -> Search {
    let Some(Ok(mut session)) = at_once(Session::begin(emulator, identity, Timing::Still)) else {
        return Search::Nothing;
    };
    let mut cut_off = false;
    let mut best: Option<usize> = None;
    for step in &plan.steps {
        let Some(Ok(taken)) = at_once(session.take(step)) else {
            return Search::Nothing;
        };
        cut_off |= taken.lacking.is_some()
            && step
                .operation()
                .is_some_and(|(_, name)| fault.operation.ends_with(name));
        for judged in &taken.judged {
            let divergences = judged.verdict.divergences().iter();
            let named = divergences
                .filter_map(|it| it.rules.iter().position(|card| *card == fault.card))
                .min();
            best = best.into_iter().chain(named).min();
        }
        if best == Some(0) {
            break;
        }
    }
    match best {
        Some(place) => Search::Found(place),
        None if cut_off => Search::CutOff,
        None => Search::Nothing,
    }
}
