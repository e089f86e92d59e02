//! RotateKeyOnDemand: gives a key another material now.

use super::key_states::{creating, disabled, key_arn, key_of, pending_deletion, pending_import};
use super::lookups::{OnKey, id_lookups, other_account};
use super::regions::rotates_by_itself;
use super::shapes::*;
use super::store_limits::{not_in_a_store, symmetric_only};
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::{Conflict, KmsInvalidState, LimitExceeded};
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::rule::{Promise, Refusal, Stage, always, may, must};
use crate::shape::Member;
use crate::state::{Key, KeyState, Material, Names, Origin, RotationType, State};
use crate::time::MINUTE;
use serde_json::Value;

input! {
    /// Input of RotateKeyOnDemand.
    RotateKeyOnDemand, MEMBERS {
        key: String = "KeyId", KEY_ID;
    }
}

impl OnKey for RotateKeyOnDemand {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl Operation for RotateKeyOnDemand {
    const NAME: &'static str = "RotateKeyOnDemand";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &id_lookups(),
        &[
            other_account(),
            not_in_a_store("CKX-02"),
            pending_deletion(),
            disabled(),
            pending_import(),
            creating(),
            rotates_by_itself(),
            symmetric_only(),
            SOON_ROTATES_BY_ITSELF,
            IS_ROTATING,
            NEEDS_NEW_MATERIAL,
            HAS_A_LIMIT,
        ],
    ];
    const PROMISES: &'static [Promise<Self>] = &[SHOWS_THE_KEY, STARTS];
    const LEAVES_UNKNOWN: bool = true;

    fn models_success(&self, state: &State) -> bool {
        // How related keys come to material that each of them imports is not known.
        !key_of(state, self)
            .is_some_and(|key| key.origin == Origin::External && key.multi_region.is_some())
    }
}

const API: &str = "kms/latest/APIReference/API_RotateKeyOnDemand.html";

/// How many rotations on demand a key may have.
const MOST_ROTATIONS: usize = 25;

const fn documented(id: &'static str, says: &'static str) -> Card {
    Card {
        id,
        says,
        cite: API,
        evidence: Evidence::Documented,
    }
}

const SOON_ROTATES_BY_ITSELF: Refusal<RotateKeyOnDemand> = Refusal {
    card: documented(
        "TIME-02",
        "A key whose automatic rotation is in progress, or due within 20 minutes, does not rotate on \
         demand; within 19 minutes is the bound set here.",
    ),
    stage: Stage::Condition,
    error: must(&[Conflict]),
    when: |state, input| {
        key_of(state, input)
            .filter(|key| key.state.value == KeyState::Enabled)
            .and_then(|key| key.rotation.automatic.value)
            .is_some_and(|schedule| schedule.due() - state.now <= 19 * MINUTE)
    },
};

const IS_ROTATING: Refusal<RotateKeyOnDemand> = Refusal {
    card: Card {
        id: "ROT-13",
        says: "A second rotation on demand may be refused while the first is in progress.",
        cite: API,
        evidence: Evidence::Inferred,
    },
    stage: Stage::Condition,
    error: may(&[Conflict, KmsInvalidState, LimitExceeded]),
    when: |state, input| {
        key_of(state, input).is_some_and(|key| key.rotation.on_demand.value.is_some())
    },
};

const NEEDS_NEW_MATERIAL: Refusal<RotateKeyOnDemand> = Refusal {
    card: documented(
        "ROT-14",
        "A key with imported material rotates only once new material was imported for it.",
    ),
    stage: Stage::Condition,
    error: must(&[KmsInvalidState]),
    when: |state, input| {
        key_of(state, input).is_some_and(|key| {
            key.origin == Origin::External
                && !key.pending.as_ref().is_some_and(Material::is_imported)
        })
    },
};

const HAS_A_LIMIT: Refusal<RotateKeyOnDemand> = Refusal {
    card: Card {
        id: "QUO-05",
        says: "A key has at most 25 rotations on demand.",
        cite: API,
        evidence: Evidence::Documented,
    },
    stage: Stage::Condition,
    error: must(&[LimitExceeded]).saying(|state, input| {
        format!(
            "The on-demand rotations limit has been reached for the given keyId. No more on-demand \
             rotations can be performed for this key: {}",
            key_arn(state, input)
        )
    }),
    when: |state, input| {
        key_of(state, input).is_some_and(|key| rotations_on_demand(key) >= MOST_ROTATIONS)
    },
};

/// How often it was rotated on demand, or is being.
fn rotations_on_demand(key: &Key) -> usize {
    let rotated = key.materials.iter().filter_map(|it| it.rotated.as_ref());
    let done = rotated.filter(|it| it.kind == RotationType::OnDemand);
    done.count() + usize::from(key.rotation.on_demand.value.is_some())
}

const SHOWS_THE_KEY: Promise<RotateKeyOnDemand> = Promise {
    card: Card {
        cite: "kms/latest/developerguide/rotating-keys-on-demand.html",
        ..documented("KID-11", "RotateKeyOnDemand shows which key is rotated.")
    },
    when: always,
    make: |input, success| {
        let id = input.key_id(success.state).unwrap_or_default();
        // The guide shows the id; whether it is the ARN where the request has the ARN is not known.
        let arn = Value::from(success.state.key_arn(&id));
        let shown = success.traced(());
        success.show_like(&Path::of("KeyId"), &shown, id, &|shown| *shown == arn);
    },
};

const STARTS: Promise<RotateKeyOnDemand> = Promise {
    card: documented(
        "ROT-03",
        "A rotation on demand is in progress from then on, and leaves the schedule of automatic \
         rotation as it is.",
    ),
    when: always,
    make: |input, success| {
        let id = input.key_id(success.state).unwrap_or_default();
        let started = success.traced(Some(success.state.now));
        if let Some(key) = success.state.key_mut(&id) {
            key.complete_rotation();
            key.rotation.on_demand = started;
            success.state.watch_key(&id);
        }
    },
};

