//! A target: something that answers requests.

use crate::outside::{OutsideCall, OutsideError};
use kms_conformance_model::Service;
use serde_json::Value;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// A request in its wire form, without what only HTTP needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What `X-Amz-Target` holds, for example `TrentService.CreateKey`; `None` leaves it out.
    pub target: Option<String>,
    /// The body, which is JSON unless it is wrong on purpose.
    pub body: Vec<u8>,
    /// The Region that it is sent to; `None` for the one that the target is configured for.
    pub region: Option<String>,
}

impl Request {
    /// A well-formed request.
    pub fn new(service: Service, operation: &str, body: &Value) -> Request {
        Request {
            target: Some(format!("{}.{operation}", service.target_prefix())),
            body: body.to_string().into_bytes(),
            region: None,
        }
    }

    /// The same request, sent to this Region.
    pub fn to_region(self, region: &str) -> Request {
        Request {
            region: Some(region.to_owned()),
            ..self
        }
    }
}

/// A response in its wire form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers in the order in which they came, names in any case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// The value of the first header with this name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// Why no response came.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// No connection came about, so that the request was never sent.
    #[error("the target cannot be reached: {0}")]
    Unreachable(String),
    /// No response came in time; the request may have been carried out.
    #[error("no response came in time")]
    TimedOut,
    /// The connection broke; the request may have been carried out.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// The target holds it back, so that it was not carried out; why.
    #[error("it was not sent: {0}")]
    NotSent(String),
    /// The caller may not ask for it, so that it was not carried out; in the words of the target.
    #[error("it is not permitted: {0}")]
    Denied(String),
}

/// An answer under way.
pub type Sending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl<T: Target + ?Sized> Target for Arc<T> {
    fn name(&self) -> String {
        T::name(self)
    }

    fn send<'a>(&'a self, request: &'a Request) -> Sending<'a, Result<Response, Lost>> {
        T::send(self, request)
    }

    fn settles_within(&self) -> Duration {
        T::settles_within(self)
    }

    fn offers_outside(&self) -> bool {
        T::offers_outside(self)
    }

    fn outside<'a>(&'a self, call: &'a OutsideCall) -> Sending<'a, Result<Value, OutsideError>> {
        T::outside(self, call)
    }
}

/// Something that answers requests.
pub trait Target: Send + Sync {
    /// What reports call it: `emulator`, or a URL.
    fn name(&self) -> String;

    /// Sends a request once and waits for the response.
    fn send<'a>(&'a self, request: &'a Request) -> Sending<'a, Result<Response, Lost>>;

    /// How old an answer may be: what was done before is seen by every request after this time.
    fn settles_within(&self) -> Duration {
        Duration::ZERO
    }

    /// Whether [`Target::outside`] works.
    fn offers_outside(&self) -> bool;

    /// Does or asks what no AWS operation does.
    fn outside<'a>(&'a self, call: &'a OutsideCall) -> Sending<'a, Result<Value, OutsideError>>;
}
