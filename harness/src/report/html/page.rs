//! The frame of a page: one file that asks no network for anything, and reads without scripts too.

use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Nothing is loaded from anywhere.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/// A page with this title and content.
pub(crate) fn page(title: &str, content: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (content)
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
    .into_string()
}

/// A number with its thousands apart, as in `12 345`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

/// A citation as a link to AWS; a recording is only named.
pub(super) fn cite(cite: &str) -> Markup {
    let address = crate::finding::link(cite);
    let name = cite.rsplit('/').next().unwrap_or(cite);
    let name = name.trim_end_matches(".html");
    html! {
        @if address == cite { span.cite { (cite) } }
        @else { a.cite href=(address) rel="noreferrer" { "docs.aws.amazon.com: " (name) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(12345), "12\u{202f}345");
        assert_eq!(grouped(123_456), "123\u{202f}456");
    }

    #[test]
    fn a_citation_links_to_the_page_of_aws() {
        let link = cite("kms/latest/APIReference/API_CreateKey.html").into_string();
        assert!(link.contains(
            "href=\"https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html\""
        ));
        assert!(!cite("recording moto").into_string().contains("href"));
    }

    #[test]
    fn a_page_loads_nothing() {
        let text = page("t", &html! {});
        for loads in ["src=", "<link", "@import", "url(", "fetch("] {
            assert!(!text.contains(loads), "{loads}");
        }
    }
}
