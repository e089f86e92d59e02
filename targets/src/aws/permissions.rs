//! The least that a run must be permitted, as a policy of IAM.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html>,
//! <https://docs.aws.amazon.com/cloudhsm/latest/userguide/identity-access-management.html>

use kms_conformance_model::Service;
use kms_conformance_model::state::partition_of;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Operations of KMS whose permission is not one on keys or aliases.
const ON_ALL: &[&str] = &[
    "ConnectCustomKeyStore",
    "CreateCustomKeyStore",
    "CreateKey",
    "DeleteCustomKeyStore",
    "DescribeCustomKeyStores",
    "DisconnectCustomKeyStore",
    "GenerateRandom",
    "ListAliases",
    "ListKeys",
    "UpdateCustomKeyStore",
];

/// Operations of KMS that need the permission on the alias too.
const ON_ALIASES: &[&str] = &["CreateAlias", "DeleteAlias", "UpdateAlias"];

/// What the clean-up asks for.
const CLEAN_UP: &[&str] = &[
    "DeleteAlias",
    "DescribeKey",
    "ListAliases",
    "ListKeys",
    "ListResourceTags",
    "PutKeyPolicy",
    "ScheduleKeyDeletion",
];

/// What the clean-up of key stores asks for.
const CLEAN_UP_STORES: &[&str] = &[
    "DeleteCustomKeyStore",
    "DescribeCustomKeyStores",
    "DisconnectCustomKeyStore",
];

/// What the clean-up of clusters asks for.
const CLEAN_UP_CLUSTERS: &[&str] = &[
    "DeleteBackup",
    "DeleteCluster",
    "DeleteHsm",
    "DescribeBackups",
    "DescribeClusters",
    "TagResource",
];

/// The policy that lets a run ask for these operations in an account and clean up after itself, in one
/// Region or in all of its partition.
pub fn permissions<'a>(
    operations: impl IntoIterator<Item = (Service, &'a str)>,
    region: &str,
    in_all: bool,
    account: &str,
) -> Value {
    let mut kms: BTreeSet<&str> = CLEAN_UP.iter().copied().collect();
    let mut cloud_hsm = BTreeSet::new();
    for (service, operation) in operations {
        match service {
            Service::Kms => kms.insert(operation),
            Service::CloudHsm => cloud_hsm.insert(operation),
        };
    }
    if kms.contains("CreateCustomKeyStore") {
        kms.extend(CLEAN_UP_STORES);
        // KMS looks at the cluster as the caller.
        cloud_hsm.insert("DescribeClusters");
    }
    if cloud_hsm.contains("CreateCluster") {
        cloud_hsm.extend(CLEAN_UP_CLUSTERS);
    }
    let partition = partition_of(region);
    let region = if in_all { "*" } else { region };
    let arn = |what: &str| json!(format!("arn:{partition}:kms:{region}:{account}:{what}"));
    let of = |kept: &dyn Fn(&&&str) -> bool| -> Vec<String> {
        let actions = kms.iter().filter(kept);
        actions.flat_map(|name| actions_of(name)).collect()
    };
    let on_all = |name: &&&str| ON_ALL.contains(*name);
    let on_keys = |name: &&&str| !ON_ALL.contains(*name);
    let on_aliases = |name: &&&str| ON_ALIASES.contains(*name);
    let mut statements = vec![statement("Account", of(&on_all), json!("*"))];
    statements.push(statement("Keys", of(&on_keys), arn("key/*")));
    statements.push(statement("Aliases", of(&on_aliases), arn("alias/*")));
    let cloud_hsm: Vec<String> = cloud_hsm
        .iter()
        .map(|name| format!("cloudhsm:{name}"))
        .collect();
    statements.push(statement("Clusters", cloud_hsm, json!("*")));
    statements.retain(|it| it.get("Action").is_some_and(|it| *it != json!([])));
    statements.push(json!({
        "Sid": "Identity", "Effect": "Allow", "Action": ["sts:GetCallerIdentity"], "Resource": "*",
    }));
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// The actions that an operation is checked against.
fn actions_of(operation: &str) -> Vec<String> {
    let names: &[&str] = match operation {
        "ReEncrypt" => &["ReEncryptFrom", "ReEncryptTo"],
        "CreateKey" => &["CreateKey", "TagResource"],
        "ReplicateKey" => &["ReplicateKey", "CreateKey", "TagResource"],
        other => &[other],
    };
    names.iter().map(|name| format!("kms:{name}")).collect()
}

fn statement(sid: &str, actions: Vec<String>, resource: Value) -> Value {
    let actions: BTreeSet<String> = actions.into_iter().collect();
    json!({ "Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actions(policy: &Value, sid: &str) -> Vec<String> {
        let statements = policy["Statement"].as_array().unwrap();
        let found = statements.iter().find(|it| it["Sid"] == sid);
        let actions = found.map(|it| it["Action"].as_array().unwrap().clone());
        let actions = actions.unwrap_or_default();
        actions
            .iter()
            .map(|it| it.as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn a_run_is_permitted_what_it_asks_for_and_to_clean_up() {
        let asked = [(Service::Kms, "CreateKey"), (Service::Kms, "Encrypt")];
        let policy = permissions(asked, "eu-west-1", false, "111122223333");
        let keys = actions(&policy, "Keys");
        assert!(keys.contains(&"kms:Encrypt".to_owned()));
        assert!(keys.contains(&"kms:ScheduleKeyDeletion".to_owned()));
        assert!(!keys.contains(&"kms:Decrypt".to_owned()));
        assert!(actions(&policy, "Account").contains(&"kms:CreateKey".to_owned()));
        assert_eq!(actions(&policy, "Clusters"), [""; 0]);
        assert!(
            policy
                .to_string()
                .contains("arn:aws:kms:eu-west-1:111122223333:key/*")
        );
    }

    #[test]
    fn key_stores_need_their_cluster() {
        let asked = [(Service::Kms, "CreateCustomKeyStore")];
        let policy = permissions(asked, "us-east-1", true, "111122223333");
        assert_eq!(actions(&policy, "Clusters"), ["cloudhsm:DescribeClusters"]);
        let account = actions(&policy, "Account");
        assert!(account.contains(&"kms:DeleteCustomKeyStore".to_owned()));
    }
}
