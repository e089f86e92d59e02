//! GetKeyRotationStatus: whether and when a key rotates.

use super::lookups::{OnKey, id_lookups, other_account};
use super::rotations::{imported_material_may_do, named};
use super::shapes::*;
use super::store_limits::{not_in_a_store, not_pending_import};
use crate::card::{Card, Evidence};
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::rule::{Promise, Refusal, always};
use crate::shape::Member;
use crate::state::{Key, KeyState, Names, Schedule};
use crate::success::Success;
use crate::time::{DAY, MINUTE, Millis};

input! {
    /// Input of GetKeyRotationStatus.
    GetKeyRotationStatus, MEMBERS {
        key: String = "KeyId", KEY_ID;
    }
}

impl OnKey for GetKeyRotationStatus {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl Operation for GetKeyRotationStatus {
    const NAME: &'static str = "GetKeyRotationStatus";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &id_lookups(),
        &[
            other_account(),
            not_in_a_store("CKX-03"),
            not_pending_import(),
            imported_material_may_do(),
        ],
    ];
    const PROMISES: &'static [Promise<Self>] =
        &[SHOWS_THE_ID, SHOWS_WHETHER_IT_ROTATES, SHOWS_WHEN];
}

const fn documented(id: &'static str, says: &'static str) -> Card {
    Card {
        id,
        says,
        cite: "kms/latest/APIReference/API_GetKeyRotationStatus.html",
        evidence: Evidence::Documented,
    }
}

const SHOWS_THE_ID: Promise<GetKeyRotationStatus> = Promise {
    card: documented("KID-11", "GetKeyRotationStatus shows the id of the key."),
    when: always,
    make: |input, success| {
        if let Some(id) = input.key_id(success.state) {
            success.show(&Path::of("KeyId"), id);
        }
    },
};

const SHOWS_WHETHER_IT_ROTATES: Promise<GetKeyRotationStatus> = Promise {
    card: documented(
        "ROT-10",
        "KeyRotationEnabled tells whether automatic rotation is enabled, which it is not while the \
         key is pending deletion.",
    ),
    when: always,
    make: |input, success| {
        let Some(key) = named(input, success) else {
            return;
        };
        let at = Path::of("KeyRotationEnabled");
        match key.state.value {
            KeyState::PendingDeletion => success.show_traced(&at, &key.state, false),
            _ => {
                let automatic = &key.rotation.automatic;
                success.show_traced(&at, automatic, automatic.value.is_some());
            }
        }
    },
};

const SHOWS_WHEN: Promise<GetKeyRotationStatus> = Promise {
    card: Card {
        cite: "kms/latest/developerguide/rotating-keys-on-demand.html",
        ..documented(
            "ROT-11",
            "The period and the date of the next rotation are shown while automatic rotation is \
             enabled, the start of a rotation on demand while it is in progress, and only then.",
        )
    },
    when: always,
    make: |input, success| {
        let Some(key) = named(input, success) else {
            return;
        };
        show_progress(success, &key);
        // What is shown of a schedule that does not count for now is not known.
        if key.state.value != KeyState::PendingDeletion {
            show_schedule(success, &key);
        }
    },
};

/// How far the clock of the target may be from the one of whoever judges it.
const CLOCK_SKEW: Millis = 5 * MINUTE;

fn show_progress(success: &mut Success<'_>, key: &Key) {
    let at = Path::of("OnDemandRotationStartDate");
    let started = &key.rotation.on_demand;
    let Some(date) = started.value else {
        return success.absent_traced(&at, started);
    };
    let date = success.date_traced(&at, started, date, CLOCK_SKEW);
    change(success, &key.id, |key| {
        key.rotation.on_demand.value = date.or(started.value);
    });
}

fn show_schedule(success: &mut Success<'_>, key: &Key) {
    let automatic = &key.rotation.automatic;
    let (period, next) = (
        Path::of("RotationPeriodInDays"),
        Path::of("NextRotationDate"),
    );
    let Some(schedule) = automatic.value else {
        success.absent(&period);
        success.absent(&next);
        return;
    };
    success.show_traced(&period, automatic, schedule.period);
    // What is shown of a rotation that is overdue because the key is disabled is not known.
    if key.state.value != KeyState::Enabled && schedule.next <= success.state.now {
        return;
    }
    let tolerance = match schedule.sure {
        true => DAY,
        false => schedule.span() + DAY,
    };
    let shown = success.date_traced(&next, automatic, schedule.next, tolerance);
    if let Some(next) = shown {
        change(success, &key.id, |key| {
            let sure = Schedule {
                next,
                sure: true,
                ..schedule
            };
            key.rotation.automatic.value = Some(sure);
        });
    }
}

