//! ReplicateKey: puts a multi-Region key into another Region.

use super::key_states::{
    creating, disabled, key_of, pending_deletion_in_use, pending_import, updating,
};
use super::lookups::{OnKey, id_lookups, other_account};
use super::metadata;
use super::policy::{BringsPolicy, default_policy, policy_rules};
use super::policy_document::mean_the_same;
use super::regions::{is_open, primary_only};
use super::shapes::*;
use super::store_limits::multi_region_only;
use super::tags::{BringsTags, tag_rules};
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::{
    AccessDenied, AlreadyExists, NotFound, UnsupportedOperation, Validation,
};
use crate::input::input;
use crate::operation::{Operation, Service};
use crate::path::Path;
use crate::resource::Resource;
use crate::rule::{Promise, Refusal, Stage, always, may, must};
use crate::shape::{Member, Shape};
use crate::state::{Key, KeyState, MultiRegion, Names, Origin, Transient, partition_of};
use crate::success::Success;
use crate::time::MINUTE;
use imbl::OrdMap;
use serde_json::{Value, json};
use std::sync::Arc;

input! {
    /// Input of ReplicateKey.
    ReplicateKey, MEMBERS {
        key: String = "KeyId", KEY_ID;
        region: String = "ReplicaRegion", REGION;
        policy: Option<String> = "Policy", POLICY;
        bypass: Option<bool> = "BypassPolicyLockoutSafetyCheck", Shape::Flag;
        description: Option<String> = "Description", DESCRIPTION;
        tags: Option<Vec<Tag>> = "Tags", TAGS;
    }
}

const API: &str = "kms/latest/APIReference/API_ReplicateKey.html";

const fn documented(id: &'static str, says: &'static str) -> Card {
    Card {
        id,
        says,
        cite: API,
        evidence: Evidence::Documented,
    }
}

impl OnKey for ReplicateKey {
    const NAMES: Names = Names::IdOrArn;

    fn key_name(&self) -> &str {
        &self.key
    }
}

impl BringsTags for ReplicateKey {
    fn tags(&self) -> &[Tag] {
        self.tags.as_deref().unwrap_or_default()
    }
}

impl BringsPolicy for ReplicateKey {
    fn policy(&self) -> Option<&str> {
        self.policy.as_deref()
    }

    fn bypasses_lockout_check(&self) -> bool {
        self.bypass == Some(true)
    }
}

impl Operation for ReplicateKey {
    const NAME: &'static str = "ReplicateKey";
    const SERVICE: Service = Service::Kms;
    const MEMBERS: &'static [Member] = MEMBERS;
    const REFUSALS: &'static [&'static [Refusal<Self>]] = &[
        &id_lookups(),
        &[
            other_account(),
            multi_region_only(),
            creating(),
            primary_only(),
            pending_deletion_in_use(),
            disabled(),
            pending_import(),
            updating(),
            REGION_IS_ANOTHER,
            REGION_HAS_NONE,
            SAME_PARTITION,
            REGION_IS_OPEN,
        ],
        &tag_rules(),
        &policy_rules(),
    ];
    const PROMISES: &'static [Promise<Self>] = &[
        A_REPLICA,
        DESCRIPTION_IS_ITS_OWN,
        TAGS_ARE_ITS_OWN,
        POLICY_IS_ITS_OWN,
        WAITS_FOR_THE_SAME_MATERIAL,
        SHOWS_STATE,
        SHOWS_REGIONS,
    ];
}

const REGION_IS_ANOTHER: Refusal<ReplicateKey> = Refusal {
    card: documented("MR-02", "The Region of a primary key has no replica key."),
    stage: Stage::Condition,
    error: must(&[Validation, AlreadyExists, UnsupportedOperation]).saying(|_, input| {
        format!(
            "{} cannot have a replica because it contains the primary.",
            input.region
        )
    }),
    when: |state, input| input.region == state.account.region,
};

const REGION_HAS_NONE: Refusal<ReplicateKey> = Refusal {
    card: documented(
        "MR-03",
        "A Region has one related key at the most, whatever state that key is in.",
    ),
    stage: Stage::Condition,
    error: must(&[AlreadyExists]),
    when: |state, input| {
        key_of(state, input).is_some_and(|key| {
            let mut related = state.related(&key.id);
            related.any(|(region, _)| region == input.region)
        })
    },
};

