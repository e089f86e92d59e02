//! The judge's mint where there is no response to read.

use crate::mint::{
    Claim, Computation, Form, Learnt, Mint, Mismatch, Page, Paged, Plaintext, Sealed, Seen,
};
use crate::path::Path;
use crate::time::Millis;
use serde_json::Value;
use std::collections::BTreeMap;

/// A mint for a success whose response was lost: everything fits, and what was made has no name that
/// anybody could use.
pub struct Blind {
    made: usize,
    salt: Millis,
}

impl Blind {
    /// `salt` keeps the made-up names of several lost responses apart.
    pub fn new(salt: Millis) -> Blind {
        Blind { made: 0, salt }
    }

    /// Whether the response would have told something that stays unknown now.
    pub fn made_something_up(&self) -> bool {
        self.made > 0
    }

    fn placeholder(&mut self) -> String {
        self.made += 1;
        format!("lost-{}-{}", self.salt, self.made)
    }
}

impl Mint for Blind {
    fn show(&mut self, _: &Path, _: Value) -> Seen<()> {
        Ok(())
    }

    fn show_secret(&mut self, _: &Path, _: Value) -> Seen<()> {
        Ok(())
    }

    fn may_show(&mut self, _: &Path, _: Value) -> Seen<()> {
        Ok(())
    }

    fn absent(&mut self, _: &Path) -> Seen<()> {
        Ok(())
    }

    fn text(&mut self, _: &Path, _: Form) -> Learnt<String> {
        Learnt::right(self.placeholder())
    }

    fn may_text(&mut self, _: &Path, _: Form) -> Learnt<String> {
        Learnt::nothing()
    }

    fn date(&mut self, _: &Path, near: Millis, _: Millis) -> Learnt<Millis> {
        self.made += 1;
        Learnt::right(near)
    }

    fn random(&mut self, _: &Path, _: usize) -> Learnt<Vec<u8>> {
        Learnt::nothing()
    }

    fn compute(&mut self, _: &Path, _: &Computation<'_>, _: &Claim<'_>) -> Learnt<Vec<u8>> {
        Learnt::nothing()
    }

    fn hidden_random(&mut self, length: usize) -> Plaintext {
        Plaintext::Hidden(length)
    }

    fn seal(&mut self, _: &Path, _: &Sealed) -> Learnt<String> {
        Learnt::nothing()
    }

    fn choose(&mut self, at: &Path, _: &[Value]) -> Seen<usize> {
        Err(Mismatch {
            at: Box::new(at.clone()),
            expected: "a choice".to_owned(),
            observed: None,
            of_form: false,
        })
    }

    fn page(&mut self, _: &Page<'_>) -> Learnt<Paged> {
        Learnt::right(Paged::default())
    }

    fn name(
        &mut self,
        _: &Path,
        _: &'static str,
        _: Form,
        _: &Value,
        _: &[String],
    ) -> Learnt<String> {
        Learnt::nothing()
    }

    fn learn(&mut self, _: &Path, made: &str) -> Learnt<String> {
        Learnt::right(made.to_owned())
    }

    fn learn_map(
        &mut self,
        _: &Path,
        made: &BTreeMap<String, String>,
    ) -> Learnt<BTreeMap<String, String>> {
        Learnt::right(made.clone())
    }
}
