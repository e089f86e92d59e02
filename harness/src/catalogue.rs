//! The catalogue for readers: all rules as markdown, and one card explained.

use crate::error::Error;
use crate::finding::{counted, link};
use crate::nearest::nearest;
use kms_conformance_model::{Evidence, Force, Rule, RuleKind, Service, catalog};
use std::collections::BTreeSet;
use std::fmt::Write;

/// A heading and the rules below it.
struct Group {
    title: String,
    rules: Vec<Rule>,
}

/// All rules as markdown, one table for each operation. `snapshots/rules.md` holds it.
pub fn markdown() -> String {
    let groups = groups();
    let mut page = String::from(
        "# Rules\n\nWritten by `kms-conformance rules --markdown` from the model; do not edit.\n\n",
    );
    let _ = writeln!(page, "{}\n", totals(&groups));
    counts(&mut page, &groups);
    for group in &groups {
        table(&mut page, group);
    }
    page
}

/// All rules for the terminal, one line each.
pub fn listing() -> String {
    let groups = groups();
    let mut text = String::new();
    for group in &groups {
        let _ = writeln!(text, "{}", group.title);
        let width = group
            .rules
            .iter()
            .map(|rule| rule.card.id.len())
            .max()
            .unwrap_or_default();
        for rule in &group.rules {
            let _ = writeln!(text, "  {:<width$}  {}", rule.card.id, rule.card.says);
        }
    }
    let _ = writeln!(text, "{}", totals(&groups));
    text
}

/// One card: what it says, who says so, where it stands and which errors it allows.
pub fn explain(id: &str) -> Result<String, Error> {
    let mut places: Vec<(String, Rule)> = Vec::new();
    for group in groups() {
        let here = group
            .rules
            .into_iter()
            .filter(|rule| rule.card.id.eq_ignore_ascii_case(id));
        places.extend(here.map(|rule| (group.title.clone(), rule)));
    }
    let Some((_, first)) = places.first() else {
        return Err(unknown(id));
    };
    let card = first.card;
    let mut text = format!("{}  {}\n", card.id, card.says);
    let _ = writeln!(text, "  {:<9} {}", "evidence", weight(card.evidence));
    let _ = writeln!(text, "  {:<9} {}", "source", link(card.cite));
    for (title, rule) in &places {
        let errors = match errors(rule) {
            errors if errors.is_empty() => String::new(),
            errors => format!(": {errors}"),
        };
        let _ = writeln!(text, "  {:<9} {title}{errors}", kind(rule.kind));
    }
    Ok(text)
}

/// Whether the catalogue has this rule, in this operation or in any.
pub fn check(operation: Option<&str>, id: &str) -> Result<(), Error> {
    // What stands above all operations has a label too.
    let labels = |name: &str| catalog::rules().any(|rule| rule.operation == name);
    if let Some(name) = operation.filter(|name| !labels(name)) {
        check_operation(name)?;
    }
    let here = |rule: &Rule| operation.is_none_or(|name| rule.operation == name);
    if catalog::rules().any(|rule| rule.card.id == id && here(&rule)) {
        return Ok(());
    }
    match operation {
        Some(name) if catalog::rules().any(|rule| rule.card.id == id) => Err(Error::Usage(
            format!("{name} has no rule {id}; `kms-conformance rules {id}` shows which have it"),
        )),
        _ => Err(unknown(id)),
    }
}

/// Whether the catalogue has an operation of this name or label.
pub fn check_operation(name: &str) -> Result<(), Error> {
    let has = |operation: &&dyn kms_conformance_model::AnyOperation| {
        operation.name() == name || operation.label() == name
    };
    if catalog::operations().any(|operation| has(&operation)) {
        return Ok(());
    }
    let names: BTreeSet<&str> = catalog::operations()
        .map(|operation| operation.name())
        .collect();
    Err(Error::UnknownOperation {
        name: name.to_owned(),
        nearest: nearest(name, names),
    })
}

fn unknown(id: &str) -> Error {
    let ids: BTreeSet<&str> = catalog::rules().map(|rule| rule.card.id).collect();
    Error::UnknownRule {
        id: id.to_owned(),
        nearest: nearest(id, ids),
    }
}

fn groups() -> Vec<Group> {
    let mut groups: Vec<Group> = catalog::operations()
        .map(|operation| Group {
            title: format!("{} {}", operation.service().cli_name(), operation.name()),
            rules: operation.rules(),
        })
        .collect();
    let drifts = catalog::rules()
        .filter(|rule| rule.kind == RuleKind::Drift)
        .collect();
    groups.push(Group {
        title: "by itself".to_owned(),
        rules: drifts,
    });
    let relations = catalog::rules()
        .filter(|rule| rule.kind == RuleKind::Relation)
        .collect();
    groups.push(Group {
        title: "answers together".to_owned(),
        rules: relations,
    });
    groups
}

