//! A target whose account is not one's own.

use crate::outside::{OutsideCall, OutsideError};
use crate::target::{Lost, Request, Response, Sending, Target};
use serde_json::Value;
use std::future::ready;
use std::time::Duration;

/// A target whose account others use meanwhile. Nothing is done to it but what AWS offers: it is never
/// reset, even where that is possible.
#[derive(Clone, Debug)]
pub struct Shared<T>(pub T);

impl<T: Target> Target for Shared<T> {
    fn name(&self) -> String {
        self.0.name()
    }

    fn send<'a>(&'a self, request: &'a Request) -> Sending<'a, Result<Response, Lost>> {
        self.0.send(request)
    }

    fn settles_within(&self) -> Duration {
        self.0.settles_within()
    }

    fn offers_outside(&self) -> bool {
        false
    }

    fn outside<'a>(&'a self, _: &'a OutsideCall) -> Sending<'a, Result<Value, OutsideError>> {
        Box::pin(ready(Err(OutsideError::NotOffered)))
    }
}
