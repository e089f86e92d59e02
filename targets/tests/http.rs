//! The emulator behind its HTTP server, and the HTTP target in front of it.

#![cfg(test)]

use kms_conformance_model::{OutsideAction, Reply, Service};
use kms_conformance_targets::{
    Answer, Clock, Config, Emulator, HttpOptions, HttpTarget, InProcess, Lost, OutsideCall,
    OutsideError, Request, Response, Running, Target, reply,
};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const NOW: i64 = 1_800_000_000_000;

fn emulator() -> Arc<Emulator> {
    Arc::new(Emulator::new(Config {
        clock: Clock::Fixed(NOW),
        ..Config::default()
    }))
}

async fn served() -> (Running, HttpTarget) {
    let running = Running::start(emulator()).await.unwrap();
    let target = HttpTarget::new(&running.url(), "us-east-1").await.unwrap();
    (running, target)
}

fn kms(operation: &str, body: Value) -> Request {
    Request::new(Service::Kms, operation, &body)
}

async fn done(target: &dyn Target, request: &Request) -> Value {
    let response = target.send(request).await.unwrap();
    match reply(&response) {
        Answer::Reply(Reply::Done(value)) => value,
        other => panic!("{request:?} was answered {other:?}"),
    }
}

fn body(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}

/// Sends raw bytes and reads what comes back until the server closes.
async fn raw(running: &Running, request: &str) -> String {
    let mut stream = TcpStream::connect(running.addr).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_key_made_over_http_is_described_over_http_and_in_process() {
    let emulator = emulator();
    let running = Running::start(Arc::clone(&emulator)).await.unwrap();
    let http = HttpTarget::new(&running.url(), "us-east-1").await.unwrap();
    let made = done(
        &http,
        &kms("CreateKey", json!({"Description": "over HTTP"})),
    )
    .await;
    let id = &made["KeyMetadata"]["KeyId"];
    let describe = kms("DescribeKey", json!({"KeyId": id}));
    let described = done(&http, &describe).await;
    assert_eq!(described["KeyMetadata"]["Description"], "over HTTP");
    assert_eq!(
        described["KeyMetadata"]["CreationDate"],
        json!(NOW as f64 / 1000.0)
    );
    assert_eq!(done(&InProcess::new(emulator), &describe).await, described);
}

#[tokio::test]
async fn responses_carry_the_headers_of_aws() {
    let (_running, target) = served().await;
    let response = target.send(&kms("CreateKey", json!({}))).await.unwrap();
    assert_eq!(response.status, 200);
    assert_eq!(
        response.header("Content-Type"),
        Some("application/x-amz-json-1.1")
    );
    assert_eq!(
        response.header("Cache-Control"),
        Some("no-cache, no-store, must-revalidate, private")
    );
    assert_eq!(
        (response.header("Expires"), response.header("Pragma")),
        (Some("0"), Some("no-cache"))
    );
    let length = response.body.len().to_string();
    assert_eq!(response.header("Content-Length"), Some(length.as_str()));
    assert!(response.header("Date").is_some());
    assert_eq!(response.header("x-amzn-RequestId").map(str::len), Some(36));
    assert_eq!(response.header("x-amzn-ErrorType"), None);
}

#[tokio::test]
async fn a_refusal_has_a_bare_type_and_a_small_message() {
    let (_running, target) = served().await;
    let unknown = json!({"KeyId": "1234abcd-12ab-34cd-56ef-1234567890ab"});
    let response = target.send(&kms("DescribeKey", unknown)).await.unwrap();
    assert_eq!(response.status, 400);
    assert_eq!(body(&response)["__type"], "NotFoundException");
    assert!(body(&response)["message"].is_string());
    assert_eq!(response.header("x-amzn-ErrorType"), None);
}

#[tokio::test]
async fn a_body_that_is_no_json_is_a_serialization_error_without_message() {
    let (_running, target) = served().await;
    let mut request = kms("CreateKey", json!({}));
    for broken in [b"{\"Description\": " as &[u8], b"\xff", b"[1"] {
        request.body = broken.to_vec();
        let response = target.send(&request).await.unwrap();
        assert_eq!(response.status, 400);
        assert_eq!(body(&response), json!({"__type": "SerializationException"}));
    }
}

#[tokio::test]
async fn a_missing_or_unknown_target_is_an_unknown_operation() {
    let (_running, target) = served().await;
    for name in [None, Some("TrentService.MakeKey"), Some("CreateKey")] {
        let request = Request {
            target: name.map(str::to_owned),
            body: b"{}".to_vec(),
            region: None,
        };
        let response = target.send(&request).await.unwrap();
        assert_eq!(response.status, 404, "{name:?}");
        assert_eq!(
            body(&response),
            json!({"__type": "UnknownOperationException"})
        );
    }
}

#[tokio::test]
async fn a_success_that_is_not_modelled_is_unsupported() {
    let (_running, target) = served().await;
    let made = done(&target, &kms("CreateKey", json!({}))).await;
    let for_an_enclave = json!({
        "KeyId": made["KeyMetadata"]["KeyId"], "NumberOfBytes": 32,
        "Recipient": {"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": "YQ=="},
    });
    let request = kms("GenerateDataKey", for_an_enclave);
    let response = target.send(&request).await.unwrap();
    assert_eq!(response.status, 501);
    assert_eq!(body(&response)["__type"], "NotImplemented");
    assert!(matches!(reply(&response), Answer::Unsupported(_)));
}

#[tokio::test]
async fn an_oversized_body_is_refused_and_the_connection_goes_on() {
    let (_running, target) = served().await;
    let mut request = kms("CreateKey", json!({}));
    request.body = vec![b' '; 2 * 1024 * 1024];
    let response = target.send(&request).await.unwrap();
    assert_eq!(response.status, 413);
    assert_eq!(body(&response)["__type"], "RequestEntityTooLargeException");
    done(&target, &kms("CreateKey", json!({}))).await;
}

#[tokio::test]
async fn only_post_to_the_root_reaches_the_services() {
    let (running, _target) = served().await;
    for line in ["GET / HTTP/1.1", "POST /keys HTTP/1.1", "DELETE / HTTP/1.1"] {
        let request = format!(
            "{line}\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\
             X-Amz-Target: TrentService.CreateKey\r\n\r\n"
        );
        let answer = raw(&running, &request).await;
        assert!(answer.starts_with("HTTP/1.1 404"), "{line}: {answer}");
    }
}

#[tokio::test]
async fn a_connection_is_kept_for_the_next_request() {
    let (running, _target) = served().await;
    let request = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\
                   X-Amz-Target: TrentService.CreateKey\r\n\r\n{}";
    let close = request.replace("Host: x\r\n", "Host: x\r\nConnection: close\r\n");
    let answer = raw(&running, &format!("{request}{close}")).await;
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 2);
}

