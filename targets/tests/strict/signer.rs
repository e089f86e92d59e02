//! A small signer of AWS Signature Version 4 that shares nothing with what judges it, and requests
//! over a socket, so that each part of them can be wrong.

use hmac::{Hmac, KeyInit, Mac};
use kms_conformance_targets::Running;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
pub const JSON: &str = "application/x-amz-json-1.1";
pub const FORM: &str = "application/x-www-form-urlencoded";

/// A POST to `/`, and what it is signed with.
#[derive(Clone)]
pub struct Post {
    pub key: String,
    pub secret: String,
    pub token: Option<String>,
    pub service: String,
    pub region: String,
    pub date: String,
    pub moment: String,
    pub target: Option<String>,
    pub kind: &'static str,
    pub body: String,
    /// What `X-Amz-Content-Sha256` says of the body, if it is sent.
    pub hash: Option<String>,
    /// Headers that are sent and not signed.
    pub unsigned: Vec<&'static str>,
}

impl Post {
    /// A good request to KMS.
    pub fn kms(operation: &str, body: &Value) -> Post {
        let moment = moment(0);
        Post {
            key: KEY.to_owned(),
            secret: SECRET.to_owned(),
            token: None,
            service: "kms".to_owned(),
            region: "us-east-1".to_owned(),
            date: moment[..8].to_owned(),
            moment,
            target: Some(format!("TrentService.{operation}")),
            kind: JSON,
            body: body.to_string(),
            hash: None,
            unsigned: Vec::new(),
        }
    }

    /// The same with a change.
    pub fn but(&self, change: impl FnOnce(&mut Post)) -> Post {
        let mut changed = self.clone();
        change(&mut changed);
        changed
    }

    /// Its headers in the order in which they are sent, names in lower case.
    pub fn headers(&self, running: &Running) -> Vec<(String, String)> {
        let mut headers = vec![
            ("host", running.addr.to_string()),
            ("content-type", self.kind.to_owned()),
            ("x-amz-date", self.moment.clone()),
        ];
        headers.extend(self.target.clone().map(|target| ("x-amz-target", target)));
        headers.extend(
            self.token
                .clone()
                .map(|token| ("x-amz-security-token", token)),
        );
        let hash = self.hash.clone();
        headers.extend(hash.map(|hash| ("x-amz-content-sha256", hash)));
        let mut signed: Vec<_> = headers.clone();
        signed.retain(|(name, _)| !self.unsigned.contains(name));
        signed.sort();
        let names: Vec<&str> = signed.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let lines: String = signed
            .iter()
            .map(|it| format!("{}:{}\n", it.0, it.1))
            .collect();
        let hash = self.hash.clone();
        let hash = hash.unwrap_or_else(|| hash_of(&self.body));
        let canonical = format!("POST\n/\n\n{lines}\n{names}\n{hash}");
        let scope = format!(
            "{}/{}/{}/aws4_request",
            self.date, self.region, self.service
        );
        let canonical = hex(&Sha256::digest(canonical));
        let text = format!("AWS4-HMAC-SHA256\n{}\n{scope}\n{canonical}", self.moment);
        let mut key = format!("AWS4{}", self.secret).into_bytes();
        for part in scope.split('/') {
            key = mac(&key, part);
        }
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={}",
            self.key,
            hex(&mac(&key, &text))
        );
        headers.push(("authorization", authorization));
        let headers = headers.into_iter();
        headers
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    /// Sends it; `None` where the connection is closed without an answer.
    pub async fn send(&self, running: &Running) -> Option<Answer> {
        send(running, "/", &self.headers(running), &self.body).await
    }

    /// Sends it and takes the answer.
    pub async fn answer(&self, running: &Running) -> Answer {
        self.send(running).await.unwrap()
    }
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The error type; empty for a success.
    pub fn error(&self) -> String {
        let json = self.json();
        json["__type"].as_str().unwrap_or_default().to_owned()
    }
}

/// Sends a POST with exactly these headers, and its length.
pub async fn send(
    running: &Running,
    path: &str,
    headers: &[(String, String)],
    body: &str,
) -> Option<Answer> {
    let mut stream = TcpStream::connect(running.addr).await.unwrap();
    let headers = headers.iter();
    let lines: String = headers
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\n{lines}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    // A reset is no answer either.
    let _ = stream.read_to_string(&mut text).await;
    let (head, body) = text.split_once("\r\n\r\n")?;
    Some(Answer {
        status: head.split(' ').nth(1)?.parse().ok()?,
        body: body.to_owned(),
    })
}

/// A call of `/_outside`, which is never signed.
pub async fn outside(running: &Running, call: &Value) -> Value {
    let headers = [("host".to_owned(), "x".to_owned())];
    let answer = send(running, "/_outside", &headers, &call.to_string()).await;
    answer.unwrap().json()
}

/// The moment that is so many seconds from now, as `X-Amz-Date` has it.
pub fn moment(seconds: i64) -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let at = i64::try_from(now).unwrap() + seconds;
    let (days, of_day) = (at.div_euclid(86_400), at.rem_euclid(86_400));
    let (year, month, day) = kms_conformance_model::time::civil(days);
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// The hash of a body, as `X-Amz-Content-Sha256` has it.
pub fn hash_of(body: &str) -> String {
    hex(&Sha256::digest(body))
}

fn mac(key: &[u8], message: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
