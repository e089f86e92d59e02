//! A request as a command of the AWS CLI, where that can send it: the CLI refuses on its own what
//! has a wrong type, lacks a required member or is shorter than allowed.

use super::lower;
use super::quote::{Expr, MARK, only, parts, word};
use super::resolve::Resolver;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kms_conformance_model::{AnyOperation, Member, Shape};
use serde_json::{Map, Value};

/// Longer arguments are too long for a command on Linux.
const LONGEST_ARGUMENT: usize = 100_000;

/// The command without what is done with its output, an option a line; `None` where the CLI cannot
/// send the request.
pub(super) fn command(
    operation: &dyn AnyOperation,
    body: &Value,
    resolver: &mut Resolver,
) -> Option<Vec<String>> {
    let given = body.as_object()?;
    let members = operation.members();
    let sendable = fits_members(members, given, true) && given.values().all(short);
    if !sendable {
        return None;
    }
    let service = operation.service().cli_name();
    let mut words = vec![format!("aws {service} {}", lower(operation.name(), '-'))];
    let mut document = Map::new();
    for member in members {
        let Some(value) = given.get(member.name) else {
            continue;
        };
        // The first version of the CLI fetches what an address names instead of sending it.
        if value.as_str().is_some_and(|text| text.contains("://")) {
            document.insert(member.name.to_owned(), value.clone());
        } else {
            words.push(option(member, value, resolver)?);
        }
    }
    if !document.is_empty() {
        let json = Value::Object(document).to_string();
        words.push(format!("--cli-input-json {}", word(&json, &resolver.exprs)));
    }
    if is_list(operation.name()) {
        words.push("--no-paginate".to_owned());
    }
    Some(words)
}

/// Whether it changes nothing, so that it may be asked once for each thing wanted.
pub(super) fn only_reads(operation: &str) -> bool {
    ["Describe", "List", "Get"]
        .iter()
        .any(|verb| operation.starts_with(verb))
}

fn is_list(operation: &str) -> bool {
    operation.starts_with("List")
        || [
            "DescribeCustomKeyStores",
            "DescribeClusters",
            "DescribeBackups",
        ]
        .contains(&operation)
}

fn option(member: &Member, value: &Value, resolver: &mut Resolver) -> Option<String> {
    let name = lower(member.name, '-');
    Some(match (&member.shape, value) {
        (Shape::Flag, Value::Bool(true)) => format!("--{name}"),
        (Shape::Flag, _) => format!("--no-{name}"),
        (Shape::Blob { .. }, Value::String(text)) => {
            format!("--{name} \"fileb://$dir/{}\"", resolver.blob(text))
        }
        (_, Value::String(text)) => match only(text, &resolver.exprs) {
            Some(Expr::Text(file)) => format!("--{name} \"file://$dir/{file}\""),
            _ if text.contains(MARK) && holds_file(text, &resolver.exprs) => return None,
            _ => {
                let between = if text.starts_with('-') { '=' } else { ' ' };
                format!("--{name}{between}{}", word(text, &resolver.exprs))
            }
        },
        (_, other) => format!("--{name} {}", word(&other.to_string(), &resolver.exprs)),
    })
}

fn holds_file(text: &str, exprs: &[Expr]) -> bool {
    use super::quote::Part;
    let is_file = |part: &Part<'_>| matches!(part, Part::Known(Expr::Text(_)));
    parts(text, exprs).iter().any(is_file)
}

fn short(value: &Value) -> bool {
    value.to_string().len() <= LONGEST_ARGUMENT
}

fn fits_members(members: &[Member], given: &Map<String, Value>, top: bool) -> bool {
    let known = |name: &String| members.iter().any(|member| member.name == name);
    given.keys().all(known)
        && members.iter().all(|member| match given.get(member.name) {
            Some(value) => fits(&member.shape, value, top),
            None => !member.required,
        })
}

fn fits(shape: &Shape, value: &Value, top: bool) -> bool {
    match (shape, value) {
        (Shape::Text { min, .. }, Value::String(text)) => {
            let long = text.contains(MARK) || text.chars().count() >= *min;
            long && !text.contains('\0') && !(top && text.starts_with("file"))
        }
        (Shape::Choice(_), Value::String(text)) => !text.contains('\0') && !text.is_empty(),
        (Shape::Whole { min, .. }, Value::Number(number)) => {
            number.as_i64().is_some_and(|number| number >= *min)
        }
        (Shape::Flag, Value::Bool(_)) => true,
        (Shape::Blob { .. }, Value::String(text)) => {
            top && (text.starts_with(MARK) || STANDARD.decode(text).is_ok())
        }
        (Shape::Date, Value::Number(number)) => number.as_i64().is_some_and(|it| it >= 0),
        (Shape::List { of, min, .. }, Value::Array(entries)) => {
            entries.len() >= *min && entries.iter().all(|entry| fits(of, entry, false))
        }
        (Shape::Map { key, value, .. }, Value::Object(entries)) => {
            entries.iter().all(|(name, it)| {
                fits(key, &Value::from(name.as_str()), false) && fits(value, it, false)
            })
        }
        (Shape::Structure(members), Value::Object(given)) => fits_members(members, given, false),
        _ => false,
    }
}
