//! GetKeyLastUsage: the key must be there. Usage is not modelled.

use super::lookups::{OnKey, id_lookups, other_account};
use super::shapes::*;
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal};
use crate::shape::Member;
use crate::state::Names;

input! {
    /// Input of GetKeyLastUsage.
    GetKeyLastUsage, MEMBERS {
        key: String = "KeyId", KEY_ID;
    }
}

impl OnKey for GetKeyLastUsage {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl Operation for GetKeyLastUsage {
    const NAME: &'static str = "GetKeyLastUsage";
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
            "GetKeyLastUsage",
            json!({"KeyId": "0a1b2c3d-0000-0000-0000-0a1b2c3d4e5f"}),
        );
        assert_eq!(refused, ["NotFoundException"]);
    }
}
