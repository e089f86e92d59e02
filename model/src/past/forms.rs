//! The forms, values and members that answers have whatever they are about.

use crate::path::Path;
use crate::shape::matches;
use crate::state::{
    Account, BackupState, ClusterState, HsmState, KeySpec, KeyState, KeyUsage, Origin, RotationType,
};
use serde_json::Value;

/// What is wrong with an answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Misshapen {
    /// Where.
    pub(crate) at: Path,
    /// What should be there, in words.
    pub(crate) expected: String,
    /// What is; `None` where nothing is.
    pub(crate) observed: Option<Value>,
}

/// The form of a member.
enum Form {
    Text(&'static str),
    OneOf(&'static [&'static str]),
    Flag,
    Number,
    List,
    Object,
    /// An ARN of this account whose last part is the id in the other member.
    ArnOf(&'static str),
    /// The id of this account.
    OurAccount,
}

const KEY_ID: &str =
    "([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32})";
const CLUSTER_ID: &str = "cluster-[2-7a-zA-Z]{11,16}";
const BACKUP_ID: &str = "backup-[2-7a-zA-Z]{11,16}";

/// The form of a member of this name; `list` is the list in whose entries it stands.
fn form(list: &str, member: &str) -> Option<Form> {
    Some(match (list, member) {
        ("" | "Rotations", "KeyId") => Form::Text(
            r"(arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key/)?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32})",
        ),
        ("Grants", "KeyId") => Form::Text(r"arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key/.+"),
        (_, "KeyId" | "TargetKeyId") => Form::Text(KEY_ID),
        ("Keys", "KeyArn") => Form::ArnOf("KeyId"),
        ("Aliases", "AliasArn") => Form::ArnOf("AliasName"),
        (_, "AliasName") => Form::Text("alias/[a-zA-Z0-9/_-]+"),
        ("KeyMetadata", "Arn") => Form::ArnOf("KeyId"),
        (_, "AWSAccountId") => Form::OurAccount,
        (_, "KeyState") => Form::OneOf(KeyState::NAMES),
        (_, "KeyUsage") => Form::OneOf(KeyUsage::NAMES),
        (_, "KeySpec" | "CustomerMasterKeySpec") => Form::OneOf(KeySpec::NAMES),
        (_, "Origin") => Form::OneOf(Origin::NAMES),
        (_, "KeyManager") => Form::OneOf(&["AWS", "CUSTOMER"]),
        (_, "RotationType") => Form::OneOf(RotationType::NAMES),
        (_, "KeyMaterialId" | "CurrentKeyMaterialId" | "GrantId") => Form::Text("[0-9a-f]{64}"),
        (_, "Enabled" | "MultiRegion" | "Truncated" | "KeyRotationEnabled" | "NeverExpires") => {
            Form::Flag
        }
        (
            _,
            "CreationDate"
            | "LastUpdatedDate"
            | "DeletionDate"
            | "CreateTimestamp"
            | "DeleteTimestamp"
            | "CopyTimestamp"
            | "ValidTo"
            | "RotationDate"
            | "NextRotationDate"
            | "Timestamp"
            | "TrackingStartDate"
            | "KeyCreationDate"
            | "RotationPeriodInDays"
            | "PendingWindowInDays",
        ) => Form::Number,
        (
            _,
            "Keys" | "Aliases" | "Tags" | "TagList" | "Grants" | "Rotations" | "Clusters" | "Hsms"
            | "Backups" | "CustomKeyStores" | "PolicyNames" | "Operations",
        ) => Form::List,
        (
            _,
            "Cluster"
            | "KeyMetadata"
            | "Certificates"
            | "SubnetMapping"
            | "BackupRetentionPolicy"
            | "Backup"
            | "Hsm",
        ) => Form::Object,
        (_, "CustomKeyStoreId") => Form::Text("cks-[0-9a-f]{17}"),
        ("CustomKeyStores", "ConnectionState") => Form::OneOf(&[
            "CONNECTED",
            "CONNECTING",
            "FAILED",
            "DISCONNECTED",
            "DISCONNECTING",
        ]),
        (_, "ClusterId" | "CloudHsmClusterId" | "SourceCluster") => Form::Text(CLUSTER_ID),
        (_, "HsmId") => Form::Text("hsm-[2-7a-zA-Z]{11,16}"),
        (_, "BackupId" | "SourceBackup" | "SourceBackupId") => Form::Text(BACKUP_ID),
        ("Backups" | "Backup", "BackupArn") => Form::ArnOf("BackupId"),
        ("Hsms" | "Hsm", "State") => Form::OneOf(HsmState::NAMES),
        ("Clusters" | "Cluster", "State") => Form::OneOf(ClusterState::NAMES),
        (_, "BackupState") => Form::OneOf(BackupState::NAMES),
        (_, "BackupPolicy") => Form::OneOf(&["DEFAULT"]),
        (_, "HsmType") => Form::Text(r"hsm\d?m?\.[a-z]+|hsm\dm\.medium"),
        (_, "Mode") => Form::OneOf(&["FIPS", "NON_FIPS"]),
        (_, "NetworkType") => Form::OneOf(&["IPV4", "DUALSTACK"]),
        (_, "EniId") => Form::Text("eni-[0-9a-fA-F]{8,17}"),
        (_, "EniIp") => Form::Text(r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}"),
        (_, "SubnetId") => Form::Text("subnet-[0-9a-fA-F]{8,17}"),
        (_, "SecurityGroup") => Form::Text("sg-[0-9a-fA-F]{8,17}"),
        (_, "VpcId") => Form::Text("vpc-[0-9a-fA-F]+"),
        (_, "AvailabilityZone") => {
            Form::Text(r"[a-z]{2}(-(gov))?-(east|west|north|south|central){1,2}-\d[a-z]")
        }
        (_, "CiphertextBlob" | "Plaintext" | "PublicKey" | "Signature" | "Mac") => {
            Form::Text("[A-Za-z0-9+/]+=*")
        }
        (
            _,
            "Policy" | "Description" | "GranteePrincipal" | "IssuingAccount" | "StateMessage"
            | "TagKey" | "TagValue" | "Key" | "Value",
        ) => Form::Text("(?s).*"),
        _ => return None,
    })
}

/// The members that an answer must have: of the operation, then of its parts.
const REQUIRED: &[(&str, &str, &[&str])] = &[
    ("DescribeKey", "", &["KeyMetadata"]),
    ("ListKeys", "", &["Keys", "Truncated"]),
    ("ListKeys", "Keys", &["KeyId", "KeyArn"]),
    ("ListAliases", "", &["Aliases", "Truncated"]),
    ("ListAliases", "Aliases", &["AliasName", "AliasArn"]),
    ("ListResourceTags", "", &["Tags", "Truncated"]),
    ("ListResourceTags", "Tags", &["TagKey", "TagValue"]),
    ("ListGrants", "", &["Grants", "Truncated"]),
    (
        "ListGrants",
        "Grants",
        &["GrantId", "KeyId", "IssuingAccount"],
    ),
    ("ListKeyRotations", "", &["Rotations", "Truncated"]),
    (
        "ListKeyRotations",
        "Rotations",
        &["RotationDate", "RotationType"],
    ),
    ("GetKeyPolicy", "", &["Policy"]),
    ("GetKeyRotationStatus", "", &["KeyRotationEnabled"]),
    ("ScheduleKeyDeletion", "", &["KeyId", "DeletionDate"]),
    (
        "GetKeyLastUsage",
        "",
        &["KeyId", "KeyCreationDate", "TrackingStartDate"],
    ),
    (
        "DescribeCustomKeyStores",
        "",
        &["CustomKeyStores", "Truncated"],
    ),
    (
        "DescribeCustomKeyStores",
        "CustomKeyStores",
        &[
            "CustomKeyStoreId",
            "CustomKeyStoreName",
            "ConnectionState",
            "CreationDate",
        ],
    ),
    ("DescribeClusters", "", &["Clusters"]),
    ("DescribeClusters", "Clusters", CLUSTER),
    ("DescribeClusters", "Hsms", HSM),
    ("CreateCluster", "", &["Cluster"]),
    ("CreateCluster", "Cluster", CLUSTER),
    ("DeleteCluster", "", &["Cluster"]),
    ("DeleteCluster", "Cluster", CLUSTER),
    ("DeleteCluster", "Hsms", HSM),
    ("CreateHsm", "", &["Hsm"]),
    ("CreateHsm", "Hsm", HSM),
    ("InitializeCluster", "", &["State"]),
    ("DescribeBackups", "", &["Backups"]),
    (
        "DescribeBackups",
        "Backups",
        &[
            "BackupId",
            "BackupArn",
            "BackupState",
            "ClusterId",
            "CreateTimestamp",
        ],
    ),
    ("ListTags", "", &["TagList"]),
    ("ListTags", "TagList", &["Key", "Value"]),
    ("GetResourcePolicy", "", &["Policy"]),
];

const CLUSTER: &[&str] = &[
    "ClusterId",
    "State",
    "HsmType",
    "VpcId",
    "SubnetMapping",
    "BackupPolicy",
    "CreateTimestamp",
    "Certificates",
];

const HSM: &[&str] = &[
    "HsmId",
    "ClusterId",
    "AvailabilityZone",
    "SubnetId",
    "State",
];

/// The first thing in a response that has not the form, the value or the member it should have.
pub(crate) fn misshapen(account: &Account, operation: &str, response: &Value) -> Vec<Misshapen> {
    let mut found = Vec::new();
    let checked = Checked { account, operation };
    checked.object("", &Path::top(), response, &mut found);
    found
}

/// Whether these answers have members that must be there.
pub(crate) fn has_forms(operation: &str) -> bool {
    REQUIRED.iter().any(|(name, ..)| *name == operation)
}

struct Checked<'a> {
    account: &'a Account,
    operation: &'a str,
}

