//! Whose signatures are accepted.

use super::moment;
use kms_conformance_model::time::Millis;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use zeroize::Zeroizing;

/// What belongs to an access key id. Its secrets are never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    /// The secret access key.
    pub secret: Zeroizing<String>,
    /// The session token, which temporary credentials have.
    pub token: Option<Zeroizing<String>>,
    /// When the session token ends, in milliseconds since the Unix epoch; `None` for one that does
    /// not.
    pub expires: Option<Millis>,
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential")
    }
}

/// The accepted credentials, by access key id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials(BTreeMap<String, Credential>);

/// A line that is no credential. It holds nothing of the line, since that may be secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct BadCredentials {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: &'static str,
}

impl Default for Credentials {
    /// The example that AWS's documentation uses throughout.
    fn default() -> Credentials {
        let example = Credential {
            secret: Zeroizing::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned()),
            token: None,
            expires: None,
        };
        Credentials(BTreeMap::from([(
            "AKIAIOSFODNN7EXAMPLE".to_owned(),
            example,
        )]))
    }
}

impl Credentials {
    /// What belongs to an access key id.
    pub fn of(&self, access_key: &str) -> Option<&Credential> {
        self.0.get(access_key)
    }
}

impl FromStr for Credentials {
    type Err = BadCredentials;

    /// Reads lines of `ACCESSKEYID SECRETKEY [SESSIONTOKEN [EXPIRES]]`, where the last is a moment as
    /// in `20150830T123600Z`. Empty ones, and those that begin with `#`, do not count.
    fn from_str(text: &str) -> Result<Credentials, BadCredentials> {
        let mut credentials = BTreeMap::new();
        for (number, line) in text.lines().enumerate() {
            let bad = |why| BadCredentials {
                line: number + 1,
                why,
            };
            if line.trim().is_empty() || line.trim_start().starts_with('#') {
                continue;
            }
            let words: Vec<&str> = line.split_whitespace().collect();
            let (id, secret, token, expires) = match words.as_slice() {
                [id, secret] => (id, secret, None, None),
                [id, secret, token] => (id, secret, Some(token), None),
                [id, secret, token, expires] => (id, secret, Some(token), Some(expires)),
                _ => return Err(bad("give ACCESSKEYID SECRETKEY [SESSIONTOKEN [EXPIRES]]")),
            };
            let credential = Credential {
                secret: Zeroizing::new((*secret).to_owned()),
                token: token.map(|token| Zeroizing::new((*token).to_owned())),
                expires: expires
                    .map(|moment| moment::basic(moment).ok_or(()))
                    .transpose()
                    .map_err(|()| bad("give EXPIRES as in 20150830T123600Z"))?,
            };
            if credentials.insert((*id).to_owned(), credential).is_some() {
                return Err(bad("give each access key id once"));
            }
        }
        match credentials.is_empty() {
            true => Err(BadCredentials {
                line: 1,
                why: "give at least one ACCESSKEYID SECRETKEY",
            }),
            false => Ok(Credentials(credentials)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_two_to_four_words() {
        let text = "# mine\n\nAK1 one\n  AK2 two token\nAK3 three token 20150830T123600Z\n";
        let read: Credentials = text.parse().unwrap();
        assert_eq!(read.of("AK1").unwrap().secret.as_str(), "one");
        assert_eq!(read.of("AK1").unwrap().token, None);
        assert_eq!(
            read.of("AK2").unwrap().token.as_ref().unwrap().as_str(),
            "token"
        );
        assert_eq!(read.of("AK3").unwrap().expires, Some(1_440_938_160_000));
        assert_eq!(read.of("AK4"), None);
    }

    #[test]
    fn a_bad_line_is_named_and_not_shown() {
        for (text, line) in [
            ("", 1),
            ("# nothing", 1),
            ("AK one\nhunter2", 2),
            ("AK one\nAK hunter2", 2),
            ("AK hunter2 token later", 1),
            ("AK hunter2 token 20150830T123600Z more", 1),
        ] {
            let bad = text.parse::<Credentials>().unwrap_err();
            assert_eq!(bad.line, line, "{text}");
            assert!(!bad.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn their_debug_output_shows_no_secret() {
        let shown = format!("{:?}", Credentials::default());
        assert!(shown.contains("AKIAIOSFODNN7EXAMPLE"));
        assert!(!shown.contains("EXAMPLEKEY"));
    }
}
