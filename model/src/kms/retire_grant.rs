//! RetireGrant: takes a grant away, which a token or the key and the id name.

use super::cryptography::{Cryptographic, dry_run};
use super::grants::{OnGrant, delete_grant, malformed_grant_id, unknown_grant};
use super::lookups::{OnKey, id_lookups, other_account};
use super::shapes::*;
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::*;
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal, Stage, always, may, must};
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
    // The page demands an ARN in one place and takes an id as well in another; AWS was recorded to
    // take both: LocalStack test_retire_grant_with_grant_id_and_key_id.
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

impl Cryptographic for RetireGrant {
    fn is_dry_run(&self) -> bool {
        self.dry_run == Some(true)
    }

    fn grant_tokens(&self) -> &[String] {
        &[]
    }
}

impl OnGrant for RetireGrant {
    fn grant_id(&self) -> Option<&str> {
        self.grant.as_deref().filter(|_| self.token.is_none())
    }
}

impl Operation for RetireGrant {
    const NAME: &'static str = "RetireGrant";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &id_lookups(),
        &[
            other_account(),
            NAMES_A_GRANT,
            unknown_grant(),
            malformed_grant_id(),
            STRANGE_TOKEN,
            TOKEN_OF_ANOTHER_REGION,
            SPENT_TOKEN,
            NAMES_IT_TWICE,
            NAMES_TWO_GRANTS,
            dry_run(),
        ],
    ];
    const PROMISES: &'static [Promise<Self>] = &[RETIRES_THE_GRANT];
    const EMPTY_BODY: bool = true;
}

const fn documented(id: &'static str, says: &'static str) -> Card {
    Card {
        id,
        says,
        cite: "kms/latest/APIReference/API_RetireGrant.html",
        evidence: Evidence::Documented,
    }
}

impl RetireGrant {
    /// The id of the grant that the token stands for, whether it is still there or not.
    fn id_by_token<'s>(&self, state: &'s State) -> Option<&'s String> {
        state.grant_tokens.get(self.token.as_ref()?)
    }

    /// The id of the grant that is to be retired.
    fn id(&self, state: &State) -> Option<String> {
        match &self.token {
            Some(_) => self.id_by_token(state).cloned(),
            None => self.grant.clone(),
        }
    }

    /// Whether what stands beside the token names the grant of the token.
    fn agrees(&self, state: &State) -> bool {
        let grant = self.id_by_token(state).and_then(|id| state.grants.get(id));
        grant.is_some_and(|grant| {
            let key = |name: &String| state.look_up(name, Self::NAMES);
            let found = KeyLookup::Found(grant.key.clone());
            self.grant.as_ref().is_none_or(|id| *id == grant.id)
                && self.key.as_ref().is_none_or(|name| key(name) == found)
        })
    }

    fn has_more_than_a_token(&self) -> bool {
        self.token.is_some() && (self.key.is_some() || self.grant.is_some())
    }
}

const NAMES_A_GRANT: Refusal<RetireGrant> = Refusal {
    card: documented(
        "GR-07",
        "RetireGrant needs a token, or both a key and a grant id; which error it answers otherwise \
         is not said.",
    ),
    stage: Stage::Condition,
    error: must(&[
        Validation,
        InvalidGrantToken,
        InvalidGrantId,
        InvalidArn,
        NotFound,
    ]),
    when: |_, input| input.token.is_none() && (input.key.is_none() || input.grant.is_none()),
};

const STRANGE_TOKEN: Refusal<RetireGrant> = Refusal {
    card: documented("GR-03c", "A token that stands for no grant is not valid."),
    stage: Stage::Condition,
    error: must(&[InvalidGrantToken]),
    when: |state, input| {
        let token = input.token.as_ref();
        token.is_some_and(|token| {
            !state.grant_tokens.contains_key(token) && !state.has_token_elsewhere(token)
        })
    },
};

const TOKEN_OF_ANOTHER_REGION: Refusal<RetireGrant> = Refusal {
    card: Card {
        evidence: Evidence::Inferred,
        ..documented(
            "GR-03e",
            "The token of a grant in another Region retires nothing here; which error it answers is \
             not said.",
        )
    },
    stage: Stage::Condition,
    error: must(&[
        InvalidGrantToken,
        NotFound,
        InvalidGrantId,
        InvalidArn,
        Validation,
        AccessDenied,
    ]),
    when: |state, input| {
        let token = input.token.as_ref();
        token.is_some_and(|token| {
            !state.grant_tokens.contains_key(token) && state.has_token_elsewhere(token)
        })
    },
};

const SPENT_TOKEN: Refusal<RetireGrant> = Refusal {
    card: documented(
        "GR-03d",
        "The token of a grant that is gone retires nothing: the token is not valid, or the grant is \
         not found.",
    ),
    stage: Stage::Condition,
    error: must(&[InvalidGrantToken, NotFound]),
    when: |state, input| {
        let id = input.id_by_token(state);
        id.is_some_and(|id| !state.grants.contains_key(id))
    },
};

const NAMES_IT_TWICE: Refusal<RetireGrant> = Refusal {
    card: documented(
        "GR-07a",
        "A token beside a key or a grant id, where one of the two is enough, may be refused.",
    ),
    stage: Stage::Condition,
    error: may(&[Validation]),
    when: |state, input| input.has_more_than_a_token() && input.agrees(state),
};

