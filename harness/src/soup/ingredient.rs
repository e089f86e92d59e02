//! What can be planted in a soup.

use crate::faults::{Fault, faults};
use crate::generate::Dice;
use crate::grade;
use crate::plan::{Act, Plan, Step};
use kms_conformance_model::{Force, RuleKind, catalog};

/// Something that an emulator gets wrong on purpose.
#[derive(Clone, Debug)]
pub enum Ingredient {
    /// A semantic fault.
    Fault(&'static Fault),
    /// A rule that is switched off.
    Rule(grade::Fault),
}

impl Ingredient {
    /// What it is called: the name of the fault, or the operation and the id of the rule with a slash
    /// between them.
    pub fn name(&self) -> String {
        match self {
            Ingredient::Fault(fault) => fault.name.to_owned(),
            Ingredient::Rule(rule) => format!("{}/{}", rule.operation, rule.card.id),
        }
    }

    /// The option of `serve` that plants it, and its value.
    pub fn arguments(&self) -> [String; 2] {
        let option = match self {
            Ingredient::Fault(_) => "--fault",
            Ingredient::Rule(_) => "--disable",
        };
        [option.to_owned(), self.name()]
    }

    /// Whether a plan asks for anything that it bends. What stands above all operations, such as what
    /// happens by itself, may show in every plan.
    pub fn may_show_in(&self, plan: &Plan) -> bool {
        plan.steps.iter().any(|step| self.concerns(step))
    }

    fn concerns(&self, step: &Step) -> bool {
        let raw = match &step.act {
            Act::Raw { target, .. } => target.as_deref().and_then(|it| it.rsplit('.').next()),
            _ => None,
        };
        let name = step.operation().map(|(_, name)| name).or(raw);
        match self {
            Ingredient::Fault(fault) => name.is_some_and(|it| fault.operations().contains(&it)),
            Ingredient::Rule(rule) => {
                let labels = |label: &str| catalog::operations().any(|it| it.label() == label);
                !labels(rule.operation) || name.is_some_and(|it| rule.operation.ends_with(it))
            }
        }
    }
}

/// Everything that can be planted: the semantic faults and the rules that may be switched off. Without
/// a refusal that AWS only may give, an emulator is not wrong.
pub fn ingredients() -> Vec<Ingredient> {
    let rules = grade::faults().into_iter();
    let rules = rules.filter(|rule| rule.kind != RuleKind::Refusal(Force::May));
    let faults = faults().map(Ingredient::Fault);
    faults.chain(rules.map(Ingredient::Rule)).collect()
}

/// So many of all ingredients, each once, the same for the same seed.
pub fn draw(count: usize, seed: u64) -> Vec<Ingredient> {
    let mut dice = Dice::new(seed);
    let mut left = ingredients();
    let mut drawn = Vec::new();
    while drawn.len() < count && !left.is_empty() {
        drawn.push(left.swap_remove(dice.below(left.len())));
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_soup_is_the_same_for_the_same_seed_and_has_nothing_twice() {
        let names = |seed| -> Vec<String> { draw(40, seed).iter().map(Ingredient::name).collect() };
        assert_eq!(names(1), names(1));
        assert_ne!(names(1), names(2));
        assert_eq!(names(1).iter().collect::<BTreeSet<_>>().len(), 40);
        assert!(draw(usize::MAX, 1).len() == ingredients().len());
    }

    #[test]
    fn serve_understands_every_rule_that_can_be_planted() {
        for ingredient in ingredients() {
            if let Ingredient::Rule(rule) = &ingredient {
                let disabled: crate::options::Disabled = ingredient.name().parse().unwrap();
                assert_eq!(disabled.operation.as_deref(), Some(rule.operation));
                crate::catalogue::check(Some(rule.operation), &disabled.id).unwrap();
            }
        }
    }
}
