//! A plan being written. Every step is tried at once on a private emulator, so the next one can be
//! chosen with a view to what exists by then.

use super::Generated;
use super::request_classes::{Classes, classes};
use crate::metamorphic::At;
use crate::names::Names;
use crate::plan::{Act, Plan, Step};
use crate::player::Played;
use crate::session::{Identity, Session, Taken, Timing};
use kms_conformance_model::{AnyOperation, Reply, State};
use kms_conformance_targets::{InProcess, OutsideCall, Target};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// A plan being written.
pub(crate) struct Draft<'t> {
    session: Session<'t>,
    steps: Vec<Step>,
    names: Names,
    /// The Region that requests are sent to; `None` for that of the run.
    region: Option<Value>,
    /// What happened so far.
    pub(crate) played: Played,
    /// What each step so far tries, on a target of which only the endpoint is known.
    pub(crate) tried: Vec<Tried>,
}

/// What a step tries.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tried {
    /// The classes of its request; none where it is no request of an operation.
    pub(crate) classes: Classes,
    /// Whether it asks for a change.
    pub(crate) writes: bool,
    /// Whether it succeeded.
    pub(crate) succeeded: bool,
}

impl<'t> Draft<'t> {
    /// An empty plan for an empty account.
    pub(crate) fn begin(target: &'t InProcess, identity: &Identity) -> Option<Draft<'t>> {
        let emulator = target.emulator();
        if !target.offers_outside() {
            emulator.outside(&OutsideCall::Reset).ok()?;
        }
        let mut session = at_once(Session::begin(target, identity, Timing::Still))?.ok()?;
        if !target.offers_outside() {
            let clock = emulator.outside(&OutsideCall::Clock).ok()?;
            session.stand_at(clock.get("now").and_then(Value::as_i64)?);
        }
        Some(Draft {
            session,
            steps: Vec::new(),
            names: Names::default(),
            region: None,
            played: Played::default(),
            tried: Vec::new(),
        })
    }

    /// How many steps it has.
    pub(crate) fn len(&self) -> usize {
        self.steps.len()
    }

    /// What the account holds by now, in the Region that requests are sent to.
    pub(crate) fn state(&self) -> Option<&State> {
        let state = self.session.belief.states().first()?;
        let elsewhere = self.region.as_ref().and_then(|region| {
            let region = self.session.scope.another_region(region)?;
            state.elsewhere.get(region).map(AsRef::as_ref)
        });
        Some(elsewhere.unwrap_or(state))
    }

    /// Whether the account is emptied before each plan, and nobody else uses it.
    pub(crate) fn is_alone(&self) -> bool {
        self.session.outside
    }

    /// Sends all requests from here on to another Region, by its number.
    pub(crate) fn move_elsewhere(&mut self, number: usize) {
        self.region = Some(json!({ "$elsewhere": number }));
    }

    /// Writes steps whose requests go to the Region of the run.
    pub(crate) fn at_home<T>(&mut self, write: impl FnOnce(&mut Draft<'t>) -> T) -> T {
        let before = self.region.take();
        let written = write(self);
        self.region = before;
        written
    }

    /// Writes steps whose requests go to another Region, by its number.
    pub(crate) fn elsewhere<T>(
        &mut self,
        number: usize,
        write: impl FnOnce(&mut Draft<'t>) -> T,
    ) -> T {
        let before = self.region.replace(json!({ "$elsewhere": number }));
        let written = write(self);
        self.region = before;
        written
    }

    /// The reference to something by what it is called in the private emulator; what nobody made in
    /// this plan stands for itself.
    pub(crate) fn name(&self, concrete: &str) -> Value {
        let known = self.names.of(concrete);
        known.cloned().unwrap_or_else(|| json!(concrete))
    }

    /// These names of things in the order in which the plan made them. Their own order differs from
    /// draft to draft, since ids are made up.
    pub(crate) fn in_order<'n>(&self, names: impl Iterator<Item = &'n String>) -> Vec<&'n String> {
        let made = |name: &str| {
            let reference = self.names.of(name);
            let of = reference.and_then(|reference| reference.get("$of"));
            let step = of.and_then(|of| of.get(0)).and_then(Value::as_u64);
            (step, reference.map(Value::to_string))
        };
        let mut names: Vec<&String> = names.collect();
        names.sort_by_cached_key(|name| made(name));
        names
    }

    /// The steps so far that call an operation of this name, by their ids and bodies.
    pub(crate) fn calls_of<'d>(
        &'d self,
        name: &'d str,
    ) -> impl Iterator<Item = (u32, &'d Value)> + use<'d, 't> {
        self.steps.iter().filter_map(move |step| match &step.act {
            Act::Call {
                operation, body, ..
            } if operation == name => Some((step.id, body)),
            _ => None,
        })
    }

