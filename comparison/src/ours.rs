//! Our engine: plans that are drawn, never the scenarios, judged by the full model.

use crate::counted::{Counted, Run, Search, at_once, identity};
use crate::problems::OPERATIONS;
use kms_conformance::generate::{Generator, Wishes};
use kms_conformance::plan::{Act, Plan, Step};
use kms_conformance::player::{Playing, play};
use kms_conformance::session::Timing;
use kms_conformance::shrink::{Budget, Shrinker};
use std::time::Duration;

/// What a check allows for one finding.
const SHRINK_BUDGET: Budget = Budget {
    calls: 500,
    time: Duration::from_secs(60),
};

/// Shrinks the first finding of the first plan that has one.
pub fn run(search: &Search) -> Run {
    let target = Counted::new(search);
    let last = find(&target, search);
    target.run(last)
}

fn find(target: &Counted, search: &Search) -> Option<(usize, String)> {
    let identity = identity();
    let playing = Playing {
        timing: Timing::Still,
        ..Playing::new(target, &identity)
    };
    let wishes = Wishes {
        operations: OPERATIONS.map(str::to_owned).into(),
        ..Wishes::default()
    };
    let mut generator = Generator::new(search.seed, &identity);
    while target.sent() < search.budget {
        let plan = generator.plan(&wishes)?.plan;
        let plan = plan.retain(|_, step| is_common(step));
        let before = target.sent();
        let played = at_once(play(&plan, &playing))?.ok()?;
        if let Some(seen) = played.seen.first() {
            // Each step is a request.
            target.fails_at(before + seen.step + 1);
            let shrinker = Shrinker::new(seen, SHRINK_BUDGET, &playing);
            let small = at_once(shrinker.shrink(&plan))?.map_or(plan, |shrunk| shrunk.plan);
            return Some((small.calls(), in_words(&small)));
        }
    }
    None
}

/// A plan ends with a look at all there may be, and a few of its requests are of no operation; the
/// other engines have neither.
fn is_common(step: &Step) -> bool {
    let named = step.operation();
    named.is_some_and(|(service, name)| service == "kms" && OPERATIONS.contains(&name))
}

fn in_words(plan: &Plan) -> String {
    let words = plan.steps.iter().map(|step| match &step.act {
        Act::Call {
            operation, body, ..
        } => format!("{operation} {body}"),
        other => format!("{other:?}"),
    });
    words.collect::<Vec<_>>().join("; ")
}
