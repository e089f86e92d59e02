//! Which rules an answer breaks that no believed state allows.

use super::distrust::{distrust, distrust_entry, distrust_new};
use super::{Belief, Divergence, Exchange, Expected, Level, Verdict};
use crate::blind::Blind;
use crate::card::Card;
use crate::operation::{Allowed, Call, Fired, Outcome};
use crate::path::Path;
use crate::reading::Reading;
use crate::reply::Refused;
use crate::rule::Force;
use crate::state::State;
use crate::switches::Switches;
use serde_json::Value;

impl Belief {
    /// The target succeeded as it should, but its response shows something else: what it shows is
    /// adopted, and resources whose state it contradicts are not trusted any more. `elsewhere` are
    /// the rules it breaks in other states that are believed possible.
    pub(super) fn wrong_members(
        &mut self,
        exchange: &Exchange<'_>,
        mut next: State,
        outcome: Outcome,
        elsewhere: Vec<Card>,
    ) -> Verdict {
        if outcome.broken.iter().any(|broken| broken.of_state) {
            distrust(&mut next, exchange.body);
            for broken in outcome.broken.iter().filter(|broken| broken.of_state) {
                distrust_entry(&mut next, &broken.mismatch.at);
            }
        }
        self.states = vec![next];
        let level = match outcome.broken.first() {
            Some(broken) if broken.of_state => Level::Effect,
            Some(broken) if broken.mismatch.of_form => Level::Formats,
            _ => Level::Members,
        };
        let mut rules = Vec::new();
        add_cards(&mut rules, outcome.broken.iter().map(|broken| broken.card));
        add_cards(&mut rules, elsewhere.into_iter());
        let expected = outcome
            .broken
            .iter()
            .map(|broken| Expected {
                rule: Some(broken.card),
                outcome: format!(
                    "success with {}: {}",
                    broken.mismatch.at, broken.mismatch.expected
                ),
            })
            .collect();
        let first = outcome.broken.into_iter().next();
        let mismatch = first.map(|broken| broken.mismatch);
        let observed = mismatch.as_ref().map(|mismatch| {
            let came = mismatch.observed.as_ref();
            let came = came.map_or("absent".to_owned(), |value| value.to_string());
            format!("success with {}: {came}", mismatch.at)
        });
        let at = mismatch.map(|mismatch| *mismatch.at);
        Verdict::Diverges(Box::new(Divergence {
            operation: exchange.operation.label(),
            level,
            rules,
            expected,
            observed: observed.unwrap_or_default(),
            status: 200,
            member: at.as_ref().map(Path::pattern).unwrap_or_default(),
            at,
        }))
    }

    /// The target did what it should have refused: that it did is adopted, and nothing more is
    /// expected of the resources that the request named.
    pub(super) fn unexpected_success(
        &mut self,
        exchange: &Exchange<'_>,
        candidates: Vec<State>,
        call: Option<Box<dyn Call>>,
        expected: Vec<Expected>,
        lenient: &[Card],
        response: &Value,
    ) -> Verdict {
        // Where something is used that should be gone, the rule that takes it away may be the broken
        // one.
        let mut rules = rules_of(&expected, lenient);
        for state in &candidates {
            let taken_away = cards_of(exchange.body, &|text| state.taken_away_by(text));
            add_cards(&mut rules, taken_away.into_iter());
        }
        let mut next = candidates;
        next.truncate(1);
        for state in &mut next {
            if let Some(call) = &call {
                let before = state.clone();
                call.succeed(state, &mut Reading::new(response), &Switches::none());
                distrust_new(state, &before);
            }
            distrust(state, exchange.body);
        }
        self.states = next;
        Verdict::Diverges(Box::new(Divergence {
            operation: exchange.operation.label(),
            level: Level::ErrorType,
            rules,
            expected,
            observed: "success".to_owned(),
            status: 200,
            member: String::new(),
            at: None,
        }))
    }
}

pub(super) fn note_expected(expected: &mut Vec<Expected>, allowed: &Allowed) {
    let refusals = allowed.refusals.iter().flat_map(|rule| {
        rule.codes.iter().map(|code| Expected {
            rule: Some(rule.card),
            outcome: code.wire_name().to_owned(),
        })
    });
    let success = allowed.success.then(|| Expected {
        rule: None,
        outcome: "success".to_owned(),
    });
    for outcome in refusals.chain(success) {
        if !expected.contains(&outcome) {
            expected.push(outcome);
        }
    }
}