impl Checked<'_> {
    fn object(&self, part: &str, at: &Path, object: &Value, found: &mut Vec<Misshapen>) {
        let Some(members) = object.as_object() else {
            return;
        };
        let required = REQUIRED
            .iter()
            .filter(|(operation, of, _)| *operation == self.operation && *of == part)
            .flat_map(|(.., names)| names.iter());
        for name in required.filter(|name| members.get(**name).is_none_or(Value::is_null)) {
            found.push(Misshapen {
                at: at.member(*name),
                expected: "a value".to_owned(),
                observed: None,
            });
        }
        for (name, value) in members.iter().filter(|(_, value)| !value.is_null()) {
            let at = at.member(name.clone());
            if let Some(expected) = self.wrong(part, name, value, object) {
                found.push(Misshapen {
                    at,
                    expected,
                    observed: Some(value.clone()),
                });
                continue;
            }
            match value {
                Value::Object(_) => self.object(name, &at, value, found),
                Value::Array(entries) => entries
                    .iter()
                    .for_each(|entry| self.object(name, &at, entry, found)),
                _ => {}
            }
        }
    }

    /// What a member should be instead.
    fn wrong(&self, part: &str, name: &str, value: &Value, beside: &Value) -> Option<String> {
        let text = value.as_str();
        let (holds, expected) = match form(part, name)? {
            Form::Text(pattern) => (
                text.is_some_and(|text| matches(pattern, text)),
                format!("a text of the form {pattern}"),
            ),
            Form::OneOf(names) => (
                text.is_some_and(|text| names.contains(&text)),
                format!("one of {}", names.join(", ")),
            ),
            Form::Flag => (value.is_boolean(), "true or false".to_owned()),
            Form::Number => (value.is_number(), "a number".to_owned()),
            Form::List => (value.is_array(), "a list".to_owned()),
            Form::Object => (value.is_object(), "an object".to_owned()),
            Form::OurAccount => (
                text == Some(self.account.id.as_str()),
                self.account.id.clone(),
            ),
            Form::ArnOf(id) => {
                let id = beside.get(id).and_then(Value::as_str);
                let ends = |arn: &str| id.is_none_or(|id| arn.ends_with(id));
                (
                    text.is_some_and(|arn| ends(arn) && self.is_ours(arn)),
                    format!("an ARN of this account for {}", id.unwrap_or("it")),
                )
            }
        };
        (!holds).then_some(expected)
    }

    fn is_ours(&self, arn: &str) -> bool {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let Account {
            id,
            region,
            partition,
            ..
        } = self.account;
        matches!(
            parts.as_slice(),
            ["arn", its_partition, "kms" | "cloudhsm", its_region, its_account, _]
                if its_partition == partition && its_region == region && its_account == id
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;
    use serde_json::json;

    fn found(operation: &str, response: Value) -> Vec<String> {
        let account = Account::new("111122223333", "us-east-1");
        let found = misshapen(&account, operation, &response);
        found.iter().map(|it| it.at.to_string()).collect()
    }

    #[test]
    fn every_operation_with_required_members_exists() {
        for (operation, ..) in REQUIRED {
            let known = catalog::operations().any(|it| it.name() == *operation);
            assert!(known, "{operation}");
        }
    }

    #[test]
    fn what_is_missing_malformed_or_of_another_account_is_found() {
        let id = "00000000-0000-4000-8000-000000000001";
        let arn = format!("arn:aws:kms:us-east-1:111122223333:key/{id}");
        let good = json!({"Keys": [{"KeyId": id, "KeyArn": arn}], "Truncated": false});
        assert!(found("ListKeys", good).is_empty());
        let elsewhere = arn.replace("us-east-1", "eu-west-1");
        let bad =
            json!({"Keys": [{"KeyId": "a", "KeyArn": arn}, {"KeyId": id, "KeyArn": elsewhere}]});
        assert_eq!(
            found("ListKeys", bad),
            ["Truncated", "Keys.KeyArn", "Keys.KeyId", "Keys.KeyArn"]
        );
    }
}