fn change(success: &mut Success<'_>, key: &str, change: impl FnOnce(&mut Key)) {
    if let Some(key) = success.state.key_mut(key) {
        change(key);
    }
}

#[cfg(test)]
mod tests {
    use super::super::store_fixture::*;
    use crate::belief::Verdict;
    use crate::reply::Reply;
    use crate::testing::World;
    use crate::time::DAY;
    use serde_json::json;

    #[test]
    fn a_key_in_a_store_has_no_rotation_status() {
        let mut world = world_with_store();
        for reachable in [true, false] {
            given_key(&mut world, |key| key.reachable = given(reachable));
            let refused = world.refused("GetKeyRotationStatus", json!({"KeyId": KEY}));
            assert_eq!(refused, ["UnsupportedOperationException"]);
            assert_eq!(
                world.fired("GetKeyRotationStatus", json!({"KeyId": KEY})),
                ["CKX-03"]
            );
        }
    }

    #[test]
    fn a_key_pending_import_has_no_rotation_status() {
        let mut world = World::new();
        let made = world.ok("CreateKey", json!({"Origin": "EXTERNAL"}));
        let key = &made["KeyMetadata"]["KeyId"];
        let refused = world.refused("GetKeyRotationStatus", json!({"KeyId": key}));
        assert_eq!(refused, ["UnsupportedOperationException"]);
    }

    fn status(world: &mut World, id: &str) -> serde_json::Value {
        world.ok("GetKeyRotationStatus", json!({"KeyId": id}))
    }

    #[test]
    fn a_new_key_does_not_rotate() {
        let mut world = World::new();
        let id = world.key(json!({}));
        let off = json!({"KeyId": id, "KeyRotationEnabled": false});
        assert_eq!(status(&mut world, &id), off);
        world.ok("EnableKeyRotation", json!({"KeyId": id}));
        world.ok("DisableKeyRotation", json!({"KeyId": id}));
        assert_eq!(status(&mut world, &id), off);
    }

    #[test]
    fn a_key_that_rotates_shows_its_period_and_the_next_date() {
        let mut world = World::new();
        let id = world.key(json!({}));
        world.ok("EnableKeyRotation", json!({"KeyId": id}));
        let shown = status(&mut world, &id);
        assert_eq!(shown["RotationPeriodInDays"], 365);
        let body = json!({"KeyId": id, "RotationPeriodInDays": 90});
        world.ok("EnableKeyRotation", body);
        let verdict = world.judged(
            "GetKeyRotationStatus",
            &json!({"KeyId": id}),
            &Reply::Done(shown),
        );
        let Verdict::Diverges(divergence) = verdict else {
            panic!("{verdict:?}");
        };
        assert_eq!(divergence[0].rules[0].id, "ROT-01");
    }

    #[test]
    fn the_schedule_goes_on_after_each_rotation() {
        let mut world = World::new();
        let id = world.key(json!({}));
        let body = json!({"KeyId": id, "RotationPeriodInDays": 90});
        world.ok("EnableKeyRotation", body);
        let first = status(&mut world, &id)["NextRotationDate"]
            .as_f64()
            .unwrap();
        world.advance(200 * DAY);
        let third = status(&mut world, &id)["NextRotationDate"]
            .as_f64()
            .unwrap();
        assert_eq!(third - first, 2.0 * 90.0 * 86_400.0);
        let listed = world.ok("ListKeyRotations", json!({"KeyId": id}));
        assert_eq!(listed["Rotations"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn a_disabled_key_rotates_once_it_is_enabled_again() {
        let mut world = World::new();
        let id = world.key(json!({}));
        let body = json!({"KeyId": id});
        world.ok(
            "EnableKeyRotation",
            json!({"KeyId": id, "RotationPeriodInDays": 90}),
        );
        world.ok("DisableKey", body.clone());
        world.advance(100 * DAY);
        assert_eq!(status(&mut world, &id)["KeyRotationEnabled"], true);
        let listed = world.ok("ListKeyRotations", body.clone());
        assert_eq!(listed["Rotations"], json!([]));
        world.ok("EnableKey", body.clone());
        let listed = world.ok("ListKeyRotations", body);
        assert_eq!(listed["Rotations"].as_array().unwrap().len(), 1);
        world.advance(DAY);
        status(&mut world, &id);
    }

    #[test]
    fn a_key_pending_deletion_does_not_rotate_until_that_is_cancelled() {
        let mut world = World::new();
        let id = world.key(json!({}));
        let body = json!({"KeyId": id});
        world.ok("EnableKeyRotation", body.clone());
        world.ok("ScheduleKeyDeletion", body.clone());
        assert_eq!(status(&mut world, &id)["KeyRotationEnabled"], false);
        world.ok("CancelKeyDeletion", body);
        assert_eq!(status(&mut world, &id)["KeyRotationEnabled"], true);
    }
}
