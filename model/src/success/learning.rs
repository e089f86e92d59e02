//! What a success learns from the response: ids and dates that were not known before.

use super::Success;
use crate::card::Card;
use crate::mint::Form;
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
        match self.mint.fresh(at, form, known, required) {
            Ok(text) => {
                if text.is_some() {
                    self.note_state(by, Ok(()));
                }
                text
            }
            Err(mismatch) => {
                self.note_state(by, Err(mismatch));
                None
            }
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
        match self.mint.date(at, near, tolerance) {
            Ok(date) => {
                self.note_state(traced.by, Ok(()));
                Some(date)
            }
            Err(mismatch) => {
                self.note_shown(traced.by, Err(mismatch));
                None
            }
        }
    }

    /// The number of the material with which this key encrypts.
    pub fn current_material(&self, key: &str) -> usize {
        let key = self.state.keys.get(key);
        key.map_or(0, |key| key.current_material())
    }
}
