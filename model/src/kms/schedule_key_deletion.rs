//! ScheduleKeyDeletion: starts the waiting period after which a key is deleted.

use super::key_states::{key_of, pending_deletion, updating};
use super::lookups::{OnKey, id_lookups, other_account};
use super::shapes::{KEY_ID, PENDING_WINDOW};
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::Validation;
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::resource::Resource;
use crate::rule::{Promise, Refusal, Stage, always, must};
use crate::shape::Member;
use crate::state::{KeyState, Names, State};
use crate::success::Success;
use crate::time::DAY;

input! {
    /// Input of ScheduleKeyDeletion.
    ScheduleKeyDeletion, MEMBERS {
        key: String = "KeyId", KEY_ID;
        days: Option<i64> = "PendingWindowInDays", PENDING_WINDOW;
    }
}

const API: &str = "kms/latest/APIReference/API_ScheduleKeyDeletion.html";

const fn documented(id: &'static str, says: &'static str) -> Card {
    Card {
        id,
        says,
        cite: API,
        evidence: Evidence::Documented,
    }
}

impl ScheduleKeyDeletion {
    fn days(&self) -> i64 {
        self.days.unwrap_or(30)
    }
}

impl OnKey for ScheduleKeyDeletion {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl Operation for ScheduleKeyDeletion {
    const NAME: &'static str = "ScheduleKeyDeletion";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &id_lookups(),
        &[
            other_account(),
            SEVEN_TO_THIRTY_DAYS,
            pending_deletion(),
            updating(),
        ],
    ];
    const PROMISES: &'static [Promise<Self>] = &[
        SHOWS_WHAT_IS_PENDING,
        THE_KEY_IS_PENDING,
        AN_UNAVAILABLE_KEY_IS_PENDING_TOO,
        THE_DATE_IS_SET,
        REPLICAS_COME_FIRST,
    ];
}

const SEVEN_TO_THIRTY_DAYS: Refusal<ScheduleKeyDeletion> = Refusal {
    card: documented(
        "KST-40",
        "The waiting period before a deletion is 7 to 30 days.",
    ),
    stage: Stage::Condition,
    error: must(&[Validation])
        .saying(|_, _| "PendingWindowInDays must be between 7 and 30".to_owned()),
    when: |_, input| !(7..=30).contains(&input.days()),
};

const SHOWS_WHAT_IS_PENDING: Promise<ScheduleKeyDeletion> = Promise {
    card: documented(
        "KST-41",
        "ScheduleKeyDeletion shows the ARN of the key, its new state and its waiting period, 30 \
         days by default.",
    ),
    when: always,
    make: |input, success| {
        let id = input.key_id(success.state).unwrap_or_default();
        let arn = success.state.key_arn(&id);
        success.show(&Path::of("KeyId"), arn);
        let waits = has_replicas(success.state, input);
        success.show(&Path::of("KeyState"), state_after(waits));
        success.show(&Path::of("PendingWindowInDays"), input.days());
    },
};

const THE_KEY_IS_PENDING: Promise<ScheduleKeyDeletion> = Promise {
    card: documented(
        "KST-100",
        "A key that is scheduled for deletion is pending deletion.",
    ),
    when: reaches_its_key,
    make: make_pending,
};

const AN_UNAVAILABLE_KEY_IS_PENDING_TOO: Promise<ScheduleKeyDeletion> = Promise {
    card: Card {
        id: "KST-23",
        says: "An unavailable key can be scheduled for deletion and is pending deletion then.",
        cite: "kms/latest/developerguide/key-state.html",
        evidence: Evidence::Documented,
    },
    when: |state, input| !reaches_its_key(state, input),
    make: make_pending,
};

const THE_DATE_IS_SET: Promise<ScheduleKeyDeletion> = Promise {
    card: documented(
        "KST-42",
        "The deletion date is the end of the waiting period, give or take a day.",
    ),
    when: |state, input| !has_replicas(state, input),
    make: |input, success| {
        let end = success
            .state
            .now
            .saturating_add(input.days().saturating_mul(DAY));
        let date = success.date(&Path::of("DeletionDate"), end, DAY);
        let date = success.traced(date.unwrap_or(end));
        let id = input.key_id(success.state).unwrap_or_default();
        if let Some(key) = success.state.key_mut(&id) {
            key.deletion = Some(date);
            success.state.unsettled.insert(Resource::Key(id));
        }
    },
};

const REPLICAS_COME_FIRST: Promise<ScheduleKeyDeletion> = Promise {
    card: documented(
        "MR-32",
        "A primary key with replica keys has no deletion date and shows how long it will wait once \
         they are deleted.",
    ),
    when: has_replicas,
    make: |input, success| {
        success.absent(&Path::of("DeletionDate"));
        let window = success.traced(input.days());
        let id = input.key_id(success.state).unwrap_or_default();
        let key = success.state.key_mut(&id);
        if let Some(regions) = key.and_then(|key| key.multi_region.as_mut()) {
            regions.window = Some(window);
        }
    },
};

fn has_replicas(state: &State, input: &ScheduleKeyDeletion) -> bool {
    key_of(state, input).is_some_and(|key| state.has_replicas(key))
}

const fn state_after(has_replicas: bool) -> KeyState {
    match has_replicas {
        true => KeyState::PendingReplicaDeletion,
        false => KeyState::PendingDeletion,
    }
}

