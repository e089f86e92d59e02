//! GetCallerIdentity of STS, by which clients learn the account.

use crate::signer::{Answer, FORM, Post};
use kms_conformance_targets::{Config, Emulator, Running, Serving};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

fn who_am_i() -> Post {
    Post::kms("", &Value::Null).but(|post| {
        post.service = "sts".to_owned();
        post.target = None;
        post.kind = FORM;
        post.body = "Action=GetCallerIdentity&Version=2011-06-15".to_owned();
    })
}

async fn served(serving: Serving) -> Running {
    let alice = "arn:aws:iam::123456789012:user/alice";
    let emulator = Emulator::new(Config {
        principals: Some(BTreeMap::from([("AKIAALICE".to_owned(), alice.to_owned())])),
        ..Config::default()
    });
    Running::start_with(Arc::new(emulator), serving)
        .await
        .unwrap()
}

fn element<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let (_, rest) = answer.body.split_once(&format!("<{name}>")).unwrap();
    rest.split('<').next().unwrap()
}

#[tokio::test]
async fn without_signatures_the_access_key_is_believed() {
    let running = served(Serving::default()).await;
    let answer = who_am_i().answer(&running).await;
    assert_eq!(answer.status, 200);
    assert_eq!(element(&answer, "Arn"), "arn:aws:iam::123456789012:root");
    assert_eq!(element(&answer, "UserId"), "123456789012");
    assert_eq!(element(&answer, "Account"), "123456789012");
    let alice = who_am_i().but(|post| post.key = "AKIAALICE".to_owned());
    let answer = alice.answer(&running).await;
    assert_eq!(
        element(&answer, "Arn"),
        "arn:aws:iam::123456789012:user/alice"
    );
    assert!(element(&answer, "UserId").starts_with("AIDA"));
}

#[tokio::test]
async fn with_signatures_the_refusals_are_those_of_sts() {
    let running = served(Serving {
        signatures: Some(Arc::default()),
        ..Serving::default()
    })
    .await;
    let good = who_am_i();
    assert_eq!(good.answer(&running).await.status, 200);
    for (code, post) in [
        (
            "SignatureDoesNotMatch",
            good.but(|post| post.secret = "wrong".to_owned()),
        ),
        (
            "SignatureDoesNotMatch",
            good.but(|post| post.service = "kms".to_owned()),
        ),
        (
            "InvalidClientTokenId",
            good.but(|post| post.key = "AKIAALICE".to_owned()),
        ),
        (
            "IncompleteSignature",
            good.but(|post| post.moment = "now".to_owned()),
        ),
        (
            "InvalidAction",
            good.but(|post| post.body = "Action=AssumeRole".to_owned()),
        ),
    ] {
        let answer = post.answer(&running).await;
        assert_eq!(element(&answer, "Code"), code, "{answer:?}");
        assert!(answer.status >= 400);
    }
}
