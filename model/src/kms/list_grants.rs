//! ListGrants: the grants of a key, page by page.

use super::grant_lists::{ListsGrants, lists_every_grant, shows_each_grant};
use super::grants::{has_form_of_grant_id, is_grant_of};
use super::lookups::{OnKey, id_lookups, other_account};
use super::pages::{OnPages, marker_of_another_list, undocumented_limit, unknown_marker};
use super::principals::{NamesPrincipals, is_same, principal_elsewhere};
use super::shapes::*;
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::{InvalidGrantId, NotFound, Validation};
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal, Stage, may};
use crate::shape::Member;
use crate::state::{Grant, Names, State};

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

impl NamesPrincipals for ListGrants {
    fn principals(&self) -> impl Iterator<Item = &str> {
        self.grantee.as_deref().into_iter()
    }
}

impl OnPages for ListGrants {
    const DOCUMENTED_LIMIT: i64 = 100;
    const USUAL_LIMIT: i64 = 50;

    fn marker(&self) -> Option<&str> {
        self.marker.as_deref()
    }

    fn given_limit(&self) -> Option<i64> {
        self.limit
    }

    fn list_name(&self, state: &State) -> String {
        let key = self.key_id(state).unwrap_or_default();
        let filters = [&self.grant, &self.grantee];
        let filters = filters.map(|it| it.as_deref().unwrap_or_default());
        format!("{} {key} {}", Self::NAME, filters.join(" "))
    }
}

impl ListsGrants for ListGrants {
    fn wants(&self, state: &State, grant: &Grant) -> Option<bool> {
        let of_key = Some(&grant.key) == self.key_id(state).as_ref();
        match &self.grantee {
            _ if !of_key || self.grant.as_ref().is_some_and(|id| *id != grant.id) => Some(false),
            Some(grantee) => is_same(&state.account, grantee, &grant.grantee),
            None => Some(true),
        }
    }

    fn is_about_all_keys(&self) -> bool {
        false
    }
}

impl Operation for ListGrants {
    const NAME: &'static str = "ListGrants";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &id_lookups(),
        &[
            other_account(),
            MALFORMED_GRANT_ID,
            NO_SUCH_GRANT,
            principal_elsewhere(),
            unknown_marker(),
            marker_of_another_list(),
            undocumented_limit(),
        ],
    ];
    const PROMISES: &'static [Promise<Self>] = &[lists_every_grant(), shows_each_grant()];
}

const fn silent(id: &'static str, says: &'static str) -> Card {
    Card {
        id,
        says,
        cite: "kms/latest/APIReference/API_ListGrants.html",
        evidence: Evidence::Documented,
    }
}

const MALFORMED_GRANT_ID: Refusal<ListGrants> = Refusal {
    card: silent(
        "GR-105",
        "A grant id that has not the form of one may be refused by a list, or lead to nothing.",
    ),
    stage: Stage::Condition,
    error: may(&[InvalidGrantId, Validation, NotFound]),
    when: |state, input| {
        let id = input.grant.as_ref();
        id.is_some_and(|id| !has_form_of_grant_id(state, id))
    },
};

const NO_SUCH_GRANT: Refusal<ListGrants> = Refusal {
    card: silent(
        "GR-105a",
        "A grant id that is none of the grants of the key may be refused by a list, or lead to \
         nothing.",
    ),
    stage: Stage::Condition,
    error: may(&[NotFound, InvalidGrantId]),
    when: |state, input| {
        let id = input.grant.as_ref();
        let id = id.filter(|id| has_form_of_grant_id(state, id));
        let key = input.key_id(state).zip(id);
        key.is_some_and(|(key, id)| !is_grant_of(state, id, &key))
    },
};

#[cfg(test)]
mod tests {
    use crate::belief::Verdict;
    use crate::reply::Reply;
    use crate::testing::World;
    use crate::time::DAY;
    use serde_json::{Value, json};

