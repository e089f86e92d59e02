//! EnableKeyRotation: lets a key rotate by itself.

use super::key_states::{creating, disabled, pending_deletion};
use super::lookups::{OnKey, id_lookups, other_account};
use super::regions::rotates_by_itself;
use super::rotations::no_imported_material;
use super::shapes::*;
use super::store_limits::{not_in_a_store, not_pending_import, symmetric_only};
use crate::card::{Card, Evidence};
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal, always};
use crate::shape::Member;
use crate::state::{Names, Schedule};
use crate::success::Success;

input! {
    /// Input of EnableKeyRotation.
    EnableKeyRotation, MEMBERS {
        key: String = "KeyId", KEY_ID;
        period: Option<i64> = "RotationPeriodInDays", ROTATION_PERIOD;
    }
}

impl OnKey for EnableKeyRotation {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl Operation for EnableKeyRotation {
    const NAME: &'static str = "EnableKeyRotation";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &id_lookups(),
        &[
            other_account(),
            not_in_a_store("CKX-02"),
            not_pending_import(),
            no_imported_material(),
            pending_deletion(),
            disabled(),
            creating(),
            rotates_by_itself(),
            symmetric_only(),
        ],
    ];
    const PROMISES: &'static [Promise<Self>] = &[ROTATES];
    const EMPTY_BODY: bool = true;
}

/// Days between rotations where the request does not say.
const USUAL_PERIOD: i64 = 365;

const ROTATES: Promise<EnableKeyRotation> = Promise {
    card: Card {
        id: "ROT-01",
        says: "Automatic rotation is enabled with the given period or 365 days, the first rotation \
               being due when it is over.",
        cite: "kms/latest/APIReference/API_EnableKeyRotation.html",
        evidence: Evidence::Documented,
    },
    when: always,
    make: rotate,
};

fn rotate(input: &EnableKeyRotation, success: &mut Success<'_>) {
    let Some(id) = input.key_id(success.state) else {
        return;
    };
    let now = success.state.now;
    let mut schedule = Schedule {
        period: input.period.unwrap_or(USUAL_PERIOD),
        next: now,
        sure: true,
        resumed: now,
    };
    schedule.next = now.saturating_add(schedule.span());
    let traced = success.traced(());
    if let Some(key) = success.state.key_mut(&id) {
        schedule.sure = key.rotation.automatic.value.is_none();
        key.rotation.automatic.value = Some(schedule);
        key.rotation.automatic.by = traced.by;
        success.state.watch_key(&id);
    }
}

#[cfg(test)]
mod tests {
    use super::super::store_fixture::*;
    use crate::state::KeyState;
    use crate::testing::World;
    use serde_json::json;

    #[test]
    fn a_key_in_a_store_has_no_rotation() {
        let mut world = world_with_store();
        for reachable in [true, false] {
            given_key(&mut world, |key| key.reachable = given(reachable));
            let refused = world.refused("EnableKeyRotation", json!({"KeyId": KEY}));
            assert_eq!(refused, ["UnsupportedOperationException"]);
            assert_eq!(
                world.fired("EnableKeyRotation", json!({"KeyId": KEY})),
                ["CKX-02"]
            );
        }
    }

    #[test]
    fn the_store_and_the_state_count_in_any_order() {
        let mut world = world_with_store();
        given_key(&mut world, |key| key.state = given(KeyState::Disabled));
        let refused = world.refused("EnableKeyRotation", json!({"KeyId": KEY}));
        assert_eq!(
            refused,
            ["DisabledException", "UnsupportedOperationException"]
        );
    }

    #[test]
    fn only_symmetric_keys_rotate() {
        let mut world = World::new();
        let body = json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"});
        let key = world.ok("CreateKey", body)["KeyMetadata"]["KeyId"].clone();
        assert_eq!(
            world.fired("EnableKeyRotation", json!({"KeyId": key})),
            ["KST-102"]
        );
    }
}
