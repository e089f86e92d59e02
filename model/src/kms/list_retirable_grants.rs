//! ListRetirableGrants: the grants that a principal may retire, page by page.

use super::grant_lists::{ListsGrants, lists_every_grant, shows_each_grant};
use super::pages::{OnPages, marker_of_another_list, undocumented_limit, unknown_marker};
use super::principals::{NamesPrincipals, is_same, principal_elsewhere};
use super::shapes::*;
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal};
use crate::shape::Member;
use crate::state::{Grant, State};

input! {
    /// Input of ListRetirableGrants.
    ListRetirableGrants, MEMBERS {
        limit: Option<i64> = "Limit", LIMIT;
        marker: Option<String> = "Marker", MARKER;
        retiring: String = "RetiringPrincipal", PRINCIPAL;
    }
}

impl NamesPrincipals for ListRetirableGrants {
    fn principals(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.retiring.as_str())
    }
}

impl OnPages for ListRetirableGrants {
    const DOCUMENTED_LIMIT: i64 = 100;
    const USUAL_LIMIT: i64 = 50;

    fn marker(&self) -> Option<&str> {
        self.marker.as_deref()
    }

    fn given_limit(&self) -> Option<i64> {
        self.limit
    }

    fn list_name(&self, _: &State) -> String {
        format!("{} {}", Self::NAME, self.retiring)
    }
}

impl ListsGrants for ListRetirableGrants {
    fn wants(&self, state: &State, grant: &Grant) -> Option<bool> {
        match &grant.retiring {
            Some(retiring) => is_same(&state.account, &self.retiring, retiring),
            None => Some(false),
        }
    }

    fn is_about_all_keys(&self) -> bool {
        true
    }
}

impl Operation for ListRetirableGrants {
    const NAME: &'static str = "ListRetirableGrants";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[&[
        principal_elsewhere(),
        unknown_marker(),
        marker_of_another_list(),
        undocumented_limit(),
    ]];
    const PROMISES: &'static [Promise<Self>] = &[lists_every_grant(), shows_each_grant()];
}

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use serde_json::{Value, json};

    const ROOT: &str = "arn:aws:iam::111122223333:root";
    const ROLE: &str = "arn:aws:iam::111122223333:role/some";

    fn count(listed: &Value) -> usize {
        listed["Grants"].as_array().unwrap().len()
    }

    #[test]
    fn it_needs_a_principal() {
        let refused = World::new().refused("ListRetirableGrants", json!({}));
        assert_eq!(refused, ["ValidationException"]);
    }

    #[test]
    fn it_lists_the_grants_of_all_keys_that_the_principal_may_retire() {
        let mut world = World::new();
        for retiring in [json!(ROOT), json!(ROOT), json!(ROLE), Value::Null] {
            let key = world.key(json!({}));
            let body = json!({
                "KeyId": key, "GranteePrincipal": ROOT, "RetiringPrincipal": retiring,
                "Operations": ["Decrypt"],
            });
            world.ok("CreateGrant", body);
        }
        let list = |principal: &str| json!({ "RetiringPrincipal": principal });
        assert_eq!(count(&world.ok("ListRetirableGrants", list(ROOT))), 2);
        assert_eq!(count(&world.ok("ListRetirableGrants", list(ROLE))), 1);
        assert_eq!(
            world.fired("ListRetirableGrants", list("nobody")),
            ["GR-06b"]
        );
        assert_eq!(count(&world.ok("ListRetirableGrants", list("nobody"))), 0);
        let mut body = list(ROOT);
        body["Limit"] = json!(1);
        let first = world.ok("ListRetirableGrants", body.clone());
        body["Marker"] = first["NextMarker"].clone();
        assert_eq!(count(&world.ok("ListRetirableGrants", body.clone())), 1);
        body["RetiringPrincipal"] = json!(ROLE);
        assert_eq!(
            world.fired("ListRetirableGrants", body),
            ["GR-06b", "PG-100"]
        );
        let strange = json!({ "RetiringPrincipal": ROOT, "Marker": "m", "Limit": 101 });
        assert_eq!(
            world.fired("ListRetirableGrants", strange),
            ["PG-12", "PG-10"]
        );
    }
}
