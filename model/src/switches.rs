//! Rules that the saboteur switches off in the emulator, or answers wrongly.

use crate::card::Card;
use std::collections::BTreeSet;

/// How a rule is broken on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sabotage {
    /// The rule does nothing.
    Off,
    /// The rule refuses with an error type that it does not allow.
    WrongError,
}

/// Which rules are broken on purpose. The judge never breaks any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Switches(BTreeSet<(Option<String>, String, Sabotage)>);

impl Switches {
    /// No rule is broken.
    pub const fn none() -> Switches {
        Switches(BTreeSet::new())
    }

    /// Breaks a rule, in the operation with this label or in all of them.
    pub fn break_rule(&mut self, operation: Option<&str>, id: &str, how: Sabotage) {
        self.0
            .insert((operation.map(str::to_owned), id.to_owned(), how));
    }

    /// Whether the rule works in this operation.
    pub fn is_on(&self, operation: &str, card: &Card) -> bool {
        !self.has(operation, card, Sabotage::Off)
    }

    /// Whether the rule answers with a wrong error in this operation.
    pub fn answers_wrongly(&self, operation: &str, card: &Card) -> bool {
        self.has(operation, card, Sabotage::WrongError)
    }

    fn has(&self, operation: &str, card: &Card, how: Sabotage) -> bool {
        !self.0.is_empty()
            && self.0.iter().any(|(place, id, kind)| {
                *kind == how
                    && id == card.id
                    && place.as_deref().is_none_or(|place| place == operation)
            })
    }
}
