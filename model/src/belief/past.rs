//! How a belief judges exchanges about what was made before anybody looked.

use super::{Belief, Divergence, Exchange, Expected, Level, Verdict};
use crate::card::Card;
use crate::past::{Misshapen, Stranger, as_customers, has_forms, hypotheses, misshapen, strangers};
use crate::reply::{Refused, Reply};
use crate::state::State;
use crate::switches::Switches;
use serde_json::Value;

/// The error of somebody who may not do what he asks for. Nothing tells who that was.
const NOT_ALLOWED: &str = "AccessDeniedException";

/// Errors that are about what else the account holds.
const ABOUT_OTHERS: &[&str] = &[
    "AlreadyExistsException",
    "CloudHsmClusterInUseException",
    "CloudHsmClusterNotRelatedException",
    "CustomKeyStoreNameInUseException",
    "LimitExceededException",
    "XksKeyAlreadyInUseException",
    "XksProxyUriInUseException",
    "XksProxyUriEndpointInUseException",
    "XksProxyVpcEndpointServiceInUseException",
];

/// Lists whose entries nobody can guess.
const UNGUESSABLE: &[&str] = &["ListGrants", "ListRetirableGrants", "ListKeyRotations"];

impl Belief {
    /// Judges an exchange of an account with a past; `None` where it is about nothing but what was
    /// seen being made.
    pub(super) fn judge_past(&mut self, exchange: &Exchange<'_>) -> Option<Verdict> {
        let state = self.states.first()?.clone();
        let strangers = strangers(&state, exchange.body);
        match exchange.reply {
            Reply::Lost(_) => None,
            Reply::Refused(refused) if refused.error == NOT_ALLOWED => {
                Some(Verdict::Unknown("who called is not known".to_owned()))
            }
            Reply::Refused(refused) => self.refused_past(exchange, &state, &strangers, refused),
            Reply::Done(response) => self.done_past(exchange, &state, &strangers, response),
        }
    }

    /// Of a request that names what may have been there before, nobody can tell by its not being there
    /// which rules refused it.
    pub(super) fn doubt_rivals(&mut self, exchange: &Exchange<'_>) {
        let Some(state) = self.states.first().filter(|_| self.terms.has_past) else {
            return;
        };
        let unknown = |rival: &crate::sighting::Rival| {
            let mut codes = rival.codes.iter();
            codes.any(|code| code.wire_name().contains("NotFound"))
        };
        if !strangers(state, exchange.body).is_empty() {
            self.sighting.rivals.retain(|rival| !unknown(rival));
        }
    }

    fn refused_past(
        &mut self,
        exchange: &Exchange<'_>,
        state: &State,
        strangers: &[Stranger],
        refused: &Refused,
    ) -> Option<Verdict> {
        let mut fresh = self.clone();
        fresh.terms.has_past = false;
        let verdict = fresh.judge(exchange);
        // What was never made is refused all the same.
        if matches!(verdict, Verdict::Conforms(_)) {
            return None;
        }
        if ABOUT_OTHERS.contains(&refused.error.as_str()) {
            let why = "what the account held before is not known";
            return Some(Verdict::Unknown(why.to_owned()));
        }
        if strangers.is_empty() {
            return None;
        }
        if strangers.iter().any(|it| matches!(it, Stranger::Other(_))) {
            let sends = |rule: &crate::operation::Rule| {
                let mut codes = rule.codes.iter();
                codes.any(|code| code.wire_name() == refused.error)
            };
            return Some(match exchange.operation.rules().iter().any(sends) {
                true => Verdict::Unknown("how it stood before is not known".to_owned()),
                false => verdict,
            });
        }
        Some(self.judge_hypotheses(exchange, state, strangers, &Value::Null))
    }

