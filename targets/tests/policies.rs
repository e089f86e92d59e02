//! Key policies that the emulator enforces, over HTTP.

#![cfg(test)]

use kms_conformance_model::{Reply, Service};
use kms_conformance_targets::{
    Answer, Config, Emulator, HttpOptions, HttpTarget, Request, Running, Target, reply,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

const ALICE: &str = "arn:aws:iam::123456789012:user/alice";
const ALICES_KEY: &str = "AKIAALICEALICEALICEA";

async fn ask(target: &HttpTarget, operation: &str, body: &Value) -> Reply {
    let request = Request::new(Service::Kms, operation, body);
    match reply(&target.send(&request).await.unwrap()) {
        Answer::Reply(reply) => reply,
        Answer::Unsupported(why) | Answer::Untyped(why) => panic!("{operation}: {why}"),
    }
}

async fn done(target: &HttpTarget, operation: &str, body: &Value) -> Value {
    match ask(target, operation, body).await {
        Reply::Done(response) => response,
        other => panic!("{operation} was answered {other:?}"),
    }
}

#[tokio::test]
async fn a_policy_decides_by_who_calls() {
    let principals = BTreeMap::from([(ALICES_KEY.to_owned(), ALICE.to_owned())]);
    let emulator = Arc::new(Emulator::new(Config {
        principals: Some(principals),
        ..Config::default()
    }));
    let running = Running::start(emulator).await.unwrap();
    let root = HttpTarget::new(&running.url(), "us-east-1").await.unwrap();
    let options = HttpOptions {
        access_key: ALICES_KEY.to_owned(),
        ..HttpOptions::default()
    };
    let alice = HttpTarget::with(&running.url(), options).await.unwrap();

    let made = done(&root, "CreateKey", &json!({})).await;
    let key = &made["KeyMetadata"]["KeyId"];
    let encrypt = json!({"KeyId": key, "Plaintext": "c2VjcmV0"});
    done(&alice, "Encrypt", &encrypt).await;

    let statement = |effect: &str, principal: &str, action: &str| {
        json!({
            "Effect": effect, "Principal": {"AWS": principal}, "Action": action, "Resource": "*",
        })
    };
    let policy = json!({"Version": "2012-10-17", "Statement": [
        statement("Allow", "arn:aws:iam::123456789012:root", "kms:*"),
        statement("Deny", ALICE, "kms:Encrypt"),
    ]});
    let body = json!({"KeyId": key, "PolicyName": "default", "Policy": policy.to_string()});
    done(&root, "PutKeyPolicy", &body).await;
    done(&root, "Encrypt", &encrypt).await;
    done(&alice, "DescribeKey", &json!({ "KeyId": key })).await;
    let Reply::Refused(refused) = ask(&alice, "Encrypt", &encrypt).await else {
        panic!("it was allowed");
    };
    assert_eq!(refused.error, "AccessDeniedException");
    let message = refused.message.unwrap();
    let begins =
        format!("User: {ALICE} is not authorized to perform: kms:Encrypt on resource: arn:");
    assert!(message.starts_with(&begins), "{message}");
}
