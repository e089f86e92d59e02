//! How AWS refuses a key that it cannot find.

use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::{AccessDenied, InvalidArn, NotFound, Validation};
use crate::path::Path;
use crate::rule::{Promise, Refusal, Stage, always, must};
use crate::state::{Key, KeyLookup, Names, State};
use std::sync::Arc;

/// An operation that names one key.
pub(crate) trait OnKey: 'static {
    /// Which names it accepts.
    const NAMES: Names;

    /// The name it was given.
    fn key_name(&self) -> &str;

    /// What that name leads to; `None` where the request may leave it out and does.
    fn key_lookup(&self, state: &State) -> Option<KeyLookup> {
        Some(state.look_up(self.key_name(), Self::NAMES))
    }

    /// The id of the key it names, if there is one.
    fn key_id(&self, state: &State) -> Option<String> {
        match self.key_lookup(state)? {
            KeyLookup::Found(id) => Some(id),
            _ => None,
        }
    }

    /// The key it works on: the one it names, if it is there.
    fn key<'s>(&self, state: &'s State) -> Option<&'s Arc<Key>> {
        state.keys.get(&self.key_id(state)?)
    }
}

fn leads_to<Op: OnKey>(state: &State, input: &Op, wanted: &KeyLookup) -> bool {
    input.key_lookup(state).as_ref() == Some(wanted)
}

/// The response shows the ARN of the key, by whatever name the request called it.
pub(crate) const fn shows_the_arn<Op: OnKey>(card: Card) -> Promise<Op> {
    Promise {
        card,
        when: always,
        make: |input, success| {
            if let Some(key) = input.key_id(success.state) {
                let arn = success.state.key_arn(&key);
                success.show(&Path::of("KeyId"), arn);
            }
        },
    }
}

/// The ways in which a name leads to no key, where all four forms of names are accepted.
pub(crate) const fn key_lookups<Op: OnKey>() -> [Refusal<Op>; 6] {
    [
        malformed(),
        unknown(),
        other_region(),
        malformed_id_in_arn(),
        unknown_alias(),
        broken_arn(),
    ]
}

/// The ways in which a name leads to no key, where only key ids and key ARNs are accepted.
pub(crate) const fn id_lookups<Op: OnKey>() -> [Refusal<Op>; 6] {
    [
        malformed(),
        unknown(),
        other_region(),
        malformed_id_in_arn(),
        alias_not_accepted(),
        broken_arn(),
    ]
}

const fn malformed<Op: OnKey>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "KID-02",
            says: "What is neither a key id nor an ARN nor an alias is not found.",
            cite: "recording LocalStack test_kms test_get_key_invalid_uuid",
            evidence: Evidence::Observed,
        },
        stage: Stage::Lookup,
        error: must(&[NotFound]).saying(|_, input| format!("Invalid keyId '{}'", input.key_name())),
        when: |state, input| leads_to(state, input, &KeyLookup::Malformed),
    }
}

const fn unknown<Op: OnKey>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "KID-03",
            says: "A well-formed key id or ARN without a key behind it is not found.",
            cite: "kms/latest/APIReference/API_DescribeKey.html",
            evidence: Evidence::Documented,
        },
        stage: Stage::Lookup,
        error: must(&[NotFound]).saying(|state, input| {
            let id = input.key_name().rsplit('/').next().unwrap_or_default();
            format!("Key '{}' does not exist", state.key_arn(id))
        }),
        when: |state, input| leads_to(state, input, &KeyLookup::Unknown),
    }
}

const fn other_region<Op: OnKey>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "KID-04",
            says: "A key ARN of another Region is not found.",
            cite: "recording LocalStack test_kms test_get_key_in_different_region",
            evidence: Evidence::Observed,
        },
        stage: Stage::Lookup,
        error: must(&[NotFound]).saying(|_, input| {
            format!(
                "Invalid arn {}",
                input.key_name().split(':').nth(3).unwrap_or_default()
            )
        }),
        when: |state, input| leads_to(state, input, &KeyLookup::OtherRegion),
    }
}

const fn malformed_id_in_arn<Op: OnKey>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "KID-05",
            says: "A key ARN whose id is malformed is not found.",
            cite: "recording floci/kms-measured-order",
            evidence: Evidence::SecondHand,
        },
        stage: Stage::Lookup,
        error: must(&[NotFound, InvalidArn]).saying(|_, input| {
            let id = input.key_name().rsplit('/').next().unwrap_or_default();
            format!("Invalid keyId {id}")
        }),
        when: |state, input| leads_to(state, input, &KeyLookup::MalformedIdInArn),
    }
}

const fn unknown_alias<Op: OnKey>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "KID-06",
            says: "An alias that does not exist is not found.",
            cite: "recording cloud-custodian placebo.kms",
            evidence: Evidence::Observed,
        },
        stage: Stage::Lookup,
        error: must(&[NotFound]).saying(|state, input| {
            let name = input.key_name();
            let name = name
                .find("alias/")
                .and_then(|start| name.get(start..))
                .unwrap_or(name);
            format!("Alias {} is not found.", state.alias_arn(name))
        }),
        when: |state, input| leads_to(state, input, &KeyLookup::UnknownAlias),
    }
}

