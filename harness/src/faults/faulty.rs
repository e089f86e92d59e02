//! The reference emulator with faults, as a target.

use super::{Fault, Planted};
use crate::generate::emulator;
use crate::session::Identity;
use kms_conformance_model::Switches;
use kms_conformance_targets::{
    Answerer, Emulator, Lost, OutsideCall, OutsideError, Request, Response, Sending, Target,
};
use serde_json::Value;
use std::future::ready;

/// The reference emulator with faults.
#[derive(Debug)]
pub struct Faulty {
    name: String,
    emulator: Emulator,
    planted: Planted,
}

impl Faulty {
    /// An emulator of an empty account, whose fault shows in `percent` of 100 cases.
    pub fn new(fault: &'static Fault, identity: &Identity, percent: usize, seed: u64) -> Faulty {
        let emulator = emulator(identity, &Switches::none(), None);
        let planted = Planted::sometimes([fault], percent, seed);
        Faulty::of(fault.name, emulator, planted)
    }

    /// This emulator with these faults; `name` is what reports call it.
    pub fn of(name: &str, emulator: Emulator, planted: Planted) -> Faulty {
        Faulty {
            name: name.to_owned(),
            emulator,
            planted,
        }
    }
}

impl Target for Faulty {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn send<'a>(&'a self, request: &'a Request) -> Sending<'a, Result<Response, Lost>> {
        let response = self.planted.answer(&self.emulator, request, None);
        Box::pin(ready(Ok(response)))
    }

    fn offers_outside(&self) -> bool {
        true
    }

    fn outside<'a>(&'a self, call: &'a OutsideCall) -> Sending<'a, Result<Value, OutsideError>> {
        if matches!(call, OutsideCall::Reset) {
            self.planted.forget();
        }
        Box::pin(ready(self.emulator.outside(call)))
    }
}
