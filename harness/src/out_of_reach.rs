//! What no plan can reach here, each with the reason: rules, one direction of a rule, and operations
//! in a class of state. It does not count as starved; rules that nothing at all reaches are no faults
//! that the judge must find either.

use kms_conformance_model::state::KeyState;
use kms_conformance_model::{Rule, RuleKind, StateClass, catalog};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Rules that nothing can reach on a target that begins with an empty account, each with the reason:
/// the operation, the rule, why.
const UNREACHABLE: &[(&str, &str, &str)] = &[
    ("CreateCustomKeyStore", "XKS-02b", OUTSIDE_UNKNOWN),
    ("UpdateCustomKeyStore", "XKS-02b", OUTSIDE_UNKNOWN),
    ("CreateKey", "XKS-05f", OUTSIDE_UNKNOWN),
    ("CreateCustomKeyStore", "KS-CREATE-09c", OUTSIDE_UNKNOWN),
    ("UpdateCustomKeyStore", "KS-UPD-03f", OUTSIDE_UNKNOWN),
    ("Decrypt", "CKX-108", OUTSIDE_UNKNOWN),
    ("Encrypt", "CKX-108", OUTSIDE_UNKNOWN),
    ("GenerateDataKey", "CKX-108", OUTSIDE_UNKNOWN),
    (
        "GenerateDataKeyWithoutPlaintext",
        "CKX-108",
        OUTSIDE_UNKNOWN,
    ),
    ("ReEncrypt", "CKX-108a", OUTSIDE_UNKNOWN),
    ("ReEncrypt", "CKX-108b", OUTSIDE_UNKNOWN),
    ("ModifyCluster", "HSM-MC-106", OLD_HSM_TYPE),
    ("ModifyCluster", "HSM-MC-107", OLD_HSM_TYPE),
    ("(by itself)", "HSM-SM-03", OLD_HSM_TYPE),
    ("(by itself)", "HSM-SM-03a", OLD_HSM_TYPE),
    ("CreateKey", "CK-41", OLD_HSM_TYPE),
    ("DeleteHsm", "HSM-DH-103", OLD_HSM_TYPE),
    ("(by itself)", "HSM-SM-01b", OUTSIDE_UNKNOWN),
    ("DeleteCustomKeyStore", "KS-DEL-02a", ON_TIME),
    ("CreateCustomKeyStore", "KS-CREATE-07a", FAULTLESS),
    ("CreateCustomKeyStore", "KS-CREATE-100", FAULTLESS),
    ("UpdateCustomKeyStore", "KS-CREATE-100", FAULTLESS),
    ("Decrypt", "CKX-115", FAULTLESS),
    ("ReEncrypt", "CKX-115", FAULTLESS),
    ("Decrypt", "CKX-115b", OTHERWISE),
    ("ReEncrypt", "CKX-115b", OTHERWISE),
    ("Verify", "CKX-121a", IT_KNOWS),
    ("VerifyMac", "CKX-128a", IT_KNOWS),
    ("Decrypt", "XKS-08d", OTHERWISE),
    ("ReEncrypt", "XKS-08d", OTHERWISE),
    ("GetPublicKey", "KST-103a", OTHERWISE),
    ("CreateCustomKeyStore", "XKS-02a", NO_ACTION),
    ("UpdateCustomKeyStore", "XKS-02a", NO_ACTION),
    ("CreateCluster", "HSM-CC-01b", ONE_VPC),
    ("ModifyCluster", "HSM-MC-105", QUOTA),
    ("CreateGrant", "GR-04", TOO_MANY),
    ("CreateCustomKeyStore", "KS-CREATE-11a", OLD_HSM_TYPE),
    ("UpdateCustomKeyStore", "KS-UPD-03b", OLD_HSM_TYPE),
];

