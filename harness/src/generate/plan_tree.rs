//! How proptest shrinks a plan: by the candidates that this harness shrinks by itself.

use super::request_classes::RequestClass;
use crate::plan::Plan;
use crate::smaller::{Candidates, Ways, hash};
use proptest::strategy::ValueTree;
use std::collections::HashSet;

/// A plan and the smaller ones that can be made of it: the first step that fails is searched for, then
/// those before it go that are not needed, then what the steps ask for is made less.
pub struct PlanTree {
    /// The smallest plan that failed.
    best: Plan,
    /// The plan that is tried.
    current: Plan,
    stage: Stage,
    /// The smaller plans that were tried.
    tried: HashSet<u64>,
    classes: Vec<RequestClass>,
}

/// How a plan is made smaller next.
enum Stage {
    /// By the steps after the one that fails: plans with so many of the first steps pass, and fail.
    Beginning { pass: usize, fail: usize },
    /// By all that a candidate may lack.
    Candidates(Candidates),
}

impl PlanTree {
    pub(super) fn new(plan: Plan, classes: Vec<RequestClass>) -> PlanTree {
        PlanTree {
            stage: Stage::Beginning {
                pass: 0,
                fail: plan.steps.len(),
            },
            best: plan.clone(),
            tried: HashSet::new(),
            current: plan,
            classes,
        }
    }

    /// The classes of requests that the plan tries, where that is counted.
    pub(super) fn classes(&self) -> &[RequestClass] {
        &self.classes
    }

    /// Puts the next candidate that was not tried yet in the place of the plan, or, where there is none,
    /// the smallest plan that failed.
    fn propose(&mut self) -> bool {
        let next = loop {
            match self.candidate() {
                Some(candidate) if !self.tried.insert(hash(&candidate)) => self.skip(),
                next => break next,
            }
        };
        let found = next.is_some();
        self.current = next.unwrap_or_else(|| self.best.clone());
        found
    }

    fn candidate(&mut self) -> Option<Plan> {
        if let Stage::Beginning { pass, fail } = self.stage {
            if fail - pass > 1 {
                let half = pass.midpoint(fail);
                return Some(self.best.retain(|index, _| index < half));
            }
            self.stage = Stage::Candidates(Candidates::new(self.best.clone(), Ways::All));
        }
        match &mut self.stage {
            Stage::Candidates(candidates) => candidates.next(),
            Stage::Beginning { .. } => None,
        }
    }

    /// The candidate does not fail.
    fn skip(&mut self) {
        if let Stage::Beginning { pass, fail } = &mut self.stage {
            *pass = pass.midpoint(*fail);
        }
    }
}

impl ValueTree for PlanTree {
    type Value = Plan;

    fn current(&self) -> Plan {
        self.current.clone()
    }

    fn simplify(&mut self) -> bool {
        let failed = self.current.clone();
        match &mut self.stage {
            Stage::Beginning { fail, .. } => *fail = failed.steps.len(),
            Stage::Candidates(candidates) => candidates.accept(failed.clone()),
        }
        self.best = failed;
        self.propose()
    }

    fn complicate(&mut self) -> bool {
        self.skip();
        self.propose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::plans;
    use proptest::strategy::Strategy;
    use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};

    #[test]
    fn a_plan_shrinks_to_what_fails() {
        let mut runner = TestRunner::new(Config {
            failure_persistence: None,
            cases: 200,
            ..Config::default()
        });
        let disables = |plan: &Plan| {
            let disables = plan.steps.iter().position(|step| {
                let disable = step.operation() == Some(("kms", "DisableKey"));
                disable && !step.uses().is_empty()
            });
            disables.filter(|place| {
                let made = plan.steps.get(*place).map(|step| step.uses());
                let before = plan.steps.iter().take(*place);
                let made = made.unwrap_or_default();
                before.filter(|step| made.contains(&step.id)).count() == made.len()
            })
        };
        let result = runner.run(&plans(), |plan| match disables(&plan) {
            Some(_) => Err(TestCaseError::fail("it disables a key that it made")),
            None => Ok(()),
        });
        let Err(TestError::Fail(_, smallest)) = result else {
            panic!("no plan disables a key that it made: {result:?}");
        };
        assert_eq!(smallest.steps.len(), 2, "{smallest:?}");
    }

    #[test]
    fn what_passes_last_is_not_the_smallest_that_fails() {
        let mut tree = plans()
            .random()
            .new_tree(&mut TestRunner::deterministic())
            .unwrap();
        let whole = tree.current();
        assert!(tree.simplify());
        while tree.complicate() {}
        assert_eq!(tree.current(), whole);
    }
}
