//! Faults that an emulator has at the same time.

use super::{Bend, Fault, Told};
use crate::generate::Dice;
use kms_conformance_model::{Sabotage, Service, State, Switches, catalog};
use kms_conformance_targets::{Answerer, Emulator, Request, Response};
use serde_json::{Value, json};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Faults that an emulator has at the same time, and what each remembers.
///
/// A request is bent in this order: what is misread, then what is not checked, then what a success
/// does, then the error type, then the rest of the answer; faults of one kind in the order in which
/// they were planted.
pub struct Planted {
    /// In how many of 100 cases each fault shows.
    percent: usize,
    mood: Mutex<Mood>,
}

struct Mood {
    dice: Dice,
    /// Each fault and what it remembers since the account was emptied; an object.
    faults: Vec<(&'static Fault, Value)>,
}

impl Planted {
    /// Faults that always show.
    pub fn always(faults: impl IntoIterator<Item = &'static Fault>) -> Planted {
        Planted::sometimes(faults, 100, 0)
    }

    /// Faults each of which shows in `percent` of 100 cases.
    pub fn sometimes(
        faults: impl IntoIterator<Item = &'static Fault>,
        percent: usize,
        seed: u64,
    ) -> Planted {
        let faults = faults.into_iter().map(|fault| (fault, json!({})));
        Planted {
            percent,
            mood: Mutex::new(Mood {
                dice: Dice::new(seed),
                faults: faults.collect(),
            }),
        }
    }

    fn mood(&self) -> MutexGuard<'_, Mood> {
        self.mood.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Planted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mood = self.mood();
        let names = mood.faults.iter().map(|(fault, _)| fault.name);
        f.debug_list().entries(names).finish()
    }
}

