//! What a run makes on AWS, and how requests and answers name it.

use super::asked::Asked;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The key of the tag that everything has that a run makes; its value is the name of the run.
pub const TAG_KEY: &str = "kms-conformance:run";

/// A kind of thing that can be made, and must be taken away again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// An alias, by its name.
    Alias,
    /// A KMS key, by its id.
    Key,
    /// A custom key store, by its id.
    KeyStore,
    /// An HSM, by its id.
    Hsm,
    /// A cluster, by its id.
    Cluster,
}

impl Kind {
    /// What it is called in a sentence.
    pub const fn word(self) -> &'static str {
        match self {
            Kind::Alias => "alias",
            Kind::Key => "key",
            Kind::KeyStore => "key store",
            Kind::Hsm => "HSM",
            Kind::Cluster => "cluster",
        }
    }
}

/// Something that was made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Thing {
    /// What it is.
    pub kind: Kind,
    /// Its id, or the name of an alias.
    pub id: String,
    /// The Region that it is in.
    pub region: String,
}

/// What a success made.
pub(super) fn made(asked: &Asked, region: &str, response: &Value) -> Option<Thing> {
    let shown = |pointer: &str| response.pointer(pointer)?.as_str();
    let kind = asked.makes()?;
    let id = match asked.operation.as_str() {
        "CreateKey" => shown("/KeyMetadata/KeyId"),
        "ReplicateKey" => shown("/ReplicaKeyMetadata/KeyId"),
        "CreateAlias" => asked.text("AliasName"),
        "CreateCustomKeyStore" => shown("/CustomKeyStoreId"),
        "CreateCluster" => shown("/Cluster/ClusterId"),
        _ => shown("/Hsm/HsmId"),
    };
    Some(Thing {
        kind,
        id: id?.to_owned(),
        region: region_of_what_is_made(asked, region).to_owned(),
    })
}

/// Whether a list of tags, whose members have these names, has that of a run.
pub(super) fn has_tag(tags: &[Value], [key, value]: [&str; 2], run: &str) -> bool {
    let holds = |tag: &Value, name: &str, text: &str| tag.get(name).is_some_and(|it| it == text);
    let mut tags = tags.iter();
    tags.any(|tag| holds(tag, key, TAG_KEY) && holds(tag, value, run))
}

/// The members of a tag of KMS.
pub(super) const KMS_TAG: [&str; 2] = ["TagKey", "TagValue"];

/// The members of a tag of CloudHSM.
pub(super) const CLOUD_HSM_TAG: [&str; 2] = ["Key", "Value"];

/// The Regions that a run makes replica keys in, besides its own. Whether another name is one of a
/// Region nobody could find out without asking there.
const REPLICA_REGIONS: &[&str] = &[
    "ap-southeast-2",
    "cn-north-1",
    "cn-northwest-1",
    "eu-west-1",
    "us-east-1",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-west-2",
];

/// Whether replica keys can be made in, and taken away from, this Region.
pub(super) fn is_replica_region(region: &str) -> bool {
    REPLICA_REGIONS.contains(&region)
}

/// The Region in which a request makes something.
pub(super) fn region_of_what_is_made<'a>(asked: &'a Asked, region: &'a str) -> &'a str {
    match asked.operation.as_str() {
        "ReplicateKey" => asked.text("ReplicaRegion").unwrap_or(region),
        _ => region,
    }
}

/// Something that a request names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named<'a> {
    /// A key, by its id.
    Key(&'a str),
    /// An alias, by its name.
    Alias(&'a str),
    /// A custom key store, by its id.
    KeyStore(&'a str),
    /// A cluster, by its id.
    Cluster(&'a str),
    /// An HSM, by its id or that of its network interface.
    Hsm(&'a str),
    /// A backup, by its id.
    Backup(&'a str),
}

impl<'a> Named<'a> {
    /// The identifier.
    pub(super) const fn id(self) -> &'a str {
        match self {
            Named::Key(id)
            | Named::Alias(id)
            | Named::KeyStore(id)
            | Named::Cluster(id)
            | Named::Hsm(id)
            | Named::Backup(id) => id,
        }
    }
}

/// Everything that the texts of a body name, whatever member they stand in.
pub(super) fn named(body: &Value) -> Vec<Named<'_>> {
    match body {
        Value::String(text) => identifier(text).into_iter().collect(),
        Value::Array(entries) => entries.iter().flat_map(named).collect(),
        Value::Object(members) => members.values().flat_map(named).collect(),
        _ => Vec::new(),
    }
}

/// What a text names, if it is nothing but an identifier.
fn identifier(text: &str) -> Option<Named<'_>> {
    // The last part of an ARN names the thing, wherever it may be.
    let text = match text.strip_prefix("arn:") {
        Some(arn) => arn.rsplit(':').next().unwrap_or(arn),
        None => text,
    };
    let id = text.split_once('/').map_or(text, |(_, id)| id);
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| text.starts_with(prefix));
    if starts(&["key/", "mrk-"]) || is_key_id(text) {
        Some(Named::Key(id))
    } else if starts(&["alias/"]) {
        Some(Named::Alias(text))
    } else if starts(&["cks-"]) {
        Some(Named::KeyStore(text))
    } else if starts(&["cluster-"]) {
        Some(Named::Cluster(text))
    } else if starts(&["hsm-", "eni-"]) {
        Some(Named::Hsm(text))
    } else if starts(&["backup-", "backup/"]) {
        Some(Named::Backup(id))
    } else {
        None
    }
}

/// Whether a text has the form of the id of a key: a UUID.
fn is_key_id(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let hex = |part: &&str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]) && parts.iter().all(hex)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_that_are_identifiers_name_something() {
        let key = "1234abcd-12ab-34cd-56ef-1234567890ab";
        let body = json!({
            "KeyId": format!("arn:aws:kms:us-east-1:111122223333:key/{key}"),
            "Description": format!("about {key}"),
            "Aliases": ["alias/a", "arn:aws:kms:us-east-1:111122223333:alias/b"],
            "Other": {"Store": "cks-1", "Cluster": "cluster-2", "Plain": key, "Replica": "mrk-3"},
            "Backup": "arn:aws:cloudhsm:us-east-1:111122223333:backup/backup-4",
        });
        let mut ids: Vec<&str> = named(&body).into_iter().map(Named::id).collect();
        ids.sort_unstable();
        assert_eq!(
            ids,
            [
                key,
                key,
                "alias/a",
                "alias/b",
                "backup-4",
                "cks-1",
                "cluster-2",
                "mrk-3"
            ]
        );
    }

    #[test]
    fn what_was_made_is_named_by_the_answer() {
        let asked = Asked {
            body: json!({"ReplicaRegion": "eu-west-1"}),
            ..Asked::kms("ReplicateKey")
        };
        let response = json!({"ReplicaKeyMetadata": {"KeyId": "mrk-1"}});
        let thing = made(&asked, "us-east-1", &response).unwrap();
        assert_eq!(
            (thing.id.as_str(), thing.region.as_str()),
            ("mrk-1", "eu-west-1")
        );
        assert_eq!(made(&asked, "us-east-1", &json!({})), None);
    }
}
