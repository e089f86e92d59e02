//! What is known of proxies while one request is answered, and what is still to be asked.

use super::envelope::Envelope;
use super::question::{Asked, Door, Found, Question};
use super::{Needed, Proxies};
use crate::emulator::ciphertext::associated_data;
use crate::emulator::opening::brought;
use crate::emulator::vault::{Opened, Vault};
use crate::wire::Asked as Request;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kms_conformance_model::kms::EncryptionAlgorithm;
use kms_conformance_model::state::{Connection, ConnectionError, ProxyFailure, ProxyTrouble};
use kms_conformance_model::{Computation, Form, Plaintext, Sealed, Source, State};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// How often one request may ask proxies: ReEncrypt asks twice, and no other more than once.
const MOST_QUESTIONS: usize = 4;

/// What proxies said about one request.
#[derive(Default)]
pub(in crate::emulator) struct Memory {
    /// What the ids of the request are drawn from.
    seed: Option<u64>,
    asked: usize,
    /// How the proxies at these places fail, if they do.
    proxies: Vec<(String, Option<ProxyTrouble>)>,
    /// How they fail for these external keys, if they do.
    keys: Vec<((String, String), Option<ProxyFailure>)>,
    /// The random bytes drawn so far, which are the same when the request is answered anew.
    drawn: Vec<Vec<u8>>,
    /// What was sealed already, and the ciphertext blob; `None` where the proxy failed.
    sealed: Vec<(Sealed, Option<Vec<u8>>)>,
    /// What is inside the ciphertext that the request brings.
    opened: Option<Opening>,
}

/// A ciphertext of an external key store that a request brings.
struct Opening {
    base64: String,
    sealed: Sealed,
    envelope: Envelope,
    is_asked: bool,
}

/// What a proxy is to be asked, and what for.
pub(in crate::emulator) struct Pending {
    asked: Asked,
    sealed: Option<Sealed>,
}

impl Memory {
    /// What the ids of the request are drawn from, where it may be answered anew.
    pub(in crate::emulator) fn ids(
        &mut self,
        proxies: &Proxies,
        ids: &mut StdRng,
    ) -> Option<StdRng> {
        let mut seed = || *self.seed.get_or_insert_with(|| ids.random());
        proxies
            .are_asked()
            .then(&mut seed)
            .map(StdRng::seed_from_u64)
    }

    /// Puts what is known into the state in which the request is answered, instead of what was known
    /// before.
    pub(in crate::emulator) fn tell(&self, proxies: &Proxies, state: &mut State) {
        if !proxies.are_asked() {
            return;
        }
        forget_answers(proxies, state);
        let outside = &mut state.outside;
        for (place, trouble) in &self.proxies {
            match trouble {
                Some(trouble) => {
                    outside.failing_proxies.insert(place.clone(), *trouble);
                }
                None => {
                    outside.failing_proxies.remove(place);
                }
            }
        }
        for (key, failure) in &self.keys {
            match failure {
                Some(failure) => {
                    outside.failing_keys.insert(key.clone(), *failure);
                }
                None => {
                    outside.failing_keys.remove(key);
                }
            }
        }
        if let Some(opening) = &self.opened {
            let sealed = opening.sealed.clone();
            state.ciphertexts.insert(opening.base64.clone(), sealed);
        }
    }

    /// Looks at the ciphertext that the request brings, once.
    pub(in crate::emulator) fn look(&mut self, proxies: &Proxies, request: &Request) {
        if !proxies.are_asked() || self.opened.is_some() {
            return;
        }
        let Some((base64, context)) = brought(request) else {
            return;
        };
        let envelope = STANDARD
            .decode(base64)
            .ok()
            .and_then(|bytes| Envelope::from_bytes(&bytes))
            .filter(|envelope| uuid::Uuid::parse_str(&envelope.key).is_ok());
        if let Some(envelope) = envelope {
            self.opened = Some(Opening {
                base64: base64.to_owned(),
                sealed: Sealed {
                    key: envelope.key.clone(),
                    algorithm: EncryptionAlgorithm::SymmetricDefault,
                    // Keys in key stores do not rotate.
                    material: 0,
                    context,
                    plaintext: Plaintext::Hidden(0),
                },
                envelope,
                is_asked: false,
            });
        }
    }

