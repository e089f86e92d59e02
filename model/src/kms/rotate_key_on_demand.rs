//! RotateKeyOnDemand: which keys cannot be rotated. Rotation is not modelled.

use super::key_states::{creating, disabled, pending_deletion, pending_import};
use super::lookups::{OnKey, id_lookups, other_account};
use super::shapes::*;
use super::store_limits::{not_in_a_store, symmetric_only};
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal, Stage};
use crate::shape::Member;
use crate::state::Names;

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
            not_in_a_store("CKX-02").in_stage(Stage::Condition),
            pending_deletion(),
            disabled(),
            pending_import(),
            creating(),
            symmetric_only(),
        ],
    ];
    const PROMISES: &'static [Promise<Self>] = &[];
    const MODELS_SUCCESS: bool = false;
    const LEAVES_UNKNOWN: bool = true;
}

#[cfg(test)]
mod tests {
    use super::super::store_fixture::*;
    use crate::belief::Verdict;
    use crate::reply::{Refused, Reply};
    use crate::state::KeyState;
    use crate::testing::World;
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
    fn a_success_leaves_the_key_unknown_and_other_refusals_are_not_judged() {
        let mut world = World::new();
        let key = world.ok("CreateKey", json!({}))["KeyMetadata"]["KeyId"].clone();
        let body = json!({"KeyId": key});
        let refused = Reply::Refused(Refused {
            error: "LimitExceededException".to_owned(),
            message: None,
            status: 400,
        });
        let verdict = world.judged("RotateKeyOnDemand", &body, &refused);
        assert!(matches!(verdict, Verdict::Unknown(_)));
        let done = Reply::Done(json!({}));
        let verdict = world.judged("RotateKeyOnDemand", &body, &done);
        assert!(matches!(verdict, Verdict::Unknown(_)));
        let verdict = world.judged("DescribeKey", &body, &done);
        assert!(matches!(verdict, Verdict::Unknown(_)));
    }
}