const NAMES_TWO_GRANTS: Refusal<RetireGrant> = Refusal {
    card: Card {
        id: "GR-07b",
        says: "A token beside a key or a grant id that is none of its grant contradicts itself.",
        cite: "kms/latest/APIReference/API_RetireGrant.html",
        evidence: Evidence::Inferred,
    },
    stage: Stage::Condition,
    error: must(&[
        Validation,
        NotFound,
        InvalidGrantId,
        InvalidGrantToken,
        InvalidArn,
    ]),
    when: |state, input| input.has_more_than_a_token() && !input.agrees(state),
};

const IS_RETIRED: Card = documented(
    "GR-107",
    "A retired grant is none of the grants of its key any more, whatever the state of the key is, \
     and the others stay.",
);

const RETIRES_THE_GRANT: Promise<RetireGrant> = Promise {
    card: IS_RETIRED,
    when: always,
    make: |input, success| {
        if let Some(id) = input.id(success.state) {
            delete_grant(success.state, &id, IS_RETIRED);
        }
    },
};

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use serde_json::{Value, json};

    const ROOT: &str = "arn:aws:iam::111122223333:root";

    fn world_with_grants() -> (World, String, [Value; 2]) {
        let mut world = World::new();
        let key = world.key(json!({}));
        let body = json!({ "KeyId": key, "GranteePrincipal": ROOT, "Operations": ["Decrypt"] });
        let made = [(); 2].map(|()| world.ok("CreateGrant", body.clone()));
        (world, key, made)
    }

    fn left(world: &mut World, key: &str) -> Value {
        let listed = world.ok("ListGrants", json!({ "KeyId": key }));
        let ids = listed["Grants"].as_array().unwrap().iter();
        ids.map(|entry| entry["GrantId"].clone()).collect()
    }

    #[test]
    fn its_key_must_be_there() {
        let refused = World::new().refused(
            "RetireGrant",
            json!({"KeyId": "0a1b2c3d-0000-0000-0000-0a1b2c3d4e5f", "GrantId": "0".repeat(64)}),
        );
        assert_eq!(refused, ["NotFoundException"]);
    }

    #[test]
    fn a_token_retires_its_grant_once() {
        let (mut world, key, [one, other]) = world_with_grants();
        let body = json!({ "GrantToken": one["GrantToken"] });
        assert_eq!(world.ok("RetireGrant", body.clone()), json!({}));
        assert_eq!(left(&mut world, &key), json!([other["GrantId"]]));
        assert_eq!(world.fired("RetireGrant", body.clone()), ["GR-03d"]);
        world.refused("RetireGrant", body);
        let strange = json!({ "GrantToken": "no token" });
        assert_eq!(world.fired("RetireGrant", strange), ["GR-03c"]);
    }

    #[test]
    fn which_error_a_token_of_another_region_answers_is_open() {
        let (mut world, _, [one, _]) = world_with_grants();
        world.turn_to("eu-west-1");
        let body = json!({ "GrantToken": one["GrantToken"] });
        assert_eq!(world.fired("RetireGrant", body.clone()), ["GR-03e"]);
        let refused = world.refused("RetireGrant", body);
        for allowed in ["InvalidGrantTokenException", "NotFoundException"] {
            assert!(refused.contains(&allowed), "{refused:?}");
        }
    }

    #[test]
    fn a_key_and_a_grant_id_retire_a_grant_in_every_state_of_the_key() {
        let (mut world, key, [one, other]) = world_with_grants();
        let body = json!({ "KeyId": key, "GrantId": one["GrantId"] });
        world.ok("RetireGrant", body.clone());
        assert_eq!(world.fired("RetireGrant", body), ["GR-03a"]);
        world.ok("ScheduleKeyDeletion", json!({ "KeyId": key }));
        let arn = world.state.key_arn(&key);
        let body = json!({ "KeyId": arn, "GrantId": other["GrantId"] });
        world.ok("RetireGrant", body);
        assert_eq!(left(&mut world, &key), json!([]));
        let malformed = json!({ "KeyId": key, "GrantId": "a" });
        assert_eq!(world.fired("RetireGrant", malformed), ["GR-03b"]);
    }

    #[test]
    fn without_a_token_it_needs_both_a_key_and_a_grant_id() {
        let (mut world, key, [one, _]) = world_with_grants();
        for body in [
            json!({}),
            json!({ "KeyId": key }),
            json!({ "GrantId": one["GrantId"] }),
        ] {
            assert_eq!(world.fired("RetireGrant", body.clone()), ["GR-07"]);
            world.refused("RetireGrant", body);
        }
    }

    #[test]
    fn what_stands_beside_a_token_must_not_contradict_it() {
        let (mut world, key, [one, other]) = world_with_grants();
        let twice = json!({ "GrantToken": one["GrantToken"], "KeyId": key });
        assert_eq!(world.fired("RetireGrant", twice.clone()), ["GR-07a"]);
        let two = json!({ "GrantToken": one["GrantToken"], "GrantId": other["GrantId"] });
        assert_eq!(world.fired("RetireGrant", two.clone()), ["GR-07b"]);
        world.refused("RetireGrant", two);
        world.ok("RetireGrant", twice);
        assert_eq!(left(&mut world, &key), json!([other["GrantId"]]));
    }

    #[test]
    fn a_dry_run_retires_nothing() {
        let (mut world, key, [one, _]) = world_with_grants();
        let body = json!({ "GrantToken": one["GrantToken"], "DryRun": true });
        assert_eq!(
            world.refused("RetireGrant", body),
            ["DryRunOperationException"]
        );
        assert_eq!(left(&mut world, &key).as_array().map(Vec::len), Some(2));
    }
}
