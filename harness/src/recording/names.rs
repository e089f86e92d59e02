//! Stable names in the place of ids: each keeps its form, and is the same wherever the id stands.

use regex::{Captures, Regex};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The ids of AWS, the longest forms first. The first group that matches is the kind. An id that
/// something was added to, to make it malformed, is one all the same.
static IDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let hex = "[0-9a-fA-F]";
    Regex::new(&format!(
        r"(?x)
        (?<uuid>{hex}{{8}}-{hex}{{4}}-{hex}{{4}}-{hex}{{4}}-{hex}{{12}})
        | (?<hex64>{hex}{{64}})
        | (?<mrk>mrk-{hex}{{32}})
        | (?<hexed>(?:cks|eni|subnet|vpc|sg|vpce-svc|vpce)-{hex}{{8,17}})
        | (?<based>(?:cluster|hsm|backup)-[2-7a-zA-Z]{{11,16}})
        | (?<principal>\bA(?:IDA|ROA|GPA|SIA|KIA)[A-Z0-9]{{16}}\b)
        | (?<account>\b\d{{12}}\b)
        | (?<address>\b\d{{1,3}}\.\d{{1,3}}\.\d{{1,3}}\.\d{{1,3}}\b)",
    ))
    .ok()
});

/// What an account of the emulator has from its beginning, and what plans name without making it:
/// these are nobody's ids.
const KEPT: &[&str] = &[
    "subnet-0a1b2c3d4e5f60711",
    "subnet-0a1b2c3d4e5f60712",
    "subnet-0a1b2c3d4e5f60713",
    "vpc-0a1b2c3d4e5f60718",
    "444455556666",
];

/// The base32 of ids of clusters, HSMs and backups.
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// The names of a recording, by the id that they stand for.
#[derive(Debug, Default)]
pub(crate) struct Names {
    names: BTreeMap<String, String>,
    counts: BTreeMap<&'static str, u64>,
}

impl Names {
    /// Names in which this account is the first one.
    pub(crate) fn of_account(account: &str) -> Names {
        let mut names = Names::default();
        names.in_text(account);
        names
    }

