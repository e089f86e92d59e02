//! Which plan a run plays next: directed plans first, then plans that are drawn.
//!
//! A target that can be reset plays the directed plans in their order and whole. A target of which only
//! the endpoint is known is often slow, so a run asks it for what it was not asked yet: the plan that
//! tries most for its requests comes next, without the steps that try nothing new.

use super::draft::{Draft, Tried};
use super::request_classes::hash;
use super::scenarios::{directed, scenario};
use super::{Generator, Wishes, private_emulator_without_environment};
use crate::metamorphic::At;
use crate::plan::{Act, Plan, Step};
use crate::session::Identity;
use kms_conformance_model::{Reply, Switches};
use std::collections::{BTreeSet, HashMap, HashSet};

/// What a part of a plan must try to be played.
#[derive(Clone, Copy)]
enum Novelty {
    /// A coarse class that was not asked for yet.
    Coarse,
    /// A class of either grade that was asked for fewer times than this.
    Fine(u32),
}

/// How often a class of requests is asked for by plans that are drawn.
const OFTEN: u32 = 4;

/// How many plans are drawn to find one that tries something new.
const DRAWS: usize = 4;

/// Chooses plans, and knows what was asked for.
#[derive(Default)]
pub(crate) struct Planner {
    /// The directed plans that may try something new, coarsely; none before the first plan is asked for.
    directed: Option<Vec<Sketch>>,
    /// The directed plans whose parts were played that try something new coarsely.
    again: Vec<Sketch>,
    /// Whether no directed plan tries anything new coarsely any more.
    coarse_is_done: bool,
    /// How often each class of requests was asked for.
    asked: HashMap<u64, u32>,
}

/// A plan, and what each of its steps tries on a target of which only the endpoint is known.
struct Sketch {
    plan: Plan,
    tried: Vec<Tried>,
    /// What each step uses, by the ids of the steps that made it.
    uses: Vec<Vec<u32>>,
    /// How many new classes it tried for a request when it was looked at last. It only ever gets less.
    yields: f64,
}

/// A part of a plan that tries something new.
struct Cut {
    /// The ids of its steps.
    steps: BTreeSet<u32>,
    /// The classes that its steps try.
    classes: Vec<u64>,
    /// How many of them are new, for a request.
    yields: f64,
}

impl Planner {
    /// The next plan. `number` counts the plans of all parts of the run; `part` says which directed plans
    /// are this part's.
    pub(crate) fn next(
        &mut self,
        number: u64,
        seed: u64,
        identity: &Identity,
        wishes: &Wishes,
        part: Option<(usize, usize)>,
    ) -> Option<Plan> {
        if wishes.outside {
            return self.next_whole(number, seed, identity, wishes);
        }
        let directed = self
            .directed
            .get_or_insert_with(|| sketches(identity, part));
        if let Some((sketch, cut)) = best(
            directed,
            &mut self.again,
            (wishes, &self.asked, Novelty::Coarse),
        ) {
            let plan = self.takes(&sketch.plan, &cut);
            self.again.push(sketch);
            return Some(plan);
        }
        if !self.coarse_is_done {
            // Of the finer classes every plan may try many.
            self.coarse_is_done = true;
            for sketch in &mut self.again {
                sketch.yields = f64::INFINITY;
            }
        }
        let fine = (wishes, &self.asked, Novelty::Fine(1));
        if let Some((sketch, cut)) = best(&mut self.again, &mut Vec::new(), fine) {
            return Some(self.takes(&sketch.plan, &cut));
        }
        self.draw(seed, identity, wishes)
    }

    /// On a target that can be reset: the scenarios in their order, then plans that are drawn.
    fn next_whole(
        &mut self,
        number: u64,
        seed: u64,
        identity: &Identity,
        wishes: &Wishes,
    ) -> Option<Plan> {
        let number = usize::try_from(number).unwrap_or(usize::MAX);
        let directed = scenario(number, identity);
        let directed = directed.and_then(|directed| about(&directed.plan, wishes));
        directed.or_else(|| {
            let generated = Generator::new(seed, identity).plan(wishes)?;
            Some(generated.plan)
        })
    }

