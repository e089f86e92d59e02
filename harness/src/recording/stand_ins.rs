//! What stands in a recording for secrets: texts of the same length and alphabet, the same for equal
//! secrets, so that whether they are equal, and how they are made, can still be judged.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;

/// Ranges of characters that stand for each other. Hex stays hex and base32 stays base32.
const ALPHABETS: &[&str] = &[
    "ABCDEF",
    "GHIJKLMNOPQRSTUVWXYZ",
    "abcdef",
    "ghijklmnopqrstuvwxyz",
    "234567",
    "0189",
    "+/",
    "!\"#$%&'()*,-.:;<>?@[\\]^_`{|}~",
];

/// What the bytes in front of the number of a stand-in are.
const FILLING: u8 = 0x5a;

/// How often another number is tried where a stand-in is the secret itself.
const TRIES: u64 = 4;

/// The stand-ins of a recording.
#[derive(Debug, Default)]
pub(crate) struct StandIns {
    texts: BTreeMap<String, String>,
    blobs: BTreeMap<String, String>,
    /// How many secrets of a shape there are: its characters by alphabet, or a number of bytes.
    counts: BTreeMap<String, u64>,
}

impl StandIns {
    /// What stands for a text such as a password.
    pub(crate) fn of_text(&mut self, secret: &str) -> String {
        if let Some(known) = self.texts.get(secret) {
            return known.clone();
        }
        let shape: String = secret.chars().map(|letter| places(letter).0).collect();
        let stand_in = self.numbered(&format!("text {shape}"), secret, |n| spelt(secret, n));
        self.texts.insert(secret.to_owned(), stand_in.clone());
        stand_in
    }

    /// What stands for bytes in base64. What is no base64 is a text.
    pub(crate) fn of_blob(&mut self, secret: &str) -> String {
        let Ok(bytes) = STANDARD.decode(secret) else {
            return self.of_text(secret);
        };
        if let Some(known) = self.blobs.get(secret) {
            return known.clone();
        }
        let length = bytes.len();
        let shape = format!("{length} bytes");
        let stand_in = self.numbered(&shape, secret, |n| STANDARD.encode(counted(length, n)));
        self.blobs.insert(secret.to_owned(), stand_in.clone());
        stand_in
    }

    fn numbered(&mut self, shape: &str, secret: &str, made: impl Fn(u64) -> String) -> String {
        let count = self.counts.entry(shape.to_owned()).or_default();
        let mut stand_in = secret.to_owned();
        for _ in 0..TRIES {
            *count += 1;
            stand_in = made(*count);
            if stand_in != secret {
                break;
            }
        }
        stand_in
    }
}

/// So many bytes that hold a number at their end.
fn counted(length: usize, number: u64) -> Vec<u8> {
    let digits = number.to_be_bytes();
    let kept = length.min(digits.len());
    let mut bytes = vec![FILLING; length - kept];
    bytes.extend(digits.iter().skip(digits.len() - kept));
    bytes
}

/// A text of the shape of `secret` that holds a number, its lowest digit at the end.
fn spelt(secret: &str, number: u64) -> String {
    let mut left = number;
    let mut letters: Vec<char> = secret
        .chars()
        .rev()
        .map(|letter| {
            let (_, alphabet) = places(letter);
            let base = alphabet.chars().count() as u64;
            if base == 0 {
                return letter;
            }
            let digit = usize::try_from(left % base).unwrap_or_default();
            left /= base;
            alphabet.chars().nth(digit).unwrap_or(letter)
        })
        .collect();
    letters.reverse();
    letters.into_iter().collect()
}

/// The alphabet of a character, with a character that names it. Blanks and whatever is not ASCII
/// have none.
fn places(letter: char) -> (char, &'static str) {
    let found = ALPHABETS.iter().find(|alphabet| alphabet.contains(letter));
    match found {
        Some(alphabet) => (alphabet.chars().next().unwrap_or(letter), alphabet),
        None => (letter, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stand_in_has_the_length_and_the_alphabet_of_the_secret() {
        let mut stand_ins = StandIns::default();
        for secret in [
            "kmsPswd1",
            "DXjSUawnel2fr6SKC7G25CNxTyWKE5PF9XX6H/u9pSo=",
            "!!!!!!!!",
            "AAAAAA",
        ] {
            let stand_in = stand_ins.of_text(secret);
            assert_ne!(stand_in, secret);
            let shape = |text: &str| text.chars().map(|it| places(it).0).collect::<String>();
            assert_eq!(shape(&stand_in), shape(secret));
        }
        for bytes in [1, 16, 32, 4096] {
            let secret = STANDARD.encode(vec![7; bytes]);
            let stand_in = stand_ins.of_blob(&secret);
            assert_ne!(stand_in, secret);
            assert_eq!(STANDARD.decode(stand_in).unwrap().len(), bytes);
        }
    }

    #[test]
    fn equal_secrets_have_equal_stand_ins_and_others_have_others() {
        let mut stand_ins = StandIns::default();
        let texts: Vec<String> = (0..50).map(|n| format!("kmsPswd{}", n % 10)).collect();
        let first: Vec<String> = texts.iter().map(|text| stand_ins.of_text(text)).collect();
        for (one, its) in texts.iter().zip(&first) {
            for (other, others) in texts.iter().zip(&first) {
                assert_eq!(one == other, its == others, "{one} {other}");
            }
        }
        let blobs: Vec<String> = (0..100u8).map(|n| STANDARD.encode([n; 16])).collect();
        let mut made: Vec<String> = blobs.iter().map(|blob| stand_ins.of_blob(blob)).collect();
        made.sort();
        made.dedup();
        assert_eq!(made.len(), blobs.len());
    }
}
