//! What may be sent at all: nothing that could change, use up or open what the run did not make.

use super::asked::Asked;
use super::options::AwsOptions;
use super::things::{CLOUD_HSM_TAG, KMS_TAG, Kind, Named, has_tag, is_replica_region, named};
use serde_json::Value;

/// What is there already and may be used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attached {
    /// The id of a cluster, on which key stores may be made but not connected: connecting changes
    /// the password of its `kmsuser`.
    pub cluster: Option<String>,
    /// The id of a key store, in which keys may be made.
    pub key_store: Option<String>,
}

/// Why a request must not be sent; `None` if it may. `ours` tells what the run made.
pub(super) fn objection(
    asked: &Asked,
    options: &AwsOptions,
    ours: &dyn Fn(&str) -> bool,
) -> Option<String> {
    if asked.reads() {
        return None;
    }
    RULES
        .iter()
        .find_map(|rule| rule(asked, options))
        .or_else(|| stranger(asked, options, ours))
}

/// What no request may ask for, whatever it names.
const RULES: &[fn(&Asked, &AwsOptions) -> Option<String>] = &[
    clusters_cost_much,
    copies_have_no_name,
    replicas_stay_within_reach,
    proxies_belong_to_somebody,
    locked_keys_stay,
    open_keys_are_for_all,
    all_that_is_made_is_tagged,
    attached_clusters_keep_their_password,
];

fn clusters_cost_much(asked: &Asked, options: &AwsOptions) -> Option<String> {
    let makes = matches!(asked.makes(), Some(Kind::Cluster | Kind::Hsm));
    let why = "clusters and HSMs are made only with --create-cluster";
    (makes && !options.creates_clusters).then(|| why.to_owned())
}

fn copies_have_no_name(asked: &Asked, _: &AwsOptions) -> Option<String> {
    let why = "no answer tells the id of the copy of a backup, so it could not be deleted";
    (asked.operation == "CopyBackupToRegion").then(|| why.to_owned())
}

fn replicas_stay_within_reach(asked: &Asked, _: &AwsOptions) -> Option<String> {
    let region = asked.body.get("ReplicaRegion")?;
    let known = region.as_str().is_some_and(is_replica_region);
    let why = "a replica key in a Region that is not known here could not be deleted";
    (asked.operation == "ReplicateKey" && !known).then(|| why.to_owned())
}

fn proxies_belong_to_somebody(asked: &Asked, _: &AwsOptions) -> Option<String> {
    let changes = ["CreateCustomKeyStore", "UpdateCustomKeyStore"];
    let names_one = changes.contains(&asked.operation.as_str())
        && asked.body.get("XksProxyUriEndpoint").is_some();
    let why = "the proxy of an external key store would be asked, and belongs to somebody else";
    names_one.then(|| why.to_owned())
}

fn locked_keys_stay(asked: &Asked, _: &AwsOptions) -> Option<String> {
    let bypass = asked.body.get("BypassPolicyLockoutSafetyCheck");
    let bypasses = bypass.is_some_and(|it| *it != Value::Bool(false) && !it.is_null());
    let why = "a key whose policy locks its owner out could not be deleted";
    bypasses.then(|| why.to_owned())
}

fn open_keys_are_for_all(asked: &Asked, _: &AwsOptions) -> Option<String> {
    let policy: Value = serde_json::from_str(asked.text("Policy")?).ok()?;
    let statements = policy.get("Statement")?;
    let one = std::slice::from_ref(statements);
    let statements = statements.as_array().map_or(one, Vec::as_slice);
    let opens = statements.iter().any(|statement| {
        let denies = statement.get("Effect").is_some_and(|it| it == "Deny");
        !denies && statement.get("Principal").is_some_and(is_everybody)
    });
    let why = "the policy would let everybody use the key";
    opens.then(|| why.to_owned())
}

fn is_everybody(principal: &Value) -> bool {
    match principal {
        Value::String(text) => text == "*",
        Value::Array(entries) => entries.iter().any(is_everybody),
        Value::Object(kinds) => kinds.values().any(is_everybody),
        _ => false,
    }
}

