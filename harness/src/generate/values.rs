//! Values with a meaning: for each member a reference to something that exists, or a fitting new
//! value. Names come from small pools, so that they collide.

use super::contexts::context;
use super::dice::Dice;
use super::draft::Draft;
use super::faults::plain;
use super::key_names::key_name;
use super::scenes::{PASSWORD, proxy, vpc_service};
use kms_conformance_model::{Member, Shape, State};
use serde_json::{Value, json};

/// A value that the member may well hold; `None` to leave it out.
pub(crate) fn meaningful(
    dice: &mut Dice,
    draft: &Draft<'_>,
    operation: &str,
    member: &Member,
) -> Option<Value> {
    let state = draft.state()?;
    Some(match member.name {
        "KeyId" | "TargetKeyId" | "SourceKeyId" | "DestinationKeyId" => {
            key_name(dice, draft, state)
        }
        "AliasName" => alias(dice, draft, state, operation == "CreateAlias"),
        "CustomKeyStoreId" => {
            let stores = draft.in_order(state.key_stores.keys());
            existing(dice, draft, &stores, "CustomKeyStoreId")
        }
        "CustomKeyStoreName" | "NewCustomKeyStoreName" => {
            json!({ "$name": format!("store-{}", dice.below(4)) })
        }
        "CloudHsmClusterId" | "ClusterId" => {
            let clusters = draft.in_order(state.clusters.keys());
            existing(dice, draft, &clusters, "ClusterId")
        }
        "BackupId" => {
            let backups = draft.in_order(state.backups.keys());
            existing(dice, draft, &backups, "BackupId")
        }
        "SourceBackupId" if dice.chance(30) => {
            let backups = draft.in_order(state.backups.keys());
            existing(dice, draft, &backups, "BackupId")
        }
        "ResourceId" => {
            let ids = draft.in_order(state.clusters.keys().chain(state.backups.keys()));
            existing(dice, draft, &ids, "ClusterId")
        }
        "ResourceArn" => backup_arn(dice, draft, state),
        "HsmId" => {
            let clusters = state.clusters.values();
            let hsms = draft.in_order(clusters.flat_map(|cluster| cluster.hsms.keys()));
            existing(dice, draft, &hsms, "HsmId")
        }
        "CiphertextBlob" => ciphertext(dice, draft, state),
        "GrantId" => {
            let grants = draft.in_order(state.grants.keys());
            existing(dice, draft, &grants, "GrantId")
        }
        "GrantToken" => grant_token(dice, draft, state),
        "GrantTokens" => json!([grant_token(dice, draft, state)]),
        "EncryptionContext" | "SourceEncryptionContext" | "DestinationEncryptionContext" => {
            context(dice)
        }
        "Marker" | "NextToken" => marker(dice, draft, state)?,
        "Limit" | "MaxResults" => json!(1 + dice.below(3)),
        _ => return scalar(dice, member),
    })
}

