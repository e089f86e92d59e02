//! ListKeys: the ids and ARNs of all keys, page by page.

use super::pages::{OnPages, unknown_marker};
use super::shapes::{LIMIT, MARKER};
use crate::card::{Card, Evidence};
use crate::input::input;
use crate::lists::Paging;
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::rule::{Promise, Refusal, always};
use crate::shape::Member;
use crate::state::State;

input! {
    /// Input of ListKeys.
    ListKeys, MEMBERS {
        limit: Option<i64> = "Limit", LIMIT;
        marker: Option<String> = "Marker", MARKER;
    }
}

impl OnPages for ListKeys {
    const DOCUMENTED_LIMIT: i64 = 1000;
    const USUAL_LIMIT: i64 = 100;

    fn marker(&self) -> Option<&str> {
        self.marker.as_deref()
    }

    fn given_limit(&self) -> Option<i64> {
        self.limit
    }

    fn list_name(&self, _: &State) -> String {
        Self::NAME.to_owned()
    }
}

impl Operation for ListKeys {
    const NAME: &'static str = "ListKeys";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[&[unknown_marker()]];
    const PROMISES: &'static [Promise<Self>] = &[LISTS_EVERY_KEY, NAMES_KEYS_BY_ID_AND_ARN];
}

const fn documented(id: &'static str, says: &'static str) -> Card {
    Card {
        id,
        says,
        cite: "kms/latest/APIReference/API_ListKeys.html",
        evidence: Evidence::Documented,
    }
}

const LISTS_EVERY_KEY: Promise<ListKeys> = Promise {
    card: documented(
        "PG-11",
        "The pages of a list together show everything once, each no more than the limit, and all \
         but the last have a marker.",
    ),
    when: always,
    make: |input, success| {
        let name = input.list_name(success.state);
        let paging = Paging {
            list: "Keys",
            key: "KeyId",
            name: &name,
            marker: input.marker(),
            limit: input.limit(),
            next: "NextMarker",
            truncated: "Truncated",
        };
        let keys = success.yet_to_come(&paging, &success.state.keys);
        let keys = keys.map(|(id, _)| (id, id.as_str()));
        let listed = success.listed_by_key(&paging, keys);
        success.list(&paging, &listed);
    },
};

const NAMES_KEYS_BY_ID_AND_ARN: Promise<ListKeys> = Promise {
    card: documented(
        "KID-11",
        "An entry of ListKeys has the id of a key and its ARN.",
    ),
    when: always,
    make: |_, success| {
        for id in success.listed.clone() {
            if success.state.is_certain(&id) {
                let at = Path::of("Keys").entry("KeyId", id.as_str());
                let arn = success.state.key_arn(&id);
                success.show(&at.then("KeyArn"), arn);
            }
        }
    },
};

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use crate::time::DAY;
    use serde_json::json;

    fn world_with_keys(count: usize) -> World {
        let mut world = World::new();
        for _ in 0..count {
            world.ok("CreateKey", json!({}));
        }
        world
    }

    #[test]
    fn pages_together_show_every_key_once() {
        let mut world = world_with_keys(5);
        let first = world.ok("ListKeys", json!({"Limit": 3}));
        assert_eq!(first["Truncated"], true);
        let rest = json!({"Limit": 100, "Marker": first["NextMarker"]});
        let second = world.ok("ListKeys", rest);
        assert_eq!(second["Truncated"], false);
        assert!(second.get("NextMarker").is_none());
        let count = |page: &serde_json::Value| page["Keys"].as_array().map_or(0, Vec::len);
        assert_eq!((count(&first), count(&second)), (3, 2));
    }

    #[test]
    fn a_page_has_a_hundred_keys_unless_the_limit_says_otherwise() {
        let page = world_with_keys(101).ok("ListKeys", json!({}));
        assert_eq!(page["Keys"].as_array().map(Vec::len), Some(100));
    }

    #[test]
    fn a_marker_that_nobody_handed_out_is_refused() {
        let refused = world_with_keys(1).refused("ListKeys", json!({"Marker": "m"}));
        assert_eq!(refused, ["InvalidMarkerException"]);
    }

    #[test]
    fn a_key_that_came_between_two_pages_may_be_shown_or_not() {
        let mut world = world_with_keys(2);
        let first = world.ok("ListKeys", json!({"Limit": 1}));
        world.ok("CreateKey", json!({}));
        world.ok("ListKeys", json!({"Marker": first["NextMarker"]}));
    }

    #[test]
    fn a_key_whose_waiting_period_is_over_is_not_listed() {
        let mut world = world_with_keys(1);
        let id = world.ok("ListKeys", json!({}))["Keys"][0]["KeyId"].clone();
        world.ok(
            "ScheduleKeyDeletion",
            json!({"KeyId": id, "PendingWindowInDays": 7}),
        );
        let listed = world.ok("ListKeys", json!({}));
        assert_eq!(listed["Keys"][0]["KeyId"], id);
        world.advance(9 * DAY);
        assert_eq!(world.ok("ListKeys", json!({}))["Keys"], json!([]));
    }
}