/// The promise with the strongest evidence of those that a success would have kept.
pub(super) fn promised(
    exchange: &Exchange<'_>,
    call: Option<&dyn Call>,
    states: &[State],
) -> Option<Card> {
    let mut state = states.first()?.clone();
    let mut mint = Blind::new(exchange.received);
    let outcome = call?.succeed(&mut state, &mut mint, &Switches::none());
    let applied = outcome.applied.into_iter();
    applied.min_by_key(|card| card.evidence)
}

pub(super) fn rules_of(expected: &[Expected], lenient: &[Card]) -> Vec<Card> {
    let mut rules = Vec::new();
    add_cards(
        &mut rules,
        expected.iter().filter_map(|outcome| outcome.rule),
    );
    sort_by_blame(&mut rules, lenient);
    rules
}

/// Rules that only may refuse come last: what they allow cannot be broken. Among the others the
/// strongest evidence is named first, since it decides how severe the finding is.
pub(super) fn sort_by_blame(rules: &mut [Card], lenient: &[Card]) {
    rules.sort_by_key(|card| (lenient.contains(card), card.evidence));
}

/// Adds the rules that may refuse and need not.
pub(super) fn note_lenient(lenient: &mut Vec<Card>, allowed: &Allowed) {
    let rules = allowed.refusals.iter();
    add_cards(
        lenient,
        rules
            .filter(|rule| rule.force == Force::May)
            .map(|rule| rule.card),
    );
}

pub(super) fn add_cards(cards: &mut Vec<Card>, more: impl Iterator<Item = Card>) {
    for card in more {
        if !cards.contains(&card) {
            cards.push(card);
        }
    }
}

/// What `rule_of` says of each text in `body`.
fn cards_of(body: &Value, rule_of: &dyn Fn(&str) -> Option<Card>) -> Vec<Card> {
    match body {
        Value::String(text) => rule_of(text).into_iter().collect(),
        Value::Array(entries) => entries
            .iter()
            .flat_map(|entry| cards_of(entry, rule_of))
            .collect(),
        Value::Object(members) => members
            .values()
            .flat_map(|member| cards_of(member, rule_of))
            .collect(),
        _ => Vec::new(),
    }
}

/// The rules that took away what a request names that was answered with NotFound: it shows that
/// they did, where no survivor has it any more.
pub(super) fn shown_gone(survivors: &[State], body: &Value) -> Vec<Card> {
    cards_of(body, &|text| {
        let mut rules = survivors.iter().map(|state| state.gone_by(text));
        let first = rules.next()??;
        rules.all(|rule| rule == Some(first)).then_some(first)
    })
}

/// The divergence of an error with another text than AWS was recorded to send for any of the rules
/// that speak for it. Where the text of one of them is not known, nothing can be said; nor where no
/// rules are given.
pub(super) fn wrong_text(
    exchange: &Exchange<'_>,
    refused: &Refused,
    rules: &[Fired],
) -> Option<Divergence> {
    let as_recorded = |rule: &Fired| !rule.recorded || rule.message == refused.message;
    if rules.is_empty() || rules.iter().any(as_recorded) {
        return None;
    }
    let mut cards = Vec::new();
    add_cards(&mut cards, rules.iter().map(|rule| rule.card));
    let expected = rules.iter().map(|rule| Expected {
        rule: Some(rule.card),
        outcome: match &rule.message {
            Some(text) => format!("{} with the message {text:?}", refused.error),
            None => format!("{} without a message", refused.error),
        },
    });
    let observed = match &refused.message {
        Some(text) if echoes_a_secret(exchange, text) => "a message with a secret".to_owned(),
        Some(text) => format!("the message {text:?}"),
        None => "no message".to_owned(),
    };
    Some(Divergence {
        operation: exchange.operation.label(),
        level: Level::MessageText,
        rules: cards,
        expected: expected.collect(),
        observed: format!("{} with {observed}", refused.error),
        status: refused.status,
        member: "message".to_owned(),
        at: None,
    })
}

fn echoes_a_secret(exchange: &Exchange<'_>, text: &str) -> bool {
    let members = exchange.operation.members().iter();
    members
        .filter(|member| member.sensitive)
        .filter_map(|member| exchange.body.get(member.name)?.as_str())
        .any(|secret| !secret.is_empty() && text.contains(secret))
}
