//! ListGrants: the key it lists must be there. Grants are not modelled.

use super::lookups::{OnKey, id_lookups, other_account};
use super::shapes::*;
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal};
use crate::shape::Member;
use crate::state::Names;

input! {
    /// Input of ListGrants.
    ListGrants, MEMBERS {
        limit: Option<i64> = "Limit", LIMIT;
        marker: Option<String> = "Marker", MARKER;
        key: String = "KeyId", KEY_ID;
        grant: Option<String> = "GrantId", GRANT_ID;
        grantee: Option<String> = "GranteePrincipal", PRINCIPAL;
    }
}

impl OnKey for ListGrants {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl Operation for ListGrants {
    const NAME: &'static str = "ListGrants";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[&id_lookups(), &[other_account()]];
    const PROMISES: &'static [Promise<Self>] = &[];
    const MODELS_SUCCESS: bool = false;
}

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use serde_json::json;

    #[test]
    fn its_key_must_be_there() {
        let refused = World::new().refused(
            "ListGrants",
            json!({"KeyId": "0a1b2c3d-0000-0000-0000-0a1b2c3d4e5f"}),
        );
        assert_eq!(refused, ["NotFoundException"]);
    }
}
