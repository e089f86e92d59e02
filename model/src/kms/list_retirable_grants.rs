//! ListRetirableGrants: only its request is checked. Grants are not modelled.

use super::shapes::*;
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal};
use crate::shape::Member;

input! {
    /// Input of ListRetirableGrants.
    ListRetirableGrants, MEMBERS {
        limit: Option<i64> = "Limit", LIMIT;
        marker: Option<String> = "Marker", MARKER;
        retiring: String = "RetiringPrincipal", PRINCIPAL;
    }
}

impl Operation for ListRetirableGrants {
    const NAME: &'static str = "ListRetirableGrants";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[];
    const PROMISES: &'static [Promise<Self>] = &[];
    const MODELS_SUCCESS: bool = false;
}

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use serde_json::json;

    #[test]
    fn it_needs_a_principal() {
        let refused = World::new().refused("ListRetirableGrants", json!({}));
        assert_eq!(refused, ["ValidationException"]);
    }
}
