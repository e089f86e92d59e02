//! `additionalEventData`: what neither the request nor the response of a call holds.

use super::event::Call;
use kms_conformance_model::State;
use kms_conformance_model::state::Key;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// The operations whose events show the key store of the key.
const CRYPTOGRAPHIC: &[&str] = &[
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncrypt",
];

impl Call<'_> {
    /// `additionalEventData`, where there is any.
    pub(super) fn additional(&self) -> Option<Value> {
        let data = match self.operation {
            "ConnectCustomKeyStore"
            | "DeleteCustomKeyStore"
            | "DisconnectCustomKeyStore"
            | "UpdateCustomKeyStore" => self.store()?,
            "CreateKey" => {
                let key = self.key()?;
                cluster_of(self.after, &key)?;
                json!({ "backingKey": backing_key(self.after, &key).to_string() })
            }
            "ScheduleKeyDeletion" => in_cluster(self.after, &*self.key()?)?,
            "RetireGrant" => json!({ "grantId": self.body.get("GrantId")? }),
            operation if CRYPTOGRAPHIC.contains(&operation) => self.cryptographic()?,
            _ => return None,
        };
        Some(data)
    }

    /// The name of the key store that the request names, and its cluster.
    fn store(&self) -> Option<Value> {
        let id = self.body.get("CustomKeyStoreId")?.as_str()?;
        let store = [self.after, self.before]
            .into_iter()
            .find_map(|state| state.key_stores.get(id))?;
        let mut data = Map::new();
        data.insert(
            "customKeyStoreName".to_owned(),
            store.name.value.as_str().into(),
        );
        if let Some(cluster) = store.cluster_id() {
            data.insert("clusterId".to_owned(), cluster.into());
        }
        Some(data.into())
    }

    /// Which material did the work, and in which key store it is.
    fn cryptographic(&self) -> Option<Value> {
        let mut data = Map::new();
        if let Some(material) = self.answer.get("KeyMaterialId") {
            data.insert("keyMaterialId".to_owned(), material.clone());
        }
        let key = self.key();
        if let Some(store) = key.as_ref().and_then(|key| key.key_store.as_deref()) {
            data.insert("customKeyStoreId".to_owned(), store.into());
        }
        if let Some(xks_key) = key.as_ref().and_then(|key| key.xks_key.as_deref()) {
            data.insert("xksKeyId".to_owned(), xks_key.into());
        }
        (!data.is_empty()).then(|| data.into())
    }
}

/// What the deletion of a key in a CloudHSM key store shows of it.
fn in_cluster(state: &State, key: &Key) -> Option<Value> {
    Some(json!({
        "customKeyStoreId": key.key_store,
        "clusterId": cluster_of(state, key)?,
        "backingKeys": json!([backing_key(state, key)]).to_string(),
    }))
}

/// The same once it is deleted, and whether its material is gone from the cluster.
pub(super) fn deleted(before: &State, after: &State, key: &Key) -> Option<Value> {
    let cluster = cluster_of(before, key)?;
    let remains = after
        .clusters
        .get(cluster)
        .is_some_and(|cluster| cluster.keys.contains(&after.key_arn(&key.id)));
    let status = json!([{
        "backingKeyId": backing_key_id(before, key),
        "deletionStatus": if remains { "FAILURE" } else { "SUCCESS" },
    }]);
    Some(json!({
        "customKeyStoreId": key.key_store,
        "clusterId": cluster,
        "backingKeys": json!([backing_key(before, key)]).to_string(),
        "backingKeysDeletionStatus": status.to_string(),
    }))
}

fn cluster_of<'s>(state: &'s State, key: &Key) -> Option<&'s str> {
    state.key_stores.get(key.key_store.as_ref()?)?.cluster_id()
}

fn backing_key(state: &State, key: &Key) -> Value {
    json!({ "backingKeyId": backing_key_id(state, key) })
}

/// How events name the material of a key inside HSMs. AWS does not say what the id is made of; this
/// one is the same in all events about a key.
fn backing_key_id(state: &State, key: &Key) -> String {
    let mut id = String::new();
    for byte in Sha256::digest(state.key_arn(&key.id)) {
        // Writing to a string does not fail.
        let _ = write!(id, "{byte:02x}");
    }
    id
}
