//! Which rules an answer breaks that no believed state allows.

use super::adopt::{as_shown, least_settled_of, unexpected_success};
use super::request_class;
use super::{Belief, Divergence, Exchange, Expected, Level, Verdict};
use crate::blind::Blind;
use crate::card::Card;
use crate::mint::Mismatch;
use crate::operation::{Allowed, Call, Fired, Outcome};
use crate::reply::Refused;
use crate::rule::Force;
use crate::state::{KeyState, State};
use crate::success::Broken;
use crate::switches::Switches;
use serde_json::Value;

impl Belief {
    /// The target succeeded as it should, but its response shows something else. Each wrong member is a
    /// divergence of its own. States that are shown are believed beside those that should have come
    /// about; everything else that is known of the resources stays known. `elsewhere` are the rules the
    /// response breaks in other states that are believed possible.
    pub(super) fn wrong_members(
        &mut self,
        exchange: &Exchange<'_>,
        (next, others): (State, Vec<State>),
        outcome: Outcome,
        elsewhere: &[Card],
        response: &Value,
    ) -> Verdict {
        let content = request_class::of_content(exchange, &next).join(", ");
        let divergences = by_member(outcome.broken.iter())
            .into_iter()
            .filter_map(|broken| wrong_member(exchange, &broken, elsewhere, &content))
            .collect();
        let mut states: Vec<State> = Vec::new();
        let possible: Vec<State> = others.into_iter().chain([next]).collect();
        for state in least_settled_of(&possible) {
            let adopted = as_shown(state, response, &outcome.broken);
            for state in std::iter::once(state.clone()).chain(adopted) {
                if !states.contains(&state) {
                    states.push(state);
                }
            }
        }
        self.states = states;
        Verdict::Diverges(divergences)
    }

    /// The target did what it should have refused: what it did is believed, or that it did nothing.
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
        let class = class_of(exchange, &candidates, rules.first());
        let states = unexpected_success(exchange, call.as_deref(), &candidates, response);
        self.states = if states.is_empty() {
            candidates
        } else {
            states
        };
        Verdict::Diverges(vec![Divergence {
            operation: exchange.operation.label(),
            level: Level::ErrorType,
            rules,
            expected,
            observed: "success".to_owned(),
            status: 200,
            member: String::new(),
            at: None,
            class,
        }])
    }
}

/// The class of a request whose outcome is wrong; `rule` is the one to blame most.
pub(super) fn class_of(exchange: &Exchange<'_>, states: &[State], rule: Option<&Card>) -> String {
    let class = states
        .first()
        .map(|state| request_class::of_outcome(exchange, state, rule));
    class.unwrap_or_default()
}

/// The mismatches of each member, whichever entries of a list it stands in; the members in the order
/// in which they were compared.
fn by_member<'b>(broken: impl Iterator<Item = &'b Broken>) -> Vec<Vec<&'b Broken>> {
    let mut groups: Vec<(String, Vec<&'b Broken>)> = Vec::new();
    for broken in broken {
        let member = broken.mismatch.at.pattern();
        match groups.iter_mut().find(|(known, _)| *known == member) {
            Some((_, group)) => group.push(broken),
            None => groups.push((member, vec![broken])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// The divergence of one member; `content` is the class of the request for values that depend on it.
fn wrong_member(
    exchange: &Exchange<'_>,
    broken: &[&Broken],
    elsewhere: &[Card],
    content: &str,
) -> Option<Divergence> {
    let first = broken.first()?;
    let mismatch = &first.mismatch;
    let same_place = |other: &&&Broken| other.mismatch.at == mismatch.at;
    let mut rules = Vec::new();
    let here = broken.iter().filter(same_place).map(|other| other.card);
    add_cards(&mut rules, here);
    add_cards(&mut rules, elsewhere.iter().copied());
    let outcome = format!("success with {}: {}", mismatch.at, mismatch.expected);
    let came = mismatch.observed.as_ref();
    let came = came.map_or("absent".to_owned(), |value| value.to_string());
    Some(Divergence {
        operation: exchange.operation.label(),
        level: match first {
            broken if broken.of_state => Level::Effect,
            broken if broken.mismatch.of_form => Level::Formats,
            _ => Level::Members,
        },
        rules,
        expected: vec![Expected {
            rule: Some(first.card),
            outcome,
        }],
        observed: format!("success with {}: {came}", mismatch.at),
        status: 200,
        member: mismatch.at.pattern(),
        at: Some((*mismatch.at).clone()),
        class: way(mismatch, content),
    })
}

/// In which way a member is wrong: absent, malformed, or another value than that of an enumeration.
/// Where it is not known by itself but computed, the class of the request tells more.
fn way(mismatch: &Mismatch, content: &str) -> String {
    let expected = serde_json::from_str::<Value>(&mismatch.expected);
    match (&mismatch.observed, expected) {
        (None, _) => "absent".to_owned(),
        (Some(_), _) if mismatch.of_form => "form".to_owned(),
        (Some(_), Ok(expected)) if is_enumeration(&expected) => mismatch.expected.clone(),
        (Some(_), Ok(_)) => "value".to_owned(),
        (Some(_), Err(_)) => content.to_owned(),
    }
}

/// Whether a value is, or holds only, words of an enumeration or truth values.
fn is_enumeration(value: &Value) -> bool {
    let is_word = |text: &str| {
        let mut letters = text.bytes();
        !text.is_empty()
            && letters.all(|it| it.is_ascii_uppercase() || it.is_ascii_digit() || it == b'_')
    };
    match value {
        Value::String(text) => is_word(text) || KeyState::NAMES.contains(&text.as_str()),
        Value::Array(entries) => entries.iter().all(is_enumeration),
        Value::Bool(_) => true,
        _ => false,
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
        class: String::new(),
    })
}

fn echoes_a_secret(exchange: &Exchange<'_>, text: &str) -> bool {
    let members = exchange.operation.members().iter();
    members
        .filter(|member| member.sensitive)
        .filter_map(|member| exchange.body.get(member.name)?.as_str())
        .any(|secret| !secret.is_empty() && text.contains(secret))
}
