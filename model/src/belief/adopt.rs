//! What a belief takes over from an answer that it did not expect: the states of things as they are
//! shown, and what an unexpected success plainly did.

use super::Exchange;
use super::distrust::resources;
use crate::operation::Call;
use crate::reading::Reading;
use crate::shape::{CONSTRAINT_CARDS, WRONG_TYPE};
use crate::state::{
    ClusterState, Connection, HsmState, KeyState, MEMBERS_THAT_NAME_KEYS, State, Traced,
};
use crate::success::Broken;
use crate::switches::{Sabotage, Switches};
use crate::time::{DAY, from_epoch_seconds};
use serde::Deserialize;
use serde_json::Value;

/// The longest waiting period of a deletion, for a deletion date that an answer does not show.
const LONGEST_WINDOW: i64 = 30 * DAY;

/// `next` with the states of its resources as `response` shows them, where rules about the state were
/// broken; `None` where that changes nothing.
pub(super) fn as_shown(next: &State, response: &Value, broken: &[Broken]) -> Option<State> {
    let first = broken.iter().find(|broken| broken.of_state)?;
    let mut adopted = next.clone();
    adopt(&mut adopted, response, first);
    (adopted != *next).then_some(adopted)
}

fn adopt(state: &mut State, shown: &Value, broken: &Broken) {
    match shown {
        Value::Array(entries) => entries.iter().for_each(|it| adopt(state, it, broken)),
        Value::Object(members) => {
            adopt_key(state, shown, broken);
            adopt_key_store(state, shown);
            adopt_cluster(state, shown);
            members
                .values()
                .filter(|it| it.is_object() || it.is_array())
                .for_each(|it| adopt(state, it, broken));
        }
        _ => {}
    }
}

fn text<'v>(shown: &'v Value, member: &str) -> Option<&'v str> {
    shown.get(member)?.as_str()
}

fn read<T: for<'d> Deserialize<'d>>(shown: &Value, member: &str) -> Option<T> {
    T::deserialize(shown.get(member)?).ok()
}

fn adopt_key(state: &mut State, shown: &Value, broken: &Broken) {
    let (Some(id), Some(observed)) = (text(shown, "KeyId"), read::<KeyState>(shown, "KeyState"))
    else {
        return;
    };
    let id = id.rsplit('/').next().unwrap_or(id).to_owned();
    let visible = state.keys.get(&id).map(|key| state.visible_state(key));
    let Some(visible) = visible.filter(|visible| visible.value != observed) else {
        return;
    };
    let due = shown.get("DeletionDate").and_then(Value::as_f64);
    let due = due.map_or(state.now + LONGEST_WINDOW, from_epoch_seconds);
    let origin = read(shown, "Origin");
    let Some(key) = state.key_mut(&id) else {
        return;
    };
    crate::past::set_state(key, observed);
    key.state.by = visible.by;
    key.deletion = (observed == KeyState::PendingDeletion).then_some(Traced {
        value: due,
        by: visible.by,
    });
    // A target that did not do what was asked may have made another kind of key.
    if let Some(origin) = origin.filter(|_| broken.mismatch.observed.is_some()) {
        key.origin = origin;
    }
    state.watch_key(&id);
}

fn adopt_key_store(state: &mut State, shown: &Value) {
    let Some(id) = text(shown, "CustomKeyStoreId") else {
        return;
    };
    let observed = match text(shown, "ConnectionState") {
        Some("CONNECTED") => Connection::Connected,
        Some("CONNECTING") => Connection::Connecting,
        Some("DISCONNECTED") => Connection::Disconnected,
        Some("DISCONNECTING") => Connection::Disconnecting,
        Some("FAILED") => match read(shown, "ConnectionErrorCode") {
            Some(why) => Connection::Failed(why),
            None => return,
        },
        _ => return,
    };
    if let Some(store) = state.key_store_mut(id) {
        store.connection.value = observed;
    }
}

fn adopt_cluster(state: &mut State, shown: &Value) {
    let Some(id) = text(shown, "ClusterId").map(str::to_owned) else {
        return;
    };
    let Some(cluster) = state.cluster_mut(&id) else {
        return;
    };
    match text(shown, "HsmId") {
        Some(hsm) => {
            let observed = read::<HsmState>(shown, "State");
            if let (Some(observed), Some(hsm)) = (observed, cluster.hsms.get_mut(hsm)) {
                hsm.state.value = observed;
            }
        }
        None => {
            if let Some(observed) = read::<ClusterState>(shown, "State") {
                cluster.state.value = observed;
            }
        }
    }
}

