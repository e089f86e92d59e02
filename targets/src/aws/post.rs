//! Signing and sending, and what an answer says of the request before anybody judges it.

use super::credentials::Setup;
use super::signing::{Scope, Signer, sign};
use super::target::FIRST_WAIT;
use crate::emulator::Clock;
use crate::http;
use crate::target::{Lost, Response};
use reqwest::{Client, RequestBuilder};
use serde_json::Value;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

/// How often a connection is tried before it is tried for the last time.
const CONNECTIONS: u32 = 3;

/// A clock that is off by less is taken to be right, in milliseconds: `Date` has whole seconds.
const SMALL_SKEW: i64 = 30_000;

/// A request that is about to be signed.
pub(super) struct Post<'a> {
    pub(super) url: &'a str,
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body: &'a [u8],
    pub(super) scope: Scope<'a>,
}

impl Post<'_> {
    /// Signs the request with credentials that are good for now, and sends it. `skew` is how far the
    /// clock of AWS is before that of this machine, in milliseconds; the answer may set it right.
    pub(super) async fn send(
        &self,
        client: &Client,
        setup: &Setup,
        skew: &AtomicI64,
    ) -> Result<Response, Lost> {
        let credentials = setup.credentials().await.map_err(Lost::Unreachable)?;
        let at = moved(SystemTime::now(), skew.load(Ordering::Relaxed));
        let signer = Signer {
            access_key: credentials.access_key_id(),
            secret_key: credentials.secret_access_key(),
            token: credentials.session_token(),
        };
        let signed = sign(self.url, self.headers, self.body, self.scope, signer, at)
            .map_err(|error| Lost::Unreachable(error.to_string()))?;
        let mut post = client.post(self.url).body(self.body.to_vec());
        for (name, value) in self.headers {
            post = post.header(*name, *value);
        }
        for (name, value) in &signed {
            post = post.header(name, value);
        }
        let response = connected(post).await?;
        let seconds = response.header("date").and_then(http::moment_of);
        if let Some(theirs) = seconds {
            let skewed = theirs - Clock::Real.now();
            let right = if skewed.abs() < SMALL_SKEW { 0 } else { skewed };
            skew.store(right, Ordering::Relaxed);
        }
        Ok(response)
    }
}

/// Sends a request, more than once if no connection comes about: then it was never sent.
async fn connected(post: RequestBuilder) -> Result<Response, Lost> {
    let mut wait = FIRST_WAIT;
    for _ in 0..CONNECTIONS {
        let Some(again) = post.try_clone() else { break };
        match http::exchange(again).await {
            Err(Lost::Unreachable(_)) => tokio::time::sleep(wait).await,
            answer => return answer,
        }
        wait *= 2;
    }
    http::exchange(post).await
}

fn moved(moment: SystemTime, by: i64) -> SystemTime {
    let by_much = Duration::from_millis(by.unsigned_abs());
    let moved = if by < 0 {
        moment.checked_sub(by_much)
    } else {
        moment.checked_add(by_much)
    };
    moved.unwrap_or(moment)
}

/// The type and the message of an error; empty where there is none.
pub(super) fn error_of(response: &Response) -> (String, String) {
    if response.status < 400 {
        return Default::default();
    }
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let text = |names: &[&str]| {
        let found = names.iter().find_map(|name| body.get(name)?.as_str());
        found.unwrap_or_default().to_owned()
    };
    let kind = text(&["__type", "code"]);
    let kind = kind.rsplit('#').next().unwrap_or_default().to_owned();
    (kind, text(&["message", "Message"]))
}

pub(super) fn is_throttled((kind, _): &(String, String)) -> bool {
    const TYPES: &[&str] = &[
        "RequestLimitExceeded",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    ];
    TYPES.contains(&kind.as_str())
}

pub(super) fn is_about_credentials((kind, _): &(String, String)) -> bool {
    const TYPES: &[&str] = &[
        "ExpiredTokenException",
        "IncompleteSignatureException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
        "UnrecognizedClientException",
    ];
    TYPES.contains(&kind.as_str())
}

/// A response, unless it says that the caller may not ask, or that AWS itself failed: then the request
/// may have been carried out.
pub(super) fn judged(response: Response, error: &(String, String)) -> Result<Response, Lost> {
    let (kind, message) = error;
    if is_about_credentials(error) {
        // The rest of the message repeats the signed headers, the session token among them.
        let said = message
            .split("The Canonical String")
            .next()
            .unwrap_or_default();
        let said = said.lines().next().unwrap_or_default();
        let why = format!("AWS does not accept the credentials: {kind} {said}");
        return Err(Lost::Unreachable(why));
    }
    if response.status >= 500 {
        return Err(Lost::Broken(format!("AWS failed: {kind} {message}")));
    }
    let denied = kind.ends_with("AccessDeniedException");
    if denied && message.contains("is not authorized to perform") {
        return Err(Lost::Denied(message.clone()));
    }
    Ok(response)
}