fn totals(groups: &[Group]) -> String {
    let of = |service: Service| {
        catalog::operations()
            .filter(|operation| operation.service() == service)
            .count()
    };
    let rules: usize = groups.iter().map(|group| group.rules.len()).sum();
    let cards: BTreeSet<&str> = groups
        .iter()
        .flat_map(|group| &group.rules)
        .map(|rule| rule.card.id)
        .collect();
    format!(
        "{} made of {} stand in {} of KMS, {} of CloudHSM, in what changes by itself and in answers \
         together.",
        counted(rules, "rule"),
        counted(cards.len(), "card"),
        counted(of(Service::Kms), "operation"),
        of(Service::CloudHsm)
    )
}

fn counts(page: &mut String, groups: &[Group]) {
    let of = |evidence, is: fn(RuleKind) -> bool| {
        let rules = groups.iter().flat_map(|group| &group.rules);
        rules
            .filter(|rule| rule.card.evidence == evidence && is(rule.kind))
            .count()
    };
    page.push_str(
        "| evidence | refusals | promises | drifts | relations |\n|---|---:|---:|---:|---:|\n",
    );
    for evidence in [
        Evidence::Documented,
        Evidence::Observed,
        Evidence::SecondHand,
        Evidence::Inferred,
    ] {
        let refusals = of(evidence, |kind| matches!(kind, RuleKind::Refusal(_)));
        let promises = of(evidence, |kind| kind == RuleKind::Promise);
        let drifts = of(evidence, |kind| kind == RuleKind::Drift);
        let relations = of(evidence, |kind| kind == RuleKind::Relation);
        let word = evidence.word();
        let _ = writeln!(
            page,
            "| {word} | {refusals} | {promises} | {drifts} | {relations} |"
        );
    }
}

fn table(page: &mut String, group: &Group) {
    let rules = group.rules.len();
    let _ = writeln!(page, "\n## {} ({})\n", group.title, counted(rules, "rule"));
    page.push_str("| id | kind | rule | evidence | errors | source |\n|---|---|---|---|---|---|\n");
    for rule in &group.rules {
        let card = &rule.card;
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} | {} |",
            card.id,
            kind(rule.kind),
            cell(card.says),
            card.evidence.word(),
            errors(rule),
            source(card.cite)
        );
    }
}

fn kind(kind: RuleKind) -> &'static str {
    match kind {
        RuleKind::Refusal(Force::Must) => "refuses",
        RuleKind::Refusal(Force::May) => "may refuse",
        RuleKind::Promise => "promises",
        RuleKind::Drift => "changes",
        RuleKind::Wire => "answers",
        RuleKind::Relation => "agrees",
    }
}

fn errors(rule: &Rule) -> String {
    let names: Vec<&str> = rule.codes.iter().map(|code| code.wire_name()).collect();
    names.join(" or ")
}

fn weight(evidence: Evidence) -> String {
    let word = evidence.word();
    if evidence.condemns() {
        format!("{word}, so breaking it is a divergence")
    } else {
        format!("{word}, so breaking it is only a suspicion")
    }
}

fn source(cite: &str) -> String {
    let target = link(cite);
    let page = cite
        .rsplit('/')
        .next()
        .unwrap_or(cite)
        .trim_end_matches(".html");
    if target == cite {
        cell(cite)
    } else {
        format!("[{}]({target})", cell(page))
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_explained_with_its_operations_and_source() {
        let text = explain("VAL-02").unwrap();
        assert!(
            text.contains("kms CreateKey: ValidationException"),
            "{text}"
        );
        assert!(text.contains("  source "), "{text}");
    }

    #[test]
    fn an_unknown_card_suggests_others() {
        let error = explain("VAL-2").unwrap_err().to_string();
        assert!(error.contains("VAL-02"), "{error}");
        assert!(!error.contains('\n'));
    }

    #[test]
    fn a_rule_is_checked_where_it_should_stand() {
        assert!(check(None, "VAL-02").is_ok());
        assert!(check(Some("CreateKey"), "WIRE-47").is_ok());
        assert!(check(Some("DescribeKey"), "CK-36").is_err());
        assert!(check(Some("NoSuchThing"), "WIRE-47").is_err());
    }
}
