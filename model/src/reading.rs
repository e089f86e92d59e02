//! The judge's mint: reads an observed response.

use crate::mint::{Claim, Computation, Form, Mint, Mismatch, Page, Paged, Plaintext, Sealed, Seen};
use crate::path::Path;
use crate::shape::matches;
use crate::time::{Millis, from_epoch_seconds};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::collections::BTreeMap;

impl Form {
    /// The pattern of texts of this form.
    pub const fn pattern(self) -> &'static str {
        match self {
            Form::Uuid => "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            Form::MultiRegionKeyId => "mrk-[0-9a-f]{32}",
            Form::KeyStoreId => "cks-[0-9a-f]{17}",
            Form::ClusterId => "cluster-[2-7a-zA-Z]{11,16}",
            Form::HsmId => "hsm-[2-7a-zA-Z]{11,16}",
            Form::BackupId => "backup-[2-7a-zA-Z]{11,16}",
            Form::EniId => "eni-[0-9a-fA-F]{8,17}",
            Form::IpAddress => r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}",
            Form::SecurityGroupId => "sg-[0-9a-fA-F]{8,17}",
            Form::VpcId => "vpc-[0-9a-fA-F]+",
            Form::ImportToken
            | Form::WrappingKey2048
            | Form::WrappingKey3072
            | Form::WrappingKey4096 => "[A-Za-z0-9+/]+=*",
            Form::Hex64 => "[0-9a-f]{64}",
            Form::Zone => r"[a-z]{2}(-(gov))?-(east|west|north|south|central){1,2}-\d[a-z]",
            Form::ClusterCsr => r"(?s)-----BEGIN CERTIFICATE REQUEST-----.*",
            Form::Certificate => r"(?s)-----BEGIN CERTIFICATE-----.*",
            Form::Opaque => r"(?s).+",
        }
    }
}

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

    fn mismatch<T>(&self, at: &Path, expected: impl Into<String>) -> Seen<T> {
        Err(self.differs(at, expected))
    }

    /// What stands at `at`, which is not what was expected.
    fn differs(&self, at: &Path, expected: impl Into<String>) -> Mismatch {
        Mismatch {
            at: Box::new(at.clone()),
            expected: expected.into(),
            observed: self.at(at).cloned(),
            of_form: false,
        }
    }

    /// The id of an entry of a page, if it is a known one, after those that were `shown` before it.
    fn entry(&self, page: &Page<'_>, entry: &Value, shown: &[String]) -> Seen<Option<String>> {
        let list = Path::of(page.list);
        let id = match page.key {
            "" => Some(entry),
            key => entry.get(key),
        };
        let Some(id) = id.and_then(Value::as_str) else {
            let expected = format!("entries with the member {}", page.key);
            return Err(Mismatch {
                observed: None,
                ..self.differs(&list, expected)
            });
        };
        let mut all = page.rest.iter().chain(page.optional);
        let known = all.any(|known| known == id);
        if shown.iter().any(|earlier| earlier == id) {
            return self.mismatch(&entry_of(page, id), format!("{id} only once"));
        }
        let known_gone =
            page.gone.contains_key(id) || page.excluded.iter().any(|known| known == id);
        let allowed = known || (page.tolerated)(id) || (page.strangers && !known_gone);
        match allowed {
            true => Ok(known.then(|| id.to_owned())),
            false => self.mismatch(&entry_of(page, id), format!("no entry {id}")),
        }
    }

    /// A value that is there and has not the form it should have; its absence is more than that.
    fn malformed<T>(&self, at: &Path, expected: impl Into<String>) -> Seen<T> {
        let observed = self.at(at).cloned();
        let of_form = observed.is_some();
        Err(Mismatch {
            at: Box::new(at.clone()),
            expected: expected.into(),
            observed,
            of_form,
        })
    }
}

