//! What is signed: the canonical form of a request, the string made of it, and the key.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use super::verify::Seen;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use zeroize::Zeroizing;

/// The only algorithm.
pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// The end of each credential scope.
pub(crate) const TERMINATOR: &str = "aws4_request";

/// The canonical request; `None` where a header that should be signed is not there. The names of
/// the headers are in lower case and sorted.
pub(super) fn request(seen: &Seen<'_>, signed: &[&str], payload: &str) -> Option<String> {
    let mut headers = String::new();
    for name in signed {
        // Each line of a folded value counts as a value. HTTP has given up folding, and AWS's test
        // suite has not.
        let lines = seen.values(name).flat_map(|value| value.split('\n'));
        let values: Vec<String> = lines.map(trimmed).collect();
        if values.is_empty() {
            return None;
        }
        // Writing to a String does not fail.
        let _ = writeln!(headers, "{name}:{}", values.join(","));
    }
    Some(format!(
        "{}\n{}\n{}\n{headers}\n{}\n{payload}",
        seen.method,
        path(seen.path),
        query(seen.query),
        signed.join(";")
    ))
}

/// What is signed with the key.
pub(super) fn string_to_sign(moment: &str, scope: &str, request: &str) -> String {
    let hash = hex(&Sha256::digest(request.as_bytes()));
    format!("{ALGORITHM}\n{moment}\n{scope}\n{hash}")
}

/// The key for one day, Region and service.
pub(crate) fn signing_key(
    secret: &str,
    date: &str,
    region: &str,
    service: &str,
) -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new(format!("AWS4{secret}").into_bytes());
    for part in [date, region, service, TERMINATOR] {
        key = sign(&key, part.as_bytes());
    }
    key
}

/// The code of a message.
pub(crate) fn sign(key: &[u8], message: &[u8]) -> Zeroizing<Vec<u8>> {
    let code = code(key, message).map(|code| code.finalize().into_bytes().to_vec());
    Zeroizing::new(code.unwrap_or_default())
}

/// Whether this is the code of a message. Takes as long for each wrong one.
pub(super) fn is_signed(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    code(key, message).is_some_and(|code| code.verify_slice(signature).is_ok())
}

/// The code of a message, to be taken or compared. HMAC takes keys of every length, so there is
/// always one.
fn code(key: &[u8], message: &[u8]) -> Option<Hmac<Sha256>> {
    let mut code = Hmac::<Sha256>::new_from_slice(key).ok()?;
    code.update(message);
    Some(code)
}

/// Bytes in lower case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The value of a header without blanks around it and with single ones inside.
fn trimmed(value: &str) -> String {
    let words: Vec<&str> = value.split_ascii_whitespace().collect();
    words.join(" ")
}

/// The path without empty, `.` and `..` segments. It is encoded as it came, so that what the client
/// encoded already is encoded twice, as all services but S3 want it.
fn path(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            segment => kept.push(segment),
        }
    }
    let mut canonical = String::new();
    for segment in &kept {
        canonical.push('/');
        canonical.push_str(&encoded(segment.as_bytes()));
    }
    if path.ends_with('/') || kept.is_empty() {
        canonical.push('/');
    }
    canonical
}

/// The parameters sorted by name, then by value, each encoded anew.
fn query(query: &str) -> String {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let mut pairs: Vec<(String, String)> = pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (encoded(&decoded(name)), encoded(&decoded(value)))
        })
        .collect();
    pairs.sort();
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("&")
}

/// Everything but the unreserved characters of RFC 3986 as `%` and two capital hex digits.
fn encoded(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                text.push(char::from(*byte));
            }
            // Writing to a String does not fail.
            _ => drop(write!(text, "%{byte:02X}")),
        }
        text
    })
}

/// The bytes that are meant. A `%` without two hex digits after it stands for itself.
fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let meant = after.get(..2).filter(|_| *first == b'%').and_then(byte);
        bytes.push(meant.unwrap_or(*first));
        rest = match meant {
            Some(_) => after.get(2..).unwrap_or_default(),
            None => after,
        };
    }
    bytes
}

/// The byte that two hex digits write.
fn byte(digits: &[u8]) -> Option<u8> {
    let is_hex = digits.iter().all(u8::is_ascii_hexdigit);
    let text = std::str::from_utf8(digits).ok().filter(|_| is_hex)?;
    u8::from_str_radix(text, 16).ok()
}

/// The bytes that hex in lower case writes; `None` where it is something else.
pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let is_lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
    let digits = text.as_bytes().chunks(2);
    let bytes: Option<Vec<u8>> = digits
        .map(|pair| byte(pair).filter(|_| pair.len() == 2))
        .collect();
    bytes.filter(|_| is_lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_made_short_and_encoded() {
        for (written, expected) in [
            ("", "/"),
            ("/", "/"),
            ("/a/..", "/"),
            ("/a/b/../..", "/"),
            ("/../a", "/a"),
            ("/./", "/"),
            ("//a//", "/a/"),
            ("/a b/", "/a%20b/"),
            ("/a%20b", "/a%2520b"),
            ("/\u{1234}", "/%E1%88%B4"),
        ] {
            assert_eq!(path(written), expected, "{written}");
        }
    }

    #[test]
    fn parameters_are_sorted_by_name_and_then_by_value() {
        for (written, expected) in [
            ("", ""),
            ("b=2&a=1", "a=1&b=2"),
            ("a=2&a=1", "a=1&a=2"),
            // By name alone, `-` would come before `=`.
            ("P-3=1&P=2", "P=2&P-3=1"),
            ("a", "a="),
            ("a=b=c", "a=b%3Dc"),
            ("%7e=%e1%88%B4", "~=%E1%88%B4"),
            ("a=%zz%4", "a=%25zz%254"),
            ("a+b", "a%2Bb="),
        ] {
            assert_eq!(query(written), expected, "{written}");
        }
    }

    #[test]
    fn blanks_in_headers_do_not_count() {
        assert_eq!(trimmed("  a \t b   c "), "a b c");
        assert_eq!(trimmed(" \"a   b\" "), "\"a b\"");
    }

    #[test]
    fn hex_is_read_in_lower_case_only() {
        assert_eq!(from_hex("00ff"), Some(vec![0, 255]));
        assert_eq!(hex(&[0, 255]), "00ff");
        for wrong in ["0", "00FF", "0g", "+1", "00f"] {
            assert_eq!(from_hex(wrong), None, "{wrong}");
        }
    }
}