    /// Asks a proxy, and keeps what it answers.
    pub(in crate::emulator) fn learn(
        &mut self,
        proxies: &Proxies,
        vault: &Vault,
        new: Box<Pending>,
    ) {
        let Pending { asked, sealed } = *new;
        let answer = proxies.ask(&asked);
        self.asked += 1;
        let mut failure = answer.as_ref().err().copied();
        match (&asked.question, answer) {
            (Question::Encrypt { .. }, answer) => {
                if let Some(sealed) = sealed {
                    let blob = match answer {
                        Ok(Found::Envelope(envelope)) => {
                            let key = sealed.key.clone();
                            Envelope { key, ..envelope }.to_bytes()
                        }
                        _ => None,
                    };
                    self.sealed.push((sealed, blob));
                }
            }
            (Question::Decrypt { .. }, answer) => {
                if let Some(opening) = &mut self.opened {
                    opening.is_asked = true;
                    if let Ok(Found::Plaintext(inner)) = answer {
                        match vault.open(&inner, &opening.sealed.context) {
                            Opened::Plaintext(key, plaintext) if key == opening.sealed.key => {
                                opening.sealed.plaintext = Plaintext::Known(plaintext.to_vec());
                            }
                            _ => failure = Some(ProxyFailure::OtherCiphertext),
                        }
                    }
                }
            }
            (Question::Health | Question::Metadata, _) => {}
        }
        self.note(&asked.door, &asked.question, failure);
    }

    fn note(&mut self, door: &Door, question: &Question, failure: Option<ProxyFailure>) {
        let trouble = match failure {
            // The table of failures has no row for it, but there is an error code.
            Some(ProxyFailure::AccessDenied) if *question == Question::Health => {
                Some(ProxyTrouble::Code(ConnectionError::XksProxyAccessDenied))
            }
            failure => failure
                .filter(|failure| failure.is_of_the_proxy())
                .map(ProxyTrouble::Failure),
        };
        self.proxies.push((door.place(), trouble));
        if *question != Question::Health {
            let of_key = failure.filter(|failure| !failure.is_of_the_proxy());
            self.keys.push(((door.place(), door.key.clone()), of_key));
        }
    }

    fn knows(&self, (door, question): &Needed) -> bool {
        match question {
            Question::Health => self.proxies.iter().any(|(place, _)| *place == door.place()),
            _ => {
                let key = (door.place(), door.key.clone());
                self.keys.iter().any(|(known, _)| *known == key)
            }
        }
    }
}

/// Forgets what proxies that are asked for real said before. It counts for one request, and for a key
/// store until it is connected.
fn forget_answers(proxies: &Proxies, state: &mut State) {
    let connecting: Vec<String> = state
        .key_stores
        .values()
        .filter(|store| store.connection.value == Connection::Connecting)
        .filter_map(|store| store.proxy())
        .map(|proxy| format!("{}{}", proxy.endpoint.value, proxy.path.value))
        .collect();
    let is_old = |place: &str| {
        let mut endpoints = proxies.options.addresses.keys();
        let real = endpoints.any(|endpoint| {
            let path = place.strip_prefix(endpoint.as_str());
            path.is_some_and(|path| path.starts_with('/'))
        });
        real && !connecting.iter().any(|other| other == place)
    };
    let outside = &mut state.outside;
    outside.failing_proxies = outside
        .failing_proxies
        .iter()
        .filter(|(place, _)| !is_old(place))
        .map(|(place, trouble)| (place.clone(), *trouble))
        .collect();
    outside.failing_keys = outside
        .failing_keys
        .iter()
        .filter(|((place, _), _)| !is_old(place))
        .map(|(key, failure)| (key.clone(), *failure))
        .collect();
}

