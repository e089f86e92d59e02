//! The judge's mint: reads an observed response.

mod forms;
mod page;
mod shown;

pub use shown::shows;

use crate::lenient::{bytes_of, length_of, moment_of};
use crate::mint::{
    Claim, Computation, Form, Learnt, Mint, Mismatch, Page, Paged, Plaintext, Sealed, Seen,
};
use crate::path::Path;
use crate::shape::matches;
use crate::time::{Millis, epoch_seconds, from_epoch_seconds};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use forms::{in_bytes, in_its_form, text_of};
use serde_json::Value;
use shown::shows_somehow;
use std::collections::BTreeMap;

/// What stands for a secret in a finding.
const REDACTED: &str = "<redacted>";

/// A mint that takes everything out of a response somebody else made.
pub struct Reading<'v> {
    response: &'v Value,
    has_stand_ins: bool,
    met_stand_in: bool,
}

impl<'v> Reading<'v> {
    /// Reads `response`.
    pub fn new(response: &'v Value) -> Reading<'v> {
        Reading {
            response,
            has_stand_ins: false,
            met_stand_in: false,
        }
    }

    /// Reads `response`, in which other texts may stand for secrets.
    pub fn of_recording(response: &'v Value) -> Reading<'v> {
        Reading {
            has_stand_ins: true,
            ..Reading::new(response)
        }
    }

    /// Whether something stood for a secret about which more than its equality was to be said.
    pub const fn met_stand_in(&self) -> bool {
        self.met_stand_in
    }

    fn at(&self, path: &Path) -> Option<&'v Value> {
        path.get(self.response).filter(|value| !value.is_null())
    }

    fn mismatch(&self, at: &Path, expected: impl Into<String>) -> Mismatch {
        Mismatch {
            at: Box::new(at.clone()),
            expected: expected.into(),
            observed: self.at(at).cloned(),
            of_form: false,
        }
    }

    /// A value that is there and has not the form it should have; its absence is more than that.
    fn malformed(&self, at: &Path, expected: impl Into<String>) -> Mismatch {
        let mismatch = self.mismatch(at, expected);
        Mismatch {
            of_form: mismatch.observed.is_some(),
            ..mismatch
        }
    }

    /// What stands for a secret that came: how long it is.
    fn veiled(&self, at: &Path) -> Option<Value> {
        let length = length_of(self.at(at)?);
        Some(Value::from(
            length.map_or_else(|| REDACTED.to_owned(), in_bytes),
        ))
    }
}

impl Mint for Reading<'_> {
    fn show(&mut self, at: &Path, value: Value) -> Seen<()> {
        match self.at(at) {
            Some(observed) if shows(observed, &value) => Ok(()),
            Some(observed) if shows_somehow(observed, &value) => {
                Err(self.malformed(at, value.to_string()))
            }
            _ => Err(self.mismatch(at, value.to_string())),
        }
    }

    fn show_secret(&mut self, at: &Path, value: Value) -> Seen<()> {
        let Some(observed) = self.at(at) else {
            return Err(self.mismatch(at, REDACTED));
        };
        if *observed == value {
            return Ok(());
        }
        let (length, shown) = (length_of(&value), length_of(observed));
        let wanted = value.as_str().and_then(|text| STANDARD.decode(text).ok());
        let same = wanted.is_some_and(|wanted| bytes_of(observed).contains(&wanted));
        let (expected, observed) = match length.zip(shown).filter(|(one, other)| one != other) {
            Some((length, shown)) => (in_bytes(length), in_bytes(shown)),
            None => (REDACTED.to_owned(), REDACTED.to_owned()),
        };
        Err(Mismatch {
            at: Box::new(at.clone()),
            expected,
            observed: Some(Value::from(observed)),
            of_form: same,
        })
    }

    fn may_show(&mut self, at: &Path, value: Value) -> Seen<()> {
        if self.at(at).is_none() {
            Ok(())
        } else {
            self.show(at, value)
        }
    }

