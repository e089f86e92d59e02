//! CreateGrant: which keys take no grants. Grants are not modelled.

use super::cryptography::{Cryptographic, cryptographic, grant_tokens};
use super::key_states::{creating, disabled, pending_deletion_in_use, pending_import};
use super::lookups::{OnKey, id_lookups, other_account};
use super::shapes::*;
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal};
use crate::shape::{Member, Shape};
use crate::state::Names;
use serde_json::Value;

input! {
    /// Input of CreateGrant.
    CreateGrant, MEMBERS {
        key: String = "KeyId", KEY_ID;
        grantee: String = "GranteePrincipal", PRINCIPAL;
        retiring: Option<String> = "RetiringPrincipal", PRINCIPAL;
        operations: Vec<String> = "Operations", GRANT_OPERATIONS;
        constraints: Option<Value> = "Constraints", GRANT_CONSTRAINTS;
        grant_tokens: Option<Vec<String>> = "GrantTokens", GRANT_TOKENS;
        name: Option<String> = "Name", GRANT_NAME;
        dry_run: Option<bool> = "DryRun", Shape::Flag;
    }
}

impl OnKey for CreateGrant {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

cryptographic!(CreateGrant);

impl Operation for CreateGrant {
    const NAME: &'static str = "CreateGrant";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &id_lookups(),
        &[
            other_account(),
            grant_tokens(),
            pending_deletion_in_use(),
            disabled(),
            pending_import(),
            creating(),
        ],
    ];
    const PROMISES: &'static [Promise<Self>] = &[];
    const MODELS_SUCCESS: bool = false;
}

#[cfg(test)]
mod tests {
    use super::super::store_fixture::*;
    use crate::state::KeyState;
    use serde_json::json;

    #[test]
    fn an_unavailable_key_takes_grants_and_a_disabled_one_does_not() {
        let mut world = world_with_store();
        let grantee = "arn:aws:iam::111122223333:role/user";
        let body = json!({"KeyId": KEY, "GranteePrincipal": grantee, "Operations": ["Encrypt"]});
        given_key(&mut world, |key| key.reachable = given(false));
        assert_eq!(world.fired("CreateGrant", body.clone()), [""; 0]);
        given_key(&mut world, |key| {
            key.reachable = given(true);
            key.state = given(KeyState::Disabled);
        });
        assert_eq!(world.refused("CreateGrant", body), ["DisabledException"]);
    }
}