const OUTSIDE_UNKNOWN: &str = "only where nobody watches the world outside AWS";
const FAULTLESS: &str = "only in a shared account, or after a finding";
const IT_KNOWS: &str = "the emulator knows of every signature and code whether it is right";
const OTHERWISE: &str = "the emulator answers what another rule says there";
const ON_TIME: &str = "the emulator deletes keys on time";
const NO_ACTION: &str = "no outside action takes a VPC endpoint service away";
const ONE_VPC: &str = "the account has subnets in one VPC only";
const QUOTA: &str = "the quota of HSMs is below the limit";
const TOO_MANY: &str = "no plan is long enough to make so many";
const OLD_HSM_TYPE: &str =
    "only with a cluster of type hsm1.medium, which nobody can make any more";

const NOT_TOLD: &str = "the answer does not tell whether the transition was over";
const OF_NO_REQUEST: &str = "no request shows that it does not apply";

/// Why no plan can show that a rule does not apply where it should not, where none can.
pub fn never_spared(operation: &str, id: &str) -> Option<&'static str> {
    (!SPARED.contains(&(operation, id))).then_some(OF_NO_REQUEST)
}

/// Why no answer of an operation can be judged in this class of state, where none can.
pub fn never_seen(operation: &str, class: StateClass) -> Option<&'static str> {
    use KeyState::{Creating, Updating};
    match (operation, class) {
        (
            "DeleteCustomKeyStore" | "DisconnectCustomKeyStore",
            StateClass::KeyStore("CONNECTING"),
        )
        | (
            "CreateKey" | "DisconnectCustomKeyStore" | "GenerateRandom",
            StateClass::KeyStore("DISCONNECTING"),
        ) => Some(NOT_TOLD),
        (_, StateClass::Key(state @ (Creating | Updating), _)) if !tells(operation, state) => {
            Some(NOT_TOLD)
        }
        _ => None,
    }
}

/// Whether an answer of the operation can tell that a key is in this state, which passes at any moment.
fn tells(operation: &str, state: KeyState) -> bool {
    let rule = match state {
        KeyState::Creating => "KST-14",
        _ => "KST-15",
    };
    let mut rules = catalog::rules().filter(|known| known.operation == operation);
    operation == "DescribeKey" || rules.any(|known| known.card.id.starts_with(rule))
}

/// The rules whose two directions are counted: what requests are refused for and promised.
static SPARED: LazyLock<BTreeSet<(&str, &str)>> = LazyLock::new(|| {
    let counted = |rule: &Rule| matches!(rule.kind, RuleKind::Refusal(_) | RuleKind::Promise);
    let rules = catalog::rules().filter(counted);
    rules.map(|rule| (rule.operation, rule.card.id)).collect()
});

/// Why no plan can make a rule fire and hold, where none can, not even on a target that breaks it.
pub fn reason(operation: &str, id: &str) -> Option<&'static str> {
    let found = UNREACHABLE
        .iter()
        .find(|(label, rule, _)| *label == operation && *rule == id);
    found.map(|(_, _, why)| *why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expected::expected;

    fn rules() -> BTreeSet<(&'static str, &'static str)> {
        catalog::rules()
            .map(|rule| (rule.operation, rule.card.id))
            .collect()
    }

    #[test]
    fn every_reason_is_about_a_rule_that_is_there() {
        let rules = rules();
        for (operation, id, _) in UNREACHABLE {
            assert!(rules.contains(&(*operation, *id)), "{operation}/{id}");
        }
    }

    #[test]
    fn only_rules_of_requests_are_asked_to_be_spared() {
        assert_eq!(never_spared("CreateKey", "CK-36"), None);
        assert!(never_spared(catalog::DRIFT, "KS-CONN-02").is_some());
    }

    #[test]
    fn a_class_without_a_reason_is_asked_for() {
        let reasons = |name: &str| {
            let operation = crate::expected::operation(name).unwrap();
            let classes = expected(operation).into_iter();
            classes
                .filter(|class| never_seen(name, *class).is_some())
                .count()
        };
        assert_eq!(reasons("Encrypt"), 1);
        assert_eq!(reasons("RetireGrant"), 2);
        assert_eq!(reasons("GetKeyLastUsage"), 2);
        assert_eq!(reasons("DisconnectCustomKeyStore"), 2);
    }
}
