//! CancelKeyDeletion: stops the waiting period of a key.

use super::key_states::not_pending_deletion;
use super::lookups::{OnKey, id_lookups, other_account};
use super::shapes::KEY_ID;
use crate::card::{Card, Evidence};
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::rule::{Promise, Refusal, always};
use crate::shape::Member;
use crate::state::{Key, KeyState, Names};

input! {
    /// Input of CancelKeyDeletion.
    CancelKeyDeletion, MEMBERS {
        key: String = "KeyId", KEY_ID;
    }
}

const fn documented(id: &'static str, says: &'static str) -> Card {
    Card {
        id,
        says,
        cite: "kms/latest/APIReference/API_CancelKeyDeletion.html",
        evidence: Evidence::Documented,
    }
}

impl OnKey for CancelKeyDeletion {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl Operation for CancelKeyDeletion {
    const NAME: &'static str = "CancelKeyDeletion";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] =
        &[&id_lookups(), &[other_account(), not_pending_deletion()]];
    const PROMISES: &'static [Promise<Self>] = &[SHOWS_THE_ARN, THE_KEY_IS_DISABLED];
}

const CANCELLED: Card = documented(
    "KST-24",
    "A key whose deletion was cancelled is disabled and has no deletion date.",
);

const SHOWS_THE_ARN: Promise<CancelKeyDeletion> = Promise {
    card: documented("KST-43", "CancelKeyDeletion shows the ARN of the key."),
    when: always,
    make: |input, success| {
        let id = input.key_id(success.state).unwrap_or_default();
        let arn = success.state.key_arn(&id);
        success.show(&Path::of("KeyId"), arn);
    },
};

const THE_KEY_IS_DISABLED: Promise<CancelKeyDeletion> = Promise {
    card: CANCELLED,
    when: always,
    make: |input, success| {
        let disabled = success.traced(KeyState::Disabled);
        let id = input.key_id(success.state).unwrap_or_default();
        if let Some(key) = success.state.key_mut(&id) {
            key.state = disabled;
            key.deletion = None;
            key.multi_region.iter_mut().for_each(|it| it.window = None);
            success.state.watch_key(&id);
        }
    },
};

/// Whether nothing says if the key shows as disabled or as unavailable: its deletion was cancelled,
/// and its key store is not connected.
pub(crate) fn is_disabled_or_unavailable(key: &Key) -> bool {
    *key.state.by == CANCELLED && key.state.value == KeyState::Disabled && !key.reachable.value
}

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use crate::time::DAY;
    use serde_json::json;

    #[test]
    fn a_cancelled_key_is_disabled_and_stays() {
        let mut world = World::new();
        let id = world.key(json!({}));
        let scheduled = world.ok("ScheduleKeyDeletion", json!({"KeyId": id}));
        let cancelled = world.ok("CancelKeyDeletion", json!({"KeyId": id}));
        assert_eq!(cancelled["KeyId"], scheduled["KeyId"]);
        world.advance(40 * DAY);
        let shown = world.ok("DescribeKey", json!({"KeyId": id}));
        assert_eq!(shown["KeyMetadata"]["KeyState"], "Disabled");
        assert!(shown["KeyMetadata"].get("DeletionDate").is_none());
    }

    #[test]
    fn only_what_is_pending_can_be_cancelled() {
        let mut world = World::new();
        let id = world.key(json!({}));
        let refused = world.refused("CancelKeyDeletion", json!({"KeyId": id}));
        assert_eq!(refused, ["KMSInvalidStateException"]);
        world.reach(&id, false);
        let refused = world.refused("CancelKeyDeletion", json!({"KeyId": id}));
        assert_eq!(refused, ["KMSInvalidStateException"]);
    }

    #[test]
    fn a_key_out_of_reach_may_show_either_state_after_cancelling() {
        use crate::belief::{Exchange, Verdict};
        use crate::operation::Service;
        use crate::reply::Reply;
        let mut world = World::new();
        let id = world.key(json!({}));
        world.ok("ScheduleKeyDeletion", json!({"KeyId": id}));
        world.reach(&id, false);
        world.ok("CancelKeyDeletion", json!({"KeyId": id}));
        let mut shown = world.ok("DescribeKey", json!({"KeyId": id}));
        for (state, conforms) in [
            ("Unavailable", true),
            ("Disabled", true),
            ("Enabled", false),
        ] {
            shown["KeyMetadata"]["KeyState"] = json!(state);
            let verdict = world.belief.clone().observe(&Exchange {
                operation: crate::catalog::operation(Service::Kms, "DescribeKey")
                    .expect("it is modelled"),
                body: &json!({"KeyId": id}),
                reply: &Reply::Done(shown.clone()),
                received: world.state.now,
                certificate_fault: None,
            });
            assert_eq!(matches!(verdict, Verdict::Conforms(_)), conforms, "{state}");
        }
    }
}