    fn done_past(
        &mut self,
        exchange: &Exchange<'_>,
        state: &State,
        strangers: &[Stranger],
        response: &Value,
    ) -> Option<Verdict> {
        let name = exchange.operation.name();
        let reads = name.starts_with("List") || name.starts_with("Describe");
        if strangers.is_empty() && !reads && !self.terms.guessed {
            return None;
        }
        let wrong = misshapen(&state.account, name, response);
        let wrong = wrong.into_iter();
        let wrong = wrong.filter(|it| it.observed.is_some() || self.terms.holds(&it.at));
        let wrong: Vec<Divergence> = wrong.map(|it| misshapen_member(exchange, it)).collect();
        if !wrong.is_empty() {
            return Some(Verdict::Diverges(wrong));
        }
        let mut fresh = self.clone();
        fresh.terms.has_past = false;
        // What can be told without them needs no strangers, and changes what is believed.
        if !self.terms.guessed && matches!(fresh.judge(exchange), Verdict::Conforms(_)) {
            return None;
        }
        let is_key = |it: &Stranger| !matches!(it, Stranger::Other(_));
        if strangers.is_empty() && !self.terms.guessed {
            return None;
        }
        let only_forms = self.terms.guessed
            || !strangers.iter().all(is_key)
            || UNGUESSABLE.contains(&name)
            || is_related(response);
        if only_forms {
            return Some(match has_forms(name) {
                true => Verdict::Conforms(Vec::new()),
                false => Verdict::Unknown("nothing tells what it should show".to_owned()),
            });
        }
        let response = as_customers(response);
        let verdict = self.judge_hypotheses(exchange, state, strangers, &response);
        self.recall(&response, exchange);
        Some(verdict)
    }

    /// Judges as if the strangers existed, whatever they are like, and keeps nothing of it.
    fn judge_hypotheses(
        &mut self,
        exchange: &Exchange<'_>,
        state: &State,
        strangers: &[Stranger],
        response: &Value,
    ) -> Verdict {
        let mut state = state.clone();
        state.now = exchange.received;
        let by = promise(exchange);
        let candidates = hypotheses(&state, strangers, response, &self.recalled, by);
        let call = exchange.operation.read(exchange.body, &Switches::none());
        let kept = self.states.clone();
        let verdict = match exchange.reply {
            Reply::Refused(refused) => self.refused(exchange, candidates, call, refused),
            _ => self.done(exchange, candidates, call, response),
        };
        self.states = kept;
        // Of rules that held for one kind of key and not for another, nothing was shown.
        match verdict {
            Verdict::Conforms(_) => Verdict::Conforms(self.sighting.shown.clone()),
            other => other,
        }
    }

    /// Remembers what metadata show of a key.
    fn recall(&mut self, response: &Value, exchange: &Exchange<'_>) {
        let Some(metadata) = response.get("KeyMetadata") else {
            return;
        };
        let by = promise(exchange);
        let key = crate::past::described(metadata, &self.recalled, by, exchange.received);
        if let Some(key) = key {
            self.recalled.entry(key.id.clone()).or_insert(key);
        }
    }
}

/// The divergence of a member that has not the form it should have, or is absent.
fn misshapen_member(exchange: &Exchange<'_>, wrong: Misshapen) -> Divergence {
    let card = promise(exchange);
    let came = wrong.observed.as_ref();
    let came = came.map_or("absent".to_owned(), |value| value.to_string());
    Divergence {
        operation: exchange.operation.label(),
        level: match wrong.observed {
            Some(_) => Level::Formats,
            None => Level::Members,
        },
        rules: vec![*card],
        expected: vec![Expected {
            rule: Some(*card),
            outcome: format!("success with {}: {}", wrong.at, wrong.expected),
        }],
        observed: format!("success with {}: {came}", wrong.at),
        status: 200,
        member: wrong.at.pattern(),
        at: Some(wrong.at),
        class: String::new(),
    }
}

/// Whether a response is about a key that has relatives, of which nothing is known, or that lives in a
/// key store that nobody saw.
fn is_related(response: &Value) -> bool {
    let at = |path: &str| response.pointer(path);
    at("/KeyMetadata/MultiRegion") == Some(&Value::Bool(true))
        || at("/KeyMetadata/CustomKeyStoreId").is_some()
}

/// The first promise of an operation: that its answer shows what it is about.
fn promise(exchange: &Exchange<'_>) -> &'static Card {
    let promise = exchange.operation.promise();
    promise.unwrap_or(&crate::wire::JSON_ANSWERS)
}
