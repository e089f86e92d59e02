//! The two steps of the model: it answers a request, and it judges an answer.

use crate::{Counting, Failure, NOW};
use kms_conformance_model::{
    Answered, AnyOperation, Belief, Exchange, Reply, Service, State, Switches, Verdict, answer,
    catalog,
};
use kms_conformance_targets::{Answer, Emulator, Request, reply};
use serde_json::Value;

/// What the model answers to a request to KMS. It has then changed the state.
///
/// # Errors
/// When it refuses.
pub fn answered(
    state: &mut State,
    source: &mut Counting,
    name: &str,
    body: &Value,
) -> Result<Value, Failure> {
    match answer(operation(name)?, state, body, source, &Switches::none()) {
        Answered::Done(response) => Ok(response),
        other => Err(format!("{name} is answered {other:?}").into()),
    }
}

/// A request to KMS and its answer.
pub struct Exchanged {
    operation: &'static dyn AnyOperation,
    body: Value,
    reply: Reply,
}

impl Exchanged {
    /// Asks the emulator.
    ///
    /// # Errors
    /// When there is no such operation.
    pub fn with(emulator: &Emulator, name: &str, body: Value) -> Result<Exchanged, Failure> {
        let request = Request::new(Service::Kms, name, &body);
        let Answer::Reply(reply) = reply(&emulator.handle(&request)) else {
            return Err(format!("{name} is not supported").into());
        };
        Ok(Exchanged {
            operation: operation(name)?,
            body,
            reply,
        })
    }

    /// The response.
    ///
    /// # Errors
    /// When it was refused.
    pub fn response(&self) -> Result<&Value, Failure> {
        match &self.reply {
            Reply::Done(response) => Ok(response),
            other => Err(format!("{} is answered {other:?}", self.operation.name()).into()),
        }
    }

    /// Judges it.
    pub fn judge(&self, belief: &mut Belief) -> Verdict {
        belief.observe(&Exchange {
            operation: self.operation,
            body: &self.body,
            reply: &self.reply,
            received: NOW,
            certificate_fault: None,
        })
    }
}

fn operation(name: &str) -> Result<&'static dyn AnyOperation, Failure> {
    let operation = catalog::operation(Service::Kms, name);
    operation.ok_or_else(|| format!("there is no operation {name}").into())
}
