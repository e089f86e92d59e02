//! RevokeGrant: the key of the grant must be there. Grants are not modelled.

use super::lookups::{OnKey, id_lookups, other_account};
use super::shapes::*;
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal};
use crate::shape::{Member, Shape};
use crate::state::Names;

input! {
    /// Input of RevokeGrant.
    RevokeGrant, MEMBERS {
        key: String = "KeyId", KEY_ID;
        grant: String = "GrantId", GRANT_ID;
        dry_run: Option<bool> = "DryRun", Shape::Flag;
    }
}

impl OnKey for RevokeGrant {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl Operation for RevokeGrant {
    const NAME: &'static str = "RevokeGrant";
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
            "RevokeGrant",
            json!({"KeyId": "0a1b2c3d-0000-0000-0000-0a1b2c3d4e5f", "GrantId": "a"}),
        );
        assert_eq!(refused, ["NotFoundException"]);
    }
}
