//! ListAliases: the aliases of the account, or of one key, page by page.

use super::alias_names::is_reserved;
use super::lookups::{OnKey, id_lookups, other_account};
use super::pages::{OnPages, marker_of_another_list, undocumented_limit, unknown_marker};
use super::shapes::{KEY_ID, LIMIT, MARKER};
use crate::card::{Card, Evidence};
use crate::input::input;
use crate::lists::Paging;
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::rule::{Promise, Refusal, always};
use crate::shape::Member;
use crate::state::{Alias, KeyLookup, Names, State};
use crate::success::Success;
use crate::time::{MINUTE, epoch_seconds, from_epoch_seconds};
use serde_json::Value;

/// How far the clocks of two machines may be apart.
const CLOCK_SKEW: i64 = 5 * MINUTE;

input! {
    /// Input of ListAliases.
    ListAliases, MEMBERS {
        key: Option<String> = "KeyId", KEY_ID;
        limit: Option<i64> = "Limit", LIMIT;
        marker: Option<String> = "Marker", MARKER;
    }
}

impl OnKey for ListAliases {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        self.key.as_deref().unwrap_or_default()
    }

    fn key_lookup(&self, state: &State) -> Option<KeyLookup> {
        Some(state.look_up(self.key.as_deref()?, Self::NAMES))
    }
}

impl OnPages for ListAliases {
    const DOCUMENTED_LIMIT: i64 = 100;
    const USUAL_LIMIT: i64 = 50;

    fn marker(&self) -> Option<&str> {
        self.marker.as_deref()
    }

    fn given_limit(&self) -> Option<i64> {
        self.limit
    }

    fn list_name(&self, state: &State) -> String {
        match self.key_id(state) {
            Some(key) => format!("{} {key}", Self::NAME),
            None => Self::NAME.to_owned(),
        }
    }
}

impl Operation for ListAliases {
    const NAME: &'static str = "ListAliases";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &id_lookups(),
        &[
            other_account(),
            unknown_marker(),
            marker_of_another_list(),
            undocumented_limit(),
        ],
    ];
    const PROMISES: &'static [Promise<Self>] = &[LISTS_EVERY_ALIAS, SHOWS_WHAT_IT_NAMES];
}

const fn documented(id: &'static str, says: &'static str) -> Card {
    Card {
        id,
        says,
        cite: "kms/latest/APIReference/API_ListAliases.html",
        evidence: Evidence::Documented,
    }
}

const LISTS_EVERY_ALIAS: Promise<ListAliases> = Promise {
    card: documented(
        "PG-11",
        "The pages of a list together show everything once, each no more than the limit, and all \
         but the last have a marker.",
    ),
    when: always,
    make: |input, success| {
        let key = input.key_id(success.state);
        let aliases = success.state.aliases.clone();
        let name = input.list_name(success.state);
        let paging = Paging {
            list: "Aliases",
            key: "AliasName",
            name: &name,
            marker: input.marker(),
            limit: input.limit(),
            next: "NextMarker",
            truncated: "Truncated",
        };
        let wanted = success.yet_to_come(&paging, &aliases).filter(|(_, alias)| {
            let target = &alias.target.value;
            key.as_ref().is_none_or(|key| key == target)
        });
        let by_key = wanted.map(|(name, alias)| (name, alias.target.value.as_str()));
        let listed = success.listed_by_key(&paging, by_key);
        let due_to = |name: &str| aliases.get(name).map(|alias| *alias.target.by);
        // Every account has aliases of AWS managed keys, which no filter for a key of one's own
        // lets through.
        let tolerated = if key.is_none() {
            is_reserved
        } else {
            |_: &str| false
        };
        success.list_with(&paging, &listed, tolerated, &due_to);
    },
};

const SHOWS_WHAT_IT_NAMES: Promise<ListAliases> = Promise {
    card: documented(
        "ALI-09",
        "An entry of ListAliases has the alias name and ARN, the id of the key it names, and when \
         it was made and last associated with a key.",
    ),
    when: always,
    make: |_, success| {
        for name in success.listed.clone() {
            let alias = success.state.aliases.get(&name).cloned();
            if let Some(alias) = alias.filter(|alias| success.state.is_certain(&alias.target.value))
            {
                show_alias(success, &alias);
            }
        }
    },
};

fn show_alias(success: &mut Success<'_>, alias: &Alias) {
    let at = Path::of("Aliases").entry("AliasName", alias.name.as_str());
    let arn = success.state.alias_arn(&alias.name);
    success.show(&at.then("AliasArn"), arn);
    let key = alias.target.value.as_str();
    success.show_traced(&at.then("TargetKeyId"), &alias.target, key);
    success.date(&at.then("CreationDate"), alias.created, CLOCK_SKEW);
    // An update to the same key may count as a new association or not.
    let span = (alias.updated - CLOCK_SKEW)..=(success.state.now + CLOCK_SKEW);
    let updated = epoch_seconds(alias.updated);
    success.show_like(
        &at.then("LastUpdatedDate"),
        &alias.target,
        updated,
        &|shown: &Value| {
            let date = shown.as_f64().map(from_epoch_seconds);
            date.is_some_and(|date| span.contains(&date))
        },
    );
}