    /// A text with names in the place of ids.
    pub(crate) fn in_text(&mut self, text: &str) -> String {
        let Some(ids) = IDS.as_ref() else {
            return text.to_owned();
        };
        ids.replace_all(text, |found: &Captures<'_>| self.name(found))
            .into_owned()
    }

    fn name(&mut self, found: &Captures<'_>) -> String {
        const KINDS: [&str; 8] = [
            "uuid",
            "hex64",
            "mrk",
            "hexed",
            "based",
            "principal",
            "account",
            "address",
        ];
        let id = found.get(0).map_or("", |all| all.as_str());
        if KEPT.contains(&id) {
            return id.to_owned();
        }
        let kind = KINDS.into_iter().find(|kind| found.name(kind).is_some());
        // An id that is written in another case is still the same id.
        let folded = match kind {
            Some("based") => id.to_owned(),
            _ => id.to_lowercase(),
        };
        let count = self.counts.entry(kind.unwrap_or_default()).or_default();
        let name = self.names.entry(folded.clone()).or_insert_with(|| {
            *count += 1;
            numbered(kind.unwrap_or_default(), &folded, *count)
        });
        match id == id.to_lowercase() || kind == Some("based") {
            true => name.clone(),
            false => name.to_uppercase(),
        }
    }
}

fn numbered(kind: &str, id: &str, number: u64) -> String {
    let (prefix, rest) = id.rsplit_once('-').unwrap_or(("", id));
    let width = rest.len();
    match kind {
        "uuid" => format!("00000000-0000-4000-8000-{number:012x}"),
        // A letter keeps the case of the id.
        "hex64" => format!("a{number:063x}"),
        "mrk" | "hexed" => format!("{prefix}-{number:0width$x}"),
        "based" => format!("{prefix}-{}", base32(number, width)),
        "principal" => {
            let kind: String = id.chars().take(4).collect();
            format!("{}{number:016}", kind.to_uppercase())
        }
        "account" => account(number),
        _ => format!("10.0.{}.{}", number / 200 % 200, number % 200 + 1),
    }
}

/// 111122223333, 222233334444 and so on, none of which is an account that is kept.
fn account(number: u64) -> String {
    let digit = |nth: u64| (number + nth - 1) % 9 + 1;
    match number {
        // The fourth would be 444455556666.
        1..=3 | 5..=9 => [digit(0), digit(1), digit(2)]
            .map(|digit| digit.to_string().repeat(4))
            .concat(),
        _ => format!("{:012}", 100_000_000_000_u64.saturating_add(number)),
    }
}

fn base32(number: u64, width: usize) -> String {
    let mut left = number;
    let mut letters: Vec<char> = (0..width)
        .map(|_| {
            let digit = usize::try_from(left % 32).unwrap_or_default();
            left /= 32;
            BASE32.get(digit).map_or('a', |letter| char::from(*letter))
        })
        .collect();
    letters.reverse();
    letters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_name_wherever_it_stands_and_keeps_its_form() {
        let mut names = Names::of_account("123456789012");
        let id = "0d990263-018e-4e65-a703-eff731de951e";
        let arn = format!("arn:aws:kms:us-east-1:123456789012:key/{id}");
        let name = names.in_text(id);
        assert_eq!(name, "00000000-0000-4000-8000-000000000001");
        let shown = format!("arn:aws:kms:us-east-1:111122223333:key/{name}");
        assert_eq!(names.in_text(&arn), shown);
        let message = format!("Key '{arn}' does not exist");
        assert_eq!(
            names.in_text(&message),
            format!("Key '{shown}' does not exist")
        );
        assert_eq!(names.in_text(&id.to_uppercase()), name.to_uppercase());
    }

    #[test]
    fn every_form_of_an_id_is_known() {
        let mut names = Names::default();
        for (id, name) in [
            (
                "mrk-f6df22303309426d963e9d2c25ca39fa",
                format!("mrk-{:032x}", 1),
            ),
            ("cks-1234567890abcdef0", format!("cks-{:017x}", 1)),
            ("eni-0f7dd690d0f5393da", format!("eni-{:017x}", 2)),
            ("subnet-e3985acd", format!("subnet-{:08x}", 3)),
            ("vpc-02320879", format!("vpc-{:08x}", 4)),
            ("sg-0e05677ea7fbd12fd", format!("sg-{:017x}", 5)),
            ("cluster-rhuxbiveqa2", "cluster-aaaaaaaaaab".to_owned()),
            ("hsm-mp3i7obxqdb", "hsm-aaaaaaaaaac".to_owned()),
            ("backup-6qjbcmkhcxm", "backup-aaaaaaaaaad".to_owned()),
            ("172.31.93.196", "10.0.0.2".to_owned()),
            ("644160558196", "111122223333".to_owned()),
            ("999988887777", "222233334444".to_owned()),
            ("444455556666", "444455556666".to_owned()),
            ("AROAJEXAMPLEEXAMPLE1", "AROA0000000000000001".to_owned()),
        ] {
            assert_eq!(names.in_text(id), name, "{id}");
            assert_eq!(names.in_text(id), name, "{id} again");
        }
    }

    #[test]
    fn an_id_that_was_spoilt_is_hidden_and_stays_spoilt() {
        let mut names = Names::default();
        let id = "cluster-rhuxbiveqa2";
        for spoilt in [
            format!("{id}0"),
            format!("{id}aaaaaaaaaaaaaaaaaaaaaaa"),
            format!("x{id}_"),
        ] {
            let shown = names.in_text(&spoilt);
            assert!(!shown.contains(id), "{shown}");
            assert_eq!(shown.len(), spoilt.len());
        }
    }

    #[test]
    fn what_is_no_id_stays() {
        let mut names = Names::default();
        for text in [
            "alias/a-00000001",
            "cks-short",
            "2027-01-15",
            "kms:*",
            "1234567890123",
        ] {
            assert_eq!(names.in_text(text), text);
        }
    }
}