fn all_that_is_made_is_tagged(asked: &Asked, options: &AwsOptions) -> Option<String> {
    let (member, names) = match asked.operation.as_str() {
        "CreateKey" | "ReplicateKey" => ("Tags", KMS_TAG),
        "CreateCluster" => ("TagList", CLOUD_HSM_TAG),
        _ => return None,
    };
    let tags = asked.body.get(member).and_then(Value::as_array);
    let tagged = tags.is_some_and(|tags| has_tag(tags, names, &options.run));
    let why = "it cannot be tagged, so it could not be found if its answer were lost";
    (!tagged).then(|| why.to_owned())
}

fn attached_clusters_keep_their_password(asked: &Asked, options: &AwsOptions) -> Option<String> {
    let connects = ["ConnectCustomKeyStore", "UpdateCustomKeyStore"];
    let why = "it may change the password of kmsuser in the attached cluster";
    (options.attached.cluster.is_some() && connects.contains(&asked.operation.as_str()))
        .then(|| why.to_owned())
}

/// The first thing that a request names and the run did not make.
fn stranger(asked: &Asked, options: &AwsOptions, ours: &dyn Fn(&str) -> bool) -> Option<String> {
    let named = named(&asked.body);
    let strange = named.into_iter().find(|it| {
        !ours(it.id())
            && !options.never_existed.contains(&it.id())
            && !may_be_named(*it, asked, options)
    })?;
    Some(format!("this run did not make {}", kind_of(strange)))
}

/// Whether a request may name this though the run did not make it.
fn may_be_named(named: Named<'_>, asked: &Asked, options: &AwsOptions) -> bool {
    let is = |attached: &Option<String>, id: &str| attached.as_deref() == Some(id);
    match named {
        Named::Alias(name) => {
            asked.operation == "CreateAlias" && asked.text("AliasName") == Some(name)
        }
        Named::KeyStore(id) => {
            let makes_inside = ["CreateKey", "GenerateRandom"];
            makes_inside.contains(&asked.operation.as_str()) && is(&options.attached.key_store, id)
        }
        Named::Cluster(id) => {
            asked.operation == "CreateCustomKeyStore" && is(&options.attached.cluster, id)
        }
        Named::Key(_) | Named::Hsm(_) | Named::Backup(_) => false,
    }
}

