//! Signatures that a served emulator demands, and the error of each that is not good.

use crate::signer::{Answer, Post, SECRET, hash_of, moment, outside, send};
use kms_conformance_targets::{Clock, Config, Emulator, Running, Serving};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

const CREDENTIALS: &str = "AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n\
                           ASIASESSION secret token\n\
                           ASIAEXPIRED secret token 20200101T000000Z\n";

async fn served_as(config: Config) -> (Running, Arc<Emulator>) {
    let emulator = Arc::new(Emulator::new(config));
    let serving = Serving {
        signatures: Some(Arc::new(CREDENTIALS.parse().unwrap())),
        ..Serving::default()
    };
    let running = Running::start_with(Arc::clone(&emulator), serving);
    (running.await.unwrap(), emulator)
}

async fn served() -> (Running, Arc<Emulator>) {
    served_as(Config::default()).await
}

fn create_key() -> Post {
    Post::kms("CreateKey", &json!({}))
}

#[track_caller]
fn assert_refused(answer: &Answer, error: &str, why: &str) {
    assert_eq!(answer.error(), error, "{why}: {answer:?}");
    assert_eq!(answer.status, 400, "{why}");
    let json = answer.json();
    // CloudHSM writes it with a capital.
    let message = json.get("message").or(json.get("Message"));
    assert!(message.is_some_and(|text| text.is_string()), "{why}");
    assert!(!answer.body.contains(SECRET), "{why}");
}

#[tokio::test]
async fn a_good_signature_is_answered_in_its_region() {
    let (running, _) = served().await;
    for region in ["us-east-1", "eu-west-1"] {
        let post = create_key().but(|post| post.region = region.to_owned());
        let answer = post.answer(&running).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let arn = answer.json()["KeyMetadata"]["Arn"].to_string();
        assert!(arn.contains(region), "{arn}");
    }
    let hsm = create_key().but(|post| {
        post.service = "cloudhsm".to_owned();
        post.target = Some("BaldrApiService.DescribeClusters".to_owned());
    });
    assert_eq!(hsm.answer(&running).await.status, 200);
    let session = create_key().but(|post| {
        (post.key, post.secret) = ("ASIASESSION".to_owned(), "secret".to_owned());
        post.token = Some("token".to_owned());
    });
    assert_eq!(session.answer(&running).await.status, 200);
}

#[tokio::test]
async fn each_bad_signature_has_its_error_and_does_nothing() {
    let (running, emulator) = served().await;
    let good = create_key();
    let session = good.but(|post| {
        (post.key, post.secret) = ("ASIASESSION".to_owned(), "secret".to_owned());
        post.token = Some("token".to_owned());
    });
    let invalid = "InvalidSignatureException";
    let unknown = "UnrecognizedClientException";
    let at = |seconds: i64| {
        good.but(|post| {
            post.moment = moment(seconds);
            post.date = post.moment[..8].to_owned();
        })
    };
    let cases = [
        ("signed six minutes ago", invalid, at(-360)),
        ("signed for in six minutes", invalid, at(360)),
        (
            "another day in the scope",
            invalid,
            good.but(|post| post.date = "20200101".to_owned()),
        ),
        (
            "no Region in the scope",
            invalid,
            good.but(|post| post.region = "nowhere".to_owned()),
        ),
        (
            "a Region of another partition in the scope",
            invalid,
            good.but(|post| post.region = "cn-north-1".to_owned()),
        ),
        (
            "another service in the scope",
            invalid,
            good.but(|post| post.service = "cloudhsm".to_owned()),
        ),
        (
            "signed for KMS, sent to CloudHSM",
            invalid,
            good.but(|post| post.target = Some("BaldrApiService.DescribeClusters".to_owned())),
        ),
        (
            "another secret",
            invalid,
            good.but(|post| post.secret = "secret".to_owned()),
        ),
        (
            "the host is not signed",
            invalid,
            good.but(|post| post.unsigned = vec!["host"]),
        ),
        (
            "the operation is not signed",
            invalid,
            good.but(|post| post.unsigned = vec!["x-amz-target"]),
        ),
        (
            "the date is not signed",
            invalid,
            good.but(|post| post.unsigned = vec!["x-amz-date"]),
        ),
        (
            "the session token is not signed",
            invalid,
            session.but(|post| post.unsigned = vec!["x-amz-security-token"]),
        ),
        (
            "nobody has the access key",
            unknown,
            good.but(|post| post.key = "AKIANOBODY".to_owned()),
        ),
        (
            "the session token is missing",
            unknown,
            session.but(|post| post.token = None),
        ),
        (
            "another session token",
            unknown,
            session.but(|post| post.token = Some("other".to_owned())),
        ),
        (
            "a session token that nobody asked for",
            unknown,
            good.but(|post| post.token = Some("token".to_owned())),
        ),
        (
            "an expired session token",
            "ExpiredTokenException",
            session.but(|post| post.key = "ASIAEXPIRED".to_owned()),
        ),
        (
            "a date that is none",
            "IncompleteSignatureException",
            good.but(|post| post.moment = "yesterday".to_owned()),
        ),
    ];
    let before = emulator.state();
    for (why, error, post) in cases {
        assert_refused(&post.answer(&running).await, error, why);
    }
    assert!(emulator.state().holds_what(&before));
    assert_eq!(good.answer(&running).await.status, 200);
    assert_eq!(session.answer(&running).await.status, 200);
}

