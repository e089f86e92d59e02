//! The judge's mint where there is no response to read.

use crate::mint::{Claim, Computation, Form, Mint, Mismatch, Page, Paged, Plaintext, Sealed, Seen};
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

    fn text(&mut self, _: &Path, _: Form) -> Seen<String> {
        Ok(self.placeholder())
    }

    fn may_text(&mut self, _: &Path, _: Form) -> Seen<Option<String>> {
        Ok(None)
    }

    fn date(&mut self, _: &Path, near: Millis, _: Millis) -> Seen<Millis> {
        self.made += 1;
        Ok(near)
    }

    fn random(&mut self, at: &Path, _: usize) -> Seen<Vec<u8>> {
        Err(Mismatch {
            at: Box::new(at.clone()),
            expected: "bytes".to_owned(),
            observed: None,
            of_form: false,
        })
    }

    fn compute(&mut self, at: &Path, _: &Computation<'_>, claim: &Claim<'_>) -> Seen<Vec<u8>> {
        Err(Mismatch {
            at: Box::new(at.clone()),
            expected: claim.says.to_owned(),
            observed: None,
            of_form: false,
        })
    }

    fn hidden_random(&mut self, length: usize) -> Plaintext {
        Plaintext::Hidden(length)
    }

    fn seal(&mut self, at: &Path, _: &Sealed) -> Seen<String> {
        Err(Mismatch {
            at: Box::new(at.clone()),
            expected: "a ciphertext".to_owned(),
            observed: None,
            of_form: false,
        })
    }

    fn choose(&mut self, at: &Path, _: &[Value]) -> Seen<usize> {
        Err(Mismatch {
            at: Box::new(at.clone()),
            expected: "a choice".to_owned(),
            observed: None,
            of_form: false,
        })
    }

    fn page(&mut self, _: &Page<'_>) -> (Paged, Vec<Mismatch>) {
        (Paged::default(), Vec::new())
    }

    fn name(
        &mut self,
        _: &Path,
        _: &'static str,
        _: Form,
        _: &Value,
        _: &[String],
    ) -> Option<String> {
        None
    }

    fn learn(&mut self, _: &Path, made: &str) -> Seen<String> {
        Ok(made.to_owned())
    }

    fn learn_map(
        &mut self,
        _: &Path,
        made: &BTreeMap<String, String>,
    ) -> Seen<BTreeMap<String, String>> {
        Ok(made.clone())
    }
}
