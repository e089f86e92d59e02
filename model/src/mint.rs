//! The other side of a success: whoever knows what the model cannot.
//!
//! A promise is one program with two interpreters. The emulator's `Mint` makes ids, dates, random
//! bytes and ciphertexts, and writes the response. The judge's `Mint` reads the same things out of
//! an observed response and checks their form, and compares what is shown.

use crate::asymmetric::{Covered, PublicKey, SigningAlgorithm};
use crate::card::Card;
pub use crate::form::Form;
use crate::kms::{EncryptionAlgorithm, MacAlgorithm};
use crate::path::Path;
use crate::state::{Key, KeySpec};
use crate::time::Millis;
use imbl::OrdMap;
use serde_json::Value;
use std::collections::BTreeMap;

/// What was sealed in a ciphertext.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Plaintext {
    /// These bytes.
    Known(Vec<u8>),
    /// This many bytes, which only the target knows.
    Hidden(usize),
    /// The private half of this public key, in PKCS#8 DER, which only the target knows.
    PrivateOf(Vec<u8>),
}

impl Plaintext {
    /// How many bytes there are, if anybody knows.
    pub fn length(&self) -> Option<usize> {
        match self {
            Plaintext::Known(bytes) => Some(bytes.len()),
            Plaintext::Hidden(length) => Some(*length),
            Plaintext::PrivateOf(_) => None,
        }
    }
}

impl std::fmt::Debug for Plaintext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.length() {
            Some(length) => write!(f, "Plaintext({length} bytes)"),
            None => f.write_str("Plaintext(a private key)"),
        }
    }
}

/// What a ciphertext holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sealed {
    /// The id of the KMS key that sealed it.
    pub key: String,
    /// The algorithm.
    pub algorithm: EncryptionAlgorithm,
    /// The number of the material of the key.
    pub material: usize,
    /// The encryption context; empty for asymmetric algorithms, which have none.
    pub context: BTreeMap<String, String>,
    /// What was sealed.
    pub plaintext: Plaintext,
}

/// What only the holder of key material can make.
#[derive(Clone, Copy, Debug)]
pub enum Computation<'c> {
    /// The public half of a key, as DER.
    PublicKey(&'c Key),
    /// A signature.
    Signature(&'c Key, SigningAlgorithm, &'c Covered),
    /// The authentication code of a message.
    Mac(&'c Key, MacAlgorithm, &'c [u8]),
    /// The secret that a key agrees on with a peer.
    SharedSecret(&'c Key, &'c PublicKey),
    /// A new private key, as PKCS#8 DER.
    PrivateKey(KeySpec),
}

/// What can be said of the outcome of a computation by somebody who has no key material.
pub struct Claim<'c> {
    /// The claim in words.
    pub says: &'c str,
    /// Whether it holds.
    pub holds: &'c dyn Fn(&[u8]) -> bool,
    /// Whether the outcome is a secret, which no finding may hold.
    pub secret: bool,
}

/// What the response was expected to show, and did not.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    /// Where.
    pub at: Box<Path>,
    /// What was expected, in words or as JSON.
    pub expected: String,
    /// What came; `None` where the member was absent.
    pub observed: Option<Value>,
    /// Whether only the form of the value is wrong.
    pub of_form: bool,
}

/// The result of one look at the response.
pub type Seen<T> = Result<T, Mismatch>;

/// What was read out of the response for later: the value as far as it can be told, and everything that
/// is wrong with how it is shown. What has a wrong form has a value all the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Learnt<T> {
    /// The value; `None` where the response tells none.
    pub value: Option<T>,
    /// What is wrong with it, in the order of the response.
    pub wrong: Vec<Mismatch>,
}

impl<T> Learnt<T> {
    /// A value as it should be.
    pub const fn right(value: T) -> Learnt<T> {
        Learnt {
            value: Some(value),
            wrong: Vec::new(),
        }
    }

    /// No value, and nothing wrong with that.
    pub const fn nothing() -> Learnt<T> {
        Learnt {
            value: None,
            wrong: Vec::new(),
        }
    }

    /// A value, if there is one, that is not shown as it should be.
    pub fn wrong(value: Option<T>, mismatch: Mismatch) -> Learnt<T> {
        Learnt {
            value,
            wrong: vec![mismatch],
        }
    }
}

