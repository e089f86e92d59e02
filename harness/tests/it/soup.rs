//! The exam of several faults at once, on a small scale: over HTTP, without `/_outside`, in an account
//! that another client uses meanwhile.

use crate::serve::Served;
use kms_conformance::session::Identity;
use kms_conformance::soup::{Exam, Ingredient, Outcome, Repertoire, Why, ingredients};
use kms_conformance_model::Service;
use kms_conformance_targets::{HttpTarget, Request, Target};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

static PLANS: LazyLock<Repertoire> = LazyLock::new(|| {
    Repertoire::new(&Identity {
        account: "123456789012".to_owned(),
        region: "us-east-1".to_owned(),
        salt: "soup".to_owned(),
    })
});

fn examined(names: &[&str], calls: u64) -> Outcome {
    let dir = tempfile::tempdir().unwrap();
    let exam = Exam {
        program: Path::new(env!("CARGO_BIN_EXE_kms-conformance")).to_owned(),
        out: dir.path().to_owned(),
        calls,
        time: Duration::from_secs(120),
        threads: 2,
    };
    let all = ingredients();
    let named = |name: &&str| all.iter().find(|it| it.name() == *name).unwrap().clone();
    let soup: Vec<Ingredient> = names.iter().map(named).collect();
    exam.examine(&soup, 1, &PLANS).unwrap()
}

#[test]
fn the_faults_of_a_soup_are_told_apart() {
    let beyond = "a key store may be put before a proxy that does not know the credential";
    let soup = [
        "a new description is lost",
        "random bytes are one too few",
        "a new key forgets its tags",
        "CreateKey/TAG-01",
        beyond,
    ];
    let outcome = examined(&soup, 3_000);
    let alarms: Vec<&String> = outcome.alarms.iter().map(|it| &it.headline).collect();
    assert_eq!(alarms, Vec::<&String>::new());
    assert!(outcome.neighbour_calls > 0);
    assert!(outcome.found.len() >= 2, "{outcome:?}");
    assert_eq!(outcome.found.len() + outcome.missed.len(), soup.len());
    for found in &outcome.found {
        assert!((1..=3_100).contains(&found.calls), "{found:?}");
    }
    let missed = outcome.missed.iter().find(|missed| missed.name == beyond);
    let why = &missed.unwrap().why;
    assert!(matches!(why, Why::NeedsAdmin { .. }), "{why:?}");
}

#[test]
fn an_honest_emulator_conforms_beside_another_client() {
    let outcome = examined(&[], 1_500);
    let alarms: Vec<&String> = outcome.alarms.iter().map(|it| &it.headline).collect();
    assert_eq!(alarms, Vec::<&String>::new());
    assert_eq!(outcome.findings, 0);
    assert!(outcome.neighbour_calls > 0);
}

#[tokio::test]
async fn without_admin_things_come_about_by_themselves() {
    let served = Served::start(&["--no-admin"]);
    let target = HttpTarget::new(&served.url(), "eu-west-1").await.unwrap();
    assert!(!target.offers_outside());
    let kms = async |operation: &str, body: &Value| -> Value {
        let request = Request::new(Service::Kms, operation, body);
        let response = target.send(&request).await.unwrap();
        assert_eq!(response.status, 200, "{operation}");
        serde_json::from_slice(&response.body).unwrap()
    };
    let store = json!({
        "CustomKeyStoreName": "store",
        "CustomKeyStoreType": "EXTERNAL_KEY_STORE",
        "XksProxyConnectivity": "PUBLIC_ENDPOINT",
        "XksProxyUriEndpoint": "https://xks.example.com",
        "XksProxyUriPath": "/kms/xks/v1",
        "XksProxyAuthenticationCredential": {
            "AccessKeyId": "ABCDEFGHIJKLMNOPQRST",
            "RawSecretAccessKey": "s".repeat(43),
        },
    });
    let made = kms("CreateCustomKeyStore", &store).await;
    let store = json!({ "CustomKeyStoreId": made["CustomKeyStoreId"] });
    kms("ConnectCustomKeyStore", &store).await;
    let shown = kms("DescribeCustomKeyStores", &store).await;
    assert_eq!(shown["CustomKeyStores"][0]["ConnectionState"], "CONNECTED");
}