#[tokio::test]
async fn requests_at_the_same_time_each_get_their_own_key() {
    let (_running, target) = served().await;
    let create = kms("CreateKey", json!({}));
    let (one, two) = tokio::join!(done(&target, &create), done(&target, &create));
    assert_ne!(one["KeyMetadata"]["KeyId"], two["KeyMetadata"]["KeyId"]);
    for made in [one, two] {
        let describe = kms("DescribeKey", json!({"KeyId": made["KeyMetadata"]["Arn"]}));
        assert_eq!(
            done(&target, &describe).await["KeyMetadata"],
            made["KeyMetadata"]
        );
    }
}

#[tokio::test]
async fn outside_calls_work_over_http() {
    let (_running, target) = served().await;
    assert!(target.offers_outside());
    assert_eq!(
        target.outside(&OutsideCall::Clock).await,
        Ok(json!({"now": NOW}))
    );
    let advance = OutsideCall::Advance { milliseconds: 5 };
    assert_eq!(target.outside(&advance).await, Ok(json!({"now": NOW + 5})));
    let subnets = target.outside(&OutsideCall::Subnets).await.unwrap();
    assert_eq!(subnets["subnets"].as_array().map(Vec::len), Some(3));
    let subnet = subnets["subnets"][0]["id"].as_str().unwrap().to_owned();
    let delete = OutsideCall::Act(OutsideAction::DeleteSubnet { subnet });
    assert_eq!(target.outside(&delete).await, Ok(json!({})));
    let left = target.outside(&OutsideCall::Subnets).await.unwrap();
    assert_eq!(left["subnets"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn impossible_outside_calls_are_conflicts_and_say_why() {
    let (running, target) = served().await;
    let no_cluster = OutsideCall::HsmKeys {
        cluster: "cluster-aaaaaaaaaaa".to_owned(),
    };
    let error = target.outside(&no_cluster).await.unwrap_err();
    assert_eq!(
        error,
        OutsideError::Impossible("there is no cluster cluster-aaaaaaaaaaa".to_owned())
    );
    let body = r#"{"call":"Advance","milliseconds":-1}"#;
    let request = format!(
        "POST /_outside HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = raw(&running, &request).await;
    assert!(answer.starts_with("HTTP/1.1 409"), "{answer}");
    assert!(answer.ends_with(r#"{"error":"the clock goes only forward"}"#));
}

#[tokio::test]
async fn a_foreign_endpoint_offers_no_outside_calls() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let foreign = tokio::spawn(async move {
        let mut seen = String::new();
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut buffer = [0; 4096];
            let length = stream.read(&mut buffer).await.unwrap();
            seen.push_str(&String::from_utf8_lossy(&buffer[..length]));
            let answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
        seen
    });
    let target = HttpTarget::new(&url, "eu-west-1").await.unwrap();
    assert!(!target.offers_outside());
    assert_eq!(
        target.outside(&OutsideCall::Clock).await,
        Err(OutsideError::NotOffered)
    );
    let create = Request::new(Service::CloudHsm, "CreateCluster", &json!({}));
    let response = target.send(&create).await.unwrap();
    assert!(matches!(reply(&response), Answer::Unsupported(_)));
    let seen = foreign.await.unwrap().to_lowercase();
    assert!(
        seen.contains("x-amz-target: baldrapiservice.createcluster"),
        "{seen}"
    );
    assert!(seen.contains("content-type: application/x-amz-json-1.1"));
    assert!(seen.contains("/eu-west-1/cloudhsm/aws4_request, signedheaders=host;x-amz-date"));
    assert!(seen.contains("\r\nx-amz-date: 20"));
}

#[tokio::test]
async fn a_target_nobody_listens_at_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    for url in [url.as_str(), "not a url"] {
        let lost = HttpTarget::new(url, "us-east-1").await.err();
        assert!(
            matches!(lost, Some(Lost::Unreachable(_))),
            "{url}: {lost:?}"
        );
    }
}

#[tokio::test]
async fn a_target_that_says_nothing_times_out() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let options = HttpOptions {
        time_out: Duration::from_millis(50),
        ..HttpOptions::default()
    };
    assert_eq!(
        HttpTarget::with(&url, options).await.err(),
        Some(Lost::TimedOut)
    );
}

#[tokio::test]
async fn a_dropped_server_is_gone_and_so_are_its_connections() {
    let (running, target) = served().await;
    done(&target, &kms("CreateKey", json!({}))).await;
    drop(running);
    tokio::task::yield_now().await;
    let lost = target.send(&kms("CreateKey", json!({}))).await;
    assert!(lost.is_err(), "{lost:?}");
}

#[tokio::test]
async fn a_request_is_answered_in_the_region_that_it_is_signed_for() {
    let (running, target) = served().await;
    let made = done(&target, &kms("CreateKey", json!({ "MultiRegion": true }))).await;
    let key = made["KeyMetadata"]["KeyId"].clone();
    let there = HttpTarget::new(&running.url(), "eu-west-1").await.unwrap();
    let listed = done(&there, &kms("ListKeys", json!({}))).await;
    assert_eq!(listed["Keys"], json!([]));
    let replicate = json!({ "KeyId": key, "ReplicaRegion": "eu-west-1" });
    done(&target, &kms("ReplicateKey", replicate)).await;
    let describe = kms("DescribeKey", json!({ "KeyId": key }));
    for (target, request, region) in [
        (&there, describe.clone(), "eu-west-1"),
        (&there, describe.clone().to_region("us-east-1"), "us-east-1"),
        (
            &target,
            describe.clone().to_region("eu-west-1"),
            "eu-west-1",
        ),
        (
            &target,
            describe.clone().to_region("not a Region"),
            "us-east-1",
        ),
    ] {
        let shown = done(target, &request).await;
        let arn = shown["KeyMetadata"]["Arn"].as_str().unwrap();
        assert!(arn.contains(region), "{arn}");
    }
}

#[tokio::test]
async fn the_material_of_related_keys_lasts_as_long_as_one_of_them() {
    let (_running, target) = served().await;
    let made = done(&target, &kms("CreateKey", json!({ "MultiRegion": true }))).await;
    let key = made["KeyMetadata"]["KeyId"].clone();
    let seal = kms("Encrypt", json!({ "KeyId": key, "Plaintext": "YQ==" }));
    let sealed = done(&target, &seal).await["CiphertextBlob"].clone();
    let replicate = json!({ "KeyId": key, "ReplicaRegion": "eu-west-1" });
    done(&target, &kms("ReplicateKey", replicate)).await;
    let open = kms("Decrypt", json!({ "CiphertextBlob": sealed }));
    let doom = kms("ScheduleKeyDeletion", json!({ "KeyId": key }));
    done(&target, &doom.to_region("eu-west-1")).await;
    let advance = OutsideCall::Advance {
        milliseconds: 40 * 86_400_000,
    };
    target.outside(&advance).await.unwrap();
    assert_eq!(done(&target, &open).await["Plaintext"], "YQ==");
    let gone = target.send(&open.to_region("eu-west-1")).await.unwrap();
    assert_eq!(gone.status, 400);
}