const SAME_PARTITION: Refusal<ReplicateKey> = Refusal {
    card: documented(
        "MR-04",
        "A replica key is in the partition of its primary key.",
    ),
    stage: Stage::Condition,
    error: must(&[Validation, UnsupportedOperation, NotFound, AccessDenied]).saying(|_, _| {
        "The replica key Region must be in the same AWS partition as the primary key Region."
            .to_owned()
    }),
    when: |state, input| partition_of(&input.region) != state.account.partition,
};

const REGION_IS_OPEN: Refusal<ReplicateKey> = Refusal {
    card: documented(
        "MR-05",
        "A Region that does not exist, or that is not open to every account, may be refused.",
    ),
    stage: Stage::Condition,
    error: may(&[Validation, UnsupportedOperation, NotFound, AccessDenied]),
    when: |_, input| !is_open(&input.region),
};

const A_REPLICA: Promise<ReplicateKey> = Promise {
    card: documented(
        "MR-06",
        "A replica key has the id, the spec, the usage and the origin of its primary key, the material \
         that AWS KMS made for that, and an ARN and a date of its own.",
    ),
    when: always,
    make: |input, success| {
        let Some(primary) = key_of(success.state, input).cloned() else {
            return;
        };
        success.metadata = Path::of("ReplicaKeyMetadata");
        success.subject.clone_from(&primary.id);
        let now = success.state.now;
        let at = success.metadata.then("CreationDate");
        let created = success.date(&at, now, 5 * MINUTE).unwrap_or(now);
        let replica = Key {
            created,
            description: success.traced(String::new()),
            state: success.traced(KeyState::Creating),
            deletion: None,
            multi_region: primary.multi_region.clone().map(|regions| MultiRegion {
                transient: Some(Transient {
                    since: now,
                    next: KeyState::Enabled,
                }),
                ..regions
            }),
            policy: success.traced(None),
            tags: OrdMap::new(),
            ..Key::clone(&primary)
        };
        there(input, success, |success| {
            metadata::show_common(success, &replica);
            metadata::show_algorithms(success, &replica);
            let id = replica.id.clone();
            success.state.unsettled.insert(Resource::Key(id.clone()));
            success.state.gone.remove(&id);
            success.state.keys.insert(id, Arc::new(replica.clone()));
            // Imported material is not there yet.
            if replica.origin != Origin::External {
                metadata::show_origin(success, &replica);
            }
        });
    },
};

const DESCRIPTION_IS_ITS_OWN: Promise<ReplicateKey> = Promise {
    card: documented(
        "MR-07",
        "A replica key has the description that was given for it, or an empty one.",
    ),
    when: |_, input| input.description.is_some(),
    make: |input, success| {
        let description = success.traced(input.description.clone().unwrap_or_default());
        there(input, success, |success| {
            change(success, |key| key.description = description);
        });
    },
};

const TAGS_ARE_ITS_OWN: Promise<ReplicateKey> = Promise {
    card: documented(
        "MR-08",
        "A replica key has the tags that were given for it and no other, and ReplicateKey shows them.",
    ),
    when: always,
    make: |input, success| {
        let tags = input.tags();
        let kept = tags
            .iter()
            .map(|tag| (tag.key.clone(), success.traced(tag.value.clone())))
            .collect();
        let shown: Vec<Value> = tags
            .iter()
            .map(|tag| json!({ "TagKey": tag.key, "TagValue": tag.value }))
            .collect();
        there(input, success, |success| {
            change(success, |key| key.tags = kept);
        });
        success.show(&Path::of("ReplicaTags"), shown);
    },
};

const POLICY_IS_ITS_OWN: Promise<ReplicateKey> = Promise {
    card: documented(
        "MR-09",
        "A replica key has the policy that was given for it, or the default one, and ReplicateKey \
         shows it.",
    ),
    when: always,
    make: |input, success| {
        let policy = success.traced(input.policy.clone());
        let default = default_policy(success.state).to_string();
        let text = success.traced(input.policy.clone().unwrap_or(default));
        there(input, success, |success| {
            change(success, |key| key.policy = policy);
        });
        let value = text.value.as_str();
        success.show_like(&Path::of("ReplicaPolicy"), &text, value, &|shown| {
            shown.as_str().is_some_and(|it| mean_the_same(it, value))
        });
    },
};

