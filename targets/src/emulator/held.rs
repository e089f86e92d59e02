//! What the account holds: many may look at it while one changes it.

use super::clock::Hands;
use super::vault::Vault;
use super::{Config, empty, materials};
use kms_conformance_model::State;
use kms_conformance_model::drift::{is_unsettled, settle_due};
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

/// What the account holds, and whose turn it is to change it.
///
/// Who only looks takes a copy, which is cheap, and does not wait for the one whose turn it is: the
/// state is locked no longer than it takes to replace it.
#[derive(Debug)]
pub(super) struct Held {
    state: RwLock<Arc<State>>,
    pub(super) hands: Hands,
    /// What ids are drawn from by the one whose turn it is.
    ids: Mutex<StdRng>,
}

/// The turn of one who changes the account. Others wait until it is dropped.
pub(super) struct Turn<'e> {
    held: &'e Held,
    vault: &'e Vault,
    pub(super) ids: MutexGuard<'e, StdRng>,
    /// What the account holds at this moment, after everything that is due has happened.
    pub(super) state: Arc<State>,
}

impl Held {
    /// An empty account.
    pub(super) fn new(config: &Config) -> Held {
        Held {
            state: RwLock::new(Arc::new(empty(config))),
            hands: Hands::new(config.clock),
            ids: Mutex::new(ids(config)),
        }
    }

    /// What the account holds at this moment, after everything that is due has happened.
    pub(super) fn present(&self, config: &Config, vault: &Vault) -> State {
        let state = self.at_this_moment(&self.read());
        // What happens by itself happens once, and takes a turn for it.
        match is_unsettled(&state) && settled(state.clone(), config) != state {
            true => State::clone(&self.turn(config, vault).state),
            false => state,
        }
    }

    /// Waits for a turn.
    pub(super) fn turn<'e>(&'e self, config: &Config, vault: &'e Vault) -> Turn<'e> {
        let ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.read();
        let state = self.at_this_moment(&before);
        let mut turn = Turn {
            held: self,
            vault,
            ids,
            state: before,
        };
        turn.state = match is_unsettled(&state) {
            true => {
                let state = Arc::new(settled(state, config));
                turn.replace(Arc::clone(&state));
                state
            }
            false => Arc::new(state),
        };
        turn
    }

    fn at_this_moment(&self, state: &State) -> State {
        let mut state = state.clone();
        state.now = self.hands.now().max(state.now);
        state
    }

    fn read(&self) -> Arc<State> {
        Arc::clone(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Turn<'_> {
    /// Ends the turn: from here on, the account holds this.
    pub(super) fn end(mut self, next: State) {
        self.replace(Arc::new(next));
    }

    /// Ends the turn: the account is empty and its clock right, as in the beginning.
    pub(super) fn reset(mut self, config: &Config) {
        *self.ids = ids(config);
        self.held.hands.reset();
        self.vault.destroy_all();
        self.store(Arc::new(empty(config)));
    }

    /// Makes the material of what is new, and destroys that of what is gone.
    fn replace(&mut self, next: Arc<State>) {
        materials::follow(&self.state, &next, self.vault);
        self.store(next);
    }

    fn store(&mut self, next: Arc<State>) {
        let state = self.held.state.write();
        *state.unwrap_or_else(PoisonError::into_inner) = next;
    }
}

fn settled(mut state: State, config: &Config) -> State {
    settle_due(&mut state, config.latency, &config.switches);
    state
}

fn ids(config: &Config) -> StdRng {
    StdRng::seed_from_u64(config.ids.unwrap_or_else(rand::random))
}
