//! The scripts of findings: what they hold, and that they show the finding with nothing but the AWS
//! CLI.
//!
//! The AWS CLI is taken from the environment that `KMS_CONFORMANCE_VENV` names, or from `PATH`.

use crate::reports::divergence;
use crate::serve::Served;
use crate::snapshots::in_folder;
use kms_conformance::finding::{Finding, Line};
use kms_conformance::script::script;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

fn call(id: u32, service: &str, operation: &str, body: Value) -> Value {
    json!({ "id": id, "call": { "service": service, "operation": operation, "body": body } })
}

/// A finding whose plan has a step of every kind.
fn of_every_kind() -> Finding {
    let key = json!({ "$of": [1, "KeyMetadata.KeyId"] });
    let policy = json!({ "$json": { "Statement": [{ "Principal": { "AWS":
        { "$concat": ["arn:aws:iam::", { "$account": true }, ":root"] } } }] } });
    let blob = json!({ "$of": [2, "CiphertextBlob"] });
    let csr = json!({ "$of": [6, "Clusters.0.Certificates.ClusterCsr"] });
    let cluster = json!({ "$of": [6, "Clusters.0.ClusterId"] });
    let list = json!({ "$of": [1, "KeyMetadata.Arn"] });
    let steps = json!([
        call(1, "kms", "CreateKey", json!({
            "Policy": policy, "MultiRegion": false, "Description": "it's -- $HOME",
            "Tags": [{ "TagKey": "k", "TagValue": { "$name": "value" } }],
        })),
        call(2, "kms", "Encrypt", json!({ "KeyId": key, "Plaintext": { "$bytes": [7, 32] } })),
        call(3, "kms", "Decrypt", json!({ "CiphertextBlob": { "$tampered": [blob, 12] } })),
        call(4, "kms", "CreateAlias", json!({
            "AliasName": { "$concat": ["alias/", { "$text": ["x", 300] }] }, "TargetKeyId": list,
        })),
        call(5, "kms", "DescribeKey", json!({ "KeyId": { "$unknown": "Arn" } })),
        call(6, "cloudhsmv2", "DescribeClusters", json!({})),
        call(7, "cloudhsmv2", "InitializeCluster", json!({
            "ClusterId": cluster, "SignedCert": { "$signed": [csr, "a"] }, "TrustAnchor": { "$anchor": "a" },
        })),
        { "id": 8, "outside": { "action": "ActivateCluster", "cluster": cluster } },
        { "id": 9, "advance": { "seconds": 60 } },
        { "id": 10, "raw": { "target": "TrentService.ListKeys", "body": " ", "times": 2_000_000 } },
        { "id": 11, "look_inside": { "cluster": cluster } },
        call(12, "kms", "CreateCustomKeyStore", json!({
            "CustomKeyStoreName": "a", "CustomKeyStoreType": "EXTERNAL_KEY_STORE",
            "XksProxyUriEndpoint": "https://proxy.example.com",
        })),
        call(13, "kms", "EnableKey", json!({ "KeyId": { "$of": [3, "KeyId"] } })),
        { "id": 15, "call": {
            "service": "kms", "operation": "ListKeys", "body": {}, "region": { "$elsewhere": 0 },
        } },
        { "id": 16, "call": {
            "service": "kms", "operation": "ListKeys", "body": { "Limit": "x" },
            "region": { "$elsewhere": 1 },
        } },
        call(14, "kms", "CreateKey", json!({ "Tags": 7, "Description": key })),
    ]);
    let reply = |step: usize| match step {
        0 => json!({ "KeyMetadata": { "KeyId": "k", "Arn": "a" } }),
        1 => json!({ "CiphertextBlob": "YQ==" }),
        2 => json!({ "__type": "InvalidCiphertextException" }),
        5 => json!({ "Clusters": [{ "ClusterId": "c", "Certificates": { "ClusterCsr": "pem" } }] }),
        _ => json!({}),
    };
    let line = |step| Line {
        step,
        request: String::new(),
        body: json!({}),
        reply: reply(step),
        status: if step == 2 { 400 } else { 200 },
    };
    Finding {
        plan: json!({ "schema": 1, "steps": steps }),
        transcript: (0..16).map(line).collect(),
        ..divergence()
    }
}