const fn kind_of(named: Named<'_>) -> &'static str {
    match named {
        Named::Key(_) => "the key",
        Named::Alias(_) => "the alias",
        Named::KeyStore(_) => "the key store",
        Named::Cluster(_) => "the cluster",
        Named::Hsm(_) => "the HSM",
        Named::Backup(_) => "the backup",
    }
}

#[cfg(test)]
mod tests {
    use super::super::things::TAG_KEY;
    use super::*;
    use kms_conformance_model::Service;
    use serde_json::json;

    const OURS: &str = "11111111-1111-4111-8111-111111111111";
    const THEIRS: &str = "22222222-2222-4222-8222-222222222222";

    fn options() -> AwsOptions {
        AwsOptions {
            run: "r-1".to_owned(),
            attached: Attached {
                cluster: None,
                key_store: Some("cks-attached".to_owned()),
            },
            never_existed: &["cks-99999999999999999"],
            ..AwsOptions::default()
        }
    }

    fn may_send(operation: &str, body: Value) -> bool {
        let asked = Asked {
            service: Service::Kms,
            operation: operation.to_owned(),
            body,
        };
        objection(&asked, &options(), &|id| id == OURS).is_none()
    }

    #[test]
    fn what_others_made_is_read_and_nothing_else() {
        for operation in ["DescribeKey", "GetKeyPolicy", "ListGrants"] {
            assert!(
                may_send(operation, json!({ "KeyId": THEIRS })),
                "{operation}"
            );
        }
        for operation in [
            "ScheduleKeyDeletion",
            "DisableKey",
            "Encrypt",
            "CreateGrant",
            "TagResource",
            "ImportKeyMaterial",
            "UpdateKeyDescription",
            "RotateKeyOnDemand",
        ] {
            assert!(
                !may_send(operation, json!({ "KeyId": THEIRS })),
                "{operation}"
            );
            let arn = format!("arn:aws:kms:us-east-1:111122223333:key/{THEIRS}");
            assert!(!may_send(operation, json!({ "KeyId": arn })), "{operation}");
            assert!(may_send(operation, json!({ "KeyId": OURS })), "{operation}");
        }
    }

    #[test]
    fn a_name_of_nothing_may_be_sent() {
        for body in [
            json!({"CustomKeyStoreId": "cks-99999999999999999"}),
            json!({"CustomKeyStoreId": "no id"}),
            json!({"CustomKeyStoreId": 5}),
            json!({}),
        ] {
            assert!(may_send("DeleteCustomKeyStore", body.clone()), "{body}");
        }
    }

    #[test]
    fn aliases_of_others_stay_where_they_are() {
        let moves = json!({"AliasName": "alias/theirs", "TargetKeyId": OURS});
        assert!(!may_send("UpdateAlias", moves.clone()));
        assert!(!may_send(
            "DeleteAlias",
            json!({"AliasName": "alias/theirs"})
        ));
        assert!(may_send("CreateAlias", moves));
        let of_theirs = json!({"AliasName": "alias/new", "TargetKeyId": THEIRS});
        assert!(!may_send("CreateAlias", of_theirs));
    }

    #[test]
    fn a_key_is_made_only_with_the_tag_of_the_run() {
        let tagged = |run: &str| json!([{"TagKey": TAG_KEY, "TagValue": run}]);
        assert!(may_send("CreateKey", json!({ "Tags": tagged("r-1") })));
        assert!(!may_send("CreateKey", json!({ "Tags": tagged("r-2") })));
        assert!(!may_send("CreateKey", json!({})));
        assert!(!may_send("CreateKey", json!({"Tags": "x"})));
    }

    #[test]
    fn the_attached_store_is_only_used_to_make_keys() {
        let tags = json!([{"TagKey": TAG_KEY, "TagValue": "r-1"}]);
        let body = json!({"CustomKeyStoreId": "cks-attached", "Tags": tags});
        assert!(may_send("CreateKey", body.clone()));
        for operation in [
            "DeleteCustomKeyStore",
            "DisconnectCustomKeyStore",
            "UpdateCustomKeyStore",
            "ConnectCustomKeyStore",
        ] {
            assert!(!may_send(operation, body.clone()), "{operation}");
        }
        let other = json!({"CustomKeyStoreId": "cks-other", "Tags": body["Tags"]});
        assert!(!may_send("CreateKey", other));
    }

    #[test]
    fn keys_that_could_not_be_deleted_or_are_open_to_all_are_not_made() {
        let with = |policy: Value, bypass: bool| {
            json!({
                "KeyId": OURS, "PolicyName": "default", "Policy": policy.to_string(),
                "BypassPolicyLockoutSafetyCheck": bypass,
            })
        };
        let statement = |principal: Value| json!({"Statement": [{"Effect": "Allow", "Principal": principal, "Action": "kms:*"}]});
        let root = statement(json!({"AWS": "arn:aws:iam::111122223333:root"}));
        assert!(may_send("PutKeyPolicy", with(root.clone(), false)));
        assert!(!may_send("PutKeyPolicy", with(root, true)));
        for everybody in [json!("*"), json!({"AWS": "*"}), json!({"AWS": ["a", "*"]})] {
            assert!(!may_send("PutKeyPolicy", with(statement(everybody), false)));
        }
    }

    #[test]
    fn what_costs_much_or_reaches_others_is_not_asked_for() {
        assert!(!may_send("CreateCluster", json!({})));
        assert!(!may_send("CreateHsm", json!({})));
        assert!(!may_send("CopyBackupToRegion", json!({})));
        let tags = json!([{"TagKey": TAG_KEY, "TagValue": "r-1"}]);
        let replica = |region: &str| json!({"KeyId": OURS, "ReplicaRegion": region, "Tags": tags});
        assert!(may_send("ReplicateKey", replica("eu-west-1")));
        assert!(!may_send("ReplicateKey", replica("eu-nowhere-1")));
        let proxy = json!({"XksProxyUriEndpoint": "https://xks.example.com"});
        assert!(!may_send("CreateCustomKeyStore", proxy));
    }
}
