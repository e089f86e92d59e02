//! What a run asks for next: directed plans first, then plans that are drawn.
//!
//! A target that can be reset plays the directed plans in their order and whole. A target of which only
//! the endpoint is known is often slow, so a run asks it for what it was not asked yet: the plan that
//! tries most for its requests comes next, without the steps that try nothing new. Every plan comes from
//! the strategy [`Plans`]; what changes from plan to plan is its parameters.

use super::cuts::{Asked, Cut, Novelty, Piece, Sketch, about};
use super::dice::runner;
use super::draft::Draft;
use super::plans::Plans;
use super::scenarios::{directed, scenario};
use super::{Wishes, private_emulator_without_environment};
use crate::plan::Plan;
use crate::session::Identity;
use kms_conformance_model::Switches;
use proptest::strategy::{Strategy, ValueTree};

/// Steers the strategy of plans through a run.
#[derive(Default)]
pub(crate) struct Planner {
    /// The strategy, with what was asked for so far.
    plans: Plans,
    /// The directed plans that may try something new, coarsely; none before the first plan is asked for.
    directed: Option<Vec<Sketch>>,
    /// The directed plans whose parts were played that try something new coarsely.
    again: Vec<Sketch>,
    /// Whether no directed plan tries anything new coarsely any more.
    coarse_is_done: bool,
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
        let due = match wishes.outside {
            true => whole(number, identity, wishes),
            false => self.newest(identity, wishes, part),
        };
        self.plans.steer(wishes, identity, due);
        let tree = self.plans.new_tree(&mut runner(seed)).ok()?;
        self.plans.note(tree.classes());
        Some(tree.current())
    }

    /// On a target of which only the endpoint is known: the part of a directed plan that tries most for
    /// its requests.
    fn newest(
        &mut self,
        identity: &Identity,
        wishes: &Wishes,
        part: Option<(usize, usize)>,
    ) -> Option<Piece> {
        let asked = self.plans.asked();
        let directed = self
            .directed
            .get_or_insert_with(|| sketches(identity, part));
        let coarse = (wishes, asked, Novelty::Coarse);
        if let Some((sketch, cut)) = best(directed, &mut self.again, coarse) {
            self.again.push(sketch);
            return Some(cut.piece);
        }
        if !self.coarse_is_done {
            // Of the finer classes every plan may try many.
            self.coarse_is_done = true;
            for sketch in &mut self.again {
                sketch.yields = f64::INFINITY;
            }
        }
        let fine = (wishes, asked, Novelty::Fine(1));
        let (_, cut) = best(&mut self.again, &mut Vec::new(), fine)?;
        Some(cut.piece)
    }
}

/// On a target that can be reset: the directed plan of this number, as far as the run is about it.
fn whole(number: u64, identity: &Identity, wishes: &Wishes) -> Option<Piece> {
    let generated = scenario(usize::try_from(number).ok()?, identity)?;
    about(&generated.plan, wishes).map(Piece::from)
}

/// Takes the plan out of `directed` that tries most for its requests; those that try nothing new are
/// put among the `others`.
fn best(
    directed: &mut Vec<Sketch>,
    others: &mut Vec<Sketch>,
    (wishes, asked, novelty): (&Wishes, &Asked, Novelty),
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
        sketches.push(Sketch::from(draft.generated(&title)));
    }
    sketches
}
