//! CreateGrant: lets a principal use a key.

use super::create_grant_refusals::{
    CONTEXT_NEEDS_A_SYMMETRIC_KEY, FITS_THE_KEY, FITTING_CONSTRAINTS, MANY_GRANTS,
    MORE_THAN_CREATE_GRANT, NO_OPERATIONS, ONE_CONSTRAINT, PAIRS_IN_A_KEY_STORE,
};
use super::cryptography::{Context, Cryptographic, cryptographic, dry_run, grant_tokens};
use super::key_states::{creating, disabled, pending_deletion_in_use, pending_import};
use super::lookups::{OnKey, id_lookups, other_account};
use super::principals::{NamesPrincipals, no_principal, unknown_principal};
use super::shapes::*;
use crate::card::{Card, Evidence};
use crate::input::input;
use crate::mint::Form;
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::rule::{Promise, Refusal, always};
use crate::shape::{Member, Shape};
use crate::state::{Constraints, Grant, Names, State};
use imbl::OrdSet;
use std::sync::Arc;

input! {
    /// Input of CreateGrant.
    CreateGrant, MEMBERS {
        key: String = "KeyId", KEY_ID;
        grantee: String = "GranteePrincipal", PRINCIPAL;
        retiring: Option<String> = "RetiringPrincipal", PRINCIPAL;
        operations: Vec<String> = "Operations", GRANT_OPERATIONS;
        constraints: Option<GrantConstraints> = "Constraints", GRANT_CONSTRAINTS;
        grant_tokens: Option<Vec<String>> = "GrantTokens", GRANT_TOKENS;
        name: Option<String> = "Name", GRANT_NAME;
        dry_run: Option<bool> = "DryRun", Shape::Flag;
    }
}

impl OnKey for CreateGrant {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

cryptographic!(CreateGrant);

impl NamesPrincipals for CreateGrant {
    fn principals(&self) -> impl Iterator<Item = &str> {
        let retiring = self.retiring.iter();
        std::iter::once(&self.grantee)
            .chain(retiring)
            .map(String::as_str)
    }
}

impl Operation for CreateGrant {
    const NAME: &'static str = "CreateGrant";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &id_lookups(),
        &[
            other_account(),
            grant_tokens(),
            no_principal(),
            unknown_principal(),
            pending_deletion_in_use(),
            disabled(),
            pending_import(),
            creating(),
            NO_OPERATIONS,
            MORE_THAN_CREATE_GRANT,
            FITS_THE_KEY,
            PAIRS_IN_A_KEY_STORE,
            CONTEXT_NEEDS_A_SYMMETRIC_KEY,
            FITTING_CONSTRAINTS,
            ONE_CONSTRAINT,
            MANY_GRANTS,
            dry_run(),
        ],
    ];
    const PROMISES: &'static [Promise<Self>] = &[
        A_GRANT_HAS_AN_ID,
        THE_SAME_REQUEST_GIVES_THE_SAME_GRANT,
        THE_KEY_HAS_THE_GRANT,
        A_GRANT_HAS_TOKENS,
    ];
}

const fn documented(id: &'static str, says: &'static str) -> Card {
    Card {
        id,
        says,
        cite: "kms/latest/APIReference/API_CreateGrant.html",
        evidence: Evidence::Documented,
    }
}

impl CreateGrant {
    /// The encryption contexts of its constraints.
    pub(crate) fn contexts(&self) -> impl Iterator<Item = &Context> {
        let constraints = self.constraints.iter();
        constraints
            .flat_map(|it| [&it.equals, &it.subset])
            .flatten()
    }

    /// The grant that it asks for, without an id.
    fn asked(&self, success: &crate::success::Success<'_>, key: String) -> Grant {
        Grant {
            id: success.subject.clone(),
            key,
            grantee: self.grantee.clone(),
            retiring: self.retiring.clone(),
            operations: self.operations.iter().cloned().collect(),
            constraints: self.constraints(),
            name: self.name.clone(),
            made: success.traced(success.state.now),
        }
    }

    fn constraints(&self) -> Constraints {
        let given = self.constraints.as_ref();
        Constraints {
            equals: given.and_then(|it| it.equals.clone()),
            subset: given.and_then(|it| it.subset.clone()),
        }
    }

    /// The grant that the same request made before. Only a name makes two requests the same.
    fn earlier<'s>(&self, state: &'s State) -> Option<&'s Arc<Grant>> {
        self.name.as_ref()?;
        let key = self.key_id(state)?;
        let operations: OrdSet<String> = self.operations.iter().cloned().collect();
        state.grants.values().find(|grant| {
            grant.key == key
                && grant.name == self.name
                && grant.grantee == self.grantee
                && grant.retiring == self.retiring
                && grant.operations == operations
                && grant.constraints == self.constraints()
        })
    }
}