/// The states after a success that should have been refused: it did what it says, or nothing. The
/// latter is not believed where the response names something new.
pub(super) fn unexpected_success(
    exchange: &Exchange<'_>,
    call: Option<&dyn Call>,
    candidates: &[State],
    response: &Value,
) -> Vec<State> {
    let mut states: Vec<State> = Vec::new();
    for before in least_settled_of(candidates) {
        let mut after = before.clone();
        let lenient = match (call, with_plain_ids(exchange.body, before)) {
            (Some(_), None) => None,
            (_, plain) => read_leniently(exchange, plain.as_ref()),
        };
        let call = lenient.as_deref().or(call);
        if let Some(call) = call.filter(|call| call.models_success(before)) {
            call.succeed(&mut after, &mut Reading::new(response), &Switches::none());
        }
        let made = resources(&after).difference(&resources(before)).count() > 0;
        // Of equally close states the last one is to blame: most targets did what they said.
        let outcomes = [Some(before.clone()).filter(|_| !made), Some(after)];
        for state in outcomes.into_iter().flatten() {
            if !states.contains(&state) {
                states.push(state);
            }
        }
    }
    states
}

/// The most states from which an unexpected success or a wrong member is followed up.
const MOST_ADOPTED: usize = 64;

/// The states that are followed up: where there are too many, the least settled ones, from which the
/// others can still come about.
pub(super) fn least_settled_of(states: &[State]) -> &[State] {
    let first = states.len().saturating_sub(MOST_ADOPTED);
    states.get(first..).unwrap_or(states)
}

/// The request with the ids of the keys that it may mean, where it calls them by other names.
fn with_plain_ids(body: &Value, state: &State) -> Option<Value> {
    let mut plain = body.clone();
    let members = plain.as_object_mut()?;
    for (member, name) in members {
        let names_a_key = MEMBERS_THAT_NAME_KEYS.contains(&member.as_str());
        let name = match name {
            Value::String(name) if names_a_key => name,
            _ => continue,
        };
        if let Some(id) = state.key_meant(name) {
            *name = id;
        }
    }
    (plain != *body).then_some(plain)
}

/// The request as a target understands it that checks no form; `plain` is what it may mean.
fn read_leniently(exchange: &Exchange<'_>, plain: Option<&Value>) -> Option<Box<dyn Call>> {
    let operation = exchange.operation;
    let mut switches = Switches::none();
    for card in CONSTRAINT_CARDS.iter().chain([&WRONG_TYPE]) {
        switches.break_rule(Some(operation.label()), card.id, Sabotage::Off);
    }
    operation
        .read(plain.unwrap_or(exchange.body), &switches)
        .ok()
}

#[cfg(test)]
mod tests {
    use crate::belief::Verdict;
    use crate::reply::Reply;
    use crate::testing::World;
    use serde_json::{Value, json};

    /// What the target says of a key after it did what it should have refused.
    fn is_believed(world: &mut World, name: &str, body: &Value, shown: &Value) {
        let done = world.judged(
            name,
            body,
            &Reply::Done(json!({"KeyId": shown["KeyMetadata"]["Arn"]})),
        );
        assert!(matches!(done, Verdict::Diverges(_)), "{done:?}");
        let id = &shown["KeyMetadata"]["KeyId"];
        let verdict = world.judged(
            "DescribeKey",
            &json!({"KeyId": id}),
            &Reply::Done(shown.clone()),
        );
        assert!(
            matches!(verdict, Verdict::Conforms(_)),
            "{name} {body}: {verdict:?}"
        );
    }

    #[test]
    fn a_key_that_was_named_in_a_way_that_is_not_accepted_is_what_was_meant() {
        for form in [
            "alias/a",
            " ID",
            "arn:aws:kms:us-east-1:444455556666:key/ID",
            "arn:aws:kms:us-east-1:123456789012:alias/a",
        ] {
            let mut world = World::new();
            let id = world.key(json!({}));
            world.ok(
                "CreateAlias",
                json!({"AliasName": "alias/a", "TargetKeyId": id}),
            );
            let mut shown = world.ok("DescribeKey", json!({"KeyId": id}));
            shown["KeyMetadata"]["Description"] = json!("new");
            let body = json!({"KeyId": form.replace("ID", &id), "Description": "new"});
            is_believed(&mut world, "UpdateKeyDescription", &body, &shown);
        }
    }

    #[test]
    fn a_key_whose_deletion_was_cancelled_needlessly_is_disabled() {
        let mut world = World::new();
        let id = world.key(json!({}));
        let mut shown = world.ok("DescribeKey", json!({"KeyId": id}));
        shown["KeyMetadata"]["KeyState"] = json!("Disabled");
        shown["KeyMetadata"]["Enabled"] = json!(false);
        is_believed(
            &mut world,
            "CancelKeyDeletion",
            &json!({"KeyId": id}),
            &shown,
        );
    }
}
