//! What the caller may ask for at all: each operation once, about things that do not exist.

use super::bodies::body;
use super::dice::Dice;
use super::draft::Draft;
use super::{Wishes, emulator_for, is_wanted};
use crate::plan::Plan;
use crate::session::Identity;
use kms_conformance_model::catalog;

/// A plan that asks for each wanted operation and makes nothing: what is not permitted is told so,
/// whatever it names.
pub(crate) fn probe(seed: u64, identity: &Identity, wishes: &Wishes) -> Option<Plan> {
    let mut dice = Dice::new(seed);
    let emulator = emulator_for(wishes, identity);
    let mut draft = Draft::begin(&emulator, identity)?;
    for operation in catalog::operations().filter(|it| is_wanted(*it, wishes)) {
        let makes = ["Create", "Replicate", "Copy"];
        if makes.iter().any(|verb| operation.name().starts_with(verb)) {
            continue;
        }
        let body = body(&mut dice, &draft, operation);
        draft.call(operation.service().cli_name(), operation.name(), body);
    }
    Some(draft.finish("what the caller may ask for").0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_asks_for_every_operation_and_makes_nothing() {
        let identity = Identity {
            account: "111122223333".to_owned(),
            region: "us-east-1".to_owned(),
            salt: "p".to_owned(),
        };
        let probe = probe(1, &identity, &Wishes::default());
        let steps = probe.unwrap().steps;
        let names: Vec<&str> = steps.iter().map(|it| it.operation().unwrap().1).collect();
        assert!(names.contains(&"ScheduleKeyDeletion") && names.contains(&"DescribeClusters"));
        assert!(!names.iter().any(|name| name.starts_with("Create")));
    }
}
