//! The way from an empty account to a connected key store.

use crate::Failure;
use crate::calls::{call, kms, text};
use kms_conformance_model::{OutsideAction, Service};
use kms_conformance_targets::x509::Authority;
use kms_conformance_targets::{Emulator, OutsideCall};
use serde_json::{Value, json};

/// Makes a connected key store and gives its id.
///
/// # Errors
/// When anything on the way is refused.
pub fn key_store(emulator: &Emulator) -> Result<String, Failure> {
    let authority = Authority::new("authority")?;
    let cluster = active_cluster(emulator, &authority)?;
    let create = json!({
        "CustomKeyStoreName": "store",
        "CloudHsmClusterId": cluster,
        "TrustAnchorCertificate": authority.certificate_pem(),
        "KeyStorePassword": "password-1",
    });
    let made = kms(emulator, "CreateCustomKeyStore", &create)?;
    let store = text(&made, "/CustomKeyStoreId")?;
    let connect = json!({"CustomKeyStoreId": store});
    kms(emulator, "ConnectCustomKeyStore", &connect)?;
    Ok(store)
}

/// Makes a cluster with a `kmsuser` and HSMs in two Availability Zones, and gives its id.
fn active_cluster(emulator: &Emulator, authority: &Authority) -> Result<String, Failure> {
    let subnets = emulator.outside(&OutsideCall::Subnets)?;
    let subnets = subnets.get("subnets").and_then(Value::as_array);
    let ids: Vec<_> = subnets
        .into_iter()
        .flatten()
        .map(|it| it.get("id"))
        .collect();
    let create = json!({"HsmType": "hsm2m.medium", "Mode": "FIPS", "SubnetIds": ids});
    let made = cloudhsm(emulator, "CreateCluster", &create)?;
    let cluster = text(&made, "/Cluster/ClusterId")?;
    add_hsm(emulator, &cluster, "us-east-1a")?;
    let shown = cloudhsm(emulator, "DescribeClusters", &json!({}))?;
    let request = text(&shown, "/Clusters/0/Certificates/ClusterCsr")?;
    let initialize = json!({
        "ClusterId": cluster,
        "SignedCert": authority.sign(&request)?,
        "TrustAnchor": authority.certificate_pem(),
    });
    cloudhsm(emulator, "InitializeCluster", &initialize)?;
    let activate = OutsideAction::ActivateCluster {
        cluster: cluster.clone(),
    };
    let create_user = OutsideAction::CreateKmsUser {
        cluster: cluster.clone(),
        password: "password-1".to_owned(),
        missing_on: Vec::new(),
    };
    emulator.outside(&OutsideCall::Act(activate))?;
    emulator.outside(&OutsideCall::Act(create_user))?;
    add_hsm(emulator, &cluster, "us-east-1b")?;
    Ok(cluster)
}

fn add_hsm(emulator: &Emulator, cluster: &str, zone: &str) -> Result<(), Failure> {
    let body = json!({"ClusterId": cluster, "AvailabilityZone": zone});
    cloudhsm(emulator, "CreateHsm", &body)?;
    Ok(())
}

fn cloudhsm(emulator: &Emulator, operation: &str, body: &Value) -> Result<Value, Failure> {
    call(emulator, Service::CloudHsm, operation, body)
}
