//! The class of a request: what of it tells the causes of two divergences apart that break the same
//! rule, such as a value that is too long and one that is empty.

use super::Exchange;
use crate::card::Card;
use crate::operation::AnyOperation;
use crate::rule::Stage;
use crate::shape::{CONSTRAINT_CARDS, Member, Shape, WRONG_TYPE, check_constraints, mistyped};
use crate::state::{Key, KeySpec, MEMBERS_THAT_NAME_KEYS, Names, Origin, State};
use crate::switches::Switches;
use serde_json::Value;
use std::sync::Arc;

/// The class of a request whose answer breaks the refusal `rule`, or that should have succeeded where
/// there is none.
pub(super) fn of_outcome(exchange: &Exchange<'_>, state: &State, rule: Option<&Card>) -> String {
    let (operation, body) = (exchange.operation, exchange.body);
    if let Some(rule) = rule {
        if *rule == WRONG_TYPE {
            return mistyped(operation.members(), body).unwrap_or_default();
        }
        if CONSTRAINT_CARDS.contains(rule) {
            return of_constraint(operation.members(), body, rule);
        }
    }
    let forms = || name_forms(body);
    let words = match rule {
        None => [forms(), of_content(exchange, state)].concat(),
        Some(rule) if is_lookup(operation, rule) => forms(),
        Some(rule) => {
            let mut words = reasons(exchange, state, rule);
            words.extend(of_ciphertext(state, body));
            words
        }
    };
    words.join(", ")
}

/// The class of a request that tells what a computed value of its response depends on: the kinds of
/// its keys, its algorithms and its ciphertext.
pub(super) fn of_content(exchange: &Exchange<'_>, state: &State) -> Vec<String> {
    let (operation, body) = (exchange.operation, exchange.body);
    let mut words: Vec<String> = keys(state, body).map(kind_of_key).collect();
    words.extend(chosen(operation.members(), body));
    words.extend(of_ciphertext(state, body));
    words
}

/// The first member that breaks a constraint, and whether it is empty.
fn of_constraint(members: &[Member], body: &Value, rule: &Card) -> String {
    let violations = check_constraints(members, body);
    let broken = violations.iter().find(|violation| violation.card == *rule);
    broken.map_or_else(String::new, |violation| match violation.empty {
        true => format!("{} empty", violation.member),
        false => violation.member.clone(),
    })
}

/// The optional members without which the rule would not refuse the request.
fn reasons(exchange: &Exchange<'_>, state: &State, rule: &Card) -> Vec<String> {
    let (operation, body) = (exchange.operation, exchange.body);
    let refuses = |body: &Value| {
        let call = operation.read(body, &Switches::none()).ok()?;
        let mut refusals = call.refusals(state, &Switches::none()).into_iter();
        Some(refusals.any(|refusal| refusal.card == *rule))
    };
    let optional = operation.members().iter().filter(|it| !it.required);
    let reasons = optional.filter(|member| {
        let mut without = body.clone();
        let taken = without
            .as_object_mut()
            .and_then(|it| it.remove(member.name));
        taken.is_some() && refuses(&without) == Some(false)
    });
    match refuses(body) {
        Some(true) => reasons.map(|member| member.name.to_owned()).collect(),
        _ => Vec::new(),
    }
}

fn is_lookup(operation: &dyn AnyOperation, rule: &Card) -> bool {
    let stages = operation.stages();
    let stage = stages.iter().find(|(id, _)| *id == rule.id);
    stage.is_some_and(|(_, stage)| *stage == Stage::Lookup)
}

/// In which form the request names its keys.
fn name_forms(body: &Value) -> Vec<String> {
    let texts = MEMBERS_THAT_NAME_KEYS
        .iter()
        .filter_map(|member| Some((*member, body.get(*member)?.as_str()?)));
    let form = |name: &str| match (name.starts_with("arn:"), name.contains("alias/")) {
        (true, true) => "alias ARN",
        (true, false) => "key ARN",
        (false, true) => "alias",
        (false, false) => "key id",
    };
    texts
        .map(|(member, name)| format!("{member} as {}", form(name)))
        .collect()
}

