//! The strategy of plans: what users' own proptest tests draw from, and every run of this harness too.

use super::cuts::{Asked, Novelty, Piece, Sketch, about};
use super::dice::{Dice, runner};
use super::draft::Draft;
use super::plan_tree::PlanTree;
use super::request_classes::RequestClass;
use super::scenarios::{count, directed};
use super::{Generated, Wishes, emulator_for, walk};
use crate::identity::{Identity, USUAL_ACCOUNT};
use crate::options::Profile;
use crate::plan::Plan;
use kms_conformance_model::catalog;
use proptest::strategy::{NewTree, Strategy};
use proptest::test_runner::{Reason, TestRunner};
use std::ops::RangeInclusive;

/// A strategy of plans. It shrinks a plan to fewer steps first, then to steps that ask for less.
///
/// A plan that was drawn depends on nothing but the random numbers of the test runner and on these
/// parameters: the same seed draws the same plan, in a file of regressions too.
///
/// ```
/// use proptest::prelude::*;
///
/// proptest! {
///     # #![proptest_config(ProptestConfig { cases: 1, failure_persistence: None, ..Default::default() })]
///     # /*
///     #[test]
///     # */
///     fn conforms(plan in kms_conformance::plans().operations(["CreateKey", "DescribeKey"])) {
///         kms_conformance::target("model").conforms(&plan)?;
///     }
/// }
/// # conforms();
/// ```
#[derive(Clone, Debug)]
#[must_use = "a strategy does nothing before a test runner draws from it"]
pub struct Plans {
    wishes: Wishes,
    identity: Identity,
    /// How many steps a plan has before it looks at what it made.
    steps: RangeInclusive<usize>,
    /// In how many of 100 cases a plan is a directed one.
    directed: usize,
    /// A name that was given to be left out and that no operation has.
    unknown: Option<String>,
    /// The plan that is drawn next, whatever the random numbers are.
    due: Option<Piece>,
    /// How often each class of requests was asked for.
    asked: Asked,
    /// Whether a plan that is drawn leaves out what was asked for often.
    spares: bool,
}

/// How many steps a plan has before it looks at what it made.
const STEPS: RangeInclusive<usize> = 5..=60;

/// In how many of 100 cases a plan is a directed one.
const DIRECTED: usize = 50;

/// How often a class of requests is asked for by the plans of a run that are drawn.
const OFTEN: u32 = 4;

/// How many plans are drawn to find one that tries something new, or is about what is wanted.
const DRAWS: usize = 4;

/// Plans that a target can play of which only the endpoint is known: directed ones, and ones that are
/// drawn step by step.
pub fn plans() -> Plans {
    Plans::default()
}

impl Default for Plans {
    fn default() -> Plans {
        Plans {
            wishes: Wishes::default(),
            identity: Identity {
                account: USUAL_ACCOUNT.to_owned(),
                region: "us-east-1".to_owned(),
                salt: "0".to_owned(),
            },
            steps: STEPS,
            directed: DIRECTED,
            unknown: None,
            due: None,
            asked: Asked::new(),
            spares: false,
        }
    }
}