const A_GRANT_HAS_AN_ID: Promise<CreateGrant> = Promise {
    card: documented("GR-01", "A new grant has an id of 64 hex digits."),
    when: |state, input| input.earlier(state).is_none(),
    make: |_, success| {
        let id = success.text(&Path::of("GrantId"), Form::Hex64);
        success.subject = id.unwrap_or_default();
    },
};

const THE_SAME_REQUEST_GIVES_THE_SAME_GRANT: Promise<CreateGrant> = Promise {
    card: documented(
        "GR-01a",
        "A request with a name that is sent again, with the same members, gives the grant that is \
         there already.",
    ),
    when: |state, input| input.earlier(state).is_some(),
    make: |input, success| {
        let Some(grant) = input.earlier(success.state).cloned() else {
            return;
        };
        let at = Path::of("GrantId");
        success.show(&at, grant.id.as_str());
        success.subject.clone_from(&grant.id);
        // Whoever shows another id has made another grant, which is there from now on.
        let shown = success.look(&at);
        let shown = shown.as_ref().and_then(|shown| shown.as_str());
        if let Some(id) = shown.filter(|id| !id.is_empty() && *id != grant.id) {
            id.clone_into(&mut success.subject);
            let grant = input.asked(success, grant.key.clone());
            insert(success.state, grant);
        }
    },
};

fn insert(state: &mut State, grant: Grant) {
    state.gone.remove(&grant.id);
    state.grants.insert(grant.id.clone(), Arc::new(grant));
}

const THE_KEY_HAS_THE_GRANT: Promise<CreateGrant> = Promise {
    card: documented(
        "GR-101",
        "A new grant is one of the grants of its key, and is what was asked for.",
    ),
    when: |state, input| input.earlier(state).is_none(),
    make: |input, success| {
        let key = input.key_id(success.state);
        if let Some(key) = key.filter(|_| !success.subject.is_empty()) {
            let grant = input.asked(success, key);
            insert(success.state, grant);
        }
    },
};

const A_GRANT_HAS_TOKENS: Promise<CreateGrant> = Promise {
    card: documented(
        "GR-01b",
        "Each CreateGrant gives a new token, and all tokens of a grant stand for it.",
    ),
    when: always,
    make: |_, success| {
        let token = success.text(&Path::of("GrantToken"), Form::Opaque);
        if let Some(token) = token.filter(|_| !success.subject.is_empty()) {
            let grant = success.subject.clone();
            success.state.grant_tokens.insert(token, grant);
        }
    },
};

#[cfg(test)]
mod tests {
    use super::super::store_fixture::*;
    use crate::belief::Verdict;
    use crate::reply::{Refused, Reply};
    use crate::state::KeyState;
    use crate::testing::World;
    use serde_json::{Value, json};

    const ROOT: &str = "arn:aws:iam::111122223333:root";

    fn body(key: &str) -> Value {
        json!({ "KeyId": key, "GranteePrincipal": ROOT, "Operations": ["Encrypt", "Decrypt"] })
    }

    fn with(mut body: Value, member: &str, value: Value) -> Value {
        body[member] = value;
        body
    }

    #[test]
    fn an_unavailable_key_takes_grants_and_a_disabled_one_does_not() {
        let mut world = world_with_store();
        given_key(&mut world, |key| key.reachable = given(false));
        world.ok("CreateGrant", body(KEY));
        given_key(&mut world, |key| {
            key.reachable = given(true);
            key.state = given(KeyState::Disabled);
        });
        assert_eq!(
            world.refused("CreateGrant", body(KEY)),
            ["DisabledException"]
        );
        for (state, rule) in [
            (KeyState::PendingDeletion, "KST-02"),
            (KeyState::PendingImport, "KST-05"),
        ] {
            given_key(&mut world, |key| key.state = given(state));
            assert_eq!(world.fired("CreateGrant", body(KEY)), [rule]);
        }
    }

    #[test]
    fn only_a_name_makes_the_same_request_give_the_same_grant() {
        let mut world = World::new();
        let (key, other) = (world.key(json!({})), world.key(json!({})));
        let mut id = |body: Value| world.ok("CreateGrant", body)["GrantId"].clone();
        assert_ne!(id(body(&key)), id(body(&key)));
        let named = with(body(&key), "Name", json!("some"));
        let first = id(named.clone());
        assert_eq!(id(named.clone()), first);
        let reordered = with(named.clone(), "Operations", json!(["Decrypt", "Encrypt"]));
        assert_eq!(id(reordered), first);
        for (member, value) in [
            ("Name", json!("other")),
            ("Operations", json!(["Decrypt"])),
            ("RetiringPrincipal", json!(ROOT)),
            (
                "Constraints",
                json!({ "EncryptionContextEquals": {"a": "b"} }),
            ),
            ("KeyId", json!(other)),
        ] {
            assert_ne!(id(with(named.clone(), member, value)), first, "{member}");
        }
    }