    /// A plan that is drawn, without the steps that try what was tried often.
    fn draw(&mut self, seed: u64, identity: &Identity, wishes: &Wishes) -> Option<Plan> {
        let mut generator = Generator::new(seed, identity);
        let mut last = None;
        for _ in 0..DRAWS {
            let generated = generator.plan(wishes)?;
            let sketch = Sketch::new(generated.plan, generated.tried);
            if let Some(cut) = sketch.cut(wishes, &self.asked, Novelty::Fine(OFTEN)) {
                return Some(self.takes(&sketch.plan, &cut));
            }
            last = Some(sketch.plan);
        }
        last
    }

    fn takes(&mut self, plan: &Plan, cut: &Cut) -> Plan {
        for class in &cut.classes {
            *self.asked.entry(*class).or_default() += 1;
        }
        plan.retain(|_, step| cut.steps.contains(&step.id))
    }
}

/// Takes the plan out of `directed` that tries most for its requests; those that try nothing new are
/// put among the `others`.
fn best(
    directed: &mut Vec<Sketch>,
    others: &mut Vec<Sketch>,
    (wishes, asked, novelty): (&Wishes, &HashMap<u64, u32>, Novelty),
) -> Option<(Sketch, Cut)> {
    loop {
        // Since yields only get less, the last one is the best if it is still as good as it was.
        directed.sort_by(|one, other| one.yields.total_cmp(&other.yields));
        let mut sketch = directed.pop()?;
        let Some(cut) = sketch.cut(wishes, asked, novelty) else {
            others.push(sketch);
            continue;
        };
        sketch.yields = cut.yields;
        if directed.last().is_none_or(|next| cut.yields >= next.yields) {
            return Some((sketch, cut));
        }
        directed.push(sketch);
    }
}

/// The part of a plan that is about the operations that the run is about: their requests, with all that
/// changes something; `None` where there are no such requests.
fn about(plan: &Plan, wishes: &Wishes) -> Option<Plan> {
    if wishes.operations.is_empty() && !wishes.key_stores {
        return Some(plan.clone());
    }
    let wanted = |step: &Step| is_wanted(step, wishes);
    if !plan.steps.iter().any(wanted) {
        return None;
    }
    let named: BTreeSet<u32> = plan.steps.iter().flat_map(Step::uses).collect();
    Some(plan.retain(|_, step| {
        let changes = match step.in_catalogue() {
            Some(operation) => {
                let nothing = (serde_json::Value::Null, Reply::Lost(String::new()));
                let (body, reply) = (&nothing.0, &nothing.1);
                let at = At {
                    operation,
                    body,
                    reply,
                };
                at.writes()
            }
            None => !matches!(step.act, Act::Raw { .. }),
        };
        changes || wanted(step) || named.contains(&step.id)
    }))
}

/// All directed plans, tried on a private emulator as on a target of which only the endpoint is known.
fn sketches(identity: &Identity, part: Option<(usize, usize)>) -> Vec<Sketch> {
    let emulator = private_emulator_without_environment(identity, &Switches::none());
    let mut sketches = Vec::new();
    for number in 0.. {
        let Some(mut draft) = Draft::begin(&emulator, identity) else {
            break;
        };
        let Some(title) = directed(number, &mut draft) else {
            break;
        };
        if part.is_some_and(|(index, of)| number % of != index) {
            continue;
        }
        let tried = std::mem::take(&mut draft.tried);
        let (plan, _) = draft.finish(&title);
        sketches.push(Sketch::new(plan, tried));
    }
    sketches
}

impl Sketch {
    fn new(plan: Plan, tried: Vec<Tried>) -> Sketch {
        Sketch {
            uses: plan.steps.iter().map(Step::uses).collect(),
            plan,
            tried,
            yields: f64::INFINITY,
        }
    }