const fn broken_arn<Op: OnKey>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "KID-07",
            says: "A broken ARN is refused.",
            cite: "kms/latest/APIReference/API_DescribeKey.html",
            evidence: Evidence::Inferred,
        },
        stage: Stage::Lookup,
        error: must(&[InvalidArn, NotFound, Validation]),
        when: |state, input| leads_to(state, input, &KeyLookup::BrokenArn),
    }
}

const fn alias_not_accepted<Op: OnKey>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "KID-09",
            says: "An alias is refused where only a key id or key ARN is accepted.",
            cite: "kms/latest/developerguide/find-cmk-id-arn.html",
            evidence: Evidence::Documented,
        },
        stage: Stage::Lookup,
        error: must(&[NotFound, Validation, InvalidArn])
            .saying(|_, input| format!("Invalid keyId {}", input.key_name())),
        when: |state, input| leads_to(state, input, &KeyLookup::AliasNotAccepted),
    }
}

/// A key of another account is out of reach: nobody granted anything.
pub(crate) const fn other_account<Op: OnKey>() -> Refusal<Op> {
    Refusal {
        card: Card {
            id: "KID-10",
            says: "A key of another account that grants nothing is out of reach.",
            cite: "kms/latest/developerguide/key-policy-modifying-external-accounts.html",
            evidence: Evidence::Documented,
        },
        stage: Stage::Lookup,
        error: must(&[AccessDenied, NotFound, Validation, InvalidArn]),
        when: |state, input| leads_to(state, input, &KeyLookup::OtherAccount),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use serde_json::json;

    const UNKNOWN: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

    /// What AWS answers to a key name, where aliases are accepted and where they are not.
    fn fired(name: &str) -> [Vec<&'static str>; 2] {
        let body = json!({ "KeyId": name });
        ["DescribeKey", "EnableKey"].map(|operation| World::new().fired(operation, body.clone()))
    }

    #[test]
    fn what_has_no_form_of_a_name_is_not_found() {
        for name in ["x", "mrk-fake-key-id", "1234abcd12ab34cd56ef1234567890ab"] {
            assert_eq!(fired(name), [["KID-02"], ["KID-02"]]);
        }
    }

    #[test]
    fn a_well_formed_name_without_a_key_is_not_found() {
        let arn = format!("arn:aws:kms:us-east-1:111122223333:key/{UNKNOWN}");
        for name in [UNKNOWN, "mrk-1234abcd12ab34cd56ef1234567890ab", &arn] {
            assert_eq!(fired(name), [["KID-03"], ["KID-03"]]);
        }
    }

    #[test]
    fn an_arn_of_another_region_is_not_found() {
        let arn = format!("arn:aws:kms:us-west-2:111122223333:key/{UNKNOWN}");
        assert_eq!(fired(&arn), [["KID-04"], ["KID-04"]]);
    }

    #[test]
    fn an_arn_with_a_malformed_id_is_not_found() {
        let arn = "arn:aws:kms:us-east-1:111122223333:key/x";
        assert_eq!(fired(arn), [["KID-05"], ["KID-05"]]);
    }

    #[test]
    fn an_alias_is_not_found_or_not_accepted() {
        for region in ["us-east-1", "us-west-2"] {
            let arn = format!("arn:aws:kms:{region}:111122223333:alias/a");
            assert_eq!(fired(&arn)[1], ["KID-09"]);
        }
        assert_eq!(fired("alias/a"), [["KID-06"], ["KID-09"]]);
    }

    #[test]
    fn a_broken_arn_is_refused() {
        for arn in [
            "arn:",
            "arn:aws:s3:::bucket",
            "arn:aws:kms:us-east-1:111122223333:other/x",
            "arn:aws:kms:us-west-2:111122223333:other/x",
            "arn:aws-cn:kms:us-east-1:111122223333:key/x",
        ] {
            assert_eq!(fired(arn), [["KID-07"], ["KID-07"]]);
        }
    }

    #[test]
    fn a_key_of_another_account_is_out_of_reach() {
        let arn = format!("arn:aws:kms:us-east-1:444455556666:key/{UNKNOWN}");
        assert_eq!(fired(&arn), [["KID-10"], ["KID-10"]]);
    }

    #[test]
    fn a_key_is_found_by_each_of_its_names() {
        let mut world = World::new();
        let id = world.key(json!({}));
        let alias = json!({"AliasName": "alias/a", "TargetKeyId": id});
        world.ok("CreateAlias", alias);
        let account = world.state.account.clone();
        for name in [
            account.arn("kms", &format!("key/{id}")),
            account.arn("kms", "alias/a"),
            "alias/a".to_owned(),
            id.clone(),
        ] {
            let shown = world.ok("DescribeKey", json!({ "KeyId": name }));
            assert_eq!(shown["KeyMetadata"]["KeyId"], json!(id));
        }
    }
}