    const ROOT: &str = "arn:aws:iam::111122223333:root";
    const ROLE: &str = "arn:aws:iam::111122223333:role/some";

    fn grant(world: &mut World, key: &str, grantee: &str) -> String {
        let body = json!({ "KeyId": key, "GranteePrincipal": grantee, "Operations": ["Decrypt"] });
        let made = world.ok("CreateGrant", body);
        made["GrantId"].as_str().unwrap().to_owned()
    }

    fn ids(listed: &Value) -> Vec<&str> {
        let entries = listed["Grants"].as_array().unwrap().iter();
        entries
            .filter_map(|entry| entry["GrantId"].as_str())
            .collect()
    }

    #[test]
    fn its_key_must_be_there() {
        let refused = World::new().refused(
            "ListGrants",
            json!({"KeyId": "0a1b2c3d-0000-0000-0000-0a1b2c3d4e5f"}),
        );
        assert_eq!(refused, ["NotFoundException"]);
    }

    #[test]
    fn an_entry_shows_what_the_grant_was_made_with() {
        let mut world = World::new();
        let key = world.key(json!({}));
        let body = json!({
            "KeyId": key, "GranteePrincipal": ROLE, "RetiringPrincipal": ROOT,
            "Operations": ["Decrypt", "Encrypt", "Decrypt"], "Name": "some",
            "Constraints": {"EncryptionContextSubset": {"a": "b"}},
        });
        world.ok("CreateGrant", body);
        let listed = world.ok("ListGrants", json!({ "KeyId": key }));
        let entry = &listed["Grants"][0];
        assert_eq!(entry["KeyId"], world.state.key_arn(&key));
        assert_eq!(entry["GranteePrincipal"], ROLE);
        assert_eq!(entry["RetiringPrincipal"], ROOT);
        assert_eq!(entry["IssuingAccount"], ROOT);
        assert_eq!(entry["Operations"], json!(["Decrypt", "Encrypt"]));
        assert_eq!(
            entry["Constraints"],
            json!({"EncryptionContextSubset": {"a": "b"}})
        );
        assert_eq!(entry["Name"], "some");
    }

    #[test]
    fn filters_show_one_grant_or_those_of_one_principal() {
        let mut world = World::new();
        let (key, other) = (world.key(json!({})), world.key(json!({})));
        let mine = grant(&mut world, &key, ROOT);
        let theirs = grant(&mut world, &key, ROLE);
        grant(&mut world, &other, ROOT);
        let listed = world.ok("ListGrants", json!({ "KeyId": key }));
        assert_eq!(ids(&listed).len(), 2);
        let listed = world.ok("ListGrants", json!({ "KeyId": key, "GrantId": mine }));
        assert_eq!(ids(&listed), [mine.as_str()]);
        let listed = world.ok(
            "ListGrants",
            json!({ "KeyId": key, "GranteePrincipal": ROLE }),
        );
        assert_eq!(ids(&listed), [theirs.as_str()]);
        let account = json!({ "KeyId": key, "GranteePrincipal": "111122223333" });
        world.ok("ListGrants", account.clone());
        let shown = json!({ "Grants": [{"GrantId": theirs}], "Truncated": false });
        let verdict = world.judged("ListGrants", &account, &Reply::Done(shown));
        assert!(matches!(verdict, Verdict::Diverges(_)), "{verdict:?}");
        let body = json!({ "KeyId": key, "GrantId": mine, "GranteePrincipal": ROLE });
        assert_eq!(ids(&world.ok("ListGrants", body)), [""; 0]);
    }