#[tokio::test]
async fn a_signature_is_good_for_one_request() {
    let (running, emulator) = served().await;
    let good = create_key();
    let sent = good.headers(&running);
    let but = |name: &str, value: &str| {
        let headers = sent.iter().map(|header| match header.0 == name {
            true => (header.0.clone(), value.to_owned()),
            false => header.clone(),
        });
        headers.collect::<Vec<_>>()
    };
    let without = |name: &str| -> Vec<(String, String)> {
        sent.iter()
            .filter(|header| header.0 != name)
            .cloned()
            .collect()
    };
    let later = moment(60);
    let authorization = &sent.last().unwrap().1;
    let elsewhere = authorization.replace("us-east-1", "eu-west-1");
    let invalid = "InvalidSignatureException";
    let incomplete = "IncompleteSignatureException";
    let body = &good.body;
    for (why, error, headers, body) in [
        (
            "a tampered body",
            invalid,
            sent.clone(),
            r#"{"Description":"mine"}"#,
        ),
        ("an empty body", invalid, sent.clone(), ""),
        ("a replayed date", invalid, but("x-amz-date", &later), body),
        (
            "another operation",
            invalid,
            but("x-amz-target", "TrentService.ListKeys"),
            body,
        ),
        (
            "another Region",
            invalid,
            but("authorization", &elsewhere),
            body,
        ),
        (
            "no signature",
            "MissingAuthenticationTokenException",
            without("authorization"),
            body,
        ),
        ("no date", incomplete, without("x-amz-date"), body),
        (
            "another scheme",
            incomplete,
            but("authorization", "Bearer abc"),
            body,
        ),
        (
            "half a header",
            incomplete,
            but(
                "authorization",
                authorization.split(", Sig").next().unwrap(),
            ),
            body,
        ),
    ] {
        let answer = send(&running, "/", &headers, body).await.unwrap();
        assert_refused(&answer, error, why);
    }
    let answer = send(&running, "/?a=1", &sent, body).await.unwrap();
    assert_refused(&answer, invalid, "another query");
    assert!(emulator.state().keys.is_empty());
    assert_eq!(send(&running, "/", &sent, body).await.unwrap().status, 200);
}

#[tokio::test]
async fn what_a_request_says_of_its_body_must_be_so() {
    let (running, _) = served().await;
    let says = |hash: &str| create_key().but(|post| post.hash = Some(hash.to_owned()));
    let right = says(&hash_of(&create_key().body));
    assert_eq!(right.answer(&running).await.status, 200);
    let nothing = says("UNSIGNED-PAYLOAD");
    assert_eq!(nothing.answer(&running).await.status, 200);
    let wrong = says(&hash_of("another body")).answer(&running).await;
    assert_refused(&wrong, "InvalidSignatureException", "the hash of another");
}

