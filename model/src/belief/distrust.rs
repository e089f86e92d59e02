//! How a belief copes with what it cannot know: it goes on, and expects nothing of it.

use super::{Exchange, MOST_STATES};
use crate::blind::Blind;
use crate::kms::RECORDED;
use crate::operation::Call;
use crate::resource::Resource;
use crate::state::State;
use crate::switches::Switches;
use imbl::OrdMap;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The state after a success whose response was lost. What it made has no name that anybody knows,
/// so nothing is expected of it, and lists may show it as something unknown.
pub(super) fn lost_success(exchange: &Exchange<'_>, call: &dyn Call, before: State) -> State {
    let mut next = before.clone();
    let mut blind = Blind::new(exchange.received);
    call.succeed(&mut next, &mut blind, &Switches::none());
    if blind.made_something_up() {
        let known = next.distrusted.len();
        distrust_new(&mut next, &before);
        match next.distrusted.len() > known {
            true => next.has_unseen = true,
            // It was made inside something that is known, such as an HSM in its cluster.
            false => distrust(&mut next, exchange.body),
        }
    }
    next
}

/// After a success that is not modelled, nothing is expected of what it may have changed.
pub(super) fn forget_unmodelled(exchange: &Exchange<'_>, states: &mut [State]) {
    for state in &mut *states {
        forget_uses(exchange, state);
    }
    if exchange.operation.leaves_unknown() {
        for state in states {
            distrust(state, exchange.body);
        }
    }
}

/// What the keys that a cryptographic operation names were last used for is not known any more.
pub(super) fn forget_uses(exchange: &Exchange<'_>, state: &mut State) {
    let promised = exchange.operation.rules();
    if !promised.iter().any(|rule| rule.card == RECORDED) {
        return;
    }
    for resource in state.named_in(exchange.body) {
        if let Resource::Key(id) = resource
            && let Some(key) = state.key_mut(&id)
        {
            key.uses.forget();
        }
    }
}

/// Expects nothing more of the resources that `body` names.
pub(super) fn distrust(state: &mut State, body: &Value) {
    for resource in state.named_in(body) {
        state.distrust(resource);
    }
}

/// Whether anything was made, changed or taken away since `before`.
pub(super) fn holds_other_things(state: &State, before: &State) -> bool {
    state.keys != before.keys
        || state.aliases != before.aliases
        || state.grants != before.grants
        || state.key_stores != before.key_stores
        || state.clusters != before.clusters
        || state.backups != before.backups
        || state.elsewhere != before.elsewhere
}

/// Expects nothing of the resources that were not there `before`.
pub(super) fn distrust_new(state: &mut State, before: &State) {
    let known = resources(before);
    let new = resources(state).into_iter();
    new.filter(|it| !known.contains(it))
        .for_each(|it| state.distrust(it));
}

/// The keys, key stores, clusters and backups that exist, and the keys in other Regions.
pub(super) fn resources(state: &State) -> BTreeSet<Resource> {
    let keys = state.keys.keys().cloned().map(Resource::Key);
    let stores = state.key_stores.keys().cloned().map(Resource::KeyStore);
    let clusters = state.clusters.keys().cloned().map(Resource::Cluster);
    let backups = state.backups.keys().cloned().map(Resource::Backup);
    let elsewhere = state.elsewhere.iter().flat_map(|(region, state)| {
        let keys = state.keys.keys();
        keys.map(|id| Resource::KeyIn(region.clone(), id.clone()))
    });
    let here = keys.chain(stores).chain(clusters).chain(backups);
    here.chain(elsewhere).collect()
}

/// As many states as a belief may hold: beyond that, one that knows only what all of them agree on.
pub(super) fn bounded(states: Vec<State>) -> Vec<State> {
    let mut states = states.into_iter();
    match (states.len() > MOST_STATES)
        .then(|| states.next())
        .flatten()
    {
        Some(mut state) => {
            states.for_each(|other| absorb(&mut state, &other));
            vec![state]
        }
        None => states.collect(),
    }
}

