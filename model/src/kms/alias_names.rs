//! What AWS refuses about the names of aliases.

use crate::card::{Card, Evidence};
use crate::error_code::ErrorCode::{AccessDenied, InvalidAliasName, NotFound, Validation};
use crate::rule::{Refusal, Stage, may, must};
use crate::state::{Alias, State};
use std::sync::Arc;

const PREFIX: &str = "alias/";
const RESERVED: &str = "alias/aws/";

/// An operation that names an alias.
pub(crate) trait OnAlias: 'static {
    /// The name, which should include `alias/`.
    fn alias_name(&self) -> &str;

    /// The alias, if there is one of that name.
    fn alias<'s>(&self, state: &'s State) -> Option<&'s Arc<Alias>> {
        state.aliases.get(self.alias_name())
    }
}

/// Whether AWS keeps aliases of this name for itself.
pub(crate) fn is_reserved(name: &str) -> bool {
    name.starts_with(RESERVED)
}

/// The ways in which the name of a new alias is refused.
pub(crate) const fn new_alias_names<Op: OnAlias>() -> [Refusal<Op>; 5] {
    [
        Refusal {
            card: Card {
                id: "ALI-01",
                says: "The name of an alias begins with alias/.",
                cite: "recording LocalStack test_kms test_create_alias",
                evidence: Evidence::Observed,
            },
            stage: Stage::Condition,
            error: must(&[Validation]).saying(|_, _| {
                "Alias must start with the prefix \"alias/\". Please see \
                 https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"
                    .to_owned()
            }),
            when: |_, input| !input.alias_name().starts_with(PREFIX),
        },
        Refusal {
            card: Card {
                id: "ALI-02",
                says: "Names that begin with alias/aws/ are reserved for AWS managed keys.",
                cite: "kms/latest/APIReference/API_CreateAlias.html",
                evidence: Evidence::Documented,
            },
            stage: Stage::Condition,
            error: must(&[InvalidAliasName, Validation, AccessDenied]).saying(reserved),
            when: |_, input| is_reserved(input.alias_name()),
        },
        Refusal {
            card: Card {
                id: "ALI-02a",
                says: "The reserved prefix alias/aws/ is reserved in any case of letters.",
                cite: "recording cdk-preflight/kms-error-texts",
                evidence: Evidence::SecondHand,
            },
            stage: Stage::Condition,
            error: must(&[InvalidAliasName, Validation, AccessDenied]).saying(reserved),
            when: |_, input| {
                let name = input.alias_name();
                is_reserved(&name.to_ascii_lowercase()) && !is_reserved(name)
            },
        },
        Refusal {
            card: Card {
                id: "ALI-05",
                says: "The name of an alias has no colon, although the service model allows it.",
                cite: "recording cdk-preflight/kms-error-texts",
                evidence: Evidence::SecondHand,
            },
            stage: Stage::Condition,
            error: must(&[InvalidAliasName, Validation]).saying(|_, input| {
                format!(
                    "{} contains invalid characters for an alias",
                    input.alias_name()
                )
            }),
            when: |_, input| input.alias_name().contains(':'),
        },
        Refusal {
            card: Card {
                id: "ALI-100",
                says: "A name that is nothing but its prefix may be refused.",
                cite: "kms/latest/APIReference/API_CreateAlias.html",
                evidence: Evidence::Inferred,
            },
            stage: Stage::Condition,
            error: may(&[InvalidAliasName, Validation]),
            when: |_, input| input.alias_name() == PREFIX,
        },
    ]
}

fn reserved<Op>(_: &State, _: &Op) -> String {
    "The alias name for a customer managed CMK cannot begin with alias/aws/.".to_owned()
}

/// The ways in which a name leads to no alias.
pub(crate) const fn alias_lookups<Op: OnAlias>() -> [Refusal<Op>; 4] {
    [
        Refusal {
            card: Card {
                id: "ALI-05a",
                says: "A name with a colon, which no alias has, is refused as such or not found.",
                cite: "recording cdk-preflight/kms-error-texts",
                evidence: Evidence::Inferred,
            },
            stage: Stage::Condition,
            error: must(&[Validation, InvalidAliasName, NotFound]),
            when: |_, input| input.alias_name().contains(':'),
        },
        Refusal {
            card: Card {
                id: "ALI-06",
                says: "An alias that does not exist can be neither updated nor deleted.",
                cite: "kms/latest/APIReference/API_UpdateAlias.html",
                evidence: Evidence::Documented,
            },
            stage: Stage::Condition,
            error: must(&[NotFound]).saying(|state, input| {
                format!(
                    "Alias {} is not found.",
                    state.alias_arn(input.alias_name())
                )
            }),
            when: |state, input| {
                let name = input.alias_name();
                name.starts_with(PREFIX) && !is_reserved(name) && input.alias(state).is_none()
            },
        },
        Refusal {
            card: Card {
                id: "ALI-101",
                says: "What does not begin with alias/ leads to no alias.",
                cite: "kms/latest/APIReference/API_UpdateAlias.html",
                evidence: Evidence::Inferred,
            },
            stage: Stage::Condition,
            error: must(&[Validation, NotFound, InvalidAliasName]),
            when: |_, input| !input.alias_name().starts_with(PREFIX),
        },
        Refusal {
            card: Card {
                id: "ALI-102",
                says: "Aliases of AWS managed keys can be neither updated nor deleted.",
                cite: "kms/latest/APIReference/API_UpdateAlias.html",
                evidence: Evidence::Inferred,
            },
            stage: Stage::Condition,
            error: must(&[NotFound, Validation, InvalidAliasName, AccessDenied]),
            when: |_, input| is_reserved(input.alias_name()),
        },
    ]
}

impl State {
    /// How many aliases a key has.
    pub(crate) fn aliases_of(&self, key: &str) -> usize {
        self.aliases
            .values()
            .filter(|alias| alias.target.value == key)
            .count()
    }
}