    fn show_like(&mut self, at: &Path, value: Value, as_good: &dyn Fn(&Value) -> bool) -> Seen<()> {
        let Some(observed) = self.at(at).filter(|observed| !as_good(observed)) else {
            return match self.at(at) {
                Some(_) => Ok(()),
                None => self.show(at, value),
            };
        };
        // A date in another form may be as good as well.
        let date = moment_of(observed).map(epoch_seconds).map(Value::from);
        match date.is_some_and(|date| as_good(&date)) {
            true => Err(self.malformed(at, value.to_string())),
            false => self.show(at, value),
        }
    }

    fn absent(&mut self, at: &Path) -> Seen<()> {
        if self.at(at).is_none() {
            Ok(())
        } else {
            Err(self.mismatch(at, "no such member"))
        }
    }

    fn text(&mut self, at: &Path, form: Form) -> Learnt<String> {
        let text = self.at(at).and_then(text_of);
        let right = self.at(at).is_some_and(Value::is_string)
            && text
                .as_ref()
                .is_some_and(|text| matches(form.pattern(), text));
        let expected = || format!("a text of the form {}", form.pattern());
        match (text, right) {
            (Some(text), true) => Learnt::right(text),
            (text, _) => {
                // Whatever is called so exists, but nothing has an empty name.
                let text = text.filter(|text| !text.is_empty());
                Learnt::wrong(text, self.malformed(at, expected()))
            }
        }
    }

    fn may_text(&mut self, at: &Path, form: Form) -> Learnt<String> {
        if self.at(at).is_none() {
            Learnt::nothing()
        } else {
            self.text(at, form)
        }
    }

    fn look(&self, at: &Path) -> Option<Value> {
        self.at(at).cloned()
    }

    fn date(&mut self, at: &Path, near: Millis, tolerance: Millis) -> Learnt<Millis> {
        let observed = self.at(at);
        let moment = observed.and_then(moment_of);
        let is_near = moment.is_some_and(|moment| (moment - near).abs() <= tolerance);
        let in_seconds = observed.and_then(Value::as_f64).map(from_epoch_seconds);
        let expected = format!("epoch seconds near {}", near / 1_000);
        match moment {
            Some(moment) if is_near && in_seconds == Some(moment) => Learnt::right(moment),
            Some(moment) if !is_near => Learnt::wrong(Some(moment), self.mismatch(at, expected)),
            moment => Learnt::wrong(moment, self.malformed(at, expected)),
        }
    }

    fn random(&mut self, at: &Path, length: usize) -> Learnt<Vec<u8>> {
        let observed = self.at(at);
        let usual = observed.and_then(|value| STANDARD.decode(value.as_str()?).ok());
        let mut forms = observed.map(bytes_of).unwrap_or_default().into_iter();
        let (bytes, of_form) = match usual {
            Some(bytes) if bytes.len() == length => return Learnt::right(bytes),
            usual => match forms.find(|bytes| bytes.len() == length) {
                Some(bytes) => (Some(bytes), true),
                None => (usual, false),
            },
        };
        let mismatch = Mismatch {
            at: Box::new(at.clone()),
            expected: format!("base64 of {}", in_bytes(length)),
            observed: self.veiled(at),
            of_form,
        };
        Learnt::wrong(bytes, mismatch)
    }

