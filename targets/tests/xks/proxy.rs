//! A small external key store proxy: it checks signatures with code of its own, encrypts with keys
//! of its own, and fails as it is told.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::aes::cipher::Array;
use aes_gcm::{Aes256Gcm, KeyInit};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::HeaderValue;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub const ACCESS_KEY: &str = "ABCDEFGHIJKLMNOPQRST";
pub const SECRET: &str = "DXjSUawnel2fr6SKC7G25CNxTyWKE5PF9XX6H/u9pSo=";
pub const PATH: &str = "/kms/xks/v1";
pub const HOST: &str = "xks1.example.com";

/// How the proxy fails.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// It answers with this status and error name.
    Error(u16, &'static str),
    /// It answers so late.
    Late(Duration),
    /// It answers with this body and status 200.
    Body(&'static str),
    /// It closes the connection without an answer.
    Closes,
    /// Its ciphertexts do not match their integrity values.
    WrongSum,
    /// It adds more metadata to ciphertexts than it may.
    MuchMetadata,
    /// It opens ciphertexts as something else.
    OpensWrongly,
}

/// What the proxy knows and does.
#[derive(Default)]
pub struct Known {
    /// The metadata of the external keys.
    pub keys: BTreeMap<String, Value>,
    /// How it fails, if it does.
    pub fault: Option<Fault>,
    /// The requests that were signed well: the path after the prefix, and the body.
    pub seen: Vec<(String, Value)>,
    /// How many were not.
    pub rejected: usize,
}

/// A proxy that is served until this is dropped.
pub struct Proxy {
    pub addr: SocketAddr,
    pub known: Arc<Mutex<Known>>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Starts serving a proxy with the keys `key-1` and `key-2`.
    pub async fn start() -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let mut known = Known::default();
        for key in ["key-1", "key-2"] {
            known.keys.insert(key.to_owned(), good_key());
        }
        let known = Arc::new(Mutex::new(known));
        let shared = Arc::clone(&known);
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let known = Arc::clone(&shared);
                tokio::spawn(async move {
                    let service = service_fn(|request| answer(request, Arc::clone(&known)));
                    let _ = http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Proxy { addr, known, task }
    }

    pub fn fail(&self, fault: Option<Fault>) {
        self.known.lock().unwrap().fault = fault;
    }

    pub fn set_key(&self, key: &str, metadata: Option<Value>) {
        let keys = &mut self.known.lock().unwrap().keys;
        match metadata {
            Some(metadata) => keys.insert(key.to_owned(), metadata),
            None => keys.remove(key),
        };
    }

    /// The requests since this was last asked.
    pub fn seen(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut self.known.lock().unwrap().seen)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub fn good_key() -> Value {
    json!({"keySpec": "AES_256", "keyUsage": ["ENCRYPT", "DECRYPT"], "keyStatus": "ENABLED"})
}

type Answer = hyper::Response<Full<Bytes>>;

fn response(status: u16, body: &str) -> Answer {
    hyper::Response::builder()
        .status(status)
        .header("Content-Type", HeaderValue::from_static("application/json"))
        .body(Full::new(Bytes::from(body.to_owned())))
        .unwrap()
}

fn error(status: u16, name: &str) -> Answer {
    response(status, &json!({ "errorName": name }).to_string())
}

#[derive(Debug)]
struct Closed;

impl std::fmt::Display for Closed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("closed")
    }
}

impl std::error::Error for Closed {}

async fn answer(
    request: hyper::Request<Incoming>,
    known: Arc<Mutex<Known>>,
) -> Result<Answer, Closed> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Closed)?.to_bytes();
    let fault = known.lock().unwrap().fault.clone();
    match &fault {
        Some(Fault::Error(status, name)) => return Ok(error(*status, name)),
        Some(Fault::Late(time)) => tokio::time::sleep(*time).await,
        Some(Fault::Body(body)) => return Ok(response(200, body)),
        Some(Fault::Closes) => return Err(Closed),
        _ => {}
    }
    let header = |name: &str| head.headers.get(name).unwrap().to_str().unwrap();
    let path = head.uri.path();
    let signed = is_signed(
        path,
        header("host"),
        header("x-amz-date"),
        header("authorization"),
        &body,
    );
    let mut known = known.lock().unwrap();
    if head.method != "POST" {
        return Ok(response(405, ""));
    }
    if !signed {
        known.rejected += 1;
        return Ok(error(401, "AuthenticationFailedException"));
    }
    let Some(place) = path.strip_prefix(PATH) else {
        return Ok(error(404, "InvalidUriPathException"));
    };
    let body: Value = serde_json::from_slice(&body).unwrap();
    known.seen.push((place.to_owned(), body.clone()));
    Ok(serve(place, &body, &known, fault.as_ref()))
}

