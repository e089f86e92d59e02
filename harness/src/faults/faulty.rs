//! The reference emulator with one fault, as a target.

use super::{Bend, Fault, Told};
use crate::generate::{Dice, emulator};
use crate::session::Identity;
use kms_conformance_model::{Sabotage, Service, State, Switches, catalog};
use kms_conformance_targets::{
    Emulator, Lost, OutsideCall, OutsideError, Request, Response, Sending, Target,
};
use serde_json::{Value, json};
use std::future::ready;
use std::sync::{Mutex, PoisonError};

/// The reference emulator with one fault.
pub struct Faulty {
    emulator: Emulator,
    fault: &'static Fault,
    /// In how many of 100 cases the fault shows.
    percent: usize,
    mood: Mutex<Mood>,
}

struct Mood {
    dice: Dice,
    memory: Value,
}

impl Faulty {
    /// An emulator of an empty account, whose fault shows in `percent` of 100 cases.
    pub fn new(fault: &'static Fault, identity: &Identity, percent: usize, seed: u64) -> Faulty {
        Faulty {
            emulator: emulator(identity, &Switches::none(), None),
            fault,
            percent,
            mood: Mutex::new(Mood {
                dice: Dice::new(seed),
                memory: json!({}),
            }),
        }
    }

    fn answer(&self, request: &Request) -> Response {
        let named = request.target.as_deref().unwrap_or_default();
        let operation = named.rsplit('.').next().unwrap_or_default();
        let concerns = match &self.fault.bend {
            Bend::Misread(operations, _) => operations.contains(&operation),
            Bend::Unchecked(of, _)
            | Bend::Error(of, ..)
            | Bend::Lost(of)
            | Bend::Effect(of, _)
            | Bend::Answer(of, _) => *of == operation,
        };
        // Where both services have an operation of this name, the fault is in that of KMS.
        let elsewhere = catalog::operation(Service::Kms, operation).is_some()
            && Service::of_target(named) != Service::Kms;
        let body = serde_json::from_slice(&request.body);
        let body = body.ok().filter(Value::is_object);
        let mut mood = self.mood.lock().unwrap_or_else(PoisonError::into_inner);
        let (true, Some(body)) = (concerns && !elsewhere, body) else {
            return self.emulator.handle(request);
        };
        if !mood.dice.chance(self.percent) {
            return self.emulator.handle(request);
        }
        match &self.fault.bend {
            Bend::Unchecked(of, rule) => {
                let mut switches = Switches::none();
                switches.break_rule(Some(of), rule, Sabotage::Off);
                self.emulator.handle_with(request, &switches)
            }
            Bend::Error(_, due, other) => {
                let mut response = self.emulator.handle(request);
                with_body(&mut response, |_, answer| {
                    if answer.get("__type") == Some(&json!(due)) {
                        answer["__type"] = json!(other);
                    }
                });
                response
            }
            Bend::Lost(_) => self.followed(request, |state, before| *state = before.clone()),
            Bend::Effect(_, effect) => {
                self.followed(request, |state, before| effect(state, before, &body))
            }
            Bend::Misread(_, misread) => {
                let mut other = body;
                misread(&mut other, &self.emulator.state());
                self.emulator.handle(&Request {
                    target: request.target.clone(),
                    body: other.to_string().into_bytes(),
                    region: request.region.clone(),
                })
            }
            Bend::Answer(_, bend) => {
                let mut response = self.emulator.handle(request);
                with_body(&mut response, |status, answer| {
                    bend(&mut Told {
                        request: &body,
                        status,
                        answer,
                        memory: &mut mood.memory,
                    });
                });
                response
            }
        }
    }

    /// Answers a request; a success has this effect too, which is told the state before.
    fn followed(&self, request: &Request, effect: impl FnOnce(&mut State, &State)) -> Response {
        let before = self.emulator.state();
        let response = self.emulator.handle(request);
        if response.status == 200 {
            self.emulator.change(|state| effect(state, &before));
        }
        response
    }
}

/// Changes the status and the JSON body of a response.
fn with_body(response: &mut Response, change: impl FnOnce(&mut u16, &mut Value)) {
    let mut answer: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    change(&mut response.status, &mut answer);
    response.body = match answer {
        Value::Null => Vec::new(),
        answer => answer.to_string().into_bytes(),
    };
}

impl Target for Faulty {
    fn name(&self) -> String {
        self.fault.name.to_owned()
    }

    fn send<'a>(&'a self, request: &'a Request) -> Sending<'a, Result<Response, Lost>> {
        Box::pin(ready(Ok(self.answer(request))))
    }

    fn offers_outside(&self) -> bool {
        true
    }

    fn outside<'a>(&'a self, call: &'a OutsideCall) -> Sending<'a, Result<Value, OutsideError>> {
        if matches!(call, OutsideCall::Reset) {
            let mut mood = self.mood.lock().unwrap_or_else(PoisonError::into_inner);
            mood.memory = json!({});
        }
        Box::pin(ready(self.emulator.outside(call)))
    }
}
