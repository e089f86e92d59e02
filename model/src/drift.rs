//! What changes by itself, and the states that may come of it.

use crate::catalog::{DRIFT, drifts};
use crate::resource::Resource;
use crate::rule::Drift;
use crate::state::State;
use crate::switches::Switches;
use crate::time::Millis;

/// All states that `state` may have become by what happens to `resource` by itself: the most
/// settled first, `state` as it is last unless something is overdue.
///
/// The model's clock (`state.now`) decides what may have happened and what must have.
pub fn closure(state: &State, resource: &Resource) -> Vec<State> {
    closure_in(state, resource, LONGEST_CHAIN)
}

/// How often something may happen to one resource between two looks at it. A key with automatic
/// rotation rotates as often in fifteen years.
const LONGEST_CHAIN: usize = 64;

fn closure_in(state: &State, resource: &Resource, steps: usize) -> Vec<State> {
    let Some((drift, since)) = waiting(state, resource).filter(|_| steps > 0) else {
        return vec![state.clone()];
    };
    let age = state.now.saturating_sub(since);
    let mut reached = Vec::new();
    if age >= drift.not_before {
        for outcome in (drift.outcomes)(state, resource, &Switches::none()) {
            for further in closure_in(&outcome, resource, steps - 1) {
                if !reached.contains(&further) {
                    reached.push(further);
                }
            }
        }
    }
    if age <= drift.not_after || reached.is_empty() {
        reached.push(state.clone());
    }
    reached
}

/// All states that `state` may have become by what happens to these resources by themselves, in any
/// order: what becomes of one may depend on whether it happened to another before. The least settled
/// come last. Cut off just beyond `most`.
pub fn closure_of_all(state: &State, resources: &[Resource], most: usize) -> Vec<State> {
    if resources.iter().all(|it| waiting(state, it).is_none()) {
        return vec![state.clone()];
    }
    let mut seen = vec![state.clone()];
    let mut next = 0;
    while let Some(current) = seen.get(next).filter(|_| seen.len() <= most).cloned() {
        for further in resources.iter().flat_map(|it| closure(&current, it)) {
            if !seen.contains(&further) {
                seen.push(further);
            }
        }
        next += 1;
    }
    // A state stands last in its own closure unless something in it is overdue.
    let may_last = |state: &State| {
        let mut closures = resources.iter().map(|it| closure(state, it));
        closures.all(|closure| closure.last() == Some(state))
    };
    seen.retain(may_last);
    seen.reverse();
    seen
}

/// The drift that `resource` waits for, and since when. Of several it is the one that was set going
/// first, or will be.
pub fn waiting(state: &State, resource: &Resource) -> Option<(&'static Drift, Millis)> {
    // What waits in another Region is noted there.
    if !matches!(resource, Resource::KeyIn(..)) && !state.unsettled.contains(resource) {
        return None;
    }
    let all = drifts().filter_map(|drift| Some((drift, (drift.since)(state, resource)?)));
    all.min_by_key(|(_, since)| *since)
}

/// How long the emulator lets a drift take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Latency {
    /// Everything that AWS needs no calendar for has happened by the next request.
    Instant,
    /// As long as AWS takes.
    Aws,
}

/// Lets everything happen that is due at `state.now`, oldest first. This is the emulator's side of
/// a drift; the likeliest outcome is the one it takes.
pub fn settle_due(state: &mut State, latency: Latency, switches: &Switches) {
    settle_region(state, latency, switches);
    // What happens in one Region may set something going in another, and chains are short.
    for _ in 0..2 * state.elsewhere.len() {
        let mut others = state.elsewhere.iter();
        let waits = others.find(|(_, other)| due(other, state.now, latency, switches).is_some());
        let Some(region) = waits.map(|(region, _)| region.clone()) else {
            return;
        };
        state.in_region(&region, |state| settle_region(state, latency, switches));
        settle_region(state, latency, switches);
    }
}

/// Whether something waits in any Region.
pub fn is_unsettled(state: &State) -> bool {
    let mut others = state.elsewhere.values();
    !state.unsettled.is_empty() || others.any(|other| !other.unsettled.is_empty())
}

fn settle_region(state: &mut State, latency: Latency, switches: &Switches) {
    // An outcome may set the next drift of the same resource going, so this repeats until nothing
    // is due. Each outcome leaves its drift behind, and chains are short, so it ends.
    while let Some((resource, drift)) = due(state, state.now, latency, switches) {
        match (drift.outcomes)(state, &resource, switches)
            .into_iter()
            .next()
        {
            Some(next) => *state = next,
            None => return,
        }
        if waiting(state, &resource).is_none() {
            state.unsettled.remove(&resource);
        }
    }
}

/// Something at the front of `state` that is due, and what it waits for.
fn due(
    state: &State,
    now: Millis,
    latency: Latency,
    switches: &Switches,
) -> Option<(Resource, &'static Drift)> {
    state.unsettled.iter().find_map(|resource| {
        let (drift, since) = waiting(state, resource)?;
        let takes = match latency {
            Latency::Instant => drift.not_before,
            Latency::Aws => drift.usual,
        };
        (switches.is_on(DRIFT, &drift.card) && now - since >= takes)
            .then(|| (resource.clone(), drift))
    })
}