fn serve(place: &str, body: &Value, known: &Known, fault: Option<&Fault>) -> Answer {
    let parts: Vec<&str> = place.split('/').skip(1).collect();
    let [_, key, operation] = parts[..] else {
        return match place {
            "/health" => response(200, &health().to_string()),
            _ => error(404, "InvalidUriPathException"),
        };
    };
    let Some(metadata) = known.keys.get(key) else {
        return error(404, "KeyNotFoundException");
    };
    if operation == "metadata" {
        return response(200, &metadata.to_string());
    }
    if metadata["keyStatus"] != "ENABLED" {
        return error(400, "InvalidStateException");
    }
    let bytes = |member: &str| match body.get(member) {
        Some(value) => STANDARD.decode(value.as_str().unwrap()).unwrap(),
        None => Vec::new(),
    };
    let cipher = Aes256Gcm::new(&Array::from(<[u8; 32]>::from(Sha256::digest(key))));
    let given = bytes("additionalAuthenticatedData");
    let covered = |extra: &[u8]| {
        let mut aad = u16::try_from(given.len()).unwrap().to_be_bytes().to_vec();
        aad.extend_from_slice(&given);
        aad.push(u8::try_from(extra.len()).unwrap());
        aad.extend_from_slice(extra);
        aad
    };
    if operation == "encrypt" {
        assert_eq!(body["encryptionAlgorithm"], "AES_GCM");
        let extra: &[u8] = match fault {
            Some(Fault::MuchMetadata) => b"more than twenty bytes",
            _ => b"version=1",
        };
        let vector: [u8; 12] = rand::random();
        let (msg, aad) = (bytes("plaintext"), covered(extra));
        let payload = Payload {
            msg: &msg,
            aad: &aad,
        };
        let mut sealed = cipher.encrypt(&Array::from(vector), payload).unwrap();
        let tag = sealed.split_off(msg.len());
        let mut sum = Sha256::new();
        for part in [&given[..], extra, &vector, &sealed, &tag] {
            sum.update(part);
        }
        if fault == Some(&Fault::WrongSum) {
            sum.update(b"wrong");
        }
        let answer = json!({
            "ciphertext": STANDARD.encode(&sealed),
            "ciphertextMetadata": STANDARD.encode(extra),
            "initializationVector": STANDARD.encode(vector),
            "authenticationTag": STANDARD.encode(&tag),
            "ciphertextDataIntegrityValue": STANDARD.encode(sum.finalize()),
        });
        return response(200, &answer.to_string());
    }
    let mut sealed = bytes("ciphertext");
    sealed.extend_from_slice(&bytes("authenticationTag"));
    let vector = <[u8; 12]>::try_from(bytes("initializationVector")).unwrap();
    let aad = covered(&bytes("ciphertextMetadata"));
    let payload = Payload {
        msg: &sealed,
        aad: &aad,
    };
    match cipher.decrypt(&Array::from(vector), payload) {
        Ok(mut plaintext) => {
            if fault == Some(&Fault::OpensWrongly) {
                plaintext.reverse();
            }
            let answer = json!({ "plaintext": STANDARD.encode(plaintext) });
            response(200, &answer.to_string())
        }
        Err(_) => error(400, "InvalidCiphertextException"),
    }
}

fn health() -> Value {
    json!({
        "xksProxyFleetSize": 1, "xksProxyVendor": "tests", "xksProxyModel": "a fake",
        "ekmVendor": "tests",
        "ekmFleetDetails": [{"id": "one", "model": "none", "healthStatus": "ACTIVE"}],
    })
}

/// Whether the signature is good, by the four tasks of appendix A of the specification.
fn is_signed(path: &str, host: &str, date: &str, authorization: &str, body: &[u8]) -> bool {
    let hex = |bytes: &[u8]| -> String { bytes.iter().map(|byte| format!("{byte:02x}")).collect() };
    let mac = |key: &[u8], text: &str| {
        let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).unwrap();
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().to_vec()
    };
    let day = &date[..8];
    let scope = format!("{day}/us-east-1/kms-xks-proxy/aws4_request");
    let canonical = [
        "POST",
        path,
        "",
        &format!("host:{host}"),
        &format!("x-amz-date:{date}"),
        "",
        "host;x-amz-date",
        &hex(&Sha256::digest(body)),
    ]
    .join("\n");
    let text = [
        "AWS4-HMAC-SHA256",
        date,
        &scope,
        &hex(&Sha256::digest(canonical)),
    ]
    .join("\n");
    let mut key = mac(format!("AWS4{SECRET}").as_bytes(), day);
    for part in ["us-east-1", "kms-xks-proxy", "aws4_request"] {
        key = mac(&key, part);
    }
    let expected = format!(
        "AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/{scope}, SignedHeaders=host;x-amz-date, \
         Signature={}",
        hex(&mac(&key, &text))
    );
    host == HOST && authorization == expected
}
