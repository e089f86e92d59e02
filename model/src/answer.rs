//! The emulator's step: one request in, one answer out, and the state it leaves.

use crate::error_code::ErrorCode;
use crate::operation::{AnyOperation, Fired, allowed};
use crate::rule::Force;
use crate::state::State;
use crate::switches::Switches;
use crate::writing::{Source, Writing};
use serde_json::Value;

/// What the reference emulator answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Answered {
    /// Success, with this response.
    Done(Value),
    /// A refusal, with its message if AWS sends one.
    Refused(ErrorCode, Option<String>),
    /// No rule speaks against it, but this success is not modelled.
    NotModelled,
}

/// Answers a request and changes the state as AWS would. A refusal changes nothing.
pub fn answer(
    operation: &'static dyn AnyOperation,
    state: &mut State,
    body: &Value,
    source: &mut dyn Source,
    switches: &Switches,
) -> Answered {
    let call = match operation.read(body, switches) {
        Ok(call) => call,
        Err(fired) => return refused(operation, &fired, switches),
    };
    let allowed = allowed(call.refusals(state, switches));
    if !allowed.success {
        return refused(operation, &allowed.refusals, switches);
    }
    if !call.models_success(state) {
        return Answered::NotModelled;
    }
    if allowed
        .refusals
        .iter()
        .any(|rule| switches.answers_wrongly(operation.label(), &rule.card))
    {
        return refused(operation, &allowed.refusals, switches);
    }
    let mut writing = Writing::new(source);
    call.succeed(state, &mut writing, switches);
    Answered::Done(writing.into_response())
}

/// The first refusal that must be. A sabotaged one answers with an error that no rule here allows.
fn refused(operation: &'static dyn AnyOperation, fired: &[Fired], switches: &Switches) -> Answered {
    let wrong = fired
        .iter()
        .find(|rule| switches.answers_wrongly(operation.label(), &rule.card));
    if let Some(wrong) = wrong {
        let code = match wrong.codes.contains(&ErrorCode::Conflict) {
            true => ErrorCode::Tag,
            false => ErrorCode::Conflict,
        };
        return Answered::Refused(code, Some("sabotaged".to_owned()));
    }
    let decisive = fired
        .iter()
        .find(|rule| rule.force == Force::Must)
        .or(fired.first());
    let code = decisive.and_then(|rule| rule.codes.first().copied().map(|code| (rule, code)));
    match code {
        Some((rule, code)) => Answered::Refused(code, rule.message.clone()),
        None => Answered::NotModelled,
    }
}
