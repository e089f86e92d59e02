//! The events that a served emulator writes: those of the samples in the developer guide, and no
//! secret in any.

use crate::serve::Served;
use crate::snapshots::in_folder;
use kms_conformance_model::{OutsideAction, Service, catalog};
use kms_conformance_targets::x509::Authority;
use kms_conformance_targets::{HttpTarget, OutsideCall, Request, Target};
use serde_json::{Map, Value, json};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The members whose values no event may hold.
const SECRET: &[&str] = &[
    "Certificates",
    "CiphertextBlob",
    "GrantToken",
    "KeyStorePassword",
    "Mac",
    "Message",
    "Plaintext",
    "Signature",
    "SignedCert",
    "TrustAnchor",
    "TrustAnchorCertificate",
];

/// A client of an emulator that keeps a trail.
struct Client {
    runtime: Runtime,
    target: HttpTarget,
    trail: PathBuf,
    /// What was in secret members of requests and responses.
    secrets: Vec<String>,
    _served: Served,
    _dir: TempDir,
}

impl Client {
    fn new() -> Client {
        let dir = tempfile::tempdir().unwrap();
        let trail = dir.path().join("trail.ndjson");
        let served = Served::start(&["--cloudtrail", trail.to_str().unwrap()]);
        let runtime = Runtime::new().unwrap();
        let url = served.url();
        let target = runtime.block_on(HttpTarget::new(&url, "eu-west-1"));
        Client {
            target: target.unwrap(),
            runtime,
            trail,
            secrets: Vec::new(),
            _served: served,
            _dir: dir,
        }
    }

    fn kms(&mut self, operation: &str, body: Value) -> Value {
        self.send(Service::Kms, operation, body)
    }

    fn hsm(&mut self, operation: &str, body: Value) -> Value {
        self.send(Service::CloudHsm, operation, body)
    }

    fn send(&mut self, service: Service, operation: &str, body: Value) -> Value {
        let request = Request::new(service, operation, &body);
        let response = self.runtime.block_on(self.target.send(&request)).unwrap();
        let answer = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
        collect(&body, false, &mut self.secrets);
        // In an error, Message is not the message to sign.
        if response.status == 200 {
            collect(&answer, false, &mut self.secrets);
        }
        answer
    }

    fn outside(&self, call: &OutsideCall) -> Value {
        self.runtime.block_on(self.target.outside(call)).unwrap()
    }

    fn act(&self, action: OutsideAction) {
        self.outside(&OutsideCall::Act(action));
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.trail).unwrap()
    }

    fn events(&self) -> Vec<Value> {
        let text = self.text();
        let lines = text.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The last event with this name.
    fn event(&self, name: &str) -> Value {
        let mut events = self.events().into_iter();
        events.rfind(|event| event["eventName"] == name).unwrap()
    }
}

fn collect(document: &Value, secret: bool, into: &mut Vec<String>) {
    match document {
        Value::Object(members) => {
            for (name, member) in members {
                collect(member, secret || SECRET.contains(&name.as_str()), into);
            }
        }
        Value::Array(entries) => entries
            .iter()
            .for_each(|entry| collect(entry, secret, into)),
        // A certificate is shown line by line, if at all.
        Value::String(text) if secret => into.extend(text.lines().map(str::to_owned)),
        _ => {}
    }
}

