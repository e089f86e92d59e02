//! The parts of a plan that are worth playing: the steps that try something new, or some that follow each
//! other, with what they need.

use super::draft::Tried;
use super::request_classes::{RequestClass, hash};
use super::{Generated, Wishes};
use crate::metamorphic::At;
use crate::plan::{Act, Plan, Step};
use kms_conformance_model::Reply;
use std::collections::{BTreeSet, HashMap, HashSet};

/// How often each class of requests was asked for.
pub(super) type Asked = HashMap<RequestClass, u32>;

/// What a part of a plan must try to be played.
#[derive(Clone, Copy)]
pub(super) enum Novelty {
    /// A coarse class that was not asked for yet.
    Coarse,
    /// A class of either grade that was asked for fewer times than this.
    Fine(u32),
}

/// A plan, and what each of its steps tries on a target of which only the endpoint is known.
pub(super) struct Sketch {
    pub(super) plan: Plan,
    tried: Vec<Tried>,
    /// What each step uses, by the ids of the steps that made it.
    uses: Vec<Vec<u32>>,
    /// How many new classes it tried for a request when it was looked at last. It only ever gets less.
    pub(super) yields: f64,
}

/// A part of a plan that tries something new.
pub(super) struct Cut {
    /// The part.
    pub(super) piece: Piece,
    /// How many of its classes are new, for a request.
    pub(super) yields: f64,
}

/// A plan to be played, and the classes of requests that it tries.
#[derive(Clone, Debug, Default)]
pub(super) struct Piece {
    pub(super) plan: Plan,
    pub(super) classes: Vec<RequestClass>,
}

impl From<Plan> for Piece {
    /// A plan whose classes of requests are not counted.
    fn from(plan: Plan) -> Piece {
        Piece {
            plan,
            classes: Vec::new(),
        }
    }
}

impl From<Generated> for Sketch {
    fn from(Generated { plan, tried, .. }: Generated) -> Sketch {
        Sketch {
            uses: plan.steps.iter().map(Step::uses).collect(),
            plan,
            tried,
            yields: f64::INFINITY,
        }
    }
}

impl Sketch {
    /// The steps that try something new, with what they need and what shows their effects; `None` where
    /// there are none.
    pub(super) fn cut(&self, wishes: &Wishes, asked: &Asked, novelty: Novelty) -> Option<Cut> {
        let (often, with_fine) = match novelty {
            Novelty::Coarse => (1, false),
            Novelty::Fine(often) => (often, true),
        };
        let mut new: HashSet<RequestClass> = HashSet::new();
        let mut kept: BTreeSet<u32> = BTreeSet::new();
        let mut classes = Vec::new();
        // Whether a step that is kept changed something since a kept one looked.
        let mut stirred = false;
        let mut looked: HashSet<String> = HashSet::new();
        let is_new = |class: &RequestClass| asked.get(class).copied().unwrap_or(0) < often;
        for (step, tried) in self.plan.steps.iter().zip(&self.tried) {
            if !wishes.abilities().allow(step) || !is_wanted(step, wishes) {
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
            classes.extend(tried.classes.all());
        }
        if new.is_empty() {
            return None;
        }
        let plan = self.with(&kept, wishes);
        Some(Cut {
            yields: new.len() as f64 / plan.steps.len().max(1) as f64,
            piece: Piece { plan, classes },
        })
    }

    /// Wanted steps that follow each other from one of them on, with what they need: so many that the
    /// whole has about `most` steps. `from` chooses one of as many steps as it is given; `None` where no
    /// step is wanted.
    pub(super) fn window(
        &self,
        wishes: &Wishes,
        most: usize,
        from: impl FnOnce(usize) -> usize,
    ) -> Option<Plan> {
        let steps = self.plan.steps.iter();
        let wanted = steps.filter(|step| wishes.abilities().allow(step) && is_wanted(step, wishes));
        let wanted: Vec<u32> = wanted.map(|step| step.id).collect();
        if wanted.is_empty() {
            return None;
        }
        let mut kept = wanted.iter().skip(from(wanted.len())).take(most);
        let mut chosen: BTreeSet<u32> = kept.by_ref().copied().collect();
        loop {
            let plan = self.with(&chosen, wishes);
            if plan.steps.len() <= most || chosen.len() < 2 {
                return Some(plan);
            }
            let half = chosen.iter().nth(chosen.len() / 2).copied()?;
            chosen.split_off(&half);
        }
    }

    /// The plan with the steps `kept`, and the steps before the last of them that made or changed what
    /// they name.
    fn with(&self, kept: &BTreeSet<u32>, wishes: &Wishes) -> Plan {
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
                if changes
                    && uses.iter().any(|it| made.contains(it))
                    && wishes.abilities().allow(step)
                {
                    needed.insert(step.id);
                }
            }
            if needed.len() == before {
                return self.plan.retain(|_, step| needed.contains(&step.id));
            }
        }
    }
}

/// The part of a plan that is about the operations that the run is about: their requests, with all that
/// changes something; `None` where there are no such requests.
pub(super) fn about(plan: &Plan, wishes: &Wishes) -> Option<Plan> {
    if wishes.is_about_everything() {
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

/// Whether the step is about one of the operations that the run is about.
fn is_wanted(step: &Step, wishes: &Wishes) -> bool {
    match (&step.act, step.in_catalogue()) {
        (Act::Raw { .. }, _) => wishes.is_about_everything(),
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
fn raw_class(step: &Step) -> RequestClass {
    let text = serde_json::to_string(&step.act).unwrap_or_default();
    hash(&text)
}
