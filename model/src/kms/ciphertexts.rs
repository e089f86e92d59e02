//! What Decrypt, and so ReEncrypt, demands of a ciphertext.

use super::cryptography::{UsesMaterial, fits};
use super::decrypt::Decrypt;
use super::lookups::OnKey;
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::*;
use crate::rule::{Refusal, Stage, may, must};
use crate::state::{Key, KeyLookup, KeyState, KeyUsage, State};
use std::sync::Arc;

const API: &str = "kms/latest/APIReference/API_Decrypt.html";

const fn documented(id: &'static str, says: &'static str) -> Card {
    Card {
        id,
        says,
        cite: API,
        evidence: Evidence::Documented,
    }
}

/// A request without a ciphertext.
pub(crate) const CIPHERTEXT_IS_GIVEN: Refusal<Decrypt> = Refusal {
    card: documented(
        "CKX-109",
        "A ciphertext is required, except in a dry run that ignores it.",
    ),
    stage: Stage::Combination,
    error: must(&[Validation]).saying(|_, _| {
        "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: \
         Member must not be null"
            .to_owned()
    }),
    when: |_, input| input.ciphertext.is_none() && !input.ignores_ciphertext(),
};

/// Garbage, an altered ciphertext or another encryption context.
pub(crate) const CIPHERTEXT_OPENS: Refusal<Decrypt> = Refusal {
    card: Card {
        id: "CKX-101",
        says: "Only what a key sealed opens, unchanged and with the same encryption context.",
        cite: API,
        evidence: Evidence::Documented,
    },
    stage: Stage::Condition,
    error: must(&[InvalidCiphertext]).silently(),
    when: |state, input| {
        input.opens()
            && match input.sealed(state) {
                Some(sealed) if input.is_symmetric() => !input.has_context_of(sealed),
                // Another key than the one that encrypted makes nothing of an asymmetric ciphertext.
                Some(sealed) => tried(state, input).is_some_and(|key| key.id != sealed.key),
                None if input.is_symmetric() => !input.is_foreign(state),
                None => tried(state, input).is_some() && !input.is_foreign(state),
            }
    },
};

/// The key pair with which an asymmetric ciphertext is tried: the one that is named, if it can be used.
fn tried<'s>(state: &'s State, input: &Decrypt) -> Option<&'s Arc<Key>> {
    let usable = |key: &&Arc<Key>| {
        key.usage == KeyUsage::EncryptDecrypt
            && key.state.value == KeyState::Enabled
            && fits(key, input.algorithm())
    };
    input.key(state).filter(usable)
}

/// A ciphertext of which nobody here knows whether somebody else in the account made it. Whatever else
/// is wrong with the request, it may be what AWS complains about.
pub(crate) const FOREIGN_CIPHERTEXT: Refusal<Decrypt> = Refusal {
    card: documented(
        "CKX-115",
        "A ciphertext that was made elsewhere, if at all, may not open.",
    ),
    stage: Stage::Condition,
    error: may(&[InvalidCiphertext, IncorrectKey, AccessDenied, NotFound]),
    when: |state, input| !input.ignores_ciphertext() && input.is_foreign(state),
};

/// An altered copy of a ciphertext. The part that was altered may be the one that tells the key, and
/// then it is one of a key that is not there: AWS was recorded to deny access to those.
pub(crate) const ALTERED_CIPHERTEXT: Refusal<Decrypt> = Refusal {
    card: Card {
        id: "CKX-115b",
        says: "An altered ciphertext may look like one of a key that is not there.",
        cite: "recording local-kms/postman-expectations, Ciphertext for missing key",
        evidence: Evidence::Inferred,
    },
    stage: Stage::Condition,
    error: may(&[AccessDenied, NotFound, IncorrectKey]),
    when: |state, input| !input.ignores_ciphertext() && input.is_altered(state),
};

/// The ciphertext of another key.
pub(crate) const RIGHT_KEY: Refusal<Decrypt> = Refusal {
    card: Card {
        id: "PREC-07",
        says: "A KeyId must name the key that sealed the ciphertext.",
        cite: API,
        evidence: Evidence::Documented,
    },
    stage: Stage::Condition,
    error: must(&[IncorrectKey]).saying(|_, _| {
        "The key ID in the request does not identify a CMK that can perform this operation."
            .to_owned()
    }),
    when: |state, input| {
        input.opens()
            && input.is_symmetric()
            && input
                .sealed(state)
                .is_some_and(|sealed| match input.key_lookup(state) {
                    Some(KeyLookup::Found(id)) => id != sealed.key,
                    Some(KeyLookup::OtherAccount) => true,
                    _ => false,
                })
    },
};

/// The ciphertext of a deleted key.
pub(crate) const KEY_IS_THERE: Refusal<Decrypt> = Refusal {
    card: Card {
        id: "CKX-110",
        says: "A ciphertext does not open once its key is deleted.",
        cite: "recording local-kms/postman-expectations, Ciphertext for missing key",
        evidence: Evidence::Observed,
    },
    stage: Stage::Condition,
    error: must(&[AccessDenied, NotFound, KmsInvalidState]).saying(|_, _| {
        "The ciphertext refers to a customer master key that does not exist, does not exist in \
         this region, or you are not allowed to access."
            .to_owned()
    }),
    when: |state, input| {
        let sealed = input.sealed(state).filter(|_| input.opens());
        input.key.is_none() && sealed.is_some_and(|sealed| !state.keys.contains_key(&sealed.key))
    },
};

/// An asymmetric algorithm without a key.
pub(crate) const KEY_IS_NAMED: Refusal<Decrypt> = Refusal {
    card: documented(
        "CKX-106",
        "An asymmetric ciphertext does not tell its key, so that a KeyId is required.",
    ),
    stage: Stage::Condition,
    error: must(&[InvalidCiphertext, Validation, InvalidKeyUsage]),
    when: |_, input| {
        input.ciphertext.is_some()
            && !input.is_symmetric()
            && !input.ignores_ciphertext()
            && input.key.is_none()
    },
};