/// A source that makes ciphertexts of external key stores with the help of their proxies, and
/// everything else as another source does.
pub(in crate::emulator) struct Questioning<'e, S> {
    inner: S,
    proxies: &'e Proxies,
    request: &'e Request,
    state: &'e State,
    memory: &'e mut Memory,
    draws: usize,
    pending: Option<(Needed, Sealed)>,
}

impl<'e, S: Source> Questioning<'e, S> {
    /// A source for answering `request` in `state`.
    pub(in crate::emulator) fn new(
        inner: S,
        proxies: &'e Proxies,
        request: &'e Request,
        state: &'e State,
        memory: &'e mut Memory,
    ) -> Questioning<'e, S> {
        Questioning {
            inner,
            proxies,
            request,
            state,
            memory,
            draws: 0,
            pending: None,
        }
    }

    /// What must be asked before the request, which turns the state into `after`, may succeed.
    pub(in crate::emulator) fn question(self, after: &State) -> Option<Pending> {
        if self.memory.asked >= MOST_QUESTIONS {
            return None;
        }
        let success = || {
            let about = self
                .proxies
                .about_success(self.request, self.state, after)
                .filter(|needed| !self.memory.knows(needed))?;
            Some((about, None))
        };
        let sealing = || {
            let (needed, sealed) = self.pending.clone()?;
            Some((needed, Some(sealed)))
        };
        let opening = self.opening().map(|needed| (needed, None));
        let ((door, question), sealed) = opening.or_else(sealing).or_else(success)?;
        let account = &self.state.account;
        Some(Pending {
            asked: Asked {
                question,
                door,
                operation: self.request.operation.name(),
                principal: format!("arn:{}:iam::{}:root", account.partition, account.id),
                region: account.region.clone(),
            },
            sealed,
        })
    }

    fn opening(&self) -> Option<Needed> {
        let opening = self.memory.opened.as_ref().filter(|new| !new.is_asked)?;
        let sealed = &opening.sealed;
        let door = self
            .proxies
            .door_of_key(self.request, self.state, &sealed.key)?;
        let question = Question::Decrypt {
            envelope: opening.envelope.clone(),
            bound: bound(&sealed.key, &sealed.context),
        };
        Some((door, question))
    }
}

impl<S: Source> Source for Questioning<'_, S> {
    fn text(&mut self, form: Form) -> String {
        self.inner.text(form)
    }

    fn random(&mut self, length: usize) -> Vec<u8> {
        if !self.proxies.are_asked() {
            return self.inner.random(length);
        }
        let place = self.draws;
        self.draws += 1;
        if let Some(known) = self.memory.drawn.get(place)
            && known.len() == length
        {
            return known.clone();
        }
        let drawn = self.inner.random(length);
        self.memory.drawn.truncate(place);
        self.memory.drawn.push(drawn.clone());
        drawn
    }

    fn compute(&mut self, what: &Computation<'_>) -> Vec<u8> {
        self.inner.compute(what)
    }

    fn seal(&mut self, sealed: &Sealed) -> Vec<u8> {
        let door = || {
            self.proxies
                .door_of_key(self.request, self.state, &sealed.key)
        };
        let Some(door) = self.proxies.are_asked().then(door).flatten() else {
            return self.inner.seal(sealed);
        };
        let plaintext = self.inner.seal(sealed);
        let mut known = self.memory.sealed.iter();
        match known.find(|(known, _)| known == sealed) {
            Some((_, blob)) => blob.clone().unwrap_or(plaintext),
            None => {
                let bound = bound(&sealed.key, &sealed.context);
                let question = Question::Encrypt { plaintext, bound };
                self.pending = Some(((door, question), sealed.clone()));
                Vec::new()
            }
        }
    }
}

/// What the proxy's ciphertext is bound to besides its plaintext: a hash of the KMS key and the
/// encryption context, which fits into what a proxy must accept however long they are.
fn bound(key: &str, context: &BTreeMap<String, String>) -> Vec<u8> {
    Sha256::digest(associated_data(key.as_bytes(), context)).to_vec()
}