impl Mint for Reading<'_> {
    fn show(&mut self, at: &Path, value: Value) -> Seen<()> {
        match self.at(at) {
            Some(observed) if shows(observed, &value) => Ok(()),
            _ => self.mismatch(at, value.to_string()),
        }
    }

    fn show_secret(&mut self, at: &Path, value: Value) -> Seen<()> {
        match self.at(at) {
            Some(observed) if *observed == value => Ok(()),
            observed => Err(Mismatch {
                at: Box::new(at.clone()),
                expected: REDACTED.to_owned(),
                observed: observed.map(|_| Value::from(REDACTED)),
                of_form: false,
            }),
        }
    }

    fn may_show(&mut self, at: &Path, value: Value) -> Seen<()> {
        if self.at(at).is_none() {
            Ok(())
        } else {
            self.show(at, value)
        }
    }

    fn show_like(&mut self, at: &Path, value: Value, as_good: &dyn Fn(&Value) -> bool) -> Seen<()> {
        match self.at(at) {
            Some(observed) if as_good(observed) => Ok(()),
            _ => self.show(at, value),
        }
    }

    fn absent(&mut self, at: &Path) -> Seen<()> {
        if self.at(at).is_none() {
            Ok(())
        } else {
            self.mismatch(at, "no such member")
        }
    }

    fn text(&mut self, at: &Path, form: Form) -> Seen<String> {
        match self.at(at).and_then(Value::as_str) {
            Some(text) if matches(form.pattern(), text) => Ok(text.to_owned()),
            _ => self.malformed(at, format!("a text of the form {}", form.pattern())),
        }
    }

    fn may_text(&mut self, at: &Path, form: Form) -> Seen<Option<String>> {
        if self.at(at).is_none() {
            Ok(None)
        } else {
            self.text(at, form).map(Some)
        }
    }

    fn fresh(
        &mut self,
        at: &Path,
        form: Form,
        known: &[String],
        required: bool,
    ) -> Seen<Option<String>> {
        let text = match required {
            true => self.text(at, form).map(Some),
            false => self.may_text(at, form),
        }?;
        match text {
            Some(text) if known.contains(&text) => {
                self.mismatch(at, "a text that was not there before")
            }
            text => Ok(text),
        }
    }

    fn look(&self, at: &Path) -> Option<Value> {
        self.at(at).cloned()
    }

    fn date(&mut self, at: &Path, near: Millis, tolerance: Millis) -> Seen<Millis> {
        let date = self.at(at).and_then(Value::as_f64).map(from_epoch_seconds);
        match date {
            Some(date) if (date - near).abs() <= tolerance => Ok(date),
            _ => self.malformed(at, format!("epoch seconds near {}", near / 1_000)),
        }
    }

    fn random(&mut self, at: &Path, length: usize) -> Seen<Vec<u8>> {
        let bytes = self
            .at(at)
            .and_then(Value::as_str)
            .and_then(|text| STANDARD.decode(text).ok());
        match bytes {
            Some(bytes) if bytes.len() == length => Ok(bytes),
            _ => Err(Mismatch {
                at: Box::new(at.clone()),
                expected: format!("base64 of {length} bytes"),
                // The bytes may be a secret, so a finding must not hold them.
                observed: self.at(at).map(|_| Value::from(REDACTED)),
                of_form: true,
            }),
        }
    }

    fn compute(&mut self, at: &Path, what: &Computation<'_>, claim: &Claim<'_>) -> Seen<Vec<u8>> {
        let bytes = self
            .at(at)
            .and_then(Value::as_str)
            .and_then(|text| STANDARD.decode(text).ok());
        match bytes {
            Some(bytes) if (claim.holds)(&bytes) => Ok(bytes),
            // Nobody can tell whether what stands for a private key belongs to a public one.
            Some(bytes) if self.has_stand_ins && claim.secret && is_private_key(what) => {
                self.met_stand_in = true;
                Ok(bytes)
            }
            _ => Err(Mismatch {
                at: Box::new(at.clone()),
                expected: claim.says.to_owned(),
                observed: match claim.secret {
                    true => self.at(at).map(|_| Value::from(REDACTED)),
                    false => self.at(at).cloned(),
                },
                of_form: false,
            }),
        }
    }

    fn hidden_random(&mut self, length: usize) -> Plaintext {
        Plaintext::Hidden(length)
    }

    fn seal(&mut self, at: &Path, _sealed: &Sealed) -> Seen<String> {
        match self.at(at).and_then(Value::as_str) {
            Some(text) if STANDARD.decode(text).is_ok_and(|bytes| !bytes.is_empty()) => {
                Ok(text.to_owned())
            }
            _ => self.malformed(at, "base64 of a ciphertext"),
        }
    }

    fn choose(&mut self, at: &Path, options: &[Value]) -> Seen<usize> {
        let observed = self.at(at);
        match options
            .iter()
            .rposition(|option| observed.is_some_and(|value| shows(value, option)))
        {
            Some(index) => Ok(index),
            None => self.mismatch(at, "one of the states it may be in"),
        }
    }

    fn page(&mut self, page: &Page<'_>) -> (Paged, Vec<Mismatch>) {
        let list = Path::of(page.list);
        let mut wrong = Vec::new();
        let mut shown: Vec<String> = Vec::new();
        let entries = self.at(&list).and_then(Value::as_array);
        if entries.is_none() {
            wrong.push(self.differs(&list, "a list"));
        }
        let entries = entries.map(Vec::as_slice).unwrap_or_default();
        if entries.len() > page.limit {
            let most = format!("at most {} entries", page.limit);
            wrong.push(Mismatch {
                observed: Some(Value::from(format!("{} entries", entries.len()))),
                ..self.differs(&list, most)
            });
        }
        for entry in entries {
            match self.entry(page, entry, &shown) {
                Ok(Some(known)) => shown.push(known),
                Ok(None) => {}
                Err(mismatch) => wrong.push(mismatch),
            }
        }
        let marker = Path::of(page.marker);
        let next = self
            .at(&marker)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
            .map(str::to_owned);
        if !page.truncated.is_empty() {
            let truncated = Path::of(page.truncated);
            if self.at(&truncated) != Some(&Value::Bool(next.is_some())) {
                let expected = format!("true exactly when {} is there", page.marker);
                wrong.push(self.differs(&truncated, expected));
            }
        }
        if next.is_none() {
            let missing = page.rest.iter().filter(|id| !shown.contains(id));
            wrong.extend(missing.map(|missing| {
                let at = entry_of(page, missing);
                self.differs(&at, format!("an entry {missing}"))
            }));
        }
        (Paged { shown, next }, wrong)
    }

    fn name(
        &mut self,
        list: &Path,
        key: &'static str,
        form: Form,
        like: &Value,
        known: &[String],
    ) -> Option<String> {
        let entries = self.at(list)?.as_array()?;
        entries.iter().find_map(|entry| {
            let id = entry.get(key)?.as_str()?;
            (matches(form.pattern(), id)
                && shows(entry, like)
                && !known.iter().any(|known| known == id))
            .then(|| id.to_owned())
        })
    }

    fn learn(&mut self, at: &Path, _made: &str) -> Seen<String> {
        match self.at(at).and_then(Value::as_str) {
            Some(text) => Ok(text.to_owned()),
            None => self.mismatch(at, "a text"),
        }
    }

    fn learn_map(
        &mut self,
        at: &Path,
        _made: &BTreeMap<String, String>,
    ) -> Seen<BTreeMap<String, String>> {
        let map = self.at(at).and_then(Value::as_object).map(|members| {
            let texts = members.iter().map(|(name, value)| {
                let text = value.as_str()?;
                Some((name.clone(), text.to_owned()))
            });
            texts.collect::<Option<BTreeMap<String, String>>>()
        });
        match map.flatten() {
            Some(map) => Ok(map),
            None => self.mismatch(at, "texts by name"),
        }
    }
}