/// From nothing to a key in a key store, a day with it, and its end. Gives the id of the key.
fn day(client: &mut Client) -> String {
    let subnets = client.outside(&OutsideCall::Subnets);
    let subnet = |index: usize| subnets["subnets"][index]["id"].clone();
    let body = json!({
        "HsmType": "hsm2m.medium", "Mode": "FIPS", "SubnetIds": [subnet(0), subnet(1)],
        "TagList": [{"Key": "Purpose", "Value": "test"}],
    });
    let made = client.hsm("CreateCluster", body);
    let cluster = made["Cluster"]["ClusterId"].as_str().unwrap().to_owned();
    let hsm = |zone: &str| json!({"ClusterId": cluster, "AvailabilityZone": zone});
    client.hsm("CreateHsm", hsm("eu-west-1a"));
    let shown = client.hsm("DescribeClusters", json!({}));
    let csr = shown["Clusters"][0]["Certificates"]["ClusterCsr"]
        .as_str()
        .unwrap();
    let authority = Authority::new("anchor").unwrap();
    let anchor = authority.certificate_pem();
    let signed = authority.sign(csr).unwrap();
    let body = json!({"ClusterId": cluster, "SignedCert": signed, "TrustAnchor": anchor});
    client.hsm("InitializeCluster", body);
    client.act(OutsideAction::ActivateCluster {
        cluster: cluster.clone(),
    });
    client.act(OutsideAction::CreateKmsUser {
        cluster: cluster.clone(),
        password: "correct-horse".to_owned(),
        missing_on: Vec::new(),
    });
    client.hsm("CreateHsm", hsm("eu-west-1b"));
    let body = json!({
        "CustomKeyStoreName": "store", "CloudHsmClusterId": cluster,
        "TrustAnchorCertificate": anchor, "KeyStorePassword": "correct-horse",
    });
    let made = client.kms("CreateCustomKeyStore", body);
    let store = json!({"CustomKeyStoreId": made["CustomKeyStoreId"]});
    client.kms("ConnectCustomKeyStore", store.clone());
    client.kms("DescribeCustomKeyStores", store.clone());
    let body = json!({
        "Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": store["CustomKeyStoreId"],
        "Tags": [{"TagKey": "Purpose", "TagValue": "test"}],
    });
    let made = client.kms("CreateKey", body);
    let key = made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned();
    work(client, &key);
    let body = json!({"KeyId": key, "PendingWindowInDays": 7});
    client.kms("ScheduleKeyDeletion", body);
    client.outside(&OutsideCall::Advance {
        milliseconds: 8 * 24 * 3_600_000,
    });
    client.kms("DisconnectCustomKeyStore", store.clone());
    let mut body = store.clone();
    body["NewCustomKeyStoreName"] = json!("renamed");
    body["KeyStorePassword"] = json!("battery-staple");
    client.kms("UpdateCustomKeyStore", body);
    client.kms("DeleteCustomKeyStore", store);
    key
}

/// What is done with a key, and refusals.
fn work(client: &mut Client, key: &str) {
    let alias = "alias/of-the-day";
    client.kms(
        "CreateAlias",
        json!({"AliasName": alias, "TargetKeyId": key}),
    );
    let body = json!({
        "KeyId": alias, "Plaintext": "YXR0YWNrIGF0IGRhd24=", "EncryptionContext": {"Unit": "A"},
    });
    let sealed = client.kms("Encrypt", body.clone())["CiphertextBlob"].clone();
    let context = json!({"Unit": "A"});
    client.kms(
        "Decrypt",
        json!({"CiphertextBlob": sealed, "EncryptionContext": context}),
    );
    client.kms(
        "Decrypt",
        json!({"CiphertextBlob": sealed, "EncryptionContext": {"Unit": "B"}}),
    );
    client.kms(
        "GenerateDataKey",
        json!({"KeyId": key, "KeySpec": "AES_256"}),
    );
    client.kms("GenerateRandom", json!({"NumberOfBytes": 32}));
    client.kms("DescribeKey", json!({"KeyId": alias}));
    client.kms("ListAliases", json!({"Limit": 5}));
    client.kms(
        "TagResource",
        json!({"KeyId": key, "Tags": [{"TagKey": "a", "TagValue": "b"}]}),
    );
    client.kms(
        "UpdateKeyDescription",
        json!({"KeyId": key, "Description": "of the day"}),
    );
    client.kms("DisableKey", json!({"KeyId": key}));
    client.kms("Encrypt", body);
    client.kms("DeleteAlias", json!({"AliasName": alias}));
    client.kms("DescribeKey", json!({"KeyId": alias}));
    client.kms("CreateKey", json!({"KeySpec": "AES_7"}));
}

#[test]
fn calls_have_the_events_of_the_samples() {
    let mut client = Client::new();
    day(&mut client);
    // What differs from event to event; what is the same in all is in the next snapshot.
    let lines: String = client
        .events()
        .iter()
        .map(|event| format!("{}\n", special(event)))
        .collect();
    let whole = serde_json::to_string_pretty(&client.event("DeleteKey")).unwrap()
        + "\n"
        + &serde_json::to_string_pretty(&client.event("ScheduleKeyDeletion")).unwrap();
    insta::with_settings!({filters => vec![
        (r"[0-9a-f]{64}", "[hash]"),
        (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "[uuid]"),
        (r"(cluster|hsm|cks|eni|sg|subnet|vpc)-[0-9a-z]{8,}", "$1-[id]"),
        (r"10\.0\.\d+\.\d+", "[address]"),
        (r"[A-Z][a-z]{2} \d+, \d{4}, \d+:\d\d:\d\d [AP]M", "[date]"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "[time]"),
    ]}, {
        in_folder("cloudtrail", || insta::assert_snapshot!("day", lines));
        in_folder("cloudtrail", || insta::assert_snapshot!("events", whole));
    });
}

