//! What a divergence costs those who rely on the target. Reports begin with the worst.

use crate::metamorphic::uses_material;
use kms_conformance_model::{Divergence, Level, Stage, catalog};
use serde::{Deserialize, Serialize};

/// What a divergence costs those who rely on the target, the worst first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Impact {
    /// What was made is gone, or what was encrypted cannot be decrypted.
    DataLoss,
    /// A signature, a code, a secret or a ciphertext is wrong, or a wrong one is accepted.
    Cryptography,
    /// Somebody is let in who should not be.
    Authorisation,
    /// The target crashes.
    Crash,
    /// The account is in another state than it should be, or an operation ignores its state.
    State,
    /// A response shows something wrong.
    #[default]
    Results,
    /// A request is accepted or refused against its constraints.
    Validation,
    /// A value or a response has not the form that it should have.
    Wire,
}

impl Impact {
    /// The words used in reports.
    pub const fn words(self) -> &'static str {
        match self {
            Impact::DataLoss => "data loss",
            Impact::Cryptography => "wrong cryptography",
            Impact::Authorisation => "authorisation",
            Impact::Crash => "crashes",
            Impact::State => "wrong state",
            Impact::Results => "wrong results",
            Impact::Validation => "validation",
            Impact::Wire => "wire format",
        }
    }

    /// The impact of a divergence, told by the stage of the rule that was broken and by what came.
    pub fn of(divergence: &Divergence) -> Impact {
        match divergence.level {
            Level::Transport => return Impact::Crash,
            Level::Formats | Level::MessageText => return Impact::Wire,
            _ if divergence.operation == catalog::WIRE => return Impact::Wire,
            _ => {}
        }
        let cryptographic = uses_material(divergence.operation);
        let of_member = !divergence.member.is_empty();
        if of_member {
            return match divergence.level {
                _ if cryptographic && divergence.member.ends_with("Plaintext") => Impact::DataLoss,
                Level::Effect if cryptographic => Impact::Cryptography,
                Level::Effect => Impact::State,
                _ if cryptographic && is_computed(divergence) => Impact::Cryptography,
                _ => Impact::Results,
            };
        }
        let refused = divergence.observed != "success";
        let may_succeed = divergence.expected.iter().any(|it| it.rule.is_none());
        if refused && may_succeed {
            return match divergence.observed.as_str() {
                observed if observed.contains("NotFound") => Impact::DataLoss,
                _ if is_decryption(divergence.operation) => Impact::DataLoss,
                _ if cryptographic => Impact::Cryptography,
                _ => Impact::State,
            };
        }
        let denies = |it: &kms_conformance_model::Expected| it.outcome.contains("AccessDenied");
        if !refused && divergence.expected.iter().all(denies) && !divergence.expected.is_empty() {
            return Impact::Authorisation;
        }
        match stage(divergence) {
            _ if refused => Impact::Validation,
            Some(Stage::Content) if cryptographic => Impact::Cryptography,
            Some(Stage::Lookup | Stage::Condition) => Impact::State,
            _ => Impact::Validation,
        }
    }
}

/// Whether a member holds what only key material can make: nothing tells its value, but a claim does.
fn is_computed(divergence: &Divergence) -> bool {
    !matches!(divergence.class.as_str(), "absent" | "value" | "form")
}

/// Whether the operation opens ciphertexts.
fn is_decryption(label: &str) -> bool {
    let operation = catalog::operations().find(|it| it.label() == label);
    operation.is_some_and(|it| it.members().iter().any(|it| it.name == "CiphertextBlob"))
}

/// The stage of the rule that is to blame most.
fn stage(divergence: &Divergence) -> Option<Stage> {
    let rule = divergence.rules.first()?;
    let mut operations = catalog::operations();
    let operation = operations.find(|it| it.label() == divergence.operation)?;
    let stages = operation.stages();
    let found = stages.iter().find(|(id, _)| *id == rule.id);
    found.map(|(_, stage)| *stage)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kms_conformance_model::{Expected, Service};

    fn divergence(operation: &'static str, rule: &str, observed: &str) -> Divergence {
        let mut operations = catalog::operations();
        let found = operations.find(|it| it.label() == operation).unwrap();
        let rules = found.rules();
        let rule = rules.iter().find(|it| it.card.id == rule).unwrap();
        Divergence {
            operation,
            level: Level::ErrorType,
            rules: vec![rule.card],
            expected: vec![Expected {
                rule: Some(rule.card),
                outcome: "DisabledException".to_owned(),
            }],
            observed: observed.to_owned(),
            status: 200,
            member: String::new(),
            at: None,
            class: String::new(),
        }
    }

    #[test]
    fn the_stage_of_the_broken_rule_decides() {
        assert!(catalog::operation(Service::Kms, "Encrypt").is_some());
        let of_state = divergence("Encrypt", "KST-02", "success");
        assert_eq!(Impact::of(&of_state), Impact::State);
        let of_a_limit = divergence("Encrypt", "VAL-07", "success");
        assert_eq!(Impact::of(&of_a_limit), Impact::Validation);
    }

    #[test]
    fn a_ciphertext_that_does_not_open_is_lost_data() {
        let mut lost = divergence("Decrypt", "KST-02", "InvalidCiphertextException");
        lost.expected = vec![Expected {
            rule: None,
            outcome: "success".to_owned(),
        }];
        assert_eq!(Impact::of(&lost), Impact::DataLoss);
    }

    #[test]
    fn a_crash_is_one_whatever_was_due() {
        let mut crashed = divergence("Encrypt", "VAL-07", "HTTP 500");
        crashed.level = Level::Transport;
        assert_eq!(Impact::of(&crashed), Impact::Crash);
    }
}
