//! Sweeps: directed plans made by loops over the catalogue. Each operation is tried with each of its
//! members broken, with each name that leads to no key, and on a key of each kind and state.

use super::bodies::body;
use super::dice::Dice;
use super::draft::Draft;
use super::extras::EXTRAS;
use super::faults::{Change, changed, changes};
use super::key_names::{absent_keys, names_near_a_key};
use super::subjects::{ELSEWHERE, KEYS, Subject, ordinary};
use super::values::meaningful;
use super::{sweeps_of_lists, sweeps_of_names, sweeps_of_plans, sweeps_of_specs, sweeps_of_states};
use kms_conformance_model::{AnyOperation, MEMBERS_THAT_NAME_KEYS, Member, Service, catalog};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// Operations that change what the others would meet, so that they come last.
const CHANGES_THE_KEY: &[&str] = &[
    "CancelKeyDeletion",
    "EnableKey",
    "DisableKey",
    "ScheduleKeyDeletion",
];

/// The operation after which the key has no alias any more.
const TAKES_THE_ALIAS: &str = "DeleteAlias";

/// How many changes of a request one plan tries.
const CHANGES_OF_A_PLAN: usize = 50;

/// What is swept: how many plans there are, and how to write one by its number, with its title as the
/// result.
struct Family {
    count: fn() -> usize,
    write: fn(usize, &mut Draft<'_>) -> Option<String>,
}

const FAMILIES: &[Family] = &[
    Family {
        count: || sweeps_of_names::FORMS,
        write: sweeps_of_names::write,
    },
    Family {
        count: || sweeps_of_plans::PLANS.len(),
        write: sweeps_of_plans::write,
    },
    Family {
        count: sweeps_of_specs::count,
        write: sweeps_of_specs::write,
    },
    Family {
        count: || sweeps_of_lists::LISTS.len(),
        write: sweeps_of_lists::write,
    },
    Family {
        count: sweeps_of_states::count,
        write: sweeps_of_states::write,
    },
    Family {
        count: || MEMBERS.len(),
        write: members,
    },
    Family {
        count: || named_operations().count(),
        write: names,
    },
    Family {
        count: || KEYS.len() + ELSEWHERE.len(),
        write: on_each_key,
    },
];

/// The changes of each operation's members, in parts for one plan each.
static MEMBERS: LazyLock<Vec<(&'static dyn AnyOperation, Vec<Change>)>> = LazyLock::new(|| {
    let of_operation = |operation: &'static dyn AnyOperation| {
        let changes = changes(operation.members());
        let parts: Vec<Vec<Change>> = match changes.is_empty() {
            true => vec![Vec::new()],
            false => changes
                .chunks(CHANGES_OF_A_PLAN)
                .map(<[_]>::to_vec)
                .collect(),
        };
        parts.into_iter().map(move |part| (operation, part))
    };
    catalog::operations().flat_map(of_operation).collect()
});

/// How many sweeps there are.
pub(super) fn count() -> usize {
    FAMILIES.iter().map(|family| (family.count)()).sum()
}

/// Writes a sweep by its number, and gives its title.
pub(super) fn write(number: usize, draft: &mut Draft<'_>) -> Option<String> {
    let mut number = number;
    for family in FAMILIES {
        let count = (family.count)();
        if number < count {
            return (family.write)(number, draft);
        }
        number -= count;
    }
    None
}

/// Some members broken in some ways, with the others as they should be.
fn members(number: usize, draft: &mut Draft<'_>) -> Option<String> {
    let (operation, changes) = MEMBERS.get(number)?;
    let operation = *operation;
    let mut dice = Dice::new(number as u64);
    let base = required(&mut dice, draft, operation);
    let is_first = number == 0
        || MEMBERS
            .get(number - 1)
            .is_some_and(|(before, _)| before.label() != operation.label());
    if let Value::Object(given) = &base {
        for change in changes {
            call(draft, operation, changed(given, change));
        }
    }
    if is_first {
        with_extras(draft, operation, &base);
    }
    Some(format!("{}: broken members", operation.label()))
}

/// The operations that name a key.
fn named_operations() -> impl Iterator<Item = &'static dyn AnyOperation> {
    catalog::operations().filter(|operation| named(*operation).next().is_some())
}

/// Each name that leads to no key.
fn names(number: usize, draft: &mut Draft<'_>) -> Option<String> {
    let operation = named_operations().nth(number)?;
    let mut dice = Dice::new(number as u64);
    let subject = ordinary(draft);
    let near = names_near_a_key(&subject.key);
    for member in named(operation) {
        for name in absent_keys().iter().chain(&near) {
            let mut body = on(&mut dice, draft, operation, &subject);
            set(&mut body, member.name, name.clone());
            call(draft, operation, body);
        }
    }
    Some(format!("{}: names that lead nowhere", operation.label()))
}

/// Every operation on a key of one kind and state.
fn on_each_key(number: usize, draft: &mut Draft<'_>) -> Option<String> {
    let (title, make) = match KEYS.get(number) {
        Some(known) => known,
        None => {
            draft.move_elsewhere(0);
            ELSEWHERE.get(number - KEYS.len())?
        }
    };
    let mut dice = Dice::new(number as u64);
    let other = ordinary(draft);
    let subject = make(draft);
    on_key(&mut dice, draft, &subject, &other);
    Some(format!("every operation on {title}"))
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
            let value = value();
            // A name that is no reference is the same in every plan.
            if *member == "AliasName" && value == "alias/" && !draft.is_alone() {
                continue;
            }
            let mut body = body.clone();
            set(&mut body, member, value);
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
    members.filter(|member| MEMBERS_THAT_NAME_KEYS.contains(&member.name))
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