/// Values that need nothing to exist.
fn scalar(dice: &mut Dice, member: &Member) -> Option<Value> {
    Some(match member.name {
        "TrustAnchorCertificate" | "TrustAnchor" => {
            json!({ "$anchor": if dice.chance(85) { "a" } else { "b" } })
        }
        "SignedCert" => json!({ "$signed": ["no signing request", "a"] }),
        "KeyStorePassword" => json!(if dice.chance(80) {
            PASSWORD
        } else {
            "kmsPswd2"
        }),
        "Policy" | "ResourcePolicy" => policy(dice),
        "GranteePrincipal" | "RetiringPrincipal" => principal(dice),
        "PolicyName" => json!("default"),
        "Tags" | "TagList" => tags(dice, member.name),
        "TagKeys" | "TagKeyList" => json!([tag_key(dice)]),
        "Plaintext" | "Message" => json!({ "$bytes": [dice.below(200), 1 + dice.below(64)] }),
        "Description" => json!(format!("description {}", dice.below(3))),
        "PendingWindowInDays" => json!(7 + dice.below(24)),
        "SubnetIds" => subnets(dice),
        "AvailabilityZone" => json!({ "$zone": dice.below(3) }),
        "HsmType" => json!("hsm2m.medium"),
        "Mode" => json!(if dice.chance(70) { "FIPS" } else { "NON_FIPS" }),
        "NetworkType" => json!(if dice.chance(70) { "IPV4" } else { "DUALSTACK" }),
        "BackupRetentionPolicy" => json!({ "Type": "DAYS", "Value": retention(dice) }),
        "DestinationRegion" => json!("eu-west-1"),
        "ReplicaRegion" | "PrimaryRegion" => json!({ "$elsewhere": dice.below(2) }),
        "Filters" => return None,
        "DryRun" => json!(dice.chance(50)),
        "IpAddress" => json!(format!("10.0.{}.{}", dice.below(3), 10 + dice.below(200))),
        "WrappingKeySpec" if dice.chance(95) => json!("RSA_2048"),
        "WrappingAlgorithm" if dice.chance(80) => {
            let all = [
                "RSAES_OAEP_SHA_256",
                "RSAES_OAEP_SHA_1",
                "RSA_AES_KEY_WRAP_SHA_256",
            ];
            json!(dice.pick(&all)?)
        }
        "XksKeyId" => json!(format!("xks-key-{}", dice.below(3))),
        "XksProxyUriEndpoint" => proxy(dice.below(4)),
        "XksProxyUriPath" => {
            let paths = ["/kms/xks/v1", "/example/kms/xks/v1"];
            json!(dice.pick(&paths)?)
        }
        "XksProxyVpcEndpointServiceName" => vpc_service(dice.below(3)),
        "XksProxyAuthenticationCredential" => json!({
            "AccessKeyId": "ABCDEFGHIJKLMNOPQRST",
            "RawSecretAccessKey": {"$text": ["s", 43]},
        }),
        _ => shaped(dice, &member.shape),
    })
}

/// A principal: usually one of a few, now and then one that is none.
fn principal(dice: &mut Dice) -> Value {
    let account = json!({ "$account": true });
    let below = |resource: &str| json!({ "$concat": ["arn:aws:iam::", account, resource] });
    match dice.below(20) {
        0 => json!("nobody"),
        1 => below(":group/some"),
        2 => account,
        3 => json!("arn:aws:sts::444455556666:assumed-role/some/session"),
        4..=11 => below(":root"),
        12..=15 => below(":role/user-0"),
        _ => below(":role/user-1"),
    }
}

/// A value that meets the limits of the shape.
fn shaped(dice: &mut Dice, shape: &Shape) -> Value {
    match shape {
        Shape::Choice(allowed) => json!(dice.pick(allowed).copied().unwrap_or_default()),
        Shape::Flag => json!(dice.chance(50)),
        Shape::Whole { min, max } => {
            let span = usize::try_from(max - min + 1).unwrap_or(1);
            json!(min + i64::try_from(dice.below(span)).unwrap_or(0))
        }
        Shape::Text {
            pattern: Some(pattern),
            ..
        } => match dice.matching(pattern) {
            Some(text) if !text.is_empty() => json!(text),
            _ => plain(shape, 0),
        },
        _ => plain(shape, dice.below(5)),
    }
}

fn existing(dice: &mut Dice, draft: &Draft<'_>, ids: &[&String], kind: &str) -> Value {
    match dice.pick(ids) {
        Some(id) if !dice.chance(4) => draft.name(id),
        _ => json!({ "$unknown": kind }),
    }
}

fn alias(dice: &mut Dice, draft: &Draft<'_>, state: &State, new: bool) -> Value {
    let known = draft.in_order(state.aliases.keys());
    match dice.below(100) {
        0..=2 => json!({ "$name": "no-prefix" }),
        3..=5 => json!({ "$concat": ["alias/aws/", {"$name": "a"}] }),
        6 => json!({ "$concat": ["alias/a:", {"$name": "b"}] }),
        7..=70 if !new && !known.is_empty() => dice.pick(&known).map_or_else(
            || json!({ "$concat": ["alias/", {"$name": "x"}] }),
            |name| draft.name(name),
        ),
        _ => json!({ "$concat": ["alias/", {"$name": format!("a{}", dice.below(5))}] }),
    }
}

