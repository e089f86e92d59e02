//! Any endpoint that speaks AWS JSON 1.1, over HTTP: this emulator's server, or foreign ones.

use crate::emulator::Clock;
use crate::outside::{OutsideCall, OutsideError};
use crate::target::{Lost, Request, Response, Sending, Target};
use kms_conformance_model::Service;
use kms_conformance_model::time::{DAY, HOUR, MINUTE, Millis, SECOND, civil};
use reqwest::{Client, RequestBuilder, StatusCode, Url};
use serde_json::Value;
use std::error::Error;
use std::time::{Duration, UNIX_EPOCH};

/// How an endpoint is talked to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpOptions {
    /// The Region in the credential scope of requests that name none.
    pub region: String,
    /// The access key in the credential scope. Emulators take the account from it.
    pub access_key: String,
    /// How long to wait for a response.
    pub time_out: Duration,
}

impl Default for HttpOptions {
    fn default() -> HttpOptions {
        HttpOptions {
            region: "us-east-1".to_owned(),
            access_key: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            time_out: Duration::from_secs(10),
        }
    }
}

/// An endpoint that does not check signatures.
pub struct HttpTarget {
    url: String,
    options: HttpOptions,
    client: Client,
    offers_outside: bool,
}

impl HttpTarget {
    /// Connects to `url` with the default options but for the Region.
    ///
    /// # Errors
    /// When `url` is no HTTP URL or nothing answers there.
    pub async fn new(url: &str, region: &str) -> Result<HttpTarget, Lost> {
        let options = HttpOptions {
            region: region.to_owned(),
            ..HttpOptions::default()
        };
        HttpTarget::with(url, options).await
    }

    /// Connects to `url`, and finds out whether this project's emulator answers there.
    ///
    /// # Errors
    /// When `url` is no HTTP URL or nothing answers there.
    pub async fn with(url: &str, options: HttpOptions) -> Result<HttpTarget, Lost> {
        let url = url.trim_end_matches('/').to_owned();
        let client = client(&url, options.time_out)?;
        let health = client.get(format!("{url}/_outside/health")).send().await;
        let health = health.map_err(|error| lost(&error))?;
        let offers_outside = health.status() == StatusCode::OK
            && health.bytes().await.is_ok_and(|body| is_emulator(&body));
        Ok(HttpTarget {
            url,
            options,
            client,
            offers_outside,
        })
    }

    async fn post(&self, request: &Request) -> Result<Response, Lost> {
        let moment = basic_date(Clock::Real.now());
        let mut post = self
            .client
            .post(format!("{}/", self.url))
            .header("Content-Type", "application/x-amz-json-1.1")
            .header("Authorization", self.authorization(request, &moment))
            .header("X-Amz-Date", moment);
        if let Some(target) = &request.target {
            post = post.header("X-Amz-Target", target);
        }
        exchange(post.body(request.body.clone())).await
    }

    /// A header of the right shape. Emulators route by its credential scope and check nothing else.
    fn authorization(&self, request: &Request, moment: &str) -> String {
        let target = request.target.as_deref().unwrap_or_default();
        let service = Service::of_target(target).signing_name();
        let date: String = moment.chars().take(8).collect();
        let region = request.region.as_ref().unwrap_or(&self.options.region);
        format!(
            "AWS4-HMAC-SHA256 Credential={}/{date}/{region}/{service}/aws4_request, \
             SignedHeaders=host;x-amz-date, Signature={:064}",
            self.options.access_key, 0
        )
    }

    async fn call(&self, call: &OutsideCall) -> Result<Value, OutsideError> {
        if !self.offers_outside {
            return Err(OutsideError::NotOffered);
        }
        let body = serde_json::to_vec(call).map_err(|error| broken(&error))?;
        let post = self.client.post(format!("{}/_outside", self.url));
        let response = exchange(post.body(body)).await?;
        let answer: Value =
            serde_json::from_slice(&response.body).map_err(|error| broken(&error))?;
        match answer.get("error").and_then(Value::as_str) {
            Some(error) => Err(OutsideError::Impossible(error.to_owned())),
            None => Ok(answer),
        }
    }
}

impl Target for HttpTarget {
    fn name(&self) -> String {
        self.url.clone()
    }

    fn send<'a>(&'a self, request: &'a Request) -> Sending<'a, Result<Response, Lost>> {
        Box::pin(self.post(request))
    }

    fn offers_outside(&self) -> bool {
        self.offers_outside
    }

    fn outside<'a>(&'a self, call: &'a OutsideCall) -> Sending<'a, Result<Value, OutsideError>> {
        Box::pin(self.call(call))
    }
}

pub(crate) fn client(url: &str, time_out: Duration) -> Result<Client, Lost> {
    let parsed = Url::parse(url).map_err(|error| Lost::Unreachable(format!("{url}: {error}")))?;
    // Fails only where another provider is installed already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .timeout(time_out)
        .redirect(reqwest::redirect::Policy::none());
    if is_loopback(&parsed) {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| lost(&error))
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    host == "localhost" || host == "[::1]" || host.starts_with("127.")
}

fn is_emulator(health: &[u8]) -> bool {
    serde_json::from_slice::<Value>(health).is_ok_and(|health| {
        health
            .get("emulator")
            .is_some_and(|name| name == "kms-conformance")
    })
}

pub(crate) async fn exchange(request: RequestBuilder) -> Result<Response, Lost> {
    let response = request.send().await.map_err(|error| lost(&error))?;
    let status = response.status().as_u16();
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect();
    let body = response.bytes().await.map_err(|error| lost(&error))?;
    Ok(Response {
        status,
        headers,
        body: body.to_vec(),
    })
}

fn lost(error: &reqwest::Error) -> Lost {
    if error.is_connect() || error.is_builder() {
        Lost::Unreachable(with_causes(error))
    } else if error.is_timeout() {
        Lost::TimedOut
    } else {
        Lost::Broken(with_causes(error))
    }
}

fn broken(error: &serde_json::Error) -> Lost {
    Lost::Broken(error.to_string())
}

pub(crate) fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// The moment that a `Date` header tells, in milliseconds since the Unix epoch.
pub(crate) fn moment_of(date: &str) -> Option<Millis> {
    let since = httpdate::parse_http_date(date).ok()?;
    let since = since.duration_since(UNIX_EPOCH).ok()?;
    Millis::try_from(since.as_millis()).ok()
}

/// A moment as `X-Amz-Date` writes it, for example `20150830T123600Z`.
pub(crate) fn basic_date(moment: Millis) -> String {
    let (year, month, day) = civil(moment.div_euclid(DAY));
    let time = moment.rem_euclid(DAY);
    let (hour, minute, second) = (time / HOUR, time % HOUR / MINUTE, time % MINUTE / SECOND);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_in_basic_form() {
        assert_eq!(basic_date(0), "19700101T000000Z");
        assert_eq!(basic_date(1_440_938_160_999), "20150830T123600Z");
        assert_eq!(basic_date(1_709_164_800_000), "20240229T000000Z");
        assert_eq!(basic_date(1_709_251_200_000), "20240301T000000Z");
        assert_eq!(basic_date(1_735_689_599_000), "20241231T235959Z");
    }

    #[test]
    fn only_loopback_hosts_go_around_a_proxy() {
        for (url, expected) in [
            ("http://127.0.0.1:1", true),
            ("http://localhost", true),
            ("http://[::1]:1", true),
            ("http://localhost.example.com", false),
            ("https://kms.us-east-1.amazonaws.com", false),
        ] {
            assert_eq!(is_loopback(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }
}
