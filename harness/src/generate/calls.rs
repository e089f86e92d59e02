//! One random call: mostly one that a correct target accepts, at times any that could be, at times one
//! that is broken on purpose.

use super::bodies::body;
use super::dice::Dice;
use super::draft::Draft;
use super::faults;
use super::ready::prepare;
use super::{Wishes, is_wanted};
use kms_conformance_model::{AnyOperation, catalog};
use serde_json::Value;

/// How many bodies are drawn to find one that is accepted.
const DRAWS: usize = 40;

/// Writes a call of one of the operations, and what it needs to succeed where that is not there.
pub(super) fn call(
    dice: &mut Dice,
    draft: &mut Draft<'_>,
    operations: &[(&'static dyn AnyOperation, usize)],
    wishes: &Wishes,
) {
    let Some(operation) = dice.weighted(operations).copied() else {
        return;
    };
    let (accepted, broken) = match dice.below(100) {
        0..=62 => (true, false),
        63..=82 => (false, false),
        83..=93 => (true, true),
        _ => (false, true),
    };
    let mut body = match accepted {
        true => accepted_body(dice, draft, operation, wishes),
        false => body(dice, draft, operation),
    };
    if broken {
        let faults = match dice.below(100) {
            0..=69 => 1,
            70..=93 => 2,
            _ => 3,
        };
        for _ in 0..faults {
            faults::break_one(dice, operation.members(), &mut body);
        }
    }
    draft.call(operation.service().cli_name(), operation.name(), body);
}

/// A body that a correct target accepts as things are, if one of a few draws is one; steps before it
/// make what it needs.
fn accepted_body(
    dice: &mut Dice,
    draft: &mut Draft<'_>,
    operation: &'static dyn AnyOperation,
    wishes: &Wishes,
) -> Value {
    let may = |name: &str| {
        let mut all = catalog::operations().filter(|it| it.name() == name);
        // A plan with the environment begins with a scene in which there is what its calls need.
        all.any(|it| match wishes.outside {
            true => is_wanted(it, wishes),
            false => !wishes.unsupported.contains(it.label()),
        })
    };
    prepare(dice, draft, operation, &may);
    let mut drawn = body(dice, draft, operation);
    for _ in 1..DRAWS {
        if draft.accepts(operation, &drawn) {
            break;
        }
        drawn = body(dice, draft, operation);
    }
    drawn
}
