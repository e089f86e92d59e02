//! A simple model of an account, as one writes it for a state machine test: keys, aliases, tags and
//! ciphertexts, and what each call does to them.

use std::collections::BTreeMap;

/// A call. Keys and ciphertexts are numbered in the order in which they were made; the other numbers
/// stand for names and texts.
#[derive(Clone, Debug)]
pub enum Call {
    CreateKey,
    DescribeKey {
        key: usize,
    },
    DisableKey {
        key: usize,
    },
    EnableKey {
        key: usize,
    },
    ScheduleKeyDeletion {
        key: usize,
    },
    CancelKeyDeletion {
        key: usize,
    },
    UpdateKeyDescription {
        key: usize,
        text: u8,
    },
    CreateAlias {
        name: u8,
        key: usize,
    },
    UpdateAlias {
        name: u8,
        key: usize,
    },
    DeleteAlias {
        name: u8,
    },
    TagResource {
        key: usize,
        tag: u8,
        value: u8,
    },
    UntagResource {
        key: usize,
        tag: u8,
    },
    ListKeys {
        limit: Option<usize>,
    },
    ListAliases {
        key: Option<usize>,
        limit: Option<usize>,
    },
    ListResourceTags {
        key: usize,
    },
    Encrypt {
        key: usize,
        text: u8,
        context: Option<u8>,
    },
    Decrypt {
        sealed: usize,
        key: Option<usize>,
        context: Option<u8>,
    },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyState {
    #[default]
    Enabled,
    Disabled,
    PendingDeletion,
}

#[derive(Clone, Debug, Default)]
pub struct Key {
    pub state: KeyState,
    pub description: Option<u8>,
    pub tags: BTreeMap<u8, u8>,
}

#[derive(Clone, Debug)]
pub struct Sealed {
    pub key: usize,
    pub text: u8,
    pub context: Option<u8>,
}

#[derive(Clone, Debug, Default)]
pub struct Account {
    pub keys: Vec<Key>,
    /// The number of the key that each names.
    pub aliases: BTreeMap<u8, usize>,
    pub sealed: Vec<Sealed>,
    /// The errors that were due to the last call; none means that it succeeded.
    pub due: Vec<&'static str>,
}

impl Account {
    /// Whether the keys and ciphertexts that a call names are there.
    pub fn knows(&self, call: &Call) -> bool {
        use Call::*;
        let key = |key: &usize| *key < self.keys.len();
        match call {
            CreateKey | DeleteAlias { .. } | ListKeys { .. } => true,
            DescribeKey { key: it }
            | DisableKey { key: it }
            | EnableKey { key: it }
            | ScheduleKeyDeletion { key: it }
            | CancelKeyDeletion { key: it }
            | UpdateKeyDescription { key: it, .. }
            | CreateAlias { key: it, .. }
            | UpdateAlias { key: it, .. }
            | TagResource { key: it, .. }
            | UntagResource { key: it, .. }
            | ListResourceTags { key: it }
            | Encrypt { key: it, .. } => key(it),
            ListAliases { key: it, .. } => it.as_ref().is_none_or(key),
            Decrypt {
                sealed, key: it, ..
            } => *sealed < self.sealed.len() && it.as_ref().is_none_or(key),
        }
    }

    /// Carries out a call.
    pub fn carry_out(&mut self, call: &Call) {
        self.due = self.errors(call);
        if self.due.is_empty() {
            self.change(call);
        }
    }

    fn errors(&self, call: &Call) -> Vec<&'static str> {
        use Call::*;
        match call {
            CreateKey | DescribeKey { .. } => vec![],
            ListKeys { .. } | ListAliases { .. } | ListResourceTags { .. } => vec![],
            DisableKey { key }
            | EnableKey { key }
            | ScheduleKeyDeletion { key }
            | UpdateKeyDescription { key, .. }
            | TagResource { key, .. }
            | UntagResource { key, .. } => self.pending(*key),
            CancelKeyDeletion { key } => match self.state(*key) {
                KeyState::PendingDeletion => vec![],
                _ => vec!["KMSInvalidStateException"],
            },
            CreateAlias { name, key } => {
                let exists = self.aliases.contains_key(name);
                [self.pending(*key), given(exists, "AlreadyExistsException")].concat()
            }
            UpdateAlias { name, key } => {
                let missing = !self.aliases.contains_key(name);
                [self.pending(*key), given(missing, "NotFoundException")].concat()
            }
            DeleteAlias { name } => given(!self.aliases.contains_key(name), "NotFoundException"),
            Encrypt { key, .. } => self.unusable(*key),
            Decrypt {
                sealed,
                key,
                context,
            } => {
                let Some(it) = self.sealed.get(*sealed) else {
                    return vec![];
                };
                let named = key.unwrap_or(it.key);
                [
                    self.unusable(it.key),
                    self.unusable(named),
                    given(named != it.key, "IncorrectKeyException"),
                    given(*context != it.context, "InvalidCiphertextException"),
                ]
                .concat()
            }
        }
    }

    fn change(&mut self, call: &Call) {
        use Call::*;
        match *call {
            CreateKey => self.keys.push(Key::default()),
            DisableKey { key } | CancelKeyDeletion { key } => {
                self.with(key, |key| key.state = KeyState::Disabled);
            }
            EnableKey { key } => self.with(key, |key| key.state = KeyState::Enabled),
            ScheduleKeyDeletion { key } => {
                self.with(key, |key| key.state = KeyState::PendingDeletion);
            }
            UpdateKeyDescription { key, text } => {
                self.with(key, |key| key.description = Some(text));
            }
            CreateAlias { name, key } | UpdateAlias { name, key } => {
                self.aliases.insert(name, key);
            }
            DeleteAlias { name } => {
                self.aliases.remove(&name);
            }
            TagResource { key, tag, value } => self.with(key, |key| {
                key.tags.insert(tag, value);
            }),
            UntagResource { key, tag } => self.with(key, |key| {
                key.tags.remove(&tag);
            }),
            Encrypt { key, text, context } => self.sealed.push(Sealed { key, text, context }),
            DescribeKey { .. } | ListKeys { .. } | ListAliases { .. } => {}
            ListResourceTags { .. } | Decrypt { .. } => {}
        }
    }

    fn with(&mut self, key: usize, change: impl FnOnce(&mut Key)) {
        if let Some(key) = self.keys.get_mut(key) {
            change(key);
        }
    }

    fn state(&self, key: usize) -> KeyState {
        self.keys.get(key).map(|key| key.state).unwrap_or_default()
    }

    fn pending(&self, key: usize) -> Vec<&'static str> {
        let pending = self.state(key) == KeyState::PendingDeletion;
        given(pending, "KMSInvalidStateException")
    }

    fn unusable(&self, key: usize) -> Vec<&'static str> {
        let disabled = self.state(key) == KeyState::Disabled;
        [self.pending(key), given(disabled, "DisabledException")].concat()
    }
}

fn given(holds: bool, error: &'static str) -> Vec<&'static str> {
    if holds { vec![error] } else { vec![] }
}
