//! A finding as a shell script that needs little more than the AWS CLI and an endpoint.
//!
//! Each step of the smallest plan is a command. What the AWS CLI cannot send, such as a member of
//! the wrong type, goes out with curl. Nothing in the script is a secret.

mod command;
mod preamble;
mod quote;
mod resolve;

use crate::finding::{Finding, Line, link};
use crate::plan::{Act, Plan, Step};
use kms_conformance_model::{Service, catalog};
use preamble::{ENVIRONMENT, HELPERS};
use quote::{comment, document};
use resolve::{Capture, Resolver};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The script of a finding, for a target with this account and Region unless the environment names
/// others; `None` where its plan is none.
pub fn script(finding: &Finding, account: &str, region: &str) -> Option<String> {
    let plan: Plan = serde_json::from_value(finding.plan.clone()).ok()?;
    let lines: BTreeMap<usize, &Line> = finding
        .transcript
        .iter()
        .map(|line| (line.step, line))
        .collect();
    let succeeded = |line: &&&Line| line.status == 200;
    let responses = plan
        .steps
        .iter()
        .enumerate()
        .filter_map(|(index, step)| {
            let line = lines.get(&index).filter(succeeded)?;
            Some((step.id, &line.reply))
        })
        .collect();
    let mut resolver = Resolver::new(&plan, &responses, region);
    let mut steps = String::new();
    for (index, step) in plan.steps.iter().enumerate() {
        let last = index + 1 == plan.steps.len();
        let writing = Writing {
            finding,
            step,
            last,
        };
        let commands = writing.commands(&mut resolver);
        let seen = lines.get(&index).map_or(String::new(), |line| seen(line));
        let _ = writeln!(steps, "\n# {}. {}{seen}", index + 1, title(step));
        for line in resolver.before.drain(..).chain(commands) {
            let _ = writeln!(steps, "{line}");
        }
    }
    let environment = ENVIRONMENT.replace("@region@", region);
    let preparation = preparation(&steps, &resolver, account);
    Some(format!(
        "{}{environment}{preparation}{steps}{}",
        head(finding, &steps),
        tail(finding)
    ))
}

/// A name as the AWS CLI writes it, with this between its words: `KeyId` is `key-id`.
fn lower(name: &str, between: char) -> String {
    let mut out = String::new();
    let mut before = None;
    for c in name.chars() {
        if c.is_ascii_uppercase() && before.is_some_and(|it: char| !it.is_ascii_uppercase()) {
            out.push(between);
        }
        out.push(c.to_ascii_lowercase());
        before = Some(c);
    }
    out
}

/// A step that is being written.
struct Writing<'f> {
    finding: &'f Finding,
    step: &'f Step,
    last: bool,
}