/// Makes of `state` one that knows no more than both it and `other` agree on: what exists in either
/// exists, and nothing is expected of what differs.
pub(super) fn absorb(state: &mut State, other: &State) {
    let mut differing: Vec<Resource> = Vec::new();
    let aliases = different(&state.aliases, &other.aliases);
    for name in &aliases {
        let targets = [&state.aliases, &other.aliases].map(|all| all.get(name));
        let keys = targets
            .into_iter()
            .flatten()
            .map(|alias| &alias.target.value);
        differing.extend(keys.map(|key| Resource::Key(key.clone())));
    }
    let grants = different(&state.grants, &other.grants);
    for known in [&*state, other] {
        differing.extend(grants.iter().filter_map(|grant| known.key_of_grant(grant)));
    }
    let keys = different(&state.keys, &other.keys).into_iter();
    differing.extend(keys.map(Resource::Key));
    let stores = different(&state.key_stores, &other.key_stores).into_iter();
    differing.extend(stores.map(Resource::KeyStore));
    let clusters = different(&state.clusters, &other.clusters).into_iter();
    differing.extend(clusters.map(Resource::Cluster));
    let backups = different(&state.backups, &other.backups).into_iter();
    differing.extend(backups.map(Resource::Backup));
    state.distrusted.extend(differing);
    state.distrusted.extend(other.distrusted.iter().cloned());
    state.unsettled.extend(other.unsettled.iter().cloned());
    state.has_unseen |= other.has_unseen;
    state.aliases = union(&state.aliases, &other.aliases);
    state.grants = union(&state.grants, &other.grants);
    state.grant_tokens = union(&state.grant_tokens, &other.grant_tokens);
    state.keys = union(&state.keys, &other.keys);
    state.key_stores = union(&state.key_stores, &other.key_stores);
    state.clusters = union(&state.clusters, &other.clusters);
    state.backups = union(&state.backups, &other.backups);
    state.ciphertexts = union(&state.ciphertexts, &other.ciphertexts);
    state.markers = union(&state.markers, &other.markers);
    state.computed.absorb(&other.computed);
    state.unjudged.extend(other.unjudged.iter().cloned());
    state.forged = union(&state.forged, &other.forged);
    let regions = state.elsewhere.keys().chain(other.elsewhere.keys());
    let regions: BTreeSet<String> = regions.cloned().collect();
    let mut elsewhere = std::mem::take(&mut state.elsewhere);
    for region in regions {
        let empty = || Arc::new(other.empty_in(&region));
        let ours = elsewhere.remove(&region).unwrap_or_else(empty);
        let theirs = other.elsewhere.get(&region).cloned();
        let mut ours = Arc::unwrap_or_clone(ours);
        absorb(&mut ours, &theirs.unwrap_or_else(empty));
        elsewhere.insert(region, Arc::new(ours));
    }
    state.elsewhere = elsewhere;
    state.import_tokens = union(&state.import_tokens, &other.import_tokens);
    state.wrapped = union(&state.wrapped, &other.wrapped);
    let gone = state.gone.iter();
    let gone = gone.filter(|(id, _)| other.gone.contains_key(*id));
    state.gone = gone.map(|(id, card)| (id.clone(), *card)).collect();
}

fn different<T: PartialEq>(
    ours: &OrdMap<String, Arc<T>>,
    theirs: &OrdMap<String, Arc<T>>,
) -> Vec<String> {
    let names = ours.keys().chain(theirs.keys());
    let mut differ: Vec<String> = names
        .filter(|name| ours.get(*name) != theirs.get(*name))
        .cloned()
        .collect();
    differ.sort();
    differ.dedup();
    differ
}

fn union<T: Clone>(ours: &OrdMap<String, T>, theirs: &OrdMap<String, T>) -> OrdMap<String, T> {
    ours.clone().union(theirs.clone())
}
