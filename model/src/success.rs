//! A success under way: the state that changes, and the mint on the other side.

mod learning;

use crate::belief::MOST_STATES;
use crate::card::Card;
use crate::drift::closure_of_all;
use crate::mint::{
    Claim, Computation, Form, Learnt, Mint, Mismatch, Page, Paged, Plaintext, Sealed, Seen,
};
use crate::path::Path;
use crate::resource::Resource;
use crate::state::{KeySpec, State, Traced};
use crate::time::{Millis, epoch_seconds};
use serde_json::Value;
use std::collections::BTreeMap;

/// A member that did not show what a rule promised.
#[derive(Clone, Debug)]
pub struct Broken {
    /// The rule that promised it.
    pub card: Card,
    /// What was promised and what came.
    pub mismatch: Mismatch,
    /// Whether it is about the state of a resource, and not only about this response.
    pub of_state: bool,
}

/// What promises work on.
pub struct Success<'a> {
    /// The state; promises turn it into the next one.
    pub state: &'a mut State,
    /// The id of the resource this request made or found, for later promises of the operation.
    pub subject: String,
    /// The member that holds the `KeyMetadata` of a key.
    pub metadata: Path,
    /// The ids of the entries on the page that this request listed, for later promises.
    pub listed: Vec<String>,
    mint: &'a mut dyn Mint,
    card: &'static Card,
    broken: Vec<Broken>,
    confirmed: Vec<Card>,
}

impl<'a> Success<'a> {
    /// Starts a success; `card` is the rule of the promise that runs first.
    pub fn new(state: &'a mut State, mint: &'a mut dyn Mint, card: &'static Card) -> Self {
        Success {
            state,
            subject: String::new(),
            metadata: Path::of("KeyMetadata"),
            listed: Vec::new(),
            mint,
            card,
            broken: Vec::new(),
            confirmed: Vec::new(),
        }
    }

    /// From here on, what is shown is promised by `card`.
    pub fn under(&mut self, card: &'static Card) {
        self.card = card;
    }

    /// All members that did not show what was promised, and the rules, perhaps of other operations,
    /// whose effect on the state was seen.
    pub fn into_results(self) -> (Vec<Broken>, Vec<Card>) {
        (self.broken, self.confirmed)
    }

    /// How many members did not show what was promised so far.
    pub fn broken_so_far(&self) -> usize {
        self.broken.len()
    }

    /// `value`, remembering the rule that put it there.
    pub fn traced<T>(&self, value: T) -> Traced<T> {
        Traced {
            value,
            by: self.card,
        }
    }

    /// The response shows `value` at `at`.
    pub fn show(&mut self, at: &Path, value: impl Into<Value>) {
        let seen = self.mint.show(at, value.into());
        self.note(self.card, seen);
    }

    /// The response shows `value` at `at`, which no finding may hold.
    pub fn show_secret(&mut self, at: &Path, value: impl Into<Value>) {
        let seen = self.mint.show_secret(at, value.into());
        self.note(self.card, seen);
    }

    /// The response shows a value, and the rule that put it there is to blame if it does not.
    pub fn show_traced<T>(&mut self, at: &Path, traced: &Traced<T>, value: impl Into<Value>) {
        let seen = self.mint.show(at, value.into());
        self.note_shown(traced.by, seen);
    }

    /// The response shows one of `values`, the emulator the first; the rule that put the state there
    /// is to blame if it does not.
    pub fn show_one_of<T>(&mut self, at: &Path, traced: &Traced<T>, values: &[Value]) {
        let Some(first) = values.first() else { return };
        let seen = match self.mint.is_settled() {
            true => self.mint.show(at, first.clone()),
            false => match self.mint.choose(at, values) {
                Ok(_) => Ok(()),
                Err(_) => self.mint.show(at, first.clone()),
            },
        };
        self.note_state(traced.by, seen);
    }

    /// The response shows `value` at `at` or nothing, and the rule that put it there is to blame if
    /// it shows something else.
    pub fn may_show_traced<T>(&mut self, at: &Path, traced: &Traced<T>, value: impl Into<Value>) {
        let seen = self.mint.may_show(at, value.into());
        // A member that is absent has shown nothing of the state.
        if seen.is_err() {
            self.note_state(traced.by, seen);
        }
    }

    /// The response still shows `value` at `at`, or nothing any more: both show what the rule did that
    /// put it there.
    pub fn may_still_show<T>(&mut self, at: &Path, traced: &Traced<T>, value: impl Into<Value>) {
        let seen = self.mint.may_show(at, value.into());
        self.note_state(traced.by, seen);
    }

