//! RetireGrant: the key of the grant must be there. Grants are not modelled.

use super::lookups::{OnKey, id_lookups, other_account};
use super::shapes::*;
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal};
use crate::shape::{Member, Shape};
use crate::state::{KeyLookup, Names, State};

input! {
    /// Input of RetireGrant.
    RetireGrant, MEMBERS {
        token: Option<String> = "GrantToken", GRANT_TOKEN;
        key: Option<String> = "KeyId", KEY_ID;
        grant: Option<String> = "GrantId", GRANT_ID;
        dry_run: Option<bool> = "DryRun", Shape::Flag;
    }
}

impl OnKey for RetireGrant {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        self.key.as_deref().unwrap_or_default()
    }

    /// The key counts only where it and the grant id name the grant.
    fn key_lookup(&self, state: &State) -> Option<KeyLookup> {
        let named = self.token.is_none() && self.grant.is_some();
        let name = self.key.as_ref().filter(|_| named)?;
        Some(state.look_up(name, Self::NAMES))
    }
}

impl Operation for RetireGrant {
    const NAME: &'static str = "RetireGrant";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[&id_lookups(), &[other_account()]];
    const PROMISES: &'static [Promise<Self>] = &[];
    const MODELS_SUCCESS: bool = false;
    const EMPTY_BODY: bool = true;
}

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use serde_json::json;

    #[test]
    fn its_key_must_be_there() {
        let refused = World::new().refused(
            "RetireGrant",
            json!({"KeyId": "0a1b2c3d-0000-0000-0000-0a1b2c3d4e5f", "GrantId": "a"}),
        );
        assert_eq!(refused, ["NotFoundException"]);
    }

    #[test]
    fn with_a_token_the_key_does_not_count() {
        let body = json!({"KeyId": "alias/none", "GrantId": "a", "GrantToken": "a"});
        assert_eq!(World::new().fired("RetireGrant", body), [""; 0]);
    }
}