impl Plans {
    /// Only these operations, by name, with what they need.
    pub fn operations<I>(mut self, names: I) -> Plans
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.wishes.operations = names.into_iter().map(Into::into).collect();
        self
    }

    /// Not these operations, by name: for a target that does not have them.
    pub fn without<I>(mut self, names: I) -> Plans
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        for name in names {
            let name = name.as_ref();
            let named = catalog::operations().filter(|it| it.name() == name || it.label() == name);
            let labels: Vec<String> = named
                .map(|operation| operation.label().to_owned())
                .collect();
            if labels.is_empty() {
                self.unknown = Some(name.to_owned());
            }
            self.wishes.unsupported.extend(labels);
        }
        self
    }

    /// Only the operations of this profile.
    pub fn profile(mut self, profile: Profile) -> Plans {
        self.wishes.key_stores = profile == Profile::KeyStores;
        self
    }

    /// Plans that also let things happen that no AWS API does, and that move the clock: for targets with
    /// this project's admin path. Each of these plans begins with an empty account.
    pub fn with_environment(mut self) -> Plans {
        self.wishes.outside = true;
        self
    }

    /// Plans of so many steps, not counting those at the end that look at what was made. What a plan
    /// begins with and what its calls need may make it longer. Directed plans with the environment are
    /// as long as they are.
    pub const fn steps(mut self, steps: RangeInclusive<usize>) -> Plans {
        self.steps = steps;
        self
    }

    /// Only directed plans: scenarios, and sweeps over states, specs and arguments. Where none of them is
    /// about what is wanted, plans are drawn step by step.
    pub const fn directed(mut self) -> Plans {
        self.directed = 100;
        self
    }

    /// Only plans that are drawn step by step.
    pub const fn random(mut self) -> Plans {
        self.directed = 0;
        self
    }

    /// Plans that are drawn step by step, for these wishes and this account.
    pub fn of(wishes: &Wishes, identity: &Identity) -> Plans {
        Plans {
            wishes: wishes.clone(),
            identity: identity.clone(),
            ..Plans::default().random()
        }
    }

    /// The plans that follow from this seed, with what happened when they were tried on the private
    /// emulator. Directed plans are not among them.
    pub fn from_seed(&self, seed: u64) -> impl Iterator<Item = Generated> + '_ {
        let mut runner = runner(seed);
        std::iter::from_fn(move || {
            let mut dice = Dice::of(runner.new_rng());
            walk::plan(&mut dice, &self.wishes, &self.identity, &self.steps)
        })
    }

    /// What the next plan of a run is to be like, and which one it is if that is known.
    pub(super) fn steer(&mut self, wishes: &Wishes, identity: &Identity, due: Option<Piece>) {
        self.wishes = wishes.clone();
        self.identity = identity.clone();
        self.directed = 0;
        self.due = due;
        self.spares = !wishes.outside;
    }

    /// How often each class of requests was asked for.
    pub(super) const fn asked(&self) -> &Asked {
        &self.asked
    }

    /// Notes that these classes of requests are asked for once more.
    pub(super) fn note(&mut self, classes: &[RequestClass]) {
        for class in classes {
            *self.asked.entry(*class).or_default() += 1;
        }
    }

    fn draw(&self, dice: &mut Dice) -> Option<Piece> {
        if let Some(due) = &self.due {
            return Some(due.clone());
        }
        let directed = dice.chance(self.directed).then(|| self.draw_directed(dice));
        directed.flatten().or_else(|| self.draw_walk(dice))
    }

    /// A part of a directed plan that is about what is wanted: if one of a few draws is, or, where only
    /// directed plans are wanted, if any is.
    fn draw_directed(&self, dice: &mut Dice) -> Option<Piece> {
        let all = count();
        let drawn: Vec<usize> = (0..DRAWS).map(|_| dice.below(all)).collect();
        let rest = drawn.first().filter(|_| self.directed == 100).copied();
        let rest = rest
            .into_iter()
            .flat_map(|first| (first..all).chain(0..first));
        drawn.iter().copied().chain(rest).find_map(|number| {
            let emulator = emulator_for(&self.wishes, &self.identity);
            let mut draft = Draft::begin(&emulator, &self.identity)?;
            let title = directed(number, &mut draft)?;
            let plan = match self.wishes.outside {
                true => about(&draft.finish(&title).0, &self.wishes),
                false => {
                    let most = *self.steps.end();
                    let sketch = Sketch::from(draft.generated(&title));
                    sketch.window(&self.wishes, most, |steps| dice.below(steps))
                }
            };
            plan.map(Piece::from)
        })
    }

    /// A plan that is drawn step by step, in a run without the steps that ask for what was asked for
    /// often.
    fn draw_walk(&self, dice: &mut Dice) -> Option<Piece> {
        let mut walk = || walk::plan(dice, &self.wishes, &self.identity, &self.steps);
        if !self.spares {
            return walk().map(|generated| Piece::from(generated.plan));
        }
        let mut last = None;
        for _ in 0..DRAWS {
            let sketch = Sketch::from(walk()?);
            if let Some(cut) = sketch.cut(&self.wishes, &self.asked, Novelty::Fine(OFTEN)) {
                return Some(cut.piece);
            }
            last = Some(sketch.plan);
        }
        last.map(Piece::from)
    }
}

impl Strategy for Plans {
    type Tree = PlanTree;
    type Value = Plan;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Plans> {
        for name in self.wishes.operations.iter().chain(&self.unknown) {
            crate::catalogue::check_operation(name).map_err(|why| Reason::from(why.to_string()))?;
        }
        let piece = self.draw(&mut Dice::of(runner.new_rng()));
        let Piece { plan, classes } = piece.ok_or("the private emulator does not answer")?;
        let possible = plan.retain(|_, step| self.wishes.abilities().allow(step));
        Ok(PlanTree::new(possible, classes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::strategy::ValueTree;

    #[test]
    fn the_same_seed_draws_the_same_plans() {
        for (seed, strategy) in (0..40).zip([plans(), plans().with_environment()].iter().cycle()) {
            let drawn = || strategy.new_tree(&mut runner(seed)).unwrap().current();
            assert_eq!(drawn(), drawn(), "seed {seed}");
        }
    }

    #[test]
    fn plans_hold_only_what_was_asked_for() {
        let strategy = plans()
            .without(["Encrypt", "DescribeClusters"])
            .steps(3..=20);
        for seed in 0..40 {
            let plan = strategy.new_tree(&mut runner(seed)).unwrap().current();
            let needs = plan.needs();
            assert!(!needs.environment, "{plan:?}");
            assert!(!needs.operations.contains("Encrypt"), "{plan:?}");
            assert!(!needs.operations.contains("DescribeClusters"), "{plan:?}");
        }
    }

    #[test]
    fn a_directed_plan_is_found_for_an_operation_that_few_are_about() {
        let rare = || plans().operations(["UpdatePrimaryRegion"]);
        let found = |strategy: &Plans, seed| {
            let mut dice = Dice::of(runner(seed).new_rng());
            strategy.draw_directed(&mut dice).is_some()
        };
        assert!((0..10).all(|seed| found(&rare().directed(), seed)));
        assert!(!(0..10).all(|seed| found(&rare(), seed)), "chance suffices");
    }

    #[test]
    fn an_operation_that_does_not_exist_is_told() {
        for strategy in [
            plans().operations(["CreateKye"]),
            plans().without(["CreateKye"]),
        ] {
            let why = strategy.new_tree(&mut runner(1)).err().unwrap();
            assert!(why.message().contains("CreateKey"), "{why}");
        }
    }

    #[test]
    fn a_plan_about_one_operation_makes_what_it_needs() {
        let strategy = plans().operations(["Encrypt"]).random();
        let plan = strategy.new_tree(&mut runner(1)).unwrap().current();
        let needs = plan.needs();
        assert!(needs.operations.contains("CreateKey"), "{plan:?}");
        assert!(needs.operations.contains("Encrypt"), "{plan:?}");
    }
}