    /// The response shows `value` at `at`, or nothing.
    pub fn may_show(&mut self, at: &Path, value: impl Into<Value>) {
        let seen = self.mint.may_show(at, value.into());
        self.note(self.card, seen);
    }

    /// The response shows `value`, or another that is `as_good`; the rule that put it there is to
    /// blame if it does not.
    pub fn show_like<T>(
        &mut self,
        at: &Path,
        traced: &Traced<T>,
        value: impl Into<Value>,
        as_good: &dyn Fn(&Value) -> bool,
    ) {
        let seen = self.mint.show_like(at, value.into(), as_good);
        self.note_shown(traced.by, seen);
    }

    /// The response shows `value` if there is one and otherwise lacks the member.
    pub fn show_or_absent(&mut self, at: &Path, value: Option<impl Into<Value>>) {
        match value {
            Some(value) => self.show(at, value),
            None => self.absent(at),
        }
    }

    /// The response must not have this member.
    pub fn absent(&mut self, at: &Path) {
        let seen = self.mint.absent(at);
        self.note(self.card, seen);
    }

    /// The response must not have this member, whose value is a secret that no finding may hold.
    pub fn absent_secret(&mut self, at: &Path) {
        let seen = self.mint.absent(at).map_err(|mismatch| Mismatch {
            observed: mismatch.observed.map(|_| Value::from("<redacted>")),
            ..mismatch
        });
        self.note(self.card, seen);
    }

    /// The response must not have this member, and the rule that removed it is to blame if it has.
    pub fn absent_traced<T>(&mut self, at: &Path, traced: &Traced<T>) {
        let seen = self.mint.absent(at);
        self.note_state(traced.by, seen);
    }

    /// The response shows a date.
    pub fn show_date(&mut self, at: &Path, moment: Millis) {
        self.show(at, epoch_seconds(moment));
    }

    /// A made-up text; `None` where the response shows none. One of a wrong form is noted, and taken
    /// all the same: whatever is called so exists.
    pub fn text(&mut self, at: &Path, form: Form) -> Option<String> {
        let learnt = self.mint.text(at, form);
        self.take(learnt)
    }

    /// A made-up text that not every implementation shows.
    pub fn may_text(&mut self, at: &Path, form: Form) -> Option<String> {
        let learnt = self.mint.may_text(at, form);
        self.take(learnt)
    }

    /// A date within `tolerance` of `near`; one that is not is noted, and taken all the same.
    pub fn date(&mut self, at: &Path, near: Millis, tolerance: Millis) -> Option<Millis> {
        let learnt = self.mint.date(at, near, tolerance);
        self.take(learnt)
    }

    /// Random bytes; too few or too many are noted, and taken all the same.
    pub fn random(&mut self, at: &Path, length: usize) -> Option<Vec<u8>> {
        let learnt = self.mint.random(at, length);
        self.take(learnt)
    }

    /// Random bytes that the response does not show.
    pub fn hidden_random(&mut self, length: usize) -> Plaintext {
        self.mint.hidden_random(length)
    }

    /// The outcome of a computation, of which `claim` holds.
    pub fn compute(
        &mut self,
        at: &Path,
        what: &Computation<'_>,
        claim: &Claim<'_>,
    ) -> Option<Vec<u8>> {
        let learnt = self.mint.compute(at, what, claim);
        self.take(learnt)
    }

    /// A new private key that the response does not show; `None` where only the target knows it.
    pub fn hidden_private_key(&mut self, spec: KeySpec) -> Option<Vec<u8>> {
        self.mint.hidden_private_key(spec)
    }

    /// The ciphertext of `sealed`, which the state then knows.
    pub fn seal(&mut self, at: &Path, sealed: Sealed) {
        let learnt = self.mint.seal(at, &sealed);
        if let Some(ciphertext) = self.take(learnt) {
            self.state.ciphertexts.insert(ciphertext, sealed);
        }
    }

    /// The id of something AWS made by itself and that the response lists for the first time.
    pub fn name(
        &mut self,
        list: &Path,
        key: &'static str,
        form: Form,
        like: &Value,
        known: &[String],
    ) -> Option<String> {
        let learnt = self.mint.name(list, key, form, like, known);
        self.take(learnt)
    }

    /// The text the response shows; `made` is what the emulator writes.
    pub fn learn(&mut self, at: &Path, made: &str) -> Option<String> {
        let learnt = self.mint.learn(at, made);
        self.take(learnt)
    }