#[cfg(test)]
mod tests {
    use super::super::store_fixture::*;
    use crate::belief::Verdict;
    use crate::drift::Latency;
    use crate::reply::Reply;
    use crate::state::KeyState;
    use crate::testing::World;
    use crate::time::{DAY, HOUR, MINUTE};
    use serde_json::json;

    #[test]
    fn a_key_in_a_store_does_not_rotate() {
        let mut world = world_with_store();
        for reachable in [true, false] {
            given_key(&mut world, |key| key.reachable = given(reachable));
            let refused = world.refused("RotateKeyOnDemand", json!({"KeyId": KEY}));
            assert_eq!(refused, ["UnsupportedOperationException"]);
            assert_eq!(
                world.fired("RotateKeyOnDemand", json!({"KeyId": KEY})),
                ["CKX-02"]
            );
        }
    }

    #[test]
    fn whether_store_or_state_counts_first_is_open() {
        let mut world = world_with_store();
        given_key(&mut world, |key| key.state = given(KeyState::Disabled));
        let refused = world.refused("RotateKeyOnDemand", json!({"KeyId": KEY}));
        assert_eq!(
            refused,
            ["DisabledException", "UnsupportedOperationException"]
        );
    }

    #[test]
    fn an_old_ciphertext_opens_and_shows_the_old_material() {
        let mut world = World::new();
        let id = world.key(json!({}));
        let body = json!({"KeyId": id});
        let described = world.ok("DescribeKey", body.clone());
        let old = &described["KeyMetadata"]["CurrentKeyMaterialId"];
        let sealed = world.ok("Encrypt", json!({"KeyId": id, "Plaintext": "YQ=="}));
        assert_eq!(world.ok("RotateKeyOnDemand", body.clone()), body);
        let described = world.ok("DescribeKey", body.clone());
        let new = &described["KeyMetadata"]["CurrentKeyMaterialId"];
        assert_ne!(old, new);
        let body = json!({"CiphertextBlob": sealed["CiphertextBlob"]});
        assert_eq!(&world.ok("Decrypt", body)["KeyMaterialId"], old);
        let body = json!({"CiphertextBlob": sealed["CiphertextBlob"], "DestinationKeyId": id});
        let moved = world.ok("ReEncrypt", body);
        assert_eq!(&moved["SourceKeyMaterialId"], old);
        assert_eq!(&moved["DestinationKeyMaterialId"], new);
    }

    #[test]
    fn a_rotation_takes_a_while_and_may_stand_in_the_way_of_the_next() {
        let mut world = World::new();
        world.latency = Latency::Aws;
        let id = world.key(json!({}));
        let body = json!({"KeyId": id});
        world.ok("RotateKeyOnDemand", body.clone());
        let shown = world.ok("GetKeyRotationStatus", body.clone());
        assert!(shown["OnDemandRotationStartDate"].is_number());
        assert_eq!(world.fired("RotateKeyOnDemand", body.clone()), ["ROT-13"]);
        let sealed = world.ok("Encrypt", json!({"KeyId": id, "Plaintext": "YQ=="}));
        world.advance(2 * MINUTE);
        let shown = world.ok("GetKeyRotationStatus", body.clone());
        assert_eq!(shown.get("OnDemandRotationStartDate"), None);
        let data_key = world.ok("GenerateDataKey", json!({"KeyId": id, "NumberOfBytes": 16}));
        let opened = world.ok(
            "Decrypt",
            json!({"CiphertextBlob": sealed["CiphertextBlob"]}),
        );
        assert_ne!(opened["KeyMaterialId"], data_key["KeyMaterialId"]);
        world.ok("RotateKeyOnDemand", body.clone());
        world.ok("RotateKeyOnDemand", body.clone());
        world.advance(2 * MINUTE);
        let listed = world.ok("ListKeyRotations", body);
        assert_eq!(listed["Rotations"].as_array().map(Vec::len), Some(3));
    }

    #[test]
    fn the_same_material_after_a_rotation_is_found() {
        let mut world = World::new();
        let id = world.key(json!({}));
        let body = json!({"KeyId": id});
        let old = world.ok("DescribeKey", body.clone());
        world.ok("RotateKeyOnDemand", body.clone());
        world.advance(2 * HOUR);
        let Verdict::Diverges(divergence) = world.judged("DescribeKey", &body, &Reply::Done(old))
        else {
            panic!("it is the old material");
        };
        assert_eq!(divergence[0].rules[0].id, "ROT-05");
    }

    #[test]
    fn the_twenty_sixth_rotation_is_one_too_many() {
        let mut world = World::new();
        let id = world.key(json!({}));
        let body = json!({"KeyId": id});
        for _ in 0..25 {
            world.ok("RotateKeyOnDemand", body.clone());
            world.ok("DescribeKey", body.clone());
        }
        assert_eq!(
            world.refused("RotateKeyOnDemand", body.clone()),
            ["LimitExceededException"]
        );
        assert_eq!(world.fired("RotateKeyOnDemand", body), ["QUO-05"]);
    }

    #[test]
    fn an_automatic_rotation_that_is_near_comes_first() {
        let mut world = World::new();
        let id = world.key(json!({}));
        world.ok("EnableKeyRotation", json!({"KeyId": id}));
        let body = json!({"KeyId": id});
        world.advance(365 * DAY - 10 * MINUTE);
        assert_eq!(
            world.refused("RotateKeyOnDemand", body.clone()),
            ["ConflictException"]
        );
        world.advance(20 * MINUTE);
        world.ok("RotateKeyOnDemand", body);
    }
}