#[test]
fn every_kind_of_step_is_a_command() {
    let text = script(&of_every_kind(), "123456789012", "us-east-1").unwrap();
    in_folder("reports", || insta::assert_snapshot!("finding.sh", text));
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("finding.sh");
    fs::write(&file, text).unwrap();
    parses(&file);
}

/// The shell understands it, and `shellcheck` has nothing to say, where there is one.
fn parses(file: &Path) {
    let parsed = Command::new("sh").arg("-n").arg(file).status().unwrap();
    assert!(parsed.success(), "{}", file.display());
    if let Ok(checked) = Command::new("shellcheck").arg(file).output() {
        let said = String::from_utf8_lossy(&checked.stdout);
        assert!(checked.status.success(), "{said}");
    }
}

/// Where the AWS CLI is.
fn aws_cli() -> Option<PathBuf> {
    let venv = env::var_os("KMS_CONFORMANCE_VENV").map(|venv| PathBuf::from(venv).join("bin"));
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders = venv.into_iter().chain(env::split_paths(&path));
    folders.find(|folder| folder.join("aws").is_file())
}

/// What a script prints, errors included, up to what was seen before.
fn run(script: &Path, url: &str, aws: &Path) -> String {
    let mut path = vec![aws.to_owned()];
    path.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    let output = Command::new("sh")
        .arg(script)
        .arg(url)
        .env("PATH", env::join_paths(path).unwrap())
        .env("NO_PROXY", "127.0.0.1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&output.stdout);
    let err = String::from_utf8_lossy(&output.stderr);
    let (shown, _) = out.split_once("\nAWS ").unwrap();
    format!("{shown}{err}")
}

#[test]
fn a_script_shows_its_finding_and_none_where_there_is_none() {
    let Some(aws) = aws_cli() else {
        println!("skipped: there is no AWS CLI");
        return;
    };
    let faults = [
        (
            "CreateKey/CK-36",
            "CloudHsmClusterInvalidConfigurationException",
        ),
        ("CreateKey/TAG-01", "TagException"),
        ("CreateKey/WIRE-47", "SerializationException"),
    ];
    let disabled: Vec<&str> = faults
        .iter()
        .flat_map(|(fault, _)| ["--disable", *fault])
        .collect();
    let dir = tempfile::tempdir().unwrap();
    let broken = Served::start(&disabled);
    let checked = Command::new(env!("CARGO_BIN_EXE_kms-conformance"))
        .args(["check", "--target", &broken.url(), "--seed", "1"])
        .args(["--region", "eu-west-1", "--account", "123456789012"])
        .args(["--cases", "130", "--report-dir"])
        .arg(dir.path())
        .output()
        .unwrap();
    assert_eq!(checked.status.code(), Some(1));
    for (fault, documented) in faults {
        let (_, id) = fault.split_once('/').unwrap();
        let script = script_of(dir.path(), id, documented);
        parses(&script);
        let broken = Served::start(&disabled);
        let shown = run(&script, &broken.url(), &aws);
        assert!(!shown.contains(documented), "{fault}: {shown}");
        let sound = Served::start(&[]);
        let shown = run(&script, &sound.url(), &aws);
        assert!(shown.contains(documented), "{fault}: {shown}");
    }
}

/// The script of the finding that blames the rule.
fn script_of(dir: &Path, id: &str, documented: &str) -> PathBuf {
    let text = fs::read_to_string(dir.join("report.json")).unwrap();
    let report: Value = serde_json::from_str(&text).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let blames = |finding: &&Value| {
        finding["operation"] == "CreateKey"
            && finding["rule"] == id
            && finding["expected"][0] == documented
    };
    let finding = findings.iter().find(blames).unwrap();
    let fingerprint = finding["fingerprint"].as_str().unwrap();
    dir.join(format!("findings/{fingerprint}.sh"))
}