    /// Whether a step made what this member of its response shows.
    pub(crate) fn has_made(&self, step: u32, member: &str) -> bool {
        let response = self.session.scope.responses.get(&step);
        response.is_some_and(|response| response.get(member).is_some())
    }

    /// Whether a correct target accepts this request as things are.
    pub(crate) fn accepts(&mut self, operation: &'static dyn AnyOperation, body: &Value) -> bool {
        let act = Act::Call {
            service: operation.service().cli_name().to_owned(),
            operation: operation.name().to_owned(),
            body: body.clone(),
            region: self.region.clone(),
        };
        self.session
            .foresees_success(operation, &Step { id: 0, act })
    }

    /// Calls an operation of KMS.
    pub(crate) fn kms(&mut self, operation: &str, body: Value) -> u32 {
        self.call("kms", operation, body)
    }

    /// Calls an operation of CloudHSM.
    pub(crate) fn hsm(&mut self, operation: &str, body: Value) -> u32 {
        self.call("cloudhsmv2", operation, body)
    }

    /// Calls an operation.
    pub(crate) fn call(&mut self, service: &str, operation: &str, body: Value) -> u32 {
        self.push(Act::Call {
            service: service.to_owned(),
            operation: operation.to_owned(),
            body,
            region: self.region.clone(),
        })
    }

    /// Lets something happen outside.
    pub(crate) fn outside(&mut self, action: Value) -> u32 {
        self.push(Act::Outside(action))
    }

    /// Lets time pass.
    pub(crate) fn wait(&mut self, seconds: i64) -> u32 {
        self.push(Act::Advance { seconds })
    }

    /// Appends a step and tries it. The result is the step's id.
    pub(crate) fn push(&mut self, act: Act) -> u32 {
        let id = self.steps.last().map_or(1, |step| step.id + 1);
        let step = Step { id, act };
        let index = self.steps.len();
        if let Some(Ok(taken)) = at_once(self.session.take(&step)) {
            self.played.note(index, &step, &taken);
            if !self.session.outside {
                self.tried.push(tried(&self.session, &step, &taken));
            }
            if let Act::Call { body, .. } = &step.act {
                self.names.learn_request(body, &taken.body);
            }
            if let Some(response) = self.session.scope.responses.get(&id) {
                self.names.learn_response(id, response);
            }
        }
        self.steps.push(step);
        id
    }

    /// The finished plan, with all that is known of it.
    pub(crate) fn generated(mut self, title: &str) -> Generated {
        let tried = std::mem::take(&mut self.tried);
        let (plan, played) = self.finish(title);
        Generated {
            plan,
            played,
            tried,
        }
    }

    /// The finished plan.
    pub(crate) fn finish(self, title: &str) -> (Plan, Played) {
        (Plan::new(title, self.steps), self.played)
    }
}

fn tried(session: &Session<'_>, step: &Step, taken: &Taken) -> Tried {
    let (Some(operation), Some(reply)) = (step.in_catalogue(), &taken.reply) else {
        return Tried::default();
    };
    let at = At {
        operation,
        body: &taken.body,
        reply,
    };
    let class = taken.judged.first().and_then(|it| it.sighting.class);
    let state = class.map(|class| class.to_string()).unwrap_or_default();
    let exchange = session.exchange(operation, &taken.body, reply);
    let content = session.belief.request_class(&exchange);
    let mut classes = classes(operation, &taken.body, reply, &state, &content);
    // What was refused changed nothing, so that its reasons are still the same.
    if let Reply::Refused(_) = reply {
        let foresight = session.belief.foresee(&exchange);
        let rules = foresight.expected.iter().filter_map(|it| it.rule);
        let rules: BTreeSet<&str> = rules.map(|card| card.id).collect();
        classes.are_refused(operation, &rules, &foresight.class);
    }
    Tried {
        classes,
        writes: at.writes(),
        succeeded: at.done().is_some(),
    }
}

/// Runs a future that never waits. The in-process target answers at once, so this always succeeds.
pub(crate) fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut context) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
