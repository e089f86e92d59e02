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
    const PROMISES: &'static [Promise<Self>] = &[
        SHOWS_THE_ID,
        SHOWS_WHETHER_IT_ROTATES,
        SHOWS_WHEN,
        SHOWS_WHAT_IS_IN_PROGRESS,
    ];
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
             enabled, and only then.",
        )
    },
    when: always,
    make: |input, success| {
        let key = named(input, success);
        // What is shown of a schedule that does not count for now is not known.
        if let Some(key) = key.filter(|key| key.state.value != KeyState::PendingDeletion) {
            show_schedule(success, &key);
        }
    },
};

const SHOWS_WHAT_IS_IN_PROGRESS: Promise<GetKeyRotationStatus> = Promise {
    card: documented(
        "ROT-12",
        "OnDemandRotationStartDate is shown while a rotation on demand is in progress.",
    ),
    when: always,
    make: |input, success| {
        let Some(key) = named(input, success) else {
            return;
        };
        let at = Path::of("OnDemandRotationStartDate");
        let started = &key.rotation.on_demand;
        match started.value {
            None => success.absent_traced(&at, started),
            Some(date) => {
                let date = success.date_traced(&at, started, date, CLOCK_SKEW);
                change(success, &key.id, |key| {
                    key.rotation.on_demand.value = date.or(started.value);
                });
            }
        }
    },
};

/// How far the clock of the target may be from the one of whoever judges it.
const CLOCK_SKEW: Millis = 5 * MINUTE;

fn show_schedule(success: &mut Success<'_>, key: &Key) {
    let automatic = &key.rotation.automatic;
    let (period, next) = (
        Path::of("RotationPeriodInDays"),
        Path::of("NextRotationDate"),
    );
    let Some(schedule) = automatic.value else {
        success.absent_traced(&period, automatic);
        success.absent_traced(&next, automatic);
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
    use crate::testing::World;
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
}
