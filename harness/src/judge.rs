//! Judging what the model's belief does not see: envelopes, raw requests, keys inside HSMs.

use kms_conformance_model::wire::{
    Envelope, ErrorBody, JSON_ANSWERS, RawRequest, WIRE_RULES, raw_refusal,
};
use kms_conformance_model::{
    AnyOperation, Belief, Card, Divergence, Evidence, Expected, Foresight, Level, Resource,
    Sighting, State, Verdict, catalog,
};
use kms_conformance_targets::Response;
use serde_json::Value;
use std::collections::BTreeSet;

/// One thing judged.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The operation, or what stands for it in the catalogue.
    pub operation: String,
    /// What the judge says.
    pub verdict: Verdict,
    /// What the exchange shows beside that.
    pub sighting: Sighting,
}

impl Judged {
    /// The verdict about an exchange.
    pub fn exchange(operation: &str, verdict: Verdict) -> Judged {
        Judged {
            operation: operation.to_owned(),
            verdict,
            sighting: Sighting::default(),
        }
    }

    /// The same with what the exchange shows beside the verdict.
    pub fn with(self, sighting: &Sighting) -> Judged {
        Judged {
            sighting: sighting.clone(),
            ..self
        }
    }

    fn wire(verdict: Verdict) -> Judged {
        Judged::exchange(catalog::WIRE, verdict)
    }
}

/// Judges the envelope of an answer by the wire rules. All that hold make one row.
pub fn judge_envelope(operation: &'static dyn AnyOperation, response: &Response) -> Vec<Judged> {
    let envelope = envelope(operation, response);
    let applicable = WIRE_RULES.iter().filter(|rule| (rule.when)(&envelope));
    let (held, broken): (Vec<_>, Vec<_>) = applicable.partition(|rule| (rule.holds)(&envelope));
    let conforms = Verdict::Conforms(held.iter().map(|rule| rule.card).collect());
    let broken = broken.iter().map(|rule| {
        Verdict::Diverges(vec![Divergence {
            operation: catalog::WIRE,
            level: Level::Formats,
            rules: vec![rule.card],
            expected: vec![Expected {
                rule: Some(rule.card),
                outcome: format!("{}: {}", rule.member, rule.expected),
            }],
            observed: shown(&envelope, rule.member),
            status: envelope.status,
            member: rule.member.to_owned(),
            at: None,
            class: String::new(),
        }])
    });
    std::iter::once(conforms)
        .chain(broken)
        .map(Judged::wire)
        .collect()
}

/// Judges an internal error without a type of AWS's, in answer to an operation that the target is known
/// to have.
pub fn judge_crash(
    operation: &'static dyn AnyOperation,
    foresight: Foresight,
    why: &str,
    status: u16,
) -> Verdict {
    let mut expected = foresight.expected;
    if foresight.unmodelled || expected.is_empty() {
        expected.push(Expected {
            rule: Some(JSON_ANSWERS),
            outcome: "an answer in JSON, with a type where it is an error".to_owned(),
        });
    }
    let mut rules: Vec<Card> = vec![JSON_ANSWERS];
    for card in expected.iter().filter_map(|outcome| outcome.rule) {
        if !rules.contains(&card) {
            rules.push(card);
        }
    }
    let class = match foresight.may_succeed {
        true => format!("success due, {}", foresight.class),
        false => rules.get(1).map_or("", |card| card.id).to_owned(),
    };
    Verdict::Diverges(vec![Divergence {
        operation: operation.label(),
        level: Level::Transport,
        observed: format!("HTTP {status} without an error type: {why}"),
        status,
        member: String::new(),
        at: None,
        class,
        rules,
        expected,
    }])
}

/// Judges the answer to a request that no operation ever sees.
pub fn judge_raw(request: &RawRequest, response: &Response) -> Option<Judged> {
    let rule = raw_refusal(request)?;
    let observed = error_body(response).map_or_else(
        || format!("status {}", response.status),
        |error| error.kind.rsplit('#').next().unwrap_or_default().to_owned(),
    );
    // Where nothing but the status comes back, the documented one is as good as the name.
    let allowed = rule.error.iter().any(|code| {
        code.wire_name() == observed
            || (response.status == code.status() && observed.starts_with("status "))
    });
    let verdict = match allowed {
        true => Verdict::Conforms(vec![rule.card]),
        false => Verdict::Diverges(vec![Divergence {
            operation: catalog::WIRE,
            level: Level::Formats,
            rules: vec![rule.card],
            expected: rule
                .error
                .iter()
                .map(|code| Expected {
                    rule: Some(rule.card),
                    outcome: code.wire_name().to_owned(),
                })
                .collect(),
            observed,
            status: response.status,
            member: String::new(),
            at: None,
            class: String::new(),
        }]),
    };
    Some(Judged::wire(verdict))
}

