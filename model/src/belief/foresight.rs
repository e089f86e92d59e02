//! What a belief says of a request before its answer is looked at.

use super::blame::{class_of, note_expected, rules_of};
use super::{Belief, Exchange, Foresight, fired, request_class};
use crate::operation::allowed;
use crate::switches::Switches;

impl Belief {
    /// The class of a request by what its answer depends on: the kinds of its keys, its algorithms and
    /// its ciphertext.
    pub fn request_class(&self, exchange: &Exchange<'_>) -> String {
        let state = self.states.first();
        let words = state.map(|state| request_class::of_content(exchange, state));
        words.unwrap_or_default().join(", ")
    }

    /// What may be answered to a request; empty where resources that it names are not trusted. The
    /// reply in the exchange does not matter.
    pub fn foresee(&self, exchange: &Exchange<'_>) -> Foresight {
        let call = exchange.operation.read(exchange.body, &Switches::none());
        let mut foresight = Foresight::default();
        let candidates = self.candidates(exchange).unwrap_or_default();
        for state in &candidates {
            let allowed = allowed(fired(&call, state));
            foresight.may_succeed |= allowed.success;
            foresight.unmodelled |=
                allowed.success && call.as_ref().is_ok_and(|call| !call.models_success(state));
            note_expected(&mut foresight.expected, &allowed);
        }
        let refusals = rules_of(&foresight.expected, &[]);
        let rule = refusals.first().filter(|_| !foresight.may_succeed);
        foresight.class = class_of(exchange, &candidates, rule);
        foresight
    }
}