/// AWS documents no order of these; this is the one of the emulator.
#[tokio::test]
async fn who_calls_is_found_out_before_what_is_asked() {
    let (running, _) = served().await;
    let nonsense = Post::kms("NoSuchOperation", &json!({}));
    assert_eq!(
        nonsense.answer(&running).await.error(),
        "UnknownOperationException"
    );
    let unsigned = [("x-amz-target".to_owned(), "TrentService.NoSuch".to_owned())];
    for body in ["{}", "not json"] {
        let answer = send(&running, "/", &unsigned, body).await.unwrap();
        assert_refused(&answer, "MissingAuthenticationTokenException", body);
    }
    // Each of these is wrong in all later ways too.
    let all_wrong = Post::kms("CreateKey", &json!({})).but(|post| {
        post.secret = "wrong".to_owned();
        post.key = "AKIANOBODY".to_owned();
        post.region = "nowhere".to_owned();
        post.moment = moment(-3_600);
        post.date = "20200101".to_owned();
    });
    let say = |answer: &Answer| answer.json()["message"].as_str().unwrap().to_owned();
    let answer = all_wrong.answer(&running).await;
    assert!(
        say(&answer).starts_with("Date in Credential scope"),
        "{answer:?}"
    );
    let next = all_wrong.but(|post| post.date = post.moment[..8].to_owned());
    let answer = next.answer(&running).await;
    assert!(
        say(&answer).starts_with("Credential should be scoped to"),
        "{answer:?}"
    );
    let next = next.but(|post| post.region = "us-east-1".to_owned());
    let answer = next.answer(&running).await;
    assert!(say(&answer).starts_with("Signature expired"), "{answer:?}");
    let next = next.but(|post| {
        post.moment = moment(0);
        post.date = post.moment[..8].to_owned();
    });
    let answer = next.answer(&running).await;
    assert_eq!(answer.error(), "UnrecognizedClientException");
    let next = next.but(|post| post.key = crate::signer::KEY.to_owned());
    let answer = next.answer(&running).await;
    assert!(
        say(&answer).starts_with("The request signature we"),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_for_that() {
    let (running, _) = served().await;
    let long = create_key().but(|post| post.body = " ".repeat(1_100_000));
    assert_eq!(long.answer(&running).await.status, 413);
}

#[tokio::test]
async fn outside_calls_need_no_signature_and_do_not_move_the_clock_of_signatures() {
    let (running, _) = served().await;
    let advance = json!({"call": "Advance", "milliseconds": 86_400_000});
    assert!(outside(&running, &advance).await["now"].is_i64());
    assert_eq!(create_key().answer(&running).await.status, 200);
}

#[tokio::test]
async fn a_clock_that_stands_still_is_what_signatures_are_measured_against() {
    let (running, _) = served_as(Config {
        clock: Clock::Fixed(1_440_938_160_000),
        ..Config::default()
    })
    .await;
    assert_refused(
        &create_key().answer(&running).await,
        "InvalidSignatureException",
        "years later",
    );
    let then = create_key().but(|post| {
        post.moment = "20150830T124100Z".to_owned();
        post.date = "20150830".to_owned();
    });
    assert_eq!(
        then.answer(&running).await.status,
        200,
        "five minutes ahead"
    );
    let later = then.but(|post| post.moment = "20150830T124101Z".to_owned());
    let answer = later.answer(&running).await;
    assert_refused(&answer, "InvalidSignatureException", "one second more");
}

#[tokio::test]
async fn policies_go_by_who_signed() {
    let alice = "arn:aws:iam::123456789012:user/alice";
    let (running, _) = served_as(Config {
        principals: Some(BTreeMap::from([(
            "ASIASESSION".to_owned(),
            alice.to_owned(),
        )])),
        ..Config::default()
    })
    .await;
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
         "Action": "kms:*", "Resource": "*"},
        {"Effect": "Deny", "Principal": {"AWS": alice}, "Action": "kms:DescribeKey",
         "Resource": "*"},
    ]});
    let made = Post::kms("CreateKey", &json!({ "Policy": policy.to_string() }));
    let made = made.answer(&running).await.json();
    let describe = Post::kms(
        "DescribeKey",
        &json!({ "KeyId": made["KeyMetadata"]["KeyId"] }),
    );
    assert_eq!(describe.answer(&running).await.status, 200);
    let by_alice = describe.but(|post| {
        (post.key, post.secret) = ("ASIASESSION".to_owned(), "secret".to_owned());
        post.token = Some("token".to_owned());
    });
    let answer = by_alice.answer(&running).await;
    assert_eq!(answer.error(), "AccessDeniedException", "{answer:?}");
    // Naming another access key does not make one somebody else.
    let pretended = by_alice.but(|post| post.key = crate::signer::KEY.to_owned());
    let answer = pretended.answer(&running).await;
    assert_eq!(answer.error(), "UnrecognizedClientException", "{answer:?}");
}
