//! What AWS demands of material that is imported, and of the token that comes with it.

use super::import_key_material::ImportKeyMaterial;
use super::key_states::{key_of, pending_deletion};
use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::{self, *};
use crate::rule::{Refusal, Stage, may, must};
use crate::state::{Key, KeySpec, State, Wrapped};
use crate::time::{DAY, from_epoch_seconds};

const fn documented(id: &'static str, says: &'static str) -> Card {
    Card {
        id,
        says,
        cite: "kms/latest/APIReference/API_ImportKeyMaterial.html",
        evidence: Evidence::Documented,
    }
}

/// What follows the lookup of the key, in no known order.
pub(crate) const IMPORT_RULES: [Refusal<ImportKeyMaterial>; 13] = [
    pending_deletion(),
    content(
        documented(
            "IMP-04",
            "The import token must be one that was made for the key.",
        ),
        &[InvalidImportToken],
        |state, input| {
            let parameters = input.parameters(state);
            let key = key_of(state, input);
            key.is_some_and(|key| parameters.is_none_or(|it| it.key != key.id))
        },
    ),
    Refusal {
        card: documented(
            "IMP-04a",
            "An import token that material was imported with may be refused, or do once more.",
        ),
        stage: Stage::Condition,
        error: may(&[InvalidImportToken]),
        when: |state, input| input.parameters(state).is_some_and(|it| it.used),
    },
    content(
        documented("IMP-05", "An import token is good for 24 hours."),
        &[ExpiredImportToken],
        |state, input| {
            input
                .parameters(state)
                .is_some_and(|it| it.until < state.now)
        },
    ),
    EXPIRES_AT_SOME_TIME,
    content(
        documented("IMP-07", "Material that does not expire has no ValidTo."),
        &[Validation],
        |_, input| !input.expires() && input.valid_to.is_some(),
    ),
    content(
        documented(
            "IMP-08",
            "Material expires in the future, at most 365 days from now.",
        ),
        &[Validation],
        |state, input| {
            let date = input.valid_to.filter(|_| input.expires());
            let date = date.map(from_epoch_seconds);
            date.is_some_and(|date| date <= state.now || date > state.now + 365 * DAY)
        },
    ),
    content(
        documented(
            "IMP-09",
            "The material must be wrapped with the public key and the algorithm that the token is for.",
        ),
        &[InvalidCiphertext],
        |state, input| input.parameters(state).is_some() && input.unwrapped(state).is_none(),
    ),
    content(
        documented(
            "IMP-10",
            "The material must be of the kind and length that the key has.",
        ),
        &[InvalidCiphertext, IncorrectKeyMaterial, Validation],
        |state, input| on(state, input, |key, wrapped| !is_for(key.spec, wrapped)),
    ),
    content(
        documented(
            "IMP-11",
            "Material that is imported again must be the same, and new material must be new.",
        ),
        &[IncorrectKeyMaterial],
        |state, input| on(state, input, |key, wrapped| is_another(input, key, wrapped)),
    ),
    content(
        documented("IMP-12", "New material cannot be told by a KeyMaterialId."),
        &[Validation],
        |state, input| {
            let new = key_of(state, input).is_some_and(|key| input.brings_new(key));
            new && input.material_id.is_some()
        },
    ),
    content(
        documented("IMP-13", "Only a symmetric key knows several materials."),
        &[Validation, UnsupportedOperation],
        |state, input| {
            let tells = input.import_type.is_some()
                || input.description.is_some()
                || input.material_id.is_some();
            tells && key_of(state, input).is_some_and(|key| !key.can_rotate())
        },
    ),
    Refusal {
        card: documented(
            "IMP-14",
            "At most one material waits for the next rotation: another one may be refused.",
        ),
        stage: Stage::Condition,
        error: may(&[
            KmsInvalidState,
            IncorrectKeyMaterial,
            LimitExceeded,
            Conflict,
        ]),
        when: |state, input| {
            on(state, input, |key, _| {
                key.pending.is_some() && input.brings_new(key)
            })
        },
    },
];

const EXPIRES_AT_SOME_TIME: Refusal<ImportKeyMaterial> = Refusal {
    card: Card {
        id: "IMP-06",
        says: "Material that expires, as it does by default, needs a ValidTo.",
        cite: "recording LocalStack test_kms test_import_key_symmetric",
        evidence: Evidence::Observed,
    },
    stage: Stage::Condition,
    error: must(&[Validation]).saying(|_, _| {
        "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES".to_owned()
    }),
    when: |_, input| input.expires() && input.valid_to.is_none(),
};

const fn content(
    card: Card,
    codes: &'static [ErrorCode],
    when: fn(&State, &ImportKeyMaterial) -> bool,
) -> Refusal<ImportKeyMaterial> {
    Refusal {
        card,
        stage: Stage::Condition,
        error: must(codes),
        when,
    }
}

/// Whether this holds for the key and what was unwrapped.
fn on(state: &State, input: &ImportKeyMaterial, holds: impl Fn(&Key, &Wrapped) -> bool) -> bool {
    let key = key_of(state, input);
    key.zip(input.unwrapped(state))
        .is_some_and(|(key, wrapped)| holds(key, wrapped))
}

/// Whether a key of this spec may have this material. An HMAC key has as many bytes as its digest, or
/// more.
fn is_for(spec: KeySpec, wrapped: &Wrapped) -> bool {
    let length = wrapped.length;
    match spec {
        KeySpec::SymmetricDefault => length == 32,
        KeySpec::Hmac224 => (28..=64).contains(&length),
        KeySpec::Hmac256 => (32..=64).contains(&length),
        KeySpec::Hmac384 => (48..=128).contains(&length),
        KeySpec::Hmac512 => (64..=128).contains(&length),
        spec => wrapped.private_key == Some(spec),
    }
}

/// Whether the key should have had this material before and had not, or the other way round.
fn is_another(input: &ImportKeyMaterial, key: &Key, wrapped: &Wrapped) -> bool {
    let number = key.imported(&wrapped.digest);
    if input.brings_new(key) {
        // A key that cannot rotate has one material for ever.
        return number.is_some() || key.was_imported() && !key.can_rotate();
    }
    let id = number.and_then(|number| key.material(number)?.id.as_ref());
    let is_other = |given: &String| id.is_some_and(|id| id != given);
    number.is_none() || input.material_id.as_ref().is_some_and(is_other)
}