impl Writing<'_> {
    fn commands(&self, resolver: &mut Resolver) -> Vec<String> {
        match &self.step.act {
            Act::Call {
                service,
                operation,
                body,
                region,
            } => {
                let body = resolver.resolve(body);
                let region = region.as_ref().map(|region| resolver.resolve(region));
                let region = region.as_ref().and_then(Value::as_str);
                self.call(service, operation, &body, region, resolver)
            }
            Act::Raw {
                target,
                body,
                times,
            } => vec![self.raw(target.as_deref().unwrap_or_default(), body, *times)],
            Act::Outside(action) => {
                let mut action = resolver.resolve(action);
                if let Some(members) = action.as_object_mut() {
                    members.insert("call".to_owned(), json!("Act"));
                }
                self.outside(&action, resolver)
            }
            Act::LookInside { cluster } => {
                let cluster = resolver.resolve(cluster);
                self.outside(&json!({ "call": "HsmKeys", "cluster": cluster }), resolver)
            }
            Act::Advance { seconds } => {
                let milliseconds = seconds.saturating_mul(1_000);
                let call = json!({ "call": "Advance", "milliseconds": milliseconds });
                self.outside(&call, resolver)
            }
        }
    }

    fn call(
        &self,
        service: &str,
        name: &str,
        body: &Value,
        region: Option<&str>,
        resolver: &mut Resolver,
    ) -> Vec<String> {
        let captures = resolver.captures_of(self.step.id);
        // The AWS CLI does not show what is around a response.
        let envelope = self.last && self.finding.operation == catalog::WIRE;
        let operation = catalog::operation(Service::of_cli_name(service), name);
        let words = operation
            .filter(|_| !envelope)
            .and_then(|operation| command::command(operation, body, resolver));
        match words {
            Some(mut words) => {
                let region = region.map(|region| quote::word(region, &resolver.exprs));
                words.extend(region.map(|region| format!("--region {region}")));
                self.cli(name, &words, &captures)
            }
            None => self.wire((service, name), body, region, &captures, resolver),
        }
    }

    fn cli(&self, operation: &str, words: &[String], captures: &[Capture]) -> Vec<String> {
        let with = |options: &[String]| {
            let all: Vec<&str> = words.iter().chain(options).map(String::as_str).collect();
            all.join(if all.len() > 2 { " \\\n  " } else { " " })
        };
        let query = |query: &str| {
            let query = format!("--query {}", quote::word(query, &[]));
            with(&[query, "--output text".to_owned()])
        };
        let path = |capture: &Capture| jmespath(&capture.path);
        match captures {
            [] if self.last => vec![with(&["--output json".to_owned()])],
            [] => vec![with(&[">/dev/null".to_owned()])],
            all if all.len() == 1 || command::only_reads(operation) => all
                .iter()
                .map(|it| format!("{}=$({})", it.variable, query(&path(it))))
                .collect(),
            several => {
                let variables: Vec<&str> = several.iter().map(|it| it.variable.as_str()).collect();
                let paths: Vec<String> = several.iter().map(path).collect();
                let asked = query(&format!("[{}]", paths.join(", ")));
                let variables = variables.join(" ");
                vec![format!("read -r {variables} <<EOF\n$({asked})\nEOF")]
            }
        }
    }

    /// A request as JSON, for what the AWS CLI does not send.
    fn wire(
        &self,
        (service, name): (&str, &str),
        body: &Value,
        region: Option<&str>,
        captures: &[Capture],
        resolver: &Resolver,
    ) -> Vec<String> {
        let service = Service::of_cli_name(service);
        let (signed_as, prefix) = (service.signing_name(), service.target_prefix());
        let body = document(&body.to_string(), &resolver.exprs);
        let region = region.map(|region| quote::word(region, &resolver.exprs));
        let region = region.map_or_else(String::new, |region| format!(" {region}"));
        let send = format!("send {signed_as} {prefix}.{name}{region}");
        if captures.is_empty() {
            let output = if self.last { "" } else { " >/dev/null" };
            return vec![format!("{send}{output} <<EOF\n{body}\nEOF")];
        }
        let sent = format!("response=$({send} <<EOF\n{body}\nEOF\n)");
        let member = |capture: &Capture| {
            let name = capture.path.rsplit('.').next().unwrap_or_default();
            let name = quote::word(name, &[]);
            format!(
                "{}=$(printf '%s' \"$response\" | member {name})",
                capture.variable
            )
        };
        std::iter::once(sent)
            .chain(captures.iter().map(member))
            .collect()
    }

    fn raw(&self, target: &str, body: &str, times: usize) -> String {
        let service = Service::of_target(target).signing_name();
        let body = quote::word(body, &[]);
        let made = match times {
            1 => format!("printf '%s' {body}"),
            _ => format!("yes {body} | head -n {times} | tr -d '\\n'"),
        };
        let output = if self.last { "" } else { " >/dev/null" };
        let target = quote::word(target, &[]);
        format!("{made} | send {service} {target}{output}")
    }

    fn outside(&self, call: &Value, resolver: &Resolver) -> Vec<String> {
        let body = document(&call.to_string(), &resolver.exprs);
        let output = if self.last { "" } else { ">/dev/null " };
        vec![format!("outside {output}<<EOF\n{body}\nEOF")]
    }
}

fn title(step: &Step) -> String {
    let title = match &step.act {
        Act::Call {
            service, operation, ..
        } => format!("{service} {operation}"),
        Act::Raw { .. } => "a request that no operation sees".to_owned(),
        Act::Outside(action) => {
            let name = action.get("action").and_then(Value::as_str);
            format!("outside AWS: {}", name.unwrap_or("an action"))
        }
        Act::LookInside { .. } => "outside AWS: what is inside the HSMs".to_owned(),
        Act::Advance { seconds } => format!("{seconds} seconds pass"),
    };
    comment(&title)
}

