//! Sweeps: directed plans made by loops over the catalogue. Each operation is tried with each of its
//! members broken, with each name that leads to no key, and on a key of each kind and state.

use super::bodies::body;
use super::dice::Dice;
use super::draft::Draft;
use super::extras::EXTRAS;
use super::faults::broken_in_each_way;
use super::subjects::{ELSEWHERE, KEYS, Subject, ordinary};
use super::values::{absent_keys, meaningful};
use kms_conformance_model::{AnyOperation, Member, Service, catalog};
use serde_json::{Map, Value, json};

/// The members that name a key.
const KEY_NAMES: &[&str] = &["KeyId", "TargetKeyId", "SourceKeyId", "DestinationKeyId"];

/// Operations that change what the others would meet, so that they come last.
const CHANGES_THE_KEY: &[&str] = &[
    "CancelKeyDeletion",
    "EnableKey",
    "DisableKey",
    "ScheduleKeyDeletion",
];

/// The operation after which the key has no alias any more.
const TAKES_THE_ALIAS: &str = "DeleteAlias";

/// Writes a sweep by its number, and gives its title.
pub(super) fn write(number: usize, draft: &mut Draft<'_>) -> Option<String> {
    let operations = catalog::operations().count();
    let mut dice = Dice::new(number as u64);
    if number < operations {
        let operation = catalog::operations().nth(number)?;
        members(&mut dice, draft, operation);
        return Some(format!("{}: broken members", operation.label()));
    }
    if number < 2 * operations {
        let operation = catalog::operations().nth(number - operations)?;
        names(&mut dice, draft, operation);
        return Some(format!("{}: names that lead nowhere", operation.label()));
    }
    let number = number - 2 * operations;
    let (title, make) = match KEYS.get(number) {
        Some(known) => known,
        None => {
            draft.move_elsewhere(0);
            ELSEWHERE.get(number - KEYS.len())?
        }
    };
    let other = ordinary(draft);
    let subject = make(draft);
    on_key(&mut dice, draft, &subject, &other);
    Some(format!("every operation on {title}"))
}

/// Each member broken in each way, with the others as they should be.
fn members(dice: &mut Dice, draft: &mut Draft<'_>, operation: &'static dyn AnyOperation) {
    let base = required(dice, draft, operation);
    for body in broken_in_each_way(operation.members(), &base) {
        call(draft, operation, body);
    }
    with_extras(draft, operation, &base);
}

/// Each name that leads to no key.
fn names(dice: &mut Dice, draft: &mut Draft<'_>, operation: &'static dyn AnyOperation) {
    let named = operation
        .members()
        .iter()
        .filter(|member| KEY_NAMES.contains(&member.name));
    let subject = ordinary(draft);
    for member in named {
        for absent in absent_keys() {
            let mut body = on(dice, draft, operation, &subject);
            set(&mut body, member.name, absent);
            call(draft, operation, body);
        }
    }
}

fn on_key(dice: &mut Dice, draft: &mut Draft<'_>, subject: &Subject, other: &Subject) {
    let mut operations: Vec<_> = catalog::operations()
        .filter(|operation| operation.service() == Service::Kms)
        .filter(|operation| {
            named(*operation).next().is_some() || operation.name() == TAKES_THE_ALIAS
        })
        .collect();
    operations.sort_by_key(|operation| {
        let name = operation.name();
        let place = CHANGES_THE_KEY.iter().position(|known| *known == name);
        (place, name == TAKES_THE_ALIAS)
    });
    for operation in operations {
        let body = on(dice, draft, operation, subject);
        with_extras(draft, operation, &body);
        if operation.name() == "ReEncrypt" {
            let mut body = on(dice, draft, operation, subject);
            set(&mut body, "DestinationKeyId", other.key.clone());
            call(draft, operation, body);
            let mut body = on(dice, draft, operation, other);
            set(&mut body, "DestinationKeyId", subject.key.clone());
            call(draft, operation, body);
        }
        call(draft, operation, body.clone());
        if CHANGES_THE_KEY.contains(&operation.name()) {
            // Once more on what it made of the key.
            call(draft, operation, body);
            draft.kms("DescribeKey", json!({ "KeyId": subject.key }));
        }
    }
    // By now the key is pending deletion.
    for operation in ["EnableKey", "DisableKey"] {
        draft.kms(operation, json!({ "KeyId": subject.key }));
    }
}

/// The request with each of the extra members that the operation has.
fn with_extras(draft: &mut Draft<'_>, operation: &'static dyn AnyOperation, body: &Value) {
    for (member, value) in EXTRAS {
        if operation.members().iter().any(|it| it.name == *member) {
            let mut body = body.clone();
            set(&mut body, member, value());
            call(draft, operation, body);
        }
    }
}

/// A good request whose key is that of `subject`.
fn on(
    dice: &mut Dice,
    draft: &Draft<'_>,
    operation: &'static dyn AnyOperation,
    subject: &Subject,
) -> Value {
    let mut body = required(dice, draft, operation);
    for member in named(operation) {
        set(&mut body, member.name, subject.key.clone());
    }
    for member in operation.members() {
        match member.name {
            "CiphertextBlob" => set(&mut body, member.name, subject.sealed.clone()),
            "GrantId" => {
                let [retired, revoked] = &subject.grants;
                let grant = match operation.name() {
                    "RetireGrant" => retired,
                    _ => revoked,
                };
                set(&mut body, member.name, grant.clone());
            }
            "Operations" => set(&mut body, member.name, json!(["DescribeKey"])),
            "AliasName" if operation.name() != "CreateAlias" => {
                set(
                    &mut body,
                    member.name,
                    json!({ "$concat": ["alias/", {"$name": "swept"}] }),
                );
            }
            _ => {}
        }
    }
    body
}

fn named(operation: &dyn AnyOperation) -> impl Iterator<Item = &'static Member> + use<> {
    let members = operation.members().iter();
    members.filter(|member| KEY_NAMES.contains(&member.name))
}

/// The members without which there is no request.
fn required(dice: &mut Dice, draft: &Draft<'_>, operation: &'static dyn AnyOperation) -> Value {
    let whole = body(dice, draft, operation);
    let mut members = Map::new();
    for member in operation.members() {
        let usual = whole.get(member.name).cloned();
        let value = match (member.name, member.required) {
            ("Policy", true) => Some(open_policy()),
            ("NumberOfBytes", _) => Some(json!(32)),
            ("GrantId", _) => meaningful(dice, draft, operation.name(), member),
            (_, true) => usual.or_else(|| meaningful(dice, draft, operation.name(), member)),
            (_, false) => None,
        };
        members.extend(value.map(|value| (member.name.to_owned(), value)));
    }
    Value::Object(members)
}

/// A policy that lets the account do everything.
fn open_policy() -> Value {
    let root = json!({"$concat": ["arn:aws:iam::", {"$account": true}, ":root"]});
    json!({ "$json": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"},
    ]}})
}

pub(super) fn set(body: &mut Value, name: &str, value: Value) {
    if let Some(members) = body.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

fn call(draft: &mut Draft<'_>, operation: &dyn AnyOperation, body: Value) {
    draft.call(operation.service().cli_name(), operation.name(), body);
}
