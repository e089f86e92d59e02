//! One exchange, as the relations look at it.

use kms_conformance_model::{AnyOperation, Reply, Service};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// A request and its answer.
#[derive(Clone, Copy)]
pub struct At<'e> {
    /// The operation.
    pub operation: &'static dyn AnyOperation,
    /// The body of the request, resolved.
    pub body: &'e Value,
    /// What came back.
    pub reply: &'e Reply,
}

/// The operations that change nothing that another one shows.
const USES: &[&str] = &[
    "Decrypt",
    "DeriveSharedSecret",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "GenerateRandom",
    "ReEncrypt",
    "Sign",
    "Verify",
    "VerifyMac",
];

/// Whether the operation with this label uses the material of a key and changes nothing.
pub(crate) fn uses_material(label: &str) -> bool {
    USES.contains(&label)
}

impl<'e> At<'e> {
    /// The operation, if it is one of KMS.
    pub(super) fn kms(&self) -> Option<&'static str> {
        (self.operation.service() == Service::Kms).then(|| self.operation.name())
    }

    /// The operation, if it is one of CloudHSM.
    pub(super) fn hsm(&self) -> Option<&'static str> {
        (self.operation.service() == Service::CloudHsm).then(|| self.operation.name())
    }

    /// The response of a success.
    pub(crate) fn done(&self) -> Option<&'e Value> {
        match self.reply {
            Reply::Done(response) => Some(response),
            Reply::Refused(_) | Reply::Lost(_) => None,
        }
    }

    /// The type of an error.
    pub(super) fn error(&self) -> Option<&'e str> {
        match self.reply {
            Reply::Refused(refused) => Some(&refused.error),
            Reply::Done(_) | Reply::Lost(_) => None,
        }
    }

    /// Whether the answer is that something does not exist.
    pub(super) fn finds_nothing(&self) -> bool {
        self.error()
            .is_some_and(|error| error.ends_with("NotFoundException"))
    }

    /// A text of the request.
    pub(super) fn asked(&self, member: &str) -> Option<&'e str> {
        self.body.get(member)?.as_str()
    }

    /// A text of the response, by its JSON pointer.
    pub(super) fn shown(&self, pointer: &str) -> Option<&'e str> {
        self.done()?.pointer(pointer)?.as_str()
    }

    /// The id of the key that the request names by id or ARN.
    pub(super) fn asked_key(&self) -> Option<&'e str> {
        key_id(self.asked("KeyId")?)
    }

    /// The alias by which the request names a key.
    pub(super) fn asked_alias(&self) -> Option<&'e str> {
        alias_name(self.asked("KeyId")?)
    }

    /// The entries of a list in the response.
    pub(super) fn entries(&self, member: &str) -> &'e [Value] {
        let found = self.done().and_then(|response| response.get(member));
        found.and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// Whether the request writes if it is not refused. What is not known to leave things alone
    /// does; a name of AWS's own may make a key when it is first used.
    pub(crate) fn writes(&self) -> bool {
        let name = self.operation.name();
        let reads = ["Describe", "List", "Get"];
        let leaves_alone = reads.iter().any(|verb| name.starts_with(verb)) || USES.contains(&name);
        !leaves_alone || self.body.to_string().contains("alias/aws/")
    }

    /// Whether a success takes something away.
    pub(super) fn deletes(&self) -> bool {
        let name = self.operation.name();
        name.starts_with("Delete") || name.starts_with("Schedule")
    }

    /// Whether the response shows what the account holds instead of one thing that the request names.
    pub(super) fn is_about_all(&self) -> bool {
        let name = self.operation.name();
        matches!(
            name,
            "DescribeBackups" | "DescribeClusters" | "DescribeCustomKeyStores"
        ) || (name.starts_with("List") && self.body.get("KeyId").is_none())
    }

    /// The token that asked for a later page.
    pub(super) fn asked_page(&self) -> Option<&'e str> {
        self.asked("Marker").or_else(|| self.asked("NextToken"))
    }

    /// The token of the page after this one.
    pub(super) fn next_page(&self) -> Option<&'e str> {
        let token = self
            .shown("/NextMarker")
            .or_else(|| self.shown("/NextToken"));
        token.filter(|token| !token.is_empty())
    }

    /// Whether the response is the first page of a list and the last one.
    pub(super) fn is_whole(&self) -> bool {
        let truncated = self.done().and_then(|response| response.get("Truncated"));
        self.done().is_some()
            && self.asked_page().is_none()
            && self.next_page().is_none()
            && truncated.and_then(Value::as_bool) != Some(true)
    }

    /// Whether the request says nothing but how long a page may be.
    pub(super) fn asks_for_all(&self) -> bool {
        unpaged(self.body).is_empty()
    }

    /// Every name in the request and in the answer.
    pub(super) fn names(&self) -> Names {
        let mut names = Names::default();
        names.collect(self.body);
        if let Some(response) = self.done() {
            names.collect(response);
        }
        names
    }
}

/// The members of a request that do not say which page is wanted.
pub(super) fn unpaged(body: &Value) -> Map<String, Value> {
    let paging = ["Limit", "Marker", "MaxResults", "NextToken"];
    let members = body.as_object().into_iter().flatten();
    members
        .filter(|(name, value)| !paging.contains(&name.as_str()) && !value.is_null())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// The id in the id or ARN of a key.
pub(super) fn key_id(name: &str) -> Option<&str> {
    match name.strip_prefix("arn:") {
        Some(arn) => arn.split_once(":key/").map(|(_, id)| id),
        None => (!name.starts_with("alias/")).then_some(name),
    }
}

/// The alias in an alias name or alias ARN.
pub(super) fn alias_name(name: &str) -> Option<&str> {
    let place = match name.starts_with("arn:") {
        true => name.find(":alias/")? + 1,
        false => 0,
    };
    name.get(place..)
        .filter(|alias| alias.starts_with("alias/"))
}

/// Names that nothing is to be known of any more.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) known: BTreeSet<String>,
    /// Whether they are all names there are.
    pub(super) all: bool,
}

impl Names {
    /// Whether this is one of them.
    pub(super) fn has(&self, name: &str) -> bool {
        self.all || self.known.contains(name)
    }

    fn collect(&mut self, document: &Value) {
        match document {
            Value::Object(members) => members.values().for_each(|member| self.collect(member)),
            Value::Array(entries) => entries.iter().for_each(|entry| self.collect(entry)),
            Value::String(text) => {
                let inner = key_id(text).or_else(|| alias_name(text));
                self.known.extend(inner.map(str::to_owned));
                self.known.insert(text.clone());
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_and_an_alias_are_known_in_both_forms() {
        let arn = "arn:aws:kms:us-east-1:123456789012:key/mrk-1";
        assert_eq!(key_id(arn), Some("mrk-1"));
        assert_eq!(key_id("mrk-1"), Some("mrk-1"));
        assert_eq!(key_id("alias/a"), None);
        let arn = "arn:aws:kms:us-east-1:123456789012:alias/a/b";
        assert_eq!(key_id(arn), None);
        assert_eq!(alias_name(arn), Some("alias/a/b"));
        assert_eq!(alias_name("alias/a/b"), Some("alias/a/b"));
        assert_eq!(alias_name("mrk-1"), None);
    }
}
