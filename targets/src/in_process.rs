//! The emulator as a target, without a socket.

use crate::emulator::Emulator;
use crate::outside::{OutsideCall, OutsideError};
use crate::target::{Lost, Request, Response, Sending, Target};
use serde_json::Value;
use std::future::ready;
use std::sync::Arc;

/// The emulator in this process.
#[derive(Clone)]
pub struct InProcess {
    emulator: Arc<Emulator>,
    offers_outside: bool,
}

impl InProcess {
    /// A target that shares `emulator` with whoever else holds it.
    pub fn new(emulator: Arc<Emulator>) -> InProcess {
        InProcess {
            emulator,
            offers_outside: true,
        }
    }

    /// The same for requests alone: it can neither be reset nor do what no AWS API does, as an emulator
    /// of which only the endpoint is known.
    pub fn without_environment(emulator: Arc<Emulator>) -> InProcess {
        InProcess {
            emulator,
            offers_outside: false,
        }
    }

    /// The emulator itself.
    pub fn emulator(&self) -> &Emulator {
        &self.emulator
    }
}

impl Target for InProcess {
    fn name(&self) -> String {
        "emulator".to_owned()
    }

    fn send<'a>(&'a self, request: &'a Request) -> Sending<'a, Result<Response, Lost>> {
        Box::pin(ready(Ok(self.emulator.handle(request))))
    }

    fn offers_outside(&self) -> bool {
        self.offers_outside
    }

    fn outside<'a>(&'a self, call: &'a OutsideCall) -> Sending<'a, Result<Value, OutsideError>> {
        Box::pin(ready(self.emulator.outside(call)))
    }
}
