//! What is there already and a run may use: whether it can be used at all.

use super::finding_lost;
use super::target::AwsTarget;
use kms_conformance_model::Service;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A key store that is there already, and the cluster behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct Description {
    /// The entry of DescribeCustomKeyStores.
    pub store: Value,
    /// The entry of DescribeClusters.
    pub cluster: Value,
}

impl AwsTarget {
    /// Describes the attached key store; `None` where there is none.
    ///
    /// # Errors
    /// When keys cannot be made in it; why, and what to do about it.
    pub async fn describe_attached(&self) -> Result<Option<Description>, String> {
        let Some(id) = self.options.attached.key_store.clone() else {
            return Ok(None);
        };
        let region = self.region().to_owned();
        let body = json!({ "CustomKeyStoreId": id });
        let answer = self.call(Service::Kms, "DescribeCustomKeyStores", &region, &body);
        let answer = answer
            .await
            .map_err(|error| format!("{id}: {}", error.why))?;
        let store = answer.pointer("/CustomKeyStores/0").cloned();
        let store = store.ok_or_else(|| format!("{id}: no key store was described"))?;
        let text = |member: &str| {
            store
                .get(member)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        if text("CustomKeyStoreType") != "AWS_CLOUDHSM" {
            return Err(format!(
                "{id} is no AWS CloudHSM key store; give one that is"
            ));
        }
        if text("ConnectionState") != "CONNECTED" {
            let state = text("ConnectionState");
            return Err(format!("{id} is {state}; connect it first"));
        }
        let name = text("CloudHsmClusterId").to_owned();
        let clusters = finding_lost::clusters(self, &region).await?;
        let is_behind = |it: &&Value| it.get("ClusterId").is_some_and(|id| *id == name.as_str());
        let cluster = clusters.iter().find(is_behind).cloned();
        let cluster = cluster.ok_or_else(|| format!("{name} behind {id} is not described"))?;
        if active_zones(&cluster) < 2 {
            return Err(format!(
                "{name} behind {id} has no two active HSMs in different Availability Zones; add one"
            ));
        }
        Ok(Some(Description { store, cluster }))
    }
}

/// In how many Availability Zones a cluster has active HSMs.
fn active_zones(cluster: &Value) -> usize {
    let hsms = cluster.get("Hsms").and_then(Value::as_array);
    let active = hsms.into_iter().flatten().filter(|hsm| {
        let state = hsm.get("State").and_then(Value::as_str);
        state == Some("ACTIVE")
    });
    let zones = active.filter_map(|hsm| hsm.get("AvailabilityZone")?.as_str());
    zones.collect::<BTreeSet<_>>().len()
}
