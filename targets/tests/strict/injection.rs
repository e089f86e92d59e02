//! What goes wrong on purpose: that it does, how often, and that nothing else is touched.

use crate::signer::{FORM, Post, outside};
use kms_conformance_targets::{Config, Emulator, Injection, Running, Serving};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

async fn served(list: &str) -> (Running, Arc<Emulator>) {
    let injection = Injection {
        seed: Some(1),
        // Whatever the emulator held since the test began may be shown.
        stale_for: Duration::from_secs(3_600),
        ..list.parse().unwrap()
    };
    let emulator = Arc::new(Emulator::new(Config::default()));
    let serving = Serving {
        injection: Some(injection),
        ..Serving::default()
    };
    let running = Running::start_with(Arc::clone(&emulator), serving);
    (running.await.unwrap(), emulator)
}

async fn counted(running: &Running) -> Value {
    outside(running, &json!({"call": "Injected"})).await
}

fn create_key() -> Post {
    Post::kms("CreateKey", &json!({}))
}

fn hsm() -> Post {
    create_key().but(|post| post.target = Some("BaldrApiService.DescribeClusters".to_owned()))
}

fn number_of_keys(emulator: &Emulator) -> u64 {
    emulator.state().keys.len().try_into().unwrap()
}

#[tokio::test]
async fn a_throttled_request_is_not_carried_out() {
    let (running, emulator) = served("throttle=100%").await;
    let answer = create_key().answer(&running).await;
    assert_eq!(
        (answer.status, answer.error().as_str()),
        (400, "ThrottlingException")
    );
    let message = answer.json()["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("You have exceeded the rate at which you may call KMS."));
    assert_eq!(hsm().answer(&running).await.error(), "ThrottlingException");
    assert_eq!(number_of_keys(&emulator), 0);
    assert_eq!(counted(&running).await["throttle"], 2);
}

#[tokio::test]
async fn an_internal_error_comes_before_or_after_the_request_is_carried_out() {
    let (running, emulator) = served("error=100%").await;
    let mut seen = Vec::new();
    for _ in 0..40 {
        let answer = create_key().answer(&running).await;
        seen.push((answer.status, answer.error()));
    }
    let is = |status: u16, error: &str| seen.contains(&(status, error.to_owned()));
    assert!(is(500, "KMSInternalException"), "{seen:?}");
    assert!(is(503, "ServiceUnavailableException"), "{seen:?}");
    let counted = counted(&running).await;
    assert_eq!(counted["error"], 40);
    let after = counted["error_after"].as_u64().unwrap();
    assert_eq!(number_of_keys(&emulator), after);
    assert!((5..35).contains(&after), "{after}");
    let of_hsm = hsm().answer(&running).await;
    assert!(of_hsm.status >= 500, "{of_hsm:?}");
}

#[tokio::test]
async fn a_lost_answer_closes_the_connection_before_or_after_the_request_is_carried_out() {
    let (running, emulator) = served("lost=100%").await;
    for _ in 0..40 {
        assert!(create_key().send(&running).await.is_none());
    }
    let counted = counted(&running).await;
    assert_eq!(counted["lost"], 40);
    let after = counted["lost_after"].as_u64().unwrap();
    assert_eq!(number_of_keys(&emulator), after);
    assert!((5..35).contains(&after), "{after}");
}

#[tokio::test]
async fn a_stale_answer_shows_what_was_and_changes_nothing() {
    let (running, emulator) = served("stale=100%").await;
    let made = create_key().answer(&running).await;
    assert_eq!(made.status, 200, "{made:?}");
    let key = &made.json()["KeyMetadata"]["KeyId"];
    let describe = Post::kms("DescribeKey", &json!({ "KeyId": key }));
    let list = Post::kms("ListKeys", &json!({}));
    // Most of the hour lies before the key was made.
    let mut not_there = 0;
    let mut empty = 0;
    for _ in 0..40 {
        not_there += u64::from(describe.answer(&running).await.error() == "NotFoundException");
        let listed = list.answer(&running).await.json();
        empty += u64::from(listed["Keys"] == json!([]));
    }
    assert!(not_there > 0 && empty > 0, "{not_there} {empty}");
    assert_eq!(counted(&running).await["stale"], not_there + empty);
    assert_eq!(number_of_keys(&emulator), 1);
}

#[tokio::test]
async fn nothing_is_shown_of_an_account_that_was_emptied() {
    let (running, _) = served("stale=100%").await;
    let key = create_key().answer(&running).await.json()["KeyMetadata"]["KeyId"].clone();
    outside(&running, &json!({"call": "Reset"})).await;
    let list = Post::kms("ListKeys", &json!({}));
    let describe = Post::kms("DescribeKey", &json!({ "KeyId": key }));
    for _ in 0..20 {
        assert_eq!(list.answer(&running).await.json()["Keys"], json!([]));
        assert_eq!(describe.answer(&running).await.error(), "NotFoundException");
    }
    assert_eq!(counted(&running).await["stale"], 0);
}

#[tokio::test]
async fn a_delay_is_counted_and_the_answer_is_the_same() {
    let (running, _) = served("delay=1ms").await;
    assert_eq!(create_key().answer(&running).await.status, 200);
    let counted = counted(&running).await;
    assert_eq!(
        (&counted["delay"], &counted["lost"]),
        (&json!(1), &json!(0))
    );
}

#[tokio::test]
async fn nothing_goes_wrong_with_anything_but_requests_to_the_two_services() {
    let (running, _) = served("lost=100%").await;
    let clock = outside(&running, &json!({"call": "Clock"})).await;
    assert!(clock["now"].is_i64());
    let who_am_i = create_key().but(|post| {
        post.target = None;
        post.kind = FORM;
        post.body = "Action=GetCallerIdentity&Version=2011-06-15".to_owned();
    });
    assert_eq!(who_am_i.answer(&running).await.status, 200);
    assert_eq!(counted(&running).await["lost"], 0);
}

#[tokio::test]
async fn bad_signatures_are_refused_before_anything_goes_wrong() {
    let emulator = Arc::new(Emulator::new(Config::default()));
    let serving = Serving {
        injection: Some("lost=100%".parse().unwrap()),
        signatures: Some(Arc::default()),
        ..Serving::default()
    };
    let running = Running::start_with(emulator, serving).await.unwrap();
    let bad = create_key().but(|post| post.secret = "wrong".to_owned());
    assert_eq!(
        bad.answer(&running).await.error(),
        "InvalidSignatureException"
    );
    assert!(create_key().send(&running).await.is_none());
}

#[tokio::test]
async fn where_nothing_is_injected_there_is_nothing_to_count() {
    let emulator = Arc::new(Emulator::new(Config::default()));
    let running = Running::start(emulator).await.unwrap();
    let answer = counted(&running).await;
    assert_eq!(answer["error"], "nothing goes wrong on purpose here");
}
