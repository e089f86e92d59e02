//! RevokeGrant: takes a grant away from its key.

use super::cryptography::{Cryptographic, dry_run};
use super::grants::{OnGrant, delete_grant, malformed_grant_id, unknown_grant};
use super::lookups::{OnKey, id_lookups, other_account};
use super::shapes::*;
use crate::card::{Card, Evidence};
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::rule::{Promise, Refusal, always};
use crate::shape::{Member, Shape};
use crate::state::Names;

input! {
    /// Input of RevokeGrant.
    RevokeGrant, MEMBERS {
        key: String = "KeyId", KEY_ID;
        grant: String = "GrantId", GRANT_ID;
        dry_run: Option<bool> = "DryRun", Shape::Flag;
    }
}

impl OnKey for RevokeGrant {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl Cryptographic for RevokeGrant {
    fn is_dry_run(&self) -> bool {
        self.dry_run == Some(true)
    }

    fn grant_tokens(&self) -> &[String] {
        &[]
    }
}

impl OnGrant for RevokeGrant {
    fn grant_id(&self) -> Option<&str> {
        Some(&self.grant)
    }
}

impl Operation for RevokeGrant {
    const NAME: &'static str = "RevokeGrant";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &id_lookups(),
        &[
            other_account(),
            unknown_grant(),
            malformed_grant_id(),
            dry_run(),
        ],
    ];
    const PROMISES: &'static [Promise<Self>] = &[REVOKES_THE_GRANT];
    const EMPTY_BODY: bool = true;
}

const IS_REVOKED: Card = Card {
    id: "GR-106",
    says: "A revoked grant is none of the grants of its key any more, whatever the state of the key \
           is, and the others stay.",
    cite: "kms/latest/APIReference/API_RevokeGrant.html",
    evidence: Evidence::Documented,
};

const REVOKES_THE_GRANT: Promise<RevokeGrant> = Promise {
    card: IS_REVOKED,
    when: always,
    make: |input, success| delete_grant(success.state, &input.grant, IS_REVOKED),
};

#[cfg(test)]
mod tests {
    use crate::testing::World;
    use serde_json::{Value, json};

    const ROOT: &str = "arn:aws:iam::111122223333:root";

    fn world_with_grant() -> (World, String, Value) {
        let mut world = World::new();
        let key = world.key(json!({}));
        let body = json!({ "KeyId": key, "GranteePrincipal": ROOT, "Operations": ["Decrypt"] });
        world.ok("CreateGrant", body.clone());
        let made = world.ok("CreateGrant", body);
        (world, key, made)
    }

    #[test]
    fn its_key_must_be_there() {
        let refused = World::new().refused(
            "RevokeGrant",
            json!({"KeyId": "0a1b2c3d-0000-0000-0000-0a1b2c3d4e5f", "GrantId": "0".repeat(64)}),
        );
        assert_eq!(refused, ["NotFoundException"]);
    }

    #[test]
    fn a_revoked_grant_is_gone_and_the_other_stays() {
        let (mut world, key, made) = world_with_grant();
        let body = json!({ "KeyId": key, "GrantId": made["GrantId"] });
        assert_eq!(world.ok("RevokeGrant", body.clone()), json!({}));
        let listed = world.ok("ListGrants", json!({ "KeyId": key }));
        assert_eq!(listed["Grants"].as_array().map(Vec::len), Some(1));
        assert_eq!(world.fired("RevokeGrant", body), ["GR-03a"]);
    }

    #[test]
    fn a_grant_is_revoked_in_every_state_of_its_key() {
        let (mut world, key, made) = world_with_grant();
        world.ok("ScheduleKeyDeletion", json!({ "KeyId": key }));
        let body = json!({ "KeyId": key, "GrantId": made["GrantId"] });
        world.ok("RevokeGrant", body);
    }

    #[test]
    fn a_grant_is_revoked_by_its_own_key_and_id_only() {
        let (mut world, key, made) = world_with_grant();
        let other = world.key(json!({}));
        let body = json!({ "KeyId": other, "GrantId": made["GrantId"] });
        assert_eq!(world.fired("RevokeGrant", body.clone()), ["GR-03a"]);
        world.refused("RevokeGrant", body);
        let malformed = json!({ "KeyId": key, "GrantId": "a" });
        assert_eq!(world.fired("RevokeGrant", malformed), ["GR-03b"]);
    }

    #[test]
    fn a_dry_run_revokes_nothing() {
        let (mut world, key, made) = world_with_grant();
        let body = json!({ "KeyId": key, "GrantId": made["GrantId"], "DryRun": true });
        assert_eq!(
            world.refused("RevokeGrant", body),
            ["DryRunOperationException"]
        );
    }
}