fn keys<'s>(state: &'s State, body: &Value) -> impl Iterator<Item = &'s Arc<Key>> {
    MEMBERS_THAT_NAME_KEYS.iter().filter_map(move |member| {
        let name = body.get(*member)?.as_str()?;
        state.key_named(name, Names::All)
    })
}

/// The family of the spec of a key, and what else of it decides how it is handled.
fn kind_of_key(key: &Arc<Key>) -> String {
    let mut words = vec![match key.spec {
        KeySpec::SymmetricDefault => "SYMMETRIC_DEFAULT".to_owned(),
        spec => family(spec.wire_name()),
    }];
    if key.multi_region.is_some() {
        words.push("multi-Region".to_owned());
    }
    if key.origin != Origin::AwsKms {
        words.push(key.origin.wire_name().to_owned());
    }
    words.join(" ")
}

/// The enumeration values of a request by their families, and its flags that are set.
fn chosen(members: &[Member], body: &Value) -> Vec<String> {
    let given = members
        .iter()
        .filter_map(|member| Some((member, body.get(member.name)?)));
    given
        .filter_map(|(member, value)| match (&member.shape, value) {
            (Shape::Choice(_), Value::String(text)) => {
                Some(format!("{} {}", member.name, family(text)))
            }
            (Shape::Flag, Value::Bool(true)) => Some(member.name.to_owned()),
            _ => None,
        })
        .collect()
}

/// An enumeration value without the numbers that tell the members of a family apart.
fn family(value: &str) -> String {
    let end = value.find(|letter: char| letter.is_ascii_digit());
    let family = value.get(..end.unwrap_or(value.len())).unwrap_or(value);
    family.trim_end_matches('_').to_owned()
}

/// How much two texts of base64 may differ for the one to be an altered copy of the other.
const ALTERED: usize = 4;

/// What the ciphertext of a request is, compared with those that the account made.
fn of_ciphertext(state: &State, body: &Value) -> Option<String> {
    let blob = body.get("CiphertextBlob")?.as_str()?;
    let Some(sealed) = state.ciphertexts.get(blob) else {
        let mut known = state.ciphertexts.keys();
        let altered = known.any(|known| is_altered(known, blob));
        let word = if altered { "altered" } else { "unknown" };
        return Some(format!("{word} ciphertext"));
    };
    let context = ["EncryptionContext", "SourceEncryptionContext"]
        .into_iter()
        .find_map(|member| body.get(member)?.as_object());
    let given = context.map_or(0, |context| context.len());
    let same = sealed.context.len() == given
        && sealed.context.iter().all(|(name, value)| {
            let brought = context.and_then(|context| context.get(name)?.as_str());
            brought == Some(value)
        });
    let place = match (same, given, sealed.context.is_empty()) {
        (true, _, true) => "ciphertext without a context",
        (true, _, false) => "ciphertext under its context",
        (false, 0, _) => "ciphertext without its context",
        (false, ..) => "ciphertext under another context",
    };
    Some(place.to_owned())
}

fn is_altered(known: &str, blob: &str) -> bool {
    known.len() == blob.len() && {
        let pairs = known.bytes().zip(blob.bytes());
        pairs.filter(|(one, other)| one != other).count() <= ALTERED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_has_no_numbers() {
        let families = ["RSA_4096", "ECDSA_SHA_256", "SYMMETRIC_DEFAULT", "AWS_KMS"].map(family);
        assert_eq!(
            families,
            ["RSA", "ECDSA_SHA", "SYMMETRIC_DEFAULT", "AWS_KMS"]
        );
    }

    #[test]
    fn a_copy_with_a_flipped_bit_is_altered_and_another_text_is_not() {
        assert!(is_altered("YWJjZGVmZ2g=", "YWJjZGVmZ2k="));
        assert!(!is_altered("YWJjZGVmZ2g=", "cXdlcnR5dWk="));
    }
}