fn backup_arn(dice: &mut Dice, draft: &Draft<'_>, state: &State) -> Value {
    let backups = draft.in_order(state.backups.keys());
    let id = existing(dice, draft, &backups, "BackupId");
    let (region, account) = (json!({ "$region": true }), json!({ "$account": true }));
    json!({ "$concat": ["arn:aws:cloudhsm:", region, ":", account, ":backup/", id] })
}

fn ciphertext(dice: &mut Dice, draft: &Draft<'_>, state: &State) -> Value {
    let known = draft.in_order(state.ciphertexts.keys());
    match dice.pick(&known) {
        Some(blob) if dice.chance(90) => draft.name(blob),
        Some(blob) => json!({ "$tampered": [draft.name(blob), dice.below(400)] }),
        None => json!({ "$unknown": "CiphertextBlob" }),
    }
}

fn grant_token(dice: &mut Dice, draft: &Draft<'_>, state: &State) -> Value {
    let known = draft.in_order(state.grant_tokens.keys());
    match dice.pick(&known) {
        Some(token) if !dice.chance(5) => draft.name(token),
        _ => json!("no grant token"),
    }
}

fn marker(dice: &mut Dice, draft: &Draft<'_>, state: &State) -> Option<Value> {
    let known = draft.in_order(state.markers.keys());
    match dice.pick(&known) {
        Some(marker) => Some(draft.name(marker)),
        None if dice.chance(20) => Some(json!({ "$unknown": "NextMarker" })),
        None => None,
    }
}

fn retention(dice: &mut Dice) -> String {
    let days = ["7", "90", "379", "6", "380"];
    dice.pick(&days).copied().unwrap_or("90").to_owned()
}

fn subnets(dice: &mut Dice) -> Value {
    match dice.below(8) {
        0 => json!([{"$subnet": 0}, {"$subnet": 0}]),
        1 => json!([{"$unknown": "SubnetId"}]),
        2 => json!([{"$subnet": 1}]),
        3 => json!([{"$subnet": 0}, {"$subnet": 1}]),
        _ => json!([{"$subnet": 0}, {"$subnet": 1}, {"$subnet": 2}]),
    }
}

fn tag_key(dice: &mut Dice) -> Value {
    json!(format!("tag-{}", dice.below(4)))
}

fn tags(dice: &mut Dice, member: &str) -> Value {
    let (key, value) = match member {
        "Tags" => ("TagKey", "TagValue"),
        _ => ("Key", "Value"),
    };
    let tag = |name: Value, text: usize| json!({ key: name, value: format!("v{text}") });
    match dice.below(12) {
        0 => json!([tag(json!("same"), 1), tag(json!("same"), 2)]),
        1 => json!([tag(json!("AWS:reserved"), 1)]),
        2 => (0..51)
            .map(|n| tag(json!(format!("many-{n}")), n))
            .collect(),
        _ => {
            let first = tag_key(dice);
            json!([
                tag(first, dice.below(3)),
                tag(json!("another"), dice.below(3))
            ])
        }
    }
}

/// A key policy: usually a good one, sometimes one of those that AWS refuses.
pub(crate) fn policy(dice: &mut Dice) -> Value {
    let root = json!({"$concat": ["arn:aws:iam::", {"$account": true}, ":root"]});
    let other = json!({"$concat": ["arn:aws:iam::", "444455556666", ":root"]});
    let allow = |who: Value, what: Value| json!({"Effect": "Allow", "Principal": {"AWS": who}, "Action": what, "Resource": "*"});
    let statement = match dice.below(10) {
        0 => return json!("this is not a policy"),
        1 => json!([allow(json!("nobody"), json!("kms:*"))]),
        2 => json!([{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]),
        3 => json!([allow(other, json!("kms:*"))]),
        4 => json!([allow(root, json!(["kms:Describe*", "kms:Encrypt"]))]),
        5 => json!([{"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*"}]),
        _ => json!([
            allow(root, json!("kms:*")),
            allow(other, json!(["kms:DescribeKey"]))
        ]),
    };
    json!({ "$json": {"Version": "2012-10-17", "Statement": statement} })
}
