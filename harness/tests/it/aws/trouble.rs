//! Runs on AWS in which something goes wrong: the network, the target, the program, and secrets that
//! must not get out.

use super::killed::message;
use super::{
    SECRET_KEY, account_of_others, account_with, apart, check, done, done_by, left, program, said,
    served,
};
use kms_conformance::event::Event;
use kms_conformance::options::{
    AwsSettings, CheckOptions, Profile, Strictness, TargetChoice, TargetOptions,
};
use kms_conformance::report::Report;
use kms_conformance_model::state::State;
use kms_conformance_model::{Sabotage, Service, Switches};
use kms_conformance_targets::x509::Authority;
use kms_conformance_targets::{Emulator, HttpTarget, Injection, OutsideCall, Target};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

fn report(dir: &Path) -> Value {
    let text = std::fs::read_to_string(dir.join("report/report.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_network_does_is_never_a_finding() {
    let emulator = account_of_others();
    let before = left(&emulator.state());
    let injection = Injection {
        stale_for: Duration::from_millis(150),
        seed: Some(3),
        ..Injection {
            throttle: 0.05,
            error: 0.02,
            lost: 0.02,
            stale: 0.15,
            delay: Duration::from_millis(2),
            ..Injection::default()
        }
    };
    let running = served(&emulator, Some(injection)).await;
    let (url, dir) = (running.url(), TempDir::new().unwrap());
    let path = dir.path().to_owned();
    let output = apart(move || {
        let limits = [
            "--max-calls",
            "400",
            "--consistency",
            "400ms",
            "--report-dir",
            "report",
        ];
        check(&url, &path, 11, &limits).output().unwrap()
    });
    let output = output.await;
    // What was lost cannot be judged, which leaves the verdict open.
    assert!(
        matches!(output.status.code(), Some(0 | 4)),
        "{}",
        said(&output)
    );
    let report = report(dir.path());
    assert_eq!(report["findings"], json!([]), "{}", said(&output));
    assert_eq!(left(&emulator.state()), before, "{}", said(&output));
    assert!(
        report["aws"]["throttled"].as_u64().unwrap() > 5,
        "{}",
        report["aws"]
    );
    assert!(
        report["aws"]["old"].as_u64().unwrap() > 0,
        "{}",
        report["aws"]
    );
    let target = HttpTarget::new(&running.url(), "us-east-1").await.unwrap();
    let injected = target.outside(&OutsideCall::Injected).await.unwrap();
    for what in ["throttle", "error", "lost", "stale", "delay"] {
        assert!(injected[what].as_u64().unwrap() > 0, "{what}: {injected}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_of_the_target_is_found_and_cleaned_up_after() {
    let mut switches = Switches::none();
    switches.break_rule(Some("CreateKey"), "CK-11", Sabotage::Off);
    let emulator = account_with(switches);
    let before = left(&emulator.state());
    let running = served(&emulator, None).await;
    let (url, dir) = (running.url(), TempDir::new().unwrap());
    let path = dir.path().to_owned();
    let output = apart(move || {
        let mut command = check(&url, &path, 2, &["--max-calls", "300"]);
        command.args([
            "--operations",
            "CreateKey,DescribeKey",
            "--report-dir",
            "report",
        ]);
        command.output().unwrap()
    });
    let output = output.await;
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let found = report(dir.path())["findings"].to_string();
    assert!(found.contains("CK-11"), "{found}");
    assert_eq!(left(&emulator.state()), before, "{}", said(&output));
}

/// Panics in the middle of a run.
struct Panicking;

impl Report for Panicking {
    fn on(&mut self, event: &Event) {
        assert!(
            !matches!(event, Event::CaseStarted { case: 2, .. }),
            "as the test wants it"
        );
    }
}

/// The other half of the test below, which it runs in a process of its own, since a run takes
/// credentials from the environment.
#[test]
#[ignore = "only in the process that another test starts"]
fn a_run_that_panics() {
    let options = CheckOptions {
        target: TargetOptions {
            choice: TargetChoice::Aws,
            region: "us-east-1".to_owned(),
            account: None,
            shared: false,
            aws: AwsSettings {
                yes: true,
                quota_share: 100_000,
                consistency: Duration::from_millis(60),
                ..AwsSettings::default()
            },
        },
        seed: 3,
        cases: Some(8),
        max_calls: None,
        time: None,
        operations: Vec::new(),
        profile: Profile::All,
        strictness: Strictness::default(),
        must_cover: false,
        shard: None,
        concurrency: 1,
        known: kms_conformance::known::Ledger::default(),
    };
    let _ = kms_conformance::run::check(options, &mut Panicking);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_panics_cleans_up() {
    let emulator = account_of_others();
    let before = left(&emulator.state());
    let running = served(&emulator, None).await;
    let (url, dir) = (running.url(), TempDir::new().unwrap());
    let path = dir.path().to_owned();
    let output = apart(move || {
        let mut command = program(&url, &path);
        let environment: Vec<_> = command
            .get_envs()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
            .collect();
        command = Command::new(std::env::current_exe().unwrap());
        command.current_dir(&path).envs(environment);
        command.args(["--exact", "aws::trouble::a_run_that_panics", "--ignored"]);
        command.stdin(Stdio::null()).output().unwrap()
    });
    let output = output.await;
    assert!(
        said(&output).contains("as the test wants it"),
        "{}",
        said(&output)
    );
    assert!(!output.status.success());
    assert!(
        emulator.state().keys.len() > 1,
        "nothing was made: {}",
        said(&output)
    );
    assert_eq!(left(&emulator.state()), before, "{}", said(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_made_in_an_attached_key_store_and_nothing_else_is_done_to_it() {
    let emulator = account_of_others();
    let store = connected_store(&emulator);
    // CloudHSM makes backups by itself.
    let standing = |state: &State| {
        let mut standing = left(state);
        standing.retain(|thing| !thing.starts_with("backup"));
        (standing, format!("{:?}", state.key_stores))
    };
    let before = standing(&emulator.state());
    let running = served(&emulator, None).await;
    let (url, dir) = (running.url(), TempDir::new().unwrap());
    let (path, id) = (dir.path().to_owned(), store.clone());
    let output = apart(move || {
        let mut command = check(&url, &path, 4, &["--max-calls", "500", "--max-keys", "100"]);
        command.args([
            "--key-store",
            &id,
            "--report-dir",
            "report",
            "--max-dollars",
            "200",
        ]);
        command.output().unwrap()
    });
    let output = output.await;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(
        report(dir.path())["findings"],
        json!([]),
        "{}",
        said(&output)
    );
    let state = emulator.state();
    assert!(standing(&state) == before, "{}", said(&output));
    let inside = state
        .keys
        .values()
        .filter(|key| key.key_store.as_ref() == Some(&store));
    let inside = inside.count();
    assert!(inside > 0, "{}", said(&output));
    let rules = report(dir.path())["rules"].clone();
    assert!(
        rules["CK-31"]["held"].as_u64().unwrap_or_default() > 0,
        "{rules}"
    );
}

/// A connected key store of others, with its cluster.
fn connected_store(emulator: &Emulator) -> String {
    let hsm = |operation: &str, body: Value| done_by(Service::CloudHsm, emulator, operation, body);
    let happens = |action: Value| {
        let action = serde_json::from_value(action).unwrap();
        emulator.outside(&OutsideCall::Act(action)).unwrap();
    };
    let subnets = ["1", "2"].map(|digit| format!("subnet-0a1b2c3d4e5f6071{digit}"));
    let made = hsm(
        "CreateCluster",
        json!({ "HsmType": "hsm2m.medium", "Mode": "FIPS", "SubnetIds": subnets }),
    );
    let cluster = made["Cluster"]["ClusterId"].as_str().unwrap().to_owned();
    let in_zone = |zone: &str| {
        hsm(
            "CreateHsm",
            json!({ "ClusterId": cluster, "AvailabilityZone": zone }),
        );
    };
    in_zone("us-east-1a");
    let described = hsm("DescribeClusters", json!({}));
    let csr = described["Clusters"][0]["Certificates"]["ClusterCsr"]
        .as_str()
        .unwrap();
    let authority = Authority::new("others").unwrap();
    let anchor = authority.certificate_pem();
    let initialize = json!({
        "ClusterId": cluster, "SignedCert": authority.sign(csr).unwrap(), "TrustAnchor": anchor,
    });
    hsm("InitializeCluster", initialize);
    happens(json!({ "action": "ActivateCluster", "cluster": cluster }));
    in_zone("us-east-1b");
    happens(json!({ "action": "CreateKmsUser", "cluster": cluster, "password": "kmsPswd1" }));
    let body = json!({
        "CustomKeyStoreName": "of others", "CloudHsmClusterId": cluster,
        "TrustAnchorCertificate": anchor, "KeyStorePassword": "kmsPswd1",
    });
    let made = done(emulator, "CreateCustomKeyStore", body);
    let store = json!({ "CustomKeyStoreId": made["CustomKeyStoreId"] });
    done(emulator, "ConnectCustomKeyStore", store.clone());
    store["CustomKeyStoreId"].as_str().unwrap().to_owned()
}

/// The texts of members that hold secrets, in a request or a response.
fn secrets_in(document: &Value, found: &mut BTreeSet<String>) {
    const SECRET: &[&str] = &[
        "Plaintext",
        "PrivateKeyPlaintext",
        "SharedSecret",
        "KeyStorePassword",
        "ImportToken",
        "EncryptedKeyMaterial",
        "RawSecretAccessKey",
    ];
    match document {
        Value::Object(members) => {
            for (name, value) in members {
                match value.as_str().filter(|_| SECRET.contains(&name.as_str())) {
                    // What is shorter may stand anywhere by chance.
                    Some(text) if text.len() >= 16 => {
                        found.insert(text.to_owned());
                    }
                    _ => secrets_in(value, found),
                }
            }
        }
        Value::Array(entries) => entries.iter().for_each(|entry| secrets_in(entry, found)),
        _ => {}
    }
}

/// Listens to everything that a run and the account say to each other.
async fn listen(account: std::net::SocketAddr) -> (String, Arc<Mutex<BTreeSet<String>>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let secrets = Arc::new(Mutex::new(BTreeSet::new()));
    let heard = Arc::clone(&secrets);
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let heard = Arc::clone(&heard);
            tokio::spawn(async move {
                let mut server = TcpStream::connect(account).await?;
                let note = |bytes: &[u8]| {
                    let text = String::from_utf8_lossy(bytes);
                    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
                    if let Ok(document) = serde_json::from_str(body) {
                        secrets_in(&document, &mut heard.lock().unwrap());
                    }
                };
                loop {
                    let request = message(&mut client).await?;
                    note(&request);
                    server.write_all(&request).await?;
                    let response = message(&mut server).await?;
                    note(&response);
                    client.write_all(&response).await?;
                }
                #[expect(unreachable_code, reason = "tells the type of the block")]
                std::io::Result::Ok(())
            });
        }
    });
    (url, secrets)
}

fn files(dir: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, found),
            false => {
                let bytes = std::fs::read(&path).unwrap();
                let text = String::from_utf8_lossy(&bytes).into_owned();
                found.push((path.display().to_string(), text));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_gets_into_anything_that_a_run_writes() {
    let mut switches = Switches::none();
    // Findings are written too, with what was sent and answered.
    switches.break_rule(Some("Decrypt"), "CKX-06", Sabotage::Off);
    switches.break_rule(Some("GenerateDataKey"), "CKX-06", Sabotage::Off);
    let emulator = account_with(switches);
    let running = served(&emulator, None).await;
    let (url, secrets) = listen(running.addr).await;
    let dir = TempDir::new().unwrap();
    let path = dir.path().to_owned();
    let output = apart(move || {
        let mut command = check(&url, &path, 6, &["--max-calls", "900", "--max-keys", "500"]);
        command
            .args(["--max-dollars", "900", "--report-dir", "report"])
            .output()
            .unwrap()
    });
    let output = output.await;
    let mut written = vec![("the terminal".to_owned(), said(&output))];
    files(dir.path(), &mut written);
    assert!(
        written.len() >= 6,
        "{:?}",
        written.iter().map(|it| &it.0).collect::<Vec<_>>()
    );
    let secrets = secrets.lock().unwrap();
    let long: Vec<&String> = secrets.iter().filter(|text| is_drawn(text)).collect();
    assert!(
        long.len() > 10,
        "only {} secrets were exchanged",
        long.len()
    );
    for (place, text) in &written {
        assert!(
            !text.contains(SECRET_KEY),
            "{place} has the secret access key"
        );
        for secret in &long {
            assert!(!text.contains(secret.as_str()), "{place} has {secret}");
        }
    }
    println!(
        "{} secrets looked for in {} places, {} bytes",
        long.len() + 1,
        written.len(),
        written.iter().map(|(_, text)| text.len()).sum::<usize>()
    );
}

/// Whether a text was drawn by chance; what a plan holds was made up by the generator, and is no
/// secret.
fn is_drawn(text: &str) -> bool {
    let distinct: BTreeSet<char> = text.chars().collect();
    text.len() >= 24 && distinct.len() > 12
}