fn special(event: &Value) -> Value {
    const SAME: &[&str] = &[
        "awsRegion",
        "eventCategory",
        "eventID",
        "eventTime",
        "eventVersion",
        "managementEvent",
        "recipientAccountId",
        "requestID",
        "sourceIPAddress",
        "userAgent",
        "userIdentity",
    ];
    let members = event.as_object().unwrap().iter();
    let members = members.filter(|(name, _)| !SAME.contains(&name.as_str()));
    members
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect::<Map<_, _>>()
        .into()
}

#[test]
fn no_secret_of_a_request_or_an_answer_is_in_an_event() {
    let mut client = Client::new();
    day(&mut client);
    let text = client.text();
    assert!(client.secrets.len() > 40, "{}", client.secrets.len());
    for secret in &client.secrets {
        assert!(!text.contains(secret), "{secret} is in the trail");
    }
}

#[test]
fn no_secret_of_a_refused_request_is_in_an_event() {
    let mut client = Client::new();
    let mut operations = 0;
    for operation in catalog::operations() {
        // A secret in each member that holds one, and all others left out.
        let secret = operation
            .members()
            .iter()
            .filter(|member| member.sensitive || SECRET.contains(&member.name));
        let body: Map<String, Value> = secret
            .map(|member| {
                (
                    member.name.to_owned(),
                    json!("c2VjcmV0IG9mIGEgcmVxdWVzdA=="),
                )
            })
            .collect();
        client.send(operation.service(), operation.name(), body.into());
        operations += 1;
    }
    let text = client.text();
    assert_eq!(text.lines().count(), operations);
    assert!(!text.contains("c2VjcmV0IG9m"));
}

#[test]
fn an_event_tells_who_called_and_which_answer_it_belongs_to() {
    let mut client = Client::new();
    let request = Request::new(Service::Kms, "ListKeys", &json!({}));
    let response = client
        .runtime
        .block_on(client.target.send(&request))
        .unwrap();
    client.kms("DescribeKey", json!({"KeyId": "alias/nothing"}));
    let event = client.event("ListKeys");
    assert_eq!(
        event["requestID"],
        response.header("x-amzn-requestid").unwrap()
    );
    assert_eq!(event["userIdentity"]["accessKeyId"], "AKIAIOSFODNN7EXAMPLE");
    assert_eq!(event["sourceIPAddress"], "127.0.0.1");
    let refused = client.event("DescribeKey");
    assert_eq!(refused["errorCode"], "NotFoundException");
    assert_ne!(refused["eventID"], event["eventID"]);
}

#[test]
fn what_names_no_operation_has_no_event() {
    let client = Client::new();
    for target in [None, Some("TrentService.CreateKeys".to_owned())] {
        let request = Request {
            target,
            body: Vec::new(),
            region: None,
        };
        client
            .runtime
            .block_on(client.target.send(&request))
            .unwrap();
    }
    assert_eq!(client.text(), "");
}

#[test]
fn a_file_that_cannot_be_written_is_a_usage_error() {
    let output = Command::new(env!("CARGO_BIN_EXE_kms-conformance"))
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--cloudtrail",
            "no/such/folder/trail",
        ])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("cannot write no/such/folder/trail"), "{said}");
    assert!(said.contains("give another --cloudtrail FILE"), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn an_event_that_cannot_be_written_ends_the_emulator() {
    use std::io::{BufRead, BufReader};
    // Everything that is written there fails as on a full disk.
    let mut process = Command::new(env!("CARGO_BIN_EXE_kms-conformance"))
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--cloudtrail",
            "/dev/full",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut greeting = String::new();
    BufReader::new(process.stdout.take().unwrap())
        .read_line(&mut greeting)
        .unwrap();
    let url = greeting
        .split(',')
        .next()
        .unwrap()
        .rsplit(' ')
        .next()
        .unwrap();
    let runtime = Runtime::new().unwrap();
    let target = runtime.block_on(HttpTarget::new(url, "us-east-1")).unwrap();
    let request = Request::new(Service::Kms, "ListKeys", &json!({}));
    // The answer may come or not.
    let _ = runtime.block_on(target.send(&request));
    let output = process.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("cannot write /dev/full"), "{said}");
}
