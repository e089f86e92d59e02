//! A finding on the page.

use super::page::cite;
use crate::finding::{CardRef, Finding, Line, Status, counted};
use maud::{Markup, html};
use serde_json::Value;

/// Longer texts in a transcript are cut.
const LONGEST_TEXT: usize = 400;

/// A finding, folded to one line.
pub(crate) fn card(finding: &Finding) -> Markup {
    let rule = finding.rule().map_or("no rule", |card| card.id.as_str());
    let says = finding
        .rule()
        .map_or("Nothing allows this answer.", |card| card.says.as_str());
    let severity = finding.severity.word();
    html! {
        details.finding data-severity=(severity) {
            summary {
                span class={ "pill " (severity) } { (severity) }
                span.rule { (rule) }
                span.says { (says) br; span.brief { (brief(finding)) } }
                @if finding.status != Status::New {
                    span.pill.status { (finding.status.word()) }
                }
            }
            div.body id={ "f-" (finding.fingerprint) } {
                div.outcomes {
                    (documented(finding))
                    (came(finding))
                }
                (because(&finding.rules))
                (transcript(finding))
                (script(finding))
            }
        }
    }
}

/// What came instead of what, on one line.
fn brief(finding: &Finding) -> String {
    const LONGEST: usize = 90;
    let short = |text: &str| match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    };
    let observed = short(&finding.observed_with_status());
    match finding.expected.as_slice() {
        [] => observed,
        [only] => format!("{observed} instead of {}", short(only)),
        [first, others @ ..] => {
            let others = counted(others.len(), "other");
            format!("{observed} instead of {} or {others}", short(first))
        }
    }
}

fn documented(finding: &Finding) -> Markup {
    html! {
        div.allowed {
            h4 { (finding.authority()) }
            ul {
                @for outcome in &finding.expected { li { (outcome_text(outcome)) } }
                @if finding.expected.is_empty() { li { "nothing that was asked for" } }
            }
        }
    }
}

fn came(finding: &Finding) -> Markup {
    html! {
        div.came {
            h4 { "The target answered" }
            p.outcome { (outcome_text(&finding.observed)) }
            dl {
                @if finding.http_status != 0 { dt { "HTTP" } dd { (finding.http_status) } }
                @if !finding.member.is_empty() { dt { "Member" } dd { code { (finding.member) } } }
                dt { "Reproduced" } dd { (finding.reproduced.0) " of " (finding.reproduced.1) }
                dt { "Fingerprint" } dd { code { (finding.fingerprint) } }
            }
        }
    }
}

/// The name of an error in type of its own, and the rest as it is.
fn outcome_text(outcome: &str) -> Markup {
    let is_name = outcome.chars().all(|c| c.is_ascii_alphanumeric());
    match outcome.split_once(": ") {
        Some((place, value)) => html! { (place) ": " code { (value) } },
        None if is_name && outcome != "success" => html! { code { (outcome) } },
        None => html! { (outcome) },
    }
}

fn because(rules: &[CardRef]) -> Markup {
    html! {
        @if !rules.is_empty() {
            h4 { "Because" }
            ul.cards {
                @for card in rules {
                    li {
                        p { span.rule { (card.id) } " " (card.says) }
                        p.source { span class={ "pill evidence " (card.evidence) } { (card.evidence) } " " (cite(&card.cite)) }
                    }
                }
            }
        }
    }
}

fn transcript(finding: &Finding) -> Markup {
    let steps = counted(finding.steps, "step");
    let found = counted(
        usize::try_from(finding.found_after).unwrap_or(usize::MAX),
        "call",
    );
    let calls = counted(finding.calls_to_shrink, "call");
    html! {
        h4 { "What was sent and what came" " " span.count { (steps) ", found after " (found) ", " (calls) " to shrink" } }
        ol.transcript {
            @for line in &finding.transcript {
                li value=(line.step + 1) {
                    p { span.request { (line.request) } " " (answer(line)) }
                    @if !is_empty(&line.body) { pre tabindex="0" { code { (shown(&line.body)) } } }
                    @if !is_empty(&line.reply) { pre.reply tabindex="0" { code { (shown(&line.reply)) } } }
                }
            }
        }
    }
}

fn answer(line: &Line) -> Markup {
    let error = line.reply.get("__type").and_then(Value::as_str);
    let class = if error.is_some() {
        "answer refused"
    } else {
        "answer"
    };
    html! {
        @if line.status != 0 {
            span class=(class) { (line.status) " " (error.unwrap_or("success")) }
        } @else if line.reply.get("lost").is_some() {
            span.answer.refused { "no answer" }
        }
    }
}

fn script(finding: &Finding) -> Markup {
    let file = format!("findings/{}.sh", finding.fingerprint);
    html! {
        @if let Some(script) = &finding.script {
            h4 { "Script" }
            div.script {
                p { "Run it with " code { "sh " (file) " ENDPOINT" } }
                pre tabindex="0" aria-label="Script" { code { (script) } }
            }
        }
        p.replay { "Judge it again with " code { "kms-conformance replay findings/" (finding.fingerprint) ".json --target ENDPOINT" } }
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty)
}

fn shown(value: &Value) -> String {
    serde_json::to_string_pretty(&shortened(value)).unwrap_or_default()
}

fn shortened(value: &Value) -> Value {
    match value {
        Value::String(text) => match text.char_indices().nth(LONGEST_TEXT) {
            Some(_) => {
                let start: String = text.chars().take(80).collect();
                Value::from(format!("{start}… ({} characters)", text.chars().count()))
            }
            None => value.clone(),
        },
        Value::Array(entries) => entries.iter().map(shortened).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), shortened(value)))
            .collect(),
        other => other.clone(),
    }
}