#[cfg(test)]
mod tests {
    use crate::belief::{Belief, Exchange, Verdict};
    use crate::operation::Service;
    use crate::reply::Reply;
    use crate::resource::Resource;
    use crate::testing::World;
    use serde_json::{Value, json};

    fn world_with_aliases(names: &[&str]) -> (World, String) {
        let mut world = World::new();
        let id = world.key(json!({}));
        for name in names {
            world.ok("CreateAlias", json!({"AliasName": name, "TargetKeyId": id}));
        }
        (world, id)
    }

    fn judge(world: &World, body: &Value, response: Value) -> Verdict {
        observe(&mut world.belief.clone(), "ListAliases", body, response)
    }

    fn observe(belief: &mut Belief, name: &str, body: &Value, response: Value) -> Verdict {
        belief.observe(&Exchange {
            operation: crate::catalog::operation(Service::Kms, name).expect("it is modelled"),
            body,
            reply: &Reply::Done(response),
            received: 0,
            certificate_fault: None,
        })
    }

    #[test]
    fn pages_together_show_every_alias_once() {
        let (mut world, _) = world_with_aliases(&["alias/a", "alias/b", "alias/c"]);
        let first = world.ok("ListAliases", json!({"Limit": 2}));
        assert_eq!(first["Aliases"].as_array().map(Vec::len), Some(2));
        let second = world.ok("ListAliases", json!({"Marker": first["NextMarker"]}));
        assert_eq!(second["Aliases"][0]["AliasName"], "alias/c");
    }

    #[test]
    fn a_filter_shows_the_aliases_of_one_key() {
        let (mut world, id) = world_with_aliases(&["alias/a", "alias/b"]);
        let other = world.key(json!({}));
        world.ok(
            "CreateAlias",
            json!({"AliasName": "alias/o", "TargetKeyId": other}),
        );
        let listed = world.ok("ListAliases", json!({"KeyId": id}));
        assert_eq!(listed["Aliases"].as_array().map(Vec::len), Some(2));
        assert_eq!(
            world.fired("ListAliases", json!({"KeyId": "x"})),
            ["KID-02"]
        );
    }

    #[test]
    fn a_marker_serves_only_the_list_that_handed_it_out() {
        let (mut world, id) = world_with_aliases(&["alias/a", "alias/b"]);
        world.key(json!({}));
        let marker = world.ok("ListAliases", json!({"Limit": 1}))["NextMarker"].clone();
        let filtered = json!({"Marker": marker, "KeyId": id});
        assert_eq!(world.fired("ListAliases", filtered), ["PG-100"]);
        let keys = world.ok("ListKeys", json!({"Limit": 1}))["NextMarker"].clone();
        assert_eq!(
            world.fired("ListAliases", json!({"Marker": keys})),
            ["PG-12"]
        );
    }

    #[test]
    fn a_limit_above_the_documented_one_may_be_refused() {
        let (mut world, _) = world_with_aliases(&["alias/a"]);
        world.ok("ListAliases", json!({"Limit": 101}));
        assert_eq!(world.fired("ListAliases", json!({"Limit": 101})), ["PG-10"]);
        assert_eq!(
            world.fired("ListAliases", json!({"Limit": 1001})),
            ["VAL-01"]
        );
    }

    #[test]
    fn aliases_of_aws_managed_keys_are_tolerated_and_strange_ones_are_not() {
        let (mut world, _) = world_with_aliases(&["alias/a"]);
        let mut listed = world.ok("ListAliases", json!({}));
        let entries = listed["Aliases"].as_array_mut().expect("a list");
        entries.push(json!({"AliasName": "alias/aws/s3"}));
        let verdict = judge(&world, &json!({}), listed.clone());
        assert!(matches!(verdict, Verdict::Conforms(_)), "{verdict:?}");
        let entries = listed["Aliases"].as_array_mut().expect("a list");
        entries.push(json!({"AliasName": "alias/strange"}));
        let verdict = judge(&world, &json!({}), listed);
        assert!(matches!(verdict, Verdict::Diverges(_)), "{verdict:?}");
    }

    #[test]
    fn a_missing_alias_is_blamed_on_the_rule_that_made_it() {
        let (world, _) = world_with_aliases(&["alias/a"]);
        let empty = json!({"Aliases": [], "Truncated": false});
        let Verdict::Diverges(found) = judge(&world, &json!({}), empty) else {
            panic!("an alias is missing");
        };
        assert_eq!(found[0].rules.first().map(|card| card.id), Some("ALI-103"));
    }

    #[test]
    fn a_new_alias_of_a_key_that_diverged_may_be_listed_or_not() {
        let (world, id) = world_with_aliases(&[]);
        let mut belief = world.belief.clone();
        belief.outside(|state| {
            state.distrusted.insert(Resource::Key(id.clone()));
        });
        let body = json!({"AliasName": "alias/a", "TargetKeyId": id});
        let made = observe(&mut belief, "CreateAlias", &body, json!({}));
        assert!(matches!(made, Verdict::Unknown(_)), "{made:?}");
        for entries in [json!([]), json!([{"AliasName": "alias/a"}])] {
            let listed = json!({"Aliases": entries, "Truncated": false});
            let verdict = observe(&mut belief, "ListAliases", &json!({}), listed);
            assert!(matches!(verdict, Verdict::Conforms(_)), "{verdict:?}");
        }
    }
}
