//! What the relations say about one exchange.

use super::at::At;
use super::view::View;
use crate::judge::Judged;
use crate::redact;
use kms_conformance_model::{Card, Divergence, Expected, Level, Reply, Verdict, catalog};
use serde_json::Value;

/// How much of a value is shown.
const LONGEST: usize = 200;

/// The relations that held, and those that did not, each once.
#[derive(Default)]
pub(super) struct Said {
    held: Vec<Card>,
    broken: Vec<(Card, Divergence)>,
}

/// How two answers disagree. It holds no secrets.
pub(super) struct Clash {
    /// The member that differs, without ids.
    pub(super) member: String,
    /// What the earlier answers let expect.
    pub(super) expected: String,
    /// What came.
    pub(super) observed: String,
}

impl Clash {
    /// A member that has another value than before.
    pub(super) fn values(member: &str, before: Option<&Value>, now: Option<&Value>) -> Clash {
        Clash {
            member: member.to_owned(),
            expected: format!("{member}: {}", brief(member, before)),
            observed: format!("{member}: {}", brief(member, now)),
        }
    }

    /// The same in words.
    pub(super) fn words(member: &str, expected: &str, observed: &str) -> Clash {
        Clash {
            member: member.to_owned(),
            expected: expected.to_owned(),
            observed: observed.to_owned(),
        }
    }
}

impl Said {
    /// A relation applied; `clash` is how the answers break it. Nothing is said of a member that the
    /// judge blamed.
    pub(super) fn relate(&mut self, card: Card, at: &View<'_>, clash: Option<Clash>) {
        match clash {
            None if !self.held.contains(&card) => self.held.push(card),
            Some(clash)
                if !at.is_blamed(&clash.member)
                    && self.broken.iter().all(|(known, _)| *known != card) =>
            {
                self.broken.push((card, divergence(card, at, clash)));
            }
            None | Some(_) => {}
        }
    }

    /// Whether answers disagree.
    pub(super) fn is_broken(&self) -> bool {
        !self.broken.is_empty()
    }

    /// The verdicts: a row for what held, and one for each relation that did not.
    pub(super) fn judged(self) -> Vec<Judged> {
        let held = (!self.held.is_empty()).then_some(Verdict::Conforms(self.held));
        let broken = self.broken.into_iter();
        let broken = broken.map(|(_, it)| Verdict::Diverges(vec![it]));
        held.into_iter()
            .chain(broken)
            .map(|verdict| Judged::exchange(catalog::RELATION, verdict))
            .collect()
    }
}

/// The operation is the one whose answer made the disagreement seen.
fn divergence(card: Card, at: &At<'_>, clash: Clash) -> Divergence {
    let (outcome, status) = match at.reply {
        Reply::Refused(refused) => (refused.error.as_str(), refused.status),
        Reply::Done(_) | Reply::Lost(_) => ("success", 200),
    };
    Divergence {
        operation: at.operation.label(),
        level: Level::Effect,
        rules: vec![card],
        expected: vec![Expected {
            rule: Some(card),
            outcome: clash.expected,
        }],
        observed: format!("{outcome} with {}", clash.observed),
        status,
        member: clash.member,
        at: None,
        class: String::new(),
    }
}

/// A value as it may be shown: what is cut off can no longer be redacted later.
fn brief(member: &str, value: Option<&Value>) -> String {
    let text = match value {
        None => "absent".to_owned(),
        Some(_) if redact::is_secret(member) => redact::REDACTED.to_owned(),
        Some(value) => redact::value(value).to_string(),
    };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_clash_shows_no_secret_however_long_it_is() {
        let proxy = json!({
            "XksProxyAuthenticationCredential": {"AccessKeyId": "ABCDEFGHIJKLMNOPQRST"},
            "XksProxyUriPath": "p".repeat(300),
        });
        let clash = Clash::values("XksProxyConfiguration", Some(&proxy), None);
        assert!(!clash.expected.contains("ABCDEFGH"), "{}", clash.expected);
        assert!(clash.expected.ends_with('…'));
        let clash = Clash::values("Plaintext", Some(&json!("c2VjcmV0")), None);
        assert_eq!(clash.expected, "Plaintext: <redacted>");
    }
}