/// What the HSMs of a cluster must hold: one key for each KMS key made there.
const MATERIAL: Card = Card {
    id: "CK-39",
    says: "The material of a key in a CloudHSM key store is an AES-256 key inside the cluster, \
           persistent and not extractable, labelled with the ARN of the KMS key.",
    cite: "kms/latest/developerguide/create-cmk-keystore.html",
    evidence: Evidence::Documented,
};

/// Judges the keys found inside the HSMs of a cluster. Nothing can be said where a key may have been
/// made whose name nobody learnt.
pub fn judge_hsm_keys(belief: &Belief, cluster: &str, found: &Value) -> Option<Judged> {
    let keys = found.as_array().or_else(|| found.get("keys")?.as_array())?;
    let labels: BTreeSet<&str> = keys
        .iter()
        .filter_map(|key| key.get("label")?.as_str())
        .collect();
    let right_kind = keys.iter().all(|key| {
        key.get("class").and_then(Value::as_str) == Some("AES")
            && key.get("length").and_then(Value::as_u64) == Some(256)
            && key.get("persistent") == Some(&Value::Bool(true))
            && key.get("extractable") == Some(&Value::Bool(false))
    });
    if belief.states().iter().any(|state| state.has_unseen) {
        return None;
    }
    let known = belief
        .states()
        .iter()
        .find_map(|state| state.clusters.get(cluster))?;
    let agrees = |state: &State| {
        let Some(cluster) = state.clusters.get(cluster) else {
            return false;
        };
        // The material of a key that is deleted goes with it, or is left behind where KMS could not
        // reach the HSMs in time.
        let may_differ = |label: &str| {
            let id = label.rsplit('/').next().unwrap_or_default();
            state.gone.contains_key(id) || state.unsettled.contains(&Resource::Key(id.to_owned()))
        };
        let all: BTreeSet<&str> = cluster.keys.iter().map(String::as_str).collect();
        all.symmetric_difference(&labels)
            .all(|label| may_differ(label))
    };
    let verdict = match right_kind && belief.states().iter().any(agrees) {
        true => Verdict::Conforms(vec![MATERIAL]),
        false => Verdict::Diverges(vec![Divergence {
            operation: "CreateKey",
            level: Level::Effect,
            rules: vec![MATERIAL],
            expected: vec![Expected {
                rule: Some(MATERIAL),
                outcome: format!("AES-256 keys labelled {:?}", known.keys),
            }],
            observed: format!("{} keys labelled {labels:?}", keys.len()),
            status: 200,
            member: "keys inside the HSMs".to_owned(),
            at: None,
            class: String::new(),
        }]),
    };
    Some(Judged::exchange("CreateKey", verdict))
}

fn envelope(operation: &'static dyn AnyOperation, response: &Response) -> Envelope {
    Envelope {
        service: operation.service(),
        empty_body: operation.empty_body(),
        status: response.status,
        content_type: header(response, "content-type"),
        request_id: header(response, "x-amzn-requestid"),
        length: response.body.len(),
        error: error_body(response),
    }
}

fn header(response: &Response, name: &str) -> Option<String> {
    let found = response
        .headers
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.clone())
}

fn error_body(response: &Response) -> Option<ErrorBody> {
    if response.status < 400 {
        return None;
    }
    let body: Value = serde_json::from_slice(&response.body).ok()?;
    let message_member = ["message", "Message"]
        .into_iter()
        .find(|name| body.get(name).is_some());
    Some(ErrorBody {
        kind: body.get("__type")?.as_str()?.to_owned(),
        message_member: message_member.map(str::to_owned),
    })
}

fn shown(envelope: &Envelope, member: &str) -> String {
    let absent = || "absent".to_owned();
    let error = envelope.error.as_ref();
    match member {
        "Content-Type" => envelope.content_type.clone().unwrap_or_else(absent),
        // The id differs from answer to answer, the finding must not.
        "x-amzn-RequestId" => match &envelope.request_id {
            Some(id) => format!("malformed {id}"),
            None => absent(),
        },
        "status" => envelope.status.to_string(),
        "body" => format!("a body of {} bytes", envelope.length),
        "__type" => error.map_or_else(absent, |error| {
            let message = error.message_member.as_deref().unwrap_or("no message");
            format!("{} with {message}", error.kind)
        }),
        _ => error
            .and_then(|error| error.message_member.clone())
            .unwrap_or_else(absent),
    }
}