    #[test]
    fn a_grant_id_that_leads_nowhere_may_be_refused() {
        let mut world = World::new();
        let key = world.key(json!({}));
        let unknown = json!({ "KeyId": key, "GrantId": "0".repeat(64) });
        assert_eq!(world.fired("ListGrants", unknown.clone()), ["GR-105a"]);
        assert_eq!(ids(&world.ok("ListGrants", unknown)), [""; 0]);
        let malformed = json!({ "KeyId": key, "GrantId": "a" });
        assert_eq!(world.fired("ListGrants", malformed.clone()), ["GR-105"]);
        world.ok("ListGrants", malformed);
        let elsewhere = json!({ "KeyId": key, "GranteePrincipal": ROLE });
        assert_eq!(world.fired("ListGrants", elsewhere), ["GR-06b"]);
    }

    #[test]
    fn pages_together_show_every_grant_once_and_a_marker_serves_one_list() {
        let mut world = World::new();
        let key = world.key(json!({}));
        for _ in 0..3 {
            grant(&mut world, &key, ROOT);
        }
        let first = world.ok("ListGrants", json!({ "KeyId": key, "Limit": 2 }));
        assert_eq!((ids(&first).len(), &first["Truncated"]), (2, &json!(true)));
        let next = json!({ "KeyId": key, "Marker": first["NextMarker"] });
        let filtered = json!({
            "KeyId": key, "Marker": first["NextMarker"], "GranteePrincipal": ROOT,
        });
        assert_eq!(world.fired("ListGrants", filtered), ["PG-100"]);
        assert_eq!(ids(&world.ok("ListGrants", next)).len(), 1);
        let strange = json!({ "KeyId": key, "Marker": "m" });
        assert_eq!(world.fired("ListGrants", strange), ["PG-12"]);
        assert_eq!(
            world.fired("ListGrants", json!({ "KeyId": key, "Limit": 101 })),
            ["PG-10"]
        );
    }

    #[test]
    fn the_grants_of_a_deleted_key_are_gone_with_it() {
        let mut world = World::new();
        let key = world.key(json!({}));
        let body = json!({
            "KeyId": key, "GranteePrincipal": ROOT, "RetiringPrincipal": ROOT,
            "Operations": ["Decrypt"],
        });
        world.ok("CreateGrant", body);
        world.ok(
            "ScheduleKeyDeletion",
            json!({ "KeyId": key, "PendingWindowInDays": 7 }),
        );
        assert_eq!(
            ids(&world.ok("ListGrants", json!({ "KeyId": key }))).len(),
            1
        );
        world.advance(9 * DAY);
        let retirable = json!({ "RetiringPrincipal": ROOT });
        assert_eq!(ids(&world.ok("ListRetirableGrants", retirable)), [""; 0]);
    }

    #[test]
    fn in_a_shared_account_a_stranger_is_listed_and_a_grant_of_another_principal_is_not() {
        let mut world = World::new();
        let key = world.key(json!({}));
        grant(&mut world, &key, ROOT);
        let theirs = grant(&mut world, &key, ROLE);
        world.given(|state| state.account_mut().exclusive = false);
        let body = json!({ "KeyId": key, "GranteePrincipal": ROOT });
        let mut listed = world.ok("ListGrants", body.clone());
        for (id, conforms) in [("f".repeat(64), true), (theirs, false)] {
            let entries = listed["Grants"].as_array_mut().unwrap();
            entries.truncate(1);
            entries.push(json!({ "GrantId": id }));
            let verdict = world.judged("ListGrants", &body, &Reply::Done(listed.clone()));
            assert_eq!(
                matches!(verdict, Verdict::Conforms(_)),
                conforms,
                "{verdict:?}"
            );
        }
    }

    #[test]
    fn a_missing_grant_is_blamed_on_the_rule_that_made_it() {
        let mut world = World::new();
        let key = world.key(json!({}));
        grant(&mut world, &key, ROOT);
        let body = json!({ "KeyId": key });
        let empty = json!({ "Grants": [], "Truncated": false });
        let Verdict::Diverges(found) = world.judged("ListGrants", &body, &Reply::Done(empty))
        else {
            panic!("a grant is missing");
        };
        assert_eq!(found[0].rules.first().map(|card| card.id), Some("GR-101"));
    }
}
