//! A finding: a deduplicated divergence, with everything a reader needs to believe and replay it.

use crate::impact::Impact;
use crate::known::Accepted;
use crate::redact;
use kms_conformance_model::{AnyOperation, Card, Divergence, Level, OutsideAction, Reply};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A documented or observed rule was broken.
    Divergence,
    /// A rule that is only inferred, or known second-hand, was broken. It never fails a run.
    Suspicion,
}

impl Severity {
    /// The word used in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Severity::Divergence => "divergence",
            Severity::Suspicion => "suspicion",
        }
    }
}

/// How a finding relates to what was accepted before, and to itself when replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Nobody accepted it yet.
    New,
    /// It is listed among the accepted deviations.
    Known,
    /// It is listed among the accepted deviations, but does not happen any more.
    Fixed,
    /// It came back in some replays only.
    Flaky,
}

impl Status {
    /// The word used in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Status::New => "new",
            Status::Known => "known",
            Status::Fixed => "fixed",
            Status::Flaky => "flaky",
        }
    }
}

/// A card, as reports carry it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardRef {
    /// The name of the rule.
    pub id: String,
    /// The rule in one sentence.
    pub says: String,
    /// The AWS page below `docs.aws.amazon.com`, or the recording.
    pub cite: String,
    /// `documented`, `observed`, `second-hand` or `inferred`.
    pub evidence: String,
}

impl From<&Card> for CardRef {
    fn from(card: &Card) -> CardRef {
        CardRef {
            id: card.id.to_owned(),
            says: card.says.to_owned(),
            cite: card.cite.to_owned(),
            evidence: card.evidence.word().to_owned(),
        }
    }
}

/// One step of a transcript. It holds no secrets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The number of the step in the plan, from 0.
    pub step: usize,
    /// The service as the AWS CLI names it and the operation, as in `kms CreateKey`; or `outside`
    /// and the name of an outside action.
    pub request: String,
    /// The body of the request.
    pub body: Value,
    /// The response, the error as `{"__type", "message"}`, or `{"lost": why}`.
    pub reply: Value,
    /// The HTTP status; 0 where there was none.
    pub status: u16,
}

impl Line {
    /// What was sent and what came back.
    pub fn new(step: usize, operation: &dyn AnyOperation, body: &Value, reply: &Reply) -> Line {
        let (answer, status) = match reply {
            Reply::Done(response) => (response.clone(), 200),
            Reply::Refused(refused) => {
                let mut error = json!({"__type": refused.error});
                if let (Some(message), Some(members)) = (&refused.message, error.as_object_mut()) {
                    members.insert("message".to_owned(), message.as_str().into());
                }
                (error, refused.status)
            }
            Reply::Lost(why) => (json!({"lost": why}), 0),
        };
        let (body, reply) = redact::exchange(body, &answer);
        Line {
            step,
            request: format!("{} {}", operation.service().cli_name(), operation.name()),
            body,
            reply,
            status,
        }
    }

    /// What was done outside AWS; `failed` is why it could not be.
    pub fn outside(step: usize, action: &OutsideAction, failed: Option<&str>) -> Line {
        let mut body = serde_json::to_value(action).unwrap_or_default();
        let name = body
            .as_object_mut()
            .and_then(|members| members.remove("action"));
        let name = name.as_ref().and_then(Value::as_str).unwrap_or("action");
        let reply = failed.map_or(Value::Null, |why| json!({"impossible": why}));
        let request = format!("outside {name}");
        let (body, reply) = redact::exchange(&body, &reply);
        Line {
            step,
            request,
            body,
            reply,
            status: 0,
        }
    }
}

