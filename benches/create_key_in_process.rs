//! How long does the emulator take for CreateKey without a socket, plain and in a key store?

use criterion::Criterion;
use kms_conformance_model::{OutsideAction, Service};
use kms_conformance_targets::x509::Authority;
use kms_conformance_targets::{Config, Emulator, OutsideCall, Request};
use serde_json::{Value, json};
use std::error::Error;
use std::hint::black_box;

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let mut criterion = Criterion::default().configure_from_args();
    let plain = Emulator::new(Config::default());
    bench(&mut criterion, "plain", &plain, &json!({}));
    let with_store = Emulator::new(Config::default());
    let store = key_store(&with_store)?;
    let body = json!({"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": store});
    bench(&mut criterion, "in_a_key_store", &with_store, &body);
    criterion.final_summary();
    Ok(())
}

/// The account fills up meanwhile, as it does in a long check.
fn bench(criterion: &mut Criterion, name: &str, emulator: &Emulator, body: &Value) {
    let request = Request::new(Service::Kms, "CreateKey", body);
    assert_eq!(emulator.handle(&request).status, 200, "{body} is refused");
    criterion.bench_function(&format!("create_key_in_process/{name}"), |bencher| {
        bencher.iter(|| emulator.handle(black_box(&request)));
    });
}

/// Makes a connected key store and gives its id.
fn key_store(emulator: &Emulator) -> Result<String, Failure> {
    let authority = Authority::new("authority")?;
    let cluster = active_cluster(emulator, &authority)?;
    let create = json!({
        "CustomKeyStoreName": "store",
        "CloudHsmClusterId": cluster,
        "TrustAnchorCertificate": authority.certificate_pem(),
        "KeyStorePassword": "password-1",
    });
    let made = done(emulator, Service::Kms, "CreateCustomKeyStore", &create)?;
    let store = text(&made, "/CustomKeyStoreId")?;
    let connect = json!({"CustomKeyStoreId": store});
    done(emulator, Service::Kms, "ConnectCustomKeyStore", &connect)?;
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
    let made = done(emulator, Service::CloudHsm, "CreateCluster", &create)?;
    let cluster = text(&made, "/Cluster/ClusterId")?;
    add_hsm(emulator, &cluster, "us-east-1a")?;
    let shown = done(emulator, Service::CloudHsm, "DescribeClusters", &json!({}))?;
    let request = text(&shown, "/Clusters/0/Certificates/ClusterCsr")?;
    let initialize = json!({
        "ClusterId": cluster,
        "SignedCert": authority.sign(&request)?,
        "TrustAnchor": authority.certificate_pem(),
    });
    done(
        emulator,
        Service::CloudHsm,
        "InitializeCluster",
        &initialize,
    )?;
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
    done(emulator, Service::CloudHsm, "CreateHsm", &body)?;
    Ok(())
}

fn done(emulator: &Emulator, service: Service, name: &str, body: &Value) -> Result<Value, Failure> {
    let response = emulator.handle(&Request::new(service, name, body));
    let answer = String::from_utf8_lossy(&response.body);
    if response.status != 200 {
        return Err(format!("{name} {body} was answered {answer}").into());
    }
    Ok(serde_json::from_str(&answer)?)
}

fn text(response: &Value, at: &str) -> Result<String, Failure> {
    let found = response.pointer(at).and_then(Value::as_str);
    Ok(found
        .ok_or_else(|| format!("no {at} in {response}"))?
        .to_owned())
}
