//! Our signatures against those of botocore, which is independent of the signer that we use.

use crate::snapshots::top;
use kms_conformance_targets::aws::{Scope, Signer, sign};
use serde_json::{Value, json};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, UNIX_EPOCH};
use std::{env, fs};

/// Requests of every kind that matters to a signature.
fn requests() -> Vec<Value> {
    let bodies = [
        "",
        "{}",
        r#"{"KeyId":"alias/a"}"#,
        "not JSON",
        "\u{e4}\u{20ac}\u{1f511}",
        "a=b&c=d%20e",
    ];
    let urls = [
        "https://kms.us-east-1.amazonaws.com/",
        "https://cloudhsmv2-fips.us-gov-west-1.api.aws/",
        "http://127.0.0.1:4599/",
        "http://localhost/",
    ];
    let scopes = [
        ("us-east-1", "kms"),
        ("us-gov-west-1", "cloudhsm"),
        ("eu-west-1", "sts"),
    ];
    let tokens = [
        Value::Null,
        json!("a+token/with=signs"),
        json!("x".repeat(700)),
    ];
    let mut requests = Vec::new();
    for (n, body) in bodies.iter().enumerate() {
        for (m, url) in urls.iter().enumerate() {
            let (region, service) = scopes[(n + m) % 3];
            requests.push(json!({
                "url": url, "body": body, "region": region, "service": service,
                "access_key": "AKIAIOSFODNN7EXAMPLE",
                "secret_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                "token": tokens[(n * 4 + m) % 3],
                "headers": {
                    "content-type": "application/x-amz-json-1.1",
                    "x-amz-target": if m == 2 { "TrentService.List  Keys" } else { "TrentService.ListKeys" },
                },
                "at": 1_440_938_160 + 7_777_777 * (n * 4 + m),
            }));
        }
    }
    requests
}

/// The `Authorization` header that we make.
fn ours(request: &Value) -> String {
    let text = |member: &str| request[member].as_str().unwrap().to_owned();
    let headers: Vec<(String, String)> = request["headers"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
        .collect();
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    let at = UNIX_EPOCH + Duration::from_secs(request["at"].as_u64().unwrap());
    let (access_key, secret_key) = (text("access_key"), text("secret_key"));
    let (region, service) = (text("region"), text("service"));
    let scope = Scope {
        region: &region,
        service: &service,
    };
    let signer = Signer {
        access_key: &access_key,
        secret_key: &secret_key,
        token: request["token"].as_str(),
    };
    let signed = sign(
        &text("url"),
        &headers,
        text("body").as_bytes(),
        scope,
        signer,
        at,
    );
    let signed = signed.unwrap();
    let found = signed.iter().find(|(name, _)| name == "authorization");
    found.unwrap().1.clone()
}

#[test]
fn our_signatures_are_those_of_botocore() {
    let Some(venv) = env::var_os("KMS_CONFORMANCE_VENV").map(PathBuf::from) else {
        println!("skipped: KMS_CONFORMANCE_VENV names no environment with botocore");
        return;
    };
    let python = fs::canonicalize(venv.join("bin")).unwrap().join("python");
    let requests = requests();
    let mut signer = Command::new(python)
        .args(["-B", "scripts/clients/sign.py"])
        .current_dir(top())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let asked = serde_json::to_vec(&requests).unwrap();
    signer.stdin.take().unwrap().write_all(&asked).unwrap();
    let output = signer.wait_with_output().unwrap();
    let theirs: Vec<String> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(theirs.len(), requests.len());
    for (request, theirs) in requests.iter().zip(&theirs) {
        assert_eq!(&ours(request), theirs, "{request}");
    }
    println!("{} signatures agree", theirs.len());
}