/// A divergence, deduplicated by its fingerprint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// 16 hex digits, equal for findings with the same cause.
    pub fingerprint: String,
    /// 16 hex digits, equal for findings that probably have one cause: one rule broken in variants of
    /// one request, or seen by several operations.
    #[serde(default)]
    pub cause: String,
    /// The class of the request, or the way in which the member is wrong, that tells it from others of
    /// its cause; empty where nothing does.
    #[serde(default)]
    pub class: String,
    /// What it costs those who rely on the target.
    #[serde(default)]
    pub impact: Impact,
    /// How bad it is.
    pub severity: Severity,
    /// How it relates to what was accepted before.
    pub status: Status,
    /// The operation that diverged.
    pub operation: String,
    /// The rules that were broken, the first one to blame most. Empty where no rule allows anything.
    pub rules: Vec<CardRef>,
    /// What was allowed: error types, or `success` with the member that differs.
    pub expected: Vec<String>,
    /// What came, in the same words.
    pub observed: String,
    /// The HTTP status that came; 0 where there was none.
    pub http_status: u16,
    /// The member that differs, without ids; empty where the outcome itself does.
    pub member: String,
    /// How many steps the plan has.
    pub steps: usize,
    /// After how many calls of the run it was found, counting those of its plan; 0 in a replay.
    #[serde(default)]
    pub found_after: u64,
    /// How many calls it took to make the plan this small.
    pub calls_to_shrink: usize,
    /// How many replays showed the finding, and how many there were.
    #[serde(with = "out_of")]
    pub reproduced: (u32, u32),
    /// The smallest plan that shows it.
    pub plan: Value,
    /// The plan as a script for the AWS CLI, where there is one.
    #[serde(default)]
    pub script: Option<String>,
    /// What that plan did.
    pub transcript: Vec<Line>,
    /// Why and since when it is accepted, where it is or was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<Accepted>,
}

impl Finding {
    /// A new finding that was seen once and not shrunk yet.
    pub fn new(divergence: &Divergence, plan: Value, transcript: Vec<Line>) -> Finding {
        let mut expected: Vec<String> = Vec::new();
        for allowed in &divergence.expected {
            let outcome = redact::outcome(&allowed.outcome);
            if !expected.contains(&outcome) {
                expected.push(outcome);
            }
        }
        Finding {
            fingerprint: fingerprint(divergence),
            cause: cause(divergence),
            class: redact::outcome(&divergence.class),
            impact: Impact::of(divergence),
            severity: if divergence.condemns() {
                Severity::Divergence
            } else {
                Severity::Suspicion
            },
            status: Status::New,
            operation: divergence.operation.to_owned(),
            rules: divergence.rules.iter().map(CardRef::from).collect(),
            expected,
            observed: redact::outcome(&divergence.observed),
            http_status: divergence.status,
            member: divergence.member.clone(),
            steps: transcript.len(),
            found_after: 0,
            calls_to_shrink: 0,
            reproduced: (1, 1),
            plan,
            script: None,
            transcript,
            known: None,
        }
    }

    /// The rule to blame most.
    pub fn rule(&self) -> Option<&CardRef> {
        self.rules.first()
    }

    /// Whether it makes a run fail: a divergence that nobody accepted, or one that is accepted and
    /// does not happen any more.
    pub fn fails(&self) -> bool {
        match self.status {
            Status::New | Status::Flaky => self.severity == Severity::Divergence,
            Status::Fixed => true,
            Status::Known => false,
        }
    }

    /// What it is, on one line.
    pub fn headline(&self) -> String {
        let rule = self.rule().map_or("no rule", |card| card.id.as_str());
        let word = self.severity.word();
        let status = match self.status {
            Status::New => String::new(),
            status => format!(" [{}]", status.word()),
        };
        format!(
            "{word} {} {} {rule}{status}",
            self.fingerprint, self.operation
        )
    }

    /// Why and since when it is accepted, on one line; empty where it is not.
    pub fn acceptance(&self) -> String {
        match &self.known {
            None => String::new(),
            Some(Accepted { reason, since }) if reason.trim().is_empty() => {
                format!("since {since}, nobody says why")
            }
            Some(Accepted { reason, since }) => format!("since {since}: {reason}"),
        }
    }

    /// What came, with its HTTP status.
    pub fn observed_with_status(&self) -> String {
        match self.http_status {
            0 => self.observed.clone(),
            status => format!("{} (HTTP {status})", self.observed),
        }
    }

    /// What speaks for the allowed outcomes, as the beginning of a sentence that lists them.
    pub fn authority(&self) -> &'static str {
        match self.rule().map(|card| card.evidence.as_str()) {
            Some("documented") => "AWS documents",
            Some("observed") => "AWS was seen to answer",
            _ => "Expected of AWS",
        }
    }

    /// How often it came back, as in `5/5`.
    pub fn reproduced_word(&self) -> String {
        format!("{}/{}", self.reproduced.0, self.reproduced.1)
    }
}

