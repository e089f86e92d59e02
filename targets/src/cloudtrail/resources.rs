//! Which keys and aliases a call was about.

use super::event::Call;
use kms_conformance_model::Service;
use kms_conformance_model::state::{Key, Names};
use serde_json::{Value, json};
use std::sync::Arc;

impl Call<'_> {
    /// The key that the call was about: the first, where it was about several.
    pub(super) fn key(&self) -> Option<Arc<Key>> {
        self.keys().into_iter().next()
    }

    /// `resources`; absent in the events of key stores and of CloudHSM.
    pub(super) fn resources(&self) -> Option<Value> {
        if self.service == Service::CloudHsm || self.operation.ends_with("CustomKeyStore") {
            return None;
        }
        if self.operation == "DescribeCustomKeyStores" {
            return None;
        }
        let keys = self.keys();
        let keys = keys.iter().map(|key| self.after.key_arn(&key.id));
        let alias = self
            .text("AliasName")
            .map(|name| self.after.alias_arn(name));
        let arns: Vec<String> = match self.operation {
            "CreateAlias" => keys.chain(alias).collect(),
            _ => alias.into_iter().chain(keys).collect(),
        };
        let entries = arns.iter().map(|arn| resource(&self.after.account.id, arn));
        Some(entries.collect())
    }

    /// The keys that the request or, where it names none, the answer names.
    fn keys(&self) -> Vec<Arc<Key>> {
        let asked = ["SourceKeyId", "KeyId", "TargetKeyId", "DestinationKeyId"]
            .iter()
            .filter_map(|member| self.body.get(member)?.as_str());
        let answered = ["/SourceKeyId", "/KeyId", "/KeyMetadata/KeyId"]
            .iter()
            .filter_map(|member| self.answer.pointer(member)?.as_str());
        // An alias is all that a request names which deletes one.
        let alias = self
            .text("AliasName")
            .filter(|_| self.operation == "DeleteAlias");
        let mut keys: Vec<Arc<Key>> = Vec::new();
        for name in answered.chain(asked).chain(alias) {
            let found = [self.before, self.after]
                .into_iter()
                .find_map(|state| state.key_named(name, Names::All));
            if let Some(key) = found
                && !keys.iter().any(|known| known.id == key.id)
            {
                keys.push(Arc::clone(key));
            }
        }
        keys
    }

    fn text(&self, member: &str) -> Option<&str> {
        self.body.get(member)?.as_str()
    }
}

/// One entry of `resources`.
pub(super) fn resource(account: &str, arn: &str) -> Value {
    json!({ "accountId": account, "type": "AWS::KMS::Key", "ARN": arn })
}
