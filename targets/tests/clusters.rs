//! A custom key store from nothing: a real signing request, a real certificate, and key material that
//! is really inside the HSMs.

#![cfg(test)]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kms_conformance_model::{OutsideAction, Reply, Service};
use kms_conformance_targets::x509::Authority;
use kms_conformance_targets::{Answer, Config, Emulator, OutsideCall, Request, reply};
use serde_json::{Value, json};

fn ask(emulator: &Emulator, service: Service, operation: &str, body: &Value) -> Reply {
    match reply(&emulator.handle(&Request::new(service, operation, body))) {
        Answer::Reply(reply) => reply,
        Answer::Unsupported(why) | Answer::Untyped(why) => panic!("{operation}: {why}"),
    }
}

fn done(emulator: &Emulator, service: Service, operation: &str, body: Value) -> Value {
    match ask(emulator, service, operation, &body) {
        Reply::Done(response) => response,
        other => panic!("{operation} {body} was answered {other:?}"),
    }
}

fn cluster(emulator: &Emulator) -> String {
    let subnets = emulator.outside(&OutsideCall::Subnets).unwrap();
    let ids: Vec<&Value> = subnets["subnets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|subnet| &subnet["id"])
        .collect();
    let body = json!({"HsmType": "hsm2m.medium", "SubnetIds": ids, "Mode": "FIPS"});
    let made = done(emulator, Service::CloudHsm, "CreateCluster", body);
    let id = made["Cluster"]["ClusterId"].as_str().unwrap().to_owned();
    add_hsm(emulator, &id, "us-east-1a");
    id
}

fn add_hsm(emulator: &Emulator, cluster: &str, zone: &str) {
    let body = json!({"ClusterId": cluster, "AvailabilityZone": zone});
    done(emulator, Service::CloudHsm, "CreateHsm", body);
}

fn described(emulator: &Emulator) -> Value {
    done(emulator, Service::CloudHsm, "DescribeClusters", json!({}))["Clusters"][0].clone()
}

fn initialise(emulator: &Emulator, cluster: &str, signed: &str, anchor: &str) -> Reply {
    let body = json!({"ClusterId": cluster, "SignedCert": signed, "TrustAnchor": anchor});
    ask(emulator, Service::CloudHsm, "InitializeCluster", &body)
}

/// A connected key store; gives the cluster's id and the store's.
fn key_store(emulator: &Emulator) -> (String, String) {
    let cluster = cluster(emulator);
    let csr = described(emulator)["Certificates"]["ClusterCsr"].clone();
    let authority = Authority::new("anchor").unwrap();
    let signed = authority.sign(csr.as_str().unwrap()).unwrap();
    let anchor = authority.certificate_pem();
    let reply = initialise(emulator, &cluster, &signed, &anchor);
    assert!(matches!(reply, Reply::Done(_)), "{reply:?}");
    let actions = [
        OutsideAction::ActivateCluster {
            cluster: cluster.clone(),
        },
        OutsideAction::CreateKmsUser {
            cluster: cluster.clone(),
            password: "password-1".to_owned(),
            missing_on: Vec::new(),
        },
    ];
    for action in actions {
        emulator.outside(&OutsideCall::Act(action)).unwrap();
    }
    add_hsm(emulator, &cluster, "us-east-1b");
    let body = json!({
        "CustomKeyStoreName": "store",
        "CloudHsmClusterId": cluster,
        "TrustAnchorCertificate": anchor,
        "KeyStorePassword": "password-1",
    });
    let made = done(emulator, Service::Kms, "CreateCustomKeyStore", body);
    let store = made["CustomKeyStoreId"].as_str().unwrap().to_owned();
    let body = json!({"CustomKeyStoreId": store});
    done(emulator, Service::Kms, "ConnectCustomKeyStore", body);
    (cluster, store)
}

fn hsm_keys(emulator: &Emulator, cluster: &str) -> Vec<Value> {
    let call = OutsideCall::HsmKeys {
        cluster: cluster.to_owned(),
    };
    let listed = emulator.outside(&call).unwrap();
    listed["keys"].as_array().unwrap().clone()
}

#[test]
fn a_cluster_takes_only_a_certificate_for_its_own_key() {
    let emulator = Emulator::new(Config::default());
    let id = cluster(&emulator);
    let shown = described(&emulator);
    let csr = shown["Certificates"]["ClusterCsr"].as_str().unwrap();
    let (authority, other) = (Authority::new("a").unwrap(), Authority::new("b").unwrap());
    let signed = authority.sign(csr).unwrap();
    let foreign = kms_conformance_targets::x509::cluster_csr();
    let for_another = authority.sign(&foreign).unwrap();
    let anchor = authority.certificate_pem();
    for (signed, anchor) in [
        ("hello", anchor.as_str()),
        (&signed, "hello"),
        (&signed, &signed),
        (&signed, &other.certificate_pem()),
        (&for_another, &anchor),
    ] {
        match initialise(&emulator, &id, signed, anchor) {
            Reply::Refused(refused) => assert_eq!(refused.error, "CloudHsmInvalidRequestException"),
            reply => panic!("{reply:?}"),
        }
    }
    let reply = initialise(&emulator, &id, &signed, &anchor);
    assert!(matches!(reply, Reply::Done(_)), "{reply:?}");
    assert_eq!(described(&emulator)["State"], "INITIALIZED");
}

#[test]
fn a_key_in_the_store_is_a_key_in_the_hsms() {
    let emulator = Emulator::new(Config::default());
    let (cluster, store) = key_store(&emulator);
    assert!(hsm_keys(&emulator, &cluster).is_empty());
    let body = json!({"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": store});
    let made = done(&emulator, Service::Kms, "CreateKey", body);
    let arn = made["KeyMetadata"]["Arn"].clone();
    let keys = hsm_keys(&emulator, &cluster);
    assert_eq!(keys.len(), 1);
    let key = &keys[0];
    assert_eq!((&key["label"], &key["class"]), (&arn, &json!("AES")));
    assert_eq!(
        (&key["length"], &key["persistent"]),
        (&json!(256), &json!(true))
    );
    assert_eq!(key["extractable"], json!(false));
    assert_eq!(key["check_value"].as_str().map(str::len), Some(6));
    let body = json!({"KeyId": arn, "Plaintext": STANDARD.encode("secret")});
    let sealed = done(&emulator, Service::Kms, "Encrypt", body);
    let body = json!({"CiphertextBlob": sealed["CiphertextBlob"]});
    let opened = done(&emulator, Service::Kms, "Decrypt", body);
    assert_eq!(opened["Plaintext"], STANDARD.encode("secret"));
}

#[test]
fn a_key_deleted_inside_the_hsms_is_gone() {
    let emulator = Emulator::new(Config::default());
    let (cluster, store) = key_store(&emulator);
    let body = json!({"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": store});
    let made = done(&emulator, Service::Kms, "CreateKey", body);
    let label = made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
    let body = json!({"KeyId": label, "Plaintext": STANDARD.encode("secret")});
    let sealed = done(&emulator, Service::Kms, "Encrypt", body);
    let delete = OutsideAction::DeleteHsmKey {
        cluster: cluster.clone(),
        label,
    };
    emulator.outside(&OutsideCall::Act(delete)).unwrap();
    assert!(hsm_keys(&emulator, &cluster).is_empty());
    let body = json!({"CiphertextBlob": sealed["CiphertextBlob"]});
    let reply = ask(&emulator, Service::Kms, "Decrypt", &body);
    assert!(!matches!(reply, Reply::Done(_)), "{reply:?}");
}