    #[test]
    fn each_token_of_a_grant_stands_for_it_and_is_a_good_one() {
        let mut world = World::new();
        let key = world.key(json!({}));
        let named = with(body(&key), "Name", json!("some"));
        let first = world.ok("CreateGrant", named.clone());
        let second = world.ok("CreateGrant", named);
        assert_ne!(first["GrantToken"], second["GrantToken"]);
        let encrypt = json!({
            "KeyId": key, "Plaintext": "YQ==",
            "GrantTokens": [first["GrantToken"], second["GrantToken"]],
        });
        assert_eq!(world.fired("Encrypt", encrypt.clone()), [""; 0]);
        world.ok("RetireGrant", json!({ "GrantToken": second["GrantToken"] }));
        assert_eq!(world.fired("Encrypt", encrypt), ["GR-03"]);
        let spent = json!({ "GrantToken": first["GrantToken"] });
        assert_eq!(world.fired("RetireGrant", spent), ["GR-03d"]);
    }

    #[test]
    fn a_good_token_must_not_be_refused() {
        let mut world = World::new();
        let key = world.key(json!({}));
        let token = world.ok("CreateGrant", body(&key))["GrantToken"].clone();
        let refused = Reply::Refused(Refused {
            error: "InvalidGrantTokenException".to_owned(),
            message: None,
            status: 400,
        });
        let encrypt =
            |token: Value| json!({ "KeyId": key, "Plaintext": "YQ==", "GrantTokens": [token] });
        let verdict = world.judged("Encrypt", &encrypt(json!("none")), &refused);
        assert!(matches!(verdict, Verdict::Conforms(_)), "{verdict:?}");
        let verdict = world.judged("Encrypt", &encrypt(token), &refused);
        assert!(matches!(verdict, Verdict::Diverges(_)), "{verdict:?}");
    }

    #[test]
    fn a_principal_is_one_that_may_be_there() {
        let mut world = World::new();
        let key = world.key(json!({}));
        let named = |text: &str| with(body(&key), "GranteePrincipal", json!(text));
        assert_eq!(world.fired("CreateGrant", named("nobody")), ["GR-06"]);
        world.refused("CreateGrant", named("nobody"));
        let role = named("arn:aws:iam::111122223333:role/some");
        assert_eq!(world.fired("CreateGrant", role.clone()), ["GR-06a"]);
        world.ok("CreateGrant", role);
        assert_eq!(
            world.fired("CreateGrant", named("111122223333")),
            ["GR-06a"]
        );
        assert_eq!(world.fired("CreateGrant", named(ROOT)), [""; 0]);
        let retiring = with(body(&key), "RetiringPrincipal", json!("nobody"));
        assert_eq!(world.fired("CreateGrant", retiring), ["GR-06"]);
    }

    #[test]
    fn another_grant_that_the_same_request_made_is_there_as_well() {
        let mut world = World::new();
        let key = world.key(json!({}));
        let named = with(body(&key), "Name", json!("some"));
        let first = world.ok("CreateGrant", named.clone());
        let other = json!({ "GrantId": "f".repeat(64), "GrantToken": "other" });
        let verdict = world.judged("CreateGrant", &named, &Reply::Done(other.clone()));
        let Verdict::Diverges(divergence) = verdict else {
            panic!("{verdict:?}");
        };
        assert_eq!(divergence[0].rules[0].id, "GR-01a");
        // Retiring the second one leaves the first.
        let retire = json!({ "GrantToken": other["GrantToken"] });
        let verdict = world.judged("RetireGrant", &retire, &Reply::Done(json!({})));
        assert!(matches!(verdict, Verdict::Conforms(_)), "{verdict:?}");
        let token = json!({ "GrantToken": first["GrantToken"] });
        assert_eq!(world.belief.states()[0].grants.len(), 1);
        let verdict = world.judged("RetireGrant", &token, &Reply::Done(json!({})));
        assert!(matches!(verdict, Verdict::Conforms(_)), "{verdict:?}");
    }

    #[test]
    fn a_dry_run_makes_nothing() {
        let mut world = World::new();
        let key = world.key(json!({}));
        let rehearsal = with(body(&key), "DryRun", json!(true));
        let refused = world.refused("CreateGrant", rehearsal);
        assert_eq!(refused, ["DryRunOperationException"]);
        let listed = world.ok("ListGrants", json!({ "KeyId": key }));
        assert_eq!(listed["Grants"], json!([]));
    }

    #[test]
    fn after_a_lost_reply_nothing_is_expected_of_the_grants_of_the_key() {
        let mut world = World::new();
        let key = world.key(json!({}));
        world.judged(
            "CreateGrant",
            &body(&key),
            &Reply::Lost("timeout".to_owned()),
        );
        let shown = json!({ "Grants": [{"GrantId": "f".repeat(64)}], "Truncated": false });
        for (name, asked) in [
            ("ListGrants", json!({ "KeyId": key })),
            ("ListRetirableGrants", json!({ "RetiringPrincipal": ROOT })),
        ] {
            let verdict = world.judged(name, &asked, &Reply::Done(shown.clone()));
            assert!(!matches!(verdict, Verdict::Diverges(_)), "{verdict:?}");
        }
    }
}
