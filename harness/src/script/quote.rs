//! Quoting for the shell. What only the shell knows stands in a text as a mark: the number of an
//! [`Expr`] between two [`MARK`]s.

/// A character for private use, which no request holds.
pub(super) const MARK: char = '\u{e000}';

/// A value that only the shell knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expr {
    /// A variable.
    Variable(String),
    /// The text in a file below `$dir`.
    Text(String),
    /// The bytes in a file below `$dir`; where a text is wanted, their base64.
    Blob(String),
}

/// A part of a text.
pub(super) enum Part<'t> {
    /// It stands for itself.
    Literal(&'t str),
    /// The shell knows it.
    Known(&'t Expr),
}

/// The parts of a text with marks.
pub(super) fn parts<'t>(text: &'t str, exprs: &'t [Expr]) -> Vec<Part<'t>> {
    let split = text.split(MARK).enumerate();
    let part = |(nth, part): (usize, &'t str)| match nth % 2 {
        0 => (!part.is_empty()).then_some(Part::Literal(part)),
        _ => exprs.get(part.parse::<usize>().ok()?).map(Part::Known),
    };
    split.filter_map(part).collect()
}

/// The expression that is all of the text.
pub(super) fn only<'t>(text: &'t str, exprs: &'t [Expr]) -> Option<&'t Expr> {
    match parts(text, exprs).as_slice() {
        [Part::Known(expr)] => Some(expr),
        _ => None,
    }
}

/// A text as one word of a command.
pub(super) fn word(text: &str, exprs: &[Expr]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:=@%+,-".contains(c);
    if text.contains([MARK, '$', '`']) {
        let escaped = ['\\', '"', '$', '`'];
        format!("\"{}\"", inside(text, exprs, &escaped, "text_of"))
    } else if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// A JSON text as it stands in a here-document, where the shell puts in what it knows.
pub(super) fn document(json: &str, exprs: &[Expr]) -> String {
    inside(json, exprs, &['\\', '$', '`'], "json_of")
}

fn inside(text: &str, exprs: &[Expr], escaped: &[char], reader: &str) -> String {
    let parts = parts(text, exprs);
    let mut out = String::new();
    for (nth, part) in parts.iter().enumerate() {
        match part {
            Part::Literal(literal) => {
                for c in literal.chars() {
                    if escaped.contains(&c) {
                        out.push('\\');
                    }
                    out.push(c);
                }
            }
            Part::Known(Expr::Variable(name)) => {
                let next = match parts.get(nth + 1) {
                    Some(Part::Literal(literal)) => literal.chars().next(),
                    _ => None,
                };
                let goes_on = next.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
                match goes_on {
                    true => out.push_str(&format!("${{{name}}}")),
                    false => out.push_str(&format!("${name}")),
                }
            }
            Part::Known(Expr::Text(file)) => out.push_str(&format!("$({reader} {file})")),
            Part::Known(Expr::Blob(file)) => out.push_str(&format!("$(base64_of {file})")),
        }
    }
    out
}

/// A text that stays on its line of a comment.
pub(super) fn comment(text: &str) -> String {
    let shown = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_where_it_must_be() {
        assert_eq!(word("AWS_KMS", &[]), "AWS_KMS");
        assert_eq!(word("", &[]), "''");
        assert_eq!(word("it's two", &[]), r"'it'\''s two'");
        assert_eq!(word("$(rm) `x`", &[]), r#""\$(rm) \`x\`""#);
    }

    #[test]
    fn a_variable_ends_where_its_name_does() {
        let exprs = [Expr::Variable("run".to_owned()), Expr::Blob("b".to_owned())];
        let text = format!("a-{MARK}0{MARK}b {MARK}0{MARK}-{MARK}1{MARK}");
        assert_eq!(word(&text, &exprs), r#""a-${run}b $run-$(base64_of b)""#);
        assert_eq!(document(&text, &exprs), "a-${run}b $run-$(base64_of b)");
    }

    #[test]
    fn a_comment_stays_on_its_line() {
        assert_eq!(comment("a\nrm -rf b"), "a rm -rf b");
    }
}