    fn compute(&mut self, at: &Path, what: &Computation<'_>, claim: &Claim<'_>) -> Learnt<Vec<u8>> {
        let observed = self.at(at);
        let usual = observed.and_then(|value| STANDARD.decode(value.as_str()?).ok());
        let mismatch = Mismatch {
            at: Box::new(at.clone()),
            expected: claim.says.to_owned(),
            observed: match claim.secret {
                true => self.veiled(at),
                false => observed.cloned(),
            },
            of_form: false,
        };
        if let Some(bytes) = usual {
            if (claim.holds)(&bytes) {
                return Learnt::right(bytes);
            }
            // Nobody can tell whether what stands for a private key belongs to a public one.
            if self.has_stand_ins && claim.secret && is_private_key(what) {
                self.met_stand_in = true;
                return Learnt::right(bytes);
            }
        }
        let forms = observed.map(bytes_of).unwrap_or_default();
        let value = forms.iter().find_map(|bytes| in_its_form(bytes, claim));
        let of_form = value.is_some();
        Learnt::wrong(
            value,
            Mismatch {
                of_form,
                ..mismatch
            },
        )
    }

    fn hidden_random(&mut self, length: usize) -> Plaintext {
        Plaintext::Hidden(length)
    }

    fn seal(&mut self, at: &Path, _sealed: &Sealed) -> Learnt<String> {
        let observed = self.at(at);
        match observed.and_then(Value::as_str) {
            Some(text) if STANDARD.decode(text).is_ok_and(|bytes| !bytes.is_empty()) => {
                Learnt::right(text.to_owned())
            }
            _ => {
                let mut forms = observed.map(bytes_of).unwrap_or_default().into_iter();
                let bytes = forms.find(|bytes| !bytes.is_empty());
                let text = bytes.map(|bytes| STANDARD.encode(bytes));
                Learnt::wrong(text, self.malformed(at, "base64 of a ciphertext"))
            }
        }
    }

    fn choose(&mut self, at: &Path, options: &[Value]) -> Seen<usize> {
        let observed = self.at(at);
        let shown = |shows: fn(&Value, &Value) -> bool| {
            let is_it = |option| observed.is_some_and(|value| shows(value, option));
            options.iter().rposition(is_it)
        };
        match shown(shows).or_else(|| shown(shows_somehow)) {
            Some(index) => Ok(index),
            None => Err(self.mismatch(at, "one of the states it may be in")),
        }
    }

    fn page(&mut self, page: &Page<'_>) -> Learnt<Paged> {
        page::read(self.response, page)
    }

    fn name(
        &mut self,
        list: &Path,
        key: &'static str,
        form: Form,
        like: &Value,
        known: &[String],
    ) -> Learnt<String> {
        let entries = self.at(list).and_then(Value::as_array);
        let mut ids = Vec::new();
        for entry in entries.into_iter().flatten() {
            let id = entry.get(key).and_then(Value::as_str);
            let id = id.filter(|id| !id.is_empty() && !known.iter().any(|known| known == id));
            ids.extend(id.filter(|_| shows(entry, like)));
        }
        let right = ids.iter().find(|id| matches(form.pattern(), id));
        match (right, ids.first()) {
            (Some(id), _) => Learnt::right((*id).to_owned()),
            (None, None) => Learnt::nothing(),
            (None, Some(id)) => {
                let at = list.entry(key, *id).then(key);
                let expected = format!("a text of the form {}", form.pattern());
                Learnt::wrong(Some((*id).to_owned()), self.malformed(&at, expected))
            }
        }
    }

    fn learn(&mut self, at: &Path, _made: &str) -> Learnt<String> {
        match self.at(at) {
            Some(Value::String(text)) => Learnt::right(text.clone()),
            observed => Learnt::wrong(observed.and_then(text_of), self.malformed(at, "a text")),
        }
    }

    fn learn_map(
        &mut self,
        at: &Path,
        _made: &BTreeMap<String, String>,
    ) -> Learnt<BTreeMap<String, String>> {
        let Some(members) = self.at(at).and_then(Value::as_object) else {
            return Learnt::wrong(None, self.malformed(at, "texts by name"));
        };
        let texts = members.iter();
        let texts = texts.filter_map(|(name, value)| Some((name.clone(), text_of(value)?)));
        let texts: BTreeMap<String, String> = texts.collect();
        match members.values().all(Value::is_string) {
            true => Learnt::right(texts),
            false => Learnt::wrong(Some(texts), self.malformed(at, "texts by name")),
        }
    }
}

