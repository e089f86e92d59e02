//! How the emulator answers: by the model, with what cryptography and proxies tell it.

use super::source::Making;
use super::xks::{Memory, Pending, Questioning};
use super::{Emulator, materials, opening, permission, verifying};
use crate::target::Response;
use crate::wire::{self, Asked};
use kms_conformance_model::state::{Computed, Wrapped};
use kms_conformance_model::{Answered, ErrorCode, Sealed, State, Switches, answer};
use rand::SeedableRng;
use rand::rngs::StdRng;

impl Emulator {
    pub(super) fn answer(
        &self,
        asked: &Asked,
        region: &str,
        access_key: Option<&str>,
        switches: &Switches,
    ) -> Response {
        if only_looks(asked.operation.name())
            && let Some(response) = self.look(asked, region, access_key, switches)
        {
            return response;
        }
        let mut memory = Memory::default();
        loop {
            match self.try_to_answer(asked, region, access_key, switches, &mut memory) {
                Ok(response) => return response,
                Err(question) => memory.learn(&self.proxies, &self.vault, question),
            }
        }
    }

    /// Answers without waiting for a turn; `None` where the answer would change something, or others
    /// must be asked.
    fn look(
        &self,
        asked: &Asked,
        region: &str,
        access_key: Option<&str>,
        switches: &Switches,
    ) -> Option<Response> {
        if self.asks_others() {
            return None;
        }
        let mut state = self.state();
        state.turn_to(region);
        let (answered, next) = self.try_on(&state, asked, access_key, switches);
        let is_changed = matches!(answered, Answered::Done(_)) && next != state;
        (!is_changed).then(|| written(asked, &answered))
    }

    /// What a state, with its Region at the front, makes of a request, and what it is afterwards.
    pub(super) fn try_on(
        &self,
        state: &State,
        asked: &Asked,
        access_key: Option<&str>,
        switches: &Switches,
    ) -> (Answered, State) {
        let region = &state.account.region;
        let ciphertexts = opening::ciphertexts(asked, &self.vault);
        let (mut next, _) = self.told(asked, state, region, ciphertexts);
        if let Some(why) = permission::denied(&self.config, asked, access_key, &next) {
            return (denied(why), next);
        }
        let mut making = Making {
            vault: &self.vault,
            region,
            ids: &mut StdRng::seed_from_u64(rand::random()),
            keys: next.keys.clone(),
        };
        let (operation, body) = (asked.operation, &asked.body);
        let answered = answer(operation, &mut next, body, &mut making, switches);
        forget_told(&mut next);
        (answered, next)
    }

    /// Answers with what is known, or tells what must be asked of a proxy first. Nothing has changed
    /// then, and nobody waits.
    fn try_to_answer(
        &self,
        asked: &Asked,
        region: &str,
        access_key: Option<&str>,
        switches: &Switches,
        memory: &mut Memory,
    ) -> Result<Response, Box<Pending>> {
        let ciphertexts = opening::ciphertexts(asked, &self.vault);
        memory.look(&self.proxies, asked);
        let mut turn = self.turn();
        let state = turn.state.clone();
        let (mut next, wrapped) = self.told(asked, &state, region, ciphertexts);
        memory.tell(&self.proxies, &mut next);
        if let Some(why) = permission::denied(&self.config, asked, access_key, &next) {
            return Ok(written(asked, &denied(why)));
        }
        // A request that is answered anew makes up the same ids.
        let mut of_request = memory.ids(&self.proxies, &mut turn.ids);
        let making = Making {
            vault: &self.vault,
            region,
            ids: of_request.as_mut().unwrap_or(&mut turn.ids),
            keys: next.keys.clone(),
        };
        let mut source = Questioning::new(making, &self.proxies, asked, &state, memory);
        let (operation, body) = (asked.operation, &asked.body);
        let answered = answer(operation, &mut next, body, &mut source, switches);
        if let Answered::Done(response) = &answered {
            if let Some(question) = source.question(&next) {
                return Err(Box::new(question));
            }
            self.proxies.remember(asked, response, &next);
            forget_told(&mut next);
            if let Some((_, known, bytes)) = &wrapped {
                let mut before = State::clone(&state);
                before.turn_to(region);
                materials::take_in(&before, &next, &known.digest, bytes, &self.vault);
            }
            next.turn_to(&self.config.region);
            turn.end(next);
        }
        Ok(written(asked, &answered))
    }

    /// The state in which a request is answered: that of its Region, with what cryptography found out
    /// about what it brings. The material that it imports stands beside it.
    fn told(
        &self,
        asked: &Asked,
        state: &State,
        region: &str,
        ciphertexts: Option<(String, Sealed)>,
    ) -> (State, Option<(String, Wrapped, opening::Bytes)>) {
        let mut next = state.clone();
        next.turn_to(region);
        next.ciphertexts.extend(ciphertexts);
        next.outside.certificate_fault = opening::certificate_fault(asked, &next);
        let wrapped = opening::wrapped(asked, &next);
        let known = wrapped
            .iter()
            .map(|(base64, known, _)| (base64.clone(), known.clone()));
        next.wrapped.extend(known);
        verifying::tell(asked, &mut next, &self.vault);
        (next, wrapped)
    }
}

/// Whether an operation changes nothing, but for the markers of its pages and ids that are shown for the
/// first time.
pub(super) fn only_looks(name: &str) -> bool {
    let verbs = ["Describe", "Get", "List"];
    verbs.iter().any(|verb| name.starts_with(verb))
}

/// Forgets what was found out for one request only.
fn forget_told(state: &mut State) {
    state.ciphertexts.clear();
    state.computed = Computed::default();
    state.wrapped.clear();
    state.outside.certificate_fault = None;
}

fn denied(why: String) -> Answered {
    Answered::Refused(ErrorCode::AccessDenied, Some(why))
}

/// An answer on the wire.
pub(super) fn written(asked: &Asked, answered: &Answered) -> Response {
    let service = asked.operation.service();
    match answered {
        Answered::Done(response) => wire::done(response, asked.operation.empty_body()),
        Answered::Refused(code, message) => wire::refused(service, *code, message.as_deref()),
        Answered::NotModelled => wire::not_modelled(service, asked.operation.name()),
    }
}