const WAITS_FOR_THE_SAME_MATERIAL: Promise<ReplicateKey> = Promise {
    card: documented(
        "MR-11",
        "The replica key of a key with imported material waits for the import of the same material.",
    ),
    when: |state, input| key_of(state, input).is_some_and(|key| key.origin == Origin::External),
    make: |input, success| {
        let missing = success.traced(false);
        there(input, success, |success| {
            change(success, |key| {
                let regions = key.multi_region.as_mut();
                if let Some(it) = regions.and_then(|it| it.transient.as_mut()) {
                    it.next = KeyState::PendingImport;
                }
                key.pending = None;
                for material in key.materials.iter_mut() {
                    if let Some(import) = material.import.as_mut() {
                        import.there = missing.clone();
                    }
                }
            });
            with_key(success, metadata::show_origin);
        });
    },
};

const SHOWS_STATE: Promise<ReplicateKey> = Promise {
    card: documented(
        "MR-12",
        "ReplicateKey shows the replica key as one that is being created, unless it is ready already.",
    ),
    when: always,
    make: |input, success| {
        there(input, success, |success| {
            with_key(success, metadata::show_new_state);
        });
    },
};

const SHOWS_REGIONS: Promise<ReplicateKey> = Promise {
    card: documented(
        "MR-13",
        "ReplicateKey shows the primary key and the replica keys, the new one among them.",
    ),
    when: always,
    make: |input, success| {
        there(input, success, |success| {
            with_key(success, metadata::show_regions);
        });
    },
};

/// Does something with the Region of the replica key at the front.
fn there(input: &ReplicateKey, success: &mut Success<'_>, act: impl FnOnce(&mut Success<'_>)) {
    let home = success.state.account.region.clone();
    success.state.turn_to(&input.region);
    act(success);
    success.state.turn_to(&home);
}

fn change(success: &mut Success<'_>, change: impl FnOnce(&mut Key)) {
    let id = success.subject.clone();
    if let Some(key) = success.state.key_mut(&id) {
        change(key);
    }
}

fn with_key(success: &mut Success<'_>, show: fn(&mut Success<'_>, &Key)) {
    if let Some(key) = success.state.keys.get(&success.subject).cloned() {
        show(success, &key);
    }
}

#[cfg(test)]
mod tests {
    use super::super::store_fixture::*;
    use crate::testing::World;
    use serde_json::{Value, json};

    fn replicate(key: &str, region: &str) -> Value {
        json!({ "KeyId": key, "ReplicaRegion": region })
    }

    #[test]
    fn the_kind_and_the_state_of_the_key_count_in_any_order() {
        let mut world = World::new();
        let key = world.key(json!({}));
        world.ok("DisableKey", json!({ "KeyId": key }));
        let refused = world.refused("ReplicateKey", replicate(&key, "eu-west-1"));
        assert_eq!(
            refused,
            ["DisabledException", "UnsupportedOperationException"]
        );
        world.ok("ScheduleKeyDeletion", json!({ "KeyId": key }));
        let refused = world.refused("ReplicateKey", replicate(&key, "eu-west-1"));
        assert!(refused.contains(&"KMSInvalidStateException"), "{refused:?}");
        assert!(
            refused.contains(&"UnsupportedOperationException"),
            "{refused:?}"
        );
    }

    #[test]
    fn a_key_in_a_store_has_no_replicas() {
        let mut world = world_with_store();
        for reachable in [true, false] {
            given_key(&mut world, |key| key.reachable = given(reachable));
            let body = replicate(KEY, "eu-west-1");
            let refused = world.refused("ReplicateKey", body.clone());
            assert_eq!(refused, ["UnsupportedOperationException"]);
            assert_eq!(world.fired("ReplicateKey", body), ["CKX-05"]);
        }
    }

    #[test]
    fn a_replica_shares_what_is_shared_and_nothing_else() {
        let mut world = World::new();
        let made = world.ok(
            "CreateKey",
            json!({"MultiRegion": true, "Description": "d", "Tags": [{"TagKey": "a", "TagValue": "b"}]}),
        );
        let key = made["KeyMetadata"]["KeyId"].as_str().unwrap();
        let replica = world.ok("ReplicateKey", replicate(key, "eu-west-1"));
        assert_eq!(replica["ReplicaTags"], json!([]));
        let replica = &replica["ReplicaKeyMetadata"];
        assert_eq!(replica["KeyState"], "Creating");
        assert_eq!(replica["Description"], "");
        for shared in ["KeyId", "KeySpec", "CurrentKeyMaterialId", "MultiRegion"] {
            assert_eq!(replica[shared], made["KeyMetadata"][shared], "{shared}");
        }
        let regions = &replica["MultiRegionConfiguration"];
        assert_eq!(regions["MultiRegionKeyType"], "REPLICA");
        assert_eq!(regions["PrimaryKey"]["Region"], "us-east-1");
        assert_eq!(regions["ReplicaKeys"][0]["Arn"], replica["Arn"]);
        let named = json!({ "KeyId": key });
        let primary = world.ok("DescribeKey", named.clone());
        let shown = &primary["KeyMetadata"]["MultiRegionConfiguration"];
        assert_eq!(shown["MultiRegionKeyType"], "PRIMARY");
        assert_eq!(shown["ReplicaKeys"], regions["ReplicaKeys"]);
        world.turn_to("eu-west-1");
        let shown = world.ok("DescribeKey", named);
        assert_eq!(shown["KeyMetadata"]["KeyState"], "Enabled");
        assert_eq!(shown["KeyMetadata"]["Arn"], replica["Arn"]);
    }