const fn is_private_key(what: &Computation<'_>) -> bool {
    matches!(what, Computation::PrivateKey(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// What is learnt, and whether only the form is wrong; `None` where nothing is.
    fn told<T>(learnt: Learnt<T>) -> (Option<T>, Option<bool>) {
        let form = learnt.wrong.first().map(|mismatch| mismatch.of_form);
        (learnt.value, form)
    }

    #[test]
    fn what_has_another_form_is_reported_and_learnt() {
        let response = json!({
            "Id": "0a1b2c3d-0000-0000-0000-0a1b2c3d4e5f", "Number": 7, "Date": 1_700_000_000.5,
            "Text": "2023-11-14T22:13:20.5Z", "Late": 1_700_000_900, "Bytes": "AAECAw==",
            "Hex": "00010203", "Map": {"a": 1},
        });
        let mut reading = Reading::new(&response);
        let at = Path::of;
        let id = "0a1b2c3d-0000-0000-0000-0a1b2c3d4e5f".to_owned();
        assert_eq!(
            told(reading.text(&at("Id"), Form::Uuid)),
            (Some(id.clone()), None)
        );
        assert_eq!(
            told(reading.text(&at("Id"), Form::Hex64)),
            (Some(id), Some(true))
        );
        let seven = Some("7".to_owned());
        assert_eq!(
            told(reading.text(&at("Number"), Form::Opaque)),
            (seven.clone(), Some(true))
        );
        assert_eq!(told(reading.learn(&at("Number"), "")), (seven, Some(true)));
        assert_eq!(
            told(reading.text(&at("None"), Form::Uuid)),
            (None, Some(false))
        );
        assert_eq!(
            told(reading.may_text(&at("None"), Form::Uuid)),
            (None, None)
        );
        let near = 1_700_000_000_000;
        let mut date = |member| told(reading.date(&at(member), near, 1_000));
        assert_eq!(date("Date"), (Some(near + 500), None));
        assert_eq!(date("Text"), (Some(near + 500), Some(true)));
        assert_eq!(date("Late"), (Some(near + 900_000), Some(false)));
        assert_eq!(date("Id"), (None, Some(true)));
        let bytes = vec![0, 1, 2, 3];
        let mut random = |member, length| told(reading.random(&at(member), length));
        assert_eq!(random("Bytes", 4), (Some(bytes.clone()), None));
        assert_eq!(random("Bytes", 16), (Some(bytes.clone()), Some(false)));
        assert_eq!(random("Hex", 4), (Some(bytes), Some(true)));
        let map = BTreeMap::from([("a".to_owned(), "1".to_owned())]);
        let learnt = reading.learn_map(&at("Map"), &BTreeMap::new());
        assert_eq!(told(learnt), (Some(map), Some(true)));
    }

    #[test]
    fn a_secret_of_another_length_is_told_by_its_length_only() {
        let response = json!({"Plaintext": "AAECAw=="});
        let mut reading = Reading::new(&response);
        let at = Path::of("Plaintext");
        let random = reading.random(&at, 32).wrong;
        let shown = |mismatch: &Mismatch| (mismatch.expected.clone(), mismatch.observed.clone());
        let came = Some(json!("4 bytes"));
        assert_eq!(
            shown(&random[0]),
            ("base64 of 32 bytes".to_owned(), came.clone())
        );
        let secret = reading.show_secret(&at, json!("AAEC")).unwrap_err();
        assert_eq!(shown(&secret), ("3 bytes".to_owned(), came));
        let secret = reading.show_secret(&at, json!("AAAAAA==")).unwrap_err();
        assert_eq!(shown(&secret), (REDACTED.to_owned(), Some(json!(REDACTED))));
    }
}