/// What came back when the finding was made.
fn seen(line: &Line) -> String {
    let error = line.reply.get("__type").and_then(Value::as_str);
    match (error, line.status) {
        (_, 0) => String::new(),
        (Some(error), status) => comment(&format!(", answered {status} {error}")),
        (None, status) => format!(", answered {status}"),
    }
}

fn jmespath(path: &str) -> String {
    let mut out = String::new();
    for part in path.split('.') {
        if part.parse::<usize>().is_ok() {
            let _ = write!(out, "[{part}]");
            continue;
        }
        if !out.is_empty() {
            out.push('.');
        }
        match part.chars().all(|c| c.is_ascii_alphanumeric()) {
            true => out.push_str(part),
            false => {
                let _ = write!(out, "\"{part}\"");
            }
        }
    }
    out
}

fn head(finding: &Finding, steps: &str) -> String {
    let mut head = String::from("#!/bin/sh\n");
    let rule = finding.rule().map_or("no rule", |card| card.id.as_str());
    let severity = finding.severity.word();
    let operation = comment(&finding.operation);
    let _ = writeln!(
        head,
        "# {severity} {}: {operation} {rule}",
        finding.fingerprint
    );
    if let Some(card) = finding.rule() {
        let _ = writeln!(head, "# {}", comment(&card.says));
        let _ = writeln!(head, "# {}", comment(&link(&card.cite)));
    }
    let mut needs = vec!["the AWS CLI"];
    let words = [
        ("curl", ["send ", "outside "].as_slice()),
        ("openssl", &["authority "]),
    ];
    for (tool, signs) in words {
        if signs.iter().any(|sign| steps.contains(sign)) {
            needs.push(tool);
        }
    }
    let _ = write!(
        head,
        "#\n#   sh {}.sh http://127.0.0.1:4599\n#\n\
         # Needs {}, and an account that holds nothing yet.\n\
         # What it makes stays there. Passwords and key material in it are placeholders.\n",
        finding.fingerprint,
        needs.join(", ")
    );
    head
}

/// The variables and helpers that the steps use.
fn preparation(steps: &str, resolver: &Resolver, account: &str) -> String {
    let mut text = String::new();
    for (variable, value) in &resolver.placeholders {
        let _ = writeln!(text, "{variable}={}", quote::word(value, &[]));
    }
    if steps.contains("$account") || steps.contains("${account}") {
        let _ = writeln!(text, "account=${{ACCOUNT:-{account}}}");
    }
    if steps.contains("$dir/") || steps.contains("_of ") || steps.contains("authority ") {
        text.push_str("dir=$(mktemp -d)\ntrap 'rm -rf \"$dir\"' EXIT\n");
    }
    for helper in HELPERS {
        if uses(steps, helper.sign) {
            text.push('\n');
            text.push_str(helper.text);
        }
    }
    text
}

/// Whether a command with this name stands somewhere in the steps.
fn uses(steps: &str, sign: &str) -> bool {
    if sign.starts_with('$') {
        let braced = sign.replacen('$', "${", 1);
        return steps.contains(sign) || steps.contains(&braced);
    }
    let starts = |line: &str| line.starts_with(sign);
    let inside = [format!("$({sign}"), format!("| {sign}")];
    steps.lines().any(starts) || inside.iter().any(|it| steps.contains(it.as_str()))
}

fn tail(finding: &Finding) -> String {
    let mut tail = String::from("\ncat <<'END_OF_FINDING'\n\n");
    for (nth, outcome) in finding.expected.iter().enumerate() {
        let label = if nth == 0 { finding.authority() } else { "or" };
        let _ = writeln!(tail, "{label:<24}{}", comment(outcome));
    }
    let observed = comment(&finding.observed_with_status());
    let _ = writeln!(tail, "{:<24}{observed}", "seen here");
    for (nth, card) in finding.rules.iter().enumerate() {
        let label = if nth == 0 { "because" } else { "and" };
        let says = comment(&card.says);
        let _ = writeln!(tail, "{label:<24}{} {says}", card.id);
        let source = comment(&link(&card.cite));
        let _ = writeln!(tail, "{:<24}{}, {source}", "", card.evidence);
    }
    tail.push_str("END_OF_FINDING\n");
    tail
}