/// One page out of a list.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// The member that holds the list.
    pub list: &'static str,
    /// The member of an entry that identifies it; empty for lists of plain strings.
    pub key: &'static str,
    /// The ids that are still to come, in the emulator's order.
    pub rest: &'a [String],
    /// The ids that may be shown or not.
    pub optional: &'a [String],
    /// The ids that must not be shown, since they were deleted, with the rules that took them away.
    pub gone: &'a OrdMap<String, Card>,
    /// The ids of what exists and must not be shown here.
    pub excluded: &'a [String],
    /// Whether entries are allowed that nobody here knows of, since the account is shared.
    pub strangers: bool,
    /// Which entries are allowed although nobody made them: what AWS puts into every account.
    pub tolerated: fn(&str) -> bool,
    /// The most entries a page may have.
    pub limit: usize,
    /// The member that holds the marker of the next page.
    pub marker: &'static str,
    /// The member that says whether there is a next page; empty where there is none.
    pub truncated: &'static str,
}

/// What `Mint::page` found or made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paged {
    /// The known ids on this page.
    pub shown: Vec<String>,
    /// The marker of the next page.
    pub next: Option<String>,
}

/// Supplies what the model cannot know. Each method names the place in the response where the value
/// stands.
pub trait Mint {
    /// The response shows `value`. Objects may have further members.
    fn show(&mut self, at: &Path, value: Value) -> Seen<()>;

    /// The response shows `value`, which is a secret: no mismatch holds it, nor what came instead.
    fn show_secret(&mut self, at: &Path, value: Value) -> Seen<()>;

    /// The response may show `value` or leave the member out.
    fn may_show(&mut self, at: &Path, value: Value) -> Seen<()>;

    /// The response shows `value`, or another that is `as_good`.
    fn show_like(
        &mut self,
        at: &Path,
        value: Value,
        _as_good: &dyn Fn(&Value) -> bool,
    ) -> Seen<()> {
        self.show(at, value)
    }

    /// The response must not have this member.
    fn absent(&mut self, at: &Path) -> Seen<()>;

    /// A made-up text.
    fn text(&mut self, at: &Path, form: Form) -> Learnt<String>;

    /// A made-up text that not every implementation shows.
    fn may_text(&mut self, at: &Path, form: Form) -> Learnt<String>;

    /// What the response shows at `at`, for those who have to find out which of several things it is
    /// about; nothing in the emulator, which knows.
    fn look(&self, _at: &Path) -> Option<Value> {
        None
    }

    /// A date within `tolerance` of `near`.
    fn date(&mut self, at: &Path, near: Millis, tolerance: Millis) -> Learnt<Millis>;

    /// Random bytes of the given length.
    fn random(&mut self, at: &Path, length: usize) -> Learnt<Vec<u8>>;

    /// Random bytes that the response does not show.
    fn hidden_random(&mut self, length: usize) -> Plaintext;

    /// The outcome of a computation, of which `claim` holds.
    fn compute(&mut self, at: &Path, what: &Computation<'_>, claim: &Claim<'_>) -> Learnt<Vec<u8>>;

    /// A new private key that the response does not show; `None` where only the target knows it.
    fn hidden_private_key(&mut self, _: KeySpec) -> Option<Vec<u8>> {
        None
    }

    /// The ciphertext of `sealed`, as base64.
    fn seal(&mut self, at: &Path, sealed: &Sealed) -> Learnt<String>;

    /// Whether the state is known to be what it is, so that nothing needs to be chosen. The emulator
    /// has settled everything that is due before it answers.
    fn is_settled(&self) -> bool {
        false
    }

    /// Which of `options` the response shows at `at`: the index of the last one, which is the
    /// least settled, whose members are all there. What may have happened besides stays possible.
    fn choose(&mut self, at: &Path, options: &[Value]) -> Seen<usize>;

    /// One page of a list.
    fn page(&mut self, page: &Page<'_>) -> Learnt<Paged>;

    /// The id of an entry of `list` that is not in `known` and whose members are all those of
    /// `like`: something AWS made by itself. The emulator makes an id of the given form.
    fn name(
        &mut self,
        list: &Path,
        key: &'static str,
        form: Form,
        like: &Value,
        known: &[String],
    ) -> Learnt<String>;

    /// The text at `at`, made by `make` in the emulator and taken as it is by the judge.
    fn learn(&mut self, at: &Path, made: &str) -> Learnt<String>;

    /// The map of texts at `at`, made by the emulator and taken as it is by the judge.
    fn learn_map(
        &mut self,
        at: &Path,
        made: &BTreeMap<String, String>,
    ) -> Learnt<BTreeMap<String, String>>;
}
