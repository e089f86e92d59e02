//! The emulator's mint: writes a response, with a source of what the model cannot know.

use crate::mint::{
    Claim, Computation, Form, Learnt, Mint, Mismatch, Page, Paged, Plaintext, Sealed, Seen,
};
use crate::path::Path;
use crate::state::KeySpec;
use crate::time::{Millis, epoch_seconds};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::collections::BTreeMap;

/// Makes what the model cannot know.
pub trait Source {
    /// A new text of this form, different from all earlier ones.
    fn text(&mut self, form: Form) -> String;
    /// Random bytes.
    fn random(&mut self, length: usize) -> Vec<u8>;
    /// The ciphertext of `sealed`.
    fn seal(&mut self, sealed: &Sealed) -> Vec<u8>;
    /// The outcome of a computation; empty where the key has no such material.
    fn compute(&mut self, what: &Computation<'_>) -> Vec<u8>;
}

/// A mint that writes down everything it is shown.
pub struct Writing<'s> {
    response: Value,
    source: &'s mut dyn Source,
}

impl<'s> Writing<'s> {
    /// Starts an empty response.
    pub fn new(source: &'s mut dyn Source) -> Writing<'s> {
        Writing {
            response: Value::Object(serde_json::Map::new()),
            source,
        }
    }

    /// The response.
    pub fn into_response(self) -> Value {
        self.response
    }
}

impl Mint for Writing<'_> {
    fn show(&mut self, at: &Path, value: Value) -> Seen<()> {
        at.set(&mut self.response, value);
        Ok(())
    }

    fn show_secret(&mut self, at: &Path, value: Value) -> Seen<()> {
        self.show(at, value)
    }

    fn may_show(&mut self, at: &Path, value: Value) -> Seen<()> {
        self.show(at, value)
    }

    fn absent(&mut self, _: &Path) -> Seen<()> {
        Ok(())
    }

    fn text(&mut self, at: &Path, form: Form) -> Learnt<String> {
        let text = self.source.text(form);
        at.set(&mut self.response, Value::from(text.as_str()));
        Learnt::right(text)
    }

    fn may_text(&mut self, at: &Path, form: Form) -> Learnt<String> {
        self.text(at, form)
    }

    fn date(&mut self, at: &Path, near: Millis, _: Millis) -> Learnt<Millis> {
        at.set(&mut self.response, Value::from(epoch_seconds(near)));
        Learnt::right(near)
    }

    fn random(&mut self, at: &Path, length: usize) -> Learnt<Vec<u8>> {
        let bytes = self.source.random(length);
        at.set(&mut self.response, Value::from(STANDARD.encode(&bytes)));
        Learnt::right(bytes)
    }

    fn hidden_random(&mut self, length: usize) -> Plaintext {
        Plaintext::Known(self.source.random(length))
    }

    fn compute(&mut self, at: &Path, what: &Computation<'_>, _: &Claim<'_>) -> Learnt<Vec<u8>> {
        let bytes = self.source.compute(what);
        at.set(&mut self.response, Value::from(STANDARD.encode(&bytes)));
        Learnt::right(bytes)
    }

    fn hidden_private_key(&mut self, spec: KeySpec) -> Option<Vec<u8>> {
        Some(self.source.compute(&Computation::PrivateKey(spec)))
    }

    fn seal(&mut self, at: &Path, sealed: &Sealed) -> Learnt<String> {
        let ciphertext = STANDARD.encode(self.source.seal(sealed));
        at.set(&mut self.response, Value::from(ciphertext.as_str()));
        Learnt::right(ciphertext)
    }

    fn is_settled(&self) -> bool {
        true
    }

    fn choose(&mut self, at: &Path, _: &[Value]) -> Seen<usize> {
        Err(Mismatch {
            at: Box::new(at.clone()),
            expected: "a settled state".to_owned(),
            observed: None,
            of_form: false,
        })
    }

    fn page(&mut self, page: &Page<'_>) -> Learnt<Paged> {
        let shown: Vec<String> = page.rest.iter().take(page.limit).cloned().collect();
        let more = page.rest.len() > shown.len();
        let entries = match page.key {
            "" => shown.iter().map(|id| Value::from(id.as_str())).collect(),
            key => shown
                .iter()
                .map(|id| serde_json::json!({ key: id }))
                .collect(),
        };
        Path::of(page.list).set(&mut self.response, Value::Array(entries));
        if !page.truncated.is_empty() {
            Path::of(page.truncated).set(&mut self.response, Value::from(more));
        }
        let next = more.then(|| self.source.text(Form::Opaque));
        if let Some(next) = &next {
            Path::of(page.marker).set(&mut self.response, Value::from(next.as_str()));
        }
        Learnt::right(Paged { shown, next })
    }

    fn name(
        &mut self,
        _: &Path,
        _: &'static str,
        form: Form,
        _: &Value,
        _: &[String],
    ) -> Learnt<String> {
        // The page of the list writes the entry; only its id is made here.
        Learnt::right(self.source.text(form))
    }

    fn learn(&mut self, at: &Path, made: &str) -> Learnt<String> {
        at.set(&mut self.response, Value::from(made));
        Learnt::right(made.to_owned())
    }

    fn learn_map(
        &mut self,
        at: &Path,
        made: &BTreeMap<String, String>,
    ) -> Learnt<BTreeMap<String, String>> {
        at.set(&mut self.response, serde_json::json!(made));
        Learnt::right(made.clone())
    }
}
