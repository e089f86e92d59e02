//! What a success learns from the response: ids and dates that were not known before.

use super::Success;
use crate::card::Card;
use crate::mint::{Form, Mismatch};
use crate::path::Path;
use crate::state::Traced;
use crate::time::Millis;
use serde_json::Value;

impl Success<'_> {
    /// A made-up text that is none of `known`, though not every implementation shows it unless it is
    /// `required`. The rule `by` that made it another one is to blame if it is not.
    pub fn fresh(
        &mut self,
        at: &Path,
        form: Form,
        (by, known): (&Card, &[String]),
        required: bool,
    ) -> Option<String> {
        let text = match required {
            true => self.text(at, form),
            false => self.may_text(at, form),
        }?;
        let is_new = self.is_settled() || !known.contains(&text);
        let seen = match is_new {
            true => Ok(()),
            false => Err(Mismatch {
                at: Box::new(at.clone()),
                expected: "a text that was not there before".to_owned(),
                observed: Some(Value::from(text.as_str())),
                of_form: false,
            }),
        };
        self.note_state(by, seen);
        is_new.then_some(text)
    }

    /// The response shows `value`, which the rule `by` made what it is and is to blame if another one
    /// is shown. That none is shown is due to who should show it.
    pub fn show_made(&mut self, at: &Path, by: &Card, value: impl Into<Value>) {
        match self.mint.show(at, value.into()) {
            Err(mismatch) if mismatch.observed.is_none() => self.note(self.card, Err(mismatch)),
            seen => self.note_state(by, seen),
        }
    }

    /// What the response shows at `at`; nothing in the emulator.
    pub fn look(&self, at: &Path) -> Option<Value> {
        self.mint.look(at)
    }

    /// A date within `tolerance` of `near`, and the rule that put it there is to blame if it is not.
    pub fn date_traced<T>(
        &mut self,
        at: &Path,
        traced: &Traced<T>,
        near: Millis,
        tolerance: Millis,
    ) -> Option<Millis> {
        let learnt = self.mint.date(at, near, tolerance);
        if learnt.wrong.is_empty() {
            self.note_state(traced.by, Ok(()));
        }
        // What is shown of another moment is wrong about the state, and nothing to go by.
        let right = learnt.wrong.iter().all(|mismatch| mismatch.of_form);
        for mismatch in learnt.wrong {
            self.note_shown(traced.by, Err(mismatch));
        }
        learnt.value.filter(|_| right)
    }

    /// The number of the material with which this key encrypts.
    pub fn current_material(&self, key: &str) -> usize {
        let key = self.state.keys.get(key);
        key.map_or(0, |key| key.current_material())
    }
}
