//! GetPublicKey: which keys have no public key. Public keys are not modelled.

use super::cryptography::{Cryptographic, grant_tokens};
use super::key_states::{creating, key_of, pending_deletion_in_use};
use super::lookups::{OnKey, key_lookups, other_account};
use super::shapes::*;
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::{KmsInvalidState, UnsupportedOperation};
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal, Stage, may, must};
use crate::shape::Member;
use crate::state::{KeySpec, KeyState, Names};

input! {
    /// Input of GetPublicKey.
    GetPublicKey, MEMBERS {
        key: String = "KeyId", KEY_ID;
        grant_tokens: Option<Vec<String>> = "GrantTokens", GRANT_TOKENS;
    }
}

impl OnKey for GetPublicKey {
    const NAMES: Names = Names::All;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl Cryptographic for GetPublicKey {
    fn is_dry_run(&self) -> bool {
        false
    }

    fn grant_tokens(&self) -> &[String] {
        self.grant_tokens.as_deref().unwrap_or_default()
    }
}

impl Operation for GetPublicKey {
    const NAME: &'static str = "GetPublicKey";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &key_lookups(),
        &[
            other_account(),
            grant_tokens(),
            creating(),
            NOT_SYMMETRIC,
            HAS_MATERIAL,
            pending_deletion_in_use(),
        ],
    ];
    const PROMISES: &'static [Promise<Self>] = &[];
    const MODELS_SUCCESS: bool = false;
}

const NOT_SYMMETRIC: Refusal<GetPublicKey> = Refusal {
    card: Card {
        id: "CKX-112",
        says: "Symmetric keys and HMAC keys have no public key.",
        cite: "recording local-kms/postman-expectations, Get Public Key Error",
        evidence: Evidence::Observed,
    },
    stage: Stage::Condition,
    error: must(&[UnsupportedOperation]).silently(),
    when: |state, input| {
        use KeySpec::{Hmac224, Hmac256, Hmac384, Hmac512, SymmetricDefault};
        key_of(state, input).is_some_and(|key| {
            matches!(
                key.spec,
                SymmetricDefault | Hmac224 | Hmac256 | Hmac384 | Hmac512
            )
        })
    },
};

const HAS_MATERIAL: Refusal<GetPublicKey> = Refusal {
    card: Card {
        id: "KST-103",
        says: "A key pending import has no public key yet, although the table of key states shows \
               one.",
        cite: "recording floci/kms-measured-order",
        evidence: Evidence::SecondHand,
    },
    stage: Stage::Condition,
    error: may(&[KmsInvalidState]),
    when: |state, input| {
        key_of(state, input).is_some_and(|key| key.state.value == KeyState::PendingImport)
    },
};

#[cfg(test)]
mod tests {
    use super::super::store_fixture::*;
    use crate::testing::World;
    use serde_json::json;

    #[test]
    fn a_symmetric_key_has_no_public_key() {
        let mut world = world_with_store();
        let refused = world.refused("GetPublicKey", json!({"KeyId": KEY}));
        assert_eq!(refused, ["UnsupportedOperationException"]);
    }

    #[test]
    fn a_key_pending_import_may_have_a_public_key() {
        let mut world = World::new();
        let body = json!({"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY", "Origin": "EXTERNAL"});
        let key = world.ok("CreateKey", body)["KeyMetadata"]["KeyId"].clone();
        let fired = world.fired("GetPublicKey", json!({"KeyId": key}));
        assert_eq!(fired, ["KST-103"]);
    }
}