    #[test]
    fn what_one_region_sealed_another_opens_under_the_same_key_only() {
        let mut world = World::new();
        let related = world.key(json!({ "MultiRegion": true }));
        let single = world.key(json!({}));
        world.ok("ReplicateKey", replicate(&related, "eu-west-1"));
        let sealed = |world: &mut World, key: &str| {
            let made = world.ok("Encrypt", json!({ "KeyId": key, "Plaintext": "YQ==" }));
            json!({ "CiphertextBlob": made["CiphertextBlob"] })
        };
        let (one, other) = (sealed(&mut world, &related), sealed(&mut world, &single));
        world.turn_to("eu-west-1");
        let opened = world.ok("Decrypt", one);
        assert_eq!(opened["Plaintext"], "YQ==");
        assert!(opened["KeyId"].as_str().unwrap().contains("eu-west-1"));
        assert_eq!(world.fired("Decrypt", other), ["CKX-110"]);
    }

    #[test]
    fn a_region_has_one_related_key() {
        let mut world = World::new();
        let key = world.key(json!({ "MultiRegion": true }));
        world.ok("ReplicateKey", replicate(&key, "eu-west-1"));
        for (region, rule) in [
            ("eu-west-1", "MR-03"),
            ("us-east-1", "MR-02"),
            ("me-south-1", "MR-05"),
        ] {
            assert_eq!(world.fired("ReplicateKey", replicate(&key, region)), [rule]);
        }
        let elsewhere = replicate(&key, "cn-north-1");
        assert_eq!(world.fired("ReplicateKey", elsewhere), ["MR-04"]);
        world.turn_to("eu-west-1");
        let again = replicate(&key, "eu-west-2");
        world.refused("DescribeKey", json!({ "KeyId": "x" }));
        assert_eq!(world.fired("ReplicateKey", again.clone()), ["MR-01"]);
        assert_eq!(
            world.refused("ReplicateKey", again),
            ["UnsupportedOperationException"]
        );
    }

    #[test]
    fn a_replica_is_used_only_when_it_is_ready() {
        let mut world = World::new();
        world.latency = crate::drift::Latency::Aws;
        let key = world.key(json!({ "MultiRegion": true }));
        world.ok("ReplicateKey", replicate(&key, "eu-west-1"));
        world.turn_to("eu-west-1");
        let body = json!({ "KeyId": key, "Plaintext": "YQ==" });
        assert_eq!(world.fired("Encrypt", body.clone()), ["KST-14"]);
        world.refuses("Encrypt", body.clone());
        world.advance(10 * crate::time::SECOND);
        world.ok("Encrypt", body);
    }

    #[test]
    fn a_new_replica_of_a_key_with_imported_material_shows_none() {
        let mut world = World::new();
        let key = world.key(json!({"MultiRegion": true, "Origin": "EXTERNAL"}));
        let named = key.clone();
        world.given(move |state| {
            if let Some(key) = state.key_mut(&named) {
                key.state.value = crate::state::KeyState::Enabled;
                key.material_mut(0).unwrap().import = Some(Box::new(crate::state::Import {
                    digest: "00".to_owned(),
                    description: None,
                    expires: given(None),
                    there: given(true),
                }));
            }
        });
        let primary = world.ok("DescribeKey", json!({"KeyId": key}));
        assert_eq!(
            primary["KeyMetadata"]["ExpirationModel"],
            "KEY_MATERIAL_DOES_NOT_EXPIRE"
        );
        let made = world.ok("ReplicateKey", replicate(&key, "eu-west-1"));
        assert_eq!(made["ReplicaKeyMetadata"].get("ExpirationModel"), None);
    }
}
