//! A key store that somebody else made and connected, as descriptions show it.

use super::{
    Cluster, ClusterState, Connection, Hsm, HsmState, KeyStore, KeyStoreKind, KmsUser, Password,
    State, Traced,
};
use crate::card::{Card, Evidence};
use crate::time::Millis;
use imbl::{OrdMap, OrdSet};
use serde_json::Value;
use std::sync::Arc;

/// What is known of the key store is what was described.
const DESCRIBED: Card = Card {
    id: "KS-DESC-01",
    says: "The list has all key stores, or the one that was asked for, with their names and types.",
    cite: "kms/latest/APIReference/API_DescribeCustomKeyStores.html",
    evidence: Evidence::Documented,
};

impl State {
    /// Believes in a connected AWS CloudHSM key store and the cluster behind it, by their entries in
    /// DescribeCustomKeyStores and DescribeClusters. Nothing happens where an entry lacks what a key
    /// store must have.
    pub fn attach(&mut self, store: &Value, cluster: &Value) {
        let Some((store, cluster)) = store_of(store).zip(cluster_of(cluster)) else {
            return;
        };
        self.key_stores.insert(store.id.clone(), Arc::new(store));
        self.clusters.insert(cluster.id.clone(), Arc::new(cluster));
    }
}

fn store_of(entry: &Value) -> Option<KeyStore> {
    let created = date(entry, "CreationDate")?;
    Some(KeyStore {
        id: text(entry, "CustomKeyStoreId")?,
        name: traced(text(entry, "CustomKeyStoreName")?),
        created,
        kind: KeyStoreKind::CloudHsm {
            cluster: traced(text(entry, "CloudHsmClusterId")?),
            trust_anchor: text(entry, "TrustAnchorCertificate")?,
            password: traced(Password::Rotated(created)),
        },
        connection: traced(Connection::Connected),
        since: created,
    })
}

fn cluster_of(entry: &Value) -> Option<Cluster> {
    let created = date(entry, "CreateTimestamp")?;
    let id = text(entry, "ClusterId")?;
    let hsms = entry.get("Hsms").and_then(Value::as_array);
    let subnets = entry.get("SubnetMapping").and_then(Value::as_object);
    let tags = entry.get("TagList").and_then(Value::as_array);
    let retention = entry.pointer("/BackupRetentionPolicy/Value");
    let certificate = entry.pointer("/Certificates/ClusterCertificate");
    let certificate = certificate.and_then(Value::as_str);
    Some(Cluster {
        created,
        state: traced(ClusterState::Active),
        since: created,
        hsm_type: traced(text(entry, "HsmType")?),
        mode: text(entry, "Mode").map(traced),
        network: traced(text(entry, "NetworkType").unwrap_or_else(|| "IPV4".to_owned())),
        vpc: text(entry, "VpcId"),
        subnets: subnets
            .into_iter()
            .flatten()
            .filter_map(|(zone, subnet)| Some((zone.clone(), subnet.as_str()?.to_owned())))
            .collect(),
        security_group: text(entry, "SecurityGroup"),
        retention: traced(retention.and_then(Value::as_str).unwrap_or("90").to_owned()),
        source_backup: text(entry, "SourceBackupId").map(traced),
        lineage: id.clone(),
        csr: None,
        certificate: certificate.map(|certificate| traced(certificate.to_owned())),
        trust_anchor: None,
        hardware_certificates: OrdMap::new(),
        hsms: hsms
            .into_iter()
            .flatten()
            .filter_map(|entry| hsm_of(entry, created))
            .map(|hsm| (hsm.id.clone(), hsm))
            .collect(),
        tags: tags
            .into_iter()
            .flatten()
            .filter_map(|tag| Some((text(tag, "Key")?, traced(text(tag, "Value")?))))
            .collect(),
        kmsuser: Some(KmsUser {
            password: Password::Rotated(created),
            logged_in: true,
            bad_logins: 0,
            missing_on: OrdSet::new(),
        }),
        keys: OrdSet::new(),
        security_group_changed: false,
        unnamed_backups: 0,
        rollback: None,
        id,
    })
}

fn hsm_of(entry: &Value, since: Millis) -> Option<Hsm> {
    let state = entry.get("State")?.clone();
    Some(Hsm {
        id: text(entry, "HsmId")?,
        zone: text(entry, "AvailabilityZone")?,
        subnet: text(entry, "SubnetId")?,
        state: traced(serde_json::from_value::<HsmState>(state).ok()?),
        since,
        eni_id: text(entry, "EniId"),
        eni_ip: text(entry, "EniIp"),
    })
}

fn text(entry: &Value, member: &str) -> Option<String> {
    Some(entry.get(member)?.as_str()?.to_owned())
}

/// A date in epoch seconds, as milliseconds.
fn date(entry: &Value, member: &str) -> Option<Millis> {
    Some((entry.get(member)?.as_f64()? * 1_000.0) as Millis)
}

const fn traced<T>(value: T) -> Traced<T> {
    Traced {
        value,
        by: &DESCRIBED,
    }
}

#[cfg(test)]
mod tests {
    use crate::Verdict;
    use crate::kms::store_fixture::{STORE, world_with_store};
    use crate::reply::Reply;
    use crate::testing::World;
    use serde_json::{Value, json};

    /// The descriptions of a connected key store that one account has, and another account that
    /// knows it only from them.
    fn attached() -> (World, World, Value) {
        let mut maker = world_with_store();
        let described = maker.ok(
            "DescribeCustomKeyStores",
            json!({ "CustomKeyStoreId": STORE }),
        );
        let clusters = maker.ok("DescribeClusters", json!({}));
        let mut knower = World::new();
        knower.given(|state| {
            state.account_mut().exclusive = false;
            state.attach(&described["CustomKeyStores"][0], &clusters["Clusters"][0]);
        });
        (maker, knower, STORE.into())
    }

    #[test]
    fn a_key_store_is_believed_as_it_is_described() {
        let (mut maker, mut knower, store) = attached();
        for (operation, body) in [
            (
                "DescribeCustomKeyStores",
                json!({ "CustomKeyStoreId": store }),
            ),
            ("DescribeClusters", json!({})),
            (
                "CreateKey",
                json!({ "CustomKeyStoreId": store, "Origin": "AWS_CLOUDHSM" }),
            ),
        ] {
            let answer = maker.ok(operation, body.clone());
            let verdict = knower.judged(operation, &body, &Reply::Done(answer));
            assert!(
                matches!(verdict, Verdict::Conforms(_)),
                "{operation}: {verdict:?}"
            );
        }
    }

    #[test]
    fn a_key_in_it_must_be_one_that_a_key_store_makes() {
        let (mut maker, mut knower, store) = attached();
        let body = json!({ "CustomKeyStoreId": store, "Origin": "AWS_CLOUDHSM" });
        let mut answer = maker.ok("CreateKey", body.clone());
        answer["KeyMetadata"]["Origin"] = json!("AWS_KMS");
        let verdict = knower.judged("CreateKey", &body, &Reply::Done(answer));
        assert!(matches!(verdict, Verdict::Diverges(_)), "{verdict:?}");
    }
}
