//! Data key pairs: what GenerateDataKeyPair and GenerateDataKeyPairWithoutPlaintext share.

use super::cryptography::{UsesMaterial, grant_tokens, unfit_algorithm, wrong_usage};
use super::key_states::{creating, disabled, pending_deletion_in_use, pending_import};
use super::store_limits::not_in_a_store;
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::{InvalidKeyUsage, UnsupportedOperation, Validation};
use crate::rule::{Refusal, Stage, must};

/// An operation that makes a data key pair.
pub(crate) trait MakesKeyPair: UsesMaterial {
    /// The kind of the pair.
    fn pair_spec(&self) -> &str;
}

/// What is refused about data key pairs. Nobody has said in which order.
pub(crate) const fn key_pair_rules<Op: MakesKeyPair>() -> [Refusal<Op>; 9] {
    [
        grant_tokens(),
        creating(),
        wrong_usage().in_stage(Stage::Condition),
        pending_deletion_in_use(),
        disabled(),
        pending_import(),
        not_in_a_store("CKX-01").in_stage(Stage::Condition),
        unfit_algorithm(&[InvalidKeyUsage, UnsupportedOperation]).in_stage(Stage::Condition),
        Refusal {
            card: Card {
                id: "CKX-105",
                says: "SM2 key pairs exist only in China Regions.",
                cite: "kms/latest/APIReference/API_GenerateDataKeyPair.html",
                evidence: Evidence::Documented,
            },
            stage: Stage::Condition,
            error: must(&[UnsupportedOperation, Validation]),
            when: |state, input| {
                input.pair_spec() == "SM2" && !state.account.region.starts_with("cn-")
            },
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::super::store_fixture::*;
    use crate::testing::World;
    use serde_json::json;

    const BOTH: [&str; 2] = ["GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"];

    #[test]
    fn a_key_in_a_store_makes_no_key_pairs_connected_or_not() {
        let mut world = world_with_store();
        for reachable in [true, false] {
            given_key(&mut world, |key| key.reachable = given(reachable));
            for operation in BOTH {
                let body = json!({"KeyId": KEY, "KeyPairSpec": "RSA_2048"});
                let refused = world.refused(operation, body);
                assert_eq!(refused, ["UnsupportedOperationException"]);
            }
        }
    }

    #[test]
    fn an_asymmetric_key_and_sm2_make_no_key_pairs() {
        let mut world = World::new();
        let body = json!({"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"});
        let key = world.ok("CreateKey", body)["KeyMetadata"]["KeyId"].clone();
        for operation in BOTH {
            let body = json!({"KeyId": key, "KeyPairSpec": "SM2"});
            assert_eq!(world.fired(operation, body), ["CKX-102", "CKX-105"]);
        }
    }
}
