//! The two lists of grants, which show their entries alike.

use super::pages::OnPages;
use super::principals::{is_same, root, stands_for_another};
use crate::card::{Card, Evidence};
use crate::lists::{Listed, Paging};
use crate::path::Path;
use crate::rule::{Promise, always};
use crate::state::{Constraints, Grant, State, Traced};
use crate::success::Success;
use crate::time::{MINUTE, Millis};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How far the clocks of two machines may be apart.
const CLOCK_SKEW: i64 = 5 * MINUTE;

const LIST: &str = "Grants";
const ID: &str = "GrantId";

/// An operation that lists grants.
pub(crate) trait ListsGrants: OnPages {
    /// Whether a grant belongs to the list; `None` where nobody knows.
    fn wants(&self, state: &State, grant: &Grant) -> Option<bool>;

    /// Whether the list may have grants of keys of which nothing is expected any more, under ids
    /// that nobody knows.
    fn is_about_all_keys(&self) -> bool;
}

/// The pages of the list.
pub(crate) const fn lists_every_grant<Op: ListsGrants>() -> Promise<Op> {
    Promise {
        card: Card {
            id: "PG-11",
            says: "The pages of a list together show everything once, each no more than the limit, \
                   and all but the last have a marker.",
            cite: "kms/latest/APIReference/API_ListGrants.html",
            evidence: Evidence::Documented,
        },
        when: always,
        make: |input, success| {
            let name = input.list_name(success.state);
            let paging = Paging {
                list: LIST,
                key: ID,
                name: &name,
                marker: input.marker(),
                limit: input.limit(),
                next: "NextMarker",
                truncated: "Truncated",
            };
            let (listed, by) = listed(input, success, &paging);
            let unknown = input.is_about_all_keys() && !success.state.distrusted.is_empty();
            let tolerated = if unknown {
                |_: &str| true
            } else {
                |_: &str| false
            };
            success.list_with(&paging, &listed, tolerated, &|id| by.get(id).copied());
        },
    }
}

/// The grants that belong to the list and those that do not, and the rules that made the former.
fn listed<Op: ListsGrants>(
    input: &Op,
    success: &Success<'_>,
    paging: &Paging<'_>,
) -> (Listed, BTreeMap<String, Card>) {
    let state = &*success.state;
    let that = |wanted: Option<bool>| {
        let grants = success.yet_to_come(paging, &state.grants);
        grants.filter(move |(_, grant)| input.wants(state, grant) == wanted)
    };
    let ids = |wanted| that(wanted).map(|(id, _)| id.clone());
    let wanted: Vec<_> = that(Some(true)).collect();
    let by_key = wanted.iter().map(|(id, grant)| (*id, grant.key.as_str()));
    let mut listed = success.listed_by_key(paging, by_key);
    listed.excluded.extend(ids(Some(false)));
    listed.optional.extend(ids(None));
    let by = wanted.into_iter();
    let by = by.map(|(id, grant)| (id.clone(), *grant.made.by));
    (listed, by.collect())
}

/// The members of each entry of a page.
pub(crate) const fn shows_each_grant<Op: ListsGrants>() -> Promise<Op> {
    Promise {
        card: Card {
            id: "GR-100",
            says: "An entry of a list of grants has the ARN of the key, the principals, the issuing \
                   account, the operations, the constraints, the name if there is one, and when the \
                   grant was made.",
            cite: "kms/latest/APIReference/API_GrantListEntry.html",
            evidence: Evidence::Documented,
        },
        when: always,
        make: |_, success| {
            for id in success.listed.clone() {
                let grant = success.state.grants.get(&id).cloned();
                if let Some(grant) = grant.filter(|grant| success.state.is_certain(&grant.key)) {
                    show_grant(success, &grant);
                }
            }
        },
    }
}

fn show_grant(success: &mut Success<'_>, grant: &Grant) {
    let at = Path::of(LIST).entry(ID, grant.id.as_str());
    let account = success.state.account.clone();
    let arn = success.state.key_arn(&grant.key);
    success.show(&at.then("KeyId"), arn);
    let principal = |success: &mut Success<'_>, member: &'static str, text: &str| {
        success.show_like(&at.then(member), &grant.made, text, &|shown: &Value| {
            let as_good =
                |shown| stands_for_another(shown) || is_same(&account, shown, text).is_none();
            shown.as_str().is_some_and(as_good)
        });
    };
    principal(success, "GranteePrincipal", &grant.grantee);
    match &grant.retiring {
        Some(retiring) => principal(success, "RetiringPrincipal", retiring),
        None => success.absent_traced(&at.then("RetiringPrincipal"), &grant.made),
    }
    success.show(&at.then("IssuingAccount"), root(&account, &account.id));
    let operations: Vec<&str> = grant.operations.iter().map(String::as_str).collect();
    success.show_like(
        &at.then("Operations"),
        &grant.made,
        operations.as_slice(),
        &|shown: &Value| names_all(shown, &operations),
    );
    show_constraints(
        success,
        &at.then("Constraints"),
        &grant.constraints,
        &grant.made,
    );
    match &grant.name {
        Some(name) => success.show_traced(&at.then("Name"), &grant.made, name.as_str()),
        // A grant without a name is shown with an empty one.
        None => success.may_show_traced(&at.then("Name"), &grant.made, ""),
    }
    success.date(&at.then("CreationDate"), grant.made.value, CLOCK_SKEW);
}

/// Whether a list names just these, in any order and any of them more than once.
fn names_all(shown: &Value, names: &[&str]) -> bool {
    let texts = shown.as_array().into_iter().flatten();
    let texts: Option<BTreeSet<&str>> = texts.map(Value::as_str).collect();
    texts.is_some_and(|texts| !texts.is_empty() && texts.iter().eq(names))
}

/// A constraint that confines nothing may be shown or not.
fn show_constraints(
    success: &mut Success<'_>,
    at: &Path,
    constraints: &Constraints,
    made: &Traced<Millis>,
) {
    let members = [
        ("EncryptionContextEquals", &constraints.equals),
        ("EncryptionContextSubset", &constraints.subset),
    ];
    for (member, context) in members {
        let at = at.then(member);
        match context {
            None => success.absent_traced(&at, made),
            Some(context) if context.is_empty() => {}
            Some(context) => success.show_traced(&at, made, serde_json::json!(context)),
        }
    }
}