const fn is_private_key(what: &Computation<'_>) -> bool {
    matches!(what, Computation::PrivateKey(_))
}

/// The path of an entry of a page. It names the entry, so that the rule behind it can be blamed.
fn entry_of(page: &Page<'_>, id: &str) -> Path {
    match page.key {
        "" => Path::of(page.list),
        key => Path::of(page.list).entry(key, id),
    }
}

/// Whether `observed` shows everything that `expected` has. Objects may hold more, lists may come in
/// any order, and numbers may differ by the rounding of a date to milliseconds.
pub fn shows(observed: &Value, expected: &Value) -> bool {
    match (observed, expected) {
        (Value::Object(observed), Value::Object(expected)) => {
            expected
                .iter()
                .all(|(name, value)| match observed.get(name) {
                    Some(found) => shows(found, value),
                    None => value.is_null(),
                })
        }
        (Value::Array(observed), Value::Array(expected)) => {
            let mut left: Vec<&Value> = observed.iter().collect();
            observed.len() == expected.len()
                && expected.iter().all(|value| {
                    left.iter()
                        .position(|candidate| shows(candidate, value))
                        .is_some_and(|index| {
                            left.swap_remove(index);
                            true
                        })
                })
        }
        (Value::Number(observed), Value::Number(expected)) => {
            match (observed.as_f64(), expected.as_f64()) {
                (Some(observed), Some(expected)) => (observed - expected).abs() < 0.0015,
                _ => observed == expected,
            }
        }
        _ => observed == expected,
    }
}