    /// The texts by name that the response shows; `made` is what the emulator writes.
    pub fn learn_map(
        &mut self,
        at: &Path,
        made: &BTreeMap<String, String>,
    ) -> BTreeMap<String, String> {
        let learnt = self.mint.learn_map(at, made);
        self.take(learnt).unwrap_or_default()
    }

    /// One page of a list. `due_to` gives the rule that made a missing entry or took a superfluous
    /// one away, which is to blame.
    pub fn page(&mut self, page: &Page<'_>, due_to: &dyn Fn(&str) -> Option<Card>) -> Paged {
        let learnt = self.mint.page(page);
        for mismatch in learnt.wrong {
            let due = mismatch.at.ids().next().and_then(due_to);
            match due {
                Some(card) => self.note_state(&card, Err(mismatch)),
                None => self.note(self.card, Err(mismatch)),
            }
        }
        learnt.value.unwrap_or_default()
    }

    /// Lets the response say what has happened by itself to `resource`: of all states it may have
    /// drifted into, the one whose `shown` members stand at `at`.
    pub fn settle(
        &mut self,
        resource: &Resource,
        at: &Path,
        shown: impl Fn(&State) -> Option<Value>,
    ) {
        if self.mint.is_settled() {
            return;
        }
        // What becomes of it may depend on what happened to what is around it before.
        let around = self.state.around(resource);
        let options: Vec<(State, Value)> = closure_of_all(self.state, &around, MOST_STATES)
            .into_iter()
            .filter_map(|option| shown(&option).map(|value| (option, value)))
            .collect();
        let values: Vec<Value> = options.iter().map(|(_, value)| value.clone()).collect();
        // Where no option fits, the least settled is taken; its members are compared next and say
        // what is wrong. So the rule that set it going is to blame until it is overdue, and the
        // drift from then on.
        let least_settled = values.len().saturating_sub(1);
        let index = self.mint.choose(at, &values).unwrap_or(least_settled);
        if let Some((option, _)) = options.into_iter().nth(index) {
            *self.state = option;
        }
    }

    /// Lets the response say what has happened by itself to several resources that it shows
    /// together: of all states they may have drifted into, one that is shown as `shown` says in any
    /// of its values.
    pub fn settle_all(
        &mut self,
        resources: &[Resource],
        at: &Path,
        shown: impl Fn(&State) -> Vec<Value>,
    ) {
        if self.mint.is_settled() {
            return;
        }
        let options: Vec<(State, Value)> = closure_of_all(self.state, resources, MOST_STATES)
            .into_iter()
            .flat_map(|option| {
                let values = shown(&option);
                values.into_iter().map(move |value| (option.clone(), value))
            })
            .collect();
        let values: Vec<Value> = options.iter().map(|(_, value)| value.clone()).collect();
        let index = self.mint.choose(at, &values).unwrap_or(0);
        if let Some((option, _)) = options.into_iter().nth(index) {
            *self.state = option;
        }
    }

    /// Whether the state is known to be what it is: true in the emulator. The judge has to allow for
    /// what may have happened by itself.
    pub fn is_settled(&self) -> bool {
        self.mint.is_settled()
    }

    fn note(&mut self, card: &Card, seen: Seen<()>) {
        if let Err(mismatch) = seen {
            self.broken.push(Broken {
                card: *card,
                mismatch,
                of_state: false,
            });
        }
    }

    /// Takes what was learnt and notes what is wrong with it.
    fn take<T>(&mut self, learnt: Learnt<T>) -> Option<T> {
        for mismatch in learnt.wrong {
            self.note(self.card, Err(mismatch));
        }
        learnt.value
    }

    /// Where the member is absent, the promise to show it may be the broken one too.
    fn note_shown(&mut self, card: &Card, seen: Seen<()>) {
        let unshown = match &seen {
            Err(mismatch) if mismatch.observed.is_none() && self.card != card => {
                Some(mismatch.clone())
            }
            _ => None,
        };
        self.note_state(card, seen);
        if let Some(mismatch) = unshown {
            self.note(self.card, Err(mismatch));
        }
    }

    fn note_state(&mut self, card: &Card, seen: Seen<()>) {
        match seen {
            Ok(()) if self.confirmed.contains(card) => {}
            Ok(()) => self.confirmed.push(*card),
            // Whatever put it there, another form is due to who shows it.
            Err(mismatch) if mismatch.of_form => self.note(self.card, Err(mismatch)),
            Err(mismatch) => self.broken.push(Broken {
                card: *card,
                mismatch,
                of_state: true,
            }),
        }
    }
}