    /// The steps that try something new, with what they need and what shows their effects; `None` where
    /// there are none.
    fn cut(&self, wishes: &Wishes, asked: &HashMap<u64, u32>, novelty: Novelty) -> Option<Cut> {
        let (often, with_fine) = match novelty {
            Novelty::Coarse => (1, false),
            Novelty::Fine(often) => (often, true),
        };
        let mut new: HashSet<u64> = HashSet::new();
        let mut kept: BTreeSet<u32> = BTreeSet::new();
        let mut classes = Vec::new();
        // What was changed since it was looked at last, by steps that are kept.
        let mut stirred = false;
        let mut looked: HashSet<String> = HashSet::new();
        let is_new = |class: &u64| asked.get(class).copied().unwrap_or(0) < often;
        for (step, tried) in self.plan.steps.iter().zip(&self.tried) {
            if !is_possible(step, wishes) || !is_wanted(step, wishes) {
                continue;
            }
            if let Act::Raw { .. } = step.act {
                let class = raw_class(step);
                if is_new(&class) && new.insert(class) {
                    classes.push(class);
                    kept.insert(step.id);
                }
                continue;
            }
            let before = new.len();
            let fine = tried.classes.fine.iter().filter(|_| with_fine);
            let all = tried.classes.coarse.iter().chain(fine);
            new.extend(all.copied().filter(is_new));
            if new.len() > before {
                if tried.writes {
                    stirred = true;
                    looked.clear();
                }
            } else if tried.writes || !stirred || !looked.insert(body_of(step)) {
                continue;
            }
            kept.insert(step.id);
            classes.extend(tried.classes.coarse.iter().chain(&tried.classes.fine));
        }
        if new.is_empty() {
            return None;
        }
        let steps = self.needed(&kept, wishes);
        Some(Cut {
            yields: new.len() as f64 / steps.len().max(1) as f64,
            steps,
            classes,
        })
    }

    /// `kept`, and the steps before the last of them that made or changed what they name.
    fn needed(&self, kept: &BTreeSet<u32>, wishes: &Wishes) -> BTreeSet<u32> {
        let mut needed = kept.clone();
        let last = kept.last().copied().unwrap_or_default();
        let steps = || self.plan.steps.iter().zip(&self.uses).zip(&self.tried);
        loop {
            let before = needed.len();
            let mut made: BTreeSet<u32> = BTreeSet::new();
            for ((step, uses), _) in steps() {
                if needed.contains(&step.id) {
                    made.extend(uses);
                }
            }
            needed.extend(&made);
            for ((step, uses), tried) in steps() {
                let changes = tried.writes && tried.succeeded && step.id < last;
                if changes && uses.iter().any(|it| made.contains(it)) && is_possible(step, wishes) {
                    needed.insert(step.id);
                }
            }
            if needed.len() == before {
                return needed;
            }
        }
    }
}

/// Whether the target can take the step, as far as it is known to lack operations.
fn is_possible(step: &Step, wishes: &Wishes) -> bool {
    match &step.act {
        Act::Raw { .. } => true,
        Act::Call { .. } => step
            .in_catalogue()
            .is_some_and(|it| !wishes.unsupported.contains(it.label())),
        Act::Outside(_) | Act::LookInside { .. } | Act::Advance { .. } => false,
    }
}

/// Whether the step is about one of the operations that the run is about.
fn is_wanted(step: &Step, wishes: &Wishes) -> bool {
    match (&step.act, step.in_catalogue()) {
        (Act::Raw { .. }, _) => wishes.operations.is_empty() && !wishes.key_stores,
        (_, Some(operation)) => super::is_wanted(operation, wishes),
        (_, None) => false,
    }
}

fn body_of(step: &Step) -> String {
    match &step.act {
        Act::Call {
            operation, body, ..
        } => format!("{operation} {body}"),
        _ => String::new(),
    }
}

/// Raw requests are few, and each is a class of its own.
fn raw_class(step: &Step) -> u64 {
    let text = serde_json::to_string(&step.act).unwrap_or_default();
    hash(&text)
}