impl Answerer for Planted {
    fn answer(&self, emulator: &Emulator, request: &Request, access_key: Option<&str>) -> Response {
        // Held until the answer is bent, so that no other request comes between a success and what a
        // fault makes of it.
        let mut mood = self.mood();
        let Mood { dice, faults } = &mut *mood;
        let named = request.target.as_deref().unwrap_or_default();
        let body = serde_json::from_slice(&request.body).ok();
        let body: Option<Value> = body.filter(Value::is_object);
        let mut showing: Vec<&mut (&'static Fault, Value)> = faults
            .iter_mut()
            .filter(|(fault, _)| body.is_some() && concerns(fault, named))
            .filter(|_| dice.chance(self.percent))
            .collect();
        match body.filter(|_| !showing.is_empty()) {
            Some(body) => bent(emulator, request, access_key, &body, &mut showing),
            None => emulator.handle_as(request, access_key),
        }
    }

    fn forget(&self) {
        for (_, memory) in &mut self.mood().faults {
            *memory = json!({});
        }
    }
}

/// Whether a fault has to do with requests that name this target. Where both services have an
/// operation of one name, the fault is in that of KMS.
fn concerns(fault: &Fault, target: &str) -> bool {
    let operation = target.rsplit('.').next().unwrap_or_default();
    let elsewhere = catalog::operation(Service::Kms, operation).is_some()
        && Service::of_target(target) != Service::Kms;
    fault.operations().contains(&operation) && !elsewhere
}

/// Answers a request as these faults make it.
fn bent(
    emulator: &Emulator,
    request: &Request,
    access_key: Option<&str>,
    body: &Value,
    faults: &mut [&mut (&'static Fault, Value)],
) -> Response {
    let before = emulator.state();
    let read = misread(request, body, &before, faults);
    let mut response = emulator.handle_with(&read, access_key, &unchecked(emulator, faults));
    if response.status == 200 {
        for (fault, _) in faults.iter() {
            match &fault.bend {
                Bend::Lost(_) => emulator.change(|state| *state = before.clone()),
                Bend::Effect(_, effect) => emulator.change(|state| effect(state, &before, body)),
                _ => {}
            }
        }
    }
    for (fault, _) in faults.iter() {
        if let Bend::Error(_, due, other) = &fault.bend {
            with_body(&mut response, |_, answer| {
                if answer.get("__type") == Some(&json!(due)) {
                    answer["__type"] = json!(other);
                }
            });
        }
    }
    for (fault, memory) in faults.iter_mut() {
        if let Bend::Answer(_, bend) = &fault.bend {
            with_body(&mut response, |status, answer| {
                bend(&mut Told {
                    request: body,
                    status,
                    answer,
                    memory,
                });
            });
        }
    }
    response
}

/// The request as it is understood.
fn misread(
    request: &Request,
    body: &Value,
    state: &State,
    faults: &[&mut (&'static Fault, Value)],
) -> Request {
    let mut other = body.clone();
    for (fault, _) in faults {
        if let Bend::Misread(_, misread) = &fault.bend {
            misread(&mut other, state);
        }
    }
    match other == *body {
        true => request.clone(),
        false => Request {
            body: other.to_string().into_bytes(),
            ..request.clone()
        },
    }
}

/// The rules that are broken: those of the emulator, and what these faults do not check.
fn unchecked(emulator: &Emulator, faults: &[&mut (&'static Fault, Value)]) -> Switches {
    let mut switches = emulator.switches().clone();
    for (fault, _) in faults {
        if let Bend::Unchecked(of, rule) = &fault.bend {
            switches.break_rule(Some(of), rule, Sabotage::Off);
        }
    }
    switches
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::named;
    use kms_conformance_targets::Config;

    fn ask(planted: &Planted, emulator: &Emulator, operation: &str, body: &Value) -> Response {
        let request = Request::new(Service::Kms, operation, body);
        planted.answer(emulator, &request, None)
    }

    fn body(response: &Response) -> Value {
        serde_json::from_slice(&response.body).unwrap()
    }

    fn planted(names: &[&str]) -> Planted {
        Planted::always(names.iter().map(|name| named(name).unwrap()))
    }

    #[test]
    fn several_faults_bend_one_operation() {
        let emulator = Emulator::new(Config::default());
        let faults = planted(&["a new key is disabled", "a key may be given a tag twice"]);
        let tag = json!({"TagKey": "a", "TagValue": "b"});
        let made = ask(
            &faults,
            &emulator,
            "CreateKey",
            &json!({"Tags": [tag, tag]}),
        );
        assert_eq!(made.status, 200);
        let id = body(&made)["KeyMetadata"]["KeyId"].clone();
        let shown = ask(&faults, &emulator, "DescribeKey", &json!({"KeyId": id}));
        assert_eq!(body(&shown)["KeyMetadata"]["KeyState"], "Disabled");
    }

    #[test]
    fn what_is_lost_takes_the_rest_with_it_only_if_it_comes_later() {
        let emulator = Emulator::new(Config::default());
        let faults = planted(&["a new key is disabled", "a new key is lost"]);
        ask(&faults, &emulator, "CreateKey", &json!({}));
        assert_eq!(emulator.state().keys.len(), 0);
    }

    #[test]
    fn each_fault_remembers_for_itself_until_the_account_is_emptied() {
        let emulator = Emulator::new(Config::default());
        let faults = planted(&[
            "a key is described as it was first",
            "aliases are listed as they were first",
        ]);
        let made = ask(&faults, &emulator, "CreateKey", &json!({}));
        let id = body(&made)["KeyMetadata"]["KeyId"].clone();
        let key = json!({ "KeyId": id });
        let state = |faults: &Planted| {
            let shown = ask(faults, &emulator, "DescribeKey", &key);
            body(&shown)["KeyMetadata"]["KeyState"].clone()
        };
        let aliases = |faults: &Planted| {
            let shown = ask(faults, &emulator, "ListAliases", &json!({}));
            body(&shown)["Aliases"].as_array().unwrap().len()
        };
        assert_eq!((state(&faults), aliases(&faults)), (json!("Enabled"), 0));
        ask(&faults, &emulator, "DisableKey", &key);
        let alias = json!({"AliasName": "alias/a", "TargetKeyId": id});
        ask(&faults, &emulator, "CreateAlias", &alias);
        assert_eq!((state(&faults), aliases(&faults)), (json!("Enabled"), 0));
        faults.forget();
        assert_eq!((state(&faults), aliases(&faults)), (json!("Disabled"), 1));
    }
}