/// The fingerprint of the finding that this divergence makes: 16 hex digits.
pub fn fingerprint(divergence: &Divergence) -> String {
    hash_of(&divergence.fingerprint())
}

/// The cause that this divergence probably has: 16 hex digits. What a rule put into the state is wrong
/// wherever it is shown; a refusal is missing in one operation at a time.
pub fn cause(divergence: &Divergence) -> String {
    let rule = divergence.rules.first().map_or("none", |card| card.id);
    let observed = divergence.observed.split(' ').next().unwrap_or_default();
    hash_of(&match divergence.level {
        Level::Effect | Level::Members | Level::Formats => rule.to_owned(),
        _ => format!("{}/{rule}/{observed}", divergence.operation),
    })
}

/// 16 hex digits, the same for the same text in every version.
pub(crate) fn hash_of(text: &str) -> String {
    format!("{:016x}", fnv1a(text.as_bytes()))
}

/// Where a card's citation leads: the page's address, or the name of the recording.
pub fn link(cite: &str) -> String {
    if cite.starts_with("recording ") {
        cite.to_owned()
    } else {
        format!("https://docs.aws.amazon.com/{cite}")
    }
}

/// A number and its noun: `1 call`, `2 calls`.
pub(crate) fn counted(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

/// The hash FNV-1a with 64 bits. Unlike the hashes of the standard library it is the same in every
/// version, so fingerprints can be kept in files.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    })
}

mod out_of {
    //! `(5, 6)` written as `5/6`.

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(of: &(u32, u32), to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&format!("{}/{}", of.0, of.1))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<(u32, u32), D::Error> {
        let text = String::deserialize(from)?;
        let parts = text
            .split_once('/')
            .and_then(|(shown, tried)| Some((shown.parse().ok()?, tried.parse().ok()?)));
        parts.ok_or_else(|| D::Error::custom("expected two numbers with a slash between them"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kms_conformance_model::{Evidence, Expected, Level};

    fn divergence(evidence: Evidence) -> Divergence {
        let card = Card {
            id: "CK-36",
            says: "It says so.",
            cite: "kms/latest/x.html",
            evidence,
        };
        let outcome = |outcome: &str| Expected {
            rule: Some(card),
            outcome: outcome.to_owned(),
        };
        Divergence {
            class: String::new(),
            operation: "CreateKey",
            level: Level::ErrorType,
            rules: vec![card],
            expected: vec![outcome("TagException"), outcome("TagException")],
            observed: r#"success with Plaintext: "c2VjcmV0""#.to_owned(),
            status: 200,
            member: "Plaintext".to_owned(),
            at: None,
        }
    }

    #[test]
    fn the_hash_is_fnv1a() {
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn a_finding_states_allowed_outcomes_once_and_hides_secrets() {
        let finding = Finding::new(&divergence(Evidence::Observed), Value::Null, Vec::new());
        assert_eq!(finding.expected, ["TagException"]);
        assert_eq!(finding.observed, "success with Plaintext: <redacted>");
        assert_eq!(finding.fingerprint.len(), 16);
    }

    #[test]
    fn only_evidence_condemns() {
        let severity = |evidence| Finding::new(&divergence(evidence), Value::Null, vec![]).severity;
        assert_eq!(severity(Evidence::Documented), Severity::Divergence);
        assert_eq!(severity(Evidence::SecondHand), Severity::Suspicion);
        assert_eq!(severity(Evidence::Inferred), Severity::Suspicion);
    }

    #[test]
    fn a_finding_survives_its_file() {
        let mut finding = Finding::new(
            &divergence(Evidence::Observed),
            json!({"steps": []}),
            vec![],
        );
        finding.reproduced = (4, 5);
        let text = serde_json::to_string(&finding).unwrap();
        assert!(text.contains(r#""reproduced":"4/5""#), "{text}");
        assert_eq!(serde_json::from_str::<Finding>(&text).unwrap(), finding);
    }

    #[test]
    fn an_outside_action_shows_no_password() {
        let action = OutsideAction::CreateKmsUser {
            cluster: "cluster-2a".to_owned(),
            password: "kmsPswd1".to_owned(),
            missing_on: Vec::new(),
        };
        let line = Line::outside(2, &action, None);
        assert_eq!(line.request, "outside CreateKmsUser");
        assert!(!line.body.to_string().contains("kmsPswd1"));
    }
}