fn reaches_its_key(state: &State, input: &ScheduleKeyDeletion) -> bool {
    key_of(state, input).is_none_or(|key| key.reachable.value)
}

fn make_pending(input: &ScheduleKeyDeletion, success: &mut Success<'_>) {
    let pending = success.traced(state_after(has_replicas(success.state, input)));
    let id = input.key_id(success.state).unwrap_or_default();
    if let Some(key) = success.state.key_mut(&id) {
        key.state = pending;
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use crate::time::DAY;
    use serde_json::json;

    #[test]
    fn a_scheduled_key_is_pending_deletion_for_thirty_days() {
        let mut world = World::new();
        let id = world.key(json!({}));
        let scheduled = world.ok("ScheduleKeyDeletion", json!({"KeyId": id}));
        assert_eq!(scheduled["KeyState"], "PendingDeletion");
        assert_eq!(scheduled["PendingWindowInDays"], 30);
        let shown = world.ok("DescribeKey", json!({"KeyId": id}));
        assert_eq!(
            shown["KeyMetadata"]["DeletionDate"],
            scheduled["DeletionDate"]
        );
        world.advance(31 * DAY);
        assert_eq!(
            world.refused("DescribeKey", json!({"KeyId": id})),
            ["NotFoundException"]
        );
    }

    #[test]
    fn the_waiting_period_is_seven_to_thirty_days() {
        let mut world = World::new();
        let id = world.key(json!({}));
        for days in [1, 6, 31, 365] {
            let body = json!({"KeyId": id, "PendingWindowInDays": days});
            assert_eq!(world.fired("ScheduleKeyDeletion", body.clone()), ["KST-40"]);
            world.refused("ScheduleKeyDeletion", body);
        }
        let least = json!({"KeyId": id, "PendingWindowInDays": 7});
        world.ok("ScheduleKeyDeletion", least);
    }

    #[test]
    fn a_wrong_period_for_an_unknown_key_may_meet_either_rule() {
        let id = "1234abcd-12ab-34cd-56ef-1234567890ab";
        let body = json!({"KeyId": id, "PendingWindowInDays": 1});
        assert_eq!(
            World::new().refused("ScheduleKeyDeletion", body),
            ["NotFoundException", "ValidationException"]
        );
    }

    #[test]
    fn a_key_is_scheduled_only_once() {
        let mut world = World::new();
        let id = world.key(json!({}));
        world.ok("ScheduleKeyDeletion", json!({"KeyId": id}));
        assert_eq!(
            world.refused("ScheduleKeyDeletion", json!({"KeyId": id})),
            ["KMSInvalidStateException"]
        );
    }

    #[test]
    fn a_primary_key_waits_for_its_replicas() {
        let mut world = World::new();
        let id = world.key(json!({ "MultiRegion": true }));
        for region in ["eu-west-1", "eu-west-2"] {
            let body = json!({ "KeyId": id, "ReplicaRegion": region });
            world.ok("ReplicateKey", body);
        }
        let named = json!({ "KeyId": id });
        let soon = json!({ "KeyId": id, "PendingWindowInDays": 7 });
        let scheduled = world.ok("ScheduleKeyDeletion", soon.clone());
        assert_eq!(scheduled["KeyState"], "PendingReplicaDeletion");
        assert!(scheduled.get("DeletionDate").is_none());
        assert_eq!(world.fired("ScheduleKeyDeletion", soon.clone()), ["KST-03"]);
        world.turn_to("eu-west-1");
        world.ok("ScheduleKeyDeletion", soon.clone());
        world.advance(9 * DAY);
        world.turn_to("us-east-1");
        let shown = world.ok("DescribeKey", named.clone());
        assert_eq!(shown["KeyMetadata"]["PendingDeletionWindowInDays"], 7);
        world.turn_to("eu-west-2");
        world.ok("ScheduleKeyDeletion", soon);
        world.advance(9 * DAY);
        world.turn_to("us-east-1");
        let shown = world.ok("DescribeKey", named.clone());
        assert_eq!(shown["KeyMetadata"]["KeyState"], "PendingDeletion");
        assert!(shown["KeyMetadata"].get("DeletionDate").is_some());
        world.ok("DescribeKey", named.clone());
        world.advance(9 * DAY);
        world.refused("DescribeKey", named);
    }

    #[test]
    fn a_primary_key_that_waits_for_its_replicas_can_be_kept() {
        let mut world = World::new();
        let id = world.key(json!({ "MultiRegion": true }));
        let body = json!({ "KeyId": id, "ReplicaRegion": "eu-west-1" });
        world.ok("ReplicateKey", body);
        let named = json!({ "KeyId": id });
        world.ok("ScheduleKeyDeletion", named.clone());
        world.ok("CancelKeyDeletion", named.clone());
        let shown = world.ok("DescribeKey", named);
        assert_eq!(shown["KeyMetadata"]["KeyState"], "Disabled");
        let window = shown["KeyMetadata"].get("PendingDeletionWindowInDays");
        assert_eq!(window, None);
    }

    #[test]
    fn an_unavailable_key_is_pending_deletion_although_it_cannot_be_reached() {
        let mut world = World::new();
        let id = world.key(json!({}));
        world.reach(&id, false);
        world.ok("ScheduleKeyDeletion", json!({"KeyId": id}));
        let shown = world.ok("DescribeKey", json!({"KeyId": id}));
        assert_eq!(shown["KeyMetadata"]["KeyState"], "PendingDeletion");
    }
}
